//! Documents are changed where they are.

use tracesnap_store::{Action, Document, DocumentId, Error, Renewed, Store};

use crate::support::{capture, directory};

/// Writes `new` where a body is `old`.
fn exchange(old: &[u8], new: &str) -> impl FnMut(&Document) -> Result<Option<Renewed>, Error> {
    move |document| Ok((document.body() == old).then(|| (new.into(), document.metadata().clone().with_tag("is", "new"))))
}

#[test]
fn documents_keep_their_numbers_and_their_order_and_others_are_not_touched() {
    let dir = directory();
    let store = Store::builder().audit(true).open(dir.path()).expect("a directory");
    for body in ["a", "b", "a", "c"] {
        store.put("f", body, capture()).expect("it is put");
    }
    let file = |number: u64| dir.path().join(format!("documents/f/000000/{number:08}.document"));
    let written = |number| std::fs::metadata(file(number)).expect("it is there").modified().expect("it has a time");
    let before = [written(1), written(2)];
    assert_eq!(store.rewrite("f", true, exchange(b"a", "new")).expect("they are read"), 2);
    assert!(store.all("f").all(|found| found.expect("it is whole").body() != b"new"), "nothing is written");

    assert_eq!(store.rewrite("f", false, exchange(b"a", "new")).expect("they are written"), 2);
    assert_eq!([written(1), written(2)], before, "it does not get younger");
    let found: Vec<_> = store.all("f").oldest_first().map(|found| found.expect("it is whole")).collect();
    let told: Vec<_> =
        found.iter().map(|found| (found.id().number(), found.body(), found.metadata().tag("is"))).collect();
    let new = (b"new".as_slice(), Some("new"));
    assert_eq!(told, [(1, new.0, new.1), (2, b"b", None), (3, new.0, new.1), (4, b"c", None)]);
    assert_eq!(store.rewrite("f", false, exchange(b"a", "new")).expect("there are none"), 0);
    let log = store.audit().expect("there is one").read().expect("it is read");
    let rewritten: Vec<_> = log.filter_map(Result::ok).filter(|entry| entry.action == Action::Rewrite).collect();
    assert_eq!(rewritten.iter().map(|entry| entry.documents).collect::<Vec<_>>(), [2]);
}

#[test]
fn an_error_of_whoever_changes_ends_it_and_what_was_changed_stays() {
    let dir = directory();
    let store = Store::open(dir.path()).expect("a directory");
    for body in ["1", "2", "3"] {
        store.put("f", body, capture()).expect("it is put");
    }
    let mut left = 1;
    let result = store.rewrite("f", false, |document| {
        if left == 0 {
            return Err(Error::NotFound { what: "reason".into(), near: Vec::new() });
        }
        left -= 1;
        Ok(Some((b"new".to_vec(), document.metadata().clone())))
    });
    assert!(matches!(result, Err(Error::NotFound { .. })));
    let bodies: Vec<_> = store.all("f").oldest_first().map(|found| found.expect("whole").into_body()).collect();
    assert_eq!(bodies, [b"new".as_slice(), b"2", b"3"]);
    assert_eq!(store.load(&DocumentId::new("f", 1)).expect("it is there").body(), b"new");
}

#[cfg(feature = "segments")]
#[test]
fn documents_of_a_sealed_segment_are_changed_and_of_one_that_is_written_are_not() {
    let dir = directory();
    let store = Store::open(dir.path()).expect("a directory");
    let mut writer = store.segment_writer(tracesnap_store::SegmentOptions::default());
    for n in 0..500 {
        writer.append("f", if n % 2 == 0 { "even" } else { "odd" }, capture()).expect("it is taken");
    }
    writer.flush().expect("it is written");
    assert_eq!(store.rewrite("f", false, exchange(b"none", "new")).expect("nothing is to be written"), 0);
    assert_eq!(store.rewrite("f", true, exchange(b"odd", "new")).expect("nothing is written"), 250);
    let error = store.rewrite("f", false, exchange(b"odd", "new")).expect_err("it is being written").to_string();
    assert!(error.contains("00000001.segment` is being written; end the program"), "{error}");
    writer.append("f", "last", capture()).expect("it is taken");
    writer.finish().expect("it is sealed");

    assert_eq!(store.rewrite("f", false, exchange(b"odd", "new")).expect("it is written"), 250);
    assert_eq!(store.latest("f").expect("it is there").body(), b"last", "nothing is lost");
    let found: Vec<_> = store.all("f").oldest_first().map(|found| found.expect("it is whole")).collect();
    assert_eq!(found.len(), 501);
    for (n, found) in found[..500].iter().enumerate() {
        assert_eq!(found.body(), if n % 2 == 0 { b"even".as_slice() } else { b"new" });
        assert_eq!(found.id().to_string(), format!("f#1.{n}"));
    }
}

#[cfg(all(feature = "segments", unix))]
#[test]
fn a_segment_whose_writer_was_killed_is_sealed_and_changed() {
    let dir = directory();
    let store = Store::open(dir.path()).expect("a directory");
    let mut writer = store.segment_writer(tracesnap_store::SegmentOptions::default());
    writer.append("f", "a", capture()).expect("it is taken");
    writer.flush().expect("it is written");
    let path = dir.path().join("documents/f/000000/00000001.segment");
    let open = std::fs::read(&path).expect("it is there");
    drop(writer);
    std::fs::write(&path, open).expect("as a killed writer leaves it");
    assert_eq!(store.rewrite("f", false, exchange(b"a", "new")).expect("nobody writes it"), 1);
    assert_eq!(store.latest("f").expect("it is there").body(), b"new");
}
