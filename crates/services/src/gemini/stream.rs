//! An answer that comes in parts.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::Response;
use http::header::CONTENT_TYPE;
use http_body::Body as _;
use serde::Deserialize;
use tracesnap_http::Body;

use super::GenerateContentResponse;
use super::events::{Events, TooLong};
use crate::connection::read_json;
use crate::{Error, Status};

const OPERATION: &str = "streamGenerateContent";

/// The parts of an answer, as they come: see [`Model::stream_generate_content`](super::Model::stream_generate_content).
///
/// One that is dropped ends the call; a recording of it ends there, too.
#[must_use = "nothing comes before it is asked for"]
pub struct ContentStream {
    body: Body,
    reading: Reading,
    ready: VecDeque<GenerateContentResponse>,
    most: usize,
    has_ended: bool,
}

enum Reading {
    Events(Events),
    /// A list or a single document: what the service sends that was not asked for events, and mocks.
    Document(Vec<u8>),
}

/// What stands in an event.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Failed { error: serde_json::Value },
    Said(Box<GenerateContentResponse>),
}

impl ContentStream {
    pub(super) fn new(response: Response<Body>, most: usize) -> Self {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_events = kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream");
        let reading = if is_events { Reading::Events(Events::new(most)) } else { Reading::Document(Vec::new()) };
        Self { body: response.into_body(), reading, ready: VecDeque::new(), most, has_ended: false }
    }

    /// The next part; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<GenerateContentResponse, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The whole answer, put together of all parts that are left.
    ///
    /// # Errors
    ///
    /// That of the first part that fails.
    pub async fn collect(mut self) -> Result<GenerateContentResponse, Error> {
        let mut whole = GenerateContentResponse::default();
        while let Some(part) = self.next().await {
            whole.merge(part?);
        }
        Ok(whole)
    }

    fn read(&mut self, bytes: &Bytes) -> Result<(), Error> {
        let too_large = Error::TooLarge { operation: OPERATION, most: self.most };
        match &mut self.reading {
            Reading::Events(events) => {
                for data in events.read(bytes).map_err(|TooLong| too_large)? {
                    self.ready.extend(part(&data)?);
                }
            }
            Reading::Document(document) if document.len() + bytes.len() > self.most => return Err(too_large),
            Reading::Document(document) => document.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        self.has_ended = true;
        match &mut self.reading {
            Reading::Events(events) => {
                if let Some(data) = events.end() {
                    self.ready.extend(part(&data)?);
                }
            }
            Reading::Document(document) => {
                let document = std::mem::take(document);
                let is_list = document.trim_ascii_start().starts_with(b"[");
                let parts: Vec<Part> =
                    if is_list { read_json(OPERATION, &document)? } else { vec![read_json(OPERATION, &document)?] };
                for part in parts {
                    self.ready.push_back(said(part)?);
                }
            }
        }
        Ok(())
    }
}

fn part(data: &[u8]) -> Result<Option<GenerateContentResponse>, Error> {
    // Protocols that resemble this one end so.
    if data.is_empty() || data == b"[DONE]" {
        return Ok(None);
    }
    said(read_json(OPERATION, data)?).map(Some)
}

/// A service that began to answer can say only so that it failed.
fn said(part: Part) -> Result<GenerateContentResponse, Error> {
    match part {
        Part::Said(response) => Ok(*response),
        Part::Failed { error } => {
            let code = error.get("code").and_then(serde_json::Value::as_u64).and_then(|code| u16::try_from(code).ok());
            let http = code.and_then(|code| http::StatusCode::from_u16(code).ok()).unwrap_or_default();
            let body = serde_json::json!({"error": error}).to_string();
            Err(Error::Status(Box::new(Status::of_answer(http, body.as_bytes()))))
        }
    }
}

impl Stream for ContentStream {
    type Item = Result<GenerateContentResponse, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(part) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(part)));
            }
            if this.has_ended {
                return Poll::Ready(None);
            }
            let read = match std::task::ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => frame.into_data().map_or(Ok(()), |bytes| this.read(&bytes)),
                Some(Err(error)) => Err(Error::of(error)),
                None => this.end(),
            };
            if let Err(error) = read {
                // What came before it in the same piece is lost with it only where it could not be told apart.
                this.has_ended = true;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl fmt::Debug for ContentStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentStream").field("has_ended", &self.has_ended).finish_non_exhaustive()
    }
}
