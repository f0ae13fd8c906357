//! Orders that go wrong: which step it was, and what was left behind.

use serde::Serialize;
use tracesnap_example_order_processing::evidence::{FailedStep, ServiceState};
use tracesnap_example_order_processing::{Confirmation, OrderError, Receipt, Scenario};

use crate::support::replayed;

/// What a person wants to know first.
#[derive(Serialize)]
struct Told {
    scenario: String,
    result: Result<Receipt, OrderError>,
    failed_step: Option<FailedStep>,
    service_state: ServiceState,
}

#[tokio::test]
async fn every_trouble_names_the_step_that_failed_and_what_it_left_behind() {
    let mut told = Vec::new();
    for scenario in Scenario::TROUBLE {
        let evidence = replayed(scenario).await.evidence;
        let (result, failed_step, service_state) = (evidence.result, evidence.failed_step, evidence.service_state);
        told.push(Told { scenario: format!("{scenario:?}"), result, failed_step, service_state });
    }
    insta::assert_yaml_snapshot!(told);
}

#[tokio::test]
async fn an_order_that_fails_after_the_payment_gives_the_money_back() {
    let run = replayed(Scenario::ReservationLost).await;
    assert_eq!(run.evidence.result, Err(OrderError::Reservation { code: "already_taken".into() }));
    run.trace.assert_order(["charge_payment", "reserve_items", "refund_payment"]);
    run.trace.assert_not_called("create_order_record");
    run.services.payments().assert_called("refundPayment");
    assert!(run.shop.book().orders().is_empty());
    insta::assert_snapshot!(run.evidence.call_tree.join("\n"));
}

#[tokio::test]
async fn nobody_is_charged_for_what_is_not_there() {
    let run = replayed(Scenario::OutOfStock).await;
    run.trace.assert_not_called("charge_payment");
    run.services.payments().assert_not_called("chargePayment");
    assert_eq!(run.evidence.failed_step.expect("a step").step, "check_availability");
}

#[tokio::test]
async fn a_shop_whose_notifications_are_down_takes_the_order_and_remembers_to_tell() {
    let run = replayed(Scenario::NotificationsDown).await;
    assert_eq!(run.evidence.result.expect("it is taken").confirmation, Confirmation::Deferred);
    assert_eq!(run.evidence.failed_step.expect("a step").step, "send_order_confirmation");
    run.trace.calls("send_order_confirmation").assert_times(2);
    assert!(run.shop.book().orders()[0].to_be_confirmed);
}
