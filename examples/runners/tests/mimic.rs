//! A harness of its own, by libtest-mimic: a trial for each capture, by a name that stays, with hooks before and after.
//!
//! It takes the options of the standard harness (`--list`, `--exact`, filters), so `cargo test --test mimic error` and
//! nextest run it like any other.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};
use tracesnap::Tracer;
use tracesnap_capture::{CaptureConfig, Captures, Missing, captures, replay, trials};
use tracesnap_example_runners::price;

static BEGUN: AtomicUsize = AtomicUsize::new(0);
static ENDED: AtomicUsize = AtomicUsize::new(0);

/// Around each trial, on its own thread.
fn with_hooks(trial: impl FnOnce() -> Result<(), Failed>) -> Result<(), Failed> {
    /// After it, also where it panics.
    struct After;
    impl Drop for After {
        fn drop(&mut self) {
            ENDED.fetch_add(1, Ordering::Relaxed);
        }
    }
    BEGUN.fetch_add(1, Ordering::Relaxed);
    let _after = After;
    trial()
}

fn checked_in() -> Captures {
    let config = CaptureConfig::new().path(concat!(env!("CARGO_MANIFEST_DIR"), "/recorded")).enabled(false);
    Captures::builder().config(config).build().expect("a configuration")
}

fn main() -> ExitCode {
    // Before all of them.
    let arguments = Arguments::from_args();
    let captures = checked_in();
    let listed = captures.enter();

    let mut all = trials(captures!(price), Missing::Fail, |index| {
        with_hooks(|| {
            let _captures = checked_in().enter();
            let guard = Tracer::builder().modules(["tracesnap_example_runners::**"]).start()?;
            replay!(price, index = index).map_err(|error| Failed::from(error.to_string()))?;
            guard.finish().calls("price").assert_times(1);
            Ok(())
        })
        .map_err(|failed| failed.message().unwrap_or("it failed").to_owned())
    });
    all.push(Trial::test("price::is_captured_three_times", || {
        with_hooks(|| {
            let _captures = checked_in().enter();
            let count = tracesnap_capture::test_names(captures!(price)).map(|names| names.len());
            if matches!(count, Ok(3)) { Ok(()) } else { Err(Failed::from(format!("{count:?}"))) }
        })
    }));
    drop(listed);
    let conclusion = libtest_mimic::run(&arguments, all);

    // After all of them.
    let (begun, ended) = (BEGUN.load(Ordering::Relaxed), ENDED.load(Ordering::Relaxed));
    assert_eq!(begun, ended, "each trial that began ended");
    conclusion.exit_code()
}
