//! Names and directories that came from somebody else.

use std::fs;

use tracesnap_store::{Error, Metadata, Store};

use crate::support::{capture, directory, open};

const NAMES: [&str; 22] = [
    "..",
    ".",
    "/etc/passwd",
    "../../../../tmp/x",
    "C:\\Windows\\x",
    "C:",
    "a/b",
    "a\\b",
    "a\0b",
    "CON",
    "con",
    "con.txt",
    "NUL",
    "aux::x",
    "head",
    "000000",
    "Shop",
    "shop",
    "é",
    "e\u{301}",
    "\u{202e}gnp.exe",
    "x\n",
];

#[test]
fn names_stay_inside_and_apart_whatever_they_are() {
    let dir = directory();
    let outside = directory();
    let store = Store::open(outside.path().join("in/side")).expect("a directory");
    let long: Vec<String> = (0..3).map(|n| format!("{}{n}", "long::".repeat(600))).collect();
    let names: Vec<&str> = NAMES.iter().copied().chain(long.iter().map(String::as_str)).collect();
    for name in &names {
        store.put(name, name.as_bytes(), capture()).expect("it is put");
        let pending = store.put_pending(name, name.as_bytes(), capture()).expect("it is put");
        store.accept(&pending).expect("it is accepted");
    }
    let mut sorted: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    sorted.sort();
    assert_eq!(store.names().expect("they are listed"), sorted);
    assert_eq!(store.accepted_names().expect("they are listed"), sorted);
    for name in &names {
        assert_eq!(store.latest(name).expect("it is there").body(), name.as_bytes());
        assert_eq!(store.accepted(name).expect("it is there").body(), name.as_bytes());
        assert_eq!(store.ids(name).count(), 1);
    }
    assert_eq!(fs::read_dir(outside.path()).expect("it is listed").count(), 1, "nothing is beside it");
    assert_eq!(fs::read_dir(dir.path()).expect("it is listed").count(), 0);
    // As a file system would see them that knows no case.
    let entries = fs::read_dir(outside.path().join("in/side/documents")).expect("it is listed");
    let mut folded: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().to_lowercase()).collect();
    folded.sort();
    folded.dedup();
    assert_eq!(folded.len(), names.len());
}

#[test]
fn what_cannot_be_a_name_is_refused() {
    let dir = directory();
    let store = open(&dir);
    for name in ["", &"x".repeat(5_000)] {
        assert!(matches!(store.put(name, "", capture()), Err(Error::Name { .. })));
        assert!(matches!(store.latest(name), Err(Error::Name { .. })));
        assert!(matches!(store.all(name).next(), Some(Err(Error::Name { .. }))));
        assert!(matches!(store.accepted(name), Err(Error::Name { .. })));
        assert!(matches!(store.put_pending(name, "", capture()), Err(Error::Name { .. })));
    }
    let endless = Metadata::of_kind("x").with_tag("y", "z".repeat(2 << 20));
    let error = store.put("f", "", endless).expect_err("it is too large").to_string();
    assert!(error.contains("metadata has 2097"), "{error}");
}

#[test]
fn one_corrupt_file_is_named_and_the_others_are_read() {
    let dir = directory();
    let store = open(&dir);
    for n in 1..=5 {
        store.put("f", format!("body {n}"), capture()).expect("it is put");
    }
    let path = |n: u64| dir.path().join(format!("documents/f/000000/{n:08}.document"));
    let mut bytes = fs::read(path(2)).expect("it is there");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(path(2), &bytes).expect("it is written");
    fs::write(path(3), "").expect("it is written");
    fs::write(path(4), "something else entirely\n").expect("it is written");
    fs::rename(path(1), path(7)).expect("it is renamed");
    fs::write(dir.path().join("documents/f/notes.txt"), "somebody's").expect("it is written");
    fs::write(dir.path().join("documents/f/000000/x.document"), "somebody's").expect("it is written");

    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for document in store.all("f") {
        match document {
            Ok(document) => good.push(document.into_body()),
            Err(error) => bad.push(error.to_string()),
        }
    }
    assert_eq!(good, [b"body 1", b"body 5"]);
    assert_eq!(bad.len(), 3);
    assert!(bad[0].contains("00000004.document") && bad[0].contains("does not begin as"), "{}", bad[0]);
    assert!(bad[1].contains("00000003.document") && bad[1].contains("ends within"), "{}", bad[1]);
    assert!(bad[2].contains("00000002.document") && bad[2].contains("body is damaged"), "{}", bad[2]);
    assert_eq!(store.list("f").filter(Result::is_err).count(), 2, "the body of the third is not looked at");
    // The newest is damaged: no older one is given in its place.
    fs::remove_file(path(7)).expect("it is removed");
    fs::write(path(6), "x").expect("it is written");
    let error = store.latest("f").expect_err("it is damaged").to_string();
    assert!(error.contains("00000006.document") && error.contains("record again"), "{error}");
}

