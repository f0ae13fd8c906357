//! Whatever a folder of recordings holds: a clear error, nothing read from elsewhere, no end of memory or time.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tracesnap_record::analysis::Analyzer;
use tracesnap_record::file::{JOURNAL_MAGIC, JournalTail, load};
use tracesnap_record::recorder::BlobFolder;
use tracesnap_record::{Error, Mocks, Recorder, Sets};

/// A set that waits, whose document is this.
fn waiting(dir: &Path, document: &serde_json::Value) -> Result<usize, String> {
    let store = tracesnap_store::Store::builder().open(dir.join("sets")).expect("a store");
    let metadata = tracesnap_store::Metadata::of_kind("session").with_format_version(1);
    let id = store.put_pending("x", document.to_string(), metadata).expect("put");
    let loaded = Sets::open(dir).expect("a store").load_pending(&id);
    loaded.map(|session| session.interactions.len()).map_err(|error| {
        let error: &dyn std::error::Error = &error;
        std::iter::successors(Some(error), |error| error.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")
    })
}

#[test]
fn a_set_that_names_a_file_elsewhere_itself_or_nothing_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let secret = dir.path().join("secret.session.json");
    fs::write(&secret, r#"{"session_id": 1, "timestamp": "2025-07-14T10:00:00Z", "interactions": []}"#)
        .expect("written");
    let reference = |session: serde_json::Value| json!({"session_id": "1", "format": "tracesnap-session-blob", "version": 1, "session": session});
    let blob = |sha256: &str| reference(json!({"type": "blob", "sha256": sha256, "bytes": 5}));
    for (document, why) in [
        (blob("../secret.session.json"), "64 hexadecimal digits"),
        (blob(secret.to_str().expect("text")), "64 hexadecimal digits"),
        (blob(&"0".repeat(64)), "cannot read"),
        (reference(json!({"type": "text", "text": "{}"})), "is to be a blob"),
        (json!({"session_id": "1", "format": "tracesnap-session-blob", "version": 1, "session": 7}), "is no session"),
    ] {
        let refused = waiting(dir.path(), &document).expect_err("it is refused");
        assert!(refused.contains(why), "{document}: {refused}");
    }
    // A blob that is such a document again is no session.
    let mut again = BlobFolder::of(dir.path()).create().expect("made");
    again.write_all(blob(&"0".repeat(64)).to_string().as_bytes()).expect("written");
    let (sha256, _) = again.finish().expect("finished");
    assert!(waiting(dir.path(), &blob(&sha256)).expect_err("it is refused").contains("interactions"));
}

#[test]
fn blobs_that_refer_to_each_other_in_a_circle_keep_no_cleanup_busy() {
    let dir = tempfile::tempdir().expect("a folder");
    let (a, b, c) = ("a".repeat(64), "b".repeat(64), "c".repeat(64));
    for (name, refers_to) in [(&a, &b), (&b, &a), (&c, &c)] {
        let place = dir.path().join("blobs").join(&name[..2]);
        fs::create_dir_all(&place).expect("made");
        fs::write(place.join(&name[2..]), format!("{{\n  \"session_id\": \"{refers_to}\"")).expect("written");
    }
    fs::write(dir.path().join("x.session.json"), format!("{{\"sha256\": \"{a}\"}}")).expect("written");
    let planned = BlobFolder::of(dir.path()).plan_sweep(Duration::ZERO, |_| false).expect("planned");
    assert_eq!(
        (planned.referenced, planned.removed.len()),
        (2, 1),
        "what is reached stays, what only names itself goes"
    );
}

/// A file of this beginning that goes on with nothing for very long, and takes no room.
fn endless(dir: &Path, name: &str, beginning: &[u8]) -> PathBuf {
    let path = dir.join(name);
    let mut file = File::create(&path).expect("made");
    file.write_all(beginning).expect("written");
    file.set_len(600 << 20).expect("a file with a hole");
    path
}

#[test]
fn files_without_an_end_are_refused_with_place_and_reason() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = endless(dir.path(), "a.session.json", b"{\"session_id\": 1, \"interactions\": [");
    let refused = load(&session).expect_err("no session").to_string();
    assert!(refused.contains("a.session.json` is no session") && refused.contains("column"), "{refused}");
    let recorded = Recorder::builder().dir(dir.path().join("real")).session("x").expect("it begins");
    let real = fs::read_dir(dir.path().join("real")).expect("there").map(|entry| entry.expect("an entry").path());
    let real = real.into_iter().find(|path| path.to_string_lossy().ends_with(".journal")).expect("a journal");
    let head = fs::read(real).expect("readable");
    drop(recorded);
    let journal = endless(dir.path(), "b.session.journal", &head);
    let told = load(&journal).expect("up to where it is whole").head.extra["torn"].as_str().expect("told").to_owned();
    assert_eq!(told, "interaction 0 ends in the middle: its writer was stopped");
    let refused = JournalTail::open(&journal).expect("opened").read(|_| ()).expect_err("a line has an end").to_string();
    assert!(refused.contains("has more than 256 MiB"), "{refused}");
}

#[test]
fn journals_and_mocks_of_another_version_or_none_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    let future = write("a.session.journal", &format!("{JOURNAL_MAGIC}7\n"));
    for refused in [load(&future).expect_err("too new"), Analyzer::default().add_file(&future).expect_err("too new")] {
        assert!(matches!(refused, Error::FormatTooNew { .. }), "{refused}");
    }
    assert!(matches!(JournalTail::open(&future).expect("opened").head(), Err(Error::FormatTooNew { .. })));
    let headless = write("b.session.journal", &format!("{JOURNAL_MAGIC}1\n00000000 {{}}\n"));
    let refused = load(&headless).expect_err("no head").to_string();
    assert!(refused.contains("its head has another checksum"), "{refused}");
    for text in ["", "[1]", "{\"a\": {\"b\": ", "\u{0}"] {
        let refused = Mocks::load(write("mocks.json", text)).expect_err(text).to_string();
        assert!(refused.contains("mocks.json"), "{refused}");
    }
}
