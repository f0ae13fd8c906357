//! Writes a tree as the document of a trace file, a line at a time: nothing of it is held.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use flate2::write::GzEncoder;
use serde::Serialize;
use tracesnap_store::{AtomicFile, Durability};

use super::summary::SummaryLine;
use super::wire::{CallsiteLine, Cost, Line, StayLine, ThreadLine, WireValue};
use super::{About, FileError, TraceForm, VERSION};
use crate::tree::{Call, CallTree, Event, Item, NONE, Stay, TraceStats, flag};

const BUFFER: usize = 64 << 10;

/// The last moment that RFC 3339 has a form for, in seconds since 1970.
const END_OF_9999: u64 = 253_402_300_799;

/// Writes a file, whole or not at all. Names that end in `.gz` are compressed.
pub(crate) fn save(path: &Path, tree: &CallTree, stats: &TraceStats, about: &About) -> Result<(), FileError> {
    let file = AtomicFile::create(path).map_err(|error| not_written(path, error))?;
    into_file(file, TraceForm::of(path), tree, stats, about)?.commit().map_err(|error| not_written(path, error))
}

/// The same under a name that no file has, without waiting for the disk.
pub(super) fn save_new(path: &Path, tree: &CallTree, stats: &TraceStats, about: &About) -> Result<(), FileError> {
    let file = AtomicFile::options().durability(Durability::Buffered).create(path);
    let file = file.map_err(|error| not_written(path, error))?;
    into_file(file, TraceForm::of(path), tree, stats, about)?.commit_new().map_err(|error| not_written(path, error))
}

fn into_file(
    mut file: AtomicFile,
    form: TraceForm,
    tree: &CallTree,
    stats: &TraceStats,
    about: &About,
) -> Result<AtomicFile, FileError> {
    match write(&mut file, form, tree, stats, about) {
        Ok(()) => Ok(file),
        Err(source) => Err(FileError::Write { path: Some(file.path().to_owned()), source: source.into() }),
    }
}

fn not_written(path: &Path, error: tracesnap_store::Error) -> FileError {
    let path = Some(path.to_owned());
    match error {
        // It names the file as we do; what it was is said by its source.
        tracesnap_store::Error::Write { source, .. } => FileError::Write { path, source: source.into() },
        other => FileError::Write { path, source: other.into() },
    }
}

/// Writes a trace. `to` needs no buffer.
pub(crate) fn write(
    to: impl Write,
    form: TraceForm,
    tree: &CallTree,
    stats: &TraceStats,
    about: &About,
) -> io::Result<()> {
    match form {
        TraceForm::Json => {
            let mut out = BufWriter::with_capacity(BUFFER, to);
            document(&mut out, tree, stats, about)?;
            out.flush()
        }
        TraceForm::Compact => {
            let mut out = BufWriter::with_capacity(BUFFER, GzEncoder::new(to, flate2::Compression::fast()));
            document(&mut out, tree, stats, about)?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?.flush()
        }
    }
}

fn document(out: &mut impl Write, tree: &CallTree, stats: &TraceStats, about: &About) -> io::Result<()> {
    write!(out, "{{\n\"format\":\"tracesnap-trace\",\n\"version\":{VERSION}")?;
    key(out, "writer", &concat!("tracesnap ", env!("CARGO_PKG_VERSION")))?;
    if let Some(started) = about.started.and_then(date) {
        key(out, "started", &started)?;
    }
    key(out, "timed", &tree.timed)?;
    key(out, "counts_allocations", &tree.counts_allocations)?;
    let (total_ns, inside_ns) = (about.total_ns, about.inside_ns);
    key(out, "own_cost", &Cost { total_ns, inside_ns, self_time_ns: tree.own_cost_ns() })?;
    key(out, "stats", stats)?;
    key(out, "summary", &SummaryLine::of(tree))?;
    let threads = tree.threads().iter();
    table(out, "threads", threads.map(|t| ThreadLine { name: t.name.as_deref().map(Into::into), key: t.key }))?;
    let callsites = tree.callsites.iter().map(CallsiteLine::of);
    table(out, "callsites", callsites)?;
    let numbers = numbers(tree);
    table(out, "calls", tree.walk().map(|(depth, item)| line(depth, item, &numbers)))?;
    out.write_all(b"\n}\n")
}

