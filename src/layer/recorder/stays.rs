//! Spans that are entered and left: the stamps of a stay, what it allocated, and whether it panicked.

use std::sync::atomic::Ordering::{Relaxed, Release};

use super::Source;
use crate::allocator;
use crate::layer::clock::{UNTIMED, ticks};
use crate::layer::local::{local, with};
use crate::layer::ring::add;
use crate::layer::row::{
    self, BY_REGISTRY, Kind, NO_ROW, PANICKED, Ref, Row, State, TRUNCATED, W_ABOUT, W_END, W_HEAD, W_START,
};
use crate::layer::stack::{
    AGAIN, Frame, HANDED_ON, MEMORY, NO_HANDLE, PLAIN, STAYS, TIMED, UNDER_OWNER, WAS_PANICKING,
};
use crate::layer::thread::{Front, Thread};
use crate::tree::Memory;

/// A span was entered.
#[inline]
pub(crate) fn enter<F: Source>(front: &Front, id: u64) {
    let entered = local(|local| match local.state.try_borrow_mut() {
        Ok(mut thread) => thread.enter_now(F::number(front), id),
        Err(_) => true,
    });
    if !entered {
        enter_anyhow(front, id);
    }
}

#[inline(never)]
fn enter_anyhow(front: &Front, id: u64) {
    with(|thread| {
        if thread.stack.pending_mut(front.number, id).is_some() {
            thread.stack.enter_pending();
            thread.enter_in_circumstances();
        } else {
            thread.enter_again(front, id);
        }
    });
}

impl Thread {
    /// The short way: the span that was just made, and nothing to be noted but the time. `false`, and nothing done,
    /// where it is not that.
    #[inline(always)]
    fn enter_now(&mut self, front: u32, id: u64) -> bool {
        let Some(frame) = self.stack.pending_mut(front, id) else { return false };
        if frame.flags & STAYS != 0 {
            if frame.flags & MEMORY != 0 || std::thread::panicking() {
                return false;
            }
            if let Some(Some(handle)) = self.handles.get(frame.handle as usize) {
                let slot = handle.ring.own(frame.stay);
                // The last thing that takes time: what came before it is ours, not the call's.
                frame.start = if frame.flags & TIMED != 0 { handle.clock.ticks() } else { UNTIMED };
                slot.into_iter().for_each(|slot| slot[W_START].store(frame.start, Relaxed));
            }
        }
        self.stack.enter_pending();
        true
    }

    /// Notes what must be known at the exit, and stamps the start of the frame on top.
    fn enter_in_circumstances(&mut self) {
        let Some(frame) = self.stack.top_mut() else { return };
        if std::thread::panicking() {
            frame.flags |= WAS_PANICKING;
        }
        if frame.flags & MEMORY != 0 {
            let now = allocator::read();
            self.readings.push(now);
            allocator::rewind(now);
        }
        if let Some(Some(handle)) = self.handles.get(frame.handle as usize) {
            let slot = handle.ring.own(frame.stay);
            frame.start = if frame.flags & TIMED != 0 { handle.clock.ticks() } else { UNTIMED };
            slot.into_iter().for_each(|slot| slot[W_START].store(frame.start, Relaxed));
        }
    }

    /// The long way: entered while it is entered, or later, or again, or on another thread than its own.
    #[inline(never)]
    fn enter_again(&mut self, front: &Front, id: u64) {
        let frame = if front.by_registry() { self.stay_by_registry(front, id) } else { self.stay_by_identity(id) };
        // Spans without a row share their id in the lean front, so there a second one is not the first once more.
        let same = front.by_registry() || frame.row.state() == State::Recorded;
        let again = if same && self.is_entered(front, id) { AGAIN } else { 0 };
        self.stack.push(Frame { id, front: front.number | again, ..frame });
        self.enter_in_circumstances();
    }

