//! What can go wrong between a recording and its directory.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a file was not written, or a directory not tidied.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be made, written or put in its place.
    Write {
        /// The file that was to be.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of that name exists, and was not to be replaced.
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A directory could not be made or read.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A retention rule that cannot be read.
    Retention {
        /// The rule as it was given.
        found: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { path, .. } => write!(f, "cannot write `{}`", path.display()),
            Self::Exists { path } => {
                write!(f, "`{}` exists; remove it, or write under another name", path.display())
            }
            Self::Directory { path, .. } => write!(f, "cannot use the directory `{}`", path.display()),
            Self::Retention { found } => write!(
                f,
                "`{found}` says nothing about what to keep; write a number of files (`100`), a size (`500 MB`, \
                 `1 GiB`), an age (`12 h`, `7 days`), several of them with commas, or `all`"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { source, .. } | Self::Directory { source, .. } => Some(source),
            Self::Exists { .. } | Self::Retention { .. } => None,
        }
    }
}
