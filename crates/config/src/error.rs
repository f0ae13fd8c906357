//! What can be wrong with a setting.

use std::fmt;
use std::path::PathBuf;

use crate::Source;

/// Why a setting could not be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A value that is not what the setting takes.
    Value {
        /// The setting.
        name: String,
        /// The value as it stands there.
        found: String,
        /// What the setting takes.
        expected: &'static str,
        /// Where the value stands.
        source: Source,
    },
    /// A key of the file that no setting has.
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key with its section.
        key: String,
        /// The key that was probably meant.
        meant: Option<String>,
        /// All keys of that section.
        known: Vec<String>,
    },
    /// A section of the file that no part has.
    UnknownSection {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The section.
        section: String,
        /// The section that was probably meant.
        meant: Option<String>,
    },
    /// A variable whose prefix is ours, but which no setting has.
    UnknownVariable {
        /// The variable.
        name: String,
        /// The variable that was probably meant.
        meant: Option<String>,
        /// All variables of that prefix.
        known: Vec<String>,
    },
    /// A file that cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is no TOML.
    Parse {
        /// The file.
        path: PathBuf,
        /// Why, and where in it.
        source: Box<toml::de::Error>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let did_you_mean = |f: &mut fmt::Formatter<'_>, meant: &Option<String>| match meant {
            Some(meant) => write!(f, "; did you mean `{meant}`?"),
            None => f.write_str(";"),
        };
        match self {
            Self::Value { name, found, expected, source } => {
                write!(f, "`{name}` is `{found}` ({source}), but takes {expected}")
            }
            Self::UnknownSection { path, line, section, meant } => {
                write!(f, "`{}:{line}` has a section `{section}` that nobody reads", path.display())?;
                did_you_mean(f, meant)?;
                write!(f, " there are `{}`", crate::SECTIONS.join("`, `"))
            }
            Self::UnknownKey { path, line, key, meant, known } => {
                write!(f, "`{}:{line}` has a key `{key}` that nobody reads", path.display())?;
                did_you_mean(f, meant)?;
                write!(f, " there are `{}`", known.join("`, `"))
            }
            Self::UnknownVariable { name, meant, known } => {
                write!(f, "nobody reads the environment variable `{name}`")?;
                did_you_mean(f, meant)?;
                write!(f, " there are `{}`", known.join("`, `"))
            }
            Self::Read { path, .. } => write!(f, "cannot read the configuration `{}`", path.display()),
            Self::Parse { path, .. } => write!(f, "the configuration `{}` is no TOML", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Parse { source, .. } => Some(source),
            Self::Value { .. }
            | Self::UnknownKey { .. }
            | Self::UnknownSection { .. }
            | Self::UnknownVariable { .. } => None,
        }
    }
}