    /// A stay of a span of the lean front.
    fn stay_by_identity(&mut self, id: u64) -> Frame {
        let row = Ref::from_bits(id);
        let mut frame = Frame { row, depth: self.depth_of(row), ..Frame::NOWHERE };
        if row.state() == State::Unattributed {
            return frame;
        }
        let Some(at) = self.handle_by_ring(row.ring()) else { return frame };
        frame.handle = at;
        let (State::Recorded, Some(Some(handle))) = (row.state(), self.handles.get(at as usize)) else { return frame };
        frame.flags = handle.flags;
        let ring = &*handle.ring;
        // The first stay of a span on its own thread is in its own row; any other has a row of its own.
        let own = if ring.number() == row.ring() { ring.own(row.seq()) } else { None };
        if let Some(slot) = own {
            let head = Row([slot[W_HEAD].load(Relaxed), 0, slot[W_ABOUT].load(Relaxed), 0, 0, 0]);
            (frame.callsite, frame.parent) = (head.callsite(), Ref::from_bits(head.about()));
            if slot[W_START].load(Relaxed) == 0 && !ring.is_handed_on(row.seq()) {
                frame.stay = row.seq();
                return frame;
            }
        }
        let stay = handle.push_on(at, &mut self.stack, || Row::new(Kind::Stay, 0, 0, 0, row.bits()));
        frame.stay = stay.unwrap_or_else(|| {
            ring.refuse();
            NO_ROW
        });
        frame
    }

    /// The depth of a span about to be entered: below what is entered, or what its frame says.
    pub(super) fn depth_of(&self, row: Ref) -> u32 {
        match self.stack.entered().iter().rev().find(|frame| frame.front & AGAIN == 0) {
            Some(top) if top.row == row || row.state() != State::Recorded => top.depth,
            Some(top) if top.handle != NO_HANDLE && top.row.has_row() => top.depth + 1,
            _ => 0,
        }
    }

    /// A stay of a span of the layer front that is not the one just made.
    fn stay_by_registry(&mut self, front: &Front, id: u64) -> Frame {
        let known = self.known(front, id).copied();
        let (handle, flags, about) = match known {
            Some(known) if known.row.state() != State::Recorded => return Frame { stay: NO_ROW, flags: 0, ..known },
            Some(known) => (known.handle, 0, known.row.bits()),
            None => match self.stray(front) {
                Some(handle) => (handle, BY_REGISTRY, id),
                None => return Frame::NOWHERE,
            },
        };
        let owner = self.owner_mark();
        let Some(Some(entry)) = self.handles.get(handle as usize) else { return Frame::NOWHERE };
        let stay = || Row::new(Kind::Stay, flags, 0, id, about).with_owner(owner);
        let stay = entry.push_on(handle, &mut self.stack, stay);
        let row = match (known, stay) {
            (Some(known), _) => known.row,
            (None, Some(seq)) => entry.row(seq),
            (None, None) => Ref::new(State::Through, entry.ring.number(), NO_ROW),
        };
        if stay.is_none() {
            entry.ring.refuse();
        }
        let depth = known.map_or(0, |known| known.depth);
        let flags = if row.is_plain() { entry.flags } else { entry.flags & !PLAIN };
        Frame { row, stay: stay.unwrap_or(NO_ROW), handle, depth, flags, ..Frame::NOWHERE }
    }
}

/// A span was left.
#[inline]
pub(crate) fn exit<F: Source>(front: &Front, id: u64) {
    let left = local(|local| match local.state.try_borrow_mut() {
        Ok(mut thread) => thread.leave_now(F::number(front), id),
        Err(_) => true,
    });
    if !left {
        leave_anyhow(front, id);
    }
}

#[inline(never)]
fn leave_anyhow(front: &Front, id: u64) {
    with(|thread| match thread.stack.top() {
        Some(top) if top.is(front.number, id) => {
            let now = if top.flags & TIMED != 0 { ticks() } else { UNTIMED };
            thread.leave_in_circumstances(now);
        }
        _ => thread.leave_out_of_order(front, id),
    });
}

impl Thread {
    /// The short way: the span that was entered last, and nothing to be noted but the time. `false`, and nothing done,
    /// where it is not that.
    #[inline(always)]
    fn leave_now(&mut self, front: u32, id: u64) -> bool {
        let Some(top) = self.stack.top().filter(|top| top.is(front, id)) else { return false };
        if top.flags & (STAYS | UNDER_OWNER) != 0 {
            if top.flags & (MEMORY | UNDER_OWNER) != 0 || std::thread::panicking() {
                return false;
            }
            if let Some(Some(handle)) = self.handles.get(top.handle as usize) {
                let Some(slot) = handle.ring.own(top.stay) else { return false };
                // The first thing that takes time: what comes after it is ours, not the call's.
                slot[W_END].store(if top.flags & TIMED != 0 { handle.clock.ticks() } else { UNTIMED }, Relaxed);
            }
        }
        self.stack.pop();
        true
    }
}

