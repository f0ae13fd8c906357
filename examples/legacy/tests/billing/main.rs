//! A function that nobody may edit is captured, replayed, traced, and replaced.

use tracesnap::{Tracer, assert_trace_snapshot};
use tracesnap_capture::{CaptureConfig, CaptureGuard, CaptureLoader, Captures, load, replay};
use tracesnap_example_legacy::{Account, Order, bill, bill_month, rewrite};

const CARD: &str = "4000056655665556";

/// Captures of their own for a test.
fn captures() -> (tempfile::TempDir, CaptureGuard) {
    let home = tempfile::tempdir().expect("a folder");
    let config = CaptureConfig::new().path(home.path());
    let captures = Captures::builder().config(config).build().expect("a configuration");
    (home, captures.enter())
}

fn account(no: u32, grade: char) -> Account {
    Account { no, grade }
}

/// Orders and months that reach each branch of the legacy function.
fn calls() -> Vec<(Order, u8)> {
    let order = |no, grade, lines: &[(u32, u64)], card: &str| Order {
        account: account(no, grade),
        lines: lines.to_vec(),
        card_number: card.into(),
    };
    vec![
        (order(4711, 'A', &[(12, 333), (10, 777)], CARD), 12),
        (order(4712, 'C', &[(1, 1_990)], CARD), 12),
        (order(4712, 'B', &[(1, 1_990), (30, 7)], CARD), 6),
        (order(4713, 'D', &[], CARD), 1),
        (order(4714, 'D', &[(1, 40)], CARD), 12),
        (order(4713, 'A', &[(1, 40)], "none"), 1),
        (order(4713, 'A', &[(1, 40)], CARD), 13),
    ]
}

#[test]
fn it_does_what_it_did_and_its_arguments_have_names() {
    let (_home, _captures) = captures();
    let lines = [(12, 333), (10, 777)];
    assert_eq!(
        bill(&account(4711, 'A'), &lines, CARD, 12),
        legacy_billing::bill(&account(4711, 'A'), &lines, CARD, 12)
    );
    let document = CaptureLoader::current().expect("a folder").latest("bill").expect("a capture").document;
    insta::assert_yaml_snapshot!(document.kwargs, @r#"
    account: "Account { no: 4711, grade: 'A' }"
    lines:
      - - 12
        - 333
      - - 10
        - 777
    card_number: "[redacted]"
    month: 12
    "#);
}

#[test]
fn it_is_replayed_with_what_the_test_supplies_for_what_cannot_be_kept() {
    let (_home, _captures) = captures();
    assert_eq!(bill(&account(4712, 'C'), &[(1, 1_990)], CARD, 12), Ok(1_890));
    let missing = replay!(bill).expect_err("an account cannot be made of its text").to_string();
    assert!(missing.contains("account") && missing.contains("card_number"), "{missing}");
    let again = replay!(bill, with(account = account(4712, 'C'), card_number = CARD.into()));
    assert_eq!(again.expect("it does what it did").into_value(), Ok(1_890));
    let other = replay!(bill, with(account = account(4713, 'C'), card_number = CARD.into()));
    let told = other.expect_err("an odd number gets no present").to_string();
    assert!(told.contains("recorded 1890, now 1990"), "{told}");
}

#[test]
fn in_a_trace_it_stands_under_its_caller_without_the_card() {
    let (_home, _captures) = captures();
    let order = |no, grade, card: &str| Order {
        account: account(no, grade),
        lines: vec![(1, 1_990)],
        card_number: card.into(),
    };
    let orders = [order(4712, 'C', CARD), order(4713, 'B', "none")];
    let modules = ["tracesnap_example_legacy::**"];
    let (sum, trace) = Tracer::builder().modules(modules).trace(|| bill_month(&orders, 12)).expect("a trace");
    assert_eq!(sum, 1_890);
    assert_trace_snapshot!(trace);
}

#[test]
fn what_was_captured_tells_a_rewrite_that_differs_from_one_that_does_not() {
    let (_home, _captures) = captures();
    let calls = calls();
    for (Order { account, lines, card_number }, month) in &calls {
        let _ = bill(account, lines, card_number, *month);
    }
    // Held against the recorded outcomes, not against the legacy function: that may be gone by then.
    let differing = |rewritten: rewrite::Bill| {
        let mut differing = Vec::new();
        for (at, (order, _)) in calls.iter().enumerate() {
            let (supplied, card) = (account(order.account.no, order.account.grade), order.card_number.clone());
            let index = calls.len() - 1 - at;
            let case = load!(bill, index = index, with(account = supplied, card_number = card)).expect("a capture");
            let recorded = &case.outcome().expect("an outcome").value;
            let now = rewritten(&case.args.account, &case.args.lines, &case.args.card_number, case.args.month);
            if now.map_or_else(serde_json::Value::from, serde_json::Value::from) != *recorded {
                differing.push(at);
            }
        }
        differing
    };
    // Rounding by line; the present of December.
    assert_eq!(differing(rewrite::first), [0, 1, 4]);
    assert!(differing(rewrite::second).is_empty());
}
