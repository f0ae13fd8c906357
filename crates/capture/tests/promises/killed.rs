//! A program that is killed leaves captures that are whole.

use std::ffi::OsStr;

use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, Layout, capture};
use tracesnap_killed::kill_after;

#[capture(retention = "all")]
fn counts(number: u64, note: String) -> u64 {
    number + note.len() as u64
}

/// Starts this test's program anew, kills it when it told of so many captures, and gives what is in the folder.
#[cfg(unix)]
fn killed_after(told_at_least: u64, layout: &str) -> (u64, Vec<u64>) {
    let dir = tempfile::tempdir().expect("a folder");
    let environment = [("CAPTURE_TEST_DIR", dir.path().as_os_str()), ("CAPTURE_TEST_LAYOUT", OsStr::new(layout))];
    let told = kill_after(told_at_least, "killed::captures_until_it_is_killed", &environment);
    let loader = CaptureLoader::open(dir.path()).expect("a folder");
    let found = loader.all("counts").expect("there are captures");
    let number = |document: &tracesnap_capture::Document| {
        let number = document.argument("number").and_then(serde_json::Value::as_u64).expect("a number");
        let note = document.argument("note").and_then(serde_json::Value::as_str).expect("a note");
        assert_eq!(note, "n".repeat(number as usize % 400), "whole");
        number
    };
    let mut numbers: Vec<_> = found.map(|capture| number(&capture.expect("whole").document)).collect();
    numbers.sort_unstable();
    (told, numbers)
}

#[test]
#[cfg(unix)]
fn of_files_every_capture_of_a_call_that_returned_is_there() {
    let (told, numbers) = killed_after(150, "files");
    assert!(numbers.len() as u64 >= told, "{} of {told}", numbers.len());
    assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "{numbers:?}");
}

#[test]
#[cfg(unix)]
fn of_segments_written_behind_the_program_every_capture_before_a_flush_is_there() {
    let (told, numbers) = killed_after(3_000, "segments");
    assert!(numbers.len() as u64 >= told, "{} of {told}", numbers.len());
    assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "{numbers:?}");
}

/// The part of the tests above that is killed.
#[test]
fn captures_until_it_is_killed() {
    let Some(dir) = std::env::var_os("CAPTURE_TEST_DIR") else { return };
    let behind = std::env::var("CAPTURE_TEST_LAYOUT").is_ok_and(|layout| layout == "segments");
    let layout = if behind { Layout::Segments } else { Layout::Files };
    let config = CaptureConfig::new().path(dir).layout(layout).background(behind).queue(1 << 16);
    let captures = Captures::builder().config(config).build().expect("a configuration");
    let _guard = captures.enter();
    for number in 0.. {
        counts(number, "n".repeat(number as usize % 400));
        if behind && number % 500 == 499 {
            captures.flush();
        }
        if !behind || number % 500 == 499 {
            println!("written {}", number + 1);
        }
    }
}
