//! A row of `captures` says what the document says.

use serde_json::{Value, json};
use tracesnap_capture::{CaptureConfig, Captures as Capturing, Layout, MessagePack, capture};
use tracesnap_query::{Captures, Error, Recordings};

use crate::support::{damage, document, files, foreign, put, read};

/// The documentation of the tables, as it is published.
const DOCUMENTED: &str = include_str!("../../columns.md");

/// A line of the documentation's table for each column.
fn described(recordings: &impl Recordings) -> String {
    let line = |column: tracesnap_query::Column| {
        let nullable = if column.nullable { "yes" } else { "no" };
        format!("| `{}` | {} | {} | {nullable} | {} |\n", column.name, column.kind, column.unit, column.about)
    };
    recordings.columns().into_iter().map(line).collect()
}

#[test]
fn the_documented_columns_are_those_that_there_are() {
    let dir = tempfile::tempdir().expect("a folder");
    let captures = Captures::open(dir.path()).expect("a folder");
    let sessions = tracesnap_query::Sessions::open(dir.path()).expect("a folder");
    for described in [described(&captures), described(&sessions)] {
        assert!(DOCUMENTED.contains(&described), "the page should have these lines:\n{described}");
    }
    assert_eq!(captures.schema().fields().len(), captures.columns().len());
}

#[test]
fn every_column_says_what_the_document_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let id = tracesnap_redact::Policy::for_captures().id();
    let json = json!({
        "version": 1, "id": "0193a5c0-0000-7000-8000-000000000001", "function_name": "pay",
        "timestamp": "2026-03-01T10:00:00.123456789Z",
        "args": [[1, 2]], "kwargs": {"amount": 30, "token": "[redacted]"},
        "outcome": {"kind": "error", "tier": "debug", "value": "Declined", "redacted": ["value/email"], "duration_ns": 1200},
        "metadata": {
            "call_depth": 2, "thread_id": "main", "parent": "p", "span": "s",
            "tiers": {"amount": "debug", "0": "value"}, "redacted": {"token": ["name/token", "path/x"]},
            "tags": {"release": "1.2"}, "function": "shop::pay", "signature": "9f3a",
            "parameters": [{"name": "0", "type": "[u8; 2]"}, {"name": "amount", "type": "u32"}, {"name": "token", "type": "String"}],
            "policy": id,
        },
    });
    put(dir.path(), [document(&json)]);
    let (rows, summary) = read(&Captures::open(dir.path()).expect("a folder"));
    let bytes = document(&json).to_json().len();
    let expected = json!({
        "function": "shop::pay", "name": "pay", "timestamp": 1_772_359_200_123_456_u64, "outcome": "error", "duration_ns": 1200,
        "depth": 2, "thread": "main", "args": r#"{"0":[1,2],"amount":30,"token":"[redacted]"}"#, "value": r#""Declined""#,
        "tags": r#"{"release":"1.2"}"#, "tiers": r#"{"amount":"debug","0":"value"}"#, "value_tier": "debug",
        "redacted_count": 3, "redacted": r#"{"token":["name/token","path/x"]}"#, "replayable": false, "bytes": bytes,
        "id": "0193a5c0-0000-7000-8000-000000000001", "key": "shop::pay#1", "parent": "p", "span": "s",
        "signature": "9f3a", "policy": id, "version": 1,
    });
    assert_eq!(Value::from(rows[0].clone()), expected);
    assert_eq!((rows.len(), summary.rows, summary.skipped), (1, 1, 0));
}

