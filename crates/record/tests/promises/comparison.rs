//! How near mocks come to the service is measured, and mocks are made that come near.

use serde_json::{Value, json};
use tracesnap_record::compare::{Noise, baseline, compare_sessions, compare_with_mocks};
use tracesnap_record::provider::{Asked, Fallback};
use tracesnap_record::{Interaction, Mocks, Session, Status};

fn interaction(id: u64, operation: &str, request: Value, response: Value) -> Interaction {
    let mut interaction = Interaction::new(id, "shop", operation, request);
    interaction.response = response;
    interaction.duration_ms = 10.0;
    interaction
}

fn session(parts: &[(&str, Value)]) -> Session {
    let interactions = parts.iter().enumerate();
    let interactions =
        interactions.map(|(id, (operation, response))| interaction(id as u64, operation, json!(id), response.clone()));
    Session::new("x", interactions.collect())
}

fn mocks(value: &Value) -> Mocks {
    Mocks::parse(value.to_string().as_bytes(), "mocks.json").expect("mocks")
}

#[test]
fn equal_mocks_agree_to_a_hundred_percent_and_none_to_nothing() {
    let recorded = session(&[("get", json!({"a": 1, "b": [1, 2]})), ("put", json!(null))]);
    let same = compare_with_mocks(&recorded, &mocks(&json!({"shop": {"get": {"a": 1, "b": [1, 2]}, "put": null}})));
    assert_eq!((same.overall, same.coverage.share, same.fidelity.share), (Some(100.0), 1.0, 1.0));
    let none = compare_with_mocks(&recorded, &mocks(&json!({})));
    assert_eq!((none.overall, none.coverage.n, none.fidelity.n), (Some(0.0), 2, 0));
    assert_eq!(none.missing.len(), 2);
    let nothing = compare_with_mocks(&session(&[]), &mocks(&json!({"shop": {"get": 1}})));
    assert_eq!((nothing.overall, nothing.stale.len()), (None, 1));
}

#[test]
fn the_overall_percentage_is_the_one_of_the_documentation() {
    let mut recorded = session(&[("get", json!({"a": 1, "b": "x", "c": true, "d": null})), ("other", json!(1))]);
    recorded.interactions[1].status = Status::Error;
    let found =
        compare_with_mocks(&recorded, &mocks(&json!({"shop": {"get": {"a": 1, "b": "y", "c": "true", "e": 1}}})));
    // Of a, b, c, d, e one value and two types are equal; one of two operations has a mock.
    assert_eq!((found.coverage.share, found.fidelity.share, found.type_fidelity.share), (0.5, 0.2, 0.4));
    let expected = 100.0 * 0.5 * (0.3 * 0.2 + 0.5 * 0.4 + 0.2 * 1.0);
    assert!((found.overall.expect("some") - expected).abs() < 1e-9, "{found:?}");
    let worst: Vec<_> = found.operations[0].worst.iter().map(|field| (field.what, field.path.as_str())).collect();
    assert_eq!(worst, [("type", "$.c"), ("missing", "$.d"), ("extra", "$.e"), ("value", "$.b")]);
}

#[test]
fn values_that_differ_between_repeats_are_noise_but_their_types_count() {
    let at = |time: i32| interaction(0, "get", json!(1), json!({"at": time, "name": "x"}));
    let recorded = Session::new("x", vec![at(1), at(2)]);
    let noise = Noise::learn(&recorded.interactions);
    assert_eq!(noise.paths("shop", "get").collect::<Vec<_>>(), ["$.at"]);
    let same = compare_with_mocks(&recorded, &mocks(&json!({"shop": {"get": {"at": 99, "name": "x"}}})));
    assert_eq!(same.fidelity.share, 1.0);
    let other = compare_with_mocks(&recorded, &mocks(&json!({"shop": {"get": {"at": "99", "name": "x"}}})));
    assert_eq!((other.fidelity.share, other.type_fidelity.share), (0.5, 0.5));
}

#[test]
fn two_recordings_are_compared_with_their_drift() {
    let before = session(&[("get", json!({"a": 1})), ("put", json!("ok")), ("gone", json!(1))]);
    let after = session(&[("get", json!({"a": "1"})), ("put", json!("ok")), ("new", json!(1))]);
    let found = compare_sessions(&before, &after);
    assert_eq!(found.missing, [("shop".to_owned(), "gone".to_owned(), 1)]);
    assert_eq!(found.stale, [("shop".to_owned(), "new".to_owned())]);
    let drift = found.drift.expect("of recordings").to_string();
    assert_eq!(
        drift,
        "error shop get $.a ×1: number 1 recorded, string \"1\" now\nwarn  shop new $ ×1: nothing recorded, 2 now"
    );
}

#[test]
fn a_baseline_has_what_was_seen_most_with_a_confidence_that_says_how_surely() {
    let mut recorded: Vec<Interaction> = (0..9).map(|id| interaction(id, "same", json!(id), json!({"a": 1}))).collect();
    recorded.extend((0..4).map(|id| interaction(id, "mixed", json!(id), json!({"a": id % 3}))));
    recorded.push(interaction(0, "once", json!(0), json!("x")));
    let mut failing = interaction(0, "failing", json!(0), json!(null));
    failing.status = Status::Error;
    failing.error = Some("always".to_owned());
    recorded.push(failing);
    let mocks = baseline(&recorded);
    let confidence = |operation: &str| mocks.get("shop", operation).expect("a mock").confidence.expect("a number");
    assert_eq!(confidence("same"), 0.9);
    assert_eq!(confidence("once"), 0.5);
    // Of four, all have the type and two the value.
    assert_eq!(confidence("mixed"), 0.6);
    let mixed = mocks.get("shop", "mixed").expect("a mock");
    assert_eq!((&mixed.response, mixed.observed, mixed.latency_ms), (&json!({"a": 0}), Some(4), Some(10.0)));
    assert_eq!(mocks.get("shop", "failing").and_then(|mock| mock.error.as_deref()), Some("always"));

    let found = compare_with_mocks(&Session::new("x", recorded), &mocks);
    assert_eq!((found.coverage.share, found.type_fidelity.share, found.status.share), (1.0, 1.0, 1.0));
}

#[test]
fn a_file_of_mocks_is_read_back_and_written_by_hand() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("mocks.json");
    let made = baseline(&[interaction(0, "get", json!(1), json!({"a": 1}))]);
    made.save(&path).expect("written");
    assert_eq!(Mocks::load(&path).expect("read"), made);
    let by_hand = mocks(&json!({"$schema": "x", "shop": {"get": {"a": 2}}}));
    let asked = |operation| {
        let request = json!({});
        // An `Asked` is made by services only.
        let provider = tracesnap_record::ServiceProvider::builder().session("x").mode(tracesnap_record::Mode::Mock);
        let mocks = by_hand.clone();
        let provider = provider.fallback(move |asked: &Asked<'_>| mocks.answer(asked)).build().expect("it is built");
        let answer: Result<Value, _> = provider.service("shop").call(operation, &request, || Err("not asked"));
        answer.map_err(|error| error.to_string())
    };
    assert_eq!(asked("get"), Ok(json!({"a": 2})));
    assert!(asked("put").expect_err("no mock").starts_with("nothing answers `shop put` in this mode"));
    for (text, why) in
        [("[]", "expected `{service: {operation: response}}`"), (r#"{"a": 1}"#, "`a` is a number"), ("{", "EOF")]
    {
        let error = Mocks::parse(text.as_bytes(), "m.json").expect_err(text).to_string();
        assert!(error.contains(why), "{error}");
    }
}
