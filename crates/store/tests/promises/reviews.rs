//! What waits for a review replaces nothing until somebody says so.

use tracesnap_store::{Document, Error, PendingId, Renewed};

use crate::support::{capture, directory, open};

#[test]
fn what_is_recorded_anew_waits_until_it_is_accepted() {
    let dir = directory();
    let store = open(&dir);
    let first = store.put_pending("checkout", "one", capture()).expect("it is put");
    assert!(matches!(store.accepted("checkout"), Err(Error::NotFound { .. })));
    store.accept(&first).expect("it is accepted");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"one");

    let second = store.put_pending("checkout", "two", capture()).expect("it is put");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"one", "nothing replaced it");
    assert_eq!(store.load_pending(&second).expect("it waits").body(), b"two");
    let waiting = store.pending().expect("they are listed");
    let waiting: Vec<_> = waiting.into_iter().map(|entry| entry.expect("it is whole").id).collect();
    assert_eq!(waiting, std::slice::from_ref(&second));
    store.accept(&second).expect("it is accepted");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"two");
    assert!(store.pending().expect("they are listed").is_empty());
    assert_eq!(store.accepted_names().expect("they are listed"), ["checkout"]);
    assert!(store.names().expect("they are listed").is_empty(), "recordings are apart");
}

#[test]
fn what_was_recorded_against_another_accepted_one_is_not_accepted_silently() {
    let dir = directory();
    let store = open(&dir);
    let ours = store.put_pending("checkout", "ours", capture()).expect("it is put");
    let theirs = store.put_pending("checkout", "theirs", capture()).expect("it is put");
    store.accept(&theirs).expect("it is accepted");
    let error = store.accept(&ours).expect_err("it was recorded before");
    assert!(matches!(error, Error::Superseded { .. }), "{error:?}");
    assert!(error.to_string().starts_with("`checkout#1` was recorded against another accepted `checkout`"), "{error}");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"theirs");
    assert_eq!(store.pending().expect("they are listed").len(), 1, "it still waits");
    store.accept_over(&ours).expect("whoever says so knows");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"ours");
}

#[test]
fn what_is_rejected_is_gone_and_the_accepted_one_stays() {
    let dir = directory();
    let store = open(&dir);
    let one = store.put_pending("checkout", "one", capture()).expect("it is put");
    store.accept(&one).expect("it is accepted");
    let two = store.put_pending("checkout", "two", capture()).expect("it is put");
    assert!(store.reject(&two).expect("it is removed") && !store.reject(&two).expect("it is gone"));
    assert!(matches!(store.accept(&two), Err(Error::NotFound { .. })));
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"one");
    assert!(store.remove_accepted("checkout").expect("it is removed"));
    assert!(!store.remove_accepted("checkout").expect("it is gone"));
}

#[test]
fn an_id_of_a_listing_is_read_back() {
    let id: PendingId = "shop::pay#3".parse().expect("an id");
    assert_eq!((id.name(), id.number(), id.to_string()), ("shop::pay", 3, "shop::pay#3".to_owned()));
}

#[test]
fn two_who_accept_at_once_do_not_both_win() {
    for _ in 0..50 {
        let dir = directory();
        let store = open(&dir);
        let ids = ["a", "b"].map(|body| store.put_pending("checkout", body, capture()).expect("it is put"));
        let won = std::thread::scope(|scope| {
            let tries = ids.each_ref().map(|id| scope.spawn(|| store.accept(id).is_ok()));
            tries.map(|attempt| attempt.join().expect("it ends")).into_iter().filter(|won| *won).count()
        });
        assert_eq!(won, 1);
        assert_eq!(store.pending().expect("they are listed").len(), 1);
    }
}

#[test]
fn what_waits_is_listed_read_changed_and_pruned_as_other_documents_are() {
    let dir = directory();
    let store = open(&dir);
    let first = store.put_pending("checkout", "one", capture().with_tag("n", "1")).expect("it is put");
    store.put_pending("checkout", "two", capture().with_tag("n", "2")).expect("it is put");
    store.put("other", "a recording", capture()).expect("it is put");
    let waiting = store.waiting();
    assert_eq!(waiting.names().expect("they are listed"), ["checkout"]);
    assert_eq!(waiting.latest("checkout").expect("it waits").body(), b"two");
    assert_eq!(waiting.by_index("checkout", 1).expect("it waits").body(), b"one");
    assert!(matches!(waiting.latest("other"), Err(Error::NotFound { .. })), "it does not wait");
    let tags: Vec<_> =
        waiting.list("checkout").map(|entry| entry.expect("whole").metadata.tag("n") == Some("2")).collect();
    assert_eq!(tags, [true, false]);

    // Whoever changes it makes metadata of his own.
    let upper = |document: &Document| -> Result<Option<Renewed>, Error> {
        Ok((document.body() == b"one").then(|| (b"ONE".to_vec(), capture())))
    };
    assert_eq!(waiting.rewrite("checkout", false, upper).expect("it is changed"), 1);
    store.accept(&first).expect("it still replaces what it did");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"ONE");

    store.put_pending("checkout", "three", capture()).expect("it is put");
    waiting.put("checkout", "four", capture()).expect("it waits as well");
    let pruned = waiting.prune_to("checkout", "1".parse().expect("a rule"), false).expect("they are removed");
    assert_eq!((pruned.removed.len(), pruned.kept), (2, 1));
    assert_eq!(waiting.latest("checkout").expect("it waits").body(), b"four");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"ONE");
    assert_eq!(store.latest("other").expect("it is there").body(), b"a recording");
}

#[test]
fn an_accepted_one_that_is_changed_is_still_what_others_were_recorded_against() {
    let dir = directory();
    let store = open(&dir);
    let first = store.put_pending("checkout", "secret", capture()).expect("it is put");
    store.accept(&first).expect("it is accepted");
    let second = store.put_pending("checkout", "two", capture()).expect("it is put");
    let scrub = |document: &Document| -> Result<Option<Renewed>, Error> {
        Ok((document.body() == b"secret").then(|| (b"[redacted]".to_vec(), document.metadata().clone())))
    };
    assert!(store.rewrite_accepted("checkout", true, scrub).expect("nothing is written"));
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"secret");
    assert!(store.rewrite_accepted("checkout", false, scrub).expect("it is changed"));
    assert!(!store.rewrite_accepted("checkout", false, scrub).expect("it is clean"));
    assert!(!store.rewrite_accepted("nobody", false, scrub).expect("there is none"));
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"[redacted]");
    store.accept(&second).expect("it was recorded against this one");
    assert_eq!(store.accepted("checkout").expect("it is there").body(), b"two");
}
