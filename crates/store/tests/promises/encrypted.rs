//! Bodies are read by who has the key, and by nobody else.

use std::fs;

use tracesnap_store::{Error, Key, Store};

use crate::support::{capture, directory, open};

#[test]
fn bodies_are_legible_with_the_key_alone_and_metadata_without() {
    let dir = directory();
    let store = Store::builder().key(Key::new(&[1; 32])).open(dir.path()).expect("a directory");
    store.put("f", "a secret body", capture().with_tag("outcome", "err")).expect("it is put");
    let blob = store.blobs().put(b"a secret blob").expect("it is put");
    assert_eq!(store.blobs().put(b"a secret blob").expect("it is there"), blob);
    assert_eq!(store.latest("f").expect("it is there").body(), b"a secret body");
    assert_eq!(store.blobs().get(&blob).expect("it is there"), b"a secret blob");

    let mut left = vec![dir.path().to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(path).expect("it is listed").map(|entry| entry.expect("an entry").path()));
        } else {
            let bytes = fs::read(&path).expect("it is there");
            assert!(!bytes.windows(6).any(|window| window == b"secret"), "{}", path.display());
        }
    }
    let plain = open(&dir);
    let entry = plain.list("f").next().expect("there is one").expect("it is legible");
    assert!(entry.metadata.is_encrypted() && entry.metadata.tag("outcome") == Some("err"));
    let error = plain.latest("f").expect_err("there is no key").to_string();
    assert!(
        error.contains("00000001.document` is encrypted, and there is no key; set `TRACESNAP_STORE_KEY`"),
        "{error}"
    );
    assert!(matches!(plain.blobs().get(&blob), Err(Error::Key { .. })));
    let other = Store::builder().key(Key::new(&[2; 32])).open(dir.path()).expect("a directory");
    let error = other.latest("f").expect_err("another key").to_string();
    assert!(error.contains("00000001.document` is encrypted with key") && error.contains("give the store"), "{error}");
    assert!(matches!(other.blobs().get(&blob), Err(Error::Key { .. })));
}

#[test]
fn metadata_that_was_changed_is_noticed_though_its_checksum_was_changed_with_it() {
    let dir = directory();
    let store = Store::builder().key(Key::new(&[1; 32])).open(dir.path()).expect("a directory");
    store.put("f", "body", capture().with_tag("outcome", "err")).expect("it is put");
    let path = dir.path().join("documents/f/000000/00000001.document");
    let bytes = fs::read(&path).expect("it is there");
    let lines: Vec<&[u8]> = bytes.splitn(3, |&byte| byte == b'\n').collect();
    let first = String::from_utf8(lines[0].to_vec()).expect("text");
    let forged = String::from_utf8(lines[1].to_vec()).expect("text").replace("\"err\"", "\"fine\"");
    let mut words: Vec<String> = first.split(' ').map(str::to_owned).collect();
    words[2] = format!("{:08x}", crc32fast::hash(forged.as_bytes()));
    let forged = [words.join(" ").as_bytes(), b"\n", forged.as_bytes(), b"\n", lines[2]].concat();
    fs::write(&path, forged).expect("it is written");
    let error = store.latest("f").expect_err("it was changed").to_string();
    assert!(error.contains("00000001.document` was changed since it was encrypted"), "{error}");
}

#[test]
fn what_was_plain_before_there_was_a_key_is_still_read() {
    let dir = directory();
    open(&dir).put("f", "plain", capture()).expect("it is put");
    let blob = open(&dir).blobs().put(b"plain").expect("it is put");
    let store = Store::builder().key(Key::new(&[1; 32])).open(dir.path()).expect("a directory");
    assert_eq!(store.latest("f").expect("it is there").body(), b"plain");
    assert_eq!(store.blobs().get(&blob).expect("it is there"), b"plain");
}
