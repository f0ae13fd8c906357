//! The same promises where the program has a subscriber with our layer, inside `reload` and beside another layer.
//!
//! A binary of its own, since that subscriber is the process's.

#[path = "promises/ended.rs"]
mod ended;
#[path = "promises/events.rs"]
mod events;
#[path = "promises/isolation.rs"]
mod isolation;
#[path = "promises/model.rs"]
mod model;
#[path = "promises/nesting.rs"]
mod nesting;
#[path = "promises/outcomes.rs"]
mod outcomes;
#[path = "promises/panics.rs"]
mod panics;
#[path = "promises/plans.rs"]
mod plans;
#[path = "promises/routing.rs"]
mod routing;
#[path = "promises/span_life.rs"]
mod span_life;
#[path = "promises/support.rs"]
mod support;
#[path = "promises/values.rs"]
mod values;

use std::sync::OnceLock;

use tracesnap::{Through, TraceHandle, Tracer};
use tracing::{info_span, trace_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::reload;

use support::{names, on_a_thread, record, start, tracer};

/// The program's own subscriber, and the handle to all that is recorded in no session.
fn recorder() -> &'static TraceHandle {
    static RECORDER: OnceLock<TraceHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let (layer, handle) = Tracer::builder().capacity(1_024).layer().expect("the plan is right");
        let (layer, _) = reload::Layer::new(layer);
        // Somebody else's layer, which wants less than we do.
        let fmt = tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::INFO);
        tracing_subscriber::registry().with(layer).with(fmt).init();
        handle
    })
}

fn set_up() -> Through {
    recorder();
    Through::Layer
}

#[test]
fn what_no_session_takes_is_the_flight_recorders_and_nothing_else_is() {
    set_up();
    on_a_thread(|| info_span!("unattended").in_scope(|| trace_span!("deep in it").in_scope(|| ())));
    let trace = record(|| info_span!("attended").in_scope(|| ()));
    assert_eq!(names(&trace), "attended\n");
    let all = recorder().trace();
    let count = |name| all.tree().calls().filter(|call| call.name() == name).count();
    assert_eq!((count("unattended"), count("deep in it"), count("attended")), (1, 1, 0));
}

#[test]
fn adopted_threads_join() {
    let guard = start();
    let adopter = guard.adopter();
    on_a_thread(|| {
        adopter.adopt();
        info_span!("adopted").in_scope(|| ());
    });
    assert_eq!(names(&guard.finish()), "adopted\n");
}

#[test]
fn a_guard_may_start_while_its_thread_is_ending() {
    struct Ends(std::sync::mpsc::Sender<usize>);
    impl Drop for Ends {
        fn drop(&mut self) {
            let guard = tracer().start().expect("defaults are right");
            self.0.send(guard.finish().tree().len()).expect("somebody listens");
        }
    }
    thread_local!(static ENDS: std::cell::RefCell<Option<Ends>> = const { std::cell::RefCell::new(None) });
    set_up();
    let (ended, trace) = std::sync::mpsc::channel();
    on_a_thread(|| {
        // Thread-locals go in the reverse order of their making: what the second line makes is gone before `Ends` is.
        ENDS.set(Some(Ends(ended)));
        assert_eq!(names(&record(|| info_span!("before").in_scope(|| ()))), "before\n");
        record(|| drop(tracer().scoped().start()));
    });
    assert_eq!(trace.recv(), Ok(0), "nothing was there to record");
}

#[test]
fn a_sessions_own_rules_hold_on_other_threads_too() {
    let names_of_cards = tracesnap::Policy::builder().name("card").build().expect("the policy is right");
    let run = || {
        let root = info_span!("root", card = 1);
        on_a_thread(|| info_span!(parent: &root, "pay", card = 2, long = "123456789").in_scope(|| ()));
        on_a_thread(|| root.record("card", 3));
    };
    let (_, trace) = tracer().redact(names_of_cards).value_limit(8).trace(run).expect("the plan is right");
    insta::assert_snapshot!(support::text(&trace), @r#"
    root(card: [redacted]) [never entered]
      pay(card: [redacted], long: "12345678"…)
    "#);
    assert_eq!(trace.stats().cut_values, 1);
}

#[test]
#[cfg(feature = "file")]
fn a_guard_beside_a_layer_is_not_streamed_and_says_how_it_could_be() {
    let dir = tempfile::tempdir().expect("a directory");
    let error = tracer().stream_to(dir.path().join("stream")).expect_err("a layer knows registry ids");
    assert!(error.to_string().contains("`stream_to`") && error.to_string().contains("`.scoped()`"), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("it is there").count(), 0, "no file is begun");
    let guard = tracer().scoped().stream_to(dir.path().join("stream")).expect("that is the way");
    info_span!("call").in_scope(|| ());
    let streamed = guard.finish().expect("it is written");
    let trace = tracesnap::Trace::load(streamed.path).expect("it is whole");
    assert_eq!(names(&trace), "call\n");
}
