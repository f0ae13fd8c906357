//! What recording a call costs here, measured once for each way in.
//!
//! Two figures matter: the whole cost, for the estimate of a trace's overhead; and the part that falls between the
//! stamps of a call's caller but outside its own, which self times take off.

// # Implementation notes
//
// Where the dispatcher is ours, spans are made as a program makes them, on this thread, in a session of their own that
// owns the thread meanwhile. On somebody's registry that would show in their other layers, so a registry of our own is
// told of spans there, once with our layer and once with one that does nothing; the difference is what we add. No
// dispatcher is made for it: one that disagrees with another would change how callsites are asked for good. A registry
// tells the default dispatcher when it drops its hold on a span; for so long there is none on this thread. Registries
// that hold a span because it was entered keep ours therefore, until they end themselves.
//
// The ring is larger than the first cache, as rings are, and its rows are written twice: the first time is the memory's.

use std::sync::Arc;

use once_cell::sync::OnceCell;
use tracing_core::Subscriber;
use tracing_core::dispatcher::{self, Dispatch};
use tracing_core::span::Attributes;
use tracing_subscriber::layer::{Identity, SubscriberExt};
use tracing_subscriber::registry::Registry;

use crate::filter::{Filter, Sampling, SamplingRules};
use crate::layer::lean::Lean;
use crate::layer::recorder;
use crate::layer::registry::TraceLayer;
use crate::layer::ring::{OnFull, Shape};
use crate::layer::session::{Plan, Session};
use crate::layer::thread::LEAN;
use crate::layer::{Through, anchor, clock, pool};

/// Calibrated cost of recording one call without fields. **Unit:** nanoseconds. **Source:** the best of nine rounds of
/// 500 calls each, when the first recording of this kind starts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct OwnCost {
    /// All of it: creating, entering, leaving. Beside other layers, what is added to them.
    pub total_ns: f32,
    /// What the caller's time contains of it: outside the call's own two stamps.
    pub inside_ns: f32,
}

const ROUNDS: usize = 9;
const CALLS: usize = 500;
/// Rows of the ring that is recorded into, written twice in all rounds.
const ROWS: usize = 2_048;

/// The cost for sessions that record this way; the first time, it is measured on this thread.
pub(super) fn calibrated(through: Through) -> OwnCost {
    static COSTS: [OnceCell<OwnCost>; 3] = [const { OnceCell::new() }; 3];
    let cost = match through {
        Through::Lean => &COSTS[0],
        Through::Scoped => &COSTS[1],
        Through::Layer => &COSTS[2],
    };
    *cost.get_or_init(|| measure(through).unwrap_or_default())
}

/// What self times take off in a session with this plan.
pub(super) fn inside_ns(cost: OwnCost, plan: &Plan) -> f32 {
    if plan.timed { cost.inside_ns } else { 0.0 }
}

fn measure(through: Through) -> Option<OwnCost> {
    let Through::Layer = through else { return cost_of(&Session::open(LEAN, plan()?), make_spans) };
    // What a registry does between our stamps is not ours, so what lies outside of them is measured without one.
    let OwnCost { inside_ns, .. } = cost_of(&Session::open(LEAN, plan()?), || tell(&Lean::global()))?;
    let (layer, session) = TraceLayer::new(plan()?, plan()?);
    let without = Registry::default().with(Identity::new());
    let with = Registry::default().with(layer);
    let total_ns = dispatcher::with_default(&Dispatch::none(), || {
        let bare = (0..ROUNDS).map(|_| ns_a_call(|| tell(&without))).fold(f32::MAX, f32::min);
        cost_of(&session, || tell(&with)).map(|cost| (cost.total_ns - bare).max(0.0))
    })?;
    Some(OwnCost { total_ns, inside_ns })
}

fn plan() -> Option<Plan> {
    Some(Plan {
        filter: Filter::default(),
        sampling: SamplingRules::new(&Sampling::always(), Vec::new()).ok()?,
        max_depth: usize::MAX,
        shape: Shape { rows: ROWS, text: 65_536, on_full: OnFull::OverwriteOldest, memory: false, links: false },
        value_limit: 64,
        timed: true,
        policy: tracesnap_redact::Policy::none(),
        streamed: false,
    })
}

/// What calls cost that are recorded in this session, which owns the thread for so long.
fn cost_of(session: &Arc<Session>, make: impl Fn()) -> Option<OwnCost> {
    recorder::take_thread(session);
    let mut best = OwnCost { total_ns: f32::MAX, inside_ns: f32::MAX };
    let mut all = true;
    for _ in 0..ROUNDS {
        let total = ns_a_call(&make);
        // What a call shows of itself when it does nothing is the part between its own stamps.
        let shown = shown_ns(session);
        all &= shown.is_some();
        best.total_ns = best.total_ns.min(total);
        best.inside_ns = best.inside_ns.min((total - shown.unwrap_or(0.0)).max(0.0));
    }
    recorder::leave_thread(session);
    session.close();
    session.take_rings().into_iter().for_each(pool::give_back);
    // Where this level is compiled out there was nothing to measure.
    all.then_some(best)
}

fn ns_a_call(make: impl Fn()) -> f32 {
    let before = clock::ticks();
    make();
    clock::nanos_between(before, clock::ticks()) as f32 / CALLS as f32
}

fn make_spans() {
    tracing::trace_span!(target: "tracesnap", "calibration").in_scope(|| {
        for _ in 0..CALLS {
            tracing::trace_span!(target: "tracesnap", "calibration").in_scope(|| ());
        }
    });
}

/// The same, said to a subscriber without a dispatcher.
fn tell(subscriber: &impl Subscriber) {
    let values = anchor::UNKNOWN.fields().value_set(&[]);
    let enter = || {
        let span = subscriber.new_span(&Attributes::new(anchor::UNKNOWN, &values));
        subscriber.enter(&span);
        span
    };
    let outer = enter();
    for _ in 0..CALLS {
        let inner = enter();
        subscriber.exit(&inner);
        subscriber.try_close(inner);
    }
    subscriber.exit(&outer);
    subscriber.try_close(outer);
}

/// Median of what the calls held by a session show as their own time.
fn shown_ns(session: &Arc<Session>) -> Option<f32> {
    let ring = session.rings().into_iter().next()?;
    let rows = ring.readable().rev().take(CALLS).filter_map(|seq| ring.read(seq));
    let mut shown: Vec<u64> = rows.map(|row| clock::nanos_between(row.start(), row.end())).collect();
    shown.sort_unstable();
    shown.get(shown.len() / 2).map(|&ns| ns as f32)
}
