//! The shop that the promises about answers are told with, and a small client.

use std::path::PathBuf;

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use tracesnap_mock::engine::Answer;
use tracesnap_mock::{Mock, MockBuilder};

pub(crate) fn spec() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/serving/shop.yaml")
}

pub(crate) fn mock() -> MockBuilder {
    Mock::from_openapi(spec()).expect("the fixture can be read")
}

/// `GET /orders`, headers as `name: value`, and a body of JSON unless it is null.
pub(crate) fn request(line: &str, headers: &[&str], body: &Value) -> Request<Bytes> {
    let (method, target) = line.split_once(' ').expect("a method and a target");
    let mut request = Request::builder().method(method).uri(target);
    for header in headers {
        let (name, value) = header.split_once(": ").expect("a name and a value");
        request = request.header(name, value);
    }
    if body.is_null() {
        return request.body(Bytes::new()).expect("a request");
    }
    let typed = headers.iter().any(|header| header.to_lowercase().starts_with("content-type"));
    let request = if typed { request } else { request.header("content-type", "application/json") };
    request.body(body.to_string().into()).expect("a request")
}

pub(crate) trait Ask {
    fn ask(&self, line: &str, headers: &[&str], body: &Value) -> Answer;

    fn get(&self, target: &str) -> Answer {
        self.ask(&format!("GET {target}"), &[], &Value::Null)
    }

    fn json(&self, target: &str) -> Value {
        let answer = self.get(target);
        answer.json().unwrap_or_else(|| panic!("no JSON at {target}: {} {:?}", answer.status, answer.body))
    }

    fn post(&self, target: &str, body: &Value) -> Answer {
        self.ask(&format!("POST {target}"), &[], body)
    }
}

impl Ask for Mock {
    fn ask(&self, line: &str, headers: &[&str], body: &Value) -> Answer {
        let answer = self.answer(&request(line, headers, body));
        // Whatever a promise is about: nothing leaves that breaks its schema.
        assert_eq!(answer.violations, Vec::<String>::new(), "{line} {}", String::from_utf8_lossy(&answer.body));
        answer
    }
}

pub(crate) const CUSTOMER: &str = "7f9c24e5-2b4a-4f6e-9d0c-2a0f6f5f7a11";
