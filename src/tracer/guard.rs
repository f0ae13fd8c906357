//! A recording in progress, bound to the thread that started it.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::assemble::{self, Assembled};
use super::{Adopter, OwnCost, Trace, began, cost, log};
use crate::Error;
use crate::allocator;
#[cfg(feature = "file")]
use crate::file::Saving;
use crate::layer::install::{self, Attached};
use crate::layer::memory::Resident;
use crate::layer::recorder;
use crate::layer::row::Ref;
use crate::layer::session::{Nested, Plan, Session};
use crate::layer::{MemoryReadings, OnBusy, Through, pool};

/// Records while it lives. [`finish`](Self::finish) gives the trace; dropping it discards what was recorded, but for the
/// file that `TRACESNAP_SAVE` asks for.
///
/// A guard opens a session on its thread. Spans with a parent belong to the session of their parent, spans without one
/// to the session that owns their thread: this one, and those an [`adopter`](Self::adopter) brings in. A guard started
/// while another is open on the same thread takes the calls made from then on; when it ends they stand in the outer
/// trace too, under the call it was started in, as far as the outer guard wants them, and redacted by its policy as well.
/// What the inner guard leaves out and the outer one wants is missing there:
/// [`TraceStats::nested_refused`](crate::tree::TraceStats::nested_refused) names it, and assertions on the outer trace fail.
///
/// It stays on its thread:
///
/// ```compile_fail
/// let guard = tracesnap::Tracer::start().unwrap();
/// std::thread::spawn(move || guard.finish());
/// ```
#[must_use = "recording stops as soon as the guard drops; bind it: `let guard = Tracer::start()?`"]
#[derive(Debug)]
pub struct TraceGuard {
    attached: Option<Attached>,
    pub(super) resident: Option<Resident>,
    /// The session this one opened inside, and the call in it.
    outer: Option<(Arc<Session>, Ref)>,
    pub(super) own_cost: OwnCost,
    /// Where the trace is saved when the guard ends.
    #[cfg(feature = "file")]
    pub(super) saving: Option<Saving>,
    // Drop takes the session off the thread it was put on.
    _not_send: PhantomData<*const ()>,
}

/// Opens a session for this thread.
pub(super) fn start(
    plan: Plan,
    memory: MemoryReadings,
    scoped: bool,
    process_wide: Option<OnBusy>,
) -> Result<TraceGuard, Error> {
    let attached = install::attach(plan, scoped);
    // Before the session has the thread, so that calibrating is in nobody's trace.
    let own_cost = cost::calibrated(attached.through);
    let session = Arc::clone(&attached.session);
    let mut guard = TraceGuard {
        attached: Some(attached),
        resident: None,
        outer: None,
        own_cost,
        #[cfg(feature = "file")]
        saving: None,
        _not_send: PhantomData,
    };
    if let Some(on_busy) = process_wide
        && !install::take_process(&session, on_busy)
    {
        // Dropping the guard closes the session again.
        return Err(Error::Busy);
    }
    recorder::take_thread(&session);
    guard.outer = recorder::outer(&session);
    if let Some((outer, _)) = &guard.outer {
        outer.nested_open.fetch_add(1, Relaxed);
    }
    guard.resident = (memory == MemoryReadings::Process).then(Resident::start).flatten();
    log::opened(match guard.through() {
        Through::Lean => "guard through the process's dispatcher",
        Through::Layer => "guard through the program's TraceLayer",
        Through::Scoped => "guard through a dispatcher of its own",
    });
    Ok(guard)
}

impl TraceGuard {
    /// Ends the recording and gives what it holds. Calls that are still running are shown as open.
    #[must_use]
    pub fn finish(mut self) -> Trace {
        allocator::uncounted(|| self.end()).unwrap_or_default()
    }

    /// Where this guard's spans come from.
    #[must_use]
    pub fn through(&self) -> Through {
        self.attached.as_ref().map_or(Through::Lean, |attached| attached.through)
    }

    /// Brings other threads into this session, by a value that can be sent to them.
    #[must_use]
    pub fn adopter(&self) -> Adopter {
        Adopter::new(self.attached.as_ref().map(|attached| Arc::clone(&attached.session)))
    }

    /// Ends a recording whose rows `write` has written to a file, for good when it returns.
    #[cfg(feature = "file")]
    pub(super) fn end_streamed<R>(&mut self, write: impl FnOnce() -> R) -> R {
        let Some(mut attached) = self.attached.take() else { return write() };
        let session = Arc::clone(&attached.session);
        session.close();
        recorder::leave_thread(&session);
        install::free_process(&session);
        let written = write();
        attached.detach();
        session.take_rings().into_iter().for_each(pool::give_back);
        // An outer session goes on counting it as open: what went into the file is missing there.
        self.outer = None;
        written
    }

    /// The session it records.
    #[cfg(feature = "file")]
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        self.attached.as_ref().map(|attached| Arc::clone(&attached.session))
    }

    fn end(&mut self) -> Option<Trace> {
        let mut attached = self.attached.take()?;
        let session = Arc::clone(&attached.session);
        let commons = attached.commons();
        // Closed, but the commons are still kept for it. Before it leaves the thread: that lets go of its ring then.
        session.close();
        recorder::leave_thread(&session);
        install::free_process(&session);
        let own_cost = self.own_cost;
        let inside_ns = cost::inside_ns(own_cost, &session.plan);
        let Assembled { tree, stats, sites, refused } =
            assemble::assemble(&session, commons.as_deref(), self.resident.as_ref(), inside_ns);
        attached.detach();
        drop(attached);
        for ring in session.take_rings() {
            pool::give_back(ring);
        }
        let tree = Arc::new(tree);
        if let Some((outer, call)) = self.outer.take() {
            // A file takes rows, no trees: there it counts as open, whose calls are missing.
            if !outer.plan.streamed {
                outer.nested_open.fetch_sub(1, Relaxed);
                let (tree, stats) = (Arc::clone(&tree), stats.clone());
                outer.graft(Nested { at: call, started: session.started, tree, stats, sites, refused });
            }
        }
        log::finished(&stats);
        let trace = Trace::new(tree, stats, own_cost, began::time_of(session.started));
        #[cfg(feature = "file")]
        let trace = match self.saving.take() {
            Some(saving) => super::file::saved(trace, &saving),
            None => trace,
        };
        Some(trace)
    }
}

impl Drop for TraceGuard {
    fn drop(&mut self) {
        if self.attached.is_some() {
            let is_shared = self.attached.as_ref().is_some_and(|attached| attached.commons().is_some());
            #[cfg(feature = "file")]
            let is_saved = self.saving.is_some();
            #[cfg(not(feature = "file"))]
            let is_saved = false;
            if self.outer.is_some() || is_shared || is_saved {
                // Discarded here, but the outer trace shall not miss its calls, nor others take them for theirs; and
                // `TRACESNAP_SAVE` asks for what was discarded, too.
                allocator::uncounted(|| drop(self.end()));
            } else if let Some(mut attached) = self.attached.take() {
                let session = Arc::clone(&attached.session);
                session.close();
                recorder::leave_thread(&session);
                install::free_process(&session);
                attached.detach();
                session.take_rings().into_iter().for_each(pool::give_back);
                log::discarded();
            }
        }
    }
}
