//! Each part of one's own does what it is there for.

#[cfg(feature = "sqlite")]
mod database;

use tracesnap::{Sampling, Tracer};
use tracesnap_capture::{CaptureConfig, CaptureGuard, CaptureLoader, Captures, Document, load, replay};
use tracesnap_example_custom_parts::cbor::Cbor;
use tracesnap_example_custom_parts::pii::{self, Strict};
use tracesnap_example_custom_parts::shop::process_order;
use tracesnap_example_custom_parts::{mermaid, production};

const NOTE: &str = "ask E-20417 (ada@example.com) before you ship";

/// Captures of their own for a test.
fn captures(config: CaptureConfig) -> (tempfile::TempDir, Captures, CaptureGuard) {
    let home = tempfile::tempdir().expect("a folder");
    let builder = Captures::builder().config(config.path(home.path())).policy(pii::policy().expect("a policy"));
    let captures = builder.build().expect("a configuration");
    let guard = captures.enter();
    (home, captures, guard)
}

fn latest() -> Document {
    CaptureLoader::current().expect("a folder").latest("process_order").expect("a capture").document
}

/// All bytes that lie in a folder.
fn bytes_of(folder: &std::path::Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        bytes.extend(if entry.is_dir() { bytes_of(&entry) } else { std::fs::read(entry).expect("a file") });
    }
    bytes
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_rule_of_ones_own_holds_in_captures_and_in_traces() {
    let (home, _captures, _guard) = captures(CaptureConfig::new());
    let tracer = Tracer::builder().redact(pii::policy().expect("a policy"));
    let (_, trace) = tracer.trace(|| process_order(7, NOTE, 3_000)).expect("a trace");
    let (kept, shown) = (latest().kwargs["note"].to_string(), trace.snapshot().to_string());
    for text in [&kept, &shown] {
        assert!(text.contains("ask [staff] ("), "{text}");
        assert!(!text.contains("20417") && !text.contains("ada@"), "{text}");
    }
    let written = bytes_of(home.path());
    assert!(contains(&written, "before you ship") && !contains(&written, "20417"));
}

#[test]
fn a_filter_of_ones_own_leaves_out_what_held_a_secret_and_keeps_the_rest() {
    let (_home, _captures, _guard) =
        captures(CaptureConfig::new().filter(Strict::new(pii::policy().expect("a policy"))));
    process_order(7, NOTE, 3_000).expect("it is taken");
    let document = latest();
    assert_eq!(document.kwargs["note"], "[redacted]");
    let rules = document.metadata.redacted["note"].to_string();
    assert!(rules.contains("\"filter\""), "{rules}");
    assert_eq!(document.kwargs["amount"], 3_000);
    process_order(7, "by noon", 3_000).expect("it is taken");
    assert_eq!(latest().kwargs["note"], "by noon");
}

#[test]
fn documents_in_a_form_of_ones_own_are_loaded_and_replayed() {
    let (home, _captures, _guard) = captures(CaptureConfig::new().serializer(Cbor));
    process_order(7, "by noon", 3_000).expect("it is taken");
    let written = bytes_of(home.path());
    assert!(contains(&written, "application/cbor") && !contains(&written, "\"customer_id\":7"));
    assert_eq!(load!(process_order).expect("a capture").args.customer_id, 7);
    assert_eq!(replay!(process_order).expect("it does what it did").into_value(), Ok(1_007));
}

#[test]
fn in_production_some_orders_are_kept_and_the_others_cost_nothing_else() {
    let (home, captures, _guard) = captures(production::captures().expect("a policy").seed(7));
    let tracer = production::tracer().sampling(Sampling::ratio(production::SAMPLED).seed(7));
    let guard = tracer.start().expect("a guard");
    for customer in 0..1_000 {
        process_order(customer, "", 3_000).expect("it is taken");
    }
    captures.flush();
    let trace = guard.finish();
    // With these seeds it is the same number in every run; another seed gives another one near.
    let orders = trace.tree().roots().count();
    assert!((60..140).contains(&orders), "{orders} of 1000 orders");
    assert_eq!(trace.stats().recorded, orders as u64 * 4, "an order is there as a whole");
    let captured = captures.stats().captured;
    assert!((60..140).contains(&captured), "{captured} of 1000 orders");
    // They share a segment, of which retention removes nothing but the whole.
    let kept = CaptureLoader::current().expect("a folder").count("process_order").expect("a number");
    assert_eq!(kept as u64, captured);
    assert_eq!(latest().outcome.map(|outcome| outcome.value), None, "arguments only");
    assert!(trace.assertions().try_assert_not_called("refund").is_err(), "no test passes by chance on a sample");
    drop(home);
}

#[test]
fn an_export_of_ones_own_draws_calls_from_module_to_module() {
    let (_home, _captures, _guard) = captures(CaptureConfig::new().enabled(false));
    let orders = || (process_order(7, "a; b", 3_000), process_order(8, "", 90_000));
    let (_, trace) = Tracer::builder().trace(orders).expect("a trace");
    let mut drawn = Vec::new();
    mermaid::write(&trace, &mut drawn).expect("a vector takes everything");
    insta::assert_snapshot!(String::from_utf8(drawn).expect("it is text"), @r#"
    sequenceDiagram
        participant shop
        participant stock
        participant payments
        participant bank
        caller->>shop: process_order(customer_id: 7, note: "a#59; b", amount: 3000)
        shop->>stock: reserve(amount: 3000)
        stock-->>shop: done
        shop->>payments: charge(amount: 3000)
        payments->>bank: allows(amount: 3000)
        bank-->>payments: true
        payments-->>shop: 3000
        shop-->>caller: 1007
        caller->>shop: process_order(customer_id: 8, note: "", amount: 90000)
        shop->>stock: reserve(amount: 90000)
        stock-->>shop: done
        shop->>payments: charge(amount: 90000)
        payments->>bank: allows(amount: 90000)
        bank-->>payments: false
        payments--xshop: card declined
        shop--xcaller: card declined
    "#);
}
