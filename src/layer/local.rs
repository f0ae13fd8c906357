//! What the recorder keeps for each thread, and how it is reached.
//!
//! What it means is [`thread`](super::thread)'s affair.

// # Implementation notes
//
// A thread-local with a destructor is asked on every access whether it is registered and still alive. Two stamps a span
// take some nanoseconds each, so that question is felt: the state has no destructor, and a second thread-local, touched
// when the state takes memory for the first time, empties it when the thread ends. After that the thread records
// nothing, whatever other destructors do.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;

use super::fields::Scratch;
use super::recorder::FieldRules;
use super::thread::Thread;

thread_local! {
    static LOCAL: Local = const {
        Local {
            state: RefCell::new(ManuallyDrop::new(Thread::new())),
            scratch: RefCell::new(ManuallyDrop::new(None)),
            rules: Cell::new(FieldRules::NONE),
        }
    };
    static END: End = const { End };
}

pub(super) struct Local {
    pub(super) state: RefCell<ManuallyDrop<Thread>>,
    pub(super) scratch: RefCell<ManuallyDrop<Option<Box<Scratch>>>>,
    /// How the fields of the span or event that was recorded last are to be written.
    pub(super) rules: Cell<FieldRules>,
}

/// The state of this thread.
#[inline(always)]
pub(super) fn local<R>(f: impl FnOnce(&Local) -> R) -> R {
    LOCAL.with(f)
}

/// Runs `f` on the state of this thread; `None` where it is in use already.
pub(super) fn with<R>(f: impl FnOnce(&mut Thread) -> R) -> Option<R> {
    LOCAL.with(|local| Some(f(&mut *local.state.try_borrow_mut().ok()?)))
}

/// To be called before the state takes memory: sees to it that the memory is given back when the thread ends. `false`
/// if it is ending already.
pub(super) fn is_given_back() -> bool {
    END.try_with(|_| ()).is_ok()
}

struct End;

impl Drop for End {
    fn drop(&mut self) {
        LOCAL.with(|local| {
            // Dropped after the borrow: rings go back to where other locks are taken.
            let state = local.state.try_borrow_mut().map(|mut state| std::mem::replace(&mut **state, Thread::new()));
            let scratch = local.scratch.try_borrow_mut().map(|mut scratch| scratch.take());
            drop((state, scratch));
        });
    }
}
