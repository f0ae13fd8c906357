//! `#[traced]`: guard, run and snapshot at once, under the standard harness.

use tracesnap::traced;
use tracesnap_example_runners::price;

use crate::support::nothing_is_captured;

#[traced(modules("tracesnap_example_runners::**"), no_snapshot, assert = |trace| trace.calls("price").assert_times(2))]
#[test]
fn two_prices_are_asked_for() {
    nothing_is_captured();
    assert_eq!(price("tea", 2), Ok(2_500));
    assert!(price("hat", 1).is_err());
}

#[traced(modules("tracesnap_example_runners::**"))]
#[test]
fn a_price_is_one_call() -> Result<(), String> {
    nothing_is_captured();
    assert_eq!(price("cup", 2)?, 4_500);
    Ok(())
}