#[test]
fn a_document_that_lies_with_another_name_is_not_taken_for_it() {
    let dir = directory();
    let store = open(&dir);
    store.put("a", "{}", capture()).expect("it is put");
    let documents = dir.path().join("documents");
    fs::rename(documents.join("a"), documents.join("b")).expect("it is renamed");
    let error = store.latest("b").expect_err("it is of `a`").to_string();
    assert!(error.contains("it says it is of `a` and lies with `b`"), "{error}");
}

#[test]
#[cfg(unix)]
fn no_link_leads_out_of_the_directory() {
    use std::os::unix::fs::symlink;
    let outside = directory();
    let theirs = Store::open(outside.path()).expect("a directory");
    theirs.put("f", "outside", capture()).expect("it is put");
    theirs.put("f", "outside", capture()).expect("it is put");
    let theirs = outside.path().join("documents");
    let file = "000000/00000001.document";
    let refused = |store: &Store, put_too: bool| {
        let error = store.latest("f").expect_err("a link").to_string();
        assert!(error.contains("is a link, and a store follows none"), "{error}");
        assert!(matches!(store.all("f").next(), Some(Err(Error::Link { .. }))));
        if put_too {
            assert!(matches!(store.put("f", "x", capture()), Err(Error::Link { .. })));
        }
    };
    // Each part of the way, one after the other.
    let dir = directory();
    symlink(&theirs, dir.path().join("documents")).expect("a link");
    refused(&open(&dir), true);
    let dir = directory();
    fs::create_dir(dir.path().join("documents")).expect("a directory");
    symlink(theirs.join("f"), dir.path().join("documents/f")).expect("a link");
    refused(&open(&dir), true);
    let dir = directory();
    fs::create_dir_all(dir.path().join("documents/f")).expect("a directory");
    symlink(theirs.join("f/000000"), dir.path().join("documents/f/000000")).expect("a link");
    refused(&open(&dir), true);
    let dir = directory();
    fs::create_dir_all(dir.path().join("documents/f/000000")).expect("a directory");
    symlink(theirs.join("f").join(file), dir.path().join("documents/f").join(file)).expect("a link");
    refused(&open(&dir), false);
    let dir = directory();
    fs::create_dir_all(dir.path().join("documents/f")).expect("a directory");
    symlink(outside.path().join("victim"), dir.path().join("documents/f/head")).expect("a link");
    assert!(matches!(open(&dir).put("f", "x", capture()), Err(Error::Link { .. })));
    let dir = directory();
    fs::create_dir(dir.path().join("accepted")).expect("a directory");
    symlink(theirs.join("f").join(file), dir.path().join("accepted/f.document")).expect("a link");
    assert!(matches!(open(&dir).accepted("f"), Err(Error::Link { .. })));
    assert_eq!(fs::read_dir(theirs.join("f/000000")).expect("it is listed").count(), 2, "nothing was written there");
    assert!(!outside.path().join("victim").exists());
    // The directory itself may be a link: that is its user's wish.
    let dir = directory();
    symlink(outside.path(), dir.path().join("captures")).expect("a link");
    assert_eq!(Store::open(dir.path().join("captures")).expect("a directory").ids("f").count(), 2);
}

#[test]
#[cfg(unix)]
fn a_pipe_in_the_place_of_a_document_stops_nobody() {
    let dir = directory();
    let store = open(&dir);
    store.put("f", "{}", capture()).expect("it is put");
    let path = dir.path().join("documents/f/000000/00000002.document");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("coreutils");
    assert!(made.success());
    assert!(store.latest("f").is_err());
    assert_eq!(store.all("f").filter(Result::is_ok).count(), 1);
}
