//! The log that one thread writes for one session: fixed-size rows and the text of their fields, both bounded.
//!
//! Only the owning thread writes; any thread may read at any time. What does not fit is counted, never waited for.

// # Implementation notes
//
// A span takes one row when it is created; its stamps are written into that row when it is entered and left. This is
// what a queue cannot do, and why no queue is used (ARCHITECTURE.md, benches/ring.rs): when the log is full, the spans
// that are open still get their ends, and the beginnings are kept. Where the newest rows matter more, the log wraps.
//
// Everything is an `AtomicU64` stored and loaded relaxed, which costs what a plain move does. A row's words are
// written before `head` is published with release. In a log that wraps, a reader may meet a row that is being
// overwritten: the writer issues a release fence between publishing one row and touching the next one's slot, the
// reader an acquire fence between copying a row and looking at `head` again (a sequence lock with `head` as the
// sequence). The slot after the newest may be in the writer's hands, so N slots hold N-1 readable rows once wrapped.

mod remains;
mod streamed;

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};

use bytemuck::zeroed_slice_box;

use super::row::{Row, WORDS};
use crate::tree::Memory;

pub(crate) use remains::Extent;
use streamed::Streamed;

/// What happens to new rows when the ring of a thread is full. Default: [`DropNewest`](Self::DropNewest).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnFull {
    /// Keep what was recorded first, count the rest as lost. Calls that are open still get their ends. For tests.
    #[default]
    DropNewest,
    /// Keep the newest rows, count those written over as lost. For a flight recorder.
    OverwriteOldest,
}

impl std::str::FromStr for OnFull {
    type Err = crate::Error;

    /// `drop_newest` or `overwrite_oldest`.
    fn from_str(text: &str) -> Result<Self, crate::Error> {
        match text {
            "drop_newest" => Ok(Self::DropNewest),
            "overwrite_oldest" => Ok(Self::OverwriteOldest),
            _ => Err(crate::Error::Setting {
                name: "on_full",
                found: text.into(),
                expected: "`drop_newest` or `overwrite_oldest`",
            }),
        }
    }
}

/// Sizes of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Rows, as the user asked for.
    pub(crate) rows: usize,
    /// Bytes of field text.
    pub(crate) text: usize,
    pub(crate) on_full: OnFull,
    /// Whether a lane for memory readings runs beside the rows.
    pub(crate) memory: bool,
    /// Whether spans are known by a registry's ids, so that those not recorded must be remembered too.
    pub(crate) links: bool,
}

/// The newest spans of a thread that were not recorded: the registry's id, what stands for it, and the row it came
/// before. Children on other threads are resolved through it; one older than 1,024 others is forgotten.
type LinkSlot = [AtomicU64; 4];
const LINKS: usize = 1_024;

/// Allocation readings of one row: at the start in use, then allocated, number, freed.
type MemorySlot = [AtomicU64; 4];

pub(crate) struct Ring {
    /// Never repeated in a process.
    number: u32,
    shape: Shape,
    slots: Box<[[AtomicU64; WORDS]]>,
    memory: Box<[MemorySlot]>,
    text: Box<[AtomicU64]>,
    links: Box<[LinkSlot]>,
    links_head: AtomicU64,
    head: AtomicU64,
    /// First row that is refused; `u64::MAX` where old ones are overwritten, 0 once the session is closed.
    limit: AtomicU64,
    text_head: AtomicU64,
    text_limit: AtomicU64,
    /// Rows below it are no longer anybody's.
    floor: AtomicU64,
    pub(crate) counts: Counts,
    pub(crate) thread: ThreadName,
    /// Of what is left of a ring: the first row in it. `None` of a ring that a thread can write.
    kept_from: Option<u64>,
    /// Of a ring whose rows are written to a file meanwhile.
    streamed: Option<Box<Streamed>>,
}

/// Which thread writes a ring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ThreadName {
    /// Never repeated in a process.
    pub(crate) key: u64,
    pub(crate) name: Option<Box<str>>,
}

impl ThreadName {
    /// Of the calling thread.
    pub(crate) fn current() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        thread_local! {
            static KEY: u64 = NEXT.fetch_add(1, Relaxed);
        }
        let key = KEY.try_with(|key| *key).unwrap_or_default();
        Self { key, name: std::thread::current().name().map(Box::from) }
    }
}

