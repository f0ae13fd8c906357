//! What can go wrong between a conversation and its recording.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::matching::Miss;

/// Why something was not recorded, read, played back or compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else than what was expected, or damaged.
    Malformed {
        /// The file, or what else it came from.
        origin: String,
        /// What was expected: `session`, `mocks`, `HAR file`.
        what: &'static str,
        /// What is wrong, and where.
        why: String,
    },
    /// A file of a version that this build does not know.
    FormatTooNew {
        /// The file.
        origin: String,
        /// The version as it stands there.
        found: String,
        /// The newest that this build reads.
        supported: u32,
    },
    /// A mode that does not exist.
    UnknownMode {
        /// The word.
        found: String,
        /// Where it stands: `environment variable TEST_MODE`.
        place: String,
        /// The mode that was probably meant.
        meant: Option<&'static str>,
    },
    /// A matcher that does not exist.
    UnknownMatcher {
        /// The word.
        found: String,
    },
    /// Nothing was recorded that answers this request.
    Miss(Box<Miss>),
    /// The next call would exceed what the service may cost.
    Budget {
        /// The service.
        service: String,
        /// What is used up: `calls`, `bytes`, `tokens`.
        what: &'static str,
        /// How much of it there was.
        limit: u64,
    },
    /// A service that needs a key has none.
    MissingKey {
        /// The service.
        service: String,
        /// The variable that should hold it.
        variable: String,
    },
    /// There is nothing that answers in the place of the service.
    NoMock {
        /// The service.
        service: String,
        /// The operation.
        operation: String,
    },
    /// There is no recording of this name.
    NoRecording {
        /// The name.
        name: String,
        /// Where it was looked for.
        place: PathBuf,
    },
    /// A recorded response is not what the program reads today.
    Response {
        /// The interaction, as `checkout#3`.
        interaction: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Not everything that was recorded was asked for, where everything must be.
    Unused {
        /// The session.
        name: String,
        /// The interactions that nobody asked for.
        left: Vec<String>,
    },
    /// What answers now differs from what was recorded.
    Drift {
        /// How many interactions differ.
        interactions: usize,
        /// The report.
        report: String,
    },
    /// The store that keeps sets for review.
    Store(tracesnap_store::Error),
    /// The configuration.
    Config(Box<tracesnap_config::Error>),
    /// A redaction rule of the configuration.
    Policy(tracesnap_redact::Error),
}

impl Error {
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }

    pub(crate) fn malformed(origin: &str, what: &'static str, why: impl Into<String>) -> Self {
        Self::Malformed { origin: origin.to_owned(), what, why: why.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => write!(f, "cannot read `{}`", path.display()),
            Self::Write { path, .. } => write!(f, "cannot write `{}`", path.display()),
            Self::Malformed { origin, what, why } => write!(f, "`{origin}` is no {what}: {why}"),
            Self::FormatTooNew { origin, found, supported } => write!(
                f,
                "session `{origin}` uses version {found} of the format, but this build reads up to {supported}; \
                 upgrade tracesnap, or record it again"
            ),
            Self::UnknownMode { found, place, meant } => {
                write!(f, "`{found}` ({place}) is no mode")?;
                if let Some(meant) = meant {
                    write!(f, "; did you mean `{meant}`?")?;
                }
                write!(f, "; there are {}", crate::mode::words().join(", "))
            }
            Self::UnknownMatcher { found } => write!(
                f,
                "`{found}` is no matcher; there are {}",
                crate::matching::MATCHER_WORDS.map(|word| format!("`{word}`")).join(", ")
            ),
            Self::Miss(miss) => miss.fmt(f),
            Self::Budget { service, what, limit } => write!(
                f,
                "the budget of `{service}` is used up: {limit} {what}; raise it, or play a recording back with \
                 `TEST_MODE=playback`"
            ),
            Self::MissingKey { service, variable } => write!(
                f,
                "`{service}` needs a key, and the environment variable `{variable}` is not set; set it, or play a \
                 recording back with `TEST_MODE=playback`"
            ),
            Self::NoMock { service, operation } => write!(
                f,
                "nothing answers `{service} {operation}` in this mode; add it to the mocks, or make some of a recording \
                 with `tracesnap sessions baseline`"
            ),
            Self::NoRecording { name, place } => write!(
                f,
                "there is no accepted recording `{name}` in `{}`; record one with `TEST_MODE=record`, then `tracesnap \
                 sessions review`",
                place.display()
            ),
            Self::Response { interaction, .. } => write!(
                f,
                "the recorded response of `{interaction}` is not what the program reads; record it again if the program \
                 changed"
            ),
            Self::Unused { name, left } => write!(
                f,
                "{} of the recording `{name}` were not asked for: {}; record it again if the program changed",
                left.len(),
                left.iter().take(10).map(|title| format!("`{title}`")).collect::<Vec<_>>().join(", ")
            ),
            Self::Drift { interactions, report } => {
                write!(
                    f,
                    "{interactions} interactions differ from their recording; accept a new one if that is meant\n{report}"
                )
            }
            Self::Store(_) => f.write_str("the store of recordings failed"),
            Self::Config(_) => f.write_str("the configuration cannot be used"),
            Self::Policy(_) => f.write_str("the redaction rules of the configuration cannot hold"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
            Self::Response { source, .. } => Some(source),
            Self::Store(source) => Some(source),
            Self::Config(source) => Some(&**source),
            Self::Policy(source) => Some(source),
            _ => None,
        }
    }
}

impl From<tracesnap_store::Error> for Error {
    fn from(error: tracesnap_store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<tracesnap_redact::Error> for Error {
    fn from(error: tracesnap_redact::Error) -> Self {
        Self::Policy(error)
    }
}

impl From<tracesnap_config::Error> for Error {
    fn from(error: tracesnap_config::Error) -> Self {
        Self::Config(Box::new(error))
    }
}
