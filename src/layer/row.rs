//! One row of a ring: six words, and the identity of spans that they speak of.

/// Words of a row: 48 bytes.
pub(crate) const WORDS: usize = 6;

/// Numbers of rings take 26 bits.
pub(crate) const MAX_RING: u32 = (1 << 26) - 1;
const SEQ_BITS: u32 = 36;
/// Sequence number of «no row, but this ring's session».
pub(crate) const NO_ROW: u64 = (1 << SEQ_BITS) - 1;

/// What became of a span: in the two highest bits of its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The row is its own.
    Recorded,
    /// Not wanted, or lost: the row is that of its nearest recorded ancestor.
    Through,
    /// Its root is not in the sample.
    Unsampled,
    /// In no session.
    Unattributed,
}

/// Identity of a span: a ring and a row in it, never repeated while anybody could ask.
///
/// The lean front gives it out as the `span::Id`; the layer front finds it on its stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ref(u64);

impl Ref {
    /// In no session, with no row.
    pub(crate) const UNATTRIBUTED: Self = Self(u64::MAX);
    /// No span at all.
    pub(crate) const NONE: Self = Self(0);

    pub(crate) fn new(state: State, ring: u32, seq: u64) -> Self {
        let state = match state {
            State::Recorded => 0,
            State::Through => 1,
            State::Unsampled => 2,
            State::Unattributed => return Self::UNATTRIBUTED,
        };
        Self(state << 62 | u64::from(ring) << SEQ_BITS | seq & NO_ROW)
    }

    /// The row that many after this one in its ring.
    #[inline]
    pub(crate) fn plus(self, rows: u64) -> Self {
        Self(self.0 + rows)
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn state(self) -> State {
        match self.0 >> 62 {
            0 => State::Recorded,
            1 => State::Through,
            2 => State::Unsampled,
            _ => State::Unattributed,
        }
    }

    pub(crate) fn ring(self) -> u32 {
        (self.0 >> SEQ_BITS) as u32 & MAX_RING
    }

    pub(crate) fn seq(self) -> u64 {
        self.0 & NO_ROW
    }

    /// Whether it is a recorded span's own, and so names a row.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        // `NONE` is 0, every other state has one of the two highest bits set.
        self.0.wrapping_sub(1) < (1 << 62) - 1
    }

    /// Whether it names a row.
    pub(crate) fn has_row(self) -> bool {
        self != Self::NONE && self.seq() != NO_ROW && self.state() != State::Unattributed
    }

    /// The same ring and row, as another state.
    pub(crate) fn as_state(self, state: State) -> Self {
        Self::new(state, self.ring(), self.seq())
    }
}

impl std::fmt::Debug for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}({}:{})", self.state(), self.ring(), self.seq())
    }
}

/// What a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A span; its first stay is in the row. `start`, `end`.
    Span = 1,
    /// A later stay of a span, or one on another thread. `about` is the span.
    Stay,
    /// An event. `start` is its time.
    Event,
    /// Fields recorded late. `about` is the span.
    Record,
    /// `about` follows from the span in `end`.
    Follows,
    /// A span whose own row was overwritten while it was open, once more: `start`, `end`; `own` is its old sequence.
    Again,
    /// In the ring of a thread's owner: at `start`, the thread wrote the row `about` of the commons.
    Moment,
}

/// `about` and the like name a span by the registry's id, to be resolved when the rows are read.
pub(crate) const BY_REGISTRY: u8 = 1;
/// The span was left while unwinding.
pub(crate) const PANICKED: u8 = 2;
/// Children of the span were lost.
pub(crate) const TRUNCATED: u8 = 4;

/// Of a row of the commons: a session that is over has found it to be its own.
pub(crate) const CLAIMED: u8 = 16;

/// Of [`Kind::Follows`]: what it follows from is named by the registry's id.
pub(crate) const FROM_BY_REGISTRY: u8 = 8;

/// Six words. Word 0: kind, flags, depth or the owner's session, callsite; 1: the registry's id or the old sequence;
/// 2: the parent, or the span it is about; 3: start; 4: end; 5: position of the field text (40 bits) and its length, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row(pub(crate) [u64; WORDS]);

pub(crate) const W_HEAD: usize = 0;
pub(crate) const W_ABOUT: usize = 2;
pub(crate) const W_START: usize = 3;
pub(crate) const W_END: usize = 4;
pub(crate) const W_TEXT: usize = 5;

