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
            streamed: None,
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

#[cfg(test)]
mod tests {
    use super::super::{LINKS, ThreadName, add};
    use super::*;
    use crate::layer::row::{Kind, Row};
    use crate::tree::Memory;

    fn shape(rows: usize, on_full: OnFull) -> Shape {
        Shape { rows, text: 65_536, on_full, memory: true, links: true }
    }

    /// A ring with so many rows, every second with text, memory and a link.
    fn written(shape: Shape, rows: u64) -> Ring {
        let ring = Ring::new(shape, ThreadName { key: 7, name: Some("writer".into()) });
        for n in 0..rows {
            let memory = Memory { at_start: n, allocated: n * 2, allocations: 3, freed: 4 };
            let row = Row::new(Kind::Span, 0, n as u32, n + 1, 0).at(n + 10).until(n + 20);
            let Some(seq) = ring.push_with_memory(&row, Some(memory)) else { continue };
            if n % 2 == 1 {
                let words: Vec<u64> = (0..n % 600).collect();
                if let (Some(at), Some(slot)) = (ring.push_text(&words).filter(|_| !words.is_empty()), ring.own(seq)) {
                    slot[W_TEXT].store(text_word(at, words.len()), Relaxed);
                }
                ring.push_link(n, n * 3, n % 4 == 1);
            }
        }
        add(&ring.counts.refused_rows, 5);
        add(&ring.counts.written_again, 2);
        ring
    }

    type Told = (Vec<u64>, Option<Vec<u64>>, Option<Memory>);

    /// All that a reader finds, by row.
    fn told(ring: &Ring, rows: Range<u64>, freed: bool) -> Vec<(u64, Told)> {
        let tell = |seq| {
            let mut words = Vec::new();
            let row = ring.read(seq).filter(|_| !freed || ring.is_untouched(seq))?;
            let text = row.text().and_then(|(at, len)| ring.read_text(at, len, freed, &mut words).then_some(words));
            // Where the text is may differ.
            Some((seq, (row.0[..W_TEXT].to_vec(), text, ring.read_memory(seq))))
        };
        rows.filter_map(tell).collect()
    }

    fn assert_same(ring: &Ring, left: &Ring) {
        assert_eq!((left.readable(), left.number(), &left.thread), (ring.readable(), ring.number(), &ring.thread));
        assert_eq!((left.counts.now(), left.mark().head), (ring.counts.now(), ring.mark().head));
        assert_eq!(told(left, left.readable(), false), told(ring, ring.readable(), false));
        assert_eq!(left.read_links().collect::<Vec<_>>(), ring.read_links().collect::<Vec<_>>());
    }

    #[test]
    fn a_reader_finds_what_was_in_the_ring() {
        for rows in [1, 2, 3, 4, 7, 100, 255, 256, 1_000] {
            let ring = written(shape(4_096, OnFull::DropNewest), rows);
            let left = ring.remains(&ring.extent(), true).expect("it is much smaller");
            assert_same(&ring, &left);
            assert!(left.bytes() * 2 <= ring.bytes() && left.is_remains() && !ring.is_remains());
            assert!(left.push(&Row::new(Kind::Span, 0, 0, 0, 0)).is_none(), "nobody writes it");
        }
    }

    #[test]
    fn a_reader_finds_what_was_left_in_a_ring_that_wrapped() {
        let few_rows = Shape { text: 1 << 22, ..shape(512, OnFull::OverwriteOldest) };
        let little_text = shape(1 << 16, OnFull::OverwriteOldest);
        for (shape, rows) in
            [(few_rows, 511), (few_rows, 512), (few_rows, 700), (few_rows, 5_000), (little_text, 3_000)]
        {
            let ring = written(shape, rows);
            let left = ring.remains(&ring.extent(), true).expect("it is much smaller");
            assert_same(&ring, &left);
            let texts = told(&left, left.readable(), false).iter().filter(|(_, (_, text, _))| text.is_some()).count();
            assert!(texts > 5, "{texts} texts of {rows} rows");
        }
    }

    #[test]
    fn rows_given_free_are_still_there_for_whoever_asks_for_those_too() {
        let ring = written(shape(4_096, OnFull::DropNewest), 256);
        let mark = ring.mark();
        ring.release_below(mark);
        (0..3).for_each(|n| assert!(ring.push(&Row::new(Kind::Event, 0, n, 0, 0)).is_some()));
        let left = ring.remains(&ring.extent(), true).expect("it is much smaller");
        assert_same(&ring, &left);
        assert_eq!((left.readable(), left.held()), (256..259, 0..259));
        assert_eq!(told(&left, left.held(), true), told(&ring, ring.held(), true));
        assert_eq!(left.worth(), 3 - 2, "of three rows two were written again");
        left.release_below(left.mark());
        assert!(left.readable().is_empty());
    }

    #[test]
    fn flags_can_be_set_in_what_is_left() {
        let ring = written(shape(4_096, OnFull::OverwriteOldest), 5_000);
        let left = ring.remains(&ring.extent(), false);
        assert!(left.is_none(), "a full ring is not copied");
        let ring = written(shape(4_096, OnFull::OverwriteOldest), 5);
        let left = ring.remains(&ring.extent(), false).expect("it is much smaller");
        left.flag(3, crate::layer::row::CLAIMED);
        left.flag(5, crate::layer::row::CLAIMED);
        let is_claimed = |seq| left.read(seq).map(|row| row.has(crate::layer::row::CLAIMED));
        assert_eq!([2, 3, 4, 5].map(is_claimed), [Some(false), Some(true), Some(false), None]);
    }

    #[test]
    fn text_that_is_left_out_is_not_found() {
        let ring = written(shape(4_096, OnFull::DropNewest), 50);
        let left = ring.remains(&ring.extent(), false).expect("it is much smaller");
        assert!(left.bytes() < ring.bytes() / 20);
        let rows = told(&left, left.readable(), false);
        assert!(rows.iter().all(|(_, (_, text, _))| text.is_none()) && rows.len() == 50);
        assert_eq!(left.read(49).and_then(|row| row.text()).map(|(_, len)| len), Some(49), "its length is known");
    }

    #[test]
    fn a_link_read_beside_its_writer_is_whole() {
        let ring = Ring::new(shape(2, OnFull::DropNewest), ThreadName::default());
        let stop = std::sync::atomic::AtomicBool::new(false);
        let seen = std::thread::scope(|scope| {
            scope.spawn(|| (1..).take_while(|_| !stop.load(Relaxed)).for_each(|n| ring.push_link(n, !n, n % 2 == 1)));
            let (begun, mut seen) = (std::time::Instant::now(), 0);
            let mut torn = None;
            while begun.elapsed() < std::time::Duration::from_millis(300) && torn.is_none() {
                let links = ring.read_links().inspect(|_| seen += 1);
                torn = links.into_iter().find(|&[id, stands_for, _, odd]| stands_for != !id || odd != id % 2);
            }
            stop.store(true, Relaxed);
            assert_eq!(torn, None);
            seen
        });
        assert!(seen > LINKS, "{seen} links read");
    }
}
