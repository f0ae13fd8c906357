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
    /// What one thread may write in a session with such rings.
    pub(crate) fn of(shape: Shape) -> Self {
        let (rows, text) = (shape.rows as u64, shape.text.div_ceil(8) as u64);
        let (entries, text) = match shape.on_full {
            OnFull::DropNewest => (rows, text),
            OnFull::OverwriteOldest => (rows.max(2).next_power_of_two(), text.max(2).next_power_of_two()),
        };
        Self { entries, text, on_full: shape.on_full }
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

    /// The thread of a ring that is streamed has ended: it waits until its rows were taken, with as many others as are kept
    /// elsewhere; beyond that, the oldest is forgotten.
    pub(crate) fn end_streamed(&mut self, number: u32) -> Changes {
        let mut changes = Changes::default();
        self.left.push_back(Left { ring: number, entries: 0, text: 0 });
        while self.left.len() > SHARES_OF_THE_ENDED
            && let Some(oldest) = self.pop_left()
        {
            self.forget(oldest, &mut changes);
        }
        changes
    }

    /// All rows of a ring that is streamed were taken, and its thread has ended.
    #[cfg(feature = "file")]
    pub(crate) fn let_go(&mut self, number: u32) -> Changes {
        let mut changes = Changes::default();
        self.left.retain(|left| left.ring != number);
        self.drop_ring(number, &mut changes);
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

#[cfg(test)]
mod tests {
    use super::super::ring::ThreadName;
    use super::super::row::{Row, State};
    use super::*;

    fn shape(rows: usize, on_full: OnFull) -> Shape {
        Shape { rows, text: 65_536, on_full, memory: false, links: false }
    }

    /// A ring with so many rows, each a span under `parent`.
    fn written(shape: Shape, rows: u64, parent: Ref) -> Arc<Ring> {
        let ring = Ring::new(shape, ThreadName::default());
        (0..rows).for_each(|n| assert!(ring.push(&Row::new(Kind::Span, 0, n as u32, 0, parent.bits())).is_some()));
        Arc::new(ring)
    }

    /// Threads that have each written so many rows join and end, one after the other.
    fn ended(rows: &mut Rings, shape: Shape, threads: &[u64], is_needed: impl Fn(&Ring) -> bool + Copy) -> Vec<u32> {
        let end = |&written_rows: &u64| {
            let ring = written(shape, written_rows, Ref::NONE);
            assert!(rows.insert(&ring));
            rows.end(ring.number(), Budget::of(shape), is_needed);
            ring.number()
        };
        threads.iter().map(end).collect()
    }

    fn kept(rings: &Rings) -> Vec<u64> {
        rings.iter().map(|ring| ring.extent().entries()).collect()
    }

    #[test]
    fn threads_that_wrote_nothing_leave_nothing_but_their_counts() {
        let mut rings = Rings::default();
        let ring = written(shape(8, OnFull::DropNewest), 0, Ref::NONE);
        super::super::ring::add(&ring.counts.sampled_out, 3);
        rings.insert(&ring);
        let changes = rings.end(ring.number(), Budget::of(ring.shape()), |_| true);
        assert_eq!((changes.rings.len(), rings.iter().count()), (1, 0));
        assert_eq!((rings.counted().sampled_out, rings.counted().forgotten_rows), (3, 0));
        assert_eq!(rings.numbers().collect::<Vec<_>>(), [ring.number()], "its spans are still looked for");
    }

    #[test]
    fn the_newest_of_the_ended_win_where_the_newest_rows_do() {
        let mut rings = Rings::default();
        ended(&mut rings, shape(8, OnFull::OverwriteOldest), &[2, 3, 4, 1, 7], |_| true);
        assert_eq!((kept(&rings), rings.counted().forgotten_rows), (vec![1, 7], 9));
        ended(&mut rings, shape(8, OnFull::OverwriteOldest), &[100], |_| true);
        assert_eq!(
            (kept(&rings), rings.counted().forgotten_rows),
            (vec![7], 17),
            "the rest of the hundred is in there"
        );
        assert_eq!(rings.iter().next().map(|ring| ring.readable()), Some(93..100));
    }

    #[test]
    fn the_first_of_the_ended_win_where_the_oldest_rows_do_and_callers_are_marked() {
        let shape = shape(4, OnFull::DropNewest);
        let mut rings = Rings::default();
        let callers = written(shape, 2, Ref::NONE);
        rings.insert(&callers);
        ended(&mut rings, shape, &[4; SHARES_OF_THE_ENDED - 1], |_| true);
        ended(&mut rings, shape, &[3], |_| true);
        assert_eq!(rings.counted().forgotten_rows, 0);
        let late = written(shape, 2, Ref::new(State::Recorded, callers.number(), 1));
        rings.insert(&late);
        rings.end(late.number(), Budget::of(shape), |_| true);
        assert_eq!((rings.iter().count(), rings.counted().forgotten_rows), (SHARES_OF_THE_ENDED + 1, 2));
        let is_marked = |seq| callers.read(seq).is_some_and(|row| row.has(TRUNCATED));
        assert_eq!([is_marked(0), is_marked(1)], [false, true]);
        ended(&mut rings, shape, &[1], |_| true);
        assert_eq!(rings.counted().forgotten_rows, 2, "there was room for one more");
    }

    #[test]
    fn what_nobody_counts_on_goes_first_and_is_no_loss() {
        let shape = shape(4, OnFull::DropNewest);
        let mut rings = Rings::default();
        let numbers = ended(&mut rings, shape, &[2, 2, 2, 2], |_| true);
        let first = numbers[0];
        rings.drop_unneeded(Budget::of(shape), &mut Changes::default(), |ring| ring.number() != first);
        assert_eq!(rings.iter().map(|ring| ring.number()).collect::<Vec<_>>(), &numbers[1..]);
        rings.drop_unneeded(Budget::of(shape), &mut Changes::default(), |_| false);
        assert_eq!((rings.iter().count(), rings.counted().forgotten_rows), (2, 0), "one thread's worth may stay");
    }

    #[test]
    fn field_text_beyond_the_bound_is_lost_and_its_rows_are_kept() {
        let shape = Shape { text: 65_536, ..shape(1 << 16, OnFull::DropNewest) };
        let mut rings = Rings::default();
        for _ in 0..=SHARES_OF_THE_ENDED {
            let ring = written(shape, 1, Ref::NONE);
            let words = [7; 8_192];
            let slot = ring.own(0).expect("it was just written");
            let at = ring.push_text(&words).expect("it is as much as fits in");
            let word = super::super::row::text_word(at, words.len());
            slot[super::super::row::W_TEXT].store(word, std::sync::atomic::Ordering::Relaxed);
            rings.insert(&ring);
            rings.end(ring.number(), Budget::of(shape), |_| true);
        }
        let has_text = |ring: &Arc<Ring>| {
            let (at, words) = ring.read(0).and_then(|row| row.text()).expect("the row says there was some");
            ring.read_text(at, words, false, &mut Vec::new())
        };
        let whole = rings.iter().filter(|ring| has_text(ring)).count();
        assert_eq!((rings.iter().count(), whole), (SHARES_OF_THE_ENDED + 1, SHARES_OF_THE_ENDED));
    }

    #[test]
    fn only_so_many_numbers_of_rings_that_are_gone_are_remembered() {
        let mut rings = Rings::default();
        let shape = Shape { text: 64, ..shape(2, OnFull::DropNewest) };
        let mut forgotten = 0;
        for _ in 0..MAX_GONE + 10 {
            let ring = written(shape, 0, Ref::NONE);
            rings.insert(&ring);
            forgotten += rings.end(ring.number(), Budget::of(shape), |_| true).numbers.len();
        }
        assert_eq!((rings.numbers().count(), forgotten), (MAX_GONE, 10));
    }
}
