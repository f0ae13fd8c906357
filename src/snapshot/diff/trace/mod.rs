//! Two recordings compared: which calls came, went, moved or changed, and what functions cost in each.
//!
//! Times take no part in deciding which call is which.

mod change;
mod cost;
mod lines;
mod moves;
mod side;
mod unordered;

pub use change::{Change, ChangeKind, Part, PartChange, Place};
pub use cost::{Compared, CostChange, CostKind, CostLimit};
pub use lines::{DiffLine, DiffMark};

use std::fmt;

use change::parts;
use moves::Moves;
use serde::Serialize;
use side::Side;

use super::align::{Alignment, align};
use super::merged::{Merged, Step};
use crate::tree::{CallId, CallTree, Metrics};

/// What differs between two traces. Made by [`Trace::diff`](crate::Trace::diff) or [`DiffOptions::compare`].
///
/// Calls are aligned so that as few as possible were added, removed or changed, callers and order being kept; where two
/// traces differ much at one place, that is approached, not guaranteed. What was removed at one place and added at
/// another, with all below it, has moved. Calls that began on several threads have no order among each other: each is
/// compared with the one of the other trace that it is most like.
///
/// Displayed, it is what changed with the calls around it, a line each. Serialised:
///
/// ```json
/// {
///   "format": "tracesnap-diff", "version": 1,
///   "old": {"calls": 7, "events": 1, "wall_ns": 81000, "busy_ns": 80000, "allocated": 0, "complete": true},
///   "new": {"calls": 8, "events": 1, "wall_ns": 93000, "busy_ns": 92000, "allocated": 0, "complete": true},
///   "summary": {"added": 1, "removed": 0, "moved": 0, "renamed": 0, "changed": 0, "equal": 8},
///   "changes": [{"kind": "added", "nodes": 1, "new": {"call": 4, "name": "retry", "module": "shop",
///                "under": "process_order > charge", "text": "retry(times: 1)"}}],
///   "costs": [{"module": "shop", "name": "retry", "calls": {"old": 0, "new": 1}, "wall_ns": {"old": 0, "new": 700},
///              "self_ns": {"old": 0, "new": 700}, "self_allocated": {"old": 0, "new": 0}}]
/// }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct TraceDiff {
    format: &'static str,
    version: u32,
    old: TraceFigures,
    new: TraceFigures,
    summary: DiffSummary,
    changes: Vec<Change>,
    costs: Vec<CostChange>,
    #[serde(skip)]
    lines: Vec<DiffLine>,
    /// By node of the old tree: the same one in the new tree.
    #[serde(skip)]
    pairs: Vec<u32>,
    /// Nodes of the new tree that moved, were renamed or changed, each with its place among the changes.
    #[serde(skip)]
    #[cfg_attr(not(feature = "export"), expect(dead_code, reason = "only a report asks"))]
    judged: Vec<(u32, u32)>,
    /// Whether events were compared.
    #[serde(skip)]
    #[cfg_attr(not(feature = "export"), expect(dead_code, reason = "only a report asks"))]
    events: bool,
}

/// The version of the serialised form.
const VERSION: u32 = 1;

/// Figures of one of the traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TraceFigures {
    /// Number of calls.
    pub calls: u64,
    /// Number of events.
    pub events: u64,
    /// From the first enter to the last exit. **Unit:** nanoseconds.
    pub wall_ns: u64,
    /// Time in calls, over all threads. **Unit:** nanoseconds.
    pub busy_ns: u64,
    /// Bytes allocated in calls; zero unless the session counted allocations.
    pub allocated: u64,
    /// Whether the recording missed nothing: what it missed seems to be added or removed. True where that is not known.
    pub complete: bool,
}

/// Numbers of calls and events by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DiffSummary {
    /// In the new trace only.
    pub added: u64,
    /// In the old trace only.
    pub removed: u64,
    /// At another place.
    pub moved: u64,
    /// Another function at the same place.
    pub renamed: u64,
    /// Other arguments or another outcome.
    pub changed: u64,
    /// The same in both.
    pub equal: u64,
}