fn key(out: &mut impl Write, name: &str, value: &impl Serialize) -> io::Result<()> {
    write!(out, ",\n\"{name}\":")?;
    Ok(serde_json::to_writer(out, value)?)
}

fn table(out: &mut impl Write, name: &str, rows: impl Iterator<Item = impl Serialize>) -> io::Result<()> {
    write!(out, ",\n\"{name}\":[")?;
    for (at, row) in rows.enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &row)?;
    }
    out.write_all(b"\n]")
}

/// By node: its place in the walk, which is its number in the file. Only links need it, and most trees have none.
fn numbers(tree: &CallTree) -> Vec<u32> {
    if tree.follows.is_empty() {
        return Vec::new();
    }
    let mut numbers = vec![NONE; tree.nodes.len()];
    for (number, (_, item)) in (0..).zip(tree.walk()) {
        numbers[item.index() as usize] = number;
    }
    numbers
}

fn line<'t>(depth: usize, item: Item<'t>, numbers: &[u32]) -> Line<'t> {
    // A tree has fewer nodes than a `u32` counts, and a depth below that.
    let depth = depth as u32;
    match item {
        Item::Call(call) => Line { depth, ..of_call(call, numbers) },
        Item::Event(event) => Line { depth, ..of_event(event) },
    }
}

fn of_call<'t>(call: Call<'t>, numbers: &[u32]) -> Line<'t> {
    let tree = call.tree();
    let node = &tree.nodes[call.id().index()];
    let has = |flag| node.flags & flag != 0;
    let more = tree.more(node);
    let is_once = has(flag::ENTERED) && more.n_stays == 0;
    let is_over = is_once && !has(flag::OPEN);
    let cut = call.is_outcome_cut();
    let stays = match more.n_stays {
        0 => &[],
        many => &tree.stays[more.stays as usize..][..many as usize],
    };
    Line {
        call: Some(node.callsite),
        thread: node.thread,
        at: if is_once { node.first_enter } else { 0 },
        wall: if is_over { difference(node.first_enter, node.last_exit) } else { 0 },
        stays: stays.iter().map(|stay| of_stay(tree, stay)).collect(),
        args: call.args().collect(),
        returned: call.returned().map(|value| WireValue::of(value, cut)),
        error: call.error().map(|value| WireValue::of(value, cut)),
        memory: call.memory(),
        follows: call.follows_from().filter_map(|from| numbers.get(from.id().index()).copied()).collect(),
        entered: has(flag::ENTERED),
        open: has(flag::OPEN) && more.n_stays == 0,
        panicked: has(flag::PANICKED),
        truncated: has(flag::TRUNCATED),
        orphan: has(flag::ORPHAN),
        ..Line::default()
    }
}

fn of_stay(tree: &CallTree, stay: &Stay) -> StayLine {
    let open = stay.end == u64::MAX;
    StayLine {
        at: stay.start,
        wall: if open { 0 } else { difference(stay.start, stay.end) },
        thread: stay.thread,
        open,
        memory: tree.memory.get(stay.memory as usize).copied(),
    }
}

fn of_event(event: Event<'_>) -> Line<'_> {
    let (tree, index) = event.place();
    let node = &tree.nodes[index as usize];
    Line {
        event: Some(node.callsite),
        thread: node.thread,
        at: if tree.timed { node.first_enter } else { 0 },
        args: event.args().collect(),
        orphan: node.flags & flag::ORPHAN != 0,
        ..Line::default()
    }
}

/// From one time to another, also backwards: both are below 2^63 ns, 292 years.
fn difference(from: u64, to: u64) -> i64 {
    to.wrapping_sub(from).cast_signed()
}

/// RFC 3339 with nanoseconds, for the years it is made for.
pub(super) fn date(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    (since < Duration::from_secs(END_OF_9999)).then(|| humantime::format_rfc3339_nanos(time).to_string())
}
