//! An answer, and who gave it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

/// The header of an answer that says who gave it: `live`, `recording` or `mock`.
pub const ANSWERED_BY: &str = "x-tracesnap-answered-by";

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AnsweredBy {
    /// The service.
    Live,
    /// The recording.
    Recording,
    /// The mock.
    Mock,
}

impl AnsweredBy {
    /// The word of the header, as in `live`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Recording => "recording",
            Self::Mock => "mock",
        }
    }
}

impl fmt::Display for AnsweredBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An answer that is there as a whole.
#[derive(Clone, Debug)]
pub struct SmartResponse {
    pub(super) url: String,
    pub(super) response: http::Response<Bytes>,
    pub(super) answered_by: AnsweredBy,
    pub(super) duration: Duration,
}

impl SmartResponse {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers, [`ANSWERED_BY`] among them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// A header that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.response.body()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Json`] if it is none.
    pub fn json(&self) -> Result<Value, Error> {
        self.parse()
    }

    /// The body as a type of one's own.
    ///
    /// # Errors
    /// [`Error::Json`] if it is not JSON, or not of that type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(self.body()).map_err(|source| Error::Json { url: self.url.clone(), source })
    }

    /// Who answered.
    #[must_use]
    pub fn answered_by(&self) -> AnsweredBy {
        self.answered_by
    }

    /// From the request to the last byte of the answer.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// As the ecosystem has it.
    #[must_use]
    pub fn into_http(self) -> http::Response<Bytes> {
        self.response
    }
}