impl DiffSummary {
    /// The number for one kind of change.
    #[must_use]
    pub fn get(&self, kind: ChangeKind) -> u64 {
        match kind {
            ChangeKind::Added => self.added,
            ChangeKind::Removed => self.removed,
            ChangeKind::Moved => self.moved,
            ChangeKind::Renamed => self.renamed,
            ChangeKind::Changed => self.changed,
        }
    }

    fn count(&mut self, change: &Change) {
        let count = match change.kind {
            ChangeKind::Added => &mut self.added,
            ChangeKind::Removed => &mut self.removed,
            ChangeKind::Moved => &mut self.moved,
            ChangeKind::Renamed => &mut self.renamed,
            ChangeKind::Changed => &mut self.changed,
        };
        *count += change.nodes;
    }
}

/// What is looked at when two trees are compared.
///
/// ```
/// use tracesnap::snapshot::DiffOptions;
/// use tracesnap::tree::CallTree;
///
/// let (old, new) = (CallTree::default(), CallTree::default());
/// assert!(DiffOptions::default().events(false).compare(&old, &new).is_empty());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DiffOptions {
    events: bool,
    modules: bool,
    placeholders: bool,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self { events: true, modules: true, placeholders: true }
    }
}

impl DiffOptions {
    /// Whether events are compared. Default: yes.
    #[must_use]
    pub fn events(self, events: bool) -> Self {
        Self { events, ..self }
    }

    /// Whether functions of one name in two modules are two functions. Default: yes. Without, a program whose modules
    /// were moved about still does the same.
    #[must_use]
    pub fn modules(self, modules: bool) -> Self {
        Self { modules, ..self }
    }

    /// Whether pointers, socket addresses, UUIDs and clock readings in text count as equal. Default: yes.
    #[must_use]
    pub fn placeholders(self, placeholders: bool) -> Self {
        Self { placeholders, ..self }
    }

    /// Compares two trees. Takes time and memory in proportion to both, but for places where much changed among many
    /// calls; there are bounds for those.
    #[must_use]
    pub fn compare(&self, old: &CallTree, new: &CallTree) -> TraceDiff {
        let (old, new) = unordered::agree(Side::new(old, self), Side::new(new, self));
        let alignment = align(&old.forest, &new.forest);
        let moves = Moves::new(&old.forest, &new.forest, &alignment);
        let merged = Merged::new(&old.forest, &new.forest, &alignment);
        let (changes, judged) = changes(&old, &new, &merged, &moves);
        let mut summary = DiffSummary { equal: equal(&merged, &new), ..DiffSummary::default() };
        changes.iter().for_each(|change| summary.count(change));
        let metrics = [old.tree, new.tree].map(|tree| Metrics::with_slowest(tree, 0));
        TraceDiff {
            format: "tracesnap-diff",
            version: VERSION,
            old: TraceFigures::of(&metrics[0]),
            new: TraceFigures::of(&metrics[1]),
            summary,
            changes,
            costs: cost::costs(&metrics[0], &metrics[1]),
            lines: lines::lines(&old, &new, &merged, &moves),
            pairs: pairs(&old, &new, &alignment, &moves),
            judged,
            events: self.events,
        }
    }
}

impl TraceDiff {
    /// Compares two trees with the default [`DiffOptions`].
    #[must_use]
    pub fn of(old: &CallTree, new: &CallTree) -> Self {
        DiffOptions::default().compare(old, new)
    }

    /// Whether both traces have the same calls and events, with the same arguments and outcomes, at the same places.
    /// What they cost is not asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What changed, from the first call to the last; of what moved, where it is now.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// How many calls and events changed.
    #[must_use]
    pub fn summary(&self) -> &DiffSummary {
        &self.summary
    }

