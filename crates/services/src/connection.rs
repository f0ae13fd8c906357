//! A call of REST: JSON out, JSON in, an error of Google as one.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracesnap_http::{BaseUrl, Body, Transport};

use crate::{Error, Status};

/// What a client asks through. Clones ask through the same.
#[derive(Clone)]
pub struct Connection {
    transport: Transport,
    base: Arc<BaseUrl>,
    answer_bytes: usize,
}

/// A call, before it is sent.
pub(crate) struct Ask<'a> {
    /// As the profile names it.
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// From the version on, without a slash before it, encoded.
    pub(crate) path: &'a str,
    /// Without its `?`, encoded.
    pub(crate) query: &'a str,
}

impl Connection {
    pub(crate) fn new(transport: Transport, base: BaseUrl, answer_bytes: usize) -> Self {
        Self { transport, base: Arc::new(base), answer_bytes }
    }

    #[cfg(feature = "gemini")]
    pub(crate) fn answer_bytes(&self) -> usize {
        self.answer_bytes
    }

    /// Asks with a document, and reads one.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        ask: Ask<'_>,
        body: Option<&(impl Serialize + ?Sized)>,
    ) -> Result<T, Error> {
        let operation = ask.operation;
        let response = self.send(ask, body).await?;
        let bytes = self.read(operation, response).await?;
        read_json(operation, &bytes)
    }

    /// Asks, and gives the answer of success as it comes.
    pub(crate) async fn send(
        &self,
        ask: Ask<'_>,
        body: Option<&(impl Serialize + ?Sized)>,
    ) -> Result<Response<Body>, Error> {
        let Ask { operation, method, path, query } = ask;
        let mark = if query.is_empty() { "" } else { "?" };
        let request = Request::builder().method(method).uri(format!("{}/{path}{mark}{query}", self.base));
        let request = request.header(ACCEPT, HeaderValue::from_static("*/*"));
        let request = match body {
            Some(body) => {
                let bytes = serde_json::to_vec(body).map_err(|error| Error::Transport(error.into()))?;
                request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(Body::from(bytes))
            }
            None => request.body(Body::empty()),
        };
        let request = request.map_err(|error| Error::Transport(error.into()))?;
        let response = self.transport.send(request).await.map_err(Error::of)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let bytes = self.read(operation, response).await?;
        Err(Error::Status(Box::new(Status::of_answer(status, &bytes))))
    }

    pub(crate) async fn read(&self, operation: &'static str, response: Response<Body>) -> Result<Bytes, Error> {
        match Limited::new(response.into_body(), self.answer_bytes).collect().await {
            Ok(read) => Ok(read.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge { operation, most: self.answer_bytes }),
            Err(error) => Err(Error::of(error)),
        }
    }
}

pub(crate) fn read_json<T: DeserializeOwned>(operation: &'static str, bytes: &[u8]) -> Result<T, Error> {
    // Some methods answer with nothing at all where there is nothing to say.
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| Error::answer(operation, error))
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("base", &self.base).finish_non_exhaustive()
    }
}
