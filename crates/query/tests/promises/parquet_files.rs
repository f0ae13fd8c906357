//! A Parquet file holds what was recorded: read again by the library that wrote it, and by one that did not.

use std::path::{Path, PathBuf};
use std::process::Command;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};
use tracesnap_query::{Captures, Recordings, Sessions, write_parquet};

use crate::support::{Rows, document, foreign, interaction, put, read, rows_of, save};

/// The rows of a Parquet file.
fn back(file: Vec<u8>) -> Rows {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file)).expect("a Parquet file");
    reader.build().expect("it is read").flat_map(|batch| rows_of(&batch.expect("a batch"))).collect()
}

fn captures(dir: &Path) -> Captures {
    let documents = (0..40_u64).map(|n| {
        let mut json =
            foreign(if n % 3 == 0 { "shop::pay" } else { "shop::notify" }, &json!({"n": n, "note": "é\u{1F980}\"\n"}));
        if n % 2 == 0 {
            json["outcome"] = json!({"kind": "returned", "value": {"total": n as f64 / 3.0}, "duration_ns": 1_000 + n});
        }
        json["timestamp"] = json!(format!("2026-03-01T10:00:{:02}.000001Z", n));
        document(&json)
    });
    put(dir, documents);
    Captures::open(dir).expect("a folder")
}

fn sessions(dir: &Path) -> Sessions {
    for name in ["a", "b"] {
        let interactions = (0..20).map(|id| interaction(id, name, "get", "2026-03-01T10:00:00.5Z")).collect();
        save(dir, name, interactions);
    }
    Sessions::open(dir).expect("a folder")
}

fn written(recordings: &impl Recordings) -> (Vec<u8>, Rows) {
    let mut file = Vec::new();
    let (rows, summary) = read(recordings);
    assert_eq!(write_parquet(recordings, &mut file).expect("it is written"), summary);
    (file, rows)
}

#[test]
fn what_is_read_back_is_what_was_recorded() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, rows) = written(&captures(dir.path()));
    assert_eq!(rows.len(), 40);
    assert_eq!(back(file), rows);
    let dir = tempfile::tempdir().expect("a folder");
    let (file, rows) = written(&sessions(dir.path()));
    assert_eq!(rows.len(), 40);
    assert_eq!(back(file), rows);
}

#[test]
fn the_file_says_which_table_it_is_and_has_the_schema_of_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let captures = captures(dir.path());
    let (file, _) = written(&captures);
    let bytes = bytes::Bytes::from(file);
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).expect("a Parquet file");
    assert_eq!(builder.schema().fields(), captures.schema().fields());
    let reader = SerializedFileReader::new(bytes).expect("a Parquet file");
    let metadata = reader.metadata().file_metadata();
    let pairs = metadata.key_value_metadata().expect("there are some");
    let value = |key: &str| pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.as_deref());
    assert_eq!((value("tracesnap.table"), value("tracesnap.schema_version")), (Some("captures"), Some("1")));
    let columns = reader.metadata().row_group(0).columns();
    assert!(columns.iter().all(|column| matches!(column.compression(), Compression::ZSTD(_))));
}

#[test]
fn an_export_of_nothing_is_a_file_without_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    let (file, rows) = written(&Sessions::open(dir.path()).expect("a folder"));
    assert_eq!((back(file), rows), (Rows::new(), Rows::new()));
}

/// Where DuckDB is; `None`, said on standard error, if it is not there and need not be.
fn duckdb() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/query");
    if place.join("duckdb").exists() {
        return Some(place);
    }
    let missing = "skipped: DuckDB is not installed; `pip install --target target/query duckdb==2.0.0`";
    assert!(std::env::var("TRACESNAP_TEST_STRICT").as_deref() != Ok("1"), "{missing}");
    eprintln!("{missing}");
    None
}

#[test]
fn another_engine_reads_the_same_rows() {
    let Some(place) = duckdb() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let (file, rows) = written(&captures(&dir.path().join("captures")));
    let path = dir.path().join("captures.parquet");
    std::fs::write(&path, file).expect("it is written");
    let script = "import duckdb, json, sys\n\
                  rows = duckdb.sql(f\"\"\"select function, outcome, duration_ns, epoch_us(timestamp) as at, args, value,\n\
                  cast(json_extract(args, '$.n') as bigint) as n, replayable from '{sys.argv[1]}' order by n\"\"\")\n\
                  print(json.dumps([dict(zip(rows.columns, row)) for row in rows.fetchall()]))";
    let mut python = Command::new("python3");
    let output = python.args(["-c", script]).arg(&path).env("PYTHONPATH", place).output().expect("Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut ours: Vec<Value> = rows.into_iter().map(Value::from).collect();
    let number = |row: &Value| {
        let args: Value = serde_json::from_str(row["args"].as_str().expect("text")).expect("JSON");
        args["n"].as_i64().expect("a number")
    };
    ours.sort_by_key(number);
    assert_eq!((ours.len(), theirs.len()), (40, 40));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        for column in ["function", "outcome", "duration_ns", "args", "value", "replayable"] {
            assert_eq!(ours[column], theirs[column], "{column}");
        }
        assert_eq!((&ours["timestamp"], number(ours)), (&theirs["at"], theirs["n"].as_i64().expect("a number")));
    }
}
