//! How a session gets to see spans: through the one dispatcher of the process, somebody's layer, or one of its own.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tracing_core::dispatcher::{self, DefaultGuard, Dispatch};

use super::anchor;
use super::lean::Lean;
use super::recorder;
use super::registry;
use super::session::{Plan, Session};
use super::thread::{Front, LEAN, PROCESS_WIDE};

/// What `process_wide` does while another session has the process. Default: [`Wait`](Self::Wait).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnBusy {
    /// Wait until it is free. Two such guards on one thread would wait for ever, so the second is refused.
    #[default]
    Wait,
    /// Refuse to start.
    Err,
}

/// Where a session's spans come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Through {
    /// The subscriber of ours that is the process's default.
    Lean,
    /// A `TraceLayer` in the program's own subscriber.
    Layer,
    /// A dispatcher of its own, for this thread and what its spans reach.
    Scoped,
}

/// A session at work, and what keeps it so.
#[derive(Debug)]
pub(crate) struct Attached {
    pub(crate) session: Arc<Session>,
    pub(crate) through: Through,
    layer: Option<Arc<Front>>,
    scope: Option<Rc<Scope>>,
}

/// A dispatcher of a guard's own, as this thread's default. It stays so until the guards that were started under it have
/// ended too: each puts back what it found.
#[derive(Debug)]
struct Scope {
    // Dropped in this order.
    _default: DefaultGuard,
    below: Option<Rc<Scope>>,
}

thread_local! {
    static INNERMOST: RefCell<Weak<Scope>> = const { RefCell::new(Weak::new()) };
}

impl Scope {
    fn new(dispatch: &Dispatch) -> Rc<Self> {
        // Where the thread is ending there is no place for it, and no guard that would come after.
        let below = INNERMOST.try_with(|innermost| innermost.borrow().upgrade()).ok().flatten();
        let scope = Rc::new(Self { _default: dispatcher::set_default(dispatch), below });
        let _ = INNERMOST.try_with(|innermost| innermost.replace(Rc::downgrade(&scope)));
        scope
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let below = self.below.as_ref().map(Rc::downgrade).unwrap_or_default();
        let _ = INNERMOST.try_with(|innermost| innermost.replace(below));
    }
}

/// Opens a session on whatever this thread's default dispatcher allows; with `scoped`, always on one of its own.
pub(crate) fn attach(mut plan: Plan, scoped: bool) -> Attached {
    // Under a guard that leaves the process's place free, so does this one.
    if !scoped && !is_ours(true) {
        if is_ours(false) || install() {
            anchor::drop_anchor();
            let session = Session::open(LEAN, plan);
            return Attached { session, through: Through::Lean, layer: None, scope: None };
        }
        if let Some(front) = registry::find_default() {
            plan.shape.links = true;
            // Before any thread writes there for this guard.
            if let Some(commons) = &front.commons {
                commons.make_room_for(plan.shape);
            }
            front.guards.fetch_add(1, Relaxed);
            let session = Session::open(front.number, plan);
            if let Some(commons) = &front.commons {
                session.remember_commons(commons);
            }
            return Attached { session, through: Through::Layer, layer: Some(front), scope: None };
        }
    }
    anchor::drop_anchor();
    let session = Session::open(LEAN, plan);
    let dispatch = Dispatch::new(Lean::scoped(Arc::clone(&session)));
    Attached { session, through: Through::Scoped, layer: None, scope: Some(Scope::new(&dispatch)) }
}

impl Attached {
    /// Stops recording; the session's rows stay readable. The thread's default dispatcher is what it was.
    pub(crate) fn detach(&mut self) {
        self.session.close();
        self.scope = None;
        if let Some(front) = self.layer.take() {
            front.guards.fetch_sub(1, Relaxed);
            if let Some(commons) = &front.commons {
                self.session.forget_commons(commons);
            }
        }
    }

    /// The rows that may be this session's but are in no ring of its own.
    pub(crate) fn commons(&self) -> Option<Arc<Session>> {
        self.layer.as_ref().and_then(|front| front.commons.clone())
    }
}

/// Whether this thread's default is our subscriber of the whole process, or that of a guard.
fn is_ours(scoped: bool) -> bool {
    dispatcher::get_default(|default| default.downcast_ref::<Lean>().is_some_and(|lean| lean.is_scoped() == scoped))
}

/// Makes our subscriber the process's default, if it has none.
fn install() -> bool {
    // Who comes second, while the first one is still at it, would find the place taken and nobody in it.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    is_ours(false) || dispatcher::set_global_default(Dispatch::new(Lean::global())).is_ok() && is_ours(false)
}

static PROCESS: Mutex<Option<Arc<Session>>> = Mutex::new(None);
static FREED: Condvar = Condvar::new();

/// The session that has taken the whole process.
pub(crate) fn process_wide() -> Option<Arc<Session>> {
    PROCESS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Gives the process to a session; `false` if another has it and it must not wait.
pub(crate) fn take_process(session: &Arc<Session>, on_busy: OnBusy) -> bool {
    let mut process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some(holder) = process.as_ref() {
        if on_busy == OnBusy::Err || recorder::owns_thread(holder) {
            return false;
        }
        process = FREED.wait(process).unwrap_or_else(PoisonError::into_inner);
    }
    PROCESS_WIDE.store(session.serial, Relaxed);
    *process = Some(Arc::clone(session));
    true
}

/// Gives the process back, if this session has it.
pub(crate) fn free_process(session: &Session) {
    let mut process = PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
    if process.as_ref().is_some_and(|holder| holder.serial == session.serial) {
        PROCESS_WIDE.store(0, Relaxed);
        *process = None;
        FREED.notify_one();
    }
}
