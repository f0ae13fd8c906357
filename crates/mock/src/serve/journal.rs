//! The requests a server has received, as many as it remembers.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::Limits;
use crate::engine::{Answer, Request, Source};

/// A request, and how it was answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received {
    /// Its number: 1 for the first request, and none is given twice.
    pub number: u64,
    /// When it was answered.
    pub at: SystemTime,
    /// The time from when its head was read until its answer was ready, latency that was asked for included.
    pub took: Duration,
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
    /// Why the answer is what it is, a sentence a step.
    pub explain: Vec<String>,
    /// What is wrong with the answer by its own schema.
    pub violations: Vec<String>,
}

impl Received {
    /// The body as JSON; `None` where it is none.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// For the admin routes. Headers are left out: they hold credentials.
    pub(crate) fn describe(&self) -> Value {
        let since = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        json!({
            "number": self.number,
            "at_ms": u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            "took_ns": u64::try_from(self.took.as_nanos()).unwrap_or(u64::MAX),
            "method": self.method,
            "target": self.target,
            "operation": self.operation,
            "index": self.index,
            "status": self.status,
            "source": self.source.as_str(),
            "explain": self.explain,
            "violations": self.violations,
            "content_type": self.headers.get("content-type").and_then(|value| value.to_str().ok()),
            "session": self.headers.get("x-mock-session").and_then(|value| value.to_str().ok()),
            "body": String::from_utf8_lossy(&self.body),
        })
    }
}

#[derive(Debug)]
pub(crate) struct Journal {
    max: usize,
    received: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    all: VecDeque<Received>,
    /// Requests so far.
    numbered: u64,
}

impl Journal {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, received: Mutex::default() }
    }

    /// Takes the reasons out of the answer, which has told them.
    pub(crate) fn note(&self, request: &Request, answer: &mut Answer, took: Duration) {
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
        let mut received = Received {
            number: 0,
            at: SystemTime::now(),
            took,
            method: request.method().as_str().to_owned(),
            target: request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
            headers: request.headers().clone(),
            body,
            operation: answer.operation.clone(),
            index: answer.index,
            status: answer.status.as_u16(),
            source: answer.source,
            explain: std::mem::take(&mut answer.explain),
            violations: std::mem::take(&mut answer.violations),
        };
        let mut kept = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        kept.numbered += 1;
        received.number = kept.numbered;
        if kept.all.len() >= self.max {
            kept.all.pop_front();
        }
        kept.all.push_back(received);
    }

    pub(crate) fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).all.iter().cloned().collect()
    }

    /// The newest, of those with a higher number than `since`; oldest first, as all are. A number that none has yet is
    /// that of a server that ran before this one, so all are newer.
    pub(crate) fn since(&self, since: u64, most: usize) -> Vec<Received> {
        let kept = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let since = if since > kept.numbered { 0 } else { since };
        let newer = kept.all.partition_point(|received| received.number <= since);
        let first = newer.max(kept.all.len().saturating_sub(most));
        kept.all.range(first..).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).all.clear();
    }
}
