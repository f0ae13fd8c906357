//! What comes instead of a response.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::model::Interaction;
use crate::{Error, Status};

/// Why a service that is recorded, played back or mocked did not answer, beside its own errors.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// It did not when it was recorded, or in the mock.
    Recorded {
        /// The error's message.
        message: String,
        /// The error's type, as it was then.
        error_type: Option<String>,
        /// What it answered nevertheless; `null` if nothing.
        response: Value,
    },
    /// Nothing could answer, or nothing was allowed to.
    Refused(Error),
}

impl Failure {
    pub(super) fn of(interaction: &Arc<Interaction>) -> Self {
        let message = match (&interaction.error, &interaction.status) {
            (Some(message), _) => message.clone(),
            (None, Status::Cancelled) => "cancelled: nobody waited for the response when it was recorded".to_owned(),
            (None, status) => format!("it ended as `{status}` when it was recorded"),
        };
        Self::Recorded { message, error_type: interaction.error_type.clone(), response: interaction.response.clone() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded { message, .. } => f.write_str(message),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Recorded { .. } => None,
            Self::Refused(error) => std::error::Error::source(error),
        }
    }
}

/// A trait whose methods return these needs no function that makes its error.
impl From<Failure> for std::io::Error {
    fn from(failure: Failure) -> Self {
        Self::other(failure)
    }
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        failure.to_string()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Why a call failed: by the service's own error, which `E` is, or by ours.
#[derive(Debug)]
pub enum CallError<E> {
    /// The service said so, now.
    Service(E),
    /// A recording or a mock said so, or nothing answered.
    Failure(Failure),
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => error.fmt(f),
            Self::Failure(failure) => failure.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Service(error) => error.source(),
            Self::Failure(failure) => failure.source(),
        }
    }
}

impl<E> From<Failure> for CallError<E> {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl<E> From<Error> for CallError<E> {
    fn from(error: Error) -> Self {
        Self::Failure(error.into())
    }
}
