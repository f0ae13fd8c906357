//! Bodies are read by who has the key, and by nobody else.

use std::fs;

use tempfile::TempDir;
use tracesnap_store::{BlobId, Document, DocumentId, Error, Key, Store};

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

/// A store of everything, put without a key: documents in files and in a segment, one that waits, one that was accepted,
/// a blob.
fn plain_store(dir: &TempDir) -> BlobId {
    let store = open(dir);
    store.put("f", "a plain one", capture()).expect("it is put");
    #[cfg(feature = "segments")]
    {
        let mut writer = store.segment_writer(tracesnap_store::SegmentOptions::default());
        for body in ["a plain two", "a plain three"] {
            writer.append("f", body, capture()).expect("it is taken");
        }
        writer.finish().expect("it is sealed");
    }
    let accepted = store.put_pending("g", "a plain four", capture()).expect("it is put");
    store.accept(&accepted).expect("it is accepted");
    store.put_pending("g", "a plain five", capture()).expect("it waits");
    store.blobs().put(b"a plain blob").expect("it is put")
}

fn with_key(dir: &TempDir) -> Store {
    Store::builder().key(Key::new(&[1; 32])).open(dir.path()).expect("a directory")
}

#[test]
fn what_is_plain_is_refused_beside_a_key_with_its_file_and_the_way_out() {
    let dir = directory();
    let blob = plain_store(&dir);
    let store = with_key(&dir);
    let refused = |what: &str, result: Result<Vec<u8>, Error>| {
        let error = result.expect_err("it is plain");
        assert!(matches!(error, Error::Key { .. }), "{what}: {error:?}");
        let told = error.to_string();
        assert!(told.contains("is not encrypted, though the store has a key") && told.contains("--encrypt"), "{told}");
        assert!(told.contains(dir.path().to_str().expect("text")), "{what} has a file: {told}");
    };
    refused("latest", store.latest("f").map(Document::into_body));
    refused("oldest", store.load(&DocumentId::new("f", 1)).map(Document::into_body));
    assert!(store.all("f").all(|found| matches!(found, Err(Error::Key { .. }))));
    assert!(store.find("f", |_| true).all(|found| matches!(found, Err(Error::Key { .. }))));
    refused("accepted", store.accepted("g").map(Document::into_body));
    refused("waiting", store.waiting().latest("g").map(Document::into_body));
    refused("blob", store.blobs().get(&blob));
    let pending = store.pending().expect("they are listed").remove(0).expect("it is legible").id;
    assert!(matches!(store.accept_over(&pending), Err(Error::Key { .. })), "nothing plain is accepted");
    assert!(store.list("f").all(|entry| !entry.expect("what is known of it can be read").metadata.is_encrypted()));

    let lenient = Store::builder().key(Key::new(&[1; 32])).allow_plain(true).open(dir.path()).expect("a directory");
    assert_eq!(lenient.load(&DocumentId::new("f", 1)).expect("it may be plain").body(), b"a plain one");
    assert_eq!(lenient.blobs().get(&blob).expect("it may be plain"), b"a plain blob");
}

#[test]
fn a_plain_document_in_the_place_of_an_encrypted_one_is_noticed() {
    let dir = directory();
    let store = with_key(&dir);
    store.put("f", "what was put", capture().with_tag("outcome", "err")).expect("it is put");
    let path = dir.path().join("documents/f/000000/00000001.document");
    let elsewhere = directory();
    open(&elsewhere).put("f", "what they want", capture().with_tag("outcome", "err")).expect("it is put");
    fs::copy(elsewhere.path().join("documents/f/000000/00000001.document"), &path).expect("it is exchanged");
    let error = store.latest("f").expect_err("it was exchanged").to_string();
    assert!(error.contains("00000001.document` is not encrypted, though the store has a key"), "{error}");
}

#[test]
fn what_was_plain_before_there_was_a_key_is_encrypted_in_its_place() {
    let dir = directory();
    let blob = plain_store(&dir);
    let without = open(&dir).encrypt(false).expect_err("there is no key").to_string();
    assert!(without.contains("TRACESNAP_STORE_KEY") && without.contains("no key to encrypt with"), "{without}");

    let store = with_key(&dir);
    let documents = if cfg!(feature = "segments") { 5 } else { 3 };
    let planned = store.encrypt(true).expect("nothing is written");
    assert_eq!((planned.documents, planned.blobs), (documents, 1));
    assert!(store.latest("f").is_err(), "nothing was written");
    assert_eq!(store.encrypt(false).expect("it is encrypted"), planned);
    assert_eq!(store.encrypt(false).expect("it is done"), tracesnap_store::Encrypted::default());

    assert_eq!(store.load(&DocumentId::new("f", 1)).expect("it is ours").body(), b"a plain one");
    assert_eq!(store.all("f").count() as u64, documents - 2);
    assert!(store.all("f").all(|found| found.expect("it is ours").metadata().is_encrypted()));
    assert_eq!(store.accepted("g").expect("it is ours").body(), b"a plain four");
    assert_eq!(store.blobs().get(&blob).expect("it is ours"), b"a plain blob");
    let pending = store.pending().expect("they are listed").remove(0).expect("it is legible").id;
    store.accept(&pending).expect("it replaces the one that it did, though that was encrypted meanwhile");
    assert_eq!(store.accepted("g").expect("it is ours").body(), b"a plain five");

    let mut left = vec![dir.path().to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(path).expect("it is listed").map(|entry| entry.expect("an entry").path()));
        } else {
            let bytes = fs::read(&path).expect("it is there");
            assert!(!bytes.windows(7).any(|window| window == b"a plain"), "{}", path.display());
        }
    }
}
