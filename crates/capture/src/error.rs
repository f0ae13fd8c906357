//! What can go wrong with captures: when they are configured, loaded and replayed. Taking one never fails for its caller.

use std::fmt;

use crate::load::{Mismatch, Unreplayable};

/// Why a capture could not be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A setting that makes no sense.
    Config(Box<tracesnap_config::Error>),
    /// A redaction policy that makes no sense.
    Policy(tracesnap_redact::Error),
    /// The store cannot be read or written.
    Store(tracesnap_store::Error),
    /// No capture of that function, or none that was asked for.
    NotFound {
        /// The function that was asked for.
        function: String,
        /// What was asked of its captures: empty for any.
        wanted: String,
        /// How many captures of it there are.
        present: usize,
        /// Where was looked.
        path: String,
        /// Functions of a similar name that have captures.
        near: Vec<String>,
    },
    /// A name that fits several functions.
    Ambiguous {
        /// The name that was asked for.
        function: String,
        /// The functions.
        candidates: Vec<String>,
    },
    /// A document that is no capture.
    Document {
        /// Where it lies.
        origin: String,
        /// What is wrong with it.
        why: String,
    },
    /// A capture of a version that this build does not know.
    FormatTooNew {
        /// Where it lies.
        origin: String,
        /// Its version.
        found: u64,
        /// The newest this build reads.
        supported: u64,
    },
    /// A capture that lacks values, so that the function cannot be called with it.
    NotReplayable {
        /// The function.
        function: String,
        /// The document.
        id: String,
        /// What is missing, and why.
        missing: Vec<Unreplayable>,
    },
    /// A capture of another signature, whose values do not fit.
    Signature {
        /// The function.
        function: String,
        /// The document.
        id: String,
        /// What changed.
        mismatch: Box<Mismatch>,
        /// Which value did not fit, and why; `None` if one is missing.
        why: Option<String>,
    },
    /// A value that is not of the argument's type.
    Argument {
        /// The function.
        function: String,
        /// The document.
        id: String,
        /// The argument.
        name: String,
        /// Its type.
        ty: String,
        /// Where in it, and what was found there.
        why: String,
    },
    /// A replay whose outcome is not the recorded one.
    Differs {
        /// The function.
        function: String,
        /// The document.
        id: String,
        /// The differences, a line each.
        differences: Vec<String>,
    },
    /// The function has no recorded outcome to compare with.
    NoOutcome {
        /// The function.
        function: String,
        /// The document.
        id: String,
    },
    /// A selection that makes no sense.
    Criteria {
        /// What was asked for.
        found: String,
        /// What can be asked for.
        expected: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(_) => f.write_str("a setting of captures makes no sense"),
            Self::Policy(_) => f.write_str("the redaction policy of captures makes no sense"),
            Self::Store(_) => f.write_str("captures cannot be read or written"),
            Self::NotFound { function, wanted, present, path, near } => {
                match present {
                    0 => write!(f, "no capture of `{function}` in `{path}`")?,
                    1 => write!(f, "none of `{function}` {wanted}; there is 1 capture in `{path}`")?,
                    _ => write!(f, "none of `{function}` {wanted}; there are {present} captures in `{path}`")?,
                }
                match &near[..] {
                    [] if *present == 0 => f.write_str("; call it once while capturing is enabled"),
                    [] => Ok(()),
                    near => write!(f, "; there are captures of `{}`", near.join("`, `")),
                }
            }
            Self::Ambiguous { function, candidates } => {
                write!(f, "`{function}` fits several functions; write one of `{}`", candidates.join("`, `"))
            }
            Self::Document { origin, why } => write!(f, "`{origin}` is no capture: {why}"),
            Self::FormatTooNew { origin, found, supported } => write!(
                f,
                "`{origin}` is a capture of format {found}, but this build reads up to {supported}; upgrade, or \
                 capture it again"
            ),
            Self::NotReplayable { function, id, missing } => {
                write!(f, "capture {id} of `{function}` cannot be replayed: ")?;
                for (at, missing) in missing.iter().enumerate() {
                    write!(f, "{}{missing}", if at == 0 { "" } else { ", " })?;
                }
                match missing.first() {
                    Some(first) => write!(f, "; supply what is missing: `with({} = …)`", first.argument),
                    None => Ok(()),
                }
            }
            Self::Signature { function, id, mismatch, why } => {
                write!(f, "capture {id} of `{function}` is older than its signature: {mismatch}")?;
                if let Some(why) = why {
                    write!(f, "; {why}")?;
                }
                f.write_str("; capture it again, supply `with(…)`, or migrate it: `tracesnap captures migrate`")
            }
            Self::Argument { function, id, name, ty, why } => {
                write!(f, "argument `{name}` in capture {id} of `{function}` is no `{ty}`: {why}")
            }
            Self::Differs { function, id, differences } => {
                write!(f, "`{function}` does not do what capture {id} recorded:")?;
                differences.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Self::NoOutcome { function, id } => write!(
                f,
                "capture {id} of `{function}` has no outcome to compare with: it was taken with `no_outcome`; take it \
                 without, or assert the value yourself"
            ),
            Self::Criteria { found, expected } => {
                write!(f, "captures cannot be selected by `{found}`, but by {expected}")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Config(error) => Some(&**error),
            Self::Policy(error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<tracesnap_config::Error> for Error {
    fn from(error: tracesnap_config::Error) -> Self {
        Self::Config(Box::new(error))
    }
}

impl From<tracesnap_redact::Error> for Error {
    fn from(error: tracesnap_redact::Error) -> Self {
        Self::Policy(error)
    }
}

impl From<tracesnap_store::Error> for Error {
    fn from(error: tracesnap_store::Error) -> Self {
        Self::Store(error)
    }
}
