//! Nothing that was planted in an argument, a result, an error, a `Debug` print or a panic is in any byte of a folder.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use serde_json::Value;
use tracesnap_capture::{CaptureConfig, capture};
use tracesnap_leaks::{assert_none, cases, reveals};

use crate::support::{Folder, folder_with};

#[derive(Debug)]
struct Shown {
    body: String,
}

#[capture(retention = 1)]
fn takes(document: &Value, text: &str, shown: &Shown) -> usize {
    document.to_string().len() + text.len() + shown.body.len()
}

#[capture(retention = 1)]
fn returns(document: &Value) -> Value {
    document.clone()
}

#[capture(retention = 1)]
fn fails(text: &str, attempt: u8) -> Result<(), String> {
    Err(format!("attempt {attempt}: {text}"))
}

#[capture(retention = 1)]
fn panics(message: String) -> u8 {
    // Without the message of a panic on the screen.
    resume_unwind(Box::new(message))
}

/// Each case goes through one of the functions, in turns; what is in the folder then is that capture.
fn leaks_of(folder: &Folder, seed: u64, each: usize) {
    let cases: Vec<_> = cases(seed).into_iter().step_by(each).collect();
    let leaks = cases.iter().enumerate().filter_map(|(at, case)| {
        let document: Value = serde_json::from_str(&case.document).expect("it is a document");
        let function = match at % 4 {
            0 => {
                takes(&document, &case.text, &Shown { body: case.text.clone() });
                "takes"
            }
            1 => {
                returns(&document);
                "returns"
            }
            2 => {
                fails(&case.text, 1).expect_err("it fails");
                "fails"
            }
            _ => {
                catch_unwind(AssertUnwindSafe(|| panics(case.text.clone()))).expect_err("it panics");
                "panics"
            }
        };
        let capture = folder.latest(function).document;
        let written = format!("{} {:?} {:?}", Value::from(capture.kwargs.clone()), capture.args, capture.outcome);
        let is_there = folder.bytes().contains(&case.secret) || reveals(&written, &case.secret);
        is_there.then_some((case, written))
    });
    assert_none(leaks.collect::<Vec<_>>(), cases.len());
    let stats = folder.captures.stats();
    assert_eq!((stats.captured, stats.failed, stats.quarantined), (cases.len() as u64, 0, 0), "{stats:?}");
}

#[test]
fn what_was_planted_is_in_no_byte_of_a_file() {
    leaks_of(&folder_with(CaptureConfig::new()), 4721, 1);
}

#[test]
fn what_was_planted_is_in_no_byte_that_another_thread_writes() {
    leaks_of(&folder_with(CaptureConfig::new().background(true)), 4722, 7);
}
