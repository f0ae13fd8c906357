//! A value, and the place it came from.

use std::fmt;
use std::path::PathBuf;

/// The value of a setting with the place that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who said so.
    pub source: Source,
}

/// The place that a value came from; the first one wins over those after it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The attribute or builder at the place itself.
    Attribute,
    /// A variable of the environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// The object that the program has set.
    Global,
    /// The configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The key with its section.
        key: String,
        /// The line, from 1.
        line: usize,
    },
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute => f.write_str("attribute"),
            Self::Environment { variable } => write!(f, "environment variable `{variable}`"),
            Self::Global => f.write_str("global configuration"),
            Self::File { path, key, line } => write!(f, "`{key}` in `{}:{line}`", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}
