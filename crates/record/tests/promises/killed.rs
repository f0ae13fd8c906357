//! What was sealed before the program was killed is read.

use std::io::Write;
use std::path::Path;

use serde_json::json;
use tracesnap_killed::kill_after;
use tracesnap_record::Recorder;
use tracesnap_record::file::{JOURNAL_EXTENSION, load};

fn journal(dir: &Path) -> std::path::PathBuf {
    let mut entries = std::fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.find(|path| path.to_string_lossy().ends_with(JOURNAL_EXTENSION)).expect("a journal")
}

#[test]
#[cfg(unix)]
fn a_recording_that_was_killed_is_read_up_to_what_was_sealed() {
    let dir = tempfile::tempdir().expect("a folder");
    let told = kill_after(500, "killed::records_until_it_is_killed", &[("RECORD_TEST_DIR", dir.path())]);
    let session = load(journal(dir.path())).expect("read");
    let interactions = session.interactions.len() as u64;
    assert!(interactions >= told, "{interactions} were sealed, {told} were told");
    assert_eq!(session.head.total_interactions, interactions);
    for (at, interaction) in session.interactions.iter().enumerate() {
        assert_eq!((interaction.id, &interaction.response), (at as u64, &json!({"n": at})));
    }
}

/// The part of the test above that is killed.
#[test]
fn records_until_it_is_killed() {
    let Some(dir) = std::env::var_os("RECORD_TEST_DIR") else { return };
    let session = Recorder::builder().dir(dir).session("killed").expect("it begins");
    for n in 0.. {
        session.interaction("s", "o", &json!({"n": n})).response(&json!({"n": n}));
        println!("written {}", n + 1);
    }
}

#[test]
fn a_torn_or_damaged_line_ends_a_journal_and_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).session("torn").expect("it begins");
    for n in 0..3 {
        session.interaction("s", "o", &n).response(&n);
    }
    let path = journal(dir.path());
    let whole = std::fs::read(&path).expect("readable");
    let copy = dir.path().join("copy.session.journal");
    for cut in [1, 20] {
        std::fs::write(&copy, &whole[..whole.len() - cut]).expect("written");
        let session = load(&copy).expect("read");
        assert_eq!(session.interactions.len(), 2);
        let torn = session.head.extra["torn"].as_str().expect("told").to_owned();
        assert_eq!(torn, "interaction 2 ends in the middle: its writer was stopped");
    }
    let mut damaged = whole.clone();
    let at = damaged.len() - 20;
    damaged[at] ^= 1;
    std::fs::File::create(&copy).expect("made").write_all(&damaged).expect("written");
    assert_eq!(load(&copy).expect("read").head.extra["torn"], "interaction 2 has another checksum");
    std::fs::write(&copy, "tracesnap-journal 9\n").expect("written");
    assert!(load(&copy).expect_err("too new").to_string().contains("version 9"));
}
