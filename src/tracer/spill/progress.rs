//! How far the worker has written a ring, and what of it may have to be written again.

use std::collections::VecDeque;

use crate::layer::row::Row;

/// How far a ring was written.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Rows below it were written as they will stay.
    pub(super) drained: u64,
    /// End of the text of what was written.
    pub(super) text: u64,
    /// From `drained` on.
    written: VecDeque<Option<Written>>,
    /// Whether the file knows its thread.
    pub(super) is_known: bool,
}

/// A row that may still change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// As it stands in the file.
    pub(super) row: Row,
    /// Whether it was found with its end, though that may not be in the file yet.
    pub(super) was_over: bool,
}

impl Progress {
    /// A row that was written and may still change.
    pub(super) fn written(&self, seq: u64) -> Option<Written> {
        self.written.get(seq.checked_sub(self.drained)? as usize).copied().flatten()
    }

    /// Notes how a row was written.
    pub(super) fn note(&mut self, seq: u64, row: Written) {
        let at = (seq - self.drained) as usize;
        if at >= self.written.len() {
            self.written.resize(at + 1, None);
        }
        self.written[at] = Some(row);
    }

    /// Rows below `upto` were written as they will stay.
    pub(super) fn drain(&mut self, upto: u64) {
        let done = upto.saturating_sub(self.drained) as usize;
        self.written.drain(..done.min(self.written.len()));
        self.drained = self.drained.max(upto);
    }
}
