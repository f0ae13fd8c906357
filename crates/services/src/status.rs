//! Errors of Google's services, as `google.rpc.Status` tells them.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a service of Google says of a call that failed: `google.rpc.Status`, as REST has it.
///
/// ```
/// use tracesnap_services::{Code, Status};
///
/// let body = br#"{"error": {"code": 429, "message": "Slow down.", "status": "RESOURCE_EXHAUSTED"}}"#;
/// let status = Status::of_answer(http::StatusCode::TOO_MANY_REQUESTS, body);
/// assert_eq!(status.code, Code::ResourceExhausted);
/// assert_eq!(status.to_string(), "RESOURCE_EXHAUSTED (429): Slow down.");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// What kind of failure it is.
    pub code: Code,
    /// The status of HTTP; 200 where the call as a whole was none that failed, such as one write of a batch.
    pub http: u16,
    /// What people are told.
    pub message: String,
    /// Messages of `google.rpc`, each with its `@type`: `ErrorInfo`, `RetryInfo`, `BadRequest` …
    pub details: Vec<Value>,
}

/// `google.rpc.Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
#[expect(missing_docs, reason = "they are Google's, and documented there")]
pub enum Code {
    Ok,
    Cancelled,
    Unknown,
    InvalidArgument,
    DeadlineExceeded,
    NotFound,
    AlreadyExists,
    PermissionDenied,
    ResourceExhausted,
    FailedPrecondition,
    Aborted,
    OutOfRange,
    Unimplemented,
    Internal,
    Unavailable,
    DataLoss,
    Unauthenticated,
}

const CODES: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "CANCELLED"),
    (Code::Unknown, "UNKNOWN"),
    (Code::InvalidArgument, "INVALID_ARGUMENT"),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (Code::NotFound, "NOT_FOUND"),
    (Code::AlreadyExists, "ALREADY_EXISTS"),
    (Code::PermissionDenied, "PERMISSION_DENIED"),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (Code::FailedPrecondition, "FAILED_PRECONDITION"),
    (Code::Aborted, "ABORTED"),
    (Code::OutOfRange, "OUT_OF_RANGE"),
    (Code::Unimplemented, "UNIMPLEMENTED"),
    (Code::Internal, "INTERNAL"),
    (Code::Unavailable, "UNAVAILABLE"),
    (Code::DataLoss, "DATA_LOSS"),
    (Code::Unauthenticated, "UNAUTHENTICATED"),
];

impl Code {
    /// The code of a number of `google.rpc.Code`; [`Unknown`](Self::Unknown) for one that is none.
    #[must_use]
    pub fn of_number(number: i64) -> Self {
        // They are numbered: 0 to 15 in this order, and 16.
        usize::try_from(number).ok().and_then(|at| CODES.get(at)).map_or(Self::Unknown, |(code, _)| *code)
    }

    fn of_name(name: &str) -> Option<Self> {
        CODES.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
    }

    /// What a status of HTTP mostly means, as `google.rpc` maps them.
    #[must_use]
    pub fn of_http(status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Ok,
            400 => Self::InvalidArgument,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Aborted,
            429 => Self::ResourceExhausted,
            499 => Self::Cancelled,
            500 => Self::Internal,
            501 => Self::Unimplemented,
            502 | 503 => Self::Unavailable,
            504 => Self::DeadlineExceeded,
            _ => Self::Unknown,
        }
    }

    /// Whether the same call may well succeed a little later.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Aborted | Self::Unavailable | Self::ResourceExhausted | Self::DeadlineExceeded)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(CODES.iter().find(|(code, _)| code == self).map_or("UNKNOWN", |(_, name)| name))
    }
}

/// Of an answer that is no error of Google, so many letters are told.
const MOST_LETTERS: usize = 300;

