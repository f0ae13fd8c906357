//! What can be wrong with what a user asks of the tracer.

use std::fmt;

/// Why a recording could not be started. Nothing else of the tracer fails: what goes wrong later is counted in
/// [`TraceStats`](crate::tree::TraceStats).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A module pattern that cannot be read.
    Pattern {
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it, and what to write instead.
        reason: String,
    },
    /// A setting with a value it cannot have.
    Setting {
        /// The builder method or environment variable.
        name: &'static str,
        /// The value as it was given.
        found: String,
        /// The form it should have.
        expected: &'static str,
    },
    /// What `tracesnap.toml` says, or a variable that nobody reads.
    Config(tracesnap_config::Error),
    /// A redaction rule of `tracesnap.toml` or the environment that cannot be.
    Redaction(tracesnap_redact::Error),
    /// The file that a recording shall be written to.
    #[cfg(feature = "file")]
    File(crate::FileError),
    /// A process-wide session was asked for while another one has the process.
    Busy,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern { pattern, reason } => write!(f, "module pattern `{pattern}`: {reason}"),
            Self::Setting { name, found, expected } => {
                write!(f, "`{name}` is set to `{found}`, but takes {expected}")
            }
            Self::Config(error) => error.fmt(f),
            Self::Redaction(error) => error.fmt(f),
            #[cfg(feature = "file")]
            Self::File(error) => error.fmt(f),
            Self::Busy => write!(
                f,
                "another process-wide session is open; finish it first, or start with `OnBusy::Wait` on another thread"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Each is shown as that error, so its cause is ours.
            Self::Config(error) => error.source(),
            #[cfg(feature = "file")]
            Self::File(error) => error.source(),
            _ => None,
        }
    }
}

impl From<tracesnap_config::Error> for Error {
    fn from(error: tracesnap_config::Error) -> Self {
        Self::Config(error)
    }
}

impl From<tracesnap_redact::Error> for Error {
    fn from(error: tracesnap_redact::Error) -> Self {
        Self::Redaction(error)
    }
}
