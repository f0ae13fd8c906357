//! The spans that a thread has entered, and above them the one it has made and not entered yet.

use super::local;
use super::row::{NO_ROW, Ref};
use crate::allocator;

/// No handle: the span is in no session.
pub(crate) const NO_HANDLE: u32 = u32::MAX;

/// What became of a span when it was made, or when it was entered again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// The span's id in its front; 0 where there is no span.
    pub(crate) id: u64,
    /// What children name as their parent; its state says how they inherit.
    pub(crate) row: Ref,
    pub(crate) parent: Ref,
    /// Where the stay is to be written; `NO_ROW` if nowhere.
    pub(crate) stay: u64,
    pub(crate) start: u64,
    pub(crate) handle: u32,
    pub(crate) callsite: u32,
    /// Recorded calls above it.
    pub(crate) depth: u32,
    /// Number of its front, with [`AGAIN`] in it where the span was entered already, further out.
    pub(crate) front: u32,
    pub(crate) flags: u32,
}

/// In [`Frame::front`] of a span that is entered while it is entered: nobody's caller, as with a registry. What runs
/// in it was called by the innermost span that is not such a one. No front has this bit in its number, so every look
/// for the frames of a front passes these by.
pub(crate) const AGAIN: u32 = 1 << 31;

/// Bits of [`Frame::flags`].
pub(crate) const TIMED: u32 = 1;
pub(crate) const MEMORY: u32 = 2;
pub(crate) const WAS_PANICKING: u32 = 4;
/// Entered before the thread's owner took it, so that leaving it lowers the owner's base.
pub(crate) const UNDER_OWNER: u32 = 8;
/// The stay is written somewhere.
pub(crate) const STAYS: u32 = 16;
/// The row is the span's own: [`Ref::is_plain`].
pub(crate) const PLAIN: u32 = 32;

impl Frame {
    /// In no session, with no row.
    pub(crate) const NOWHERE: Self = Self {
        id: 0,
        row: Ref::UNATTRIBUTED,
        parent: Ref::NONE,
        stay: NO_ROW,
        start: 0,
        handle: NO_HANDLE,
        callsite: 0,
        depth: 0,
        front: 0,
        flags: 0,
    };

    /// The number of the row that its stay was to be written in.
    pub(crate) fn stay_row(&self) -> u64 {
        self.stay & !HANDED_ON
    }

    pub(crate) fn is(&self, front: u32, id: u64) -> bool {
        self.id == id && self.front == front
    }
}

// # Implementation notes
//
// The frame above the entered ones is written when a span is made; entering it is counting it in. That spares the copy
// of a frame a span. Whether that frame means anything is told by `pending`, which every enter and exit forgets: a span
// made in one that was left would be found in its place when the stack is as high again, whatever had become of it
// meanwhile, and of the session its handle stood for.

/// In [`Frame::stay`], where the row was handed on to whoever writes it to a file: it is nobody's to complete, and no ring
/// has a row of this number. What is to be told of the stay goes into another row.
pub(crate) const HANDED_ON: u64 = 1 << 63;

/// Entered spans, innermost last, and the pending one.
#[derive(Debug)]
pub(crate) struct Stack {
    /// All of it is initialised; `entered` says how much of it means something, one more being the pending frame.
    frames: Vec<Frame>,
    entered: usize,
    /// The id of the span that was made last, 0 if it was entered or any other was left since.
    pending: u64,
}

impl Stack {
    pub(crate) const fn new() -> Self {
        Self { frames: Vec::new(), entered: 0, pending: 0 }
    }

    /// Makes room for the deepest stack that is usual, once.
    pub(crate) fn warm_up(&mut self) {
        if self.frames.is_empty() {
            self.grow();
        }
    }

