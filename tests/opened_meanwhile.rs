//! A session that opens while others are at work takes nothing of theirs, on whatever threads they are.

use std::sync::Barrier;
use std::thread;

use tracesnap::{Trace, Tracer};
use tracing::{Dispatch, dispatcher, info, info_span};
use tracing_subscriber::prelude::*;

fn outline(trace: &Trace) -> Vec<String> {
    let line = |(depth, item): (usize, tracesnap::tree::Item<'_>)| {
        let name = item.call().map(|call| call.name()).or_else(|| item.event()?.message()).unwrap_or_default();
        format!("{}{name}", " ".repeat(depth))
    };
    trace.tree().walk().map(line).collect()
}

#[test]
fn what_runs_in_a_call_entered_before_stays_with_the_session_of_that_call() {
    let (layer, handle) = Tracer::builder().layer().unwrap();
    let subscriber = Dispatch::from(tracing_subscriber::registry().with(layer));
    let (entered, opened, left) = (Barrier::new(2), Barrier::new(2), Barrier::new(2));
    let [early, late] = dispatcher::with_default(&subscriber, || {
        let early = Tracer::start().unwrap();
        let call = info_span!("call");
        thread::scope(|scope| {
            scope.spawn(|| {
                dispatcher::with_default(&subscriber, || {
                    call.in_scope(|| {
                        info!("before");
                        entered.wait();
                        opened.wait();
                        info!("after");
                        info_span!("child").in_scope(|| info!("in it"));
                        info_span!(parent: &call, "child").in_scope(|| ());
                    });
                    left.wait();
                });
            });
            let late = scope.spawn(|| {
                dispatcher::with_default(&subscriber, || {
                    entered.wait();
                    let late = Tracer::start().unwrap();
                    opened.wait();
                    info!("its own");
                    left.wait();
                    late.finish()
                })
            });
            let late = late.join().unwrap();
            [early.finish(), late]
        })
    });
    assert_eq!(outline(&early), ["call", " before", " after", " child", "  in it", " child"]);
    assert_eq!(outline(&late), ["its own"]);
    assert!(handle.trace().tree().is_empty());
}

#[test]
fn a_flight_recorder_keeps_what_other_threads_do_in_its_calls_while_a_session_is_open() {
    let (layer, handle) = Tracer::builder().layer().unwrap();
    let subscriber = Dispatch::from(tracing_subscriber::registry().with(layer));
    let work = |call: &tracing::Span| {
        let in_it = || call.in_scope(|| info_span!("child", size = 7).in_scope(|| info!("in it")));
        thread::scope(|scope| {
            scope.spawn(|| dispatcher::with_default(&subscriber, in_it));
        });
    };
    let (trace, during) = dispatcher::with_default(&subscriber, || {
        let call = info_span!("call");
        let session = Tracer::start().unwrap();
        work(&call);
        info_span!("its own").in_scope(|| work(&tracing::Span::current()));
        let during = handle.trace();
        let trace = session.finish();
        work(&call);
        (trace, during)
    });
    assert_eq!(outline(&trace), ["its own", " child", "  in it"]);
    assert_eq!(outline(&during), ["call", " child", "  in it"]);
    let trace = handle.trace();
    assert_eq!(outline(&trace), ["call", " child", "  in it", " child", "  in it"]);
    assert!(trace.calls("child").iter().all(|child| child.arg("size").is_some_and(|size| size.as_u64() == Some(7))));
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
}