impl Thread {
    /// Writes the end of the frame on top with what it allocated and whether it panicked, and takes it off.
    fn leave_in_circumstances(&mut self, now: u64) {
        let Some(&top) = self.stack.top() else { return };
        if top.flags & UNDER_OWNER != 0 {
            self.lower_bases();
        }
        let before = if top.flags & MEMORY != 0 { self.readings.pop() } else { None };
        let memory = before.map(|before| self.memory_since(before, &top));
        if let Some(handle) = self.handle(top.handle) {
            match handle.ring.own(top.stay) {
                Some(slot) => {
                    if std::thread::panicking() && top.flags & WAS_PANICKING == 0 {
                        slot[W_HEAD].fetch_or(row::flag_bit(PANICKED), Relaxed);
                    }
                    if let Some(memory) = memory {
                        handle.ring.write_memory(top.stay, memory);
                    }
                    // Last: whoever reads a row that has its end finds the rest of it too.
                    slot[W_END].store(now, Release);
                }
                None => self.write_again(now, memory),
            }
        }
        self.stack.pop();
    }

    /// Somewhere below the top, or entered before the session opened.
    fn leave_out_of_order(&mut self, front: &Front, id: u64) {
        let now = ticks();
        let is_it = |frame: &Frame| frame.is(front.number, id) || frame.is(front.number | AGAIN, id);
        let Some(at) = self.stack.entered().iter().rposition(is_it) else {
            return self.unmatched(front);
        };
        let frame = self.remove_frame(at);
        let now = if frame.flags & TIMED != 0 { now } else { UNTIMED };
        self.stack.push(frame);
        self.leave_in_circumstances(now);
    }

    /// The row of the frame on top was overwritten while it was open, or handed on: once more, under its old number, so that
    /// its children still find it. Where it was overwritten, its arguments are gone with the old row.
    #[cold]
    #[inline(never)]
    fn write_again(&mut self, end: u64, memory: Option<Memory>) {
        let Some(&top) = self.stack.top().filter(|top| top.stay != NO_ROW) else { return };
        let Some(Some(handle)) = self.handles.get(top.handle as usize) else { return };
        let ring = &*handle.ring;
        if ring.is_closed() {
            return;
        }
        let panicked = std::thread::panicking() && top.flags & WAS_PANICKING == 0;
        let is_handed_on = top.stay & HANDED_ON != 0;
        // Of a row that was handed on nothing is lost.
        let flags = if is_handed_on { 0 } else { TRUNCATED } | if panicked { PANICKED } else { 0 };
        let own_row = top.row.ring() == ring.number() && top.row.seq() == top.stay_row();
        let row = if own_row {
            Row::new(Kind::Again, flags, top.callsite, top.row.bits(), top.parent.bits())
        } else if is_handed_on {
            Row::new(Kind::Again, flags, 0, handle.row(top.stay_row()).bits(), top.row.bits())
        } else {
            Row::new(Kind::Stay, flags, 0, top.id, top.row.bits())
        };
        let row = row.at(top.start).until(end);
        let push = || ring.push_with_memory(&row, memory);
        let written = push().or_else(|| {
            if handle.hand_on(top.handle, &mut self.stack, u64::MAX) || ring.seal_for_end() { push() } else { None }
        });
        if written.is_some() {
            add(&ring.counts.written_again, 1);
        } else {
            ring.refuse();
        }
    }

    /// What the thread has allocated since the frame on top was entered. Nothing where the span is entered further out
    /// too: that stay has it.
    fn memory_since(&self, before: allocator::Reading, top: &Frame) -> Memory {
        let is_later_stay = self.handle(top.handle).is_some_and(|handle| handle.row(top.stay_row()) != top.row);
        let around = &self.stack.entered()[..self.stack.len().saturating_sub(1)];
        let is_inside = is_later_stay && around.iter().any(|f| f.id == top.id && (f.front ^ top.front) & !AGAIN == 0);
        let now = if is_inside { before } else { allocator::read() };
        Memory {
            at_start: before.allocated.saturating_sub(before.freed),
            allocated: now.allocated.wrapping_sub(before.allocated),
            allocations: now.allocations.wrapping_sub(before.allocations),
            freed: now.freed.wrapping_sub(before.freed),
        }
    }

    /// An exit without an enter is normal: the session may have opened while the span was already entered.
    #[cold]
    fn unmatched(&mut self, front: &Front) {
        if let Some(handle) = self.owner(front).and_then(|at| self.handle(at)) {
            add(&handle.ring.counts.unmatched_exits, 1);
        }
    }
}
