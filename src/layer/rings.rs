//! The rings of one session: those that threads write, and what is left of those whose threads have ended.
//!
//! What a thread leaves takes as much room as it has written, and all of them together are bounded too.

// # Implementation notes
//
// A program may start a thread a request, for as long as it runs, so nothing here may cost more with every thread that
// has ended: rings are found by number, and forgotten from the end of a queue.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::ring::{Counted, Extent, OnFull, Ring, Shape};
use super::row::{BY_REGISTRY, Kind, Ref, TRUNCATED};

/// What ended threads may leave in a session that keeps its oldest rows, in shares of what one thread may write.
pub(crate) const SHARES_OF_THE_ENDED: usize = 64;

/// Rings whose numbers are remembered when they are gone: late children of their spans still find the session.
const MAX_GONE: usize = 65_536;

/// How much of ended threads is kept. Rows count, and so do spans that are remembered although they were not recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    entries: u64,
    /// Field text. **Unit:** words of 8 bytes.
    text: u64,
    on_full: OnFull,
}

impl Budget {
    /// Of a session with such rings.
    pub(crate) fn of(shape: Shape) -> Self {
        let (rows, text) = (shape.rows.max(2).next_power_of_two(), shape.text.div_ceil(8).max(2).next_power_of_two());
        Self { entries: rows as u64, text: text as u64, on_full: shape.on_full }
    }

    /// How much that is in shares of one thread.
    fn times(self, shares: usize) -> Self {
        Self { entries: self.entries * shares as u64, text: self.text * shares as u64, ..self }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Rings {
    /// By number, which is the order in which their threads joined.
    rings: BTreeMap<u32, Arc<Ring>>,
    /// Those whose threads have ended, in that order.
    left: VecDeque<Left>,
    /// What is in `left`, together.
    entries: u64,
    text: u64,
    /// Numbers of rings that are no longer here, oldest first.
    gone: VecDeque<u32>,
    /// What those had counted.
    counted: Counted,
}

#[derive(Debug)]
struct Left {
    ring: u32,
    entries: u64,
    text: u64,
}

/// What has changed, to be seen to when no lock is held.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Rings that were let go of.
    pub(crate) rings: Vec<Arc<Ring>>,
    /// Numbers by which nothing is to be found any more.
    pub(crate) numbers: Vec<u32>,
}

impl Rings {
    /// Takes a ring in; false if there is one of the same number.
    pub(crate) fn insert(&mut self, ring: &Arc<Ring>) -> bool {
        let is_new = !self.rings.contains_key(&ring.number());
        if is_new {
            self.rings.insert(ring.number(), Arc::clone(ring));
        }
        is_new
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Arc<Ring>> {
        self.rings.get(&number)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Ring>> {
        self.rings.values()
    }

    /// All that are here, and what was counted by those that are not.
    pub(crate) fn held(&self) -> (Vec<Arc<Ring>>, Counted) {
        (self.iter().cloned().collect(), self.counted)
    }

    /// What was counted by all there ever were.
    pub(crate) fn counted(&self) -> Counted {
        self.iter().fold(self.counted, |sum, ring| sum.plus(ring.counts.now()))
    }

    /// Every number under which something may be looked for.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.rings.keys().chain(&self.gone).copied()
    }

    /// Takes all rings out.
    pub(crate) fn take(&mut self) -> Vec<Arc<Ring>> {
        (self.left, self.entries, self.text) = (VecDeque::new(), 0, 0);
        std::mem::take(&mut self.rings).into_values().collect()
    }

    /// The thread of a ring has ended: puts in its place what it has written. `is_needed` says of one left earlier
    /// whether anybody counts on it.
    pub(crate) fn end(&mut self, number: u32, budget: Budget, is_needed: impl Fn(&Ring) -> bool) -> Changes {
        let mut changes = Changes::default();
        let Some(ring) = self.rings.get(&number).cloned() else { return changes };
        let extent = ring.extent();
        if extent.is_empty() {
            self.drop_ring(number, &mut changes);
            return changes;
        }
        match budget.on_full {
            OnFull::DropNewest => {
                self.drop_unneeded(budget, &mut changes, is_needed);
                let most = budget.times(SHARES_OF_THE_ENDED);
                if self.entries + extent.entries() > most.entries {
                    self.mark_callers_truncated(&ring, &extent);
                    self.forget(number, &mut changes);
                } else {
                    let has_room = self.text + extent.text <= most.text;
                    self.leave(&ring, &extent, has_room);
                }
            }
            OnFull::OverwriteOldest => {
                self.leave(&ring, &extent, true);
                // What the last one has left is no more than a thread may write, so that stays.
                while self.is_over(budget) && self.left.len() > 1 {
                    let Some(oldest) = self.pop_left() else { break };
                    self.forget(oldest, &mut changes);
                }
            }
        }
        changes
    }

    /// Lets the oldest go of those that nobody counts on, as long as there is more than one thread may write.
    pub(crate) fn drop_unneeded(&mut self, budget: Budget, changes: &mut Changes, is_needed: impl Fn(&Ring) -> bool) {
        while self.is_over(budget)
            && let Some(oldest) = self.left.front().map(|left| left.ring)
            && self.get(oldest).is_none_or(|ring| !is_needed(ring))
        {
            self.pop_left();
            self.drop_ring(oldest, changes);
        }
    }

    fn is_over(&self, budget: Budget) -> bool {
        self.entries > budget.entries || self.text > budget.text
    }

    fn leave(&mut self, ring: &Ring, extent: &Extent, text: bool) {
        let number = ring.number();
        let remains = ring.remains(extent, text);
        let words = if text || remains.is_none() { extent.text } else { 0 };
        if let Some(remains) = remains {
            self.rings.insert(number, Arc::new(remains));
        }
        self.entries += extent.entries();
        self.text += words;
        self.left.push_back(Left { ring: number, entries: extent.entries(), text: words });
    }

    fn pop_left(&mut self) -> Option<u32> {
        let left = self.left.pop_front()?;
        self.entries -= left.entries;
        self.text -= left.text;
        Some(left.ring)
    }

    /// Lets go of a ring whose rows are missed from now on.
    fn forget(&mut self, number: u32, changes: &mut Changes) {
        self.counted.forgotten_rows += self.get(number).map_or(0, |ring| ring.worth());
        self.drop_ring(number, changes);
    }

    /// Lets go of a ring, not of what it has counted.
    fn drop_ring(&mut self, number: u32, changes: &mut Changes) {
        let Some(ring) = self.rings.remove(&number) else { return };
        self.counted = self.counted.plus(ring.counts.now());
        changes.rings.push(ring);
        self.gone.push_back(number);
        if self.gone.len() > MAX_GONE {
            changes.numbers.extend(self.gone.pop_front());
        }
    }

    /// Marks the calls on other threads whose children are in a ring that is to be forgotten.
    fn mark_callers_truncated(&self, ring: &Ring, extent: &Extent) {
        for row in extent.rows.clone().filter_map(|seq| ring.read(seq)) {
            let caller = Ref::from_bits(row.about());
            if matches!(row.kind(), Some(Kind::Span | Kind::Event)) && !row.has(BY_REGISTRY) && caller.has_row() {
                self.mark_truncated(caller);
            }
        }
    }

    /// Marks a call as one whose children are missing.
    pub(crate) fn mark_truncated(&self, call: Ref) {
        if let Some(ring) = self.get(call.ring()) {
            ring.flag(call.seq(), TRUNCATED);
        }
    }
}