impl Status {
    /// What an answer says that has no status of success: its `error`, also where that is the first of a list, as methods
    /// that answer in parts have it. What is no such document is told as it is.
    #[must_use]
    pub fn of_answer(http: StatusCode, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Answer {
            One { error: Told },
            List([Listed; 1]),
        }
        #[derive(Deserialize)]
        struct Listed {
            error: Told,
        }
        let told = match serde_json::from_slice(body) {
            Ok(Answer::One { error } | Answer::List([Listed { error }])) => error,
            Err(_) => {
                let message: String = String::from_utf8_lossy(body).trim().chars().take(MOST_LETTERS).collect();
                Told { message, ..Told::default() }
            }
        };
        told.status(http)
    }

    /// What one part of an answer says, which as a whole was none that failed.
    #[cfg(any(feature = "firestore", test))]
    pub(crate) fn of_part(value: &Value) -> Option<Self> {
        let told = Told::deserialize(value).ok()?;
        let failed = told.code.is_some_and(|code| code != 0);
        failed.then(|| told.status(StatusCode::OK))
    }

    /// How long to wait before the call is made again, where the service says so.
    #[must_use]
    pub fn retry_delay(&self) -> Option<Duration> {
        let of_kind = |detail: &&Value| {
            detail.get("@type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("google.rpc.RetryInfo"))
        };
        let delay = self.details.iter().find(of_kind)?.get("retryDelay")?.as_str()?;
        Duration::try_from_secs_f64(delay.strip_suffix('s')?.parse().ok()?).ok()
    }
}

/// As it is written. In the document of an error `code` is a status of HTTP, within an answer it is one of `google.rpc`.
#[derive(Debug, Default, Deserialize)]
struct Told {
    code: Option<i64>,
    #[serde(default)]
    message: String,
    status: Option<String>,
    #[serde(default)]
    details: Vec<Value>,
}

impl Told {
    fn status(self, http: StatusCode) -> Status {
        let named = self.status.as_deref().and_then(Code::of_name);
        let within = self.code.filter(|_| http.is_success()).map(Code::of_number);
        let code = named.or(within).unwrap_or_else(|| Code::of_http(http));
        Status { code, http: http.as_u16(), message: self.message, details: self.details }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.code, self.http)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl std::error::Error for Status {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_code_has_its_name_and_number() {
        for (at, (code, name)) in CODES.iter().enumerate() {
            assert_eq!((Code::of_number(at as i64), code.to_string().as_str()), (*code, *name));
            assert_eq!(serde_json::to_value(code).expect("a name"), json!(name));
        }
        assert_eq!((Code::of_number(17), Code::of_number(-1)), (Code::Unknown, Code::Unknown));
    }

    #[test]
    fn an_error_is_read_in_every_form_it_comes_in() {
        let one = json!({"error": {"code": 400, "message": "no", "status": "FAILED_PRECONDITION"}}).to_string();
        let listed = format!("[{one}]");
        for body in [&one, &listed] {
            let status = Status::of_answer(StatusCode::BAD_REQUEST, body.as_bytes());
            assert_eq!((status.code, status.http, status.message.as_str()), (Code::FailedPrecondition, 400, "no"));
        }
        let page = Status::of_answer(StatusCode::BAD_GATEWAY, b"<html>upstream is gone</html>");
        assert_eq!(page.to_string(), "UNAVAILABLE (502): <html>upstream is gone</html>");
        let unknown = json!({"error": {"code": 404, "message": "no", "status": "SOMETHING_NEW"}}).to_string();
        assert_eq!(Status::of_answer(StatusCode::NOT_FOUND, unknown.as_bytes()).code, Code::NotFound);
        assert_eq!(
            Status::of_part(&json!({"code": 6, "message": "is there"})).map(|s| s.code),
            Some(Code::AlreadyExists)
        );
        assert_eq!((Status::of_part(&json!({})), Status::of_part(&json!({"code": 0}))), (None, None));
    }

    #[test]
    fn a_service_says_how_long_to_wait() {
        let body = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE"},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"},
        ]}});
        let status = Status::of_answer(StatusCode::TOO_MANY_REQUESTS, body.to_string().as_bytes());
        assert_eq!(status.retry_delay(), Some(Duration::from_millis(1_500)));
        assert!(status.code.is_retryable() && !Code::NotFound.is_retryable());
    }
}
