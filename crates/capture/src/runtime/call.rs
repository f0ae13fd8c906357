//! One captured call, from its arguments to its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use uuid::Uuid;

use super::captures::Captures;
use super::clock;
use super::depth::{self, Deep, Place};
use super::held::Held;
use super::local::{self, Room};
use super::scope;
use super::settled::{Rules, Site};
use super::stats::{add, nanos};
use super::values::Values;
use crate::document::OutcomeKind;
use crate::id;

/// What is known of a call beside its values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) site: &'static Site,
    pub(crate) id: Uuid,
    pub(crate) time: SystemTime,
    pub(crate) place: Place,
    pub(crate) span: Option<&'static str>,
    pub(crate) outcome: Option<(OutcomeKind, Duration)>,
}

impl Facts {
    /// Where calls are that the body makes.
    fn inside(&self) -> Place {
        Place { depth: self.place.depth + 1, parent: Some(self.id) }
    }
}

/// All that was taken of one call, on its way to the store.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) facts: Facts,
    pub(crate) captures: Captures,
    pub(crate) rules: Arc<Rules>,
    pub(crate) room: Room,
    /// Clones that are yet to be serialised.
    pub(crate) held: Vec<(usize, Held)>,
    /// Nanoseconds in which the caller was kept so far, if that is measured.
    kept: u64,
    is_measured: bool,
}

/// Leave to capture a call.
#[derive(Debug)]
pub(crate) struct Permit {
    site: &'static Site,
    captures: Captures,
    rules: Arc<Rules>,
}

impl Permit {
    pub(crate) fn new(site: &'static Site, captures: Captures, rules: Arc<Rules>) -> Self {
        Self { site, captures, rules }
    }

    pub(crate) fn take(self, asynchronous: bool, take: impl FnOnce(&mut Values<'_>)) -> Option<Call> {
        let Self { site, captures, rules } = self;
        let measured = (!rules.background || clock::is_turn()).then(Instant::now);
        let guard = scope::suppress();
        let mut values = Values::new(&rules, site.spec.parameters, local::room());
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| take(&mut values))) {
            // Each value is guarded by itself; what comes here is a `Drop` that panics.
            std::mem::forget(payload);
            add(&rules.counters.failed, 1);
            return None;
        }
        if values.is_filtered_out() {
            add(&rules.counters.filtered_out, 1);
            local::give_back(values.into_parts().0);
            return None;
        }
        let (room, held) = values.into_parts();
        let place = depth::place();
        let span = tracing::Span::current().metadata().map(tracing::Metadata::name);
        let was_panicking = std::thread::panicking();
        // The clock is read once: for when the call was, and from when on it takes.
        let body = Instant::now();
        let time = clock::wall(body);
        let id = id::new(time);
        drop(guard);
        let facts = Facts { site, id, time, place, span, outcome: None };
        let outside = (!asynchronous).then(|| depth::enter(facts.inside()));
        let is_submitted = rules.no_outcome;
        let kept = measured.map_or(0, |start| nanos(body - start));
        let record = Record { facts, captures, rules, room, held, kept, is_measured: measured.is_some() };
        let mut open = Box::new(Open { outside, was_panicking, body, is_submitted, record });
        if is_submitted {
            submit(&mut open.record);
        }
        Some(Call(open))
    }
}

/// A call whose arguments were taken, and whose body runs.
///
/// Dropped without an outcome it was cancelled, or panicked.
#[derive(Debug)]
#[must_use = "the call ends when this is dropped"]
pub struct Call(Box<Open>);

// Implementation notes
//
// One pointer, so that «not captured» is a null in a register, and a function that is not captured pays for no more.
#[derive(Debug)]
struct Open {
    /// Where the thread was, for functions that do not wait.
    outside: Option<Place>,
    was_panicking: bool,
    body: Instant,
    is_submitted: bool,
    record: Record,
}

impl Call {
    /// The document's id.
    #[must_use]
    pub fn id(&self) -> impl std::fmt::Display {
        self.0.record.facts.id
    }

    /// A body that is inside of this call whenever it is polled.
    pub fn body<F: Future>(call: Option<&Self>, body: F) -> Deep<F> {
        Deep::new(body, call.map(|call| call.0.record.facts.inside()))
    }

    /// Takes the outcome; `keep` says whether it is an error.
    #[inline(never)]
    pub fn outcome(mut self, keep: impl FnOnce(&mut Values<'_>) -> bool) {
        let Open { record, body, is_submitted, .. } = &mut *self.0;
        if std::mem::replace(is_submitted, true) {
            return;
        }
        let start = Instant::now();
        let duration = start - *body;
        let guard = scope::suppress();
        let mut values =
            Values::new(&record.rules, record.facts.site.spec.parameters, std::mem::take(&mut record.room));
        let failed = catch_unwind(AssertUnwindSafe(|| keep(&mut values))).unwrap_or_else(|payload| {
            std::mem::forget(payload);
            false
        });
        (record.room, _) = values.into_parts();
        let kind = if failed { OutcomeKind::Error } else { OutcomeKind::Returned };
        record.facts.outcome = Some((kind, duration));
        drop(guard);
        if record.is_measured {
            record.kept += nanos(start.elapsed());
        }
        submit(record);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(outside) = self.outside {
            depth::enter(outside);
        }
        let Self { record, is_submitted: false, .. } = self else { return };
        let panicked = std::thread::panicking() && !self.was_panicking;
        let kind = if panicked { OutcomeKind::Panicked } else { OutcomeKind::Cancelled };
        record.facts.outcome = Some((kind, self.body.elapsed()));
        submit(record);
    }
}

/// Hands a record to whoever writes it. Nothing of it reaches the function.
fn submit(record: &mut Record) {
    if record.is_measured {
        // Of calls in the background, those that are measured stand for those that are not.
        let calls = if record.rules.background { clock::TURNS } else { 1 };
        add(&record.rules.counters.serialize_ns, record.kept * calls);
    }
    let _guard = scope::suppress();
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| Captures::submit(record))) {
        std::mem::forget(payload);
    }
    local::give_back(std::mem::take(&mut record.room));
}
