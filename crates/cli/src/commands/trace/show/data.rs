//! The calls for programs: JSON and CSV, written as they are made.

use std::io::Write;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use tracesnap::tree::{Arg, Item, Value};

use super::view::Row;
use crate::output;

/// A call or event. Times are nanoseconds.
#[derive(Default, Serialize)]
struct Record<'t> {
    id: usize,
    parent: Option<usize>,
    depth: usize,
    kind: &'static str,
    name: &'t str,
    module: &'t str,
    level: &'static str,
    args: Json,
    message: Option<&'t str>,
    returned: Option<Json>,
    error: Option<Json>,
    panicked: bool,
    open: bool,
    thread: usize,
    start_ns: Option<u64>,
    wall_ns: Option<u64>,
    busy_ns: Option<u64>,
    self_ns: Option<u64>,
    polls: Option<u32>,
    allocated: Option<u64>,
    allocations: Option<u64>,
}

pub(super) fn json(to: &mut impl Write, rows: &[Row<'_>]) -> Result<()> {
    write!(to, "{{\"format\": \"tracesnap-calls\", \"version\": 1, \"calls\": [")?;
    for (id, row) in rows.iter().enumerate() {
        to.write_all(if id == 0 { b"\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *to, &record(id, row))?;
    }
    writeln!(to, "\n]}}")?;
    Ok(())
}

pub(super) fn csv(to: &mut impl Write, rows: &[Row<'_>]) -> Result<()> {
    let cells = |(id, row)| {
        let record = record(id, row);
        // A cell holds text.
        let is_empty = record.args.as_object().is_some_and(Map::is_empty);
        let args = if is_empty { String::new() } else { record.args.to_string() };
        Record { args: Json::String(args), ..record }
    };
    output::csv(to, rows.iter().enumerate().map(cells))
}

fn record<'t>(id: usize, row: &Row<'t>) -> Record<'t> {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let mut record = Record { id, parent: row.parent, depth: row.depth, kind: "event", ..Record::default() };
    match row.item {
        Item::Call(call) => {
            (record.kind, record.name, record.module) = ("call", call.name(), call.module());
            record.level = call.callsite().level.as_str();
            record.args = object(call.args());
            record.returned = call.returned().map(scalar);
            record.error = call.error().map(scalar);
            (record.panicked, record.open, record.thread) = (call.panicked(), call.is_open(), call.thread_index());
            record.start_ns = call.first_enter().map(nanos);
            record.wall_ns = call.wall().map(nanos);
            if call.tree().is_timed() {
                (record.busy_ns, record.self_ns) = (Some(nanos(call.busy())), Some(nanos(call.self_time())));
            }
            record.polls = Some(call.polls());
            record.allocated = call.memory().map(|memory| memory.allocated);
            record.allocations = call.memory().map(|memory| memory.allocations);
        }
        Item::Event(event) => {
            (record.name, record.module) = (&event.callsite().name, event.module());
            record.level = event.level().as_str();
            record.args = object(event.fields());
            record.message = event.message();
            record.thread = event.thread_index();
            record.start_ns = event.at().map(nanos);
        }
    }
    record
}

fn object<'t>(fields: impl Iterator<Item = Arg<'t>>) -> Json {
    Json::Object(fields.map(|field| (field.name().to_owned(), scalar(field.value()))).collect())
}

/// Numbers that JSON holds exactly, booleans, and text; what is neither is the text a person reads.
fn scalar(value: Value<'_>) -> Json {
    match value {
        Value::Bool(v) => v.into(),
        Value::I64(v) => v.into(),
        Value::U64(v) => v.into(),
        Value::F64(v) if v.is_finite() => v.into(),
        Value::Str(v) | Value::Text(v) => v.into(),
        other => other.to_string().into(),
    }
}
