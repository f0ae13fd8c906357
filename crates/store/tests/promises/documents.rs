//! Documents are found again: the latest, by index, by what is known of them, all.

use std::fs;
use std::time::{Duration, SystemTime};

use tracesnap_store::{DocumentId, Error, Retention, Store};

use crate::support::{capture, directory, open};

#[test]
fn the_latest_is_what_was_put_last_whatever_the_clock_says() {
    let dir = directory();
    let store = open(&dir);
    let yesterday = SystemTime::now() - Duration::from_secs(86_400);
    store.put("shop::pay", "first", capture()).expect("it is put");
    let id = store.put("shop::pay", "second", capture().with_time(yesterday)).expect("it is put");
    assert_eq!(id, DocumentId::new("shop::pay", 2));
    for store in [store, open(&dir)] {
        let latest = store.latest("shop::pay").expect("it is there");
        assert_eq!((latest.body(), latest.id()), (b"second".as_slice(), &id));
        assert_eq!(store.by_index("shop::pay", 1).expect("it is there").body(), b"first");
        assert_eq!(store.load(&id).expect("it is there").metadata().time(), yesterday);
    }
}

#[test]
fn what_is_known_of_a_document_comes_back_without_its_body() {
    let dir = directory();
    let store = open(&dir);
    let given = capture().with_format_version(3).with_content_type("application/msgpack").with_tag("outcome", "err");
    store.put("f", [0, 255], given.clone()).expect("it is put");
    let entry = store.list("f").next().expect("there is one").expect("it is whole");
    let found = &entry.metadata;
    assert_eq!((found.kind(), found.format_version(), found.content_type()), ("capture", 3, "application/msgpack"));
    assert_eq!((found.tag("outcome"), found.time(), found.bytes()), (Some("err"), given.time(), 2));
    assert_eq!((found.name(), found.is_encrypted()), ("f", false));
}

#[test]
fn documents_are_listed_newest_first_or_oldest_first_over_many_directories() {
    let dir = directory();
    let store = open(&dir);
    for n in 1..=2_100_u64 {
        store.put("f", n.to_string(), capture().with_tag("odd", (n % 2).to_string())).expect("it is put");
    }
    let numbers = |ids: Vec<DocumentId>| ids.iter().map(DocumentId::number).collect::<Vec<_>>();
    let ids: Result<Vec<_>, _> = store.ids("f").collect();
    assert_eq!(numbers(ids.expect("they are listed")), (1..=2_100).rev().collect::<Vec<_>>());
    let ids: Result<Vec<_>, _> = store.ids("f").oldest_first().collect();
    assert_eq!(numbers(ids.expect("they are listed")), (1..=2_100).collect::<Vec<_>>());
    let odd: Vec<_> = store.find("f", |metadata| metadata.tag("odd") == Some("1")).take(3).collect();
    let odd: Vec<_> = odd.into_iter().map(|document| document.expect("it is whole").into_body()).collect();
    assert_eq!(odd, [b"2099", b"2097", b"2095"]);
    assert_eq!(store.by_index("f", 2_099).expect("it is there").body(), b"1");
    assert_eq!(store.all("f").count(), 2_100);
    assert_eq!(store.list("f").oldest_first().count(), 2_100);
}

#[test]
fn what_is_not_there_is_said_with_what_looks_like_it() {
    let dir = directory();
    let store = open(&dir);
    store.put("shop::process_order", "{}", capture()).expect("it is put");
    let error = store.latest("shop::proces_order").expect_err("there is none");
    assert_eq!(error.to_string(), "there is no document `shop::proces_order`; there is `shop::process_order`");
    let error = store.by_index("shop::process_order", 1).expect_err("there is one only").to_string();
    assert!(error.starts_with("there is no document 1 of `shop::process_order`"), "{error}");
    let error = store.latest("else").expect_err("there is none").to_string();
    assert_eq!(error, "there is no document `else`; record it first");
    assert!(matches!(store.load(&DocumentId::new("shop::process_order", 9)), Err(Error::NotFound { .. })));
    assert!(!store.has("else").expect("it can be asked") && store.has("shop::process_order").expect("it can be asked"));
}

