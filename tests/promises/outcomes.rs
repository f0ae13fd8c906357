//! What a function returned is part of its call, not an event in it.

use std::fmt;
use std::future::Future;
use std::task::{Context, Waker};

use tracing::{Instrument, error, info_span, instrument};

use crate::support::{assert_tree, on_a_thread, record, runtime};

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
