//! A trace as tables and columns of small numbers, which compress to a few bytes a call.
//!
//! `page/decode.js` reads in the same order what is written here; both change together. A page is read by the script it
//! carries, so the form needs no version.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use super::bytes::Bytes;
use super::changes::Changes;
use crate::tree::{Arg, Call, CallGraph, CallTree, Callsite, Item, Metrics, TraceStats, Value};

/// What one node is, without its values. Nodes of one shape share it: it says which columns have a value for them.
mod shape {
    pub(super) const EVENT: u64 = 1;
    pub(super) const OPEN: u64 = 2;
    pub(super) const PANICKED: u64 = 4;
    pub(super) const TRUNCATED: u64 = 8;
    pub(super) const ENTERED: u64 = 16;
    pub(super) const CONCURRENT_CHILDREN: u64 = 32;
    pub(super) const ORPHAN: u64 = 64;
    /// Busy, polls and stays are not those of a call that was entered once and left.
    pub(super) const STAYS: u64 = 128;
    pub(super) const MEMORY: u64 = 256;

    /// Added to the kind of a value that was cut.
    pub(super) const CUT: u64 = 8;
}

/// Names under which outcomes stand among the fields; a field of that name is another one, by its number.
const RETURNED: u64 = 0;
const ERROR: u64 = 1;
/// The number of the first field of a callsite.
const FIRST_FIELD: u64 = 2;

/// A trace in the form a page reads, not yet compressed.
///
/// Takes a few bytes a node, and the text of its values.
#[derive(Debug, Default)]
pub(super) struct Encoded {
    head: Bytes,
    shapes: Shapes,
    columns: Columns,
    /// Empty where there is no older trace.
    changes: Changes,
}

/// The different shapes, in the order they were met, each in the form it is written in.
#[derive(Debug, Default)]
struct Shapes {
    numbers: HashMap<Box<[u8]>, u64>,
    written: Bytes,
    scratch: Bytes,
}

/// One value a node, in pre-order; those that only some nodes have are left out for the others.
#[derive(Debug, Default)]
struct Columns {
    /// Number of nodes.
    nodes: u64,
    shape: Bytes,
    /// How many levels further up than its predecessor's first child would stand.
    up: Bytes,
    thread: Bytes,
    start: Bytes,
    wall: Bytes,
    /// Busy time less self time.
    inner: Bytes,
    busy: Bytes,
    polls: Bytes,
    stays: Bytes,
    n_stays: u64,
    memory: Bytes,
    n_memory: u64,
    /// Number of UTF-16 units of each text: what a page slices by.
    lengths: Bytes,
    n_texts: u64,
    /// All texts, a NUL after each, so that a search does not run from one into the next.
    text: String,
    follows: Bytes,
    n_follows: u64,
}

impl Encoded {
    pub(super) fn new(title: &str, tree: &CallTree, stats: &TraceStats, changes: Option<Changes>) -> Self {
        let mut encoded = Self { changes: changes.unwrap_or_default(), ..Self::default() };
        encoded.head.text(title);
        encoded.totals(tree, &Metrics::of(tree));
        encoded.stats(stats);
        encoded.threads(tree);
        encoded.callsites(tree);
        encoded.nodes(tree);
        encoded
    }