    /// What every function of either trace cost in both, by module and then by name.
    #[must_use]
    pub fn costs(&self) -> &[CostChange] {
        &self.costs
    }

    /// The functions that cost more or less than before by more than the limit of any kind, or were called more or less
    /// often; the largest difference of self time first. [`CostLimit::default_of`] is a limit for each kind.
    #[must_use]
    pub fn differing(&self, limit: impl Fn(CostKind) -> CostLimit) -> Vec<&CostChange> {
        let differs = |cost: &&CostChange| {
            let beyond = |&kind: &CostKind| limit(kind).direction(cost.get(kind)).is_ne();
            cost.calls.old != cost.calls.new || CostKind::ALL.iter().any(beyond)
        };
        let mut differing: Vec<_> = self.costs.iter().filter(differs).collect();
        differing.sort_by_key(|cost| std::cmp::Reverse(cost.get(CostKind::SelfTime).difference().abs()));
        differing
    }

    /// The functions of which a cost grew beyond a limit, the largest growth first.
    #[must_use]
    pub fn grown(&self, kind: CostKind, limit: CostLimit) -> Vec<&CostChange> {
        let mut grown: Vec<_> = self.costs.iter().filter(|cost| limit.is_exceeded_by(cost.get(kind))).collect();
        grown.sort_by_key(|cost| std::cmp::Reverse(cost.get(kind).difference()));
        grown
    }

    /// Figures of the old trace.
    #[must_use]
    pub fn old(&self) -> &TraceFigures {
        &self.old
    }

    /// Figures of the new trace.
    #[must_use]
    pub fn new_trace(&self) -> &TraceFigures {
        &self.new
    }

    /// What changed and the calls around it, as lines to show.
    #[must_use]
    pub fn lines(&self) -> &[DiffLine] {
        &self.lines
    }

    /// The call of the new trace that a call of the old one became; `None` where it was removed.
    #[must_use]
    pub fn counterpart(&self, old: CallId) -> Option<CallId> {
        self.pairs.get(old.index()).copied().filter(|&new| new != crate::tree::NONE).map(CallId)
    }

    /// The node of the new tree that a node of the old one became.
    #[cfg(feature = "export")]
    pub(crate) fn became(&self, old: u32) -> Option<u32> {
        self.pairs.get(old as usize).copied().filter(|&new| new != crate::tree::NONE)
    }

    /// Nodes of the new tree that moved, were renamed or changed.
    #[cfg(feature = "export")]
    pub(crate) fn judged(&self) -> impl Iterator<Item = (u32, &Change)> {
        self.judged.iter().map(|&(node, change)| (node, &self.changes[change as usize]))
    }

    /// Whether events were compared.
    #[cfg(feature = "export")]
    pub(crate) fn has_events(&self) -> bool {
        self.events
    }

    /// Notes which of the recordings missed something.
    pub(crate) fn with_completeness(mut self, old: bool, new: bool) -> Self {
        (self.old.complete, self.new.complete) = (old, new);
        self
    }
}

/// `2 added, 1 removed`, then the lines that changed and those around them.
impl fmt::Display for TraceDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return write!(f, "no call differs");
        }
        let mut separator = "";
        for kind in ChangeKind::ALL {
            let count = self.summary.get(kind);
            if count > 0 {
                write!(f, "{separator}{count} {kind}")?;
                separator = ", ";
            }
        }
        self.lines.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl TraceFigures {
    fn of(metrics: &Metrics) -> Self {
        let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self {
            calls: metrics.calls,
            events: metrics.events,
            wall_ns: nanos(metrics.wall),
            busy_ns: nanos(metrics.busy),
            allocated: metrics.memory.map_or(0, |memory| memory.allocated),
            complete: true,
        }
    }
}

/// Nodes that are the same, but for what is below them.
fn equal(merged: &Merged, new: &Side<'_>) -> u64 {
    let nodes = |step: &Step| match *step {
        Step::Equal(_, at) => new.forest.size(at) as u64,
        Step::Same(..) => 1,
        _ => 0,
    };
    merged.steps().iter().map(|(step, _)| nodes(step)).sum()
}