    /// Makes room for more frames; not on a thread that is ending.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let room = (self.frames.len() * 2).max(64);
        if local::is_given_back() {
            allocator::uncounted(|| self.frames.resize(room, Frame::NOWHERE));
        }
    }

    /// The entered frames, outermost first.
    #[inline]
    pub(crate) fn entered(&self) -> &[Frame] {
        &self.frames[..self.entered]
    }

    pub(crate) fn entered_mut(&mut self) -> &mut [Frame] {
        &mut self.frames[..self.entered]
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entered
    }

    #[inline]
    pub(crate) fn top(&self) -> Option<&Frame> {
        self.frames.get(self.entered.wrapping_sub(1))
    }

    #[inline]
    pub(crate) fn top_mut(&mut self) -> Option<&mut Frame> {
        self.frames.get_mut(self.entered.wrapping_sub(1))
    }

    /// The span entered last, and above it where the one that is made next stands.
    #[inline]
    pub(crate) fn top_and_next(&mut self) -> Option<(&Frame, &mut Frame)> {
        match self.frames.get_mut(self.entered.wrapping_sub(1)..)? {
            [top, next, ..] => Some((top, next)),
            _ => None,
        }
    }

    /// The same, where nothing may be entered.
    #[inline]
    pub(crate) fn last_and_next(&mut self) -> (Option<&Frame>, Option<&mut Frame>) {
        match self.frames.split_at_mut_checked(self.entered) {
            Some((entered, rest)) => (entered.last(), rest.first_mut()),
            None => (None, None),
        }
    }

    /// The frame above the entered ones is from now on the one of the span with this id, not entered yet.
    #[inline]
    pub(crate) fn mark_pending(&mut self, id: u64) {
        self.pending = id;
    }

    /// The entered frames, and the pending one.
    pub(crate) fn open_mut(&mut self) -> &mut [Frame] {
        let open = self.entered + usize::from(self.pending != 0);
        self.frames.get_mut(..open).unwrap_or_default()
    }

    /// The span that was made last, if it was not entered since.
    pub(crate) fn pending(&self) -> Option<&Frame> {
        self.frames.get(self.entered).filter(|_| self.pending != 0)
    }

    /// The span that was made last, if it is this one and was not entered since.
    #[inline]
    pub(crate) fn pending_mut(&mut self, front: u32, id: u64) -> Option<&mut Frame> {
        let frame = if self.pending == id { self.frames.get_mut(self.entered)? } else { return None };
        (frame.front == front).then_some(frame)
    }

    /// Makes this the span that was made last.
    pub(crate) fn set_pending(&mut self, frame: Frame) {
        if self.entered >= self.frames.len() {
            self.grow();
        }
        if let Some(next) = self.frames.get_mut(self.entered) {
            *next = frame;
            self.pending = frame.id;
        }
    }

    /// Enters the pending span; there is one.
    #[inline]
    pub(crate) fn enter_pending(&mut self) {
        self.pending = 0;
        self.entered += 1;
    }

    /// Enters a span; one that was pending is so no longer.
    pub(crate) fn push(&mut self, frame: Frame) {
        self.set_pending(frame);
        if self.entered < self.frames.len() {
            self.enter_pending();
        }
    }

    /// Leaves the innermost span; there is one.
    #[inline]
    pub(crate) fn pop(&mut self) {
        self.pending = 0;
        self.entered = self.entered.wrapping_sub(1);
    }

    /// Takes an entered frame out of the middle; nothing is pending then.
    pub(crate) fn remove(&mut self, at: usize) -> Frame {
        let frame = self.frames[at];
        self.frames[at..self.entered].rotate_left(1);
        self.pop();
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(id: u64) -> Frame {
        Frame { id, ..Frame::NOWHERE }
    }

    fn ids(stack: &Stack) -> Vec<u64> {
        stack.entered().iter().map(|frame| frame.id).collect()
    }

    #[test]
    fn a_span_that_was_made_is_entered_where_it_stands() {
        let mut stack = Stack::new();
        stack.set_pending(frame(7));
        assert!(stack.pending_mut(0, 8).is_none());
        assert!(stack.pending_mut(0, 7).is_some());
        stack.enter_pending();
        assert_eq!((ids(&stack), stack.pending().is_some()), (vec![7], false));
    }

    #[test]
    fn a_span_that_was_left_is_not_taken_for_one_just_made() {
        let mut stack = Stack::new();
        stack.push(frame(7));
        stack.pop();
        assert!(stack.pending_mut(0, 7).is_none());
    }

    #[test]
    fn a_span_made_in_one_that_was_left_is_not_pending_any_more() {
        let mut stack = Stack::new();
        stack.push(frame(1));
        stack.set_pending(frame(2));
        stack.pop();
        stack.push(frame(2));
        assert!(stack.pending_mut(0, 2).is_none(), "it is entered already");
    }

    #[test]
    fn room_is_made_once_however_often_a_thread_joins_sessions() {
        let mut stack = Stack::new();
        (0..100).for_each(|_| stack.warm_up());
        assert_eq!(stack.frames.len(), 64);
    }

    #[test]
    fn frames_are_taken_out_of_the_middle_and_the_stack_grows() {
        let mut stack = Stack::new();
        (1..=200).for_each(|id| stack.push(frame(id)));
        assert_eq!(stack.remove(0).id, 1);
        assert_eq!((stack.len(), ids(&stack)[0], ids(&stack)[198]), (199, 2, 200));
        assert!(stack.pending().is_none());
    }
}
