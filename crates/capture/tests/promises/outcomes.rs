//! How a call ended: with a value, an error, a panic, or not at all. The function itself is never changed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;
use tracesnap_capture::{CaptureConfig, OutcomeKind, capture, load, replay};

use crate::support::{block_on, folder, folder_with};

#[derive(Debug, PartialEq, Clone, Copy)]
enum Declined {
    NoMoney,
}

#[capture]
fn pays(amount: u32) -> Result<u32, Declined> {
    if amount > 100 {
        return Err(Declined::NoMoney);
    }
    assert!(amount > 0, "nothing to pay");
    let paid = check(amount)?;
    Ok(paid)
}

fn check(amount: u32) -> Result<u32, Declined> {
    Ok(amount)
}

#[test]
fn a_result_is_kept_as_the_one_or_the_other() {
    let folder = folder();
    assert_eq!(pays(30), Ok(30));
    let outcome = folder.latest("pays").document.outcome.expect("an outcome");
    assert_eq!((outcome.kind, outcome.value), (OutcomeKind::Returned, json!(30)));
    assert_eq!(pays(300), Err(Declined::NoMoney));
    let outcome = folder.latest("pays").document.outcome.expect("an outcome");
    // The error has no `Serialize`, and is kept as what it has.
    assert_eq!((outcome.kind, outcome.value, outcome.tier.as_str()), (OutcomeKind::Error, json!("NoMoney"), "debug"));
    assert_eq!(replay!(pays).expect("the same").into_value(), Err(Declined::NoMoney));
}

#[test]
fn a_panic_goes_on_as_it_was_and_its_arguments_are_kept() {
    let folder = folder();
    let payload = catch_unwind(|| pays(0)).expect_err("it panics");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"nothing to pay"));
    let document = folder.latest("pays").document;
    assert_eq!(document.outcome.as_ref().expect("an outcome").kind, OutcomeKind::Panicked);
    assert_eq!(document.argument("amount"), Some(&json!(0)));
    let replayed = replay!(pays).expect("it panics again, as was recorded");
    assert_eq!((replayed.panic.as_deref(), replayed.value), (Some("nothing to pay"), None));
}

#[capture]
async fn sleeps(id: u32) -> u32 {
    std::future::pending::<()>().await;
    id
}

#[test]
fn a_future_that_is_dropped_was_cancelled() {
    let folder = folder();
    block_on(async {
        let long = std::time::Duration::from_millis(5);
        tokio::time::timeout(long, sleeps(7)).await.expect_err("it never ends");
    });
    let document = folder.latest("sleeps").document;
    assert_eq!(document.outcome.as_ref().expect("an outcome").kind, OutcomeKind::Cancelled);
    assert!(document.outcome.expect("an outcome").duration() >= std::time::Duration::from_millis(4));
    // One that is never polled was never called.
    drop(sleeps(8));
    assert_eq!(folder.argument("sleeps", "id"), json!(7));
}

#[capture(no_outcome)]
fn aborts(id: u32) -> u32 {
    assert_eq!(load!(aborts).expect("it is there before the body runs").args.id, id);
    id
}

#[test]
fn without_an_outcome_a_capture_is_written_before_the_body_runs() {
    let _folder = folder();
    assert_eq!(aborts(5), 5);
    let error = replay!(aborts).expect_err("there is nothing to compare with").to_string();
    assert!(error.contains("has no outcome to compare with"), "{error}");
    assert_eq!(replay!(aborts, unchecked).expect("it runs").into_value(), 5);
}

#[test]
fn a_store_that_cannot_be_written_is_counted_and_the_function_does_what_it_does() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let _ignored = folder();
    let config =
        CaptureConfig::new().on_error(tracesnap_capture::OnError::Ignore).path(file.path().join("below/a/file"));
    let captures = tracesnap_capture::Captures::builder().config(config).build().expect("a configuration");
    let _captures = captures.enter();
    assert_eq!(pays(3), Ok(3));
    assert_eq!(pays(4), Ok(4));
    let stats = captures.stats();
    assert_eq!(stats.captured, 0);
    assert!(stats.failed >= 1, "{stats:?}");
}

struct Evil;

impl serde::Serialize for Evil {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("serialising is evil")
    }
}

struct Recurses(u32);

impl serde::Serialize for Recurses {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(recurses(Self(self.0 + 1)))
    }
}

#[capture]
fn evil(bad: Evil, good: u32) -> u32 {
    let _ = bad;
    good
}

#[capture]
fn recurses(value: Recurses) -> u32 {
    value.0
}

#[test]
fn an_argument_that_panics_when_serialised_is_marked_and_all_others_are_there() {
    let folder = folder();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    assert_eq!(evil(Evil, 4), 4);
    std::panic::set_hook(hook);
    let document = folder.latest("evil").document;
    assert_eq!((document.tier("bad").as_str(), document.argument("good")), ("failed", Some(&json!(4))));
    assert_eq!(folder.captures.stats().failed_values, 1);
}

#[test]
fn a_captured_function_that_an_argument_calls_is_not_captured_in_turn() {
    let folder = folder();
    assert_eq!(recurses(Recurses(1)), 1);
    assert_eq!(folder.loader().count("recurses").expect("a number"), 1);
    assert!(folder.captures.stats().reentrant >= 1);
}

#[test]
fn nothing_is_captured_while_it_is_switched_off() {
    let folder = folder_with(CaptureConfig::new().enabled(false));
    assert_eq!(pays(3), Ok(3));
    assert_eq!(folder.bytes(), "");
    let _ = catch_unwind(AssertUnwindSafe(|| pays(0)));
    assert_eq!(folder.captures.stats().calls, 0);
}