#[test]
fn what_a_document_does_not_say_is_null() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("python.json");
    std::fs::write(&file, json!({"function_name": "pay", "args": [7]}).to_string()).expect("it is written");
    let (rows, _) = read(&Captures::open(&file).expect("a file"));
    let null: Vec<_> = rows[0].iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.as_str()).collect();
    let expected = [
        "timestamp",
        "outcome",
        "duration_ns",
        "thread",
        "value",
        "tags",
        "tiers",
        "value_tier",
        "redacted",
        "id",
        "key",
        "parent",
        "span",
        "signature",
        "policy",
    ];
    assert_eq!(null, expected);
    assert_eq!((&rows[0]["function"], &rows[0]["args"]), (&json!("pay"), &json!(r#"{"0":7}"#)));
}

#[capture]
fn area(width: u32, height: u32) -> Result<u32, String> {
    if height == 0 { Err("flat".into()) } else { Ok(width * height) }
}

#[test]
fn captures_are_read_however_they_are_stored() {
    for (layout, packed) in [(Layout::Files, false), (Layout::Segments, false), (Layout::Files, true)] {
        let dir = tempfile::tempdir().expect("a folder");
        let mut config = CaptureConfig::new().path(dir.path()).layout(layout);
        if packed {
            config = config.serializer(MessagePack);
        }
        let captures = Capturing::builder().config(config).build().expect("a configuration");
        {
            let _guard = captures.enter();
            (0..10).for_each(|height| drop(area(3, height)));
        }
        captures.flush();
        let (rows, summary) = read(&Captures::open(dir.path()).expect("a folder"));
        assert_eq!((rows.len(), summary.skipped), (10, 0), "{layout:?} {packed}: {summary:?}");
        // The latest first.
        for (row, height) in rows.iter().zip((0..10).rev()) {
            assert_eq!(row["args"], format!(r#"{{"width":3,"height":{height}}}"#));
            assert_eq!(row["outcome"], if height == 0 { "error" } else { "returned" });
            assert_eq!(row["value"], if height == 0 { "\"flat\"".to_owned() } else { (3 * height).to_string() });
            assert_eq!(row["function"], format!("{}::area", module_path!()));
        }
    }
}

#[test]
fn files_of_other_programs_are_read_in_every_form() {
    let dir = tempfile::tempdir().expect("a folder");
    let all: Vec<Value> = (0..3).map(|n| foreign("pay", &json!({"n": n}))).collect();
    let lines: String = all.iter().map(|document| format!("{document}\n")).collect();
    let forms = [
        ("lines.ndjson", lines, 3),
        ("list.json", Value::from(all.clone()).to_string(), 3),
        ("pretty.json", serde_json::to_string_pretty(&all[0]).expect("JSON"), 1),
    ];
    for (name, text, count) in forms {
        let file = dir.path().join(name);
        std::fs::write(&file, text).expect("it is written");
        let (rows, summary) = read(&Captures::open(&file).expect("a file"));
        assert_eq!((rows.len(), summary.skipped), (count, 0), "{name}: {summary:?}");
        assert_eq!(rows[0]["args"], r#"{"n":0}"#, "{name}");
    }
}

#[test]
fn a_damaged_document_is_named_and_the_others_are_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), (0..5).map(|n| document(&foreign("pay", &json!({"n": n})))));
    let damaged = &files(dir.path(), "00000003.document")[0];
    damage(damaged);
    let (rows, summary) = read(&Captures::open(dir.path()).expect("a folder"));
    assert_eq!((rows.len(), summary.rows, summary.skipped), (4, 4, 1));
    assert!(summary.named[0].why.contains("00000003.document"), "{}", summary.named[0]);

    let lines = dir.path().join("lines.ndjson");
    let good = foreign("pay", &json!({}));
    std::fs::write(&lines, format!("{good}\n{{\"function_name\":\n{good}\n")).expect("it is written");
    let (rows, summary) = read(&Captures::open(&lines).expect("a file"));
    assert_eq!((rows.len(), summary.skipped), (2, 1));
    assert!(summary.named[0].why.contains("lines.ndjson:2"), "{}", summary.named[0]);
}

#[test]
fn of_very_many_damaged_ones_the_first_are_named_and_all_are_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("lines.ndjson");
    std::fs::write(&file, format!("{}\n{}", foreign("pay", &json!({})), "no document\n".repeat(1_000)))
        .expect("written");
    let (rows, summary) = read(&Captures::open(&file).expect("a file"));
    assert_eq!((rows.len(), summary.skipped, summary.named.len()), (1, 1_000, tracesnap_query::MAX_NAMED));
}

#[test]
fn only_the_functions_and_captures_that_are_meant_are_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), (0..6).map(|n| document(&foreign(["pay", "notify"][n % 2], &json!({"n": n})))));
    let captures = Captures::open(dir.path()).expect("a folder");
    let (rows, _) = read(&captures.clone().functions(["pay"]));
    assert!(rows.len() == 3 && rows.iter().all(|row| row["function"] == "pay"), "{rows:?}");
    let (rows, _) = read(&captures.matching("n=3".parse().expect("criteria")));
    assert_eq!((rows.len(), &rows[0]["args"]), (1, &json!(r#"{"n":3}"#)));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Captures::open("no/such/folder").expect_err("there is none");
    assert!(matches!(&error, Error::Place { place, .. } if place == "no/such/folder"), "{error:?}");
    assert_eq!(error.to_string(), "cannot read `no/such/folder`");
}

#[test]
fn who_has_had_enough_ends_the_reading() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("lines.ndjson");
    let line = format!("{}\n", foreign("pay", &json!({})));
    std::fs::write(&file, line.repeat(2 * tracesnap_query::MAX_BATCH_ROWS)).expect("it is written");
    let mut batches = 0;
    let ended = Captures::open(&file).expect("a file").read(|batch| {
        batches += 1;
        assert_eq!(batch.num_rows(), tracesnap_query::MAX_BATCH_ROWS);
        Err(Error::Write { source: "full".into() })
    });
    assert!(matches!(ended, Err(Error::Write { .. })), "{ended:?}");
    assert_eq!(batches, 1);
}
