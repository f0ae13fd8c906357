//! Where the services of a recording were, since who asks its server knows the address of that only.

use std::collections::HashMap;

use serde_json::Value;
use tracesnap_record::Player;

use crate::Http;
use crate::layer::server_url;

/// By what they were asked.
#[derive(Default)]
pub(super) struct Known {
    /// By method and path: what stood before the path, and the service.
    places: HashMap<String, (String, String)>,
    /// By host.
    hosts: HashMap<String, (String, String)>,
    first: Option<(String, String)>,
}

impl Known {
    pub(super) fn of(http: &Http) -> Self {
        let mut known = Self::default();
        for interaction in http.provider().player().map(Player::interactions).unwrap_or_default() {
            let text = |name: &str| interaction.request.get(name).and_then(Value::as_str);
            let (Some(method), Some(url)) = (text("method"), text("url")) else { continue };
            let from = url.find("://").map_or(0, |at| at + 3);
            let at = url[from..].find(['/', '?']).map_or(url.len(), |at| from + at);
            let path = url[at..].split(['?', '#']).next().unwrap_or_default();
            let place = (url[..at].to_owned(), interaction.service.clone());
            known.hosts.entry(url[from..at].to_owned()).or_insert_with(|| place.clone());
            known.places.entry(format!("{method} {path}")).or_insert_with(|| place.clone());
            known.first.get_or_insert(place);
        }
        known
    }

    /// The address at which its service was asked, and the name of that.
    pub(super) fn place(&self, parts: &http::request::Parts) -> (String, Option<String>) {
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let asked = format!("{} {}", parts.method, parts.uri.path());
        let place = self.hosts.get(host).or_else(|| self.places.get(&asked)).or(self.first.as_ref());
        let Some((before, service)) = place else { return (server_url(parts), None) };
        let url = format!("{before}{}", parts.uri.path_and_query().map_or("/", |path| path.as_str()));
        (url, Some(service.clone()))
    }
}
