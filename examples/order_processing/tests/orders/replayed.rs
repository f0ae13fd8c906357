//! An order that goes well.

use tracesnap_example_order_processing::Scenario;

use crate::support::replayed;

#[tokio::test]
async fn one_snapshot_holds_result_calls_conversations_and_metrics() {
    let run = replayed(Scenario::Paid).await;
    insta::assert_yaml_snapshot!(run.evidence.stable());
}

#[tokio::test]
async fn an_order_is_charged_once_before_it_is_put_aside_and_told_of_last() {
    let run = replayed(Scenario::Paid).await;
    run.trace.assert_no_errors();
    run.trace.assert_order(["check_availability", "charge_payment", "reserve_items", "send_order_confirmation"]);
    run.trace.calls("charge_payment").assert_times(1);
    run.services.payments().assert_called_times("chargePayment", 1);
    assert!(run.shop.book().orders().iter().all(|order| !order.to_be_confirmed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_runtime_with_workers_it_is_the_same_snapshot() {
    // The test's own future runs on the test's thread, whatever the workers do.
    let run = replayed(Scenario::Paid).await;
    insta::assert_yaml_snapshot!("one_snapshot_holds_result_calls_conversations_and_metrics", run.evidence.stable());
}
