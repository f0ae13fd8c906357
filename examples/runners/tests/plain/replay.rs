//! Captures that are checked in, replayed: `replay::capture_0` is the latest, and so on.

use tracesnap_capture::{CaptureConfig, Captures, load, replay};
use tracesnap_example_runners::price;

/// The captures that are checked in, for this thread.
fn checked_in() -> tracesnap_capture::CaptureGuard {
    let config = CaptureConfig::new().path(concat!(env!("CARGO_MANIFEST_DIR"), "/recorded")).enabled(false);
    Captures::builder().config(config).build().expect("a configuration").enter()
}

#[test]
fn each_capture_does_what_it_did() {
    let _captures = checked_in();
    let names = tracesnap_capture::test_names(tracesnap_capture::captures!(price)).expect("they are listed");
    assert_eq!(names.len(), 3);
    for index in names.into_values() {
        replay!(price, index = index).expect("it does what it did");
    }
}

#[test]
fn a_capture_is_chosen_by_what_it_holds() {
    let _captures = checked_in();
    let case = load!(price, matching = "sku=\"tea\"".parse().expect("criteria")).expect("a capture");
    assert_eq!(case.args.quantity, 3);
}

#[test]
fn without_a_capture_a_test_goes_on_with_data_of_its_own() {
    let _captures = checked_in();
    let of_nobody = "sku=\"saucer\"".parse().expect("criteria");
    let case = load!(price, matching = of_nobody, or = price { sku: "tea".into(), quantity: 2 });
    let case = case.expect("the data of its own");
    assert_eq!(price(&case.args.sku, case.args.quantity), Ok(2_500));
}

/// Writes them anew: `cargo test -p tracesnap-example-runners --test plain -- --ignored writes_the_captures`.
#[test]
#[ignore = "it writes files that are checked in"]
fn writes_the_captures_that_are_checked_in() {
    let config = CaptureConfig::new().path(concat!(env!("CARGO_MANIFEST_DIR"), "/recorded"));
    let _captures = Captures::builder().config(config).build().expect("a configuration").enter();
    let _ = (price("tea", 3), price("cup", 1), price("hat", 1));
}