/// What a ring could not keep, or was told not to. Written by the owning thread only.
#[derive(Default, Debug)]
pub(crate) struct Counts {
    pub(crate) refused_rows: AtomicU64,
    pub(crate) refused_bytes: AtomicU64,
    pub(crate) cut_values: AtomicU64,
    pub(crate) sampled_out: AtomicU64,
    pub(crate) too_deep: AtomicU64,
    pub(crate) redacted: AtomicU64,
    pub(crate) panicked_values: AtomicU64,
    pub(crate) unmatched_exits: AtomicU64,
    /// Rows that tell of a span once more: each of these spans took two.
    pub(crate) written_again: AtomicU64,
    /// Rows that only tell a time.
    pub(crate) moments: AtomicU64,
}

/// What [`Counts`] were at some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) refused_rows: u64,
    pub(crate) refused_bytes: u64,
    pub(crate) cut_values: u64,
    pub(crate) sampled_out: u64,
    pub(crate) too_deep: u64,
    pub(crate) redacted: u64,
    pub(crate) panicked_values: u64,
    pub(crate) unmatched_exits: u64,
    pub(crate) written_again: u64,
    pub(crate) moments: u64,
    /// Rows of rings that were forgotten whole. No ring counts them, its session does.
    pub(crate) forgotten_rows: u64,
}

impl Counts {
    pub(crate) fn now(&self) -> Counted {
        let Self { refused_rows, refused_bytes, cut_values, sampled_out, .. } = self;
        let Self { too_deep, redacted, panicked_values, unmatched_exits, written_again, moments, .. } = self;
        Counted {
            refused_rows: refused_rows.load(Relaxed),
            refused_bytes: refused_bytes.load(Relaxed),
            cut_values: cut_values.load(Relaxed),
            sampled_out: sampled_out.load(Relaxed),
            too_deep: too_deep.load(Relaxed),
            redacted: redacted.load(Relaxed),
            panicked_values: panicked_values.load(Relaxed),
            unmatched_exits: unmatched_exits.load(Relaxed),
            written_again: written_again.load(Relaxed),
            moments: moments.load(Relaxed),
            forgotten_rows: 0,
        }
    }

    /// Counters that begin there.
    fn beginning_at(counted: Counted) -> Self {
        Self {
            refused_rows: counted.refused_rows.into(),
            refused_bytes: counted.refused_bytes.into(),
            cut_values: counted.cut_values.into(),
            sampled_out: counted.sampled_out.into(),
            too_deep: counted.too_deep.into(),
            redacted: counted.redacted.into(),
            panicked_values: counted.panicked_values.into(),
            unmatched_exits: counted.unmatched_exits.into(),
            written_again: counted.written_again.into(),
            moments: counted.moments.into(),
        }
    }
}

impl Counted {
    /// What was counted after `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        self.with(before, |now, before| now - before)
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        self.with(other, |one, other| one + other)
    }

    fn with(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            refused_rows: f(self.refused_rows, other.refused_rows),
            refused_bytes: f(self.refused_bytes, other.refused_bytes),
            cut_values: f(self.cut_values, other.cut_values),
            sampled_out: f(self.sampled_out, other.sampled_out),
            too_deep: f(self.too_deep, other.too_deep),
            redacted: f(self.redacted, other.redacted),
            panicked_values: f(self.panicked_values, other.panicked_values),
            unmatched_exits: f(self.unmatched_exits, other.unmatched_exits),
            written_again: f(self.written_again, other.written_again),
            moments: f(self.moments, other.moments),
            forgotten_rows: f(self.forgotten_rows, other.forgotten_rows),
        }
    }
}

/// How far a ring was written at some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) head: u64,
    pub(crate) text_head: u64,
}

/// Adds without a read-modify-write: a counter has one writer.
#[inline]
pub(crate) fn add(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
}

static NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);

impl Ring {
    /// A ring of zeroed memory that the system hands out page by page; [`touch`](Self::touch) asks for all of it now.
    pub(crate) fn new(shape: Shape, thread: ThreadName) -> Self {
        let rows = shape.rows.max(2).next_power_of_two();
        let text = shape.text.div_ceil(8).max(2).next_power_of_two();
        let mut ring = Self {
            number: 0,
            shape,
            slots: zeroed_slice_box(rows),
            memory: zeroed_slice_box(if shape.memory { rows } else { 0 }),
            text: zeroed_slice_box(text),
            links: zeroed_slice_box(if shape.links { LINKS } else { 0 }),
            links_head: AtomicU64::new(0),
            head: AtomicU64::new(0),
            limit: AtomicU64::new(0),
            text_head: AtomicU64::new(0),
            text_limit: AtomicU64::new(0),
            floor: AtomicU64::new(0),
            counts: Counts::default(),
            thread: ThreadName::default(),
            kept_from: None,
            streamed: None,
        };
        ring.renew(thread);
        ring
    }

