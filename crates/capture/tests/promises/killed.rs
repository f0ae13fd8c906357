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

/// Changes the captures of a folder: from notes of `n` to notes of `N`, the same number of them.
fn enlarge(loader: &CaptureLoader, mut each: impl FnMut()) -> usize {
    let changed = loader.rewrite("counts", false, |document| {
        let note = document.kwargs["note"].as_str().expect("a note").to_uppercase();
        each();
        let before = document.kwargs.insert("note".into(), note.clone().into());
        Ok(before.is_some_and(|before| before != note))
    });
    changed.expect("they are changed")
}

/// How many captures there are; how many of each segment.
const CAPTURES: u64 = 300;
const OF_A_SEGMENT: u64 = 100;

/// Has captures rewritten by a process that is killed after it looked at so many; how many are new then.
#[cfg(unix)]
fn rewritten_until_killed(looked_at: u64, layout: Layout) -> u64 {
    let dir = tempfile::tempdir().expect("a folder");
    for of in (0..CAPTURES).step_by(OF_A_SEGMENT as usize) {
        let config = CaptureConfig::new().path(dir.path()).layout(layout);
        let captures = Captures::builder().config(config).build().expect("a configuration");
        let _guard = captures.enter();
        for number in of..of + OF_A_SEGMENT {
            counts(number, "n".repeat(1 + number as usize % 400));
        }
    }
    let environment = [("CAPTURE_TEST_REWRITES", dir.path().as_os_str())];
    kill_after(looked_at, "killed::rewrites_until_it_is_killed", &environment);
    let loader = CaptureLoader::open(dir.path()).expect("a folder");
    let check = || {
        let mut new = 0;
        let mut next = CAPTURES;
        for found in loader.all("counts").expect("there are captures") {
            let document = found.expect("none is torn").document;
            next -= 1;
            assert_eq!(document.kwargs["number"].as_u64(), Some(next), "each is there once, in order");
            let note = document.kwargs["note"].as_str().expect("a note");
            let length = 1 + next as usize % 400;
            assert!(note == "n".repeat(length) || note == "N".repeat(length), "old or new: {note}");
            new += u64::from(note.starts_with('N'));
        }
        assert_eq!(next, 0, "none is lost");
        new
    };
    let new = check();
    assert_eq!(enlarge(&loader, || ()) as u64, CAPTURES - new, "another run goes on with what is left");
    assert_eq!(check(), CAPTURES);
    new
}

#[test]
#[cfg(unix)]
fn while_captures_are_rewritten_each_is_there_once_old_or_new() {
    for looked_at in [1, 2, 40, 170, CAPTURES] {
        let new = rewritten_until_killed(looked_at, Layout::Files);
        assert!(new + 1 >= looked_at, "{new} of {looked_at}: what was looked at before was written before");
    }
    for looked_at in [1, 60, OF_A_SEGMENT, OF_A_SEGMENT + 1, 2 * OF_A_SEGMENT + 50, CAPTURES] {
        let new = rewritten_until_killed(looked_at, Layout::Segments);
        assert_eq!(new % OF_A_SEGMENT, 0, "a segment is changed in one step");
        assert!(new + OF_A_SEGMENT >= looked_at, "{new} of {looked_at}");
    }
}

/// The part of the test above that is killed.
#[test]
fn rewrites_until_it_is_killed() {
    let Some(dir) = std::env::var_os("CAPTURE_TEST_REWRITES") else { return };
    let loader = CaptureLoader::open(dir).expect("a folder");
    let mut looked_at = 0;
    enlarge(&loader, || {
        looked_at += 1;
        println!("written {looked_at}");
    });
    // Until it is killed.
    std::thread::sleep(std::time::Duration::from_secs(60));
}