impl Row {
    #[inline]
    pub(crate) fn new(kind: Kind, flags: u8, callsite: u32, own: u64, about: u64) -> Self {
        let head = kind as u64 | u64::from(flags) << 8 | u64::from(callsite) << 32;
        Self([head, own, about, 0, 0, 0])
    }

    #[inline]
    pub(crate) fn at(mut self, start: u64) -> Self {
        self.0[W_START] = start;
        self
    }

    #[inline]
    pub(crate) fn until(mut self, end: u64) -> Self {
        self.0[W_END] = end;
        self
    }

    /// Up to 16 bits that say in whose thread a row of the commons was written.
    pub(crate) fn with_owner(mut self, owner: u16) -> Self {
        self.0[W_HEAD] |= u64::from(owner) << 16;
        self
    }

    pub(crate) fn owner(&self) -> u16 {
        (self.0[W_HEAD] >> 16) as u16
    }

    pub(crate) fn kind(&self) -> Option<Kind> {
        Some(match self.0[W_HEAD] as u8 {
            1 => Kind::Span,
            2 => Kind::Stay,
            3 => Kind::Event,
            4 => Kind::Record,
            5 => Kind::Follows,
            6 => Kind::Again,
            7 => Kind::Moment,
            _ => return None,
        })
    }

    pub(crate) fn has(&self, flag: u8) -> bool {
        (self.0[W_HEAD] >> 8) as u8 & flag != 0
    }

    pub(crate) fn callsite(&self) -> u32 {
        (self.0[W_HEAD] >> 32) as u32
    }

    pub(crate) fn own(&self) -> u64 {
        self.0[1]
    }

    pub(crate) fn about(&self) -> u64 {
        self.0[2]
    }

    pub(crate) fn start(&self) -> u64 {
        self.0[W_START]
    }

    pub(crate) fn end(&self) -> u64 {
        self.0[W_END]
    }

    /// Position and length of the field text.
    pub(crate) fn text(&self) -> Option<(u64, usize)> {
        text_at(self.0[W_TEXT])
    }
}

/// What a word of [`text_word`] says.
pub(crate) fn text_at(word: u64) -> Option<(u64, usize)> {
    (word != 0).then_some((word >> 24, (word & 0xFF_FFFF) as usize))
}

/// The word that [`Row::text`] reads: 40 bits of position, 24 of length, both in words of 8 bytes.
pub(crate) fn text_word(start: u64, len: usize) -> u64 {
    start << 24 | len as u64 & 0xFF_FFFF
}

/// The bit that sets a flag in word 0.
pub(crate) fn flag_bit(flag: u8) -> u64 {
    u64::from(flag) << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_says_what_was_put_in() {
        for (state, ring, seq) in
            [(State::Recorded, 1, 0), (State::Through, MAX_RING, NO_ROW), (State::Unsampled, 77, 1 << 35)]
        {
            let id = Ref::new(state, ring, seq);
            assert_eq!((id.state(), id.ring(), id.seq()), (state, ring, seq));
            assert_ne!(id.bits(), 0, "a span id is not zero");
        }
        assert_eq!(Ref::UNATTRIBUTED.state(), State::Unattributed);
        let recorded = Ref::new(State::Recorded, 1, 0);
        assert!(recorded.is_plain() && !recorded.as_state(State::Through).is_plain());
        assert!(!Ref::NONE.is_plain() && !Ref::UNATTRIBUTED.is_plain());
    }

    #[test]
    fn a_row_says_what_was_put_in() {
        let row = Row::new(Kind::Again, BY_REGISTRY | PANICKED, 4_000_000_000, 5, 6).at(7).until(8).with_owner(9);
        assert_eq!((row.kind(), row.callsite(), row.own(), row.about()), (Some(Kind::Again), 4_000_000_000, 5, 6));
        assert_eq!((row.start(), row.end(), row.owner(), row.text()), (7, 8, 9, None));
        assert!(row.has(BY_REGISTRY) && row.has(PANICKED) && !row.has(TRUNCATED));
        let mut row = row;
        row.0[W_TEXT] = text_word(1 << 39, 0xFF_FFFF);
        assert_eq!(row.text(), Some((1 << 39, 0xFF_FFFF)));
    }
}
