//! A program with a registry of its own: the tracer's layer and the naive recorder see exactly the same run.
//!
//! Its own file, because the global subscriber of this process is that registry. The tests run at the same time in one
//! process, each on threads of its own, so every trace must also be free of what the others do.

use std::future::Future;
use std::sync::OnceLock;

use tracesnap::{Through, Trace, TraceHandle, Tracer};
use tracesnap_real::forest::{Forest, Size};
use tracesnap_real::http2::{ALL, LARGE, exchange, loopback};
use tracesnap_real::naive::Naive;
use tracesnap_real::runtime::{Flavor, on_thread};
use tracesnap_real::{bus, orders};
use tracesnap_redact::Policy;
use tracing_subscriber::prelude::*;

/// The naive recorder of this process, below the tracer's layer, and the handle that has what no guard takes.
fn installed() -> &'static (Naive, TraceHandle) {
    static INSTALLED: OnceLock<(Naive, TraceHandle)> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let (layer, handle) = Tracer::builder().layer().expect("a layer");
        let naive = Naive::default();
        tracing::subscriber::set_global_default(tracing_subscriber::registry().with(naive.clone()).with(layer))
            .expect("this file's subscriber is the first");
        (naive, handle)
    })
}

/// Runs a future under a guard that has every thread of its runtime. Gives its value and what the two recorders say.
fn both<F: Future>(name: &str, flavor: Flavor, future: impl FnOnce() -> F + Send) -> (F::Output, Trace, Forest, Forest)
where
    F::Output: Send,
{
    let (naive, _) = installed();
    let (value, trace) = on_thread(name, || {
        let guard = Tracer::builder().redact(Policy::none()).value_limit(8_128).start().expect("a guard");
        assert_eq!(guard.through(), Through::Layer);
        let adopter = guard.adopter();
        let value = flavor.block_on(move || adopter.adopt(), future());
        (value, guard.finish())
    });
    let (recorded, happened) = (Forest::of_trace(&trace), Forest::of_callbacks(&naive.on_threads(name)));
    println!("{name}: {:?}", recorded.size());
    (value, trace, recorded, happened)
}

/// Nothing is missing, nothing is too much, and siblings stand in the order in which they began.
#[track_caller]
fn assert_whole(trace: &Trace, recorded: Forest, happened: Forest, flavor: Flavor) -> Size {
    let stats = trace.stats();
    assert!(stats.is_complete() && stats.cut_values == 0 && stats.redacted == 0, "{stats:?}");
    match flavor {
        Flavor::CurrentThread => recorded.assert_is(&happened),
        // Siblings that began on several threads have no order of the program.
        Flavor::MultiThread => recorded.clone().unordered().assert_is(&happened.unordered()),
    }
    recorded.size()
}

fn http2(name: &str, flavor: Flavor) {
    let requests = || async { exchange(loopback().await.expect("two sockets"), &ALL).await };
    let (sizes, trace, recorded, happened) = both(name, flavor, requests);
    assert_eq!(sizes, [5, 12, LARGE]);
    let size = assert_whole(&trace, recorded.clone(), happened, flavor);
    assert_eq!(recorded.count("::Connection:"), 2, "one of the client, one of the server");
    assert!(size.spans > 400 && size.events > 900, "{size:?}");
}

#[test]
fn of_an_http2_exchange_on_one_thread_nothing_is_missing() {
    http2("http2 on one thread", Flavor::CurrentThread);
}

#[test]
fn of_an_http2_exchange_on_many_threads_nothing_is_missing() {
    http2("http2 on many threads", Flavor::MultiThread);
}

#[test]
fn of_an_http2_exchange_on_threads_that_nobody_adopted_the_guard_and_the_layer_have_all_between_them() {
    let name = "http2 on threads of nobody";
    let (naive, handle) = installed();
    let trace = on_thread(name, || {
        let guard = Tracer::builder().redact(Policy::none()).start().expect("a guard");
        Flavor::MultiThread.block_on(|| (), async { exchange(loopback().await.expect("two sockets"), &ALL).await });
        guard.finish()
    });
    let rest = handle.trace();
    assert!(trace.stats().is_complete() && rest.stats().is_complete(), "{:?} {:?}", trace.stats(), rest.stats());
    let (recorded, rest) = (Forest::of_trace(&trace), Forest::of_trace(&rest));
    println!("{name}: {:?} and {:?}", recorded.size(), rest.size());
    assert_eq!(recorded.count("::Connection:") + rest.count("::Connection:"), 2);
    let happened = Forest::of_callbacks(&naive.on_threads(name)).and(Forest::default());
    recorded.and(rest).unordered().assert_is(&happened.unordered());
}

fn twenty_requests(name: &str, flavor: Flavor) {
    let (answers, trace, recorded, happened) = both(name, flavor, orders::serve_all_at_once);
    assert_eq!(answers.len(), orders::REQUESTS);
    assert_whole(&trace, recorded, happened, flavor);
    let requests: Vec<_> = trace.tree().calls().filter(|call| call.name() == "request").collect();
    assert_eq!(requests.len(), orders::REQUESTS);
    for request in requests {
        let children: Vec<_> = request.children().map(|child| child.name()).collect();
        assert_eq!(children, ["audit", "find"], "{request:?}");
        let messages: Vec<_> = request.events().filter_map(|event| event.message()).collect();
        assert_eq!(messages[..2], ["started processing request", "finished processing request"], "{request:?}");
    }
}

#[test]
fn of_twenty_requests_at_once_on_one_thread_nothing_is_missing() {
    twenty_requests("orders on one thread", Flavor::CurrentThread);
}

#[test]
fn of_twenty_requests_at_once_on_many_threads_nothing_is_missing() {
    twenty_requests("orders on many threads", Flavor::MultiThread);
}

fn calls_of_an_instrumented_library(name: &str, flavor: Flavor) {
    let calls = || async { bus::calls(loopback().await.expect("two sockets")).await.expect("answers") };
    let (answers, trace, recorded, happened) = both(name, flavor, calls);
    assert_eq!(answers.count, 3);
    let size = assert_whole(&trace, recorded, happened, flavor);
    assert!(size.spans > 30, "{size:?}");
}

#[test]
fn of_an_instrumented_library_on_one_thread_nothing_is_missing() {
    calls_of_an_instrumented_library("zbus on one thread", Flavor::CurrentThread);
}

#[test]
fn of_an_instrumented_library_on_many_threads_nothing_is_missing() {
    calls_of_an_instrumented_library("zbus on many threads", Flavor::MultiThread);
}