    /// Everything, in one stream.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub(super) fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let Columns { nodes, n_stays, n_memory, n_texts, n_follows, .. } = self.columns;
        let mut counts = Bytes::default();
        counts.uints([nodes, n_stays, n_memory, n_texts, n_follows]);
        let columns = &self.columns;
        out.write_all(&self.head.0)?;
        out.write_all(&self.shapes.table().0)?;
        out.write_all(&counts.0)?;
        for column in [
            &columns.shape,
            &columns.up,
            &columns.thread,
            &columns.start,
            &columns.wall,
            &columns.inner,
            &columns.busy,
            &columns.polls,
            &columns.stays,
            &columns.memory,
            &columns.lengths,
            &columns.follows,
            &self.changes.twins,
            &self.changes.found,
        ] {
            write_block(out, &column.0)?;
        }
        write_block(out, columns.text.as_bytes())
    }

    fn totals(&mut self, tree: &CallTree, metrics: &Metrics) {
        let head = &mut self.head;
        head.uint(tree.is_timed().into());
        for time in [metrics.wall, metrics.busy] {
            head.uint(nanos(time));
        }
        let counts = [metrics.calls, metrics.events, metrics.max_depth, metrics.open, metrics.errors, metrics.panics];
        head.uints(counts);
        head.uint(metrics.memory.is_some().into());
        if let Some(memory) = metrics.memory {
            head.uints([memory.peak, memory.allocated, memory.allocations]);
        }
        head.uint(metrics.functions.len() as u64);
        for metrics in &metrics.functions {
            let function = &metrics.function;
            head.text(&function.module);
            head.text(&function.name);
            head.uints([function.calls, function.entries, function.open, function.errors, function.panics]);
            head.uints([function.total, function.self_time].map(nanos));
            head.uint(metrics.wall.is_some().into());
            if let Some(wall) = metrics.wall {
                let ends = [function.min, function.max].map(Option::unwrap_or_default);
                head.uints([ends[0], wall.p50, wall.p90, wall.p95, wall.p99, ends[1]].map(nanos));
            }
            let memory = [function.allocated, function.allocations, function.self_allocated, function.self_allocations];
            head.uints(memory);
        }
        // Nodes of the graph have the order of the functions above: both are by module and then by name.
        let graph = CallGraph::of(tree);
        let edges = graph.as_petgraph().raw_edges();
        head.uint(edges.len() as u64);
        for edge in edges {
            head.uints([edge.source(), edge.target()].map(|function| function.index() as u64));
            head.uints([edge.weight.calls, nanos(edge.weight.total)]);
        }
    }

    fn stats(&mut self, stats: &TraceStats) {
        let head = &mut self.head;
        let counts = [
            stats.cut_values,
            stats.too_deep,
            stats.unattributed,
            stats.redacted,
            stats.panicked_values,
            stats.filter_panics,
        ];
        head.uints(counts);
        // Said here and not by the page, so that all who speak of a trace miss the same.
        let loss = stats.loss();
        head.text(&loss.to_string());
        head.text(&loss.remedies().collect::<Vec<_>>().join("; "));
        head.uint(stats.unattributed_at.len() as u64);
        for (callsite, count) in &stats.unattributed_at {
            head.text(callsite);
            head.uint(*count);
        }
    }

    fn threads(&mut self, tree: &CallTree) {
        self.head.uint(tree.threads().len() as u64);
        tree.threads().iter().for_each(|thread| self.head.text(thread.name.as_deref().unwrap_or_default()));
    }

    fn callsites(&mut self, tree: &CallTree) {
        let head = &mut self.head;
        let callsites = &tree.callsites;
        head.uint(callsites.len() as u64);
        for callsite in callsites {
            let Callsite { name, module, target, file, line, level, fields, .. } = callsite;
            [name, module, target].into_iter().for_each(|text| head.text(text));
            head.text(file.as_deref().unwrap_or_default());
            head.uint(line.map_or(0, u64::from));
            head.text(level.as_str());
            head.uint(fields.len() as u64);
            fields.iter().for_each(|name| head.text(name));
        }
    }

    fn nodes(&mut self, tree: &CallTree) {
        let columns = &mut self.columns;
        // By index in the tree, needed only to say what follows from what.
        let mut numbers = vec![0; if tree.follows.is_empty() { 0 } else { tree.nodes.len() }];
        let (mut depth_before, mut thread_before, mut start_before, mut in_use_before) = (None, 0, 0, 0);
        for (number, (depth, item)) in (0_u64..).zip(tree.walk()) {
            columns.nodes += 1;
            // A first child stands one below its predecessor, the first root one below nothing.
            columns.up.uint((depth_before.map_or(0, |before: usize| before + 1) - depth) as u64);
            depth_before = Some(depth);
            let (thread, start) = match item {
                Item::Call(call) => (call.thread_index() as u64, call.first_enter().map(nanos)),
                Item::Event(event) => (event.thread_index() as u64, event.at().map(nanos)),
            };
            columns.thread.difference(thread_before, thread);
            thread_before = thread;
            let start = start.unwrap_or(start_before);
            columns.start.difference(start_before, start);
            start_before = start;
            match item {
                Item::Call(call) => {
                    if let Some(number_of) = numbers.get_mut(call.id().index()) {
                        *number_of = number;
                    }
                    columns.call(call, &mut self.shapes, &mut in_use_before);
                }
                Item::Event(event) => {
                    self.shapes.begin(tree.nodes[item.index() as usize].callsite, shape::EVENT);
                    event.args().for_each(|field| columns.field(&mut self.shapes, event.callsite(), field));
                    columns.shape.uint(self.shapes.end());
                }
            }
        }
        for &(call, followed) in &tree.follows {
            columns.n_follows += 1;
            columns.follows.uints([call, followed].map(|node| numbers[node as usize]));
        }
    }
}

