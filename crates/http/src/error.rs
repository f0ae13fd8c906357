//! What can go wrong between a program and what answers it.

use std::fmt;

/// Any error: what bodies and services of the ecosystem fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a call has no answer, beside the errors of the service that was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Nothing could answer, or nothing was allowed to: a miss, a budget.
    Refused(tracesnap_record::Error),
    /// The call failed when it was recorded, or in the mock.
    Recorded {
        /// The error's message.
        message: String,
    },
    /// The body ends here, since it did so when it was recorded.
    Cut {
        /// Why it did.
        message: String,
    },
    /// A recorded response cannot be sent.
    Response {
        /// The interaction: `3 shop order.read`.
        interaction: String,
        /// What is wrong with it.
        why: String,
    },
    /// A body has more than is taken.
    TooLarge {
        /// What: `the request`.
        what: &'static str,
        /// How many bytes are taken.
        most: u64,
    },
    /// The body of a request could not be read.
    Body(BoxError),
    /// A server, a proxy or an upstream cannot be used.
    Server {
        /// What: `127.0.0.1:80`, `http://…`.
        what: String,
        /// Why.
        source: BoxError,
    },
    /// Something that was written for a profile, a rule or an upstream makes no sense.
    Setting {
        /// What was written.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Recorded { message } => f.write_str(message),
            Self::Cut { message } => write!(f, "the recorded body ends here: {message}"),
            Self::Response { interaction, why } => {
                write!(f, "the recorded response of `{interaction}` cannot be sent: {why}; record it again")
            }
            Self::TooLarge { what, most } => write!(
                f,
                "{what} has a body of more than {most} bytes, which is more than is compared with a recording; raise \
                 `HttpBuilder::compared_bytes`"
            ),
            Self::Body(_) => f.write_str("the body of the request could not be read"),
            Self::Server { what, .. } => write!(f, "cannot use `{what}`"),
            Self::Setting { found, expected } => write!(f, "`{found}` is not {expected}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(error) => std::error::Error::source(error),
            Self::Body(source) | Self::Server { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

impl From<tracesnap_record::Error> for Error {
    fn from(error: tracesnap_record::Error) -> Self {
        Self::Refused(error)
    }
}
