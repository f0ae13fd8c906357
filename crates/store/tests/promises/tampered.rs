//! Of what is encrypted nobody changes a bit unnoticed: whoever reads gets what was put, or an error that names the file.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tracesnap_store::{BlobId, Document, Error, Key, SegmentOptions, Store};

use crate::support::{capture, directory};

fn store(dir: &TempDir) -> Store {
    Store::builder().key(Key::new(&[7; 32])).open(dir.path()).expect("a directory")
}

/// Checks with the file as it is after each turn of one bit, and each time it was cut; leaves it as it was.
fn each_change(path: &Path, mut check: impl FnMut(&str)) {
    let bytes = fs::read(path).expect("it is there");
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        fs::write(path, changed).expect("it is written");
        check(&format!("bit {} of byte {} turned", bit % 8, bit / 8));
    }
    for length in 0..bytes.len() {
        fs::write(path, &bytes[..length]).expect("it is written");
        check(&format!("cut to {length} bytes"));
    }
    fs::write(path, bytes).expect("it is written");
}

/// Whether what was read is an error that names `file`; what is none must be `expected`.
fn is_refused<T: PartialEq + std::fmt::Debug>(found: Result<T, Error>, expected: &T, file: &str, change: &str) -> bool {
    match found {
        Ok(found) => {
            assert_eq!(found, *expected, "{change}: wrong data");
            false
        }
        Err(error) => {
            assert!(error.to_string().contains(file), "{change}: {error}");
            true
        }
    }
}

#[test]
fn of_a_document() {
    let dir = directory();
    let store = store(&dir);
    store.put("f", "the body", capture().with_tag("outcome", "error")).expect("it is put");
    let expected = store.latest("f").expect("it is there");
    let (mut refused, mut read) = (0, 0);
    each_change(&dir.path().join("documents/f/000000/00000001.document"), |change| {
        for found in [store.latest("f"), store.load(expected.id())] {
            // A hexadecimal digit may be written large.
            if is_refused(found, &expected, "00000001.document", change) { refused += 1 } else { read += 1 }
        }
    });
    assert!(refused > 50 * read && read <= 2 * 24, "{refused} refused, {read} read");
    assert_eq!(store.latest("f").expect("it is whole again"), expected);
}

#[test]
fn of_a_blob() {
    let dir = directory();
    let store = store(&dir);
    let id = store.blobs().put(b"the blob").expect("it is put");
    let text = id.to_string();
    let (first, rest) = text.split_at(2);
    each_change(&dir.path().join("blobs").join(first).join(rest), |change| {
        assert!(is_refused(store.blobs().get(&id), &b"the blob".to_vec(), rest, change), "{change}");
    });
    assert_eq!(store.blobs().get(&id).expect("it is whole again"), b"the blob");
}

fn segment(dir: &TempDir) -> PathBuf {
    dir.path().join("documents/f/000000/00000001.segment")
}

/// Checks a listing: each document is right, and where one is missing there is an error.
fn is_whole_or_told(store: &Store, expected: &[Document], change: &str) {
    let mut told = false;
    let mut found = 0;
    for document in store.all("f").oldest_first() {
        match document {
            Ok(document) => {
                assert!(expected.contains(&document), "{change}: wrong data");
                found += 1;
            }
            Err(error) => {
                assert!(error.to_string().contains("00000001.segment"), "{change}: {error}");
                told = true;
            }
        }
    }
    assert!(told || found == expected.len(), "{change}: {found} documents, and nobody was told of others");
    let latest = expected.last().expect("there is one");
    is_refused(store.latest("f"), latest, "00000001.segment", change);
    is_refused(store.load(expected[0].id()), &expected[0], "00000001.segment", change);
}

fn three(store: &Store) -> Vec<Document> {
    store.all("f").oldest_first().collect::<Result<Vec<_>, _>>().expect("they are whole")
}

#[test]
fn of_a_segment_that_is_being_written() {
    let dir = directory();
    let store = store(&dir);
    let mut writer = store.segment_writer(SegmentOptions::default());
    for body in ["one", "two", "three"] {
        writer.append("f", body, capture()).expect("it is taken");
    }
    writer.flush().expect("it is written");
    let expected = three(&store);
    assert_eq!(expected.len(), 3);
    each_change(&segment(&dir), |change| {
        if change.starts_with("bit") {
            return is_whole_or_told(&store, &expected, change);
        }
        // One that was cut is as a killed writer leaves it: what is whole of it is read, and nothing else.
        let found: Vec<_> = store.all("f").oldest_first().filter_map(Result::ok).collect();
        assert!(expected.starts_with(&found), "{change}: wrong data");
    });
    assert_eq!(three(&store), expected);
}

#[test]
fn of_a_sealed_segment() {
    let dir = directory();
    let store = store(&dir);
    let mut writer = store.segment_writer(SegmentOptions::default());
    for body in ["one", "two", "three"] {
        writer.append("f", body, capture()).expect("it is taken");
    }
    writer.finish().expect("it is sealed");
    let expected = three(&store);
    each_change(&segment(&dir), |change| is_whole_or_told(&store, &expected, change));
    assert_eq!(three(&store), expected);
}

#[test]
fn what_lies_under_another_name_is_not_taken_for_it() {
    let dir = directory();
    let store = store(&dir);
    let swap = |one: &str, other: &str| {
        let (one, other) = (dir.path().join(one), dir.path().join(other));
        let bytes = fs::read(&one).expect("it is there");
        fs::write(&one, fs::read(&other).expect("it is there")).expect("it is written");
        fs::write(&other, bytes).expect("it is written");
    };
    let refused = |result: Result<Document, Error>, file: &str| {
        let error = result.expect_err("it is another's").to_string();
        assert!(error.contains(file), "{error}");
    };
    for name in ["d", "e"] {
        store.put(name, format!("of {name}"), capture()).expect("it is put");
    }
    swap("documents/d/000000/00000001.document", "documents/e/000000/00000001.document");
    for name in ["d", "e"] {
        refused(store.latest(name), "00000001.document");
    }

    // While they are written, and when they are sealed.
    let mut writer = store.segment_writer(SegmentOptions::default());
    for name in ["s", "t"] {
        writer.append(name, format!("of {name}"), capture()).expect("it is taken");
    }
    writer.flush().expect("it is written");
    for _ in 0..2 {
        swap("documents/s/000000/00000001.segment", "documents/t/000000/00000001.segment");
        for name in ["s", "t"] {
            refused(store.latest(name), "00000001.segment");
        }
        swap("documents/s/000000/00000001.segment", "documents/t/000000/00000001.segment");
        drop(std::mem::replace(&mut writer, store.segment_writer(SegmentOptions::default())));
    }

    let ids = [b"of one", b"of two"].map(|blob| store.blobs().put(blob).expect("it is put"));
    let file = |id: &BlobId| format!("blobs/{}/{}", &id.to_string()[..2], &id.to_string()[2..]);
    swap(&file(&ids[0]), &file(&ids[1]));
    for id in ids {
        let error = store.blobs().get(&id).expect_err("it is another's").to_string();
        assert!(error.contains(&id.to_string()[2..]), "{error}");
    }
}
