//! A session file is read, whoever wrote it; what is no session is refused with the reason.

use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tracesnap_record::file::{load, parse, read_each, save, to_bytes};
use tracesnap_record::{Error, Interaction, Session, Status};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/python_capture.json");

#[test]
fn a_file_of_the_python_tool_is_read() {
    let session = load(PYTHON).expect("a session");
    assert_eq!((session.head.session_id.as_str(), session.head.total_interactions), ("1689331200000", 3));
    assert_eq!((session.head.version, session.head.title()), (None, "1689331200000"));
    let [get, generate, set] = session.interactions.as_slice() else { panic!("three: {session:?}") };
    assert_eq!(get.response["documents"][1]["name"], "Ruins");
    assert_eq!(generate.timestamp.to_string(), "2025-07-14T10:00:02.512Z");
    assert_eq!((set.status.as_str(), set.error_type.as_deref()), ("error", Some("PermissionDenied")));
    assert_eq!(set.duration_ms, 30.5);
}

#[test]
fn fields_that_nobody_knows_are_written_again() {
    let text = r#"{"session_id": 7, "timestamp": "2025-07-14T10:00:00Z", "owner": {"team": "a"},
        "interactions": [{"service": "s", "operation": "o", "retries": [1, 2]}], "after": null}"#;
    let session = parse(text.as_bytes(), "x.json").expect("a session");
    let again: Value = serde_json::from_slice(&to_bytes(&session)).expect("JSON");
    assert_eq!(again["owner"], json!({"team": "a"}));
    assert!(again.as_object().is_some_and(|fields| fields.contains_key("after")));
    assert_eq!(again["interactions"][0]["retries"], json!([1, 2]));
    assert_eq!(again["session_id"], "7");
}

#[test]
fn a_file_keeps_the_fields_that_tools_have_always_read() {
    let session = load(PYTHON).expect("a session");
    let ours: Value = serde_json::from_slice(&to_bytes(&session)).expect("JSON");
    let theirs: Value = serde_json::from_str(&std::fs::read_to_string(PYTHON).expect("text")).expect("JSON");
    for field in ["session_id", "timestamp", "total_interactions"] {
        assert_eq!(ours[field], theirs[field], "{field}");
    }
    for (ours, theirs) in
        ours["interactions"].as_array().unwrap().iter().zip(theirs["interactions"].as_array().unwrap())
    {
        for field in ["id", "service", "operation", "request", "response", "status", "duration_ms"] {
            assert_eq!(ours[field], theirs[field], "{field}");
        }
    }
}

#[test]
fn what_is_no_session_is_refused_with_place_and_reason() {
    let refused = |text: &str| parse(text.as_bytes(), "x.json").expect_err(text).to_string();
    let table = [
        ("", "`x.json` is no session: it is empty"),
        ("{}", "missing field `interactions`"),
        (r#"{"interactions": []}"#, "missing field `session_id`"),
        (r#"{"session_id": "1", "timestamp": "never", "interactions": []}"#, "`never` is no time"),
        (r#"{"session_id": "1", "interactions": [{"service": "s"}]}"#, "missing field `operation` at line 1"),
        (r#"{"session_id": "1", "interactions": [], "interactions": []}"#, "duplicate field `interactions`"),
        (
            r#"{"session_id": "1", "interactions": [{"service": "s", "operation": "o", "duration_ms": -1}]}"#,
            "never negative",
        ),
        (r#"{"session_id": "1", "timestamp": "2025-07-14T10:00:00Z", "interactions": []} x"#, "trailing characters"),
        (
            r#"{"session_id": "1", "timestamp": "2025-07-14T10:00:00Z", "format": "other", "interactions": []}"#,
            "its format is `other`",
        ),
        ("[1, 2]", "expected an object with `session_id`"),
        ("\u{0}\u{1}", "expected value"),
    ];
    for (text, why) in table {
        let found = refused(text);
        assert!(found.contains(why), "{text}: {found}");
    }
}

#[test]
fn a_version_that_is_not_known_is_refused_with_the_way_out() {
    for version in ["2", "99999999999999999999", "\"1\"", "-1"] {
        let text = format!(r#"{{"session_id": "1", "version": {version}, "interactions": [{{"new": true}}]}}"#);
        let error = parse(text.as_bytes(), "x.json").expect_err("too new");
        assert!(matches!(error, Error::FormatTooNew { .. }), "{error}");
        assert!(error.to_string().contains("upgrade tracesnap"), "{error}");
    }
}

#[test]
fn a_session_that_is_too_deep_is_an_error_and_no_overflow() {
    let deep = format!(
        r#"{{"session_id": "1", "interactions": [{{"service": "s", "operation": "o", "request": {}{}}}]}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let error = parse(deep.as_bytes(), "x.json").expect_err("too deep").to_string();
    assert!(error.contains("recursion limit"), "{error}");
}

#[test]
fn a_large_session_is_read_one_by_one_and_can_be_left() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("large.session.json");
    let interactions = (0..100_000).map(|id| Interaction::new(id, "s", "o", json!({"id": id}))).collect();
    save(&Session::new("large", interactions), &path).expect("written");
    let mut seen = 0;
    let head = read_each(&path, |interaction| {
        assert_eq!(interaction.id, seen);
        seen += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((seen, head.expect("read").total_interactions), (100_000, 100_000));
    let mut seen = 0;
    let head = read_each(&path, |_| {
        seen += 1;
        if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((seen, head.expect("what stands before is known").session_id.as_str()), (3, "large"));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no such number", |float| float.is_finite()).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z ]{0,6}", inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn interaction() -> impl Strategy<Value = Interaction> {
    let status = prop_oneof![
        Just(Status::Success),
        Just(Status::Error),
        Just(Status::Cancelled),
        Just(Status::Other("pending".to_owned())),
    ];
    let fields = ("[a-z]{1,8}", "[a-z.]{1,8}", value(), value(), status, 0.0..1e9, prop::option::of("\\PC{0,9}"));
    (fields, any::<u64>()).prop_map(|((service, operation, request, response, status, duration, error), id)| {
        let mut interaction = Interaction::new(id, service, operation, request);
        interaction.response = response;
        interaction.status = status;
        interaction.duration_ms = duration;
        interaction.error = error;
        interaction.extra.insert("later".into(), json!({"a": 1}));
        interaction
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_session_comes_back_from_its_bytes(interactions in prop::collection::vec(interaction(), 0..8)) {
        let mut session = Session::new("some", interactions);
        session.head.extra.insert("note".into(), json!([null]));
        let bytes = to_bytes(&session);
        let back = parse(&bytes, "x").expect("we wrote it");
        prop_assert_eq!(&back, &session);
        prop_assert_eq!(to_bytes(&back), bytes);
    }

    #[test]
    fn damaged_bytes_are_an_error_or_a_session_and_no_panic(
        interactions in prop::collection::vec(interaction(), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = to_bytes(&Session::new("some", interactions));
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let _ = parse(&bytes, "x");
        prop_assert!(parse(&bytes[..cut.index(bytes.len() - 3)], "x").is_err());
    }
}

#[test]
fn who_breaks_off_is_given_what_stood_before_the_interactions() {
    let session = load(PYTHON).expect("a session");
    let mut count = 0;
    let head = read_each(PYTHON, |_| {
        count += 1;
        ControlFlow::Break(())
    });
    let head = head.expect("what was read is whole");
    assert_eq!((count, &head.session_id, head.timestamp), (1, &session.head.session_id, session.head.timestamp));
}
