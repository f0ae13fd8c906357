//! How asking a service fails.

use serde::{Deserialize, Serialize};

/// How asking a service failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceError {
    /// It understood, and will not.
    Refused {
        /// Who.
        service: String,
        /// With which status.
        status: u16,
        /// Why, in one word.
        code: String,
    },
    /// It did not answer, or broke off.
    Unreachable {
        /// Who.
        service: String,
    },
    /// It answered with something that makes no sense.
    Unreadable {
        /// Who.
        service: String,
        /// With which status.
        status: u16,
    },
}

impl ServiceError {
    /// Whose error it is.
    #[must_use]
    pub fn service(&self) -> &str {
        match self {
            Self::Refused { service, .. } | Self::Unreachable { service } | Self::Unreadable { service, .. } => service,
        }
    }

    /// The code, if the service refused with this one.
    pub(crate) fn refusal(&self, expected: &str) -> Option<String> {
        match self {
            Self::Refused { code, .. } if code == expected => Some(code.clone()),
            _ => None,
        }
    }
}

impl std::fmt::Display for ServiceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { service, status, code } => write!(f, "{service} refused with {status}: {code}"),
            Self::Unreachable { service } => write!(f, "{service} cannot be reached"),
            Self::Unreadable { service, status } => write!(f, "{service} answered {status}, with nothing to be read"),
        }
    }
}

impl std::error::Error for ServiceError {}
