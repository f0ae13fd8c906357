//! A finished recording: the tree, its numbers, and what can be said of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::OwnCost;
use crate::snapshot::{Assertions, Calls, DiffOptions, ToSnapshot, TraceDiff, TracedSnapshot};
use crate::tree::{Balance, CallGraph, CallTree, CriticalPath, Events, Metrics, TraceStats};

/// What a program did while it was recorded.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    tree: Arc<CallTree>,
    stats: TraceStats,
    own_cost: OwnCost,
    started: Option<SystemTime>,
}

/// What the recording cost the program, estimated from the calibrated cost of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Overhead {
    /// Time that recording took, over all threads.
    pub total: Duration,
    /// The same as a share of the time that calls were busy. **Unit:** percent.
    pub percent: f64,
    /// Calls and events recorded a second of wall time.
    pub rows_per_second: f64,
}

impl Trace {
    pub(super) fn new(tree: Arc<CallTree>, stats: TraceStats, own_cost: OwnCost, started: Option<SystemTime>) -> Self {
        Self { tree, stats, own_cost, started }
    }

    /// Notes that its file, which `TRACESNAP_SAVE` asked for, could not be written.
    #[cfg(feature = "file")]
    pub(super) fn note_unsaved(&mut self) {
        self.stats.unsaved += 1;
    }

    /// The calls, as a tree.
    #[must_use]
    pub fn tree(&self) -> &CallTree {
        &self.tree
    }

    /// What was recorded, lost and left out.
    #[must_use]
    pub fn stats(&self) -> &TraceStats {
        &self.stats
    }

    /// The functions and who called whom, how often and how long.
    #[must_use]
    pub fn graph(&self) -> CallGraph {
        CallGraph::of(&self.tree)
    }

    /// Times, counts, percentiles and memory by function.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.tree)
    }

    /// Calls, returns and events in the order they happened.
    pub fn events(&self) -> Events<'_> {
        Events::of(&self.tree)
    }

    /// What determined how long the recording took, calls on several threads included.
    #[must_use]
    pub fn critical_path(&self) -> CriticalPath<'_> {
        CriticalPath::of(&self.tree)
    }

    /// Whether every call was left, in the order it was entered.
    #[must_use]
    pub fn balance(&self) -> Balance {
        Balance::of(&self.tree)
    }

    /// What differs in a newer trace: calls that came, went, moved or changed, and what functions cost in both.
    #[must_use]
    pub fn diff(&self, newer: &Self) -> TraceDiff {
        self.diff_with(newer, DiffOptions::default())
    }

    /// As [`diff`](Self::diff), with a choice of what is looked at.
    #[must_use]
    pub fn diff_with(&self, newer: &Self, options: DiffOptions) -> TraceDiff {
        let diff = options.compare(&self.tree, &newer.tree);
        diff.with_completeness(self.stats.is_complete(), newer.stats.is_complete())
    }

    /// What the recording cost the program. An estimate: the calibrated cost of a call without fields times the number
    /// of calls and events; fields add to it what their `Debug` costs.
    #[must_use]
    pub fn overhead(&self) -> Overhead {
        let rows = (self.stats.recorded + self.stats.events) as f64;
        let total = Duration::from_secs_f64(rows * f64::from(self.own_cost.total_ns) / 1e9);
        let metrics = self.metrics();
        let share = |of: Duration| if of.is_zero() { 0.0 } else { total.as_secs_f64() / of.as_secs_f64() };
        let wall = metrics.wall.as_secs_f64();
        let rows_per_second = if wall > 0.0 { rows / wall } else { 0.0 };
        Overhead { total, percent: 100.0 * share(metrics.busy), rows_per_second }
    }

    /// When the recording began, by the clock of the system; the times in the tree count from there. `None` where that is
    /// not known.
    #[must_use]
    pub fn started(&self) -> Option<SystemTime> {
        self.started
    }

    /// The trace as a page to look at in a browser.
    #[cfg(feature = "export")]
    pub fn report(&self) -> crate::Report<'_> {
        crate::Report::new(&self.tree, &self.stats)
    }

    /// Writes the trace for somebody's viewer; [`Format`](crate::export::Format) says which opens what.
    ///
    /// # Errors
    ///
    /// As [`Export::write`](crate::export::Export::write).
    #[cfg(feature = "export")]
    pub fn export(&self, format: crate::export::Format, out: impl std::io::Write) -> std::io::Result<()> {
        crate::export::Export::of(&self.tree).stats(&self.stats).write(format, out)
    }

    /// Writes such a file: whole, or not at all.
    ///
    /// # Errors
    ///
    /// As [`Export::save`](crate::export::Export::save).
    #[cfg(feature = "export")]
    pub fn export_to(&self, format: crate::export::Format, path: impl AsRef<std::path::Path>) -> std::io::Result<()> {
        crate::export::Export::of(&self.tree).stats(&self.stats).save(format, path)
    }

    /// What recording one call costs on this machine, in the mode of this recording.
    #[must_use]
    pub fn own_cost(&self) -> OwnCost {
        self.own_cost
    }
}

