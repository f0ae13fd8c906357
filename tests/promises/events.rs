//! Events stand under their call, in the order of the program.

use tracesnap::Sampling;
use tracing::{Level, debug, error, event, info, info_span, warn};

use crate::support::{assert_tree, record, tracer};

#[test]
fn events_and_calls_stand_in_the_order_of_the_program() {
    let trace = record(|| {
        info!("before all");
        info_span!("order").in_scope(|| {
            info!("first");
            info_span!("pay").in_scope(|| debug!("inside"));
            warn!("between");
            info_span!("ship").in_scope(|| ());
            error!(code = 5, "last");
        });
        info!("after all");
    });
    assert_tree!(trace, @r"
    - before all
    order
      - first
      pay
        - inside
      - between
      ship
      - last code=5
    - after all
    ");
}

#[test]
fn an_event_may_name_its_call_or_none() {
    let trace = record(|| {
        let named = info_span!("named");
        info_span!("around").in_scope(|| {
            info!(parent: &named, "elsewhere");
            info!(parent: None, "nowhere");
            event!(Level::INFO, "here");
        });
    });
    assert_tree!(trace, @r"
    named [never entered]
      - elsewhere
    around
      - here
    - nowhere
    ");
}

#[test]
fn events_are_counted_and_in_no_call_but_their_own() {
    let trace = record(|| {
        info_span!("a").in_scope(|| {
            info!("one");
            info_span!("b").in_scope(|| info!("two"));
        });
    });
    let count = |name| trace.tree().calls().find(|call| call.name() == name).map(|call| call.events().count());
    assert_eq!((count("a"), count("b"), trace.stats().events), (Some(1), Some(1), 2));
}

#[test]
fn events_outside_any_call_that_are_not_in_the_sample_are_counted() {
    let sampled = tracer().sampling(Sampling::every_nth(2));
    let ((), trace) = sampled.trace(|| (0..4).for_each(|n| info!(n, "alone"))).expect("the plan is right");
    assert_eq!((trace.stats().events, trace.stats().sampled_out), (2, 2));
    assert!(!trace.stats().is_complete());
}
