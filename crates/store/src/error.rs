//! What can go wrong between a recording and where it lives.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why something was not written, read or tidied.
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
    /// A file could not be read.
    Read {
        /// The file.
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
    /// A link stands where a store keeps files of its own; it is not followed.
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A retention rule that cannot be read.
    Retention {
        /// The rule as it was given.
        found: String,
    },
    /// A text that cannot be a document's name.
    Name {
        /// The text, or how it begins.
        name: String,
        /// Why not.
        why: String,
    },
    /// A text that is no [`DocumentId`](crate::Store).
    Id {
        /// The text.
        found: String,
    },
    /// There is no such document.
    NotFound {
        /// What was asked for.
        what: String,
        /// Names that look like it, nearest first.
        near: Vec<String>,
    },
    /// What is there is not what was written.
    Corrupt {
        /// The file, or whatever holds it.
        origin: String,
        /// What is wrong.
        why: String,
    },
    /// A newer build wrote this.
    FormatTooNew {
        /// The file, or whatever holds it.
        origin: String,
        /// What it is: `document`, `capture`.
        what: String,
        /// The version that was found.
        found: u32,
        /// The newest version this build reads.
        supported: u32,
    },
    /// A body cannot be decrypted, or a key cannot be used.
    Key {
        /// The file, or the variable the key is in.
        origin: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A segment is being written, and cannot be changed.
    Busy {
        /// The file, or whatever holds it.
        origin: String,
    },
    /// The accepted document is not the one that a pending one was made to replace.
    Superseded {
        /// The pending document.
        id: String,
        /// Its name.
        name: String,
    },
    /// A store of somebody's own failed.
    Backend {
        /// What was tried, on what.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Of a [`Backend`](crate::Store) of one's own: `what` was tried, on what; it is read after «cannot».
    pub fn backend(what: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend { what: what.into(), source: source.into() }
    }

    #[cfg(feature = "documents")]
    pub(crate) fn corrupt(origin: &str, why: String) -> Self {
        Self::Corrupt { origin: origin.to_owned(), why }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { path, .. } => write!(f, "cannot write `{}`", path.display()),
            Self::Read { path, .. } => write!(f, "cannot read `{}`", path.display()),
            Self::Exists { path } => {
                write!(f, "`{}` exists; remove it, or write under another name", path.display())
            }
            Self::Directory { path, .. } => write!(f, "cannot use the directory `{}`", path.display()),
            Self::Link { path } => {
                write!(f, "`{}` is a link, and a store follows none; put the directory itself there", path.display())
            }
            Self::Retention { found } => write!(
                f,
                "`{found}` says nothing about what to keep; write a number of files (`100`), a size (`500 MB`, \
                 `1 GiB`), an age (`12 h`, `7 days`), several of them with commas, or `all`"
            ),
            Self::Name { name, why } => {
                write!(
                    f,
                    "`{name}` cannot name a document: {why}; name it after what it holds, as `shop::process_order`"
                )
            }
            Self::Id { found } => write!(
                f,
                "`{found}` is no document; write its name and number as a listing shows them, `shop::process_order#7`"
            ),
            Self::NotFound { what, near } => {
                write!(f, "there is no {what}")?;
                match &near[..] {
                    [] => write!(f, "; record it first"),
                    near => write!(f, "; there is `{}`", near.join("`, `")),
                }
            }
            Self::Corrupt { origin, why } => {
                write!(f, "`{origin}` is not what was written: {why}; restore it, or remove it and record again")
            }
            Self::FormatTooNew { origin, what, found, supported } => write!(
                f,
                "`{origin}` is a {what} of format {found}, but this build reads up to {supported}; upgrade, or record \
                 it again"
            ),
            Self::Key { origin, why } => write!(f, "`{origin}` {why}"),
            Self::Busy { origin } => {
                write!(f, "`{origin}` is being written; end the program that captures into it, then try again")
            }
            Self::Superseded { id, name } => write!(
                f,
                "`{id}` was recorded against another accepted `{name}` than there is now; look at both, then reject it \
                 or accept it over the other"
            ),
            Self::Backend { what, .. } => write!(f, "cannot {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Write { source, .. } | Self::Read { source, .. } | Self::Directory { source, .. } => Some(source),
            Self::Backend { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
