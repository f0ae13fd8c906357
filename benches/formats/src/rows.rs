//! The same trace as rows of a binary encoding: what a call or an event is in the JSON, without names.

use std::io::{self, BufReader, Read, Write};

use serde::{Deserialize, Serialize};
use tracesnap::Trace;
use tracesnap::tree::{Item, Value};

#[derive(Serialize, Deserialize)]
struct Row {
    is_event: bool,
    callsite: u32,
    depth: u32,
    thread: u32,
    at: u64,
    wall: Option<u64>,
    stays: Vec<(u64, Option<u64>, u32)>,
    args: Vec<(u16, Typed)>,
    returned: Option<Typed>,
    error: Option<Typed>,
    flags: u8,
}

#[derive(Serialize, Deserialize)]
enum Typed {
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Str(String),
    Text(String),
    Other,
}

pub(crate) fn write(trace: &Trace, to: &mut dyn Write) -> io::Result<()> {
    let mut to = io::BufWriter::with_capacity(64 << 10, to);
    // Not `to_io`, which flushes after each row, and so keeps what packs the rows from seeing more than one.
    let mut bytes = Vec::new();
    for (depth, item) in trace.tree().walk() {
        bytes.clear();
        bytes = postcard::to_extend(&row(depth as u32, item), bytes).map_err(io::Error::other)?;
        to.write_all(&bytes)?;
    }
    to.flush()
}

/// The number of calls.
pub(crate) fn read(from: &mut dyn Read) -> io::Result<usize> {
    let mut from = BufReader::with_capacity(64 << 10, from);
    let mut scratch = vec![0; 64 << 10];
    let (mut rows, mut calls) = (Vec::new(), 0);
    while !io::BufRead::fill_buf(&mut from)?.is_empty() {
        let (row, (rest, _)): (Row, _) = postcard::from_io((from, &mut scratch)).map_err(io::Error::other)?;
        from = rest;
        calls += usize::from(!row.is_event);
        rows.push(row);
    }
    std::hint::black_box(rows);
    Ok(calls)
}

fn row(depth: u32, item: Item<'_>) -> Row {
    match item {
        Item::Call(call) => Row {
            is_event: false,
            callsite: call.callsite_index() as u32,
            depth,
            thread: call.thread_index() as u32,
            at: call.first_enter().map_or(0, |at| at.as_nanos() as u64),
            wall: call.wall().map(|wall| wall.as_nanos() as u64),
            stays: Vec::new(),
            args: (0..).zip(call.args()).map(|(name, arg)| (name, typed(arg.value()))).collect(),
            returned: call.returned().map(typed),
            error: call.error().map(typed),
            flags: u8::from(call.is_open()) | u8::from(call.panicked()) << 1,
        },
        Item::Event(event) => Row {
            is_event: true,
            // Of events the interface tells no number; any small one is as large.
            callsite: 5,
            depth,
            thread: event.thread_index() as u32,
            at: event.at().map_or(0, |at| at.as_nanos() as u64),
            wall: None,
            stays: Vec::new(),
            args: event
                .message()
                .map(|message| (0, Typed::Text(message.into())))
                .into_iter()
                .chain((1..).zip(event.fields()).map(|(name, arg)| (name, typed(arg.value()))))
                .collect(),
            returned: None,
            error: None,
            flags: 0,
        },
    }
}

fn typed(value: Value<'_>) -> Typed {
    match value {
        Value::Bool(v) => Typed::Bool(v),
        Value::I64(v) => Typed::I64(v),
        Value::U64(v) => Typed::U64(v),
        Value::F64(v) => Typed::F64(v),
        Value::Str(v) => Typed::Str(v.into()),
        Value::Text(v) => Typed::Text(v.into()),
        _ => Typed::Other,
    }
}
