//! A ring whose rows are written to a file while its thread goes on: when rows are handed on, and when their place is
//! used again.
//!
//! Who writes the file, and how, is told in `tracer::spill`.

// # Implementation notes
//
// Rows are completed in place, so a row may be taken for good only when its thread will not touch it any more. Only
// the thread can know, and only off its short way may it be asked: so the ring is given out in shares of a quarter, and
// a thread that has filled one finds the ring «full» as any full ring is found. There, on the long way, it hands on what
// it has written (`seal`): frames of spans that are still open forget their rows, and tell their ends in new ones, as
// they do where rows were overwritten. The worker takes what was handed on and says so (`drained_to`); the thread moves
// its limit when it comes by again. Nobody waits: where the worker is a whole ring behind, rows are refused and counted.
//
// All text of rows that were handed on stands before all text of later rows: text that is formatted so late that its
// row was handed on meanwhile goes into a row of its own.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};

use super::Ring;

/// Shares of a ring: as soon as one is full, its rows are handed on.
const SHARES: u64 = 4;

/// The part of a ring that is kept for the ends of calls which were open when their rows were handed on: callers are
/// worth more than one more callee where rows are lost.
const RESERVE: u64 = 8;

/// How far rows were handed on by their thread, and taken by the worker.
#[derive(Debug, Default)]
pub(super) struct Streamed {
    /// Rows below it are never touched again. Written by the ring's thread.
    sealed: AtomicU64,
    /// Rows and text below these were taken. Written by the worker.
    drained: AtomicU64,
    drained_text: AtomicU64,
    /// The thread has let go of the ring.
    ended: AtomicBool,
}

impl Ring {
    /// Makes a ring that nobody writes yet one that is streamed.
    pub(crate) fn stream(&mut self) {
        self.streamed = Some(Box::default());
        self.limit = self.share().into();
        self.text_limit = (self.text_words() / SHARES).into();
    }

    #[inline]
    pub(crate) fn is_streamed(&self) -> bool {
        self.streamed.is_some()
    }

    fn share(&self) -> u64 {
        (self.shape.rows as u64 / SHARES).max(1)
    }

    fn text_words(&self) -> u64 {
        self.shape.text.div_ceil(8) as u64
    }

    /// Hands on the rows below `upto`, and takes what room the worker has made. Called by the ring's thread; false where
    /// there is no room for a row, or the ring is not streamed, or closed.
    pub(crate) fn seal(&self, upto: u64) -> bool {
        self.seal_but(upto, self.shape.rows as u64 / RESERVE)
    }

    /// Makes room for the end of a call whose row was handed on, out of what is kept for those.
    pub(crate) fn seal_for_end(&self) -> bool {
        self.seal_but(0, 0)
    }

    fn seal_but(&self, upto: u64, reserve: u64) -> bool {
        let Some(streamed) = &self.streamed else { return false };
        let (head, text_head) = (self.head.load(Relaxed), self.text_head.load(Relaxed));
        let sealed = streamed.sealed.load(Relaxed).max(upto.min(head));
        streamed.sealed.store(sealed, Release);
        let limit = self.limit.load(Relaxed);
        // Whatever the worker has read was read before it is overwritten.
        let (drained, drained_text) = (streamed.drained.load(Acquire), streamed.drained_text.load(Acquire));
        // Never 0, which says that it is closed.
        let room = (drained + self.shape.rows as u64 - reserve).min(head + self.share()).max(1);
        // Another thread may close the ring at any time, and it must stay closed.
        if limit == 0 || self.limit.compare_exchange(limit, room, Relaxed, Relaxed).is_err() {
            return false;
        }
        let text_room = (drained_text + self.text_words()).min(text_head + self.text_words() / SHARES);
        self.text_limit.store(text_room, Relaxed);
        room > head
    }

    /// The thread writes no more.
    pub(crate) fn end_stream(&self) {
        if let Some(streamed) = &self.streamed {
            streamed.sealed.store(self.head.load(Relaxed), Release);
            streamed.ended.store(true, Release);
        }
    }

    /// Whether a row of the calling thread's ring was handed on.
    #[inline]
    pub(crate) fn is_handed_on(&self, seq: u64) -> bool {
        self.streamed.as_ref().is_some_and(|streamed| seq < streamed.sealed.load(Relaxed))
    }

