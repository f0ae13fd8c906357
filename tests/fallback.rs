//! The same promises where the program has a subscriber without our layer: each guard records through a dispatcher of
//! its own.
//!
//! A binary of its own, since that subscriber is the process's.

#[path = "promises/events.rs"]
mod events;
#[path = "promises/isolation.rs"]
mod isolation;
#[path = "promises/nesting.rs"]
mod nesting;
#[path = "promises/outcomes.rs"]
mod outcomes;
#[path = "promises/panics.rs"]
mod panics;
#[path = "promises/plans.rs"]
mod plans;
#[path = "promises/span_life.rs"]
mod span_life;
#[path = "promises/support.rs"]
mod support;
#[path = "promises/values.rs"]
mod values;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once, OnceLock};

use tracesnap::Through;
use tracing::{Instrument, Subscriber, info, info_span};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::prelude::*;

use support::{assert_tree, names, on_a_thread, record, runtime, start, tracer};

/// Counts spans of its own module, and wants nothing else.
#[derive(Clone, Default)]
struct Theirs(Arc<AtomicUsize>);

impl<S: Subscriber> Layer<S> for Theirs {
    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, _: &tracing::span::Id, _: Context<'_, S>) {
        if attributes.metadata().name() == "theirs" {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn theirs() -> &'static AtomicUsize {
    static THEIRS: OnceLock<Theirs> = OnceLock::new();
    static INIT: Once = Once::new();
    let theirs = THEIRS.get_or_init(Theirs::default);
    INIT.call_once(|| tracing_subscriber::registry().with(theirs.clone()).init());
    &theirs.0
}

fn set_up() -> Through {
    theirs();
    Through::Scoped
}

#[test]
fn the_programs_subscriber_has_what_is_outside_of_a_session_and_the_session_what_is_in_it() {
    let before = theirs().load(Ordering::Relaxed);
    info_span!("theirs").in_scope(|| ());
    let trace = record(|| info_span!("ours").in_scope(|| ()));
    info_span!("theirs").in_scope(|| ());
    assert_tree!(trace, @"ours");
    assert_eq!(theirs().load(Ordering::Relaxed) - before, 2);
}

#[test]
fn guards_finished_in_the_wrong_order_leave_the_thread_as_they_found_it() {
    let before = theirs().load(Ordering::Relaxed);
    for scoped in [false, true] {
        let begin = || if scoped { tracer().scoped().start().expect("it is right") } else { start() };
        let (first, second) = (begin(), begin_inside(scoped));
        assert_eq!(names(&first.finish()), "");
        info_span!("of the second").in_scope(|| info_span!("its child").in_scope(|| ()));
        assert_eq!(names(&second.finish()), "of the second\n  its child\n");
        info_span!("theirs").in_scope(|| ());
    }
    assert_eq!(theirs().load(Ordering::Relaxed) - before, 2);
}

/// A guard inside another one's dispatcher.
fn begin_inside(scoped: bool) -> tracesnap::TraceGuard {
    let builder = if scoped { tracer().scoped() } else { tracer() };
    builder.start().expect("it is right")
}

#[test]
fn what_is_below_a_span_entered_elsewhere_joins() {
    let trace = record(|| {
        let root = info_span!("root");
        on_a_thread(|| {
            root.in_scope(|| {
                info_span!("child").in_scope(|| info!("event"));
                info_span!(parent: &root, "named").in_scope(|| ());
            });
            info_span!("theirs again").in_scope(|| ());
        });
    });
    assert_tree!(trace, @r"
    root
      child
        - event
      named
    ");
}

#[test]
fn instrumented_tasks_join_with_the_tasks_they_spawn() {
    let trace = record(|| {
        let runtime = runtime();
        let task = async {
            info_span!("step").in_scope(|| ());
            tokio::task::yield_now().await;
            tokio::spawn(async {}.instrument(info_span!("spawned"))).await.expect("no panic in it");
        };
        runtime.block_on(runtime.spawn(task.instrument(info_span!("task")))).expect("no panic in it");
    });
    assert_tree!(trace, @r"
    task
      step
      spawned
    ");
}
