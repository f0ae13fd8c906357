//! What an exchange is called: a service and one of its operations.
//!
//! Profiles are asked in their order; the first that knows a call names it. [`Profiles::default`] knows gRPC, Firestore,
//! Gemini and services that speak OpenAI's protocol; whatever nobody knows is called by its host, its method and its path,
//! with what looks like an id written `{id}`: `GET /v1/orders/{id}`.
//!
//! A name is for people, for reports and for rules. Playback compares method and path themselves, so that a recording
//! stays good when a profile learns better names.

mod by_path;
mod firestore;
mod gemini;
mod openai;
#[cfg(feature = "openapi")]
mod openapi;
mod rule;

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, Method};

pub use by_path::path_template;
pub use firestore::Firestore;
pub use gemini::Gemini;
pub use openai::OpenAi;
#[cfg(feature = "openapi")]
#[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
pub use openapi::OpenApi;
pub use rule::ServiceRule;

use crate::exchange::{grpc, redact::media_type};

/// A call, as far as its name goes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The method.
    pub method: &'a Method,
    /// Host, and the port where it is none that everybody knows, in lower case; empty where it is not known.
    pub host: &'a str,
    /// The path, as it was sent.
    pub path: &'a str,
    /// The query, without its `?`; empty where there is none.
    pub query: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
}

impl<'a> Call<'a> {
    /// A call to a URL, or to a path where the host is not known.
    #[must_use]
    pub fn new(method: &'a Method, url: &'a str, headers: &'a HeaderMap) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let (authority, rest) = match url.split_once("://") {
            Some((_, rest)) => rest.find(['/', '?']).map_or((rest, "/"), |at| rest.split_at(at)),
            None => ("", url),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host);
        Self { method, host, path: if path.is_empty() { "/" } else { path }, query, headers }
    }

    /// The host without its port.
    #[must_use]
    pub fn host_name(&self) -> &'a str {
        match self.host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => self.host,
        }
    }

    /// What a service is called that no profile knows: the host, and its port unless that is of this machine, where ports
    /// are whatever was free.
    #[must_use]
    pub fn default_service(&self) -> &'a str {
        let name = self.host_name();
        let is_here = matches!(name, "localhost" | "[::1]" | "::1") || name.starts_with("127.") || name == "0.0.0.0";
        match (is_here, self.host.is_empty()) {
            (_, true) => "http",
            (true, _) => name,
            (false, _) => self.host,
        }
    }

    /// The parts of the path between its slashes, without empty ones.
    pub fn segments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }
}

/// A name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The service: `firestore`.
    pub service: String,
    /// The operation: `collection.get`.
    pub operation: String,
}

impl Named {
    /// A name.
    pub fn new(service: impl Into<String>, operation: impl Into<String>) -> Self {
        Self { service: service.into(), operation: operation.into() }
    }
}

/// Names calls of services that it knows.
pub trait Profile: Send + Sync {
    /// The name of a call, `None` if this is none of its services.
    fn name(&self, call: &Call<'_>) -> Option<Named>;
}

impl<F: Fn(&Call<'_>) -> Option<Named> + Send + Sync> Profile for F {
    fn name(&self, call: &Call<'_>) -> Option<Named> {
        self(call)
    }
}

/// Profiles in the order in which they are asked.
#[derive(Clone)]
pub struct Profiles {
    all: Arc<Vec<Arc<dyn Profile>>>,
}

impl Default for Profiles {
    fn default() -> Self {
        // OpenAI's protocol is spoken below a path of Gemini's host, too.
        Self::none().with(Firestore).with(Gemini).with(OpenAi).with(grpc_name)
    }
}

impl Profiles {
    /// None: calls are named by host, method and path.
    #[must_use]
    pub fn none() -> Self {
        Self { all: Arc::default() }
    }

    /// These, asked after this one.
    #[must_use]
    pub fn with(mut self, profile: impl Profile + 'static) -> Self {
        let all = Arc::make_mut(&mut self.all);
        all.insert(0, Arc::new(profile));
        self
    }

    /// The name of a call.
    #[must_use]
    pub fn name(&self, call: &Call<'_>) -> Named {
        let found = self.all.iter().find_map(|profile| profile.name(call));
        found.unwrap_or_else(|| {
            Named::new(call.default_service(), format!("{} {}", call.method, path_template(call.path)))
        })
    }
}

impl fmt::Debug for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profiles").field("count", &self.all.len()).finish()
    }
}

/// `/shop.Orders/Read` of gRPC is of `shop.Orders` and `Read`.
fn grpc_name(call: &Call<'_>) -> Option<Named> {
    if !grpc::is_grpc(media_type(call.headers)) {
        return None;
    }
    let (service, operation) = call.path.strip_prefix('/')?.rsplit_once('/')?;
    Some(Named::new(service, operation))
}
