//! Answers where neither a service nor a recording does: `tracesnap-record`'s modes `mock` and `hybrid:mock`.
//!
//! What travels as HTTP is answered as such, status, headers and body; an operation that is known by its name only, by
//! the body of its success.

use http::header::{HeaderName, HeaderValue};
use http::{Method, Request};
use serde_json::{Value, json};
use tracesnap_record::model::Body;
use tracesnap_record::provider::{Answer, Asked, Fallback};

use crate::engine::{self, Key, Mock};
use crate::recorded;

impl Fallback for Mock {
    /// `None` for a request that no operation of the document is for. Credentials are not looked at: what reaches a
    /// fallback is redacted.
    fn answer(&self, asked: &Asked<'_>) -> Option<Answer> {
        self.answer_to(asked)
    }
}

impl Mock {
    // `Mock::answer` takes requests; the trait's own name would need to be spelt out everywhere.
    pub(crate) fn answer_to(&self, asked: &Asked<'_>) -> Option<Answer> {
        if asked.request.get("url").is_some() {
            return over_http(self, asked.request);
        }
        let operation = self.operation(asked.operation).ok()?;
        // The first sample is the document's example; the number tells requests apart.
        let number = Key::of("asked").value(asked.request).finish();
        let answer = self.sample(operation, None, number)?;
        Some(Answer::response(answer.json().unwrap_or(Value::Null)))
    }
}

fn over_http(mock: &Mock, recorded: &Value) -> Option<Answer> {
    let text = |name: &str| recorded.get(name).and_then(Value::as_str);
    let body = recorded::body(recorded).to_bytes()?;
    let mut request = Request::new(bytes::Bytes::from(body));
    *request.method_mut() = Method::from_bytes(text("method").unwrap_or("GET").as_bytes()).ok()?;
    *request.uri_mut() = text("url")?.parse().ok()?;
    for (name, value) in recorded::headers(recorded) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            request.headers_mut().append(name, value);
        }
    }
    told(mock.answer_trusted(&request))
}

/// An answer as a session has it; `None` where no operation gave it.
pub(crate) fn told(answer: engine::Answer) -> Option<Answer> {
    answer.index?;
    let headers: Vec<Value> = answer
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let body = Body::of(&answer.body, engine::Answer::header(&answer, "content-type"));
    Some(Answer::response(json!({
        "status": answer.status.as_u16(),
        "headers": headers,
        "body": serde_json::to_value(body).ok()?,
    })))
}
