//! What a recording kept, what it lost, and what it left out by choice.

use serde::{Deserialize, Serialize};

use super::Loss;

/// Counts of one recording. All start at zero; `trace.stats()` gives those of a finished trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TraceStats {
    /// Calls in the tree.
    pub recorded: u64,
    /// Events in the tree, without those folded into a call as its result.
    pub events: u64,
    /// Rows (calls, events, late fields) that found their ring full, were overwritten by newer ones, or were left by
    /// threads that ended where others had left all there is room for.
    pub lost: u64,
    /// Those of `lost` that found the ring full in which a thread keeps, for all guards of one
    /// [`TraceLayer`](crate::TraceLayer) together, what it does in calls of other threads. Each of the guards counts them.
    pub lost_in_common: u64,
    /// Bytes of field text that found their arena full, or were overwritten by newer ones.
    pub lost_bytes: u64,
    /// Values whose text was longer than the value limit and was cut there.
    pub cut_values: u64,
    /// Calls, and events outside any call, not recorded because their root was not in the sample.
    pub sampled_out: u64,
    /// Calls deeper than the maximal depth.
    pub too_deep: u64,
    /// Calls that began on a thread no session owned, under no call of a session. They are in nobody's tree. Events
    /// outside any call there are not counted: what a library logs on threads of its own is no call that was missed.
    pub unattributed: u64,
    /// The callsites of the unattributed calls, `module::name` and their number, most frequent first; 16 at the most.
    pub unattributed_at: Vec<(String, u64)>,
    /// Values that the redaction policy kept out.
    pub redacted: u64,
    /// Values whose `Debug` implementation panicked while it was recorded.
    pub panicked_values: u64,
    /// Callsites left out because the user's `filter_fn` panicked when it was asked about them.
    pub filter_panics: u64,
    /// Exits without an enter that the session saw (it opened in between); not an error of the program.
    pub unmatched_exits: u64,
    /// Inner sessions on the same thread that were still open when this one finished; their calls are missing here.
    pub nested_open: u64,
    /// The callsites, `module::name`, that inner sessions met and left out by their filters although this session wants
    /// them: how often they were called is not known.
    pub nested_refused: Vec<String>,
    /// Calls that inner sessions left out because they were too deep for them.
    pub nested_too_deep: u64,
    /// 1 where `TRACESNAP_SAVE` asked for a file of this trace and it could not be written.
    pub unsaved: u64,
    /// 1 where the recording was streamed to a file and never finished, as of a process that was killed, or where the end
    /// of the file is damaged: what came after is missing.
    pub unfinished: u64,
    /// Calls and events that a file should hold and that could not be read, since it ends in the middle or is damaged; 1
    /// where their number is not known. See [`Trace::load_partial`](crate::Trace::load_partial).
    #[serde(skip_serializing_if = "is_zero")]
    pub unread: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl TraceStats {
    /// Adds what is missing in a tree that becomes part of this one.
    pub(crate) fn add_missing(&mut self, inner: &Self) {
        self.lost += inner.lost;
        self.lost_in_common += inner.lost_in_common;
        self.lost_bytes += inner.lost_bytes;
        self.cut_values += inner.cut_values;
        self.sampled_out += inner.sampled_out;
        self.too_deep += inner.too_deep;
        self.redacted += inner.redacted;
        self.panicked_values += inner.panicked_values;
        self.filter_panics += inner.filter_panics;
        self.unmatched_exits += inner.unmatched_exits;
        self.nested_open += inner.nested_open;
    }

    /// Whether the tree misses something that happened: rows or text lost, calls sampled out, calls that an inner
    /// session took and left out.
    ///
    /// Assertions refuse such a trace, because «never called» could then pass falsely. Depth limits and filters are
    /// a choice of the reader and do not count; nor do values that were cut, which stay marked in the tree.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.loss().is_none()
    }

    /// What the tree misses, in words, and what to do about it.
    #[must_use]
    pub fn loss(&self) -> Loss {
        Loss::of(self)
    }
}
