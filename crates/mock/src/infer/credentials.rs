//! Finds where callers show who they are, by what was redacted there.

use serde_json::{Value, json};

use super::exchange::Exchange;
use crate::recorded::REDACTED;

/// A place where credentials stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Credential {
    /// `Authorization`, by its scheme.
    Http(String),
    /// A header of that name.
    Header(String),
    /// A parameter of that name.
    Query(String),
}

impl Credential {
    /// What an exchange shows.
    pub(super) fn all(exchange: &Exchange) -> Vec<Self> {
        let mut found = Vec::new();
        for (name, value) in &exchange.request_headers {
            let name = name.to_ascii_lowercase();
            let scheme = value.split(' ').next().filter(|scheme| scheme.len() < value.len());
            match (name.as_str(), scheme) {
                ("authorization", Some(scheme)) => found.push(Self::Http(scheme.to_ascii_lowercase())),
                ("authorization", None) => found.push(Self::Header("Authorization".to_owned())),
                ("cookie" | "proxy-authorization", _) => {}
                _ if is_key(&name) || value == REDACTED => found.push(Self::Header(name)),
                _ => {}
            }
        }
        let keys = exchange.query.iter().filter(|(_, value)| value == REDACTED);
        found.extend(keys.map(|(name, _)| Self::Query(name.clone())));
        found.sort();
        found.dedup();
        found
    }

    /// Its name among the schemes of the document.
    pub(super) fn name(&self) -> String {
        let plain = |text: &str| {
            text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect::<String>()
        };
        match self {
            Self::Http(scheme) => plain(scheme),
            Self::Header(name) => format!("header_{}", plain(name)),
            Self::Query(name) => format!("query_{}", plain(name)),
        }
    }

    /// As the document has it.
    pub(super) fn scheme(&self) -> Value {
        match self {
            Self::Http(scheme) => json!({"type": "http", "scheme": scheme}),
            Self::Header(name) => json!({"type": "apiKey", "in": "header", "name": name}),
            Self::Query(name) => json!({"type": "apiKey", "in": "query", "name": name}),
        }
    }

    pub(super) fn is_header(&self, name: &str) -> bool {
        matches!(self, Self::Header(known) if known.eq_ignore_ascii_case(name))
    }

    pub(super) fn is_query(&self, name: &str) -> bool {
        matches!(self, Self::Query(known) if known == name)
    }
}

fn is_key(name: &str) -> bool {
    matches!(name, "x-api-key" | "api-key" | "apikey" | "x-auth-token" | "x-access-token" | "x-api-token")
}
