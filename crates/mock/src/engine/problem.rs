//! What a caller is told when a request cannot be answered as it is.
//!
//! Where the document says how its errors look, they look so; else they are `application/problem+json` (RFC 9457).

use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reason {
    /// Where it stands.
    #[serde(rename = "in")]
    pub place: Place,
    /// The parameter's name, or the JSON pointer into the body; empty for the body as a whole.
    pub name: String,
    /// What is wrong.
    pub message: String,
}

/// Where in a request something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// In the path.
    Path,
    /// After `?`.
    Query,
    /// In a header.
    Header,
    /// In the header `Cookie`.
    Cookie,
    /// In the body.
    Body,
}

impl Place {
    /// The name, as in `query`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, name, message } = self;
        match (place, name.as_str()) {
            (Place::Body, "") => write!(f, "body: {message}"),
            (place, name) => write!(f, "{} `{name}`: {message}", place.as_str()),
        }
    }
}

/// Why a request gets no success.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    pub(crate) reasons: Vec<Reason>,
    /// Paths that are near to the one that was asked for.
    pub(crate) near: Vec<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), reasons: Vec::new(), near: Vec::new() }
    }

    pub(crate) fn because(mut self, reasons: Vec<Reason>) -> Self {
        self.reasons = reasons;
        self
    }

    pub(crate) fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }

    /// As `application/problem+json`.
    pub(crate) fn value(&self) -> Value {
        let mut value = json!({
            "type": "about:blank",
            "title": self.title(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.reasons.is_empty() {
            value["errors"] = json!(self.reasons);
        }
        if !self.near.is_empty() {
            value["near"] = json!(self.near);
        }
        value
    }

    /// The detail and every reason, on a line.
    pub(crate) fn sentence(&self) -> String {
        let reasons: Vec<String> = self.reasons.iter().map(ToString::to_string).collect();
        if reasons.is_empty() { self.detail.clone() } else { format!("{}: {}", self.detail, reasons.join("; ")) }
    }
}
