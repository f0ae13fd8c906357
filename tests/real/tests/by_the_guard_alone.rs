//! A program without a subscriber: the guard installs its own, and nobody else can listen to the same run.
//!
//! Its own file, because the global subscriber of this process is the one that the first guard installs. Each run is
//! held against a second run of the same work, under the naive recorder, on threads where that is the subscriber. Over
//! a pipe in memory and on one thread both runs are the same to the last callback. Over sockets and on many threads they
//! share what does not depend on waiting, and both ends of a connection must tell the same story.

use std::future::Future;

use tracesnap::{Through, Trace, Tracer, TracerBuilder};
use tracesnap_real::forest::Forest;
use tracesnap_real::http2::{ALL, LARGE, exchange, loopback};
use tracesnap_real::naive::Naive;
use tracesnap_real::runtime::{Flavor, on_thread};
use tracesnap_real::{bus, orders};
use tracesnap_redact::Policy;
use tracing_subscriber::prelude::*;

fn everything() -> TracerBuilder {
    Tracer::builder().redact(Policy::none()).value_limit(8_128)
}

/// Runs a future under a guard that has every thread of its runtime.
fn traced<F: Future>(name: &str, builder: TracerBuilder, flavor: Flavor, future: impl FnOnce() -> F + Send) -> Trace {
    let trace = on_thread(name, || {
        let guard = builder.start().expect("a guard");
        let adopter = guard.adopter();
        flavor.block_on(move || adopter.adopt(), future());
        guard.finish()
    });
    let stats = trace.stats();
    assert!(stats.is_complete() && stats.cut_values == 0 && stats.redacted == 0, "{stats:?}");
    println!("{name}: {:?}", Forest::of_trace(&trace).size());
    trace
}

/// What happens when the same work is done on one thread. After a guard's run, so that it is the guard whom each
/// callsite meets first.
fn happened<F: Future>(name: &str, future: impl FnOnce() -> F + Send) -> Forest {
    let naive = Naive::default();
    on_thread(name, || {
        let subscriber = tracing_subscriber::registry().with(naive.clone());
        tracing::subscriber::with_default(subscriber, || Flavor::CurrentThread.block_on(|| (), future()));
    });
    Forest::of_callbacks(&naive.on_threads(name))
}

/// The exchange over a pipe in memory: nothing waits for the system.
async fn piped() {
    assert_eq!(exchange(tokio::io::duplex(64 * 1024), &ALL).await, [5, 12, LARGE]);
}

async fn over_loopback() {
    assert_eq!(exchange(loopback().await.expect("two sockets"), &ALL).await, [5, 12, LARGE]);
}

#[test]
fn an_http2_exchange_on_one_thread_is_what_the_naive_recorder_says_to_the_last_callback() {
    let name = "http2 on one thread";
    let trace = traced(name, everything(), Flavor::CurrentThread, piped);
    Forest::of_trace(&trace).assert_is(&happened(name, piped));
}

#[test]
fn an_http2_exchange_in_scoped_mode_is_what_the_naive_recorder_says_to_the_last_callback() {
    let name = "http2 by a scoped guard";
    let trace = traced(name, everything().scoped(), Flavor::CurrentThread, piped);
    Forest::of_trace(&trace).assert_is(&happened(name, piped));
}

/// Every frame that one end sent is one that the other end received. All but the first and the last: the settings that
/// open a connection are sent before there is a span for it, and the end that goes away last is heard by nobody.
fn assert_ends_agree(recorded: &Forest) {
    for [sender, receiver] in [["peer=Client", "peer=Server"], ["peer=Server", "peer=Client"]] {
        let frames = |end: &str, message: &str| {
            let frames = recorded.said(end, message).into_iter().filter(|said| said.contains("frame="));
            let frames = frames.filter(|frame| !frame.contains("Settings { flags: (0x0)") && !frame.contains("GoAway"));
            frames.map(|frame| frame.replace(message, "")).collect::<Vec<_>>()
        };
        let (sent, received) = (frames(sender, "message=send"), frames(receiver, "message=received"));
        assert!(sent.len() >= 5, "{sent:?}");
        assert_eq!(sent, received);
    }
}

fn both_ends_of_http2(name: &str, flavor: Flavor) {
    let trace = traced(name, everything(), flavor, over_loopback);
    assert_eq!(trace.stats().unattributed, 0, "{:?}", trace.stats());
    let recorded = Forest::of_trace(&trace);
    assert_eq!(recorded.count("::Connection:"), 2);
    assert_ends_agree(&recorded);
}

#[test]
fn of_an_http2_exchange_over_loopback_on_one_thread_every_frame_is_seen_on_both_ends() {
    both_ends_of_http2("http2 over loopback, one thread", Flavor::CurrentThread);
}

#[test]
fn of_an_http2_exchange_over_loopback_on_many_threads_every_frame_is_seen_on_both_ends() {
    both_ends_of_http2("http2 over loopback, many threads", Flavor::MultiThread);
}

fn twenty_requests(name: &str, flavor: Flavor) {
    let trace = traced(name, everything(), flavor, orders::serve_all_at_once);
    assert_eq!(trace.stats().unattributed, 0, "{:?}", trace.stats());
    let happened = happened(name, orders::serve_all_at_once).without_stays().unordered();
    let recorded = Forest::of_trace(&trace).without_stays().unordered();
    // What the handlers said, and what `tower-http` did: it says how long it took.
    let ours = |module: &str| module.starts_with("tracesnap_real");
    recorded.clone().only(ours).unordered().assert_is(&happened.clone().only(ours).unordered());
    let all = |module: &str| ours(module) || module.starts_with("tower_http");
    let done = |forest: Forest| forest.only(all).without_fields().unordered();
    assert_eq!(recorded.count("::request:"), orders::REQUESTS);
    done(recorded).assert_is(&done(happened));
}

#[test]
fn twenty_requests_at_once_on_one_thread_are_all_there_with_all_below_them() {
    twenty_requests("orders on one thread", Flavor::CurrentThread);
}

#[test]
fn twenty_requests_at_once_on_many_threads_are_all_there_with_all_below_them() {
    twenty_requests("orders on many threads", Flavor::MultiThread);
}

fn calls_of_an_instrumented_library(name: &str, flavor: Flavor) {
    let calls = || async { bus::calls(loopback().await.expect("two sockets")).await.expect("answers") };
    let trace = traced(name, everything(), flavor, calls);
    assert_eq!(trace.stats().unattributed, 0, "{:?}", trace.stats());
    // What a peer still says while the other one is going away depends on which is faster.
    let done = |forest: Forest| forest.without_stays().without_fields().without_events().unordered();
    done(Forest::of_trace(&trace)).assert_is(&done(happened(name, calls)));
}

#[test]
fn the_calls_of_an_instrumented_library_on_one_thread_are_what_the_naive_recorder_says() {
    calls_of_an_instrumented_library("zbus on one thread", Flavor::CurrentThread);
}

#[test]
fn the_calls_of_an_instrumented_library_on_many_threads_are_what_the_naive_recorder_says() {
    calls_of_an_instrumented_library("zbus on many threads", Flavor::MultiThread);
}

#[test]
fn the_guard_is_the_subscriber_of_this_process() {
    let guard = Tracer::start().expect("a guard");
    assert_eq!(guard.through(), Through::Lean);
}
