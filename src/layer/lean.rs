//! The front for programs without a subscriber of their own: a `Subscriber` that needs no registry.
//!
//! Its span ids are our own identities, so a parent is known wherever it is met, and nothing is kept a span but its row.
//! Programs that compose layers use [`TraceLayer`](super::TraceLayer) instead.

use std::cell::RefCell;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use tracing_core::dispatcher::{self, DefaultGuard, Dispatch, WeakDispatch};
use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::{Event, Interest, LevelFilter, Metadata, Subscriber};

use super::anchor;
use super::interest;
use super::recorder::{self, ByIdentity};
use super::session::{self, Session};
use super::thread::{Front, LEAN};

/// The subscriber that the first guard installs, or that a guard in scoped mode sets for its thread.
#[derive(Debug)]
pub(crate) struct Lean {
    front: Front,
    /// Only in scoped mode: our own dispatcher, to be made the default where one of our spans is entered.
    scoped: Option<OnceCell<WeakDispatch>>,
}

impl Lean {
    /// For the whole process.
    pub(crate) fn global() -> Self {
        Self { front: Front::new(LEAN, None, None), scoped: None }
    }

    /// For one session: it takes whatever reaches this subscriber and belongs to no other session.
    pub(crate) fn scoped(session: Arc<Session>) -> Self {
        Self { front: Front::new(LEAN, Some(session), None), scoped: Some(OnceCell::new()) }
    }
}

impl Lean {
    pub(crate) fn is_scoped(&self) -> bool {
        self.scoped.is_some()
    }
}

thread_local! {
    /// Spans of scoped sessions that brought their dispatcher to this thread.
    static BROUGHT: RefCell<Vec<(u64, DefaultGuard)>> = const { RefCell::new(Vec::new()) };
}

/// Makes the span's dispatcher the default of this thread, unless it is: children born here then join its session.
#[cold]
fn bring(id: u64, me: &OnceCell<WeakDispatch>) {
    let Some(dispatch) = me.get().and_then(WeakDispatch::upgrade) else { return };
    let mine = dispatch.downcast_ref::<Lean>().map(std::ptr::from_ref);
    let is_default = dispatcher::get_default(|default| default.downcast_ref::<Lean>().map(std::ptr::from_ref) == mine);
    if !is_default {
        let _ = BROUGHT.try_with(|brought| {
            if let Ok(mut brought) = brought.try_borrow_mut() {
                brought.push((id, dispatcher::set_default(&dispatch)));
            }
        });
    }
}

#[cold]
fn take_back(id: u64) {
    // Dropped after the borrow: a guard's drop runs code of the dispatcher.
    let guard = BROUGHT.try_with(|brought| {
        let mut brought = brought.try_borrow_mut().ok()?;
        let at = brought.iter().rposition(|(brought, _)| *brought == id)?;
        Some(brought.remove(at).1)
    });
    drop(guard);
}

impl Subscriber for Lean {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        if let Some(me) = &self.scoped {
            let _ = me.set(dispatch.downgrade());
        }
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        interest::answer()
    }

    #[inline]
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        session::any_open()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    #[inline]
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        Id::from_u64(recorder::new_span::<ByIdentity>(&self.front, 0, attributes).bits())
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        recorder::record(&self.front, id.into_u64(), values, None);
    }

    fn record_follows_from(&self, id: &Id, from: &Id) {
        recorder::follows_from(&self.front, id.into_u64(), from.into_u64());
    }

    fn event(&self, event: &Event<'_>) {
        recorder::event(&self.front, event);
    }

    #[inline]
    fn enter(&self, id: &Id) {
        if let Some(me) = &self.scoped {
            bring(id.into_u64(), me);
        }
        recorder::enter::<ByIdentity>(&self.front, id.into_u64());
    }

    #[inline]
    fn exit(&self, id: &Id) {
        recorder::exit::<ByIdentity>(&self.front, id.into_u64());
        if self.scoped.is_some() {
            take_back(id.into_u64());
        }
    }

    fn current_span(&self) -> Current {
        match recorder::current(&self.front) {
            Some((id, metadata)) => Current::new(Id::from_u64(id), metadata.unwrap_or(anchor::UNKNOWN)),
            None => Current::none(),
        }
    }
}
