//! What can go wrong between a program and the service that it asks.

use std::fmt;

use tracesnap_http::BoxError;

use crate::Status;

/// Why a call has no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The service says so: now, or when it was recorded.
    Status(Box<Status>),
    /// Nothing could answer, or nothing was allowed to: a miss, a budget that is used up, a key that is missing.
    Refused(tracesnap_record::Error),
    /// What was recorded cannot be sent, or the call failed when it was recorded.
    Http(tracesnap_http::Error),
    /// The service could not be asked.
    Transport(BoxError),
    /// The service answered something else than its protocol says.
    Answer {
        /// The operation: `collection.get`.
        operation: &'static str,
        /// What is wrong with it.
        source: BoxError,
    },
    /// The answer has more bytes than are read.
    TooLarge {
        /// The operation.
        operation: &'static str,
        /// How many bytes are read.
        most: usize,
    },
    /// A value of the program is none of Firestore's, or the other way round.
    #[cfg(feature = "firestore")]
    Value(crate::firestore::ValueError),
    /// Something that was written for a client makes no sense.
    Setting {
        /// What was written.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The mode asks the service, and nobody said how.
    NoTransport {
        /// The service.
        service: &'static str,
    },
}

impl Error {
    /// What the service says, where it said anything.
    #[must_use]
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Whether only the key of the service is missing. A test that may be skipped returns then.
    #[must_use]
    pub fn is_missing_key(&self) -> bool {
        matches!(self, Self::Refused(tracesnap_record::Error::MissingKey { .. }))
    }

    /// What the layers say, by what it is.
    pub(crate) fn of(error: BoxError) -> Self {
        match error.downcast::<tracesnap_http::Error>() {
            Ok(ours) => match *ours {
                tracesnap_http::Error::Refused(refused) => Self::Refused(refused),
                other => Self::Http(other),
            },
            Err(theirs) => Self::Transport(theirs),
        }
    }

    /// What an address says that is none.
    pub(crate) fn of_setting(error: tracesnap_http::Error) -> Self {
        match error {
            tracesnap_http::Error::Setting { found, expected } => Self::Setting { found, expected },
            other => Self::Http(other),
        }
    }

    pub(crate) fn answer(operation: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Answer { operation, source: source.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => status.fmt(f),
            Self::Refused(error) => error.fmt(f),
            Self::Http(error) => error.fmt(f),
            Self::Transport(_) => f.write_str("the service could not be asked"),
            Self::Answer { operation, .. } => {
                write!(f, "the answer to `{operation}` is not what the protocol says")
            }
            Self::TooLarge { operation, most } => write!(
                f,
                "the answer to `{operation}` has more than {most} bytes; ask for less at once, or raise \
                 `Builder::answer_bytes`"
            ),
            #[cfg(feature = "firestore")]
            Self::Value(error) => error.fmt(f),
            Self::Setting { found, expected } => write!(f, "`{found}` is not {expected}"),
            Self::NoTransport { service } => write!(
                f,
                "this mode asks `{service}`, and there is nothing to ask it through; build with the feature `tls`, or give \
                 `Builder::transport` one"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(error) => std::error::Error::source(error),
            Self::Http(error) => std::error::Error::source(error),
            Self::Transport(source) | Self::Answer { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

impl From<tracesnap_record::Error> for Error {
    fn from(error: tracesnap_record::Error) -> Self {
        Self::Refused(error)
    }
}

#[cfg(feature = "firestore")]
impl From<crate::firestore::ValueError> for Error {
    fn from(error: crate::firestore::ValueError) -> Self {
        Self::Value(error)
    }
}
