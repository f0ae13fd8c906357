//! The fixture of one operation: a request, the answer it had, what must be refused.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Map, Value, json};

use crate::client::{AnsweredBy, SmartClient, SmartResponse};
use crate::engine::Request;
use crate::{Error, Mock};

/// The longest an answer may take where nothing else is said.
pub const DEFAULT_BUDGET: Duration = Duration::from_secs(10);

/// The fixture of one operation, as `tracesnap mock generate` writes it.
#[derive(Clone, Debug)]
pub struct Fixture {
    value: Value,
}

impl Fixture {
    /// Reads a fixture.
    ///
    /// # Panics
    /// If it is no JSON.
    #[must_use]
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(value) => Self { value },
            Err(error) => panic!("the fixture is no JSON: {error}"),
        }
    }

    /// The operation: its id, or as in `GET /orders/{id}`.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.value["operation"].as_str().unwrap_or_default()
    }

    /// The body of the answer it had; null where that was no JSON.
    #[must_use]
    pub fn body(&self) -> &Value {
        &self.value["response"]["body"]["json"]
    }

    /// Sends its valid request.
    ///
    /// # Errors
    /// As [`SmartRequest::send`](crate::client::SmartRequest::send).
    pub async fn send(&self, client: &SmartClient) -> Result<SmartResponse, Error> {
        send(&self.value["request"], client).await
    }

    /// Sends the request that must be refused.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_refused(&self, client: &SmartClient) -> Result<SmartResponse, Error> {
        send(&self.value["refused"]["request"], client).await
    }

    /// Checks that an answer keeps to the document: its schema, and the fields that must be there.
    ///
    /// # Panics
    /// If it does not, with all that is wrong.
    #[track_caller]
    pub fn assert_keeps(&self, mock: &Mock, answer: &SmartResponse) {
        let status = answer.status().as_u16();
        self.assert_body(mock, status, answer.body());
        // A mock says so itself where it had to break a schema.
        if answer.answered_by() == AnsweredBy::Mock {
            assert_eq!(answer.header("x-mock-invalid"), None, "`{}`", self.operation());
        }
        let required = self.value["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let is_same = self.value["response"]["status"] == status;
        for name in required.filter(|_| is_same) {
            let has = answer.json().is_ok_and(|body| body.get(name).is_some());
            assert!(has, "`{}` answers without `{name}`: {}", self.operation(), String::from_utf8_lossy(answer.body()));
        }
    }

    /// Checks that documented errors, as the fixture has them, still keep to the document.
    ///
    /// # Panics
    /// If one does not, with all that is wrong.
    #[track_caller]
    pub fn assert_errors(&self, mock: &Mock) {
        for error in self.value["errors"].as_array().into_iter().flatten() {
            let status = error["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
            self.assert_body(mock, status, error["body"].to_string().as_bytes());
        }
    }

    #[track_caller]
    fn assert_body(&self, mock: &Mock, status: u16, body: &[u8]) {
        let operation = match mock.operation(self.operation()) {
            Ok(operation) => operation,
            Err(error) => panic!("the fixture is of another document: {error}"),
        };
        // `None`: the document describes no such body.
        if let Some(wrong) = mock.check_answer(operation, Some(status), body) {
            assert!(
                wrong.is_empty(),
                "`{}` answers {status} with a body that breaks its schema: {}\n{}",
                self.operation(),
                wrong.join("; "),
                String::from_utf8_lossy(body)
            );
        }
    }

    /// The longest an answer may take: `API_BUDGET_MS` milliseconds, else [`DEFAULT_BUDGET`].
    #[must_use]
    pub fn budget() -> Duration {
        let said = std::env::var("API_BUDGET_MS").ok().and_then(|text| text.trim().parse().ok());
        said.map_or(DEFAULT_BUDGET, Duration::from_millis)
    }
}

async fn send(request: &Value, client: &SmartClient) -> Result<SmartResponse, Error> {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let method = Method::from_bytes(text("method").as_bytes()).unwrap_or(Method::GET);
    let mut sent = client.request(method, text("target"));
    let body = read_body(&request["body"]);
    if !body.is_empty() {
        sent = sent.body("application/octet-stream", body);
    }
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        sent = sent.header(name, value.as_str().unwrap_or_default());
    }
    sent.send().await
}

pub(super) fn write_request(request: &Request) -> Value {
    let headers: Map<String, Value> = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.into())))
        .collect();
    json!({
        "method": request.method().as_str(),
        "target": request.uri().to_string(),
        "headers": headers,
        "body": write_body(request.body()),
    })
}

/// By what it is: JSON, text or bytes; null where there is none.
pub(super) fn write_body(body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    if let Ok(value) = serde_json::from_slice::<Value>(body)
        && value.to_string().as_bytes() == body
    {
        return json!({ "json": value });
    }
    match std::str::from_utf8(body) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": STANDARD.encode(body) }),
    }
}

fn read_body(body: &Value) -> Vec<u8> {
    if let Some(value) = body.get("json") {
        return value.to_string().into_bytes();
    }
    if let Some(text) = body.get("text").and_then(Value::as_str) {
        return text.as_bytes().to_vec();
    }
    body.get("base64").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_byte_for_byte() {
        let bodies: [&[u8]; 5] = [b"", b"{\"a\":1.50}", b"{ \"a\": 1 }", b"a=1&b=2", b"\xff\x00"];
        for body in bodies {
            assert_eq!(read_body(&write_body(body)), body, "{}", String::from_utf8_lossy(body));
        }
    }
}
