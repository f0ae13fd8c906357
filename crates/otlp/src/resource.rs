//! Who recorded: the attributes that all spans share.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::resource::v1 as proto;

use crate::convert::text;

/// The service that was recorded, as collectors group by it.
///
/// ```
/// use tracesnap_otlp::Resource;
///
/// let resource = Resource::new("shop").with("service.version", "1.4.0").with("deployment.environment.name", "test");
/// assert_eq!(resource.service_name(), "shop");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Resource {
    service_name: String,
    attributes: Vec<(String, String)>,
}

impl Resource {
    /// A service of this name (`service.name`).
    pub fn new(service_name: impl Into<String>) -> Self {
        Self { service_name: service_name.into(), attributes: Vec::new() }
    }

    /// What OpenTelemetry calls a service that nobody named.
    #[cfg(any(feature = "grpc", feature = "http"))]
    pub(crate) fn unknown() -> Self {
        Self::new("unknown_service:rust")
    }

    /// Adds an attribute, in place of one of the same name. Default: `service.name` and those of the SDK only.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        if name == "service.name" {
            self.service_name = value;
            return self;
        }
        self.attributes.retain(|(have, _)| *have != name);
        self.attributes.push((name, value));
        self
    }

    /// The name of the service.
    #[must_use]
    pub fn service_name(&self) -> &str {
        &self.service_name
    }

    pub(crate) fn to_proto(&self) -> proto::Resource {
        let sdk = [
            ("telemetry.sdk.name", "tracesnap"),
            ("telemetry.sdk.language", "rust"),
            ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
        ];
        let own = self.attributes.iter().map(|(name, value)| (&**name, &**value));
        let given = |name: &str| self.attributes.iter().any(|(have, _)| have == name);
        let all = [("service.name", &*self.service_name)].into_iter().chain(own);
        let all = all.chain(sdk.into_iter().filter(|(name, _)| !given(name)));
        let attributes: Vec<KeyValue> = all.map(|(name, value)| text(name, value)).collect();
        proto::Resource { attributes, ..Default::default() }
    }
}
