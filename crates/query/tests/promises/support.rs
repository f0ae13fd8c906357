//! Recordings to read, and rows as JSON to compare them with.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use serde_json::{Map, Value, json};
use tracesnap_capture::{CaptureLoader, Document};
use tracesnap_query::{Recordings, Summary};
use tracesnap_record::{Interaction, Session};

/// Rows as objects; times are microseconds since 1970.
pub(crate) type Rows = Vec<Map<String, Value>>;

/// The rows of a batch.
pub(crate) fn rows_of(batch: &RecordBatch) -> Rows {
    let schema = batch.schema();
    let value = |column: usize, row: usize| {
        let array = batch.column(column);
        if array.is_null(row) {
            return Value::Null;
        }
        match array.data_type() {
            DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
            DataType::Utf8View => json!(array.as_string_view().value(row)),
            DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
            DataType::UInt64 => json!(array.as_primitive::<UInt64Type>().value(row)),
            DataType::Float64 => json!(array.as_primitive::<Float64Type>().value(row)),
            DataType::Boolean => json!(array.as_boolean().value(row)),
            DataType::Timestamp(..) => json!(array.as_primitive::<TimestampMicrosecondType>().value(row)),
            other => panic!("no column of ours is {other}"),
        }
    };
    let row =
        |row| schema.fields().iter().enumerate().map(|(at, field)| (field.name().clone(), value(at, row))).collect();
    (0..batch.num_rows()).map(row).collect()
}

/// All rows of a table.
pub(crate) fn read(recordings: &impl Recordings) -> (Rows, Summary) {
    let mut rows = Rows::new();
    let summary = recordings.read(|batch| {
        rows.extend(rows_of(&batch));
        Ok(())
    });
    (rows, summary.expect("it is read"))
}

/// The document of a JSON object.
pub(crate) fn document(json: &Value) -> Document {
    Document::from_json(json.to_string().as_bytes(), "a test").expect("a document")
}

/// A document that another program wrote: no policy, no parameters.
pub(crate) fn foreign(function: &str, kwargs: &Value) -> Value {
    json!({"function_name": function, "timestamp": "2026-03-01T10:00:00Z", "kwargs": kwargs, "metadata": {"thread_id": "main"}})
}

/// Puts documents into a folder.
pub(crate) fn put(dir: &Path, documents: impl IntoIterator<Item = Document>) {
    let loader = CaptureLoader::open(dir).expect("a folder");
    documents.into_iter().for_each(|document| loader.put(&document).expect("it is put"));
}

/// An interaction that succeeded.
pub(crate) fn interaction(id: u64, service: &str, operation: &str, at: &str) -> Interaction {
    let mut interaction = Interaction::new(id, service, operation, json!({"n": id}));
    interaction.timestamp = at.parse().expect("a time");
    interaction.response = json!({"status": 200, "body": {"type": "json", "value": [id]}});
    interaction.duration_ms = 1.5 + id as f64;
    interaction
}

/// Saves a session in a folder under this name.
pub(crate) fn save(dir: &Path, name: &str, interactions: Vec<Interaction>) {
    let mut session = Session::new(name, interactions);
    session.head.timestamp = "2026-03-01T10:00:00Z".parse().expect("a time");
    session.head.name = Some("checkout".into());
    tracesnap_record::file::save(&session, dir.join(format!("{name}.session.json"))).expect("it is saved");
}

/// The files below a folder whose names end so.
pub(crate) fn files(dir: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Changes the last byte of a file that is no space.
pub(crate) fn damage(path: &Path) {
    let mut bytes = std::fs::read(path).expect("it is there");
    let last = bytes.iter().rposition(|byte| !byte.is_ascii_whitespace()).expect("a byte");
    bytes[last] ^= 1;
    std::fs::write(path, bytes).expect("it is written");
}
