//! Operations of an API document.

use std::fmt;

use tracesnap_openapi::Document;

use super::{Call, Named, Profile, path_template};

/// Names calls after an API document: its operation ids, or method and template where one has none.
pub struct OpenApi {
    service: String,
    document: Document,
    /// Hosts that it answers on; none: any.
    hosts: Vec<String>,
}

impl OpenApi {
    /// The service of this name has this document. Calls to the hosts of its servers are its calls; where it names none, all
    /// that it has an operation for.
    #[must_use]
    pub fn new(service: impl Into<String>, document: Document) -> Self {
        let servers = document.operations().flat_map(tracesnap_openapi::Operation::servers);
        let mut hosts: Vec<String> = servers
            .filter_map(|server| {
                let (_, rest) = server.url.split_once("://")?;
                let host = rest.split('/').next()?.to_ascii_lowercase();
                (!host.contains('{') && !host.is_empty()).then_some(host)
            })
            .collect();
        hosts.sort_unstable();
        hosts.dedup();
        Self { service: service.into(), document, hosts }
    }

    /// Calls to this host are its calls, too: where it is tested, say.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// Calls to any host are its calls, if it has an operation for them.
    #[must_use]
    pub fn any_host(mut self) -> Self {
        self.hosts.clear();
        self
    }
}

impl Profile for OpenApi {
    fn name(&self, call: &Call<'_>) -> Option<Named> {
        let is_host = |host: &String| host == call.host || host == call.host_name();
        let is_ours = self.hosts.iter().any(is_host);
        if !is_ours && !self.hosts.is_empty() {
            return None;
        }
        let target = if call.query.is_empty() { call.path.to_owned() } else { format!("{}?{}", call.path, call.query) };
        match self.document.route(call.method.as_str(), &target).found() {
            Some(found) => {
                let operation = found.operation;
                let named = operation.id().map(str::to_owned);
                let named = named.unwrap_or_else(|| format!("{} {}", call.method, operation.path()));
                Some(Named::new(&self.service, named))
            }
            // It is asked for what its document does not say.
            None if is_ours => Some(Named::new(&self.service, format!("{} {}", call.method, path_template(call.path)))),
            None => None,
        }
    }
}

impl fmt::Debug for OpenApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenApi").field("service", &self.service).field("hosts", &self.hosts).finish_non_exhaustive()
    }
}
