//! A disk that is full, or only to be read: an error that names what could not be written, and nothing lost.

use std::path::{Path, PathBuf};
use std::process::Command;

use tracesnap_store::{AuditLog, Error, Store};

use crate::support::{body, capture, directory, open, writer_and_round};

const DIR: &str = "STORE_TEST_LITTLE_ROOM";

/// A file system of its own, with little room. Dropped, it is gone.
struct Small {
    dir: tempfile::TempDir,
}

impl Small {
    /// `None`, said on standard error, where this user may not mount.
    fn mount(kib: usize) -> Option<Self> {
        let dir = directory();
        let options = format!("size={kib}k,mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(dir.path()).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self { dir });
        }
        eprintln!("skipped: this user may not mount a file system; run as root for the tests of a full disk");
        None
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn read_only(&self) {
        let status = Command::new("mount").args(["-o", "remount,ro"]).arg(self.path()).status();
        assert!(status.expect("it ran before").success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Puts until there is no room; gives the bodies' rounds and the error.
fn fill(store: &Store) -> (usize, Error) {
    (0..)
        .find_map(|round| store.put("f", body(1, round), capture()).err().map(|error| (round, error)))
        .expect("it does not end")
}

#[test]
fn a_full_disk_is_named_and_what_was_there_stays() {
    let Some(small) = Small::mount(512) else { return };
    let store = Store::open(small.path()).expect("a directory");
    let (count, error) = fill(&store);
    assert!(matches!(error, Error::Write { .. } | Error::Directory { .. }), "{error:?}");
    assert!(count > 20 && error.to_string().contains("documents/f"), "{count} {error}");
    for _ in 0..3 {
        assert!(store.put("f", vec![b'x'; 100_000], capture()).is_err());
    }
    let rounds: Vec<_> =
        store.all("f").map(|document| writer_and_round(document.expect("it is whole").body()).1).collect();
    assert!(rounds.into_iter().eq((0..count).rev()));
    assert_eq!(writer_and_round(store.latest("f").expect("it is there").body()).1, count - 1);
    // Room is made, and it goes on.
    assert!(store.prune_to("f", "3".parse().expect("a rule"), false).expect("it is listed").failed.is_empty());
    let id = store.put("f", body(1, count), capture()).expect("there is room");
    assert_eq!(store.latest("f").expect("it is there").id(), &id);
}

#[test]
fn a_log_on_a_full_disk_has_no_half_line() {
    let Some(small) = Small::mount(16) else { return };
    let log = AuditLog::new(small.path().join("audit.ndjson"));
    let noted = (0..1_000).take_while(|_| log.record(tracesnap_store::Action::Load, "f", 1).is_ok()).count();
    assert!(noted > 10 && noted < 1_000, "{noted}");
    let mut read = log.read().expect("it is there");
    assert_eq!((read.by_ref().filter(Result::is_ok).count(), read.torn()), (noted, 0));
}

#[test]
#[cfg(feature = "segments")]
fn a_segment_on_a_full_disk_keeps_what_was_written() {
    let Some(small) = Small::mount(256) else { return };
    let store = Store::open(small.path()).expect("a directory");
    let mut writer = store.segment_writer(tracesnap_store::SegmentOptions::default().buffer(4_000));
    let taken = (0..10_000).take_while(|round| writer.append("f", body(1, *round), capture()).is_ok()).count();
    assert!(taken > 20 && taken < 10_000, "{taken}");
    drop(writer);
    let documents: Vec<_> = store.all("f").oldest_first().map(|document| document.expect("it is whole")).collect();
    // What waited in the buffer had no room.
    assert!(documents.len() <= taken && documents.len() + 8 > taken, "{} of {taken}", documents.len());
    assert!(documents.iter().map(|document| writer_and_round(document.body()).1).eq(0..documents.len()));
}

#[test]
fn a_read_only_store_is_read_and_says_that_it_cannot_be_written() {
    let Some(small) = Small::mount(512) else { return };
    let store = Store::open(small.path()).expect("a directory");
    store.put("f", "{}", capture()).expect("it is put");
    let pending = store.put_pending("f", "{}", capture()).expect("it is put");
    let id = store.put("f", "{}", capture()).expect("it is put");
    small.read_only();
    let store = Store::open(small.path()).expect("a directory");
    assert_eq!(store.latest("f").expect("it is read").id(), &id);
    assert_eq!((store.all("f").count(), store.names().expect("they are listed").len()), (2, 1));
    let tried = [
        store.put("f", "{}", capture()).map(drop),
        store.put("g", "{}", capture()).map(drop),
        store.remove(&id).map(drop),
        store.accept(&pending),
        store.blobs().put(b"x").map(drop),
    ];
    for error in tried.map(|tried| tried.expect_err("it cannot be written")) {
        let text = error.to_string();
        assert!(matches!(error, Error::Write { .. } | Error::Directory { .. }), "{error:?}");
        assert!(text.contains(&*small.path().to_string_lossy()), "{text}");
    }
    let pruned = store.prune_to("f", "0".parse().expect("a rule"), false).expect("it is listed");
    assert_eq!((pruned.removed.len(), pruned.failed.len()), (0, 2));
    assert_eq!(store.latest("f").expect("it is read").id(), &id);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_grow_is_an_error_and_leaves_what_was_there() {
    // The system refuses what would make a file larger than this, as it refuses what finds no room.
    let dir = directory();
    let child = Command::new("sh")
        .args(["-c", "ulimit -f 64; trap '' XFSZ; exec \"$0\" --exact full::puts_more_than_it_may --nocapture"])
        .arg(std::env::current_exe().expect("this test has a file"))
        .env(DIR, dir.path())
        .output()
        .expect("a shell");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let store = open(&dir);
    assert_eq!(store.ids("f").count(), 2);
    assert_eq!(store.latest("f").expect("it is there").body(), b"small too");
    let unfinished: Vec<PathBuf> = std::fs::read_dir(dir.path().join("unfinished"))
        .expect("it is listed")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert!(unfinished.is_empty(), "{unfinished:?}");
}

/// The part of the test above that runs in a process with less room.
#[test]
fn puts_more_than_it_may() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let store = Store::open(dir).expect("a directory");
    store.put("f", "small", capture()).expect("there is room");
    assert!(matches!(store.put("f", vec![b'x'; 1 << 20], capture()), Err(Error::Write { .. })));
    assert_eq!(store.latest("f").expect("it is there").body(), b"small");
    store.put("f", "small too", capture()).expect("there is room");
}
