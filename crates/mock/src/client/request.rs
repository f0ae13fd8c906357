//! A request that is put together.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::{SmartClient, SmartResponse};
use crate::Error;

/// A request of a [`SmartClient`]. What is wrong with it is told when it is sent.
#[derive(Debug)]
#[must_use = "nobody is asked until `send`"]
pub struct SmartRequest {
    client: SmartClient,
    target: String,
    request: Request<Bytes>,
    failed: Option<Error>,
}

impl SmartRequest {
    pub(super) fn new(client: SmartClient, method: Method, path: &str, headers: &[(HeaderName, HeaderValue)]) -> Self {
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        headers.iter().for_each(|(name, value)| {
            request.headers_mut().append(name.clone(), value.clone());
        });
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self { client, target: format!("{slash}{path}"), request, failed: None }
    }

    /// A parameter of the query, encoded as it has to be.
    pub fn query(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let by = if self.target.contains('?') { '&' } else { '?' };
        let value = value.to_string();
        let (name, value) =
            (utf8_percent_encode(name, NON_ALPHANUMERIC), utf8_percent_encode(&value, NON_ALPHANUMERIC));
        let _ = write!(self.target, "{by}{name}={value}");
        self
    }

    /// A header; it takes the place of one with the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) => {
                self.request.headers_mut().insert(name, value);
            }
            _ => self.failed = Some(Error::Header { name: name.chars().take(100).collect() }),
        }
        self
    }

    /// A body of JSON.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.body("application/json", bytes),
            Err(source) => {
                self.failed = Some(Error::Json { url: self.target.clone(), source });
                self
            }
        }
    }

    /// A body as it is.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = body.into();
        self.header("content-type", content_type)
    }

    /// Asks whoever answers in the client's mode.
    ///
    /// # Errors
    /// [`Error::Ask`] with the cause: nobody could be reached, or nothing was recorded for this request and the mode leaves
    /// it at that; [`Error::Header`] and [`Error::Json`] for a request that cannot be sent.
    pub async fn send(self) -> Result<SmartResponse, Error> {
        let Self { client, target, mut request, failed } = self;
        if let Some(error) = failed {
            return Err(error);
        }
        *request.uri_mut() =
            target.parse().map_err(|_| Error::BaseUrl { found: target.chars().take(200).collect() })?;
        client.send(request).await
    }
}
