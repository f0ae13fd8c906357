//! What is answered, and where that comes from.

use std::fmt;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::encode::Encoded;

/// Where an answer comes from. Its name stands in the header `x-mock-source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Source {
    /// Somebody said that this operation answers so.
    Override,
    /// It was recorded.
    Recording,
    /// What was created, changed or deleted before, or the start data.
    State,
    /// An example of the document.
    Example,
    /// It was made from the schema.
    Generated,
    /// The request itself decided: there is no such operation, it breaks the document, a fault was asked for.
    Request,
    /// The service itself was asked.
    Service,
}

impl Source {
    /// The name, as in `generated`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Override => "override",
            Self::Recording => "recording",
            Self::State => "state",
            Self::Example => "example",
            Self::Generated => "generated",
            Self::Request => "request",
            Self::Service => "service",
        }
    }

    /// The source of that name.
    #[cfg(feature = "cache")]
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::Override,
            Self::Recording,
            Self::State,
            Self::Example,
            Self::Generated,
            Self::Request,
            Self::Service,
        ];
        all.into_iter().find(|source| source.as_str() == name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer to a request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, those of the mock (`x-mock-…`) included.
    pub headers: HeaderMap,
    /// The body; empty where there is none.
    pub body: Bytes,
    /// Where it comes from.
    pub source: Source,
    /// The operation that answers, as in `GET /orders/{id}`; `None` where the document has none.
    pub operation: Option<String>,
    /// Its place among the operations of the document.
    pub index: Option<usize>,
    /// Why it is what it is, a sentence a step.
    pub explain: Vec<String>,
    /// What is wrong with it by its own schema; empty when all is well, or when it was not checked.
    pub violations: Vec<String>,
    /// Whether it was checked against its schema.
    pub is_checked: bool,
}

impl Answer {
    pub(crate) fn new(status: StatusCode, source: Source) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source,
            operation: None,
            index: None,
            explain: Vec::new(),
            violations: Vec::new(),
            is_checked: false,
        }
    }

    /// The body as JSON; `None` where it is none.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// As the ecosystem has it.
    #[must_use]
    pub fn into_http(self) -> http::Response<Bytes> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// Sets a header; what cannot stand in one is left out of it.
    pub(crate) fn set(&mut self, name: &'static str, value: impl AsRef<str>) {
        if let Some(value) = header_value(value.as_ref()) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }

    /// Takes a body and its media type.
    pub(crate) fn body_of(&mut self, encoded: Encoded) {
        self.set("content-type", encoded.content_type);
        self.body = encoded.bytes;
    }

    pub(crate) fn because(&mut self, why: impl Into<String>) {
        self.explain.push(why.into());
    }
}

/// Bytes of a header's value that are kept.
const MAX_HEADER: usize = 4_096;

/// Text as the value of a header: line breaks and what is not ASCII become spaces, so that nothing is smuggled.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    if text.len() <= MAX_HEADER
        && let Ok(value) = HeaderValue::from_str(text)
    {
        return Some(value);
    }
    let clean: String = text
        .chars()
        .take(MAX_HEADER)
        .map(|letter| if letter.is_ascii() && !letter.is_ascii_control() { letter } else { ' ' })
        .collect();
    HeaderValue::from_str(clean.trim()).ok()
}
