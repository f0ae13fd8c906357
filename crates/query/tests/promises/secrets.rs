//! No secret is in a row or in a byte of a file, whoever recorded it.

use serde_json::{Value, json};
use tracesnap_capture::{CaptureConfig, Captures as Capturing, capture};
use tracesnap_leaks::{assert_none, cases, reveals};
use tracesnap_query::{Captures, Recordings, Sessions, write_parquet};
use tracesnap_record::{Interaction, Status};

use crate::support::{Rows, foreign, read, save};

/// What a row shows, without the columns that say nothing of a value.
fn shown(row: &serde_json::Map<String, Value>) -> String {
    row.values().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

fn rows(recordings: &impl Recordings) -> Rows {
    let (rows, summary) = read(recordings);
    assert_eq!(summary.skipped, 0, "{summary:?}");
    rows
}

#[test]
fn what_another_program_captured_is_redacted_on_its_way() {
    let cases: Vec<_> = cases(4731).into_iter().step_by(5).collect();
    let dir = tempfile::tempdir().expect("a folder");
    let line = |case: &tracesnap_leaks::Case| {
        let document: Value = serde_json::from_str(&case.document).expect("JSON");
        let mut capture = foreign("pay", &json!({"document": document}));
        capture["outcome"] = json!({"kind": "error", "value": case.text});
        format!("{capture}\n")
    };
    let file = dir.path().join("python.ndjson");
    std::fs::write(&file, cases.iter().map(line).collect::<String>()).expect("it is written");
    let rows = rows(&Captures::open(&file).expect("a file"));
    assert_eq!(rows.len(), cases.len());
    let leaks = cases.iter().zip(&rows).filter(|(case, row)| reveals(&shown(row), &case.secret));
    assert_none(leaks.map(|(case, row)| (case, shown(row))), cases.len());
}

#[test]
fn what_another_tool_recorded_is_redacted_on_its_way() {
    let cases: Vec<_> = cases(4732).into_iter().step_by(5).collect();
    let dir = tempfile::tempdir().expect("a folder");
    let recorded = cases.iter().enumerate().map(|(id, case)| {
        let document: Value = serde_json::from_str(&case.document).expect("JSON");
        let mut interaction = Interaction::new(id as u64, "service", "operation", document.clone());
        interaction.response = document;
        interaction.status = Status::Error;
        interaction.error = Some(case.text.clone());
        interaction
    });
    save(dir.path(), "other", recorded.collect());
    let rows = rows(&Sessions::open(dir.path()).expect("a folder"));
    assert_eq!(rows.len(), cases.len());
    let leaks = cases.iter().zip(&rows).filter(|(case, row)| reveals(&shown(row), &case.secret));
    assert_none(leaks.map(|(case, row)| (case, shown(row))), cases.len());
}

#[capture(ignore(card))]
fn pays(card: &str, api_key: &str, note: &str) -> Result<u32, String> {
    Err(format!("{card} {api_key} {note}").chars().skip(1_000).collect())
}

#[test]
fn what_was_kept_out_of_a_capture_is_in_no_byte_of_its_export() {
    let dir = tempfile::tempdir().expect("a folder");
    let captures = Capturing::builder().config(CaptureConfig::new().path(dir.path())).build().expect("a configuration");
    {
        let _guard = captures.enter();
        pays("4111 1111 1111 1111", "hunter2-hunter2", "of ada@example.com").expect_err("it fails");
    }
    captures.flush();
    let captures = Captures::open(dir.path()).expect("a folder");
    let rows = rows(&captures);
    let args: Value = serde_json::from_str(rows[0]["args"].as_str().expect("text")).expect("JSON");
    assert_eq!((&args["card"], &args["api_key"]), (&json!("[redacted]"), &json!("[redacted]")));
    assert_eq!(rows[0]["redacted_count"], 3, "{rows:?}");
    let mut file = Vec::new();
    write_parquet(&captures, &mut file).expect("it is written");
    for secret in ["4111 1111", "hunter2", "ada@example.com"] {
        assert!(!shown(&rows[0]).contains(secret), "{rows:?}");
        assert!(!file.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "{secret}");
    }
}
