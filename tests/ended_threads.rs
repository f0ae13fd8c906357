//! However many threads end while a recording runs, it takes no more memory than they wrote.
//!
//! A binary of its own: it looks at the memory of the process.

#![cfg(target_os = "linux")]

use std::sync::mpsc;
use std::thread;

use tracesnap::{OnFull, Tracer};
use tracing::{Dispatch, Span, dispatcher, info_span};
use tracing_subscriber::prelude::*;

/// Threads of which each would have a ring of 5 MiB: 15 GiB together.
const THREADS: u64 = 3_000;

/// What all of the tests here may take at most, and the rings of the threads that run.
const MOST: u64 = 1 << 30;

/// Address space of the process. **Unit:** bytes.
fn virtual_size() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Runs `f` on a thread of its own, to its end.
fn on_a_thread(f: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(f).join()).unwrap();
}

#[test]
fn under_a_guard() {
    let before = virtual_size();
    let guard = Tracer::start().unwrap();
    let root = info_span!("root");
    (0..THREADS).for_each(|n| on_a_thread(|| root.in_scope(|| info_span!("work", n).in_scope(|| ()))));
    let grown = virtual_size().saturating_sub(before);
    drop(root);
    let trace = guard.finish();
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    assert_eq!(trace.tree().len() as u64, THREADS + 1);
    assert!(grown < MOST, "{} MiB more after {THREADS} threads", grown >> 20);
}

#[test]
fn under_a_guard_that_keeps_the_newest_rows() {
    let before = virtual_size();
    let guard = Tracer::builder().capacity(1_024).on_full(OnFull::OverwriteOldest).start().unwrap();
    let adopter = guard.adopter();
    for n in 0..THREADS {
        on_a_thread(|| {
            adopter.adopt();
            info_span!("work", n).in_scope(|| ());
        });
    }
    let grown = virtual_size().saturating_sub(before);
    let trace = guard.finish();
    assert_eq!((trace.tree().len(), trace.stats().lost), (1_024, THREADS - 1_024));
    let kept: Vec<_> = trace.tree().roots().filter_map(|call| call.arg("n")?.as_u64()).collect();
    assert_eq!(kept, (THREADS - 1_024..THREADS).collect::<Vec<_>>());
    assert!(grown < MOST, "{} MiB more after {THREADS} threads", grown >> 20);
}

#[test]
fn under_a_layer_that_stays() {
    let before = virtual_size();
    let (layer, handle) = Tracer::builder().layer().unwrap();
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer));
    let work = |n| dispatcher::with_default(&subscriber, || info_span!("work", n).in_scope(|| ()));
    (0..THREADS).for_each(|n| on_a_thread(|| work(n)));
    let grown = virtual_size().saturating_sub(before);
    let trace = handle.trace();
    assert_eq!((trace.tree().len() as u64, trace.stats().lost), (THREADS, 0));
    assert!(grown < MOST, "{} MiB more after {THREADS} threads", grown >> 20);
}

#[test]
fn by_a_thread_that_outlives_many_layers() {
    let before = virtual_size();
    let (spans, to_enter) = mpsc::channel::<(Dispatch, Span)>();
    let (done, is_done) = mpsc::channel();
    let worker = thread::spawn(move || {
        for (subscriber, span) in to_enter {
            dispatcher::with_default(&subscriber, || span.in_scope(|| ()));
            drop((span, subscriber));
            done.send(()).unwrap();
        }
    });
    for _ in 0..600 {
        let (layer, _handle) = Tracer::builder().layer().unwrap();
        let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer));
        let trace = dispatcher::with_default(&subscriber, || {
            let guard = Tracer::start().unwrap();
            spans.send((subscriber.clone(), info_span!("entered elsewhere"))).unwrap();
            is_done.recv().unwrap();
            guard.finish()
        });
        assert_eq!((trace.tree().len(), trace.stats().lost), (1, 0));
    }
    let grown = virtual_size().saturating_sub(before);
    drop(spans);
    worker.join().unwrap();
    assert!(grown < MOST, "{} MiB more after 600 layers", grown >> 20);
}
