//! A share of the calls is captured, in every run the same ones if that is wanted.

use tracesnap_capture::{CaptureConfig, capture, load};

use crate::support::folder_with;

#[capture(sample = 0.1)]
fn often(value: u32) -> u32 {
    value
}

fn captured_of(calls: u32, seed: u64) -> Vec<u64> {
    let folder = folder_with(CaptureConfig::new().seed(seed).retention("all"));
    for value in 0..calls {
        assert_eq!(often(value), value);
    }
    let stats = folder.captures.stats();
    assert_eq!((stats.calls, stats.captured + stats.sampled_out), (u64::from(calls), u64::from(calls)));
    load!(often, all).expect("captures").iter().map(|case| u64::from(case.args.value)).collect()
}

#[test]
fn a_tenth_of_the_calls_is_a_tenth() {
    let captured = captured_of(2_000, 7);
    assert!((150..250).contains(&captured.len()), "{}", captured.len());
}

#[test]
fn the_same_seed_captures_the_same_calls() {
    assert_eq!(captured_of(300, 11), captured_of(300, 11));
    assert_ne!(captured_of(300, 11), captured_of(300, 12));
}

#[test]
fn nothing_and_everything_are_shares_too() {
    let folder = folder_with(CaptureConfig::new().sample(0.0));
    #[capture]
    fn never(value: u32) -> u32 {
        value
    }
    for value in 0..100 {
        never(value);
    }
    assert_eq!((folder.captures.stats().captured, folder.captures.stats().sampled_out), (0, 100));
}
