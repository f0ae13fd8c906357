//! What is stable of these programs, as snapshots: the same text on either runtime, over real sockets, in every run.
//!
//! Its own file, because the global subscriber of this process is the one that the first guard installs.

use std::future::Future;

use tracesnap::{Detail, Sort, TracedSnapshot, Tracer, TracerBuilder, assert_trace_snapshot};
use tracesnap_real::http2::{ALL, exchange, loopback};
use tracesnap_real::runtime::Flavor;
use tracesnap_real::{bus, orders};

/// The names of the calls of a run.
fn calls<F: Future>(builder: TracerBuilder, flavor: Flavor, future: F) -> TracedSnapshot {
    let guard = builder.start().expect("a guard");
    let adopter = guard.adopter();
    flavor.block_on(move || adopter.adopt(), future);
    guard.finish().snapshot().detail(Detail::Minimal)
}

/// The same of either runtime, where what begins first is chance.
fn on_either_runtime<F: Future>(builder: &TracerBuilder, future: impl Fn() -> F) -> TracedSnapshot {
    let [one, many] = [Flavor::CurrentThread, Flavor::MultiThread]
        .map(|flavor| calls(builder.clone(), flavor, future()).sort(Sort::Unordered));
    assert_eq!(one.to_string(), many.to_string());
    one
}

#[test]
fn a_request_over_http2_is_polled_read_decoded_and_written() {
    let builder = Tracer::builder().modules(["h2::**", "!h2::proto::streams::**"]);
    // Over a pipe in memory nothing waits for the system, so that even the polls are the same.
    let pipe = async { exchange(tokio::io::duplex(64 * 1024), &ALL[..1]).await };
    assert_trace_snapshot!(calls(builder, Flavor::CurrentThread, pipe));
}

#[test]
fn three_requests_over_loopback_are_three_pairs_of_headers_on_both_ends() {
    let builder = Tracer::builder()
        .modules(["h2::proto::connection", "h2::hpack::**"])
        .filter_fn(|site| !site.name().starts_with("poll"));
    let requests = || async { exchange(loopback().await.expect("two sockets"), &ALL).await };
    assert_trace_snapshot!(on_either_runtime(&builder, requests), @"
    ┄ Connection ×2
    ├┄ hpack::decode ×3
    └┄ hpack::encode ×3
    ");
}

#[test]
fn twenty_requests_at_once_are_twenty_equal_calls_but_for_those_that_find_nothing() {
    let builder = Tracer::builder().modules(["tracesnap_real::orders", "tower_http::**"]);
    assert_trace_snapshot!(on_either_runtime(&builder, orders::serve_all_at_once), @"
    ┄ request ×14
    ├┄ audit
    └┄ find
       └─ price
    ┄ request ×6
    ├┄ audit
    └┄ find
    ");
}

#[test]
fn two_peers_of_a_bus_shake_hands() {
    let builder = Tracer::builder().modules(["zbus::connection::handshake::**"]);
    let calls = || async { bus::calls(loopback().await.expect("two sockets")).await.expect("answers") };
    assert_trace_snapshot!(on_either_runtime(&builder, calls), @"
    ┄ perform
    ├┄ authenticate
    │  ├┄ read_command
    │  │  └─ read_commands
    │  └┄ write_command
    │     └─ write_commands
    └┄ send_secondary_commands
       └─ write_commands
    ┄ perform
    ├┄ next_step
    │  └─ finalize
    │     └─ read_command
    │        └─ read_commands
    ├┄ next_step
    └┄ next_step
       └─ handle_auth
          ├┄ auth_ok
          │  └─ write_command
          │     └─ write_commands
          └┄ read_command
             └─ read_commands
    ");
}
