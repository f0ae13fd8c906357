//! A user's own rule.

use std::str::FromStr;

use http::Method;

use super::{Call, Named, Profile, path_template};
use crate::Error;

/// Calls a service, or one of its operations, by a name. In text: `SERVICE[ OPERATION] = [METHOD ]HOST[/PATH]`, such as
/// `shop = 127.0.0.1:8080` or `shop order.read = GET */orders/{id}`. A host may be `*`; parts of a path may be `{id}`, or
/// any other word in such brackets, or `*`, and its last one `**`.
///
/// ```
/// use tracesnap_http::profile::{Profiles, ServiceRule};
///
/// let profiles = Profiles::default().with("shop order.read = GET */orders/{id}".parse::<ServiceRule>()?);
/// # let _ = profiles;
/// # Ok::<(), tracesnap_http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRule {
    service: String,
    operation: Option<String>,
    method: Option<Method>,
    host: Option<String>,
    path: Option<Vec<String>>,
}

impl ServiceRule {
    /// All calls are of this service, unless more is said.
    #[must_use]
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into(), operation: None, method: None, host: None, path: None }
    }

    /// The operation. Default: method and path, ids as `{id}`.
    #[must_use]
    pub fn operation(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only calls with this method. Default: with any.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only calls to this host, with its port or without. Default: to any.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into().to_ascii_lowercase());
        self
    }

    /// Only calls to paths of this template. Default: to any.
    #[must_use]
    pub fn path(mut self, template: &str) -> Self {
        let parts = template.split('/').filter(|part| !part.is_empty());
        self.path = Some(parts.map(str::to_owned).collect());
        self
    }

    fn matches_path(&self, call: &Call<'_>) -> bool {
        let Some(template) = &self.path else { return true };
        let mut segments = call.segments();
        for part in template {
            if part == "**" {
                return true;
            }
            let Some(segment) = segments.next() else { return false };
            let is_any = part == "*" || (part.starts_with('{') && part.ends_with('}'));
            if !is_any && part != segment {
                return false;
            }
        }
        segments.next().is_none()
    }
}

impl Profile for ServiceRule {
    fn name(&self, call: &Call<'_>) -> Option<Named> {
        let is_host = self
            .host
            .as_ref()
            .is_none_or(|host| host.eq_ignore_ascii_case(call.host) || host.eq_ignore_ascii_case(call.host_name()));
        let is_method = self.method.as_ref().is_none_or(|method| method == call.method);
        if !is_host || !is_method || !self.matches_path(call) {
            return None;
        }
        let operation = match &self.operation {
            Some(operation) => operation.clone(),
            None => format!("{} {}", call.method, path_template(call.path)),
        };
        Some(Named::new(&self.service, operation))
    }
}

impl FromStr for ServiceRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Setting {
            found: text.chars().take(100).collect(),
            expected: "a rule such as `shop = 127.0.0.1:8080` or `shop order.read = GET */orders/{id}`",
        };
        let (name, place) = text.split_once('=').ok_or_else(wrong)?;
        let mut words = name.split_whitespace();
        let mut rule = Self::new(words.next().ok_or_else(wrong)?);
        rule.operation = Some(words.collect::<Vec<_>>().join(" ")).filter(|operation| !operation.is_empty());
        let place = place.trim();
        let (method, place) = match place.split_once(char::is_whitespace) {
            Some((method, place)) => (Some(method), place.trim()),
            None => (None, place),
        };
        if let Some(method) = method {
            rule.method = Some(Method::from_bytes(method.to_ascii_uppercase().as_bytes()).map_err(|_| wrong())?);
        }
        let (host, path) = place.find('/').map_or((place, ""), |at| place.split_at(at));
        if host.is_empty() || place.contains(char::is_whitespace) {
            return Err(wrong());
        }
        if host != "*" {
            rule = rule.host(host);
        }
        if !path.is_empty() {
            rule = rule.path(path);
        }
        Ok(rule)
    }
}
