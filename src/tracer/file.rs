//! Traces on disk: what [`crate::file`] writes and reads, as a [`Trace`].

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use super::{OwnCost, Trace, log, replay};
use crate::file::{self, About, FileError, Loaded, Saving, TraceForm, TraceSummary};

/// As much of a file as says what it is. **Unit:** bytes.
const HEAD: u64 = 512;

/// On disk. The format is described in [`crate::file`].
impl Trace {
    /// Saves the trace as a file: whole, or not at all. A name that ends in `.gz` makes it compact.
    ///
    /// What is there already is replaced; the directory must exist. The file is on the disk when this returns.
    ///
    /// ```
    /// use tracesnap::{Trace, Tracer};
    ///
    /// # let dir = std::env::temp_dir().join(format!("tracesnap-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&dir)?;
    /// let guard = Tracer::start()?;
    /// tracing::info_span!("checkout", items = 2).in_scope(|| ());
    /// let trace = guard.finish();
    ///
    /// let file = dir.join("checkout.trace.json.gz");
    /// trace.save(&file)?;
    /// let loaded = Trace::load(&file)?;
    /// assert_eq!(loaded.snapshot().to_string(), "checkout(items: 2)");
    /// # std::fs::remove_dir_all(&dir)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`FileError::Write`] if it cannot be written. What was there before is still there then.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        file::save(path.as_ref(), self.tree(), self.stats(), &self.about())
    }

    /// Loads a trace that was saved, whatever the file is called. It answers everything that the recorded one did;
    /// only the [`CallId`](crate::tree::CallId)s are numbered anew, in the order of the walk.
    ///
    /// Of a file that a [`StreamGuard`](crate::StreamGuard) has written, whatever stands in whole blocks is the trace, also
    /// where its process was killed: [`TraceStats::unfinished`](crate::tree::TraceStats::unfinished) says so.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no trace, was written by a newer version, or is not whole. The error says where.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        match Self::load_partial(path)? {
            (trace, None) => Ok(trace),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`load`](Self::load), but of a file that ends in the middle or is damaged, gives what stands before; the error
    /// beside it says what is wrong.
    ///
    /// Of such a part, what is missing is counted ([`TraceStats::unread`](crate::tree::TraceStats::unread)), and the calls it
    /// was missing in are truncated: assertions refuse it. A trace that is whole, with more behind it in its file, is whole.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), if there is not even a first call.
    pub fn load_partial(path: impl AsRef<Path>) -> Result<(Self, Option<FileError>), FileError> {
        let path = path.as_ref();
        let (loaded, error) = if file::stream::is_stream(path) {
            let (content, error) = file::stream::load(path)?;
            (replay::replay(content), error)
        } else {
            file::load(path)?
        };
        Ok((loaded.into(), error))
    }

    /// Writes the trace where [`save`](Self::save) is not the way. `to` needs no buffer.
    ///
    /// # Errors
    ///
    /// What `to` fails with.
    pub fn write(&self, to: impl Write, form: TraceForm) -> io::Result<()> {
        file::write(to, form, self.tree(), self.stats(), &self.about())
    }

    /// Reads a trace in any form to the end of `from`, which needs no buffer. One that was streamed is held beside its tree.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn read(from: impl Read) -> Result<Self, FileError> {
        match Self::read_partial(from)? {
            (trace, None) => Ok(trace),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`read`](Self::read), but gives what stands before an end or damage, as [`load_partial`](Self::load_partial).
    ///
    /// # Errors
    ///
    /// As [`load_partial`](Self::load_partial).
    pub fn read_partial(mut from: impl Read) -> Result<(Self, Option<FileError>), FileError> {
        let cannot = |source| FileError::Read { path: None, source };
        let mut head = Vec::new();
        from.by_ref().take(HEAD).read_to_end(&mut head).map_err(cannot)?;
        let (loaded, error) = if head.starts_with(file::stream::MAGIC) {
            from.read_to_end(&mut head).map_err(cannot)?;
            let (content, error) = file::stream::read_bytes(&head)?;
            (replay::replay(content), error)
        } else {
            file::read(head.chain(from))?
        };
        Ok((loaded.into(), error))
    }

    /// The trace in a few figures. [`TraceSummary::peek`] has them from the head of a file.
    #[must_use]
    pub fn summary(&self) -> TraceSummary {
        TraceSummary::of(self.tree(), self.stats(), self.started())
    }

    pub(super) fn about(&self) -> About {
        let OwnCost { total_ns, inside_ns } = self.own_cost();
        About { started: self.started(), total_ns, inside_ns }
    }
}

/// Saves the trace of a guard that ended. What goes wrong is told and counted, and harms nothing.
pub(super) fn saved(mut trace: Trace, saving: &Saving) -> Trace {
    match saving.save(trace.tree(), trace.stats(), &trace.about()) {
        Ok((path, tidied)) => log::saved(&path, tidied.err().as_ref()),
        Err(error) => {
            trace.note_unsaved();
            log::unsaved(&error);
        }
    }
    trace
}

impl From<Loaded> for Trace {
    fn from(Loaded { tree, stats, about }: Loaded) -> Self {
        let About { started, total_ns, inside_ns } = about;
        Self::new(Arc::new(tree), stats, OwnCost { total_ns, inside_ns }, started)
    }
}
