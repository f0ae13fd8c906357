//! What is left of a ring when its thread ends: what the thread wrote, in as much room as that takes.
//!
//! Whoever reads finds in it what was in the ring, under the same numbers. Nobody writes it.

// # Implementation notes
//
// Rows, their memory lane and links keep their numbers, so their slots are found as before, by the lowest bits; only
// there are fewer of them. One slot more than there are rows stays empty, since a reader who must be prepared for a
// writer mistrusts the oldest slot. Field text is packed anew, and rows are told its new place.

use std::ops::Range;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed};

use bytemuck::zeroed_slice_box;

use super::{Counts, OnFull, Ring, Shape, WORDS};
use crate::layer::row::{W_TEXT, text_at, text_word};

/// Where text is that was gone before the ring was left: beyond all text there is.
const GONE: u64 = (1 << 40) - 1;

/// How much a thread has written into a ring that is still there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) rows: Range<u64>,
    /// Field text. **Unit:** words of 8 bytes.
    pub(crate) text: u64,
    /// Spans that were not recorded.
    links: u64,
}

impl Extent {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries() == 0
    }

    /// Rows and links.
    pub(crate) fn entries(&self) -> u64 {
        self.rows.end - self.rows.start + self.links
    }

    /// Slots that the rows take, with one that stays empty.
    fn slots(&self) -> usize {
        (self.rows.end - self.rows.start + 1).max(2).next_power_of_two() as usize
    }

    fn words(&self) -> usize {
        self.text.max(1).next_power_of_two() as usize
    }

    fn link_slots(&self) -> usize {
        if self.links == 0 { 0 } else { (self.links + 1).next_power_of_two() as usize }
    }
}

impl Ring {
    /// How much there is in it; to be asked when its thread writes no more.
    pub(crate) fn extent(&self) -> Extent {
        let (readable, links) = (self.readable(), self.held_links());
        // Rows of the commons that were given free are a flight recorder's as long as they are there.
        let rows = readable.start.min(self.held().start)..readable.end;
        let text = rows.clone().filter_map(|seq| self.text_there(seq)).map(|(_, words)| words as u64).sum();
        Extent { rows, text, links: links.end - links.start }
    }

    /// The field text of a row, if it was not written over.
    fn text_there(&self, seq: u64) -> Option<(u64, usize)> {
        let (start, words) = text_at(self.slot(seq)[W_TEXT].load(Relaxed))?;
        let freed = seq < self.floor.load(Relaxed);
        self.has_text(start, words, freed).then_some((start, words))
    }

    /// A copy that takes no more room than what was written, `None` where it would not be worth it. Without `text`, all
    /// field text is lost in it. To be asked for when the ring's thread writes no more.
    pub(crate) fn remains(&self, extent: &Extent, text: bool) -> Option<Self> {
        let kept_text = if text { extent.words() } else { 1 };
        let lane = if self.memory.is_empty() { 0 } else { extent.slots() };
        let bytes = bytes(extent.slots(), lane, kept_text, extent.link_slots());
        if bytes * 2 > self.bytes() {
            return None;
        }
        let mut left = Self {
            number: self.number,
            shape: Shape { rows: extent.slots(), text: kept_text * 8, on_full: OnFull::DropNewest, ..self.shape },
            slots: zeroed_slice_box(extent.slots()),
            memory: zeroed_slice_box(lane),
            text: zeroed_slice_box(kept_text),
            links: zeroed_slice_box(extent.link_slots()),
            links_head: self.links_head.load(Relaxed).into(),
            head: extent.rows.end.into(),
            limit: 0.into(),
            text_head: 0.into(),
            text_limit: 0.into(),
            floor: self.floor.load(Relaxed).into(),
            counts: Counts::beginning_at(self.counts.now()),
            thread: self.thread.clone(),
            kept_from: Some(extent.rows.start),
        };
        for seq in extent.rows.clone() {
            self.copy_row(seq, &mut left, text);
        }
        for at in self.held_links() {
            let from = &self.links[at as usize & (self.links.len() - 1)];
            copy(from, &left.links[at as usize & (left.links.len() - 1)]);
        }
        Some(left)
    }

    fn copy_row(&self, seq: u64, left: &mut Self, text: bool) {
        copy::<WORDS>(self.slot(seq), left.slot(seq));
        if let (Some(from), Some(to)) = (self.memory_of(seq), left.memory_of(seq)) {
            copy(from, to);
        }
        let Some((_, words)) = text_at(self.slot(seq)[W_TEXT].load(Relaxed)) else { return };
        let at = match self.text_there(seq).filter(|_| text) {
            Some((start, words)) => {
                let at = *left.text_head.get_mut();
                for i in 0..words {
                    let word = &self.text[(start as usize + i) & (self.text.len() - 1)];
                    left.text[at as usize + i].store(word.load(Relaxed), Relaxed);
                }
                *left.text_head.get_mut() += words as u64;
                at
            }
            None => GONE,
        };
        left.slot(seq)[W_TEXT].store(text_word(at, words), Relaxed);
    }

    /// Whether there are spans in it that were not recorded.
    pub(crate) fn has_links(&self) -> bool {
        self.links_head.load(Relaxed) != 0
    }

    /// Whether it is what was left of a ring, which no thread can write.
    pub(crate) fn is_remains(&self) -> bool {
        self.kept_from.is_some()
    }

    /// What it takes, pages that were never written included.
    pub(crate) fn bytes(&self) -> usize {
        bytes(self.slots.len(), self.memory.len(), self.text.len(), self.links.len())
    }

    /// Rows that whoever may read it would miss if it was not there; those written twice, or to tell a time, once or
    /// not at all.
    pub(crate) fn worth(&self) -> u64 {
        let counts = self.counts.now();
        let rows = self.head.load(Acquire) - self.floor.load(Relaxed);
        rows.saturating_sub(counts.written_again + counts.moments)
    }
}

fn bytes(slots: usize, lane: usize, words: usize, links: usize) -> usize {
    slots * WORDS * 8 + (lane + links) * 32 + words * 8
}

fn copy<const N: usize>(from: &[AtomicU64; N], to: &[AtomicU64; N]) {
    from.iter().zip(to).for_each(|(from, to)| to.store(from.load(Relaxed), Relaxed));
}
