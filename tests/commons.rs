//! What the guards that attach to one `TraceLayer` share: rows whose session is known only when they are read.
//!
//! A binary of its own, with a subscriber a test: what is lost there is every open guard's loss.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use tracesnap::{Tracer, TracerBuilder};
use tracing::{Dispatch, Span, dispatcher, info_span};
use tracing_subscriber::prelude::*;

/// A program's subscriber with a layer of ours.
fn subscriber(layer: TracerBuilder) -> (Dispatch, tracesnap::TraceHandle) {
    let (layer, handle) = layer.layer().unwrap();
    (Dispatch::new(tracing_subscriber::registry().with(layer)), handle)
}

/// Runs `f` on a thread of its own under that subscriber, to its end.
fn on_a_thread(subscriber: &Dispatch, f: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(|| dispatcher::with_default(subscriber, f)).join()).unwrap();
}

/// Enters a span so often on a thread of its own.
fn enter(span: &Span, times: usize, subscriber: &Dispatch) {
    on_a_thread(subscriber, || (0..times).for_each(|_| span.in_scope(|| ())));
}

#[test]
fn there_is_as_much_room_as_the_guard_has_asked_for() {
    let (subscriber, _handle) = subscriber(Tracer::builder().capacity(16));
    dispatcher::with_default(&subscriber, || {
        let guard = Tracer::builder().capacity(70_000).start().unwrap();
        enter(&info_span!("entered"), 70_000, &subscriber);
        let trace = guard.finish();
        assert!(trace.stats().is_complete(), "{:?}", trace.stats());
        assert_eq!(trace.tree().roots().next().map(|call| call.polls()), Some(70_000));
    });
}

#[test]
fn what_did_not_fit_is_counted_and_the_remedy_names_the_layer() {
    let (subscriber, _handle) = subscriber(Tracer::builder().capacity(16));
    dispatcher::with_default(&subscriber, || {
        let guard = Tracer::builder().capacity(100).start().unwrap();
        enter(&info_span!("entered"), 150, &subscriber);
        let trace = guard.finish();
        assert_eq!((trace.stats().lost, trace.stats().lost_in_common), (50, 50));
        let refusal = trace.assertions().try_assert_called("entered").unwrap_err().to_string();
        assert!(refusal.contains("give the `TraceLayer` more room where it is built"), "{refusal}");
        assert!(!refusal.contains("give the tracer more room"), "{refusal}");
    });
}

#[test]
fn what_was_once_lost_is_charged_to_nobody_who_comes_later() {
    let (subscriber, _handle) = subscriber(Tracer::builder().capacity(16));
    dispatcher::with_default(&subscriber, || {
        let guard = Tracer::builder().capacity(100).start().unwrap();
        enter(&info_span!("entered"), 150, &subscriber);
        let later = Tracer::builder().capacity(100).start().unwrap();
        assert_eq!((later.finish().stats().lost, guard.finish().stats().lost), (0, 50));
    });
}

#[test]
fn threads_that_end_lose_nothing_of_what_they_did_in_calls_of_several_guards() {
    const THREADS: usize = 500;
    let (subscriber, handle) = subscriber(Tracer::builder().capacity(1_024));
    let run = |name: &'static str| {
        dispatcher::with_default(&subscriber, || {
            let guard = Tracer::builder().capacity(1_024).start().unwrap();
            let root = info_span!("root", name);
            for n in 0..THREADS {
                on_a_thread(&subscriber, || {
                    root.in_scope(|| info_span!("child", of = name, n).in_scope(|| ()));
                    info_span!(parent: &root, "named", of = name).in_scope(|| ());
                });
            }
            guard.finish()
        })
    };
    let traces = thread::scope(|scope| {
        let running = ["one", "other"].map(|name| (name, scope.spawn(move || run(name))));
        running.map(|(name, thread)| (name, thread.join().unwrap()))
    });
    for (name, trace) in traces {
        assert!(trace.stats().is_complete(), "{:?}", trace.stats());
        let [root] = trace.tree().roots().collect::<Vec<_>>()[..] else { panic!("one root in {name}") };
        assert_eq!((root.polls(), root.children().count()), (THREADS as u32, 2 * THREADS));
        assert!(root.children().all(|call| call.arg("of").unwrap().as_str() == Some(name)), "{name}");
    }
    assert_eq!(handle.trace().tree().calls().filter(|call| call.name() == "root").count(), 0);
}

#[test]
fn a_flight_recorder_accounts_for_every_call_of_threads_that_end_while_it_is_read() {
    let (subscriber, handle) = subscriber(Tracer::builder().capacity(64));
    let (begun, ended, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                let n = begun.fetch_add(1, Ordering::SeqCst);
                on_a_thread(&subscriber, || info_span!("call", n).in_scope(|| ()));
                ended.fetch_add(1, Ordering::SeqCst);
            }
        });
        while ended.load(Ordering::SeqCst) < 1_000 {
            let before = ended.load(Ordering::SeqCst);
            let trace = handle.trace();
            let after = begun.load(Ordering::SeqCst);
            let mut told: Vec<_> = trace.tree().calls().filter_map(|call| call.arg("n")?.as_u64()).collect();
            let known = trace.stats().recorded + trace.stats().lost;
            let is_right = (before..=after).contains(&known) && told.len() <= 65;
            told.sort_unstable();
            let is_newest = told.windows(2).all(|pair| pair[0] + 1 == pair[1]);
            if !is_right || !is_newest {
                stop.store(true, Ordering::SeqCst);
                panic!("{known} calls, of {before} to {after} made; told {told:?}");
            }
        }
        stop.store(true, Ordering::SeqCst);
    });
    assert!(handle.trace().stats().lost > 0, "more threads ended than one may write rows");
}
