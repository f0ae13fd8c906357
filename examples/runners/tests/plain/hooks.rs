//! Before and after each test: a value that is made first and dropped last. It needs no runner's help, so every runner
//! has it, and a panic does not get past it.

use std::path::PathBuf;

use tempfile::TempDir;
use tracesnap::{TraceGuard, Tracer};
use tracesnap_capture::{CaptureConfig, CaptureGuard, Captures};

use crate::support::nothing_is_captured;

/// What a test stands on: captures of its own, a recording of its calls, saved where the test fails.
pub(crate) struct Fixture {
    trace: Option<TraceGuard>,
    captures: CaptureGuard,
    folder: TempDir,
}

/// Before a test.
pub(crate) fn before() -> Fixture {
    nothing_is_captured();
    let folder = tempfile::tempdir().expect("a folder");
    let config = CaptureConfig::new().path(folder.path());
    let captures = Captures::builder().config(config).build().expect("a configuration").enter();
    Fixture { trace: Some(Tracer::start().expect("a guard")), captures, folder }
}

/// After a test: what failed leaves its calls behind.
impl Drop for Fixture {
    fn drop(&mut self) {
        let trace = self.trace.take().expect("it is taken once").finish();
        if std::thread::panicking() {
            let path = saved_to(&self.folder);
            match trace.save(&path) {
                Ok(()) => eprintln!("what it did, in {}:\n{}", path.display(), trace.snapshot()),
                Err(error) => eprintln!("its calls could not be saved: {error}"),
            }
        }
        let _ = &self.captures;
    }
}

/// Beside its folder, which goes with the test.
fn saved_to(folder: &TempDir) -> PathBuf {
    folder.path().with_extension("trace.json")
}

#[test]
fn before_and_after_each_test_there_is_a_recording_and_captures() {
    let fixture = before();
    tracesnap_example_runners::price("tea", 2).expect("it is sold");
    assert!(tracesnap_capture::has_capture("price"));
    drop(fixture);
    assert!(!tracesnap_capture::has_capture("price"), "nothing is left of it");
}

#[test]
fn a_test_that_fails_leaves_its_calls_behind() {
    let mut path = None;
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let fixture = before();
        path = Some(saved_to(&fixture.folder));
        let _ = tracesnap_example_runners::price("hat", 1);
        // Without a message: it is meant to.
        std::panic::resume_unwind(Box::new("as if an assertion had failed"));
    }));
    assert!(failed.is_err());
    let path = path.expect("it came that far");
    let trace = tracesnap::Trace::load(&path).expect("a trace");
    std::fs::remove_file(path).expect("it was there");
    trace.calls("price").with_arg("sku", "hat").assert_times(1);
}
