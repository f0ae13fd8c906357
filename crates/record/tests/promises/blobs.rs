//! Blobs go when nothing refers to them any more, and never before.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;
use tracesnap_record::recorder::{BlobFolder, DEFAULT_SETTLED, SweptBlobs};
use tracesnap_record::{Error, Interaction, Recorder, RecorderBuilder, Session, Sets};

const WEEK: Duration = Duration::from_secs(7 * 24 * 3_600);

fn recorder(dir: &Path) -> RecorderBuilder {
    Recorder::builder().dir(dir).pending(false)
}

/// A blob that was written long ago; its hash.
fn blob(dir: &Path, content: &str) -> String {
    let mut blob = BlobFolder::of(dir).create().expect("made");
    blob.write_all(content.as_bytes()).expect("written");
    let (sha256, _) = blob.finish().expect("finished");
    age(&place(dir, &sha256), WEEK);
    sha256
}

fn place(dir: &Path, sha256: &str) -> PathBuf {
    dir.join("blobs").join(&sha256[..2]).join(&sha256[2..])
}

fn age(path: &Path, age: Duration) {
    let file = fs::File::options().write(true).open(path).expect("there");
    file.set_modified(SystemTime::now() - age).expect("its time is set");
}

fn refers_to(sha256: &str) -> serde_json::Value {
    json!({"body": {"type": "blob", "sha256": sha256, "bytes": 5}})
}

fn sweep(dir: &Path) -> SweptBlobs {
    BlobFolder::of(dir).sweep(DEFAULT_SETTLED).expect("swept")
}

#[test]
fn a_blob_stays_as_long_as_a_session_or_a_set_that_waits_or_is_accepted_refers_to_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, waiting, nobody) = (blob(dir.path(), "file"), blob(dir.path(), "waiting"), blob(dir.path(), "nobody"));
    let session = recorder(dir.path()).session("a").expect("it begins");
    session.interaction("shop", "get", &1).response(&refers_to(&file));
    let path = session.finish().expect("written").path;
    let session = recorder(dir.path()).pending(true).session("b").expect("it begins");
    session.interaction("shop", "get", &1).response(&refers_to(&waiting));
    let finished = session.finish().expect("written");
    fs::remove_file(finished.path).expect("only the set is left");

    let dry = BlobFolder::of(dir.path()).plan_sweep(DEFAULT_SETTLED, |_| false).expect("planned");
    assert_eq!((dry.removed.len(), dry.bytes, dry.referenced), (1, 6, 2));
    assert!(place(dir.path(), &nobody).exists(), "a plan removes nothing");
    assert_eq!(sweep(dir.path()).removed, dry.removed);
    assert!(!place(dir.path(), &nobody).exists());

    // As a cleanup that is going to remove the session, too.
    let dry = BlobFolder::of(dir.path()).plan_sweep(DEFAULT_SETTLED, |one| one == path).expect("planned");
    assert_eq!(dry.removed.iter().map(|one| one.path.clone()).collect::<Vec<_>>(), [place(dir.path(), &file)]);

    let sets = Sets::open(dir.path()).expect("a store");
    sets.accept(&finished.pending.expect("it waits").parse().expect("an id")).expect("accepted");
    assert!(sweep(dir.path()).removed.is_empty());
    fs::remove_file(path).expect("removed");
    assert_eq!(sweep(dir.path()).removed.len(), 1);
    assert!(place(dir.path(), &waiting).exists(), "what is played back is whole");
}

#[test]
fn what_a_session_may_still_refer_to_stays_until_it_has_ended() {
    let dir = tempfile::tempdir().expect("a folder");
    let old = blob(dir.path(), "from before the session");
    let session = recorder(dir.path()).session("a").expect("it begins");
    let new = blob(dir.path(), "of an interaction that is not sealed");
    age(&place(dir.path(), &new), Duration::ZERO);
    let swept = BlobFolder::of(dir.path()).sweep(Duration::ZERO).expect("swept");
    assert_eq!((swept.removed.len(), swept.unsettled), (1, 1));
    assert!(!place(dir.path(), &old).exists() && place(dir.path(), &new).exists());
    session.interaction("shop", "get", &1).response(&refers_to(&new));
    session.finish().expect("written");
    let swept = BlobFolder::of(dir.path()).sweep(Duration::ZERO).expect("swept");
    assert_eq!((swept.removed.len(), swept.referenced), (0, 1));
}

