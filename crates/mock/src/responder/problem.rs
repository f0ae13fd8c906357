//! What is said where nobody may answer.

use http::StatusCode;
use serde_json::json;

use crate::engine::{Answer, Request, Source, cors, json};

/// A refusal that says which mode it follows from, and what to do.
pub(super) fn refusal(request: &Request, status: StatusCode, detail: &str) -> Answer {
    let mut answer = Answer::new(status, Source::Request);
    answer.set("content-type", "application/problem+json");
    answer.set("x-mock-source", answer.source.as_str());
    answer.body = json(&json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "detail": detail,
    }));
    answer.because(detail);
    cors(request, &mut answer);
    answer
}
