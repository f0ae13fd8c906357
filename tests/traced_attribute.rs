//! `#[traced]` on tests that are not async: guard, run and assertion in one line.
#![cfg(all(feature = "macros", feature = "insta"))]

use std::process::ExitCode;

use tracesnap::{Trace, Tracer, TracerBuilder, traced};
use tracing::{debug, instrument};

#[instrument(ret, err)]
fn process_order(items: u32) -> Result<u32, String> {
    check_availability(items);
    db::save(items);
    if items > 5 { Err("too many".into()) } else { Ok(items * 10) }
}

#[instrument(ret)]
fn check_availability(items: u32) -> bool {
    debug!(items, "looking at the shelf");
    true
}

mod db {
    #[tracing::instrument(level = "debug")]
    pub(super) fn save(items: u32) {}
}

#[traced]
#[test]
fn a_sync_test_is_asserted_by_a_snapshot_of_its_name() {
    process_order(2).unwrap();
}

#[traced]
#[test]
fn a_test_that_returns_a_result_may_use_the_question_mark() -> Result<(), String> {
    assert_eq!(process_order(2)?, 20);
    Ok(())
}

#[traced]
#[test]
fn a_test_that_returns_something_else_is_asserted_too() -> ExitCode {
    process_order(1).map_or(ExitCode::FAILURE, |_| ExitCode::SUCCESS)
}

#[traced]
#[test]
#[should_panic(expected = "called `Result::unwrap()` on an `Err` value: \"too many\"")]
fn a_panic_goes_through_with_its_own_message() {
    process_order(6).unwrap();
}

#[traced(modules("traced_attribute::**", "!traced_attribute::db"))]
#[test]
fn modules_are_chosen_by_patterns() {
    process_order(2).unwrap();
}

#[traced(level = "info")]
#[test]
fn less_severe_levels_are_left_out() {
    process_order(2).unwrap();
}

#[traced(max_depth = 1, detail = "minimal")]
#[test]
fn deep_calls_are_left_out() {
    process_order(2).unwrap();
}

#[traced(detail = "minimal", flat)]
#[test]
fn a_snapshot_is_flat_and_minimal_where_that_was_asked_for() {
    process_order(2).unwrap();
}

#[traced(detail = "verbose")]
#[test]
fn a_snapshot_is_verbose_where_that_was_asked_for() {
    process_order(2).unwrap();
}

#[traced(name = "an_order_by_another_name")]
#[test]
fn a_snapshot_has_the_name_it_was_given() {
    process_order(2).unwrap();
}

#[traced(no_snapshot, assert = |trace| trace.assert_order(["check_availability", "save"]))]
#[test]
fn a_closure_asserts_in_place_of_a_snapshot() {
    process_order(2).unwrap();
}

fn has_saved_once(trace: &Trace) {
    trace.calls("save").assert_times(1);
}

#[traced(assert = has_saved_once)]
#[test]
fn a_function_asserts_beside_a_snapshot() {
    process_order(2).unwrap();
}

#[traced(no_snapshot, assert = |trace| trace.assert_called("refund"))]
#[test]
#[should_panic(expected = "expected a call of `refund`, found none")]
fn a_failed_assertion_fails_the_test() {
    process_order(2).unwrap();
}

#[traced(capacity = 2)]
#[test]
#[should_panic(expected = "incomplete")]
fn a_trace_with_loss_fails_the_test() {
    process_order(2).unwrap();
}

#[traced(memory = "allocations", no_snapshot, assert = |trace| {
    assert!(trace.tree().calls().all(|call| call.memory().is_some()));
})]
#[test]
fn memory_is_read_where_that_was_asked_for() {
    process_order(2).unwrap();
}

fn scoped() -> TracerBuilder {
    Tracer::builder().scoped().max_level(tracing::Level::INFO)
}

#[traced(tracer = scoped(), no_snapshot, assert = |trace| trace.assert_not_called("save"))]
#[test]
fn a_builder_says_what_the_options_do_not() {
    process_order(2).unwrap();
}

#[traced(modules("shop::[**"), no_snapshot)]
#[test]
#[should_panic(expected = "`traced_attribute::a_pattern_that_cannot_be_read_fails_the_test` cannot be traced: module \
                           pattern `shop::[**`")]
fn a_pattern_that_cannot_be_read_fails_the_test() {
    unreachable!("the test does not run");
}

mod renamed {
    pub(crate) use ::tracesnap as deep;
}

#[traced(crate = crate::renamed::deep, level = "info", no_snapshot, assert = |trace| trace.assert_called("noted"))]
#[test]
#[instrument(name = "noted")]
fn a_span_around_the_test_is_in_its_trace() {
    tracing::info!("beginning");
}

#[traced]
#[test]
fn other_snapshots_in_the_test_keep_their_names() {
    insta::assert_snapshot!(process_order(2).unwrap(), @"20");
    insta::assert_snapshot!(process_order(3).unwrap());
}

mod deeper {
    use super::process_order;

    // The name of a local item must not reach into the test, nor the other way round.
    #[tracesnap::traced]
    #[test]
    fn trace() {
        let value = process_order(1).map_err(|trace| trace.len());
        assert_eq!(value, Ok(10));
    }
}
