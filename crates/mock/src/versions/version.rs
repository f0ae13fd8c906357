//! An answer somebody wants, and what becomes of it when it is kept.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it is not stored until it is saved"]
pub struct Draft {
    /// Path and query of the only request it answers; empty for all requests of the operation.
    pub target: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// Where it comes from: `edited`, `recorded`, `imported`, …
    pub source: String,
    /// Who stores it.
    pub author: String,
    /// Why.
    pub note: String,
}

/// A version of an answer. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// Its number in the database.
    pub id: i64,
    /// The operation, as in `GET /orders/{id}`.
    pub operation: String,
    /// Path and query of the only request it answers; empty for all requests of the operation.
    pub target: String,
    /// Its number among the versions for the same operation and target, from 1.
    pub version: i64,
    /// Whether this version answers.
    pub is_active: bool,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body; in JSON as text where it is UTF-8, else as a list of bytes.
    #[serde(with = "body")]
    pub body: Bytes,
    /// Where it comes from.
    pub source: String,
    /// Who stored it.
    pub author: String,
    /// Why.
    pub note: String,
    /// When, in milliseconds since 1970.
    pub created_at: i64,
}

impl Draft {
    /// An answer of JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", crate::engine::json(body))
    }

    /// An answer with that body.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            target: String::new(),
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
            source: "edited".to_owned(),
            author: String::new(),
            note: String::new(),
        }
    }

    /// For the request with that path and query only. Default: for all of the operation.
    pub fn target(self, target: impl Into<String>) -> Self {
        Self { target: target.into(), ..self }
    }

    /// With another header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Where it comes from. Default: `edited`.
    pub fn source(self, source: impl Into<String>) -> Self {
        Self { source: source.into(), ..self }
    }

    /// Who stores it. Default: nobody in particular.
    pub fn by(self, author: impl Into<String>) -> Self {
        Self { author: author.into(), ..self }
    }

    /// Why. Default: nothing.
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

impl Version {
    /// The body as JSON; `None` where it is none.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl From<&Version> for Draft {
    fn from(version: &Version) -> Self {
        Self {
            target: version.target.clone(),
            status: version.status,
            headers: version.headers.clone(),
            body: version.body.clone(),
            source: version.source.clone(),
            author: version.author.clone(),
            note: version.note.clone(),
        }
    }
}

/// A body in JSON: a text where it is one.
mod body {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(body: &Bytes, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(body) {
            Ok(text) => to.serialize_str(text),
            Err(_) => to.serialize_some(&body.to_vec()),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Bytes, D::Error> {
        Ok(match Either::deserialize(from)? {
            Either::Text(text) => Bytes::from(text),
            Either::Bytes(bytes) => Bytes::from(bytes),
        })
    }
}
