//! Why a table was not processed.

use std::path::PathBuf;

/// Why a table was not processed.
#[derive(Debug)]
#[non_exhaustive]
pub enum PipelineError {
    /// Nobody may read it who has no key.
    Denied,
    /// The file cannot be read.
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The table is not as it should be.
    Table(arrow_schema::ArrowError),
    /// Nobody told the rate of a currency.
    Rates {
        /// Of which one.
        currency: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The result cannot be written.
    Write(Box<dyn std::error::Error + Send + Sync>),
}

impl std::fmt::Display for PipelineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Denied => f.write_str("the credentials hold no key; give one"),
            Self::Read { path, .. } => write!(f, "cannot read the table `{}`", path.display()),
            Self::Table(_) => f.write_str("the table is not one of sales"),
            Self::Rates { currency, .. } => write!(f, "nobody tells the rate of `{currency}`"),
            Self::Write(_) => f.write_str("the result cannot be written"),
        }
    }
}

impl std::error::Error for PipelineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Denied => None,
            Self::Read { source, .. } | Self::Rates { source, .. } | Self::Write(source) => Some(&**source),
            Self::Table(source) => Some(source),
        }
    }
}

impl From<arrow_schema::ArrowError> for PipelineError {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::Table(error)
    }
}
