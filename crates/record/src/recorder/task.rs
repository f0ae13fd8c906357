//! Which logical task of the program is running: a worker, a user, a request; not a thread, which serves many.
//!
//! Interactions are recorded with their task, and each task is played back its own. A task that has a name is the same
//! in every run. Without names, threads (with the feature `tokio`: tokio's tasks) are told apart, and a task of a later
//! run takes the recorded one that fits first.
//!
//! ```
//! use tracesnap_record::task::{self, InTask};
//!
//! let answer = task::scope("worker 3", || 42);
//! let future = async { answer }.in_task("worker 3");
//! # let _ = future;
//! ```

use std::cell::RefCell;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

thread_local! {
    static NAMED: RefCell<Vec<Live>> = const { RefCell::new(Vec::new()) };
    static THREAD: u64 = {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

/// A task that is running.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Live {
    Named(Arc<str>),
    /// Nobody can tell: requests of other programs come over whatever connection is free.
    Any,
    #[cfg(feature = "tokio")]
    Tokio(tokio::task::Id),
    Thread(u64),
}

pub(crate) fn current() -> Live {
    let told = NAMED.try_with(|names| names.try_borrow().ok()?.last().cloned()).ok().flatten();
    if let Some(told) = told {
        return told;
    }
    #[cfg(feature = "tokio")]
    if let Some(id) = tokio::task::try_id() {
        return Live::Tokio(id);
    }
    Live::Thread(THREAD.try_with(|thread| *thread).unwrap_or(u64::MAX))
}

/// What this thread does until the guard drops belongs to the task of this name. Guards of one thread drop in the
/// opposite order.
#[must_use = "the task ends as soon as the guard drops; bind it: `let _task = ...`"]
pub fn enter(name: impl Into<Arc<str>>) -> TaskGuard {
    enter_live(Live::Named(name.into()))
}

/// What this thread does until the guard drops belongs to nobody in particular, as what a server is asked by programs
/// that do not name their tasks: all of it is one task, and is answered by what is next of any task without a name.
#[must_use = "the task ends as soon as the guard drops; bind it: `let _task = ...`"]
pub fn enter_any() -> TaskGuard {
    enter_live(Live::Any)
}

fn enter_live(live: Live) -> TaskGuard {
    NAMED.with_borrow_mut(|names| names.push(live));
    TaskGuard { _not_send: PhantomData }
}

/// What `work` does belongs to the task of this name.
pub fn scope<R>(name: impl Into<Arc<str>>, work: impl FnOnce() -> R) -> R {
    let _task = enter(name);
    work()
}

/// See [`enter`].
#[derive(Debug)]
pub struct TaskGuard {
    // It belongs to the thread whose names it changed.
    _not_send: PhantomData<*const ()>,
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        let _ = NAMED.try_with(|names| names.try_borrow_mut().map(|mut names| names.pop()));
    }
}

/// Futures that belong to a task, wherever they are polled.
pub trait InTask: Future + Sized {
    /// What this future does belongs to the task of this name.
    fn in_task(self, name: impl Into<Arc<str>>) -> TaskFuture<Self> {
        TaskFuture { live: Live::Named(name.into()), future: Box::pin(self) }
    }

    /// What this future does belongs to nobody in particular: see [`enter_any`].
    fn in_any_task(self) -> TaskFuture<Self> {
        TaskFuture { live: Live::Any, future: Box::pin(self) }
    }
}

impl<F: Future> InTask for F {}

/// See [`InTask::in_task`].
#[derive(Debug)]
#[must_use = "futures do nothing until they are awaited"]
pub struct TaskFuture<F> {
    live: Live,
    // Boxed, since projecting a pin without `unsafe` needs it to be.
    future: Pin<Box<F>>,
}

impl<F: Future> Future for TaskFuture<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _task = enter_live(self.live.clone());
        self.future.as_mut().poll(context)
    }
}