#[test]
fn a_store_that_is_not_there_is_empty_and_reading_does_not_make_it() {
    let dir = directory();
    let root = dir.path().join("not/yet");
    let store = Store::open(&root).expect("it need not be there");
    assert!(store.names().expect("there are none").is_empty());
    assert!(matches!(store.latest("f"), Err(Error::NotFound { .. })));
    assert_eq!(store.prune(false).expect("there is nothing").kept, 0);
    assert!(!root.exists());
    store.put("f", "{}", capture()).expect("it is made");
    assert!(root.exists());
    fs::write(dir.path().join("file"), "").expect("it is written");
    let error = Store::open(dir.path().join("file")).expect_err("it is a file").to_string();
    assert!(error.contains("cannot use the directory"), "{error}");
}

#[test]
fn a_removed_number_is_never_given_again() {
    let dir = directory();
    let store = open(&dir);
    for body in ["one", "two", "three"] {
        store.put("f", body, capture()).expect("it is put");
    }
    for number in [3, 1] {
        assert!(store.remove(&DocumentId::new("f", number)).expect("it is removed"));
        assert!(!store.remove(&DocumentId::new("f", number)).expect("it is gone"));
    }
    assert_eq!(store.latest("f").expect("it is there").body(), b"two");
    assert!(store.remove(&DocumentId::new("f", 2)).expect("it is removed"));
    assert!(store.names().expect("they are listed").is_empty());
    assert_eq!(open(&dir).put("f", "four", capture()).expect("it is put").number(), 4);
}

#[test]
fn a_head_that_is_lost_damaged_or_behind_leads_nobody_astray() {
    let dir = directory();
    let store = open(&dir);
    let head = dir.path().join("documents/f/head");
    store.put("f", "1", capture()).expect("it is put");
    let behind = fs::read(&head).expect("it is there");
    store.put("f", "2", capture()).expect("it is put");
    store.put("f", "3", capture()).expect("it is put");
    for damaged in [behind, b"garbage".to_vec(), Vec::new()] {
        fs::write(&head, damaged).expect("it is written");
        assert_eq!(store.latest("f").expect("it is there").body(), b"3");
    }
    fs::remove_file(&head).expect("it is removed");
    assert_eq!(store.latest("f").expect("it is there").body(), b"3");
    assert_eq!(store.put("f", "4", capture()).expect("it is put").number(), 4);
    // Somebody removes the newest with other means.
    fs::remove_file(dir.path().join("documents/f/000000/00000004.document")).expect("it is removed");
    assert_eq!(store.latest("f").expect("it is there").body(), b"3");
}

#[test]
fn each_name_keeps_what_the_rule_says() {
    let dir = directory();
    let store = Store::builder().retention(Retention::ALL.max_files(5)).open(dir.path()).expect("a directory");
    for n in 0..50 {
        store.put("a", n.to_string(), capture()).expect("it is put");
        assert!(store.ids("a").count() <= 5, "it was pruned along the way");
    }
    store.put("b", "0", capture()).expect("it is put");
    let bodies: Vec<_> = store.all("a").map(|document| document.expect("it is whole").into_body()).collect();
    assert_eq!(bodies, [b"49", b"48", b"47", b"46", b"45"]);
    assert_eq!(store.ids("b").count(), 1);
}

#[test]
fn pruning_reports_what_a_dry_run_said_it_would() {
    let dir = directory();
    let plain = open(&dir);
    for name in ["a", "b"] {
        for n in 0..10 {
            plain.put(name, vec![b'x'; 100 * (n + 1)], capture()).expect("it is put");
        }
    }
    let keep: Retention = "8".parse().expect("a rule");
    let total: Retention = "12".parse().expect("a rule");
    let store = Store::builder().retention(keep).total_retention(total).open(dir.path()).expect("a directory");
    let planned = store.prune(true).expect("it is listed");
    assert_eq!(store.ids("a").count() + store.ids("b").count(), 20, "nothing was removed");
    let pruned = store.prune(false).expect("it is listed");
    assert_eq!(planned.removed, pruned.removed);
    assert_eq!((planned.bytes, planned.kept), (pruned.bytes, pruned.kept));
    assert_eq!((pruned.removed.len(), pruned.kept, pruned.failed.len()), (8, 12, 0));
    assert_eq!(store.ids("a").count() + store.ids("b").count(), 12);
    assert_eq!(store.latest("b").expect("the newest stays").body().len(), 1_000);
    assert!(store.prune(false).expect("it is listed").removed.is_empty());
}

