//! A thread's part in one session: its ring, and what the session decided about the callsites it met.

use std::sync::Arc;

use tracing_core::Metadata;

use super::callsite;
use super::clock::Clock;
use super::fields::MAX_WORDS;
use super::ring::Ring;
use super::row::{Ref, Row, State};
use super::session::{Decided, Decision, Session};
use super::stack::{HANDED_ON, MEMORY, PLAIN, STAYS, Stack, TIMED};
use crate::allocator;

pub(crate) struct Handle {
    pub(crate) ring: Arc<Ring>,
    /// By hash of the callsite's address; one that is not there is asked for anew.
    cache: Box<[Cached; CACHE]>,
    pub(crate) max_depth: u32,
    /// Here so that a stamp need not ask whether the process's clock is there.
    pub(crate) clock: Clock,
    /// What its frames are marked with: `STAYS`, `PLAIN`, `TIMED`, `MEMORY`.
    pub(crate) flags: u32,
    /// Longest text of a value. **Unit:** bytes.
    pub(crate) limit: u32,
    pub(crate) session: Arc<Session>,
    /// Identity of the first row of its ring.
    first_row: Ref,
}

const CACHE: usize = 128;

/// Where a callsite is cached.
#[inline]
fn place(address: usize) -> usize {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): the highest bits of the product.
    ((address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - CACHE.ilog2())) as usize
}

#[derive(Default)]
struct Cached {
    address: usize,
    decision: Decision,
    /// What all threads share of it.
    decided: Option<Arc<Decided>>,
}

impl Handle {
    /// Joins a session with a ring of its own.
    pub(crate) fn join(session: &Arc<Session>) -> Self {
        let plan = &session.plan;
        let ring = session.new_ring();
        Self {
            first_row: Ref::new(State::Recorded, ring.number(), 0),
            ring,
            cache: Box::new(std::array::from_fn(|_| Cached::default())),
            max_depth: u32::try_from(plan.max_depth).unwrap_or(u32::MAX),
            clock: Clock::of_process(),
            flags: STAYS | PLAIN | if plan.timed { TIMED } else { 0 } | if plan.shape.memory { MEMORY } else { 0 },
            limit: plan.value_limit as u32,
            session: Arc::clone(session),
        }
    }

    /// The thread lets go of the ring; what it wrote stays with the session while that is open.
    pub(crate) fn release(self) {
        self.session.end_ring(self.ring);
    }

    /// What the session decided about a callsite, if the thread remembers it.
    #[inline(always)]
    pub(crate) fn decided(&self, metadata: &'static Metadata<'static>) -> Option<Decision> {
        let address = callsite::address(metadata);
        let cached = &self.cache[place(address)];
        (cached.address == address).then_some(cached.decision)
    }

    /// What the session decided about a callsite, or decides now.
    #[inline]
    pub(crate) fn decide(&mut self, metadata: &'static Metadata<'static>) -> Decision {
        let address = callsite::address(metadata);
        let at = place(address);
        let cached = &self.cache[at];
        if cached.address == address { cached.decision } else { self.decide_anew(at, metadata) }
    }

    #[cold]
    #[inline(never)]
    fn decide_anew(&mut self, at: usize, metadata: &'static Metadata<'static>) -> Decision {
        let mark = allocator::read();
        let decided = self.session.decision_on(metadata);
        let decision = decided.decision;
        self.cache[at] = Cached { address: callsite::address(metadata), decision, decided: Some(decided) };
        allocator::rewind(mark);
        decision
    }

    /// Whether the next root of this callsite is in the sample.
    pub(crate) fn samples(&self, metadata: &'static Metadata<'static>) -> bool {
        let address = callsite::address(metadata);
        match &self.cache[place(address)] {
            Cached { address: known, decided: Some(decided), .. } if *known == address => self.session.samples(decided),
            _ => self.session.samples(&self.session.decision_on(metadata)),
        }
    }

    /// Remembers that the fields of a callsite must be formatted, so that the short way is not tried again.
    #[cold]
    #[inline(never)]
    pub(crate) fn learn_formatted_fields(&mut self, metadata: &'static Metadata<'static>) {
        if self.ring.is_streamed() && !self.ring.has_text_room(MAX_WORDS) {
            // It may have been the end of a share that was in the way.
            return;
        }
        let address = callsite::address(metadata);
        if let Some(cached) = self.cache.get_mut(place(address)).filter(|cached| cached.address == address) {
            cached.decision.learn_formatted_fields();
        }
    }

    /// Writes a row, also where a share of a streamed ring is full. `at` is this handle's number and `stack` its thread's.
    /// The row is asked for once more then: so it need not be kept where it is written at once, as nearly always.
    #[inline(always)]
    pub(crate) fn push_on(&self, at: u32, stack: &mut Stack, row: impl Fn() -> Row) -> Option<u64> {
        match self.ring.push(&row()) {
            Some(seq) => Some(seq),
            None if self.hand_on(at, stack, u64::MAX) => self.ring.push(&row()),
            None => None,
        }
    }

    /// Hands on the rows of a streamed ring below `upto`. Spans that are open will tell their ends in new rows. False
    /// where that makes no room.
    #[cold]
    #[inline(never)]
    pub(crate) fn hand_on(&self, at: u32, stack: &mut Stack, upto: u64) -> bool {
        if !self.ring.is_streamed() {
            return false;
        }
        let has_room = self.ring.seal(upto);
        for frame in stack.open_mut() {
            if frame.handle == at && self.ring.is_handed_on(frame.stay) {
                frame.stay |= HANDED_ON;
            }
        }
        self.session.wake_worker();
        has_room
    }

    /// Identity of a row of its ring.
    #[inline]
    pub(crate) fn row(&self, seq: u64) -> Ref {
        self.first_row.plus(seq)
    }
}
