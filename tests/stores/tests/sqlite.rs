//! A store in a database keeps the promises of one in a directory.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tracesnap_store::{DocumentId, Error, Metadata, SegmentOptions, Store};
use tracesnap_stores::SqliteBackend;

const DIR: &str = "STORE_TEST_DATABASE";

fn open(dir: &Path) -> Store {
    Store::builder().on(Arc::new(SqliteBackend::open(dir.join("captures.db")).expect("it is opened")))
}

fn capture() -> Metadata {
    Metadata::of_kind("capture")
}

#[test]
fn documents_are_found_as_in_a_directory() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    for n in 1..=5 {
        store.put("shop::pay", n.to_string(), capture().with_tag("odd", (n % 2).to_string())).expect("it is put");
    }
    let mut writer = store.segment_writer(SegmentOptions::default());
    writer.append("shop::pay", "6", capture()).expect("it is taken");
    writer.append("shop::pay", "7", capture()).expect("it is taken");
    writer.finish().expect("it is put");
    let store = open(dir.path());
    assert_eq!(store.latest("shop::pay").expect("it is there").body(), b"7");
    assert_eq!(store.by_index("shop::pay", 2).expect("it is there").body(), b"5");
    assert_eq!(store.all("shop::pay").filter(Result::is_ok).count(), 7);
    assert_eq!(store.find("shop::pay", |found| found.tag("odd") == Some("0")).count(), 2);
    assert_eq!(store.names().expect("they are listed"), ["shop::pay"]);
    let changed = store.rewrite("shop::pay", false, |document| {
        let body = [document.body(), b"!"].concat();
        Ok::<_, Error>(Some((body, document.metadata().clone())))
    });
    assert_eq!(changed.expect("they are written"), 7);
    let bodies: Vec<_> = store.all("shop::pay").map(|found| found.expect("it is whole").into_body()).collect();
    assert_eq!(bodies, ["7!", "6!", "5!", "4!", "3!", "2!", "1!"].map(str::as_bytes));
    assert!(store.remove(&DocumentId::new("shop::pay", 6)).expect("it is removed"));
    assert_eq!(store.put("shop::pay", "8", capture()).expect("it is put").number(), 7, "no number is given twice");
    let pruned = store.prune_to("shop::pay", "2".parse().expect("a rule"), false).expect("it is listed");
    assert_eq!((pruned.removed.len(), pruned.kept), (4, 2));
    assert!(matches!(store.latest("shop::pray"), Err(Error::NotFound { near, .. }) if near == ["shop::pay"]));
}

#[test]
fn captures_go_to_a_database_and_come_back_from_it() {
    #[tracesnap_capture::capture(retention = 2)]
    fn price(sku: String, count: u32) -> u32 {
        sku.len() as u32 * count
    }
    let dir = tempfile::tempdir().expect("a directory");
    let backend = Arc::new(SqliteBackend::open(dir.path().join("captures.db")).expect("it is opened"));
    let config = tracesnap_capture::CaptureConfig::new().path("nowhere").backend(backend);
    let captures = tracesnap_capture::Captures::builder().config(config).build().expect("a configuration");
    let _guard = captures.enter();
    for count in 1..=5 {
        price("lamp".into(), count);
    }
    let case = tracesnap_capture::load!(price).expect("a capture");
    assert_eq!((case.args.sku.as_str(), case.args.count), ("lamp", 5));
    assert_eq!(tracesnap_capture::load!(price, index = 1).expect("a capture").args.count, 4);
    assert!(tracesnap_capture::load!(price, index = 2).is_err(), "two are kept");
    tracesnap_capture::replay!(price).expect("it does what it did");
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn reviews_and_blobs_are_as_in_a_directory() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    let ids = ["one", "two"].map(|body| store.put_pending("checkout", body, capture()).expect("it is put"));
    store.accept(&ids[0]).expect("it is accepted");
    assert!(matches!(store.accept(&ids[1]), Err(Error::Superseded { .. })));
    store.accept_over(&ids[1]).expect("whoever says so knows");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"two");
    assert!(store.remove_accepted("checkout").expect("it is removed"));
    let blob = store.blobs().put(b"bytes").expect("it is put");
    assert_eq!(store.blobs().get(&blob).expect("it is there"), b"bytes");
    assert!(
        store.blobs().remove(&blob).expect("it is removed") && store.blobs().ids().expect("there are none").is_empty()
    );
}

/// A process: a test that ends at once unless it is told where to write.
#[test]
fn puts_until_it_is_killed() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let store = open(Path::new(&dir));
    (0..u64::MAX).for_each(|n| drop(store.put("f", n.to_string(), capture()).expect("it is put")));
}

#[test]
fn of_writers_that_are_killed_every_document_is_there_whole_or_not_at_all() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = open(dir.path());
    for _ in 0..3 {
        let mut writers = [0, 1].map(|_| {
            Command::new(std::env::current_exe().expect("this test has a file"))
                .args(["--exact", "puts_until_it_is_killed", "--nocapture"])
                .env(DIR, dir.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("this test runs again")
        });
        let before = store.ids("f").count();
        while store.ids("f").count() < before + 10 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        for writer in &mut writers {
            writer.kill().expect("it runs");
            writer.wait().expect("it ends");
        }
        let documents: Vec<_> = store.all("f").map(|document| document.expect("it is whole")).collect();
        assert_eq!(store.latest("f").expect("it is there").id(), documents[0].id());
        assert!(documents.iter().rev().map(|document| document.id().number()).eq(1..=documents.len() as u64));
    }
}