#[test]
fn rules_of_age_and_size_hold_for_names() {
    let dir = directory();
    let store = open(&dir);
    for n in 1..=4 {
        store.put("f", vec![b'x'; 1_000], capture()).expect("it is put");
        let path = dir.path().join(format!("documents/f/000000/{n:08}.document"));
        let old = SystemTime::now() - Duration::from_secs(1_000 * (5 - n));
        fs::File::options().write(true).open(path).and_then(|file| file.set_modified(old)).expect("it is dated");
    }
    let by_age = store.prune_to("f", Retention::ALL.max_age(Duration::from_secs(2_500)), false).expect("it is listed");
    assert_eq!(by_age.removed.iter().map(|removal| removal.id.number()).collect::<Vec<_>>(), [2, 1]);
    let by_size = store.prune_to("f", Retention::ALL.max_bytes(1_500), false).expect("it is listed");
    assert_eq!((by_size.removed.len(), by_size.removed[0].id.number(), by_size.kept), (1, 3, 1));
}

#[test]
fn a_newer_format_of_a_kind_is_refused_with_the_way_out() {
    let dir = directory();
    let store = open(&dir);
    store.put("f", "{}", capture().with_format_version(3)).expect("it is put");
    assert!(store.latest("f").is_ok(), "whoever says nothing takes all");
    let reader = Store::builder().reads("capture", 2).open(dir.path()).expect("a directory");
    let error = reader.latest("f").expect_err("it is newer").to_string();
    assert!(error.contains("is a capture of format 3, but this build reads up to 2; upgrade"), "{error}");
    assert!(error.contains("00000001.document"), "{error}");
    let newer = Store::builder().reads("capture", 3).open(dir.path()).expect("a directory");
    assert!(newer.latest("f").is_ok());
}

#[test]
fn the_body_is_read_as_json_and_what_is_none_is_named() {
    let dir = directory();
    let store = open(&dir);
    store.put("f", r#"{"id":7}"#, capture()).expect("it is put");
    let latest = store.latest("f").expect("it is there");
    let ids: std::collections::BTreeMap<String, u8> = latest.json().expect("it is JSON");
    assert_eq!(ids["id"], 7);
    let error = latest.json::<Vec<u8>>().expect_err("it is no list").to_string();
    assert!(error.contains("00000001.document") && error.contains("not the JSON that was expected"), "{error}");
}

#[test]
fn blobs_are_kept_once_and_verified_when_they_are_read() {
    let dir = directory();
    let store = open(&dir);
    let id = store.blobs().put(b"a large body").expect("it is put");
    assert_eq!(store.blobs().put(b"a large body").expect("it is there"), id);
    let other = store.blobs().put(b"").expect("it is put");
    assert_eq!(other.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(store.blobs().ids().expect("they are listed").len(), 2);
    assert_eq!(store.blobs().get(&id).expect("it is there"), b"a large body");
    let (directory, file) = (&id.to_string()[..2], &id.to_string()[2..]);
    let path = dir.path().join("blobs").join(directory).join(file);
    fs::write(&path, "another body").expect("it is written");
    let error = store.blobs().get(&id).expect_err("it is another").to_string();
    assert!(error.contains(file) && error.contains("another hash"), "{error}");
    store.blobs().put(b"a large body").expect("it is written again");
    assert_eq!(store.blobs().get(&id).expect("it is there"), b"a large body");
    assert!(
        store.blobs().remove(&id).expect("it is removed") && !store.blobs().contains(&id).expect("it can be asked")
    );
    assert!(matches!(store.blobs().get(&id), Err(Error::NotFound { .. })));
}

#[test]
#[cfg(unix)]
fn directories_and_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = directory();
    let root = dir.path().join("captures");
    let store = Store::builder().audit(true).open(&root).expect("a directory");
    store.put("f", "{}", capture()).expect("it is put");
    let pending = store.put_pending("f", "{}", capture()).expect("it is put");
    store.accept(&pending).expect("it is accepted");
    store.blobs().put(b"x").expect("it is put");
    let mut seen = 0;
    let mut left = vec![root];
    while let Some(path) = left.pop() {
        let found = fs::symlink_metadata(&path).expect("it is there");
        let mode = found.permissions().mode() & 0o777;
        assert_eq!(mode, if found.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        seen += 1;
        if found.is_dir() {
            left.extend(fs::read_dir(path).expect("it is listed").map(|entry| entry.expect("an entry").path()));
        }
    }
    assert!(seen > 12, "{seen}");
}