    /// Makes a used ring as good as new: another number, empty, counts at zero. Old rows are out of reach.
    pub(crate) fn renew(&mut self, thread: ThreadName) {
        // Numbers take 26 bits of a span's identity and begin again after 67 million rings; zero is never used.
        self.number = loop {
            let number = NEXT_NUMBER.fetch_add(1, Relaxed) & super::row::MAX_RING;
            if number != 0 {
                break number;
            }
        };
        self.head = AtomicU64::new(0);
        self.text_head = AtomicU64::new(0);
        self.links_head = AtomicU64::new(0);
        self.floor = AtomicU64::new(0);
        let (rows, text) = match self.shape.on_full {
            OnFull::DropNewest => (self.shape.rows as u64, self.shape.text.div_ceil(8) as u64),
            OnFull::OverwriteOldest => (u64::MAX, u64::MAX),
        };
        self.limit = AtomicU64::new(rows);
        self.text_limit = AtomicU64::new(text);
        self.counts = Counts::default();
        self.thread = thread;
        self.streamed = None;
    }

    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Writes a row and gives its sequence number; `None` if it is full or closed, and then [`refuse`](Self::refuse)
    /// counts.
    #[inline(always)]
    pub(crate) fn push(&self, row: &Row) -> Option<u64> {
        let seq = self.head.load(Relaxed);
        if seq >= self.limit.load(Relaxed) {
            return None;
        }
        fence(Release);
        let slot = self.slot(seq);
        for (word, value) in slot.iter().zip(row.0) {
            word.store(value, Relaxed);
        }
        self.head.store(seq + 1, Release);
        Some(seq)
    }

    /// Writes a row that has its end already, with its memory lane: where the row is found, that is there too.
    pub(crate) fn push_with_memory(&self, row: &Row, memory: Option<Memory>) -> Option<u64> {
        let seq = self.head.load(Relaxed);
        if let Some(memory) = memory.filter(|_| seq < self.limit.load(Relaxed)) {
            // As in `push`: the lane was an older row's, which must be out of reach first.
            fence(Release);
            self.write_memory(seq, memory);
        }
        self.push(row)
    }

    /// Counts a row that was refused because the ring is full; false if it was refused because the session is over.
    #[cold]
    pub(crate) fn refuse(&self) -> bool {
        let full = self.limit.load(Relaxed) != 0;
        add(&self.counts.refused_rows, u64::from(full));
        full
    }

    /// Takes no more rows.
    pub(crate) fn close(&self) {
        self.limit.store(0, Relaxed);
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.limit.load(Relaxed) == 0
    }

    fn overwrites(&self) -> bool {
        self.shape.on_full == OnFull::OverwriteOldest
    }

    #[inline]
    fn slot(&self, seq: u64) -> &[AtomicU64; WORDS] {
        &self.slots[(seq as usize) & (self.slots.len() - 1)]
    }

    /// The words of a row that is still in the ring, for its writer to complete.
    #[inline]
    pub(crate) fn own(&self, seq: u64) -> Option<&[AtomicU64; WORDS]> {
        // How many rows came after it: more than fit in if it is overwritten, a huge number if it is not written yet.
        let after = self.head.load(Relaxed).wrapping_sub(seq).wrapping_sub(1);
        (after < self.slots.len() as u64).then(|| self.slot(seq))
    }

    /// Writes the memory lane of a row, if there is one.
    pub(crate) fn write_memory(&self, seq: u64, memory: Memory) {
        if let Some(lane) = self.memory_of(seq) {
            let Memory { at_start, allocated, allocations, freed } = memory;
            let values = [at_start, allocated, allocations, freed];
            lane.iter().zip(values).for_each(|(word, value)| word.store(value, Relaxed));
        }
    }

    fn memory_of(&self, seq: u64) -> Option<&MemorySlot> {
        self.memory.get((seq as usize) & (self.slots.len() - 1))
    }

