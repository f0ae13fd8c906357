//! Events stand under their call, in the order of the program.

use tracing::{Level, debug, error, event, info, info_span, warn};

use crate::support::{assert_tree, record};

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
