//! A store in an object store keeps the promises of one in a directory.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use tracesnap_store::{DocumentId, Error, ObjectStoreBackend, Store};

use crate::support::{body, capture, directory, writer_and_round};

fn on(store: Arc<dyn ObjectStore>, prefix: &str) -> Store {
    Store::builder().on(Arc::new(ObjectStoreBackend::new(store, prefix).expect("a thread")))
}

/// What an object store does in one step, whoever else writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneStep {
    /// Creates an object where there is none.
    pub(crate) create: bool,
    /// Replaces an object that is the expected one.
    pub(crate) replace: bool,
}

/// Everything a store does, on one that is empty.
pub(crate) fn keeps_its_promises(store: &Store, one_step: OneStep) {
    assert!(store.names().expect("there are none").is_empty());
    assert!(matches!(store.latest("f"), Err(Error::NotFound { .. })));
    let long = "long::".repeat(600);
    for name in ["f", "F", "../../x", "GET /orders/{id}", "é", &long] {
        for n in 1..=3 {
            let id = store.put(name, format!("{name} {n}"), capture().with_tag("n", n.to_string())).expect("it is put");
            assert_eq!(id, DocumentId::new(name, n));
        }
        assert_eq!(store.latest(name).expect("it is there").body(), format!("{name} 3").as_bytes());
        assert_eq!(store.by_index(name, 2).expect("it is there").body(), format!("{name} 1").as_bytes());
        let found: Vec<_> = store.find(name, |metadata| metadata.tag("n") == Some("2")).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(store.list(name).filter(Result::is_ok).count(), 3);
    }
    let mut names =
        vec!["../../x".to_owned(), "F".to_owned(), "GET /orders/{id}".to_owned(), "f".to_owned(), long, "é".to_owned()];
    names.sort();
    assert_eq!(store.names().expect("they are listed"), names);

    assert!(store.remove(&DocumentId::new("f", 3)).expect("it is removed"));
    assert!(!store.remove(&DocumentId::new("f", 3)).expect("it is gone"));
    assert_eq!(store.latest("f").expect("it is there").id().number(), 2);
    assert_eq!(store.put("f", "4", capture()).expect("it is put").number(), 4, "no number is given twice");
    let pruned = store.prune_to("f", "1".parse().expect("a rule"), false).expect("it is listed");
    assert_eq!((pruned.removed.len(), pruned.kept), (2, 1));

    let one = store.put_pending("checkout", "one", capture()).expect("it is put");
    let two = store.put_pending("checkout", "two", capture()).expect("it is put");
    store.accept(&one).expect("it is accepted");
    assert!(matches!(store.accept(&two), Err(Error::Superseded { .. })));
    store.accept_over(&two).expect("whoever says so knows");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"two");
    assert_eq!(store.accepted_names().expect("they are listed"), ["checkout"]);
    let three = store.put_pending("checkout", "three", capture()).expect("it is put");
    assert!(store.reject(&three).expect("it is removed"));
    assert!(store.pending().expect("they are listed").is_empty());

    let blob = store.blobs().put(b"bytes").expect("it is put");
    assert_eq!(store.blobs().put(b"bytes").expect("it is there"), blob);
    assert_eq!(store.blobs().get(&blob).expect("it is there"), b"bytes");
    assert_eq!(store.blobs().ids().expect("they are listed"), [blob]);
    assert!(store.blobs().remove(&blob).expect("it is removed"));

    #[cfg(feature = "segments")]
    {
        let mut writer = store.segment_writer(tracesnap_store::SegmentOptions::default());
        for n in 0..100 {
            writer.append("s", body(1, n), capture()).expect("it is taken");
        }
        writer.finish().expect("it is put");
        assert_eq!(writer_and_round(store.latest("s").expect("it is there").body()).1, 99);
        assert_eq!(writer_and_round(store.by_index("s", 60).expect("it is there").body()).1, 39);
        assert_eq!(store.all("s").filter(Result::is_ok).count(), 100);
    }

    // Changed where they are: same numbers, same order.
    #[cfg(feature = "segments")]
    for name in ["F", "s"] {
        let ids: Vec<_> = store.ids(name).map(|id| id.expect("it is listed")).collect();
        let changed = store.rewrite(name, false, |document| {
            let body = [document.body(), b" changed"].concat();
            Ok::<_, Error>(Some((body, document.metadata().clone())))
        });
        assert_eq!(changed.expect("they are written"), ids.len() as u64);
        assert_eq!(store.ids(name).map(|id| id.expect("it is listed")).collect::<Vec<_>>(), ids);
        assert!(store.all(name).all(|found| found.expect("it is whole").body().ends_with(b" changed")));
    }

    // Many at once: each has a number of its own, and one only wins a review.
    let writers = if one_step.create { 4 } else { 1 };
    std::thread::scope(|scope| {
        for writer in 0..writers {
            scope.spawn(move || {
                for round in 0..10 {
                    store.put("busy", body(writer, round), capture()).expect("it is put");
                }
            });
        }
    });
    let found: Vec<_> = store.all("busy").map(|found| writer_and_round(found.expect("it is whole").body())).collect();
    assert_eq!(found.len(), 10 * writers);
    assert!(
        (0..writers).all(|writer| found
            .iter()
            .filter(|(by, _)| *by == writer)
            .map(|(_, round)| *round)
            .eq((0..10).rev()))
    );
    assert_eq!(store.latest("busy").expect("it is there").id().number(), 10 * writers as u64);
    if one_step.replace {
        let ids = ["a", "b", "c"].map(|body| store.put_pending("raced", body, capture()).expect("it is put"));
        let won = std::thread::scope(|scope| {
            let tries = ids.each_ref().map(|id| scope.spawn(|| store.accept(id).is_ok()));
            tries.map(|attempt| attempt.join().expect("it ends")).into_iter().filter(|won| *won).count()
        });
        assert_eq!(won, 1);
    }
}