    /// Where the next field text goes, to be written in place and then [kept](TextRoom::keep), or left.
    #[inline]
    pub(crate) fn text_room(&self) -> TextRoom<'_> {
        let start = self.text_head.load(Relaxed);
        fence(Release);
        let room = self.text_limit.load(Relaxed).saturating_sub(start);
        TextRoom { ring: self, start, len: 0, room: room.min(super::fields::MAX_WORDS as u64) }
    }

    /// Appends field text; gives its position for [`Row`], or counts it as refused.
    #[inline]
    pub(crate) fn push_text(&self, words: &[u64]) -> Option<u64> {
        let start = self.text_head.load(Relaxed);
        let end = start + words.len() as u64;
        if end > self.text_limit.load(Relaxed) {
            return self.refuse_text(words);
        }
        fence(Release);
        let mask = self.text.len() - 1;
        let at = start as usize & mask;
        match self.text.get(at..at + words.len()) {
            Some(room) => room.iter().zip(words).for_each(|(room, &word)| room.store(word, Relaxed)),
            None => (at..).zip(words).for_each(|(at, &word)| self.text[at & mask].store(word, Relaxed)),
        }
        self.text_head.store(end, Release);
        Some(start)
    }

    #[cold]
    fn refuse_text(&self, words: &[u64]) -> Option<u64> {
        add(&self.counts.refused_bytes, words.len() as u64 * 8);
        None
    }

    /// Remembers what stands for a span that has no row.
    #[inline]
    pub(crate) fn push_link(&self, registry_id: u64, stands_for: u64, by_registry: bool) {
        let at = self.links_head.load(Relaxed);
        let Some(slot) = self.links.get(at as usize & (LINKS - 1)) else { return };
        // As in `push`: whoever reads a word of the new link finds that the old one is out of reach.
        fence(Release);
        slot[0].store(registry_id, Relaxed);
        slot[1].store(stands_for, Relaxed);
        slot[2].store(self.head.load(Relaxed), Relaxed);
        slot[3].store(u64::from(by_registry), Relaxed);
        self.links_head.store(at + 1, Release);
    }

    /// Touches every page of the ring, so that recording meets no page fault.
    pub(crate) fn touch(&self) {
        // Reading a page first would fault twice: once for the page of zeroes that all share, once for one of its own.
        let is_new = self.head.load(Relaxed) == 0;
        let touch = |word: &AtomicU64| word.store(if is_new { 0 } else { word.load(Relaxed) }, Relaxed);
        // 4 KiB pages, the smallest there are on the systems we know.
        self.slots.iter().step_by(4096 / (WORDS * 8)).for_each(|slot| touch(&slot[0]));
        self.text.iter().step_by(512).for_each(touch);
        self.memory.iter().step_by(128).for_each(|slot| touch(&slot[0]));
    }

    // What follows is for readers.

    /// The sequence numbers that can be read now.
    pub(crate) fn readable(&self) -> std::ops::Range<u64> {
        let head = self.head.load(Acquire);
        let oldest = if self.overwrites() {
            (head + 1).saturating_sub(self.slots.len() as u64)
        } else {
            head.saturating_sub(self.slots.len() as u64)
        };
        oldest.max(self.kept_from()).max(self.floor.load(Relaxed)).min(head)..head
    }

    /// The first row there ever was, of what is left of a ring the first that was kept.
    fn kept_from(&self) -> u64 {
        self.kept_from.unwrap_or(0)
    }

    /// The sequence numbers of all rows that were not written over yet, those included that were given free.
    pub(crate) fn held(&self) -> std::ops::Range<u64> {
        let head = self.head.load(Acquire);
        (head + 1).saturating_sub(self.slots.len() as u64).max(self.kept_from())..head
    }

    /// Whether a row that was given free is not about to be written over; to be asked after reading it.
    pub(crate) fn is_untouched(&self, seq: u64) -> bool {
        seq + self.slots.len() as u64 > self.head.load(Relaxed)
    }

    /// A copy of a row, `None` if it was overwritten meanwhile.
    pub(crate) fn read(&self, seq: u64) -> Option<Row> {
        let slot = self.slot(seq);
        let row = Row(std::array::from_fn(|i| slot[i].load(Relaxed)));
        fence(Acquire);
        self.still_there(seq).then_some(row)
    }

    pub(crate) fn read_memory(&self, seq: u64) -> Option<Memory> {
        let [at_start, allocated, allocations, freed] = self.memory_of(seq)?;
        let memory = Memory {
            at_start: at_start.load(Relaxed),
            allocated: allocated.load(Relaxed),
            allocations: allocations.load(Relaxed),
            freed: freed.load(Relaxed),
        };
        fence(Acquire);
        self.still_there(seq).then_some(memory)
    }

    fn still_there(&self, seq: u64) -> bool {
        let head = self.head.load(Relaxed);
        let in_work = u64::from(self.overwrites());
        seq < head && seq + self.slots.len() as u64 >= head + in_work
    }

    /// Copies the words of field text into `into`; false if they were overwritten. `freed` says that their row may have
    /// been given free.
    pub(crate) fn read_text(&self, start: u64, words: usize, freed: bool, into: &mut Vec<u64>) -> bool {
        into.clear();
        let mask = self.text.len() - 1;
        into.extend((0..words).map(|i| self.text[(start as usize + i) & mask].load(Relaxed)));
        fence(Acquire);
        self.has_text(start, words, freed)
    }

    fn has_text(&self, start: u64, words: usize, freed: bool) -> bool {
        let end = start + words as u64;
        if self.kept_from.is_some() {
            // Nobody writes: what is there stays, and what was gone when the ring was left has no place in it.
            return end <= self.text_head.load(Relaxed);
        }
        // The writer may be one push beyond the published head, and a push may be of any length: a quarter is kept
        // free, more than the longest push there can be (`fields::MAX_BYTES`).
        let head = self.text_head.load(Relaxed);
        let margin = if freed || self.overwrites() { self.text.len() as u64 / 4 } else { 0 };
        start + self.text.len() as u64 >= head + margin
    }

    /// Registry id, what stands for it, the row it came before, and 1 if what stands for it is a registry id, oldest
    /// first. Those that are written over meanwhile are left out.
    pub(crate) fn read_links(&self) -> impl Iterator<Item = [u64; 4]> {
        self.held_links().filter_map(|at| {
            let slot = &self.links[at as usize & (self.links.len() - 1)];
            let link = std::array::from_fn(|i| slot[i].load(Relaxed));
            fence(Acquire);
            // The slot after the newest may be in the writer's hands.
            (at + self.links.len() as u64 > self.links_head.load(Relaxed)).then_some(link)
        })
    }

    /// The links that were not written over yet, by number.
    fn held_links(&self) -> std::ops::Range<u64> {
        let head = self.links_head.load(Acquire);
        head.saturating_sub(self.links.len().saturating_sub(1) as u64)..head
    }

    /// Sets a flag of a row that can be read. Not a load and a store: others may set others.
    pub(crate) fn flag(&self, seq: u64, flag: u8) {
        if self.readable().contains(&seq) {
            self.slot(seq)[super::row::W_HEAD].fetch_or(super::row::flag_bit(flag), Relaxed);
        }
    }

    /// How far it is written now.
    pub(crate) fn mark(&self) -> Mark {
        Mark { head: self.head.load(Acquire), text_head: self.text_head.load(Acquire) }
    }

    /// Gives rows and text before a mark free for new ones; only for rings that never overwrite.
    pub(crate) fn release_below(&self, mark: Mark) {
        self.floor.fetch_max(mark.head, Relaxed);
        self.limit.store(mark.head + self.shape.rows as u64, Relaxed);
        self.text_limit.store(mark.text_head + self.shape.text.div_ceil(8) as u64, Relaxed);
    }
}

/// Field text in the making, at the head of a ring's text.
pub(crate) struct TextRoom<'r> {
    ring: &'r Ring,
    start: u64,
    len: u64,
    room: u64,
}

impl TextRoom<'_> {
    /// Adds words; false, and none of them, if there is no room for that many. There are as many as `count` says.
    #[inline]
    pub(crate) fn push(&mut self, count: usize, words: impl IntoIterator<Item = u64>) -> bool {
        if self.len + count as u64 > self.room {
            return false;
        }
        let text = &self.ring.text;
        let first = (self.start + self.len) as usize;
        for (at, word) in (first..).zip(words) {
            text[at & (text.len() - 1)].store(word, Relaxed);
        }
        self.len += count as u64;
        true
    }

    /// Takes what was written into the ring, as the text of a row.
    #[inline]
    pub(crate) fn keep(self, seq: u64) {
        if self.len != 0
            && let Some(slot) = self.ring.own(seq)
        {
            slot[super::row::W_TEXT].store(super::row::text_word(self.start, self.len as usize), Release);
            self.ring.text_head.store(self.start + self.len, Release);
        }
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ring({} of {:?}, {:?})", self.number, self.thread, self.readable())
    }
}
