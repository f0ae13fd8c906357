//! Why a route does not do what it was asked for.

use std::error::Error as _;

use http::StatusCode;
use serde_json::json;

use crate::Error;
use crate::serve::connection::Reply;

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    why: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }

    pub(super) fn bad(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    pub(super) fn missing(why: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, why)
    }

    pub(super) fn into_reply(self) -> Reply {
        super::json_reply(self.status, &json!({"error": self.why}))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match &error {
            Error::UnknownOperation { .. } => StatusCode::NOT_FOUND,
            #[cfg(feature = "database")]
            Error::Missing { .. } => StatusCode::NOT_FOUND,
            #[cfg(feature = "database")]
            Error::Form { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut why = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            why = format!("{why}: {cause}");
            source = cause.source();
        }
        Self { status, why }
    }
}
