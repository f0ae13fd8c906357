//! Who answers where neither the service nor a recording does.

use serde_json::Value;

/// What is asked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// Of whom.
    pub service: &'a str,
    /// What for.
    pub operation: &'a str,
    /// The request, redacted.
    pub request: &'a Value,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The response; `null` beside an error without one.
    pub response: Value,
    /// The message, where it is an error.
    pub error: Option<String>,
}

impl Answer {
    /// A response.
    pub fn response(response: impl Into<Value>) -> Self {
        Self { response: response.into(), error: None }
    }

    /// An error.
    pub fn error(message: impl Into<String>) -> Self {
        Self { response: Value::Null, error: Some(message.into()) }
    }
}

/// Makes up answers, in the modes `mock` and `hybrid:mock`. A generator of mocks implements this; [`Mocks`](super::Mocks)
/// has them in a file.
pub trait Fallback: Send + Sync {
    /// The answer, `None` if there is none for this request.
    fn answer(&self, asked: &Asked<'_>) -> Option<Answer>;
}

impl<F: Fn(&Asked<'_>) -> Option<Answer> + Send + Sync> Fallback for F {
    fn answer(&self, asked: &Asked<'_>) -> Option<Answer> {
        self(asked)
    }
}
