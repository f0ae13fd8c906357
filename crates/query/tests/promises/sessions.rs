//! A row of `interactions` says what the session's file says.

use serde_json::{Value, json};
use tracesnap_query::Sessions;
use tracesnap_record::{Recorder, Status};

use crate::support::{files, interaction, read, save};

/// `2026-03-01T10:00:00Z`, in microseconds.
const TEN: u64 = 1_772_359_200_000_000;

#[test]
fn every_column_says_what_the_file_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut asked = interaction(0, "firestore", "collection.get", "2026-03-01T10:00:01.250Z");
    asked.task = Some("worker".into());
    asked.call = Some("c1".into());
    let mut failed = interaction(1, "gemini", "generateContent", "2026-03-01T10:00:02Z");
    failed.status = Status::Error;
    failed.response = Value::Null;
    failed.error = Some("over quota".into());
    failed.error_type = Some("ResourceExhausted".into());
    save(dir.path(), "checkout-1", vec![asked, failed]);
    let (rows, summary) = read(&Sessions::open(dir.path()).expect("a folder"));
    let response = r#"{"status":200,"body":{"type":"json","value":[0]}}"#;
    let expected = json!([{
        "session": "checkout-1", "session_name": "checkout", "session_timestamp": TEN, "file": "checkout-1.session.json",
        "id": 0, "timestamp": TEN + 1_250_000, "service": "firestore", "operation": "collection.get", "status": "success",
        "status_code": 200, "duration_ms": 1.5, "error": null, "error_type": null, "request": r#"{"n":0}"#,
        "response": response, "request_bytes": 7, "response_bytes": response.len(), "stream_parts": 0, "task": "worker",
        "call": "c1", "policy": null,
    }, {
        "session": "checkout-1", "session_name": "checkout", "session_timestamp": TEN, "file": "checkout-1.session.json",
        "id": 1, "timestamp": TEN + 2_000_000, "service": "gemini", "operation": "generateContent", "status": "error",
        "status_code": null, "duration_ms": 2.5, "error": "over quota", "error_type": "ResourceExhausted",
        "request": r#"{"n":1}"#, "response": null, "request_bytes": 7, "response_bytes": 0, "stream_parts": 0, "task": null,
        "call": null, "policy": null,
    }]);
    assert_eq!(json!(rows), expected);
    assert_eq!((summary.rows, summary.skipped), (2, 0));
}

#[test]
fn files_of_other_tools_are_read_and_so_are_heads_that_stand_behind() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = r#"{"interactions": [{"service": "s", "operation": "o"}], "session_id": 7, "timestamp": "2026-03-01T10:00:00Z"}"#;
    std::fs::write(dir.path().join("capture_7.json"), text).expect("it is written");
    std::fs::write(dir.path().join("mocks.json"), "{}").expect("it is written");
    let (rows, summary) = read(&Sessions::open(dir.path()).expect("a folder"));
    assert_eq!((rows.len(), summary.skipped), (1, 0), "{summary:?}");
    assert_eq!(
        (&rows[0]["session"], &rows[0]["session_timestamp"], &rows[0]["timestamp"]),
        (&json!("7"), &json!(TEN), &Value::Null)
    );
}

#[test]
fn a_session_that_is_being_recorded_is_read_as_far_as_it_is_sealed() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).session("checkout").expect("a recorder");
    session.interaction("firestore", "get", &json!({"n": 1})).response(&json!({"found": true}));
    session.handle().flush();
    let (rows, summary) = read(&Sessions::open(dir.path()).expect("a folder"));
    assert_eq!((rows.len(), summary.skipped), (1, 0), "{summary:?}");
    assert!(rows[0]["file"].as_str().is_some_and(|file| file.ends_with(".session.journal")), "{rows:?}");
    drop(session);
}

#[test]
fn a_damaged_file_is_named_what_stands_before_is_a_row_and_so_are_the_others() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in ["a", "b", "c"] {
        let interactions = (0..3).map(|id| interaction(id, name, "get", "2026-03-01T10:00:00Z")).collect();
        save(dir.path(), name, interactions);
    }
    let file = &files(dir.path(), "b.session.json")[0];
    let text = std::fs::read_to_string(file).expect("text");
    let second = text.find("{\"id\":2").expect("the third interaction");
    std::fs::write(file, &text[..second + 9]).expect("it is written");
    let (rows, summary) = read(&Sessions::open(dir.path()).expect("a folder"));
    let of = |name: &str| rows.iter().filter(|row| row["service"] == name).count();
    assert_eq!((of("a"), of("b"), of("c"), summary.skipped), (3, 2, 3, 1));
    assert!(summary.named[0].why.contains("b.session.json"), "{}", summary.named[0]);
}