#[test]
fn the_journal_of_a_killed_program_and_a_damaged_file_keep_their_blobs() {
    let dir = tempfile::tempdir().expect("a folder");
    let (killed, damaged) = (blob(dir.path(), "killed"), blob(dir.path(), "damaged"));
    let session = recorder(dir.path()).session("a").expect("it begins");
    session.interaction("shop", "get", &1).response(&refers_to(&killed));
    // The journal stays, as when nobody could finish it.
    std::mem::forget(session);
    fs::write(dir.path().join("b.session.json"), format!("{{\"session_id\": 1, \"sha256\": \"{damaged}\"")).unwrap();
    assert_eq!(sweep(dir.path()).referenced, 2);
}

#[test]
fn a_blob_that_was_written_a_short_while_ago_and_what_is_not_ours_stay() {
    let dir = tempfile::tempdir().expect("a folder");
    let young = blob(dir.path(), "young");
    age(&place(dir.path(), &young), Duration::from_secs(60));
    let left = dir.path().join("blobs/unfinished-0198");
    fs::write(&left, "what a killed writer left").expect("written");
    age(&left, WEEK);
    let foreign = dir.path().join("blobs/notes.txt");
    fs::write(&foreign, "somebody's").expect("written");
    age(&foreign, WEEK);
    let swept = sweep(dir.path());
    assert_eq!((swept.removed.len(), swept.unsettled, swept.failed.len()), (1, 1, 0));
    assert!(!left.exists() && foreign.exists());
}

#[test]
#[cfg(unix)]
fn nothing_is_removed_when_something_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let nobody = blob(dir.path(), "nobody");
    let secret = dir.path().join("a.session.json");
    fs::write(&secret, "{}").expect("written");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("set");
    // Root reads everything.
    if fs::read(&secret).is_ok() {
        return;
    }
    let refused = BlobFolder::of(dir.path()).sweep(DEFAULT_SETTLED).expect_err("nobody knows what it refers to");
    assert!(matches!(refused, Error::Read { .. }) && place(dir.path(), &nobody).exists(), "{refused}");
}

#[test]
fn the_retention_of_a_recorder_takes_the_blobs_of_what_it_removes() {
    let dir = tempfile::tempdir().expect("a folder");
    let body = blob(dir.path(), "large");
    let record = |answer: serde_json::Value| {
        let session = recorder(dir.path()).retention("1 file".parse().expect("a rule")).session("a");
        let session = session.expect("it begins");
        session.interaction("shop", "get", &1).response(&answer);
        session.finish().expect("written")
    };
    assert!(record(refers_to(&body)).removed_blobs.is_empty());
    assert_eq!(record(json!(1)).removed_blobs, [place(dir.path(), &body)]);
}

#[test]
fn a_session_too_large_for_the_store_waits_is_accepted_and_keeps_its_own_blobs() {
    let dir = tempfile::tempdir().expect("a folder");
    let body = blob(dir.path(), "a body of it");
    let text = "0123456789abcdef, ".repeat(1_000);
    let interactions = (0..101).map(|n| {
        let mut one = Interaction::new(n, "shop", "get", json!(n));
        one.response = if n == 0 { refers_to(&body) } else { json!(text) };
        one
    });
    let mut session = Session::new("some", interactions.collect());
    session.head.name = Some("large".to_owned());
    let sets = Sets::open(dir.path()).expect("a store");
    let id = sets.propose(&session).expect("it waits");
    let waiting = sets.load_pending(&id).expect("read");
    assert_eq!((waiting.interactions.len(), waiting.head.title()), (101, "large"));
    sets.accept_some(&id, &(0..80).collect::<Vec<_>>(), &[]).expect("accepted");
    let accepted = sets.accepted("large").expect("read").expect("there");
    assert!(accepted.interactions.len() == 80 && accepted.interactions[79].response == json!(text));

    for entry in fs::read_dir(dir.path().join("blobs")).expect("there").map(|entry| entry.expect("an entry").path()) {
        fs::read_dir(entry).expect("a folder").for_each(|file| age(&file.expect("an entry").path(), WEEK));
    }
    // The set as it was recorded goes, the merged one and what it refers to stay.
    assert_eq!(sweep(dir.path()).removed.len(), 1);
    assert!(place(dir.path(), &body).exists());
    assert_eq!(sets.accepted("large").expect("read").expect("there").interactions.len(), 80);

    // One that is not what it was is refused, and not played back.
    let large = BlobFolder::of(dir.path()).plan_sweep(DEFAULT_SETTLED, |_| true).expect("planned");
    let large = large.removed.iter().max_by_key(|one| one.bytes).expect("the session").path.clone();
    let whole = fs::read_to_string(&large).expect("text");
    fs::write(&large, whole.replacen("0123", "3210", 1)).expect("written");
    let refused = sets.accepted("large").err().map(|error| error.to_string());
    assert!(refused.as_ref().is_some_and(|why| why.contains("another hash")), "{refused:?}");
}
