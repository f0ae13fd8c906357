//! A function is called again with what was captured, and does what it did; or the difference is told.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use tracesnap_capture::{Missing, Noise, capture, capture_tests, captures, load, replay, test_names};

use crate::support::{block_on, folder, folder_with};

static RATE: AtomicU32 = AtomicU32::new(2);

#[capture]
fn quotes(amount: u32, names: &[String]) -> Result<serde_json::Value, String> {
    if names.is_empty() {
        return Err(format!("nobody, at rate {}", RATE.load(Ordering::Relaxed)));
    }
    Ok(json!({"total": amount * RATE.load(Ordering::Relaxed), "id": fastrand_like(), "names": names}))
}

/// Another number every time.
fn fastrand_like() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn differences_are_told_by_place_apart_from_noise() {
    let _folder = folder();
    quotes(30, &["ada".into()]).expect("it works");
    let error = replay!(quotes).expect_err("the id is another").to_string();
    assert!(error.contains("does not do what capture ") && error.contains("\n  $.id: recorded "), "{error}");
    let noise = Noise::new().ignore("$.id").expect("a place");
    let replayed = replay!(quotes, noise = noise.clone()).expect("the same");
    assert_eq!(replayed.value.expect("a value").expect("it works")["total"], 60);
    assert!(replay!(quotes, unchecked).expect("it runs").differences.is_empty());
}

#[test]
fn another_kind_of_outcome_is_a_difference() {
    static FAILS: AtomicU32 = AtomicU32::new(0);
    #[capture]
    fn flaky(id: u8) -> Result<u8, String> {
        match FAILS.load(Ordering::Relaxed) {
            0 => Ok(id),
            1 => Err("down".into()),
            _ => panic!("broken for {id}"),
        }
    }
    let _folder = folder();
    flaky(4).expect("it works");
    FAILS.store(1, Ordering::Relaxed);
    let error = replay!(flaky).expect_err("it fails now").to_string();
    assert!(error.ends_with("outcome: recorded {\"returned\":4}, now {\"error\":\"down\"}"), "{error}");
    FAILS.store(2, Ordering::Relaxed);
    let error = replay!(flaky).expect_err("it panics now").to_string();
    assert!(error.ends_with("it panicked: broken for 4"), "{error}");
}

#[capture]
fn outer(value: u8) -> u8 {
    nested(value) + 1
}

#[capture]
fn nested(value: u8) -> u8 {
    value
}

#[test]
fn a_replay_is_not_captured_nor_what_it_calls() {
    let folder = folder();
    outer(1);
    assert_eq!(replay!(outer).expect("the same").into_value(), 2);
    assert_eq!(folder.loader().count("outer").expect("a number"), 1);
    assert_eq!(folder.loader().count("nested").expect("a number"), 1);
    assert_eq!(folder.captures.stats().replayed, 2);
}

#[test]
fn a_replay_is_a_snapshot_of_its_outcome() {
    let _folder = folder();
    outer(4);
    insta::assert_yaml_snapshot!(replay!(outer).expect("the same"), @"returned: 5");
    let case = load!(outer).expect("a capture");
    insta::assert_debug_snapshot!(outer(case.args.value), @"5");
}

#[test]
fn every_capture_has_a_name_for_its_test_that_stays() {
    let _folder = folder();
    outer(1);
    outer(2);
    let names = test_names(captures!(outer)).expect("names");
    outer(3);
    let later = test_names(captures!(outer)).expect("names");
    assert_eq!((names.len(), later.len()), (2, 3));
    assert!(names.keys().all(|name| later.contains_key(name) && name.starts_with("returned_")), "{names:?} {later:?}");
    // They are found by what they are called, whatever came after.
    let (first, _) = names.iter().find(|(_, index)| **index == 1).expect("the older one");
    assert_eq!(load!(outer, index = later[first]).expect("a capture").args.value, 1);
}

#[capture(path = "tests/promises/captures")]
fn prices(amount: u32, coupon: Option<String>) -> Result<u32, String> {
    match coupon.as_deref() {
        None => Ok(amount),
        Some("HALF") => Ok(amount / 2),
        Some(other) => Err(format!("no coupon `{other}`")),
    }
}

#[capture(path = "tests/promises/captures")]
async fn prices_slowly(amount: u32) -> u32 {
    amount
}

// Captures that are checked in: one test each.
capture_tests!(mod prices_of_captures for prices, count = 3);
capture_tests!(mod prices_that_may_be_missing for prices_slowly, count = 2, missing = skip, block_on = block_on);

/// Writes them anew: `cargo test -p tracesnap-capture -- --ignored writes_the_captures`.
#[test]
#[ignore = "it writes files that are checked in"]
fn writes_the_captures_that_are_checked_in() {
    let config = tracesnap_capture::CaptureConfig::new();
    let captures = tracesnap_capture::Captures::builder().config(config).build().expect("a configuration");
    let _captures = captures.enter();
    let _ = (prices(30, None), prices(30, Some("HALF".into())), prices(30, Some("FREE".into())));
}

#[rstest::rstest]
fn rstest_takes_captures_by_their_index(#[values(0, 1, 2)] index: usize) {
    // What is checked in stays as it is.
    let _off = folder_with(tracesnap_capture::CaptureConfig::new().enabled(false));
    let case = load!(prices, index = index).expect("a capture");
    let recorded = case.outcome().expect("an outcome").kind;
    assert_eq!(
        prices(case.args.amount, case.args.coupon).is_ok(),
        recorded == tracesnap_capture::OutcomeKind::Returned
    );
}

#[cfg(feature = "mimic")]
#[test]
fn libtest_mimic_has_one_trial_for_each_capture() {
    let trials =
        tracesnap_capture::trials(captures!(prices), Missing::Fail, |index| replay!(prices, index = index).map(drop));
    assert_eq!(trials.len(), 3);
    assert!(trials.iter().all(|trial| trial.name().starts_with("prices::")));
    let arguments = libtest_mimic::Arguments { quiet: true, ..Default::default() };
    assert!(!libtest_mimic::run(&arguments, trials).has_failed());
    let none = tracesnap_capture::trials(captures!(prices_slowly), Missing::Skip, |_| Ok::<(), String>(()));
    assert!(none[0].has_ignored_flag());
}

#[test]
fn a_missing_capture_fails_unless_it_may_be_missing() {
    let _ = Missing::default();
    let _folder = folder();
    assert_eq!(Missing::default(), Missing::Fail);
    assert!(replay!(outer).is_err());
}
