//! What is played back changes by a review only, and then as a whole.

use serde_json::json;
use tracesnap_record::{Recorder, Sets};

fn record(dir: &std::path::Path, answers: &[(&str, i32)]) -> String {
    let session = Recorder::builder().dir(dir).session("checkout").expect("it begins");
    for (operation, answer) in answers {
        session.interaction("shop", *operation, &json!({})).response(answer);
    }
    session.finish().expect("written").pending.expect("it waits")
}

fn answers(sets: &Sets) -> Option<Vec<(String, i64)>> {
    let session = sets.accepted("checkout").expect("readable")?;
    Some(
        session
            .interactions
            .iter()
            .map(|one| (one.operation.clone(), one.response.as_i64().expect("a number")))
            .collect(),
    )
}

fn is(expected: &[(&str, i64)]) -> Option<Vec<(String, i64)>> {
    Some(expected.iter().map(|(operation, answer)| ((*operation).to_owned(), *answer)).collect())
}

#[test]
fn a_recording_waits_until_it_is_accepted_or_rejected() {
    let dir = tempfile::tempdir().expect("a folder");
    let sets = Sets::open(dir.path()).expect("a store");
    let first = record(dir.path(), &[("get", 1)]);
    assert_eq!(answers(&sets), None);
    sets.accept(&first.parse().expect("an id")).expect("accepted");
    assert_eq!(answers(&sets), is(&[("get", 1)]));
    let second = record(dir.path(), &[("get", 2)]);
    assert_eq!(answers(&sets), is(&[("get", 1)]));
    assert_eq!(sets.pending().expect("listed").len(), 1);
    assert!(sets.reject(&second.parse().expect("an id")).expect("rejected"));
    assert!(sets.pending().expect("listed").is_empty());
    assert_eq!(answers(&sets), is(&[("get", 1)]));
}

#[test]
fn some_interactions_of_a_recording_are_accepted_and_the_others_stay_as_they_were() {
    let dir = tempfile::tempdir().expect("a folder");
    let sets = Sets::open(dir.path()).expect("a store");
    let first = record(dir.path(), &[("get", 1), ("put", 1), ("list", 1)]);
    sets.accept(&first.parse().expect("an id")).expect("accepted");
    let second = record(dir.path(), &[("get", 2), ("put", 2), ("new", 2), ("other", 2)]).parse().expect("an id");
    sets.accept_some(&second, &[1, 2], &[0]).expect("accepted");
    assert_eq!(answers(&sets), is(&[("put", 2), ("list", 1), ("new", 2)]));
    assert!(sets.pending().expect("listed").is_empty());
}
