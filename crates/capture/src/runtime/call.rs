//! One captured call, from its arguments to its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use uuid::Uuid;

use super::captures::Captures;
use super::depth::{self, Deep, Place};
use super::held::Held;
use super::scope;
use super::settled::{Rules, Site};
use super::stats::{add, nanos};
use super::values::{Taken, Values};
use crate::document::OutcomeKind;
use crate::id;

/// All that was taken of one call, on its way to the store.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) site: &'static Site,
    pub(crate) captures: Captures,
    pub(crate) rules: Arc<Rules>,
    pub(crate) id: Uuid,
    pub(crate) time: SystemTime,
    pub(crate) thread: Arc<str>,
    pub(crate) place: Place,
    pub(crate) span: Option<String>,
    /// The values one behind the other, as they were taken.
    pub(crate) json: Vec<u8>,
    pub(crate) taken: Vec<Taken>,
    /// Clones that are yet to be serialised.
    pub(crate) held: Vec<(usize, Held)>,
    pub(crate) outcome: Option<(OutcomeKind, Duration)>,
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
        let start = Instant::now();
        let guard = scope::suppress();
        let (json, taken) = (Vec::with_capacity(256), Vec::with_capacity(site.spec.parameters.len() + 1));
        let mut values = Values::new(&rules, site.spec.parameters, json, taken);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| take(&mut values))) {
            // Each value is guarded by itself; what comes here is a `Drop` that panics.
            std::mem::forget(payload);
            add(&rules.counters.failed, 1);
            return None;
        }
        if values.is_filtered_out() {
            add(&rules.counters.filtered_out, 1);
            return None;
        }
        let (json, taken, held) = values.into_parts();
        let time = SystemTime::now();
        let place = depth::place();
        let span = tracing::Span::current().metadata().map(|span| span.name().to_owned());
        let record = Record {
            site,
            captures,
            id: id::new(time),
            time,
            thread: id::thread(),
            place,
            span,
            json,
            taken,
            held,
            outcome: None,
            rules,
        };
        drop(guard);
        let inside = Place { depth: place.depth + 1, parent: Some(record.id) };
        let id = record.id;
        let body = Instant::now();
        add(&record.rules.counters.serialize_ns, nanos(body - start));
        let mut open = Open {
            id,
            inside,
            outside: (!asynchronous).then(|| depth::enter(inside)),
            was_panicking: std::thread::panicking(),
            body,
            record: None,
        };
        if record.rules.no_outcome {
            submit(Box::new(record));
        } else {
            open.record = Some(Box::new(record));
        }
        Some(Call(Box::new(open)))
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
    id: Uuid,
    inside: Place,
    /// Where the thread was, for functions that do not wait.
    outside: Option<Place>,
    was_panicking: bool,
    body: Instant,
    record: Option<Box<Record>>,
}

impl Call {
    /// The document's id.
    #[must_use]
    pub fn id(&self) -> impl std::fmt::Display {
        self.0.id
    }

    /// A body that is inside of this call whenever it is polled.
    pub fn body<F: Future>(call: Option<&Self>, body: F) -> Deep<F> {
        Deep::new(body, call.map(|call| call.0.inside))
    }

    /// Takes the outcome; `keep` says whether it is an error.
    #[inline(never)]
    pub fn outcome(mut self, keep: impl FnOnce(&mut Values<'_>) -> bool) {
        let Some(mut record) = self.0.record.take() else { return };
        let start = Instant::now();
        let duration = start - self.0.body;
        let guard = scope::suppress();
        let (json, taken) = (std::mem::take(&mut record.json), std::mem::take(&mut record.taken));
        let rules = Arc::clone(&record.rules);
        let mut values = Values::new(&rules, record.site.spec.parameters, json, taken);
        let failed = catch_unwind(AssertUnwindSafe(|| keep(&mut values))).unwrap_or_else(|payload| {
            std::mem::forget(payload);
            false
        });
        let (json, taken, _) = values.into_parts();
        (record.json, record.taken) = (json, taken);
        let kind = if failed { OutcomeKind::Error } else { OutcomeKind::Returned };
        record.outcome = Some((kind, duration));
        drop(guard);
        add(&rules.counters.serialize_ns, nanos(start.elapsed()));
        submit(record);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(outside) = self.outside {
            depth::enter(outside);
        }
        let Some(mut record) = self.record.take() else { return };
        let panicked = std::thread::panicking() && !self.was_panicking;
        let kind = if panicked { OutcomeKind::Panicked } else { OutcomeKind::Cancelled };
        record.outcome = Some((kind, self.body.elapsed()));
        submit(record);
    }
}

/// Hands a record to whoever writes it. Nothing of it reaches the function.
fn submit(record: Box<Record>) {
    let _guard = scope::suppress();
    let captures = record.captures.clone();
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| captures.submit(record))) {
        std::mem::forget(payload);
    }
}
