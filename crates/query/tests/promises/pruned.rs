//! What a query cannot mean is not read: damage there is not even met.

use serde_json::json;
use tracesnap_query::{Captures, Engine, write_parquet};

use crate::sql::answer;
use crate::support::{damage, document, files, foreign, put, rows_of};

/// Rows that a query gave, and damage that it met.
fn met(engine: &Engine, sql: &str) -> (usize, u64) {
    let mut answer = engine.query(sql).expect("a query");
    let rows = answer.by_ref().map(|batch| rows_of(&batch.expect("a batch")).len()).sum();
    (rows, answer.summary().skipped)
}

#[test]
fn captures_of_other_functions_and_times_are_not_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |function: &str, time: &str| {
        let mut json = foreign(function, &json!({}));
        json["timestamp"] = json!(time);
        document(&json)
    };
    put(
        dir.path(),
        [at("pay", "2026-03-01T10:00:00Z"), at("pay", "2026-03-02T10:00:00Z"), at("notify", "2026-03-02T10:00:00Z")],
    );
    let documents = files(dir.path(), ".document");
    documents.iter().filter(|path| path.to_string_lossy().contains("notify")).for_each(|path| damage(path));
    damage(documents.iter().find(|path| path.ends_with("pay/000000/00000001.document")).expect("the first"));
    let mut engine = Engine::new().expect("a thread");
    engine.captures(Captures::open(dir.path()).expect("a folder")).expect("a table");
    assert_eq!(met(&engine, "SELECT function FROM captures"), (1, 2));
    assert_eq!(met(&engine, "SELECT function FROM captures WHERE function = 'pay'"), (1, 1));
    assert_eq!(met(&engine, "SELECT function FROM captures WHERE timestamp > '2026-03-01T12:00:00Z'"), (1, 1));
    assert_eq!(
        met(&engine, "SELECT name FROM captures WHERE function IN ('pay') AND timestamp > '2026-03-01T12:00:00Z'"),
        (1, 0)
    );
    // Each query is told of what it met itself.
    assert_eq!(met(&engine, "SELECT name FROM captures WHERE function = 'none'"), (0, 0));
}

#[test]
fn groups_of_rows_in_a_parquet_file_are_passed_over_by_their_statistics() {
    let dir = tempfile::tempdir().expect("a folder");
    let (lines, file) = (dir.path().join("all.ndjson"), dir.path().join("all.parquet"));
    let line =
        |n: usize| format!("{{\"function_name\":\"f\",\"timestamp\":\"2026-03-{:02}T10:00:00Z\"}}\n", 1 + n / 65_536);
    std::fs::write(&lines, (0..70_000).map(line).collect::<String>()).expect("it is written");
    let mut parquet = std::fs::File::create(&file).expect("a file");
    let written = write_parquet(&Captures::open(&lines).expect("a file"), &mut parquet).expect("it is written");
    assert_eq!(written.rows, 70_000);
    let mut engine = Engine::new().expect("a thread");
    engine.captures_at(file.to_str().expect("text")).expect("a table");
    let rows = answer(&engine, "SELECT count(name) AS n FROM captures WHERE timestamp > '2026-03-01T12:00:00Z'");
    assert_eq!(json!(rows), json!([{"n": 70_000 - 65_536}]));
    let plan =
        answer(&engine, "EXPLAIN ANALYZE SELECT count(name) FROM captures WHERE timestamp > '2026-03-01T12:00:00Z'");
    let plan = json!(plan).to_string();
    assert!(plan.contains("row_groups_pruned_statistics=2 total"), "{plan}");
    assert!(plan.contains("1 matched"), "{plan}");
}
