//! A recording that goes to a file while the program runs.

use std::path::{Path, PathBuf};

use super::spill::{Spill, Written};
use super::{Adopter, TraceGuard, log};
use crate::allocator;
use crate::file::FileError;
use crate::layer::Through;
use crate::tree::TraceStats;

/// Records into a file while it lives: for runs that are longer than memory, and for processes that may be killed.
///
/// [`TracerBuilder::stream_to`](super::TracerBuilder::stream_to) starts one. It takes the spans that a [`TraceGuard`] would,
/// and a worker thread writes them to the file, as blocks that are whole by themselves. [`finish`](Self::finish) ends the
/// file; dropping the guard does, too, and what goes wrong then is told on standard error. Neither gives a trace, since a
/// run of hours would not fit into memory: [`Trace::load`](crate::Trace::load) makes one of the file.
///
/// **Killed.** What was written survives the end of the process, however it ends, from when `stream_to` has returned.
/// `Trace::load` gives the recording as it was at one moment, on all threads alike: every call and event that had begun by
/// then is there, with its arguments and its callers; a call that is over has all in it that began there, on whatever thread;
/// what had not returned is shown as open. That moment is the last that the worker has written whole, at the most 0.1 s
/// before the end, and as long as the worker was behind: on a busy machine, or where there is much to write. Without times
/// ([`timing`](super::TracerBuilder::timing)) an end is shown by the moment after. [`TraceStats::unfinished`] says that it is
/// a part, and assertions refuse it. A loss of power may take what the system had not written yet; only `finish` waits for
/// the disk.
///
/// **Guards inside.** A file takes rows, and no trees: what a guard records that finishes inside this one is in that guard's
/// trace only. [`TraceStats::nested_open`] counts them, and makes this trace incomplete.
///
/// **Memory.** A thread takes its ring: 48 bytes for each of [`capacity`](super::TracerBuilder::capacity) rows, rounded up
/// to a power of two (80 with allocations), and [`text_capacity`](super::TracerBuilder::text_capacity) bytes. The worker
/// takes up to twice as many rows of 56 bytes for each, and two blocks of 256 KiB for all. At most 64 threads that ended
/// wait to be written, with what they wrote. That does not grow with the length of the run, nor with how long a call is
/// open; only callsites do, once each.
///
/// **Loss.** Nobody waits for the worker. Where it is a whole ring behind, rows are refused and counted, as
/// [`OnFull::DropNewest`](crate::OnFull) does: more capacity bridges longer bursts. Calls that are open have some room kept
/// for their ends. On two cores that others used as well, spans of two fields with an event to every tenth lost nothing at
/// 500,000 a second on one thread; a million a second, on one or by two, lost none in some runs and four in a hundred in the
/// worst. The worker took 300 to 450 ns of a core for each row, and the file 32 bytes: `cargo bench --bench stream`.
///
/// **Secrets** are kept out before anything is written: by name while they are recorded, by value in the worker.
#[must_use = "recording stops as soon as the guard drops; bind it: `let guard = Tracer::builder().stream_to(path)?`"]
#[derive(Debug)]
pub struct StreamGuard {
    path: PathBuf,
    parts: Option<(TraceGuard, Spill)>,
}

/// What a [`StreamGuard`] has written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Streamed {
    /// The file, for [`Trace::load`](crate::Trace::load).
    pub path: PathBuf,
    /// What was recorded, lost and left out, as far as that is known before the tree is made.
    pub stats: TraceStats,
    /// Blocks of the file.
    pub blocks: u64,
    /// Length of the file.
    pub bytes: u64,
}

impl StreamGuard {
    pub(super) fn new(path: &Path, guard: TraceGuard, spill: Spill) -> Self {
        Self { path: path.to_owned(), parts: Some((guard, spill)) }
    }

    /// Ends the recording and its file, which is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// [`FileError::Write`] if something could not be written. What was written before can be loaded, as that of a process
    /// that was killed.
    pub fn finish(mut self) -> Result<Streamed, FileError> {
        allocator::uncounted(|| self.end())
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where this guard's spans come from.
    #[must_use]
    pub fn through(&self) -> Through {
        self.parts.as_ref().map_or(Through::Lean, |(guard, _)| guard.through())
    }

    /// Brings other threads into this recording, by a value that can be sent to them.
    #[must_use]
    pub fn adopter(&self) -> Adopter {
        self.parts.as_ref().map_or_else(|| Adopter::new(None), |(guard, _)| guard.adopter())
    }

    fn end(&mut self) -> Result<Streamed, FileError> {
        let path = self.path.clone();
        let Some((mut guard, spill)) = self.parts.take() else {
            return Ok(Streamed { path, stats: TraceStats::default(), blocks: 0, bytes: 0 });
        };
        let written = guard.end_streamed(|| spill.finish(&path));
        let Written { stats, blocks, bytes } = written?;
        log::finished(&stats);
        Ok(Streamed { path, stats, blocks, bytes })
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        if self.parts.is_some()
            && let Err(error) = allocator::uncounted(|| self.end())
        {
            log::unsaved(&error);
        }
    }
}
