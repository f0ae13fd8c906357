//! The requests a server has received, as many as it remembers.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::Limits;
use crate::engine::{Answer, Request, Source};

/// A request, and how it was answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// The method, as in `GET`.
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, up to [`Limits::MAX_KEPT_BODY`].
    pub body: Bytes,
    /// The operation that answered, as in `GET /orders/{id}`.
    pub operation: Option<String>,
    /// Its place among the operations of the document.
    pub index: Option<usize>,
    /// The status of the answer.
    pub status: u16,
    /// Where the answer came from.
    pub source: Source,
}

impl Received {
    /// The body as JSON; `None` where it is none.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// For the admin routes. Headers are left out: they hold credentials.
    pub(crate) fn describe(&self) -> Value {
        json!({
            "method": self.method,
            "target": self.target,
            "operation": self.operation,
            "status": self.status,
            "source": self.source.as_str(),
            "body": String::from_utf8_lossy(&self.body),
        })
    }
}

#[derive(Debug)]
pub(crate) struct Journal {
    max: usize,
    received: Mutex<VecDeque<Received>>,
}

impl Journal {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, received: Mutex::default() }
    }

    pub(crate) fn note(&self, request: &Request, answer: &Answer) {
        if self.max == 0 {
            return;
        }
        let body = request.body();
        // A slice would hold the whole body in memory.
        let body = if body.len() > Limits::MAX_KEPT_BODY {
            Bytes::copy_from_slice(&body[..Limits::MAX_KEPT_BODY])
        } else {
            body.clone()
        };
        let received = Received {
            method: request.method().as_str().to_owned(),
            target: request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers: request.headers().clone(),
            body,
            operation: answer.operation.clone(),
            index: answer.index,
            status: answer.status.as_u16(),
            source: answer.source,
        };
        let mut all = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= self.max {
            all.pop_front();
        }
        all.push_back(received);
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
