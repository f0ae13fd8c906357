//! All exchanges of one operation, laid over each other.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::credentials::Credential;
use super::exchange::{Content, Exchange};
use super::shape::Shape;

/// What was seen of an operation.
#[derive(Debug, Default)]
pub(super) struct Operation {
    pub(super) seen: u64,
    pub(super) query: IndexMap<String, Given>,
    pub(super) headers: IndexMap<String, Given>,
    pub(super) bodies: Bodies,
    pub(super) responses: BTreeMap<u16, Response>,
    /// Successful exchanges, and in how many of them each credential was shown.
    pub(super) successes: u64,
    pub(super) credentials: BTreeMap<Credential, u64>,
}

/// A parameter.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Exchanges that had it.
    pub(super) seen: u64,
    /// Whether one had it more than once.
    pub(super) repeats: bool,
    pub(super) shape: Shape,
}

#[derive(Debug, Default)]
pub(super) struct Response {
    pub(super) headers: IndexMap<String, Shape>,
    pub(super) bodies: Bodies,
}

/// Bodies by their media types.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    /// Messages that had one.
    pub(super) seen: u64,
    pub(super) by_media: IndexMap<String, Media>,
}

#[derive(Debug)]
pub(super) struct Media {
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    /// The first body that was a value.
    pub(super) example: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Value,
    Text,
    Bytes,
}

impl Operation {
    pub(super) fn add(&mut self, exchange: &Exchange) {
        self.seen += 1;
        let credentials = Credential::all(exchange);
        let mut names: IndexMap<&str, Vec<&str>> = IndexMap::new();
        for (name, value) in &exchange.query {
            if !credentials.iter().any(|credential| credential.is_query(name)) {
                names.entry(name).or_default().push(value);
            }
        }
        for (name, values) in names {
            self.query.entry(name.to_owned()).or_default().add(&values);
        }
        for (name, value) in &exchange.request_headers {
            let name = name.to_ascii_lowercase();
            if is_parameter(&name) && !credentials.iter().any(|credential| credential.is_header(&name)) {
                self.headers.entry(name).or_default().add(&[value]);
            }
        }
        self.bodies.add(&exchange.request);
        let response = self.responses.entry(exchange.status).or_default();
        for (name, value) in &exchange.response_headers {
            let name = name.to_ascii_lowercase();
            if is_documented(&name) {
                response.headers.entry(name).or_default().add_text(value);
            }
        }
        response.bodies.add(&exchange.response);
        if exchange.is_success() {
            self.successes += 1;
            for credential in credentials {
                *self.credentials.entry(credential).or_default() += 1;
            }
        }
    }
}

impl Given {
    fn add(&mut self, values: &[&str]) {
        self.seen += 1;
        self.repeats |= values.len() > 1;
        values.iter().for_each(|value| self.shape.add_text(value));
    }
}

impl Bodies {
    fn add(&mut self, content: &Content) {
        let Some(media) = content.media() else { return };
        self.seen += 1;
        let kind = match content {
            Content::Text { .. } => Kind::Text,
            Content::Bytes { .. } => Kind::Bytes,
            _ => Kind::Value,
        };
        let known = self.by_media.entry(media.to_owned());
        let known = known.or_insert_with(|| Media { kind, shape: Shape::default(), example: None });
        // What was once no value has no schema: some body could not be looked into.
        if known.kind != kind {
            known.kind = Kind::Bytes;
        }
        if let Some(value) = content.value() {
            known.shape.add(value);
            known.example.get_or_insert_with(|| value.clone());
        }
    }
}

/// Headers that the API itself gives a meaning to.
fn is_parameter(name: &str) -> bool {
    const OF_OTHERS: [&str; 10] = [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "x-request-id",
        "x-correlation-id",
        "x-tracesnap-task",
        "x-amzn-trace-id",
        "x-requested-with",
        "x-cloud-trace-context",
    ];
    (name.starts_with("x-") && !name.starts_with("x-mock-") && !OF_OTHERS.contains(&name)) || name == "idempotency-key"
}

fn is_documented(name: &str) -> bool {
    matches!(
        name,
        "location" | "link" | "etag" | "retry-after" | "ratelimit-limit" | "ratelimit-remaining" | "ratelimit-reset"
    ) || name.starts_with("x-") && !name.starts_with("x-mock-") && is_parameter(name)
}
