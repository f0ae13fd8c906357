//! Field values on their way into a ring: typed, bounded, formatted where user code can do no harm.
//!
//! A value's `Debug` is user code: it may open spans, panic, or write for ever. So values are written into a scratch
//! of the thread while no state of ours is borrowed, and copied into the ring after that. Fields that are numbers and
//! strings throughout need none of this, and go straight into the ring.

// # Implementation notes
//
// One field is a header word, `tag u8, index u8, zero u16, length in bytes u32`, and its payload in whole words: a
// number is one, text as many as it needs. Words go into the ring as they are. The reader is `Fields`.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing_core::field::{Field, Visit};

use super::ring::TextRoom;

/// Longest value text where the builder says nothing. **Unit:** bytes.
pub const DEFAULT_VALUE_LIMIT: usize = 1_024;

/// Words that the fields of one span or event may take together, 16 KiB; a ring holds at least four times as many.
pub(super) const MAX_WORDS: usize = 2_048;

/// Largest value limit in bytes: two of them fit in what one span may take.
pub(crate) const MAX_VALUE_LIMIT: usize = MAX_WORDS * 4 - 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Tag {
    Bool = 1,
    I64,
    U64,
    F64,
    I128,
    U128,
    Str,
    Text,
    /// Text that was cut.
    CutStr,
    CutText,
    Redacted,
    Panicked,
}

/// Buffer of a thread; taken out of its cell while in use, so that nested use finds none and makes its own.
pub(crate) struct Scratch {
    words: Box<[u64; MAX_WORDS]>,
    len: usize,
    pub(crate) happened: Happened,
}

/// What happened to values on their way.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Happened {
    pub(crate) cut: u16,
    pub(crate) redacted: u16,
    pub(crate) panicked: u16,
    /// Bytes of values that no longer fitted in.
    pub(crate) dropped: u16,
}

#[inline]
fn header(tag: Tag, field: &Field, len: usize) -> u64 {
    tag as u64 | (field.index() as u64 & 0xFF) << 8 | (len as u64) << 32
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { words: Box::new([0; MAX_WORDS]), len: 0, happened: Happened::default() }
    }

    #[inline]
    pub(crate) fn words(&self) -> &[u64] {
        &self.words[..self.len]
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        (self.len, self.happened) = (0, Happened::default());
    }

    #[inline]
    fn number(&mut self, tag: Tag, field: &Field, payload: u64) {
        match self.words.get_mut(self.len..self.len + 2) {
            Some(room) => {
                room[0] = header(tag, field, 8);
                room[1] = payload;
                self.len += 2;
            }
            None => self.happened.dropped = self.happened.dropped.saturating_add(8),
        }
    }

    #[inline]
    fn text(&mut self, tags: (Tag, Tag), field: &Field, text: &str, limit: usize) {
        let (kept, tag) = if text.len() > limit { (floor_char(text, limit), tags.1) } else { (text.len(), tags.0) };
        let words = kept.div_ceil(8);
        let Some(room) = self.words.get_mut(self.len..self.len + 1 + words) else {
            self.happened.dropped = self.happened.dropped.saturating_add(kept as u16);
            return;
        };
        self.happened.cut += u16::from(kept < text.len());
        room[0] = header(tag, field, kept);
        if let Some(last) = room[1..].last_mut() {
            *last = 0;
        }
        bytemuck::cast_slice_mut(&mut room[1..])[..kept].copy_from_slice(&text.as_bytes()[..kept]);
        self.len += 1 + words;
    }

    fn empty(&mut self, tag: Tag, field: &Field) {
        if let Some(room) = self.words.get_mut(self.len) {
            *room = header(tag, field, 0);
            self.len += 1;
        }
    }

    /// Lets `value` write itself into the buffer; its text is known to be the value's only when it returns.
    fn formatted(&mut self, tags: (Tag, Tag), field: &Field, value: &dyn fmt::Debug, limit: usize) {
        let start = self.len;
        let end = (start + 1 + limit.div_ceil(8)).min(MAX_WORDS);
        if start + 1 >= end {
            self.happened.dropped = self.happened.dropped.saturating_add(8);
            return;
        }
        let room: &mut [u8] = bytemuck::cast_slice_mut(&mut self.words[start + 1..end]);
        let most = limit.min(room.len());
        let mut sink = Sink { room: &mut room[..most], len: 0, cut: false };
        let done = catch_unwind(AssertUnwindSafe(|| {
            // An error is ours (the sink is full) or the program's; what was written until then is kept.
            let _ = write!(sink, "{value:?}");
        }));
        let (len, cut) = (sink.len, sink.cut);
        if let Err(payload) = done {
            // It may panic once more when it is dropped; leaking it is the one way to be sure.
            std::mem::forget(payload);
            self.happened.panicked += 1;
            self.empty(Tag::Panicked, field);
            return;
        }
        self.happened.cut += u16::from(cut);
        self.words[start] = header(if cut { tags.1 } else { tags.0 }, field, len);
        self.len = start + 1 + len.div_ceil(8);
    }
}

