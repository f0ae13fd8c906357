//! What a function returned is part of its call, not an event in it.

use std::fmt;
use std::future::Future;
use std::task::{Context, Waker};

use tracesnap::OnFull;
use tracing::{Instrument, Level, error, info_span, instrument};

use crate::support::{assert_tree, on_a_thread, record, runtime, text, tracer};

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card declined")
    }
}

#[instrument(ret)]
fn double(n: u32) -> u32 {
    n * 2
}

#[instrument(ret(Display))]
fn greet(who: &str) -> String {
    format!("hello {who}")
}

#[instrument(ret, err)]
fn charge(amount: u32) -> Result<u32, Declined> {
    if amount > 100 { Err(Declined) } else { Ok(amount) }
}

#[instrument(err(Debug))]
fn charge_only_err(amount: u32) -> Result<u32, Declined> {
    charge(amount)
}

#[instrument(skip_all, err)]
fn complain() -> Result<(), Declined> {
    error!(error = "my own", code = 1, "complaint");
    error!(error = "alone");
    Err(Declined)
}

#[instrument(ret, err)]
async fn fetch(id: u64) -> Result<u64, Declined> {
    tokio::task::yield_now().await;
    if id == 0 { Err(Declined) } else { Ok(id) }
}

#[test]
fn returned_values_and_errors_are_the_calls_own() {
    let trace = record(|| {
        double(2);
        greet("ada");
        let _ = (charge(5), charge(500), charge_only_err(5), charge_only_err(500));
    });
    assert_tree!(trace, @r#"
    double(n: 2) → 4
    greet(who: "ada") → hello ada
    charge(amount: 5) → 5
    charge(amount: 500) ✗ card declined
    charge_only_err(amount: 5)
      charge(amount: 5) → 5
    charge_only_err(amount: 500) ✗ Declined
      charge(amount: 500) ✗ card declined
    "#);
    assert_eq!(trace.stats().events, 0, "no event is left over");
}

#[test]
fn the_users_own_error_events_stay_events() {
    let trace = record(|| drop(complain()));
    assert_tree!(trace, @r#"
    complain ✗ card declined
      - complaint error="my own" code=1
      -  error="alone"
    "#);
}

#[test]
fn an_async_function_has_its_outcome_too() {
    let trace = record(|| {
        let fetches = async {
            for id in 0..3 {
                let _ = fetch(id).await;
            }
        };
        let runtime = runtime();
        runtime.block_on(runtime.spawn(fetches.instrument(info_span!("root")))).expect("no panic in it");
    });
    assert_tree!(trace, @r"
    root
      fetch(id: 0) ✗ card declined
      fetch(id: 1) → 1
      fetch(id: 2) → 2
    ");
    assert_eq!(trace.stats().events, 0);
}

#[test]
fn a_function_that_begins_on_one_thread_and_returns_on_another_has_its_outcome() {
    let trace = record(|| {
        let mut begun = [0, 1].map(|id| Box::pin(fetch(id)));
        let mut context = Context::from_waker(Waker::noop());
        begun.iter_mut().for_each(|future| assert!(future.as_mut().poll(&mut context).is_pending()));
        on_a_thread(|| begun.map(|future| runtime().block_on(future).is_ok()));
    });
    assert_tree!(trace, @r"
    fetch(id: 0) ✗ card declined
    fetch(id: 1) → 1
    ");
    assert_eq!(trace.stats().events, 0);
}

#[instrument(ret)]
fn outermost(n: u32) -> u32 {
    double(n) + 1
}

#[test]
fn what_a_call_returned_that_is_too_deep_is_not_taken_for_a_word_of_its_caller() {
    let (_, trace) = tracer().max_depth(1).trace(|| outermost(1)).expect("the plan is right");
    assert_tree!(trace, @"outermost(n: 1) → 3");
    assert_eq!((trace.stats().too_deep, trace.stats().events), (1, 0));
}

#[test]
fn an_error_of_a_call_that_is_too_deep_is_still_an_error() {
    let (_, trace) = tracer().max_depth(1).trace(|| charge_only_err(500)).expect("the plan is right");
    assert_tree!(trace, @r"
    charge_only_err(amount: 500) ✗ Declined
      -  error=card declined
    ");
    assert!(trace.assertions().try_assert_no_errors().is_err());
}

#[test]
fn what_a_call_returned_whose_row_was_overwritten_is_gone_with_it() {
    #[instrument(ret)]
    fn overwritten() -> u32 {
        (0..3).for_each(|n| info_span!("short", n).in_scope(|| ()));
        1
    }
    let run = || {
        overwritten();
        (0..4).for_each(|n| info_span!("later", n).in_scope(|| ()));
    };
    // Nine rows, of which a ring of eight keeps the last seven.
    let ((), trace) = tracer().capacity(8).on_full(OnFull::OverwriteOldest).trace(run).expect("the plan is right");
    insta::assert_snapshot!(text(&trace), @r"
    short(n: 1) [orphan]
    short(n: 2) [orphan]
    later(n: 0)
    later(n: 1)
    later(n: 2)
    later(n: 3)
    ");
}

#[test]
fn a_result_that_is_wanted_where_its_call_is_not_is_an_event() {
    #[instrument(level = "debug", ret(level = "info"))]
    fn quiet() -> u32 {
        1
    }
    let (_, trace) = tracer().max_level(Level::INFO).trace(|| info_span!("root").in_scope(quiet)).expect("right");
    assert_tree!(trace, @r"
    root
      -  return=1
    ");
}