/// The changes, and for each node of the new tree that moved, was renamed or changed: its place among them.
fn changes(old: &Side<'_>, new: &Side<'_>, merged: &Merged, moves: &Moves) -> (Vec<Change>, Vec<(u32, u32)>) {
    let mut changes: Vec<Change> = Vec::new();
    let mut judged = Vec::new();
    // The subtree of the last change, which its equal neighbours join.
    let mut last: Option<(ChangeKind, u64, u32)> = None;
    let mut covered = [0, 0];
    for (step, _) in merged.steps() {
        match *step {
            Step::Equal(..) | Step::Same(..) => {}
            Step::Changed(before, now) => {
                let kind = if old.forest.name(before) == new.forest.name(now) {
                    ChangeKind::Changed
                } else {
                    ChangeKind::Renamed
                };
                let functions = if kind == ChangeKind::Renamed {
                    [old.function(before), new.function(now)]
                } else {
                    [String::new(), String::new()]
                };
                judged.push((new.node(now), changes.len() as u32));
                changes.push(Change {
                    kind,
                    old: Some(old.place(before)),
                    new: Some(new.place(now)),
                    nodes: 1,
                    times: 1,
                    parts: parts(&old.row(before), &new.row(now), functions),
                });
            }
            // What moved is told where it is now.
            Step::Removed(at) if at < covered[0] => {}
            Step::Removed(at) => {
                let (end, nodes) = moves.removed(at);
                covered[0] = end;
                if nodes > 0 {
                    let side = (ChangeKind::Removed, old.forest.hash(at), at);
                    add(&mut changes, &mut last, side, end, nodes, || (Some(old.place(at)), None));
                }
            }
            Step::Added(at) if at < covered[1] => {}
            Step::Added(at) => {
                let (end, nodes) = moves.added(at);
                covered[1] = end;
                if nodes > 0 {
                    let side = (ChangeKind::Added, new.forest.hash(at), at);
                    add(&mut changes, &mut last, side, end, nodes, || (None, Some(new.place(at))));
                }
                for (before, now) in (at..end).filter_map(|now| Some((moves.to(now)?, now))) {
                    judged.push((new.node(now), changes.len() as u32));
                    changes.push(Change {
                        kind: ChangeKind::Moved,
                        old: Some(old.place(before)),
                        new: Some(new.place(now)),
                        nodes: new.forest.size(now) as u64,
                        times: 1,
                        parts: Vec::new(),
                    });
                }
            }
        }
    }
    (changes, judged)
}

/// Adds a change, or lets it join the one before: an equal subtree right beside it.
fn add(
    changes: &mut Vec<Change>,
    last: &mut Option<(ChangeKind, u64, u32)>,
    (kind, hash, at): (ChangeKind, u64, u32),
    end: u32,
    nodes: u64,
    places: impl FnOnce() -> (Option<Place>, Option<Place>),
) {
    match changes.last_mut() {
        Some(change) if *last == Some((kind, hash, at)) && change.kind == kind => {
            change.times += 1;
            change.nodes += nodes;
        }
        _ => {
            let (old, new) = places();
            changes.push(Change { kind, old, new, nodes, times: 1, parts: Vec::new() });
        }
    }
    *last = Some((kind, hash, end));
}

fn pairs(old: &Side<'_>, new: &Side<'_>, alignment: &Alignment, moves: &Moves) -> Vec<u32> {
    let mut pairs = vec![crate::tree::NONE; old.tree.nodes.len()];
    for at in 0..old.forest.len() as u32 {
        if let Some(now) = alignment.of_old(at) {
            pairs[old.node(at) as usize] = new.node(now);
        } else if let Some(now) = moves.from(at) {
            for below in 0..old.forest.size(at) as u32 {
                pairs[old.node(at + below) as usize] = new.node(now + below);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests;