    /// Whether so many words of text find room before the next share.
    pub(crate) fn has_text_room(&self, words: usize) -> bool {
        self.text_head.load(Relaxed) + words as u64 <= self.text_limit.load(Relaxed)
    }

    // What follows is for the worker.

    /// Rows below it are as they will stay; and whether there will be no others.
    #[cfg(feature = "file")]
    pub(crate) fn handed_on(&self) -> (u64, bool) {
        let Some(streamed) = &self.streamed else { return (0, false) };
        let ended = streamed.ended.load(Acquire);
        (streamed.sealed.load(Acquire), ended)
    }

    /// Gives the place of rows that were handed on, and of text, free.
    #[cfg(feature = "file")]
    pub(crate) fn drained_to(&self, seq: u64, text: u64) {
        let Some(streamed) = &self.streamed else { return };
        self.floor.fetch_max(seq, Relaxed);
        streamed.drained_text.store(text, Release);
        streamed.drained.store(seq, Release);
    }
}

#[cfg(all(test, feature = "file"))]
mod tests {
    use super::super::{OnFull, Shape, ThreadName};
    use super::*;
    use crate::layer::row::{Kind, Row};

    fn ring(rows: usize) -> Ring {
        let shape = Shape { rows, text: 65_536, on_full: OnFull::DropNewest, memory: false, links: false };
        let mut ring = Ring::new(shape, ThreadName::default());
        ring.stream();
        ring
    }

    /// Rows until one is refused.
    fn fill(ring: &Ring) -> u64 {
        (0..).take_while(|_| ring.push(&Row::new(Kind::Event, 0, 0, 0, 0)).is_some()).count() as u64
    }

    #[test]
    fn rows_are_handed_on_by_shares_and_refused_when_the_worker_is_a_ring_behind() {
        let ring = ring(16);
        let shares: Vec<_> = (0..6).map(|_| (fill(&ring), ring.seal(u64::MAX))).collect();
        assert_eq!(shares, [(4, true), (4, true), (4, true), (2, false), (0, false), (0, false)]);
        ring.drained_to(8, 0);
        assert!(ring.seal(u64::MAX));
        assert_eq!((fill(&ring), ring.seal(u64::MAX), fill(&ring), ring.handed_on()), (4, true, 4, (18, false)));
    }

    #[test]
    fn a_full_ring_has_room_for_the_ends_of_calls_that_are_open() {
        let ring = ring(16);
        while ring.seal(u64::MAX) {
            fill(&ring);
        }
        let ends =
            (0..5).take_while(|_| ring.seal_for_end() && ring.push(&Row::new(Kind::Again, 0, 0, 0, 0)).is_some());
        assert_eq!(ends.count(), 2);
        assert!(!ring.seal(u64::MAX) && fill(&ring) == 0);
    }

    #[test]
    fn what_is_handed_on_is_in_place_until_the_worker_has_it() {
        let ring = ring(5);
        while ring.seal(u64::MAX) {
            fill(&ring);
        }
        assert!((0..5).all(|seq| ring.read(seq).is_some()));
        ring.drained_to(3, 0);
        assert!(ring.seal(u64::MAX) && ring.is_handed_on(4) && !ring.is_handed_on(5));
        fill(&ring);
        assert!((3..6).all(|seq| ring.read(seq).is_some()));
    }

    #[test]
    fn a_ring_that_was_closed_stays_closed() {
        let ring = ring(16);
        fill(&ring);
        ring.close();
        assert!(!ring.seal(u64::MAX) && ring.is_closed() && fill(&ring) == 0);
    }

    #[test]
    fn there_is_room_for_the_longest_text_after_each_share() {
        let ring = ring(1_024);
        let longest = [7; super::super::super::fields::MAX_WORDS];
        let whole = (0..)
            .take_while(|_| ring.push_text(&longest).is_some() || ring.seal(0) && ring.push_text(&longest).is_some());
        assert_eq!(whole.count(), 4);
        ring.drained_to(0, 2 * longest.len() as u64);
        assert!(ring.seal(0) && ring.push_text(&longest).is_some());
    }
}