impl Columns {
    fn call(&mut self, call: Call<'_>, shapes: &mut Shapes, in_use_before: &mut u64) {
        let wall = call.wall().map_or(0, nanos);
        let busy = nanos(call.busy());
        let memory = call.memory();
        let flags = [
            (call.is_open(), shape::OPEN),
            (call.panicked(), shape::PANICKED),
            (call.is_truncated(), shape::TRUNCATED),
            (call.is_entered(), shape::ENTERED),
            (call.has_concurrent_children(), shape::CONCURRENT_CHILDREN),
            (call.is_orphan(), shape::ORPHAN),
            (call.polls() != 1 || busy != wall, shape::STAYS),
            (memory.is_some(), shape::MEMORY),
        ];
        let flags = flags.iter().filter(|(is_so, _)| *is_so).map(|(_, flag)| flag).sum::<u64>();
        shapes.begin(call.callsite_index() as u32, flags);
        call.args().for_each(|arg| self.field(shapes, call.callsite(), arg));
        for (number, outcome) in [(RETURNED, call.returned()), (ERROR, call.error())] {
            if let Some(value) = outcome {
                self.value(shapes, number, value, call.is_outcome_cut());
            }
        }
        self.shape.uint(shapes.end());
        self.wall.uint(wall);
        self.inner.uint(busy.saturating_sub(nanos(call.self_time())));
        if flags & shape::STAYS != 0 {
            self.busy.uint(busy);
            self.polls.uint(call.polls().into());
            self.call_stays(call);
        }
        if let Some(memory) = memory {
            self.n_memory += 1;
            let own = call.memory_exclusive().unwrap_or_default();
            self.memory.difference(*in_use_before, memory.at_start);
            *in_use_before = memory.at_start;
            self.memory.uints([memory.allocated, memory.allocations, memory.freed]);
            self.memory.uint(memory.allocated.saturating_sub(own.allocated));
            self.memory.uint(memory.allocations.saturating_sub(own.allocations));
        }
    }

    /// Stays by the gap before them and their length plus one, which is 0 while one lasts.
    fn call_stays(&mut self, call: Call<'_>) {
        let timed = call.first_enter().is_some();
        let mut count = Bytes::default();
        let (mut n, mut end_before) = (0, call.first_enter().map_or(0, nanos));
        for (start, end, thread) in call.stays().filter(|_| timed) {
            n += 1;
            count.difference(end_before, nanos(start));
            count.uint(end.map_or(0, |end| nanos(end.saturating_sub(start)) + 1));
            count.difference(call.thread_index() as u64, thread as u64);
            end_before = nanos(end.unwrap_or(start));
        }
        self.n_stays += n;
        self.stays.uint(n);
        self.stays.0.append(&mut count.0);
    }

    fn field(&mut self, shapes: &mut Shapes, callsite: &Callsite, arg: Arg<'_>) {
        let number = callsite.fields.iter().position(|name| **name == *arg.name()).unwrap_or(callsite.fields.len());
        self.value(shapes, number as u64 + FIRST_FIELD, arg.value(), arg.is_cut());
    }

    fn value(&mut self, shapes: &mut Shapes, number: u64, value: Value<'_>, is_cut: bool) {
        let kind = match value {
            Value::Bool(_) => 1,
            Value::Str(_) => 2,
            Value::Text(_) => 3,
            Value::Redacted => 4,
            Value::Panicked => 5,
            _ => 0,
        };
        shapes.scratch.uint(number);
        shapes.scratch.uint(kind + if is_cut { shape::CUT } else { 0 });
        if matches!(value, Value::Redacted | Value::Panicked) {
            return;
        }
        let start = self.text.len();
        // A `String` takes whatever is written.
        let _ = write!(self.text, "{value}");
        let text = &self.text[start..];
        let units = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
        self.lengths.uint(units as u64);
        self.n_texts += 1;
        self.text.push('\0');
    }
}

impl Shapes {
    fn begin(&mut self, callsite: u32, flags: u64) {
        self.scratch.0.clear();
        self.scratch.uint(callsite.into());
        self.scratch.uint(flags);
    }

    /// The number of the shape that was begun and given its fields.
    fn end(&mut self) -> u64 {
        if let Some(&number) = self.numbers.get(&*self.scratch.0) {
            return number;
        }
        let number = self.numbers.len() as u64;
        self.numbers.insert(self.scratch.0.as_slice().into(), number);
        self.written.block(&self.scratch.0);
        number
    }

    fn table(&self) -> Bytes {
        let mut table = Bytes::default();
        table.uint(self.numbers.len() as u64);
        table.0.extend_from_slice(&self.written.0);
        table
    }
}

fn write_block(out: &mut impl Write, block: &[u8]) -> io::Result<()> {
    let mut length = Bytes::default();
    length.uint(block.len() as u64);
    out.write_all(&length.0)?;
    out.write_all(block)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
