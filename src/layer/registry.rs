//! The front for programs that compose layers: one `Layer` among others on a registry.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Interest, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::anchor;
use super::recorder::{self, ByRegistry};
use super::session::{Plan, Session};
use super::thread::{Front, LEAN};

/// Records what a registry is told, beside whatever other layers do with it.
///
/// Made by [`TracerBuilder::layer`](crate::TracerBuilder::layer). It filters by itself, per callsite, and never mutes
/// another layer. Put it on the registry as it is, also inside `reload`; `with_filter` works but costs more than the
/// recording does. Cloning gives a second handle to the same recording, to be put on one registry only.
#[derive(Clone, Debug)]
pub struct TraceLayer {
    front: Arc<Front>,
}

static NEXT_FRONT: AtomicU32 = AtomicU32::new(LEAN + 1);

impl TraceLayer {
    /// A layer with its own session, which takes what no guard's session takes. `commons` is the plan of the rows
    /// whose session is found later.
    pub(crate) fn new(plan: Plan, commons: Plan) -> (Self, Arc<Session>) {
        let number = NEXT_FRONT.fetch_add(1, Relaxed);
        let session = Session::open(number, plan);
        let commons = Session::commons(number, commons);
        let front = Front::new(number, Some(Arc::clone(&session)), Some(commons));
        (Self { front: Arc::new(front) }, session)
    }
}

impl TraceLayer {
    /// Where rows wait whose session is found when they are read.
    pub(crate) fn commons(&self) -> Option<Arc<Session>> {
        self.front.commons.clone()
    }
}

thread_local! {
    /// Filled by the layer that is asked about our own callsite.
    static FOUND: RefCell<Option<Arc<Front>>> = const { RefCell::new(None) };
}

/// The front of the `TraceLayer` that this dispatcher leads to, if there is one.
pub(crate) fn find(dispatch: &Dispatch) -> Option<Arc<Front>> {
    if let Some(layer) = dispatch.downcast_ref::<TraceLayer>() {
        return Some(Arc::clone(&layer.front));
    }
    // Layers inside `reload` cannot be reached by type, but they are asked about callsites.
    // Where the thread is ending and has nowhere to note it, there is none to be found.
    let take = || FOUND.try_with(RefCell::take).ok().flatten();
    drop(take());
    dispatch.register_callsite(anchor::UNKNOWN);
    take()
}

/// The front of the `TraceLayer` below the default dispatcher of this thread.
pub(crate) fn find_default() -> Option<Arc<Front>> {
    dispatcher::get_default(find)
}

impl<S> Layer<S> for TraceLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    /// Always: what we do not want is refused later, so that no other layer loses it.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if std::ptr::eq(metadata, anchor::UNKNOWN) {
            let _ = FOUND.try_with(|found| found.replace(Some(Arc::clone(&self.front))));
        }
        Interest::always()
    }

    #[inline]
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        recorder::new_span::<ByRegistry>(&self.front, id.into_u64(), attributes);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let metadata = context.metadata(id);
        recorder::record(&self.front, id.into_u64(), values, metadata);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        recorder::follows_from(&self.front, id.into_u64(), follows.into_u64());
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        recorder::event(&self.front, event);
    }

    #[inline]
    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        recorder::enter::<ByRegistry>(&self.front, id.into_u64());
    }

    #[inline]
    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        recorder::exit::<ByRegistry>(&self.front, id.into_u64());
    }
}