/// What can be asserted of a trace. Each panics with what was found and where it stands in the tree, and fails for a
/// trace that misses calls; twins that return an error are reached through [`Trace::assertions`].
impl Trace {
    /// The trace made stable: what `assert_trace_snapshot!` asserts, to be chosen what it shows.
    pub fn snapshot(&self) -> TracedSnapshot {
        TracedSnapshot::new(Arc::clone(&self.tree), &self.stats)
    }

    /// Assertions with their `try_` twins, without a snapshot.
    #[must_use]
    pub fn assertions(&self) -> Assertions<'_> {
        Assertions::new(&self.tree, &self.stats)
    }

    /// The calls of this name (or `module::name`), to be looked at or counted.
    pub fn calls(&self, name: &str) -> Calls<'_> {
        self.assertions().calls(name)
    }

    /// Asserts that there is a call of this name.
    ///
    /// # Panics
    ///
    /// If there is none, or the trace misses calls.
    #[track_caller]
    pub fn assert_called(&self, name: &str) {
        self.assertions().assert_called(name);
    }

    /// Asserts that there is no call of this name.
    ///
    /// # Panics
    ///
    /// If there is one, or the trace misses calls.
    #[track_caller]
    pub fn assert_not_called(&self, name: &str) {
        self.assertions().assert_not_called(name);
    }

    /// Asserts that calls of these names began in this order; others may stand between them.
    ///
    /// # Panics
    ///
    /// If there are no such calls in this order, or the trace misses calls.
    #[track_caller]
    pub fn assert_order<I>(&self, names: I)
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.assertions().assert_order(names);
    }

    /// Asserts that nothing failed: no error that was recorded, no panic, no event of level `ERROR`.
    ///
    /// # Panics
    ///
    /// If something failed, or the trace misses calls.
    #[track_caller]
    pub fn assert_no_errors(&self) {
        self.assertions().assert_no_errors();
    }

    /// Asserts that the roots together made at most this many allocations.
    ///
    /// # Panics
    ///
    /// If they made more, no allocations were recorded, or the trace misses calls.
    #[track_caller]
    pub fn assert_max_allocations(&self, max: u64) {
        self.assertions().assert_max_allocations(max);
    }

    /// Asserts that the roots together allocated fewer bytes than this.
    ///
    /// # Panics
    ///
    /// If they allocated more, no allocations were recorded, or the trace misses calls.
    #[track_caller]
    pub fn assert_allocated_under(&self, bytes: u64) {
        self.assertions().assert_allocated_under(bytes);
    }

    /// Asserts that every call of this name kept its self time under a limit.
    ///
    /// # Panics
    ///
    /// If one did not, there is none, times were off, or the trace misses calls.
    #[track_caller]
    pub fn assert_self_time_under(&self, name: &str, limit: Duration) {
        self.assertions().assert_self_time_under(name, limit);
    }
}

impl ToSnapshot for Trace {
    fn to_snapshot(&self) -> TracedSnapshot {
        self.snapshot()
    }
}
