//! What can be wrong with a trace file.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a trace was not written or not read. `path` is `None` where it came from a reader or went to a writer.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// It could not be read: no such file, no permission, a directory.
    Read {
        /// The file.
        path: Option<PathBuf>,
        /// Why.
        source: io::Error,
    },
    /// It could not be written. What was there before is still there.
    Write {
        /// The file.
        path: Option<PathBuf>,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It holds nothing.
    Empty {
        /// The file.
        path: Option<PathBuf>,
    },
    /// It is something else.
    NotATrace {
        /// The file.
        path: Option<PathBuf>,
        /// What it looks like.
        found: String,
    },
    /// A newer version wrote it.
    VersionTooNew {
        /// The file.
        path: Option<PathBuf>,
        /// Its version.
        found: u64,
        /// The newest that can be read.
        supported: u32,
    },
    /// It ends in the middle.
    Truncated {
        /// The file.
        path: Option<PathBuf>,
        /// Line of the document it ends in, counted from 1.
        line: usize,
        /// Calls and events before that.
        read: u64,
        /// Calls and events it should hold, 0 where it ends before it says so.
        expected: u64,
    },
    /// The trace in it is whole, but more stands behind it: it was appended to, or two files became one.
    Trailing {
        /// The file.
        path: Option<PathBuf>,
        /// Line of the document where it goes on, counted from 1; `None` behind a compressed document and behind a stream.
        line: Option<usize>,
    },
    /// Something in it cannot be.
    Damaged {
        /// The file.
        path: Option<PathBuf>,
        /// Line of the document, counted from 1.
        line: usize,
        /// Column of that line.
        column: usize,
        /// What was found there, and what was expected.
        reason: String,
    },
    /// A block of a stream is not what was written, though others may follow.
    Torn {
        /// The file.
        path: Option<PathBuf>,
        /// Blocks before it.
        blocks: u64,
        /// Where it begins. **Unit:** bytes.
        at: u64,
        /// Bytes from there to the end, which are lost.
        bytes: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Its document is much larger than the file: see [`MAX_RATIO`](super::MAX_RATIO).
    TooLarge {
        /// The file.
        path: Option<PathBuf>,
        /// Bytes it may unpack to.
        limit: u64,
    },
}

impl FileError {
    /// The file it is about.
    #[must_use]
    pub fn path(&self) -> Option<&std::path::Path> {
        match self {
            Self::Read { path, .. }
            | Self::Write { path, .. }
            | Self::Empty { path }
            | Self::NotATrace { path, .. }
            | Self::VersionTooNew { path, .. }
            | Self::Truncated { path, .. }
            | Self::Trailing { path, .. }
            | Self::Damaged { path, .. }
            | Self::Torn { path, .. }
            | Self::TooLarge { path, .. } => path.as_deref(),
        }
    }

    pub(super) fn at(mut self, file: &std::path::Path) -> Self {
        match &mut self {
            Self::Read { path, .. }
            | Self::Write { path, .. }
            | Self::Empty { path }
            | Self::NotATrace { path, .. }
            | Self::VersionTooNew { path, .. }
            | Self::Truncated { path, .. }
            | Self::Trailing { path, .. }
            | Self::Damaged { path, .. }
            | Self::Torn { path, .. }
            | Self::TooLarge { path, .. } => *path = Some(file.to_owned()),
        }
        self
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = match self.path() {
            Some(path) => format!("`{}`", path.display()),
            None => "the trace".to_owned(),
        };
        match self {
            Self::Read { .. } => write!(f, "cannot read {file}"),
            Self::Write { .. } => write!(f, "cannot write {file}"),
            Self::Empty { .. } => {
                write!(f, "{file} is empty: whatever wrote it was stopped, or it is another file; record it again")
            }
            Self::NotATrace { found, .. } => {
                write!(f, "{file} is {found} and no trace; give a file that `Trace::save` or `TRACESNAP_SAVE` wrote")
            }
            Self::VersionTooNew { found, supported, .. } => write!(
                f,
                "{file} has version {found} of the format, but this build reads up to {supported}; upgrade tracesnap, \
                 or record it again"
            ),
            Self::Truncated { line, read, expected, .. } => {
                write!(f, "{file} ends in the middle, in line {line}, ")?;
                match (*read, *expected) {
                    (0, _) => return write!(f, "before its first call; copy or record it again"),
                    (_, 0) => write!(f, "after {read}")?,
                    _ => write!(f, "after {read} of {expected}")?,
                }
                write!(
                    f,
                    " calls and events; copy or record it again, or read what there is with `Trace::load_partial`"
                )
            }
            Self::Trailing { line, .. } => {
                write!(f, "{file} goes on behind the end of its trace")?;
                line.map_or(Ok(()), |line| write!(f, ", in line {line}"))?;
                f.write_str("; copy or record it again, or read the trace with `Trace::load_partial`")
            }
            Self::Damaged { line, column, reason, .. } => write!(
                f,
                "{file} is damaged in line {line}, column {column}: {reason}; copy or record it again, or read what \
                 stands before with `Trace::load_partial`"
            ),
            Self::Torn { blocks, at, bytes, reason, .. } => write!(
                f,
                "{file} is damaged after {blocks} whole blocks, at byte {at}: {reason}, so the last {bytes} bytes are lost; \
                 copy it again, or read what stands before with `Trace::load_partial`"
            ),
            Self::TooLarge { limit, .. } => write!(
                f,
                "{file} unpacks to more than {limit} bytes, which is more than a trace of its size should; if it is \
                 yours, unpack it with `gzip -d` and load the result"
            ),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } => Some(source),
            Self::Write { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