/// The last char boundary at or before `limit`.
pub(crate) fn floor_char(text: &str, limit: usize) -> usize {
    (0..=limit).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

struct Sink<'a> {
    room: &'a mut [u8],
    len: usize,
    cut: bool,
}

impl Write for Sink<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // Nothing comes after a cut, also where the `Debug` does not mind the error.
        let free = if self.cut { 0 } else { self.room.len() - self.len };
        let kept = if text.len() <= free { text.len() } else { floor_char(text, free) };
        self.room[self.len..self.len + kept].copy_from_slice(&text.as_bytes()[..kept]);
        self.len += kept;
        if kept < text.len() {
            // Stops a `Debug` that would write megabytes.
            self.cut = true;
            return Err(fmt::Error);
        }
        Ok(())
    }
}

/// Writes the fields of one span or event into a scratch.
pub(crate) struct Recorder<'a> {
    pub(crate) scratch: &'a mut Scratch,
    /// Longest text of one value, in bytes.
    pub(crate) limit: usize,
    /// Bit `i`: the name rules of the policy keep the value of field `i` out; it is not even formatted.
    pub(crate) redact: u64,
    /// Set when code of the program's ran: the `Debug` of a value.
    pub(crate) ran_foreign: bool,
}

impl Recorder<'_> {
    #[inline]
    fn keeps_out(&mut self, field: &Field) -> bool {
        let out = self.redact != 0 && self.redact >> (field.index() & 63) & 1 == 1;
        if out {
            self.scratch.happened.redacted += 1;
            self.scratch.empty(Tag::Redacted, field);
        }
        out
    }
}

impl Visit for Recorder<'_> {
    #[inline]
    fn record_u64(&mut self, field: &Field, value: u64) {
        if !self.keeps_out(field) {
            self.scratch.number(Tag::U64, field, value);
        }
    }

    #[inline]
    fn record_i64(&mut self, field: &Field, value: i64) {
        if !self.keeps_out(field) {
            self.scratch.number(Tag::I64, field, value as u64);
        }
    }

    #[inline]
    fn record_f64(&mut self, field: &Field, value: f64) {
        if !self.keeps_out(field) {
            self.scratch.number(Tag::F64, field, value.to_bits());
        }
    }

    #[inline]
    fn record_bool(&mut self, field: &Field, value: bool) {
        if !self.keeps_out(field) {
            self.scratch.number(Tag::Bool, field, u64::from(value));
        }
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        if !self.keeps_out(field) {
            self.scratch.formatted((Tag::I128, Tag::CutText), field, &value, MAX_VALUE_LIMIT);
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        if !self.keeps_out(field) {
            self.scratch.formatted((Tag::U128, Tag::CutText), field, &value, MAX_VALUE_LIMIT);
        }
    }

    #[inline]
    fn record_str(&mut self, field: &Field, value: &str) {
        if !self.keeps_out(field) {
            self.scratch.text((Tag::Str, Tag::CutStr), field, value, self.limit);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        if !self.keeps_out(field) {
            self.ran_foreign = true;
            self.scratch.formatted((Tag::Text, Tag::CutText), field, &format_args!("{value}"), self.limit);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !self.keeps_out(field) {
            self.ran_foreign = true;
            self.scratch.formatted((Tag::Text, Tag::CutText), field, value, self.limit);
        }
    }
}

/// The word that begins with these bytes, 1 to 7 of them: two overlapping reads instead of a loop.
#[inline]
fn short_word(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (n - 4));
    }
    let at = |i: usize| u64::from(bytes[i]) << (8 * i);
    if n == 0 { 0 } else { at(0) | at(n / 2) | at(n - 1) }
}

/// Writes fields straight into a ring, as long as they are numbers, flags and short strings.
pub(crate) struct Direct<'r> {
    pub(crate) room: TextRoom<'r>,
    pub(crate) limit: u32,
    pub(crate) redact: u64,
    pub(crate) redacted: u16,
    /// Cleared by a value that must be formatted or cut, or finds no room: all of it must go through a scratch.
    pub(crate) done: bool,
}

