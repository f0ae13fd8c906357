//! What is captured of an order, and what is not.

use tracesnap_capture::{CaptureConfig, Captures, Criteria, OutcomeKind, has_capture, load, load_named_json, replay};
use tracesnap_example_order_processing::clients::http::clients;
use tracesnap_example_order_processing::{Address, Item, LocalServices, OrderError, OrderService, Scenario};
use tracesnap_record::Mode;

use crate::support::{TOKEN, checked_in, provider, replayed};

/// Two orders: one that is taken, one that is refused.
async fn a_day_in_the_shop() {
    let folder = tempfile::tempdir().expect("a folder");
    let services = LocalServices::start(Scenario::Paid).await.expect("ports");
    let provider = provider(folder.path(), Mode::Real);
    let shop = OrderService::new(clients(&provider, services.addresses()).expect("rules"));
    let items = || vec![Item::new("TEA-001", 3, 1_250), Item::new("CUP-002", 1, 2_250)];
    let order = |country: &str, postcode: &str| {
        let address = Address { country: country.into(), postcode: postcode.into() };
        shop.process_order(7, items(), "tok_live_4f1c77aa".into(), address)
    };
    order("NO", "0150").await.expect("it is taken");
    order("XX", "0").await.expect_err("nothing goes there");
}

/// Writes them anew:
/// `cargo test -p tracesnap-example-order-processing -- --ignored writes_the_captures_that_are_checked_in`.
#[tokio::test]
#[ignore = "it writes files that are checked in"]
async fn writes_the_captures_that_are_checked_in() {
    let config = CaptureConfig::new().path(concat!(env!("CARGO_MANIFEST_DIR"), "/captures"));
    let _captures = Captures::builder().config(config).build().expect("a configuration").enter();
    a_day_in_the_shop().await;
}

#[tokio::test]
async fn the_token_is_in_no_capture_no_trace_and_no_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = CaptureConfig::new().path(folder.path());
    let guard = Captures::builder().config(config).build().expect("a configuration").enter();
    a_day_in_the_shop().await;
    let captured = load_named_json("OrderService::process_order").expect("a capture");
    assert_eq!(captured["payment_token"], "[redacted]");
    assert_eq!(captured["shipping_address"]["country"], "XX");
    drop(guard);

    let run = replayed(Scenario::Paid).await;
    let shown = run.trace.snapshot().to_string();
    assert!(shown.contains("payment_token: [redacted]") && !shown.contains(TOKEN), "{shown}");
    assert!(run.session.contains("amount_cents") && !run.session.contains(TOKEN), "{}", run.session);
}

#[tokio::test]
async fn an_order_that_was_refused_is_refused_again() {
    let _captures = checked_in();
    let folder = tempfile::tempdir().expect("a folder");
    let services = LocalServices::start(Scenario::Paid).await.expect("ports");
    let provider = provider(folder.path(), Mode::Real);
    let shop = OrderService::new(clients(&provider, services.addresses()).expect("rules"));
    let refused = replay!(
        OrderService::process_order,
        matching = Criteria::new().outcome(OutcomeKind::Error),
        with(payment_token = TOKEN.into()),
        receiver = || shop.clone()
    );
    let refused = refused.await.expect("it does what it did").into_value();
    assert_eq!(refused, Err(OrderError::NoDelivery { country: "XX".into() }));
}

#[test]
fn captures_are_chosen_by_what_is_in_them() {
    let _captures = checked_in();
    assert!(has_capture("process_order"));
    let norway = Criteria::new().argument("shipping_address.country", "NO");
    let case = load!(OrderService::process_order, matching = norway, with(payment_token = TOKEN.into()));
    let case = case.expect("a capture");
    assert_eq!((case.args.customer_id, case.args.items.len()), (7, 2));
    let nowhere = Criteria::new().argument("shipping_address.country", "FR");
    let missing = load!(OrderService::process_order, matching = nowhere, with(payment_token = TOKEN.into()));
    assert!(missing.expect_err("no order to France").to_string().contains("shipping_address.country"));
}
