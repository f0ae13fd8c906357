//! A recording of the whole process, whichever thread: one at a time, so these tests take turns, also under `cargo test`.

use tracesnap::{OnBusy, Tracer};
use tracesnap_example_runners::price;

use crate::support::nothing_is_captured;

fn on_any_thread(sku: &'static str) {
    nothing_is_captured();
    let guard = Tracer::builder().process_wide(OnBusy::Wait).modules(["tracesnap_example_runners::**"]).start();
    let guard = guard.expect("a guard");
    // Nobody adopts this thread.
    std::thread::spawn(move || price(sku, 1)).join().expect("it does not panic").expect("it is sold");
    let trace = guard.finish();
    trace.calls("price").with_arg("sku", sku).assert_times(1);
}

#[test]
fn the_first_takes_the_process() {
    on_any_thread("tea");
}

#[test]
fn the_second_waits_for_it() {
    on_any_thread("cup");
}
