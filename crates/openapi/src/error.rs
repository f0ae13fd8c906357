//! Why nothing of a document can be read.
//!
//! What makes a part of it useless is a [`Fault`](crate::Fault), and no error.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a document was refused as a whole.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is neither JSON nor YAML.
    Syntax {
        /// The file, as it was named.
        file: String,
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// What the parser says.
        message: String,
    },
    /// It asks for more than the [`Limits`](crate::Limits) allow.
    TooMuch {
        /// The file, as it was named.
        file: String,
        /// Line where the bound was hit, if it is known.
        line: Option<u32>,
        /// What there is too much of, as in «bytes».
        what: &'static str,
        /// The bound.
        limit: usize,
        /// The name of the bound.
        bound: &'static str,
    },
    /// It is data of another kind.
    NotAnApi {
        /// The file, as it was named.
        file: String,
        /// What it is instead.
        found: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => write!(f, "cannot read `{}`", path.display()),
            Self::Syntax { file, line, column, message } => {
                write!(f, "`{file}` is neither JSON nor YAML: line {line}, column {column}: {message}")
            }
            Self::TooMuch { file, line, what, limit, bound } => {
                write!(f, "`{file}` has more than {limit} {what}")?;
                if let Some(line) = line {
                    write!(f, " (in line {line})")?;
                }
                write!(f, "; the bound is `Limits::{bound}`")
            }
            Self::NotAnApi { file, found } => write!(
                f,
                "`{file}` is no API document: {found}; expected an object with `openapi: 3.x` or `swagger: \"2.0\"` \
                 and `paths`"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Syntax { .. } | Self::TooMuch { .. } | Self::NotAnApi { .. } => None,
        }
    }
}
