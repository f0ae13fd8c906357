//! Both of tokio's runtimes, and one that is built by hand: the same calls.

use tokio::runtime::Builder;
use tracesnap::{Sort, Trace, Tracer, traced};
use tracesnap_example_runners::prices;

use crate::support::nothing_is_captured;

const MODULES: [&str; 1] = ["tracesnap_example_runners::**"];

fn orders() -> Vec<(&'static str, u32)> {
    vec![("tea", 1), ("cup", 2), ("hat", 3)]
}

/// Each order in a task of its own, none under the span of who spawned it: they belong to the test by their threads.
fn holds(trace: &Trace) {
    trace.calls("prices").assert_times(1);
    trace.calls("price").assert_times(3);
    trace.calls("price").with_arg("sku", "hat").assert_times(1);
}

#[traced(modules("tracesnap_example_runners::**"), no_snapshot, assert = holds)]
#[tokio::test]
async fn on_the_current_thread() {
    nothing_is_captured();
    assert_eq!(prices(orders()).await, 5_750);
}

#[traced(modules("tracesnap_example_runners::**"), no_snapshot, assert = holds)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_threads_of_a_runtime() {
    nothing_is_captured();
    assert_eq!(prices(orders()).await, 5_750);
}

#[test]
fn on_a_runtime_that_is_built_by_hand() {
    nothing_is_captured();
    let guard = Tracer::builder().modules(MODULES).start().expect("a guard");
    let adopter = guard.adopter();
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).on_thread_start(move || adopter.adopt()).build().expect("a runtime");
    assert_eq!(runtime.block_on(prices(orders())), 5_750);
    drop(runtime);
    let trace = guard.finish();
    holds(&trace);
    // Which thread took which task is chance; the snapshot is not.
    insta::assert_snapshot!(trace.snapshot().sort(Sort::Unordered), @r#"
    ┄ price(sku: "cup", quantity: 2) → 4500
    ┄ price(sku: "hat", quantity: 3) ✗ nobody sells `hat`
    ┄ price(sku: "tea", quantity: 1) → 1250
    ┄ prices(orders: 3) → 5750
    "#);
}
