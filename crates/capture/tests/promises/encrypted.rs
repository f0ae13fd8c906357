//! Captures that only the holder of a key reads.
//!
//! A key is of the environment, which is the process's; each part runs in a process of its own.

use std::path::Path;
use std::process::Command;

use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, Layout, OutcomeKind, capture};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[capture]
fn diagnoses(patient: u64, finding: &str) -> String {
    format!("{patient}: {finding}")
}

/// Runs the other test of this module in a process with this key; what it printed.
fn run(dir: &Path, does: &str, key: Option<&str>) -> String {
    let mut child = Command::new(std::env::current_exe().expect("this test has a file"));
    child.args(["--exact", "encrypted::in_a_process_of_its_own", "--nocapture"]);
    child.env("CAPTURE_TEST_DIR", dir).env("CAPTURE_TEST_DOES", does).env_remove("TRACESNAP_STORE_KEY");
    child.envs(key.map(|key| ("TRACESNAP_STORE_KEY", key)));
    let output = child.output().expect("it runs");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn bytes(dir: &Path) -> String {
    let mut text = String::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                text.push_str(&String::from_utf8_lossy(&std::fs::read(path).expect("a file")));
            }
        }
    }
    text
}

#[test]
fn what_a_key_encrypted_is_in_no_byte_and_is_read_with_that_key_alone() {
    for layout in ["files", "segments"] {
        let dir = tempfile::tempdir().expect("a folder");
        run(dir.path(), layout, Some(KEY));
        let written = bytes(dir.path());
        assert!(written.contains("diagnoses"), "names can be listed: {written}");
        assert!(!written.contains("fracture"), "{written}");
        assert!(run(dir.path(), "load", Some(KEY)).contains("loaded 7: fracture"));
        let without = run(dir.path(), "load", None);
        assert!(without.contains("is encrypted, and there is no key; set `TRACESNAP_STORE_KEY`"), "{without}");
        let with_other = run(dir.path(), "load", Some(OTHER));
        assert!(with_other.contains("give the store that key"), "{with_other}");
    }
}

#[test]
fn where_encryption_is_required_and_there_is_no_key_nothing_is_written_and_that_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let told = run(dir.path(), "require", None);
    assert!(told.contains("TRACESNAP_STORE_KEY is not set") || told.contains("`TRACESNAP_STORE_KEY`"), "{told}");
    assert!(told.contains("called: 7: fracture"), "the program goes on: {told}");
    assert_eq!(bytes(dir.path()), "");
}

/// The part of the tests above that has an environment of its own.
#[test]
fn in_a_process_of_its_own() {
    let (Some(dir), Ok(does)) = (std::env::var_os("CAPTURE_TEST_DIR"), std::env::var("CAPTURE_TEST_DOES")) else {
        return;
    };
    if does == "load" {
        match CaptureLoader::open(&dir).and_then(|loader| loader.latest("diagnoses")) {
            Ok(capture) => {
                let outcome = capture.document.outcome.expect("an outcome");
                assert_eq!(outcome.kind, OutcomeKind::Returned);
                println!("loaded {}", outcome.value.as_str().expect("a text"));
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                println!("not loaded: {error}: {cause}");
            }
        }
        return;
    }
    let layout = if does == "segments" { Layout::Segments } else { Layout::Files };
    let config = CaptureConfig::new().path(&dir).layout(layout).encrypt(does == "require");
    let captures = Captures::builder().config(config).build().expect("a configuration");
    let _guard = captures.enter();
    println!("called: {}", diagnoses(7, "fracture"));
}
