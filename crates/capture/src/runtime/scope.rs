//! Captures of a part of the program only: of a thread while a guard is held, of a future while it is polled.
//!
//! So tests run side by side, each with captures of its own, and nothing of the process is changed.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Captures, gate, global};

thread_local! {
    static SCOPES: RefCell<Vec<Captures>> = const { RefCell::new(Vec::new()) };
    static SUPPRESSED: Cell<bool> = const { Cell::new(false) };
    static REPLAYING: Cell<bool> = const { Cell::new(false) };
}

/// Scopes that are open in the whole process. While there are any, calls ask their thread.
static OPEN: AtomicUsize = AtomicUsize::new(0);

/// Makes the gate say what holds now.
pub(crate) fn settle() {
    // Two that come and go at once may settle in the wrong order; a lock keeps them apart.
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    gate::set(if OPEN.load(Ordering::Relaxed) > 0 { gate::ASK } else { global::gate_now() });
}

/// The captures that hold on this thread.
pub(crate) fn current() -> Option<Captures> {
    let scoped = SCOPES.try_with(|scopes| scopes.try_borrow().ok()?.last().cloned()).ok()?;
    scoped.or_else(global::get)
}

/// Captures of this thread go where the guard says, until it is dropped: [`Captures::enter`].
#[must_use = "the scope ends as soon as the guard drops; bind it: `let _captures = captures.enter()`"]
#[derive(Debug)]
pub struct CaptureGuard {
    // Drop restores a thread-local, so the guard must stay on its thread.
    _not_send: PhantomData<*const ()>,
}

impl CaptureGuard {
    pub(crate) fn new(captures: Captures) -> Self {
        let _ = SCOPES.try_with(|scopes| scopes.borrow_mut().push(captures));
        OPEN.fetch_add(1, Ordering::Relaxed);
        settle();
        Self { _not_send: PhantomData }
    }
}

impl Drop for CaptureGuard {
    fn drop(&mut self) {
        let left = SCOPES.try_with(|scopes| scopes.borrow_mut().pop());
        OPEN.fetch_sub(1, Ordering::Relaxed);
        settle();
        // What it held may write files when it goes: not while anything is borrowed.
        drop(left);
    }
}

pin_project! {
    /// A future whose captures go to a scope whenever it is polled, on whatever thread: [`Captures::scope`].
    #[derive(Debug)]
    pub struct Scoped<F> {
        #[pin]
        inner: F,
        captures: Captures,
    }
}

impl<F> Scoped<F> {
    pub(crate) fn new(inner: F, captures: Captures) -> Self {
        Self { inner, captures }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _guard = this.captures.enter();
        this.inner.poll(context)
    }
}

/// Whether captures of this thread are left out, because it replays one or is taking one.
pub(crate) fn is_suppressed() -> bool {
    SUPPRESSED.try_with(Cell::get).unwrap_or(true)
}

/// Whether this thread replays a capture.
pub(crate) fn is_replaying() -> bool {
    REPLAYING.try_with(Cell::get).unwrap_or(false)
}

/// Leaves out captures of this thread while the guard is held, since one is being taken.
pub(crate) fn suppress() -> Suppressed {
    Suppressed::new(is_replaying())
}

/// Leaves out captures of this thread while the guard is held, since one is replayed.
pub(crate) fn replaying() -> Suppressed {
    Suppressed::new(true)
}

/// See [`suppress`].
pub(crate) struct Suppressed {
    before: (bool, bool),
    _not_send: PhantomData<*const ()>,
}

impl Suppressed {
    fn new(replaying: bool) -> Self {
        let suppressed = SUPPRESSED.try_with(|cell| cell.replace(true)).unwrap_or(true);
        let was_replaying = REPLAYING.try_with(|cell| cell.replace(replaying)).unwrap_or(false);
        Self { before: (suppressed, was_replaying), _not_send: PhantomData }
    }
}

impl Drop for Suppressed {
    fn drop(&mut self) {
        let _ = SUPPRESSED.try_with(|cell| cell.set(self.before.0));
        let _ = REPLAYING.try_with(|cell| cell.set(self.before.1));
    }
}