#[test]
fn in_memory() {
    let all = OneStep { create: true, replace: true };
    keeps_its_promises(&on(Arc::new(InMemory::new()), ""), all);
    keeps_its_promises(&on(Arc::new(InMemory::new()), "team/captures"), all);
}

#[test]
fn in_a_directory_of_the_object_store() {
    let dir = directory();
    let files = LocalFileSystem::new_with_prefix(dir.path()).expect("a directory");
    keeps_its_promises(&on(Arc::new(files), ""), OneStep { create: true, replace: false });
}

#[test]
fn what_was_put_into_a_directory_is_read_through_an_object_store() {
    let dir = directory();
    let near = Store::open(dir.path()).expect("a directory");
    for n in 1..=3 {
        near.put("shop::pay", n.to_string(), capture()).expect("it is put");
    }
    let files = LocalFileSystem::new_with_prefix(dir.path()).expect("a directory");
    let far = on(Arc::new(files), "");
    assert_eq!(far.latest("shop::pay").expect("it is there").body(), b"3");
    assert_eq!(far.names().expect("they are listed"), ["shop::pay"]);
    assert_eq!(near.put("shop::pay", "4", capture()).expect("it is put").number(), 4);
}

#[test]
fn it_works_within_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let store = on(Arc::new(InMemory::new()), "");
        store.put("f", "{}", capture()).expect("it is put");
        assert_eq!(store.latest("f").expect("it is there").body(), b"{}");
    });
}

#[test]
fn a_url_that_is_no_store_is_refused_with_what_would_be() {
    let error = ObjectStoreBackend::from_url("gopher://x/y", []).expect_err("it is none");
    assert!(error.to_string().contains("cannot use `gopher://x/y` as a store"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert!(ObjectStoreBackend::from_url("no url", []).is_err());
    let store = Store::builder().on(Arc::new(ObjectStoreBackend::from_url("memory:///", []).expect("memory")));
    store.put("f", "{}", capture()).expect("it is put");
}