impl Direct<'_> {
    #[inline]
    fn number(&mut self, tag: Tag, field: &Field, payload: u64) {
        if self.redact == 0 || !self.keeps_out(field) {
            self.done = self.done && self.room.push(2, [header(tag, field, 8), payload]);
        }
    }

    #[inline]
    fn keeps_out(&mut self, field: &Field) -> bool {
        let out = self.redact >> (field.index() & 63) & 1 == 1;
        if out {
            self.redacted += 1;
            self.done = self.done && self.room.push(1, [header(Tag::Redacted, field, 0)]);
        }
        out
    }
}

impl Visit for Direct<'_> {
    #[inline]
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(Tag::U64, field, value);
    }

    #[inline]
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(Tag::I64, field, value as u64);
    }

    #[inline]
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.number(Tag::F64, field, value.to_bits());
    }

    #[inline]
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(Tag::Bool, field, u64::from(value));
    }

    #[inline]
    fn record_str(&mut self, field: &Field, value: &str) {
        if self.redact != 0 && self.keeps_out(field) {
            return;
        }
        if value.len() > self.limit as usize {
            self.done = false;
            return;
        }
        let (words, rest) = value.as_bytes().as_chunks::<8>();
        let head = header(Tag::Str, field, value.len());
        // Most strings are short; two words at once are cheaper than a loop over them.
        self.done = self.done
            && if words.is_empty() && !rest.is_empty() {
                self.room.push(2, [head, short_word(rest)])
            } else {
                let words = words.iter().map(|word| u64::from_le_bytes(*word));
                self.room.push(1, [head])
                    && self.room.push(value.len() / 8, words)
                    && (rest.is_empty() || self.room.push(1, [short_word(rest)]))
            };
    }

    /// Whatever else there is would run code of the program's, or is rare.
    #[inline]
    fn record_debug(&mut self, field: &Field, _: &dyn fmt::Debug) {
        if self.redact == 0 || !self.keeps_out(field) {
            self.done = false;
        }
    }

    #[inline]
    fn record_error(&mut self, field: &Field, _: &(dyn std::error::Error + 'static)) {
        if self.redact == 0 || !self.keeps_out(field) {
            self.done = false;
        }
    }

    fn record_i128(&mut self, field: &Field, _: i128) {
        self.record_debug(field, &());
    }

    fn record_u128(&mut self, field: &Field, _: u128) {
        self.record_debug(field, &());
    }
}

/// One field read back: index in the callsite's names, tag, payload.
pub(crate) struct ReadField<'a> {
    pub(crate) index: u8,
    pub(crate) tag: Tag,
    payload: &'a [u64],
    len: usize,
}

impl<'a> ReadField<'a> {
    pub(crate) fn number(&self) -> u64 {
        self.payload.first().copied().unwrap_or(0)
    }

    pub(crate) fn str(&self) -> &'a str {
        // What was written was a `str` cut at a char boundary; only a torn row could be anything else.
        let bytes: &[u8] = bytemuck::cast_slice(self.payload);
        bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("\u{FFFD}")
    }
}

/// The fields in the text of a row.
pub(crate) struct Fields<'a>(pub(crate) &'a [u64]);

impl<'a> Iterator for Fields<'a> {
    type Item = ReadField<'a>;

    fn next(&mut self) -> Option<ReadField<'a>> {
        let (&header, rest) = self.0.split_first()?;
        let len = (header >> 32) as usize;
        let (payload, rest) = rest.split_at_checked(len.div_ceil(8))?;
        self.0 = rest;
        let tag = match header as u8 {
            1 => Tag::Bool,
            2 => Tag::I64,
            3 => Tag::U64,
            4 => Tag::F64,
            5 => Tag::I128,
            6 => Tag::U128,
            7 => Tag::Str,
            8 => Tag::Text,
            9 => Tag::CutStr,
            10 => Tag::CutText,
            11 => Tag::Redacted,
            12 => Tag::Panicked,
            _ => return None,
        };
        Some(ReadField { index: (header >> 8) as u8, tag, payload, len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_word_is_its_bytes_in_order() {
        for n in 0..8 {
            let bytes: Vec<u8> = (1..=n).collect();
            let word = short_word(&bytes).to_le_bytes();
            assert_eq!((&word[..bytes.len()], word[bytes.len()..].iter().sum::<u8>()), (&bytes[..], 0), "{n} bytes");
        }
    }

    #[test]
    fn text_is_cut_at_the_end_of_a_character() {
        assert_eq!((floor_char("aé", 2), floor_char("aé", 3), floor_char("", 5)), (1, 3, 0));
    }
}
