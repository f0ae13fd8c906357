//! Why no model was trained.

use std::path::PathBuf;

/// Why no model was trained.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainingError {
    /// The data has no such target.
    NoTarget {
        /// Which one was asked for.
        asked: String,
        /// Which one there is.
        found: String,
    },
    /// The library could not do it.
    Library(smartcore::error::Failed),
    /// The model cannot be written.
    Save {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl std::fmt::Display for TrainingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTarget { asked, found } => write!(f, "the data has no target `{asked}`; take `{found}`"),
            Self::Library(_) => f.write_str("the model cannot be trained with this data"),
            Self::Save { path, .. } => write!(f, "the model cannot be written to `{}`", path.display()),
        }
    }
}

impl std::error::Error for TrainingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoTarget { .. } => None,
            Self::Library(source) => Some(source),
            Self::Save { source, .. } => Some(source),
        }
    }
}

impl From<smartcore::error::Failed> for TrainingError {
    fn from(error: smartcore::error::Failed) -> Self {
        Self::Library(error)
    }
}
