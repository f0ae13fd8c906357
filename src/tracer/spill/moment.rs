//! The moment that a pass of the worker shows: which rows belong to it, and which of their stamps.
//!
//! A killed process leaves the last moment that was written whole. It is right when no call is over in it of which
//! something is missing, whatever thread did that; how rows come into the file is told in [`worker`](super::worker).

// # Implementation notes
//
// Threads go on while they are looked at, so no moment can be read off the rings; it is cut out of what was read later.
// First it is noted how far rows were handed on. Then the clock is read: that is the moment, and all stamps of rows that
// were handed on are older. Then the heads are read. Whatever a thread did before the moment is found below its head;
// what it did later is told by its stamps, which are left out. A call whose end is shown was left before the moment, so
// what it did was done before, and is there.
//
// A row is published before the values of its fields. The newest row of a ring waits for them; of any other they are
// there. Where no times are taken, an end is believed when two passes have found it: the heads that the second one reads
// are behind all that came before.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::fence;

use crate::layer::callsite;
use crate::layer::clock;
use crate::layer::ring::Ring;
use crate::layer::row::{Kind, PANICKED, Row, W_END, W_HEAD, W_START, flag_bit};

/// A store that was made before a stamp was taken is seen by all after this. It takes some ten nanoseconds. **Unit:**
/// nanoseconds.
const UNTIL_SEEN: u64 = 2_000;

/// An event that has no values after this time never had any. **Unit:** nanoseconds.
const VALUES_TAKE: u64 = 1_000_000_000;

/// A time that all threads are shown at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// In ticks; `u64::MAX` once all is over.
    stamp: u64,
    timed: bool,
}

/// When a row was written.
#[derive(Debug, PartialEq, Eq)]
enum When {
    Before,
    After,
    /// A span that was not entered.
    Unknown,
}

impl Moment {
    /// Now. To be called after it was asked what was handed on, and before it is asked how far rings are written.
    pub(super) fn now(timed: bool) -> Self {
        let stamp = clock::ticks();
        while clock::nanos_between(stamp, clock::ticks()) < UNTIL_SEEN {
            std::hint::spin_loop();
        }
        fence(SeqCst);
        Self { stamp, timed }
    }

    /// When nothing happens any more.
    pub(super) fn of_the_end(timed: bool) -> Self {
        Self { stamp: u64::MAX, timed }
    }

    fn is_the_end(self) -> bool {
        self.stamp == u64::MAX
    }

    /// The row that ends what a ring shows: all that had begun is before it.
    pub(super) fn reach(self, ring: &Ring, handed_on: u64) -> u64 {
        let head = ring.mark().head;
        if self.is_the_end() {
            return head;
        }
        let mut reach = if head > handed_on && self.lacks_values(ring, head - 1) { head - 1 } else { head };
        for seq in (handed_on..reach).rev() {
            match ring.read(seq).map(|row| self.when(&row)) {
                Some(When::Before) | None => break,
                Some(When::After) => reach = seq,
                Some(When::Unknown) => {}
            }
        }
        reach
    }

    /// Whether the newest row may be one whose thread was about to write its values.
    fn lacks_values(self, ring: &Ring, seq: u64) -> bool {
        let Some(row) = ring.read(seq).filter(|row| row.text().is_none()) else { return false };
        let may_still_come = match row.kind() {
            Some(Kind::Span) => row.start() == 0,
            Some(Kind::Event) => !self.timed || clock::nanos_between(row.start(), self.stamp) < VALUES_TAKE,
            _ => false,
        };
        let has_fields = || callsite::by_index(row.callsite()).is_some_and(|site| !site.metadata.fields().is_empty());
        may_still_come && has_fields()
    }

    fn when(self, row: &Row) -> When {
        let stamp = if row.kind() == Some(Kind::Again) { row.end() } else { row.start() };
        match stamp {
            0 => When::Unknown,
            stamp if stamp > self.stamp => When::After,
            _ => When::Before,
        }
    }

    /// A row that was not handed on, as it was at this moment. `was_over` says that the pass before found its end already.
    pub(super) fn shown(self, mut row: Row, was_over: bool) -> Row {
        let has_stay = matches!(row.kind(), Some(Kind::Span | Kind::Stay | Kind::Again));
        if self.is_the_end() || !has_stay {
            return row;
        }
        if row.start() > self.stamp && row.kind() != Some(Kind::Again) {
            row.0[W_START] = 0;
            row.0[W_END] = 0;
        }
        let is_over = if self.timed { row.end() <= self.stamp } else { was_over };
        if !is_over {
            row.0[W_END] = 0;
        }
        if row.end() == 0 {
            row.0[W_HEAD] &= !flag_bit(PANICKED);
        }
        row
    }
}
