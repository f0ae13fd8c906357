//! A streamed file becomes a call tree: what [`assemble`](super::assemble) does with rings, done with the rows of a file.
//!
//! The file names spans by their rows only, so there is nothing to resolve but where a row stands.

use std::collections::HashMap;
use std::ops::Range;

use super::order::Order;
use crate::file::stream::{CallRef, Content, Row, RowKind};
use crate::file::{About, Loaded};
use crate::tree::{Field, NONE, Stay, Thread, TreeBuilder, flag};

/// The rows of one ring in their order, each as it was last, with the fields it had.
struct Rows {
    number: u32,
    rows: Vec<(Row, Vec<Field>)>,
    /// By row: its node, or that of the span it speaks of; `NONE` where it has none.
    nodes: Vec<u32>,
}

/// Makes the tree of a file, as if its rows were still in memory.
pub(super) fn replay(mut content: Content) -> Loaded {
    let about = content.about;
    // As their threads joined, which is also the order of threads in the tree.
    content.rings.sort_by_key(|ring| ring.number);
    let one_after_the_other = content.rings.len() <= 1;
    let mut rings: Vec<Rows> = Vec::with_capacity(content.rings.len());
    for ring in &mut content.rings {
        let rows = complete(std::mem::take(&mut ring.rows), &content.fields);
        let nodes = vec![NONE; rows.len()];
        rings.push(Rows { number: ring.number, rows, nodes });
    }
    let rows = rings.iter().map(|ring| ring.rows.len()).sum();
    let mut builder = match one_after_the_other {
        true => TreeBuilder::in_pushing_order(rows),
        false => TreeBuilder::with_capacity(rows),
    };
    builder.own_cost_ns(about.self_time_ns);
    if !about.timed {
        builder.untimed();
    }
    if about.counts_allocations {
        builder.counts_allocations();
    }
    let at_ring = rings.iter().zip(0..).map(|(ring, at)| (ring.number, at)).collect();
    let mut replay = Replay { content, builder, at_ring, callsites: HashMap::new(), dropped: Vec::new() };
    let threads: Vec<u32> = replay.threads();
    for (ring, &thread) in rings.iter_mut().zip(&threads) {
        replay.make_nodes(ring, thread, one_after_the_other);
    }
    replay.hang(&rings, &threads);
    replay.finish()
}

/// Rows in their order, each once: as they stand last, with fields that were said before, completed by those that tell
/// the rest of an earlier one.
fn complete(mut said: Vec<(Row, Range<u32>)>, fields: &[Field]) -> Vec<(Row, Vec<Field>)> {
    // Stable: of the same row, the last one stands last.
    said.sort_by_key(|(row, _)| row.seq);
    let mut rows: Vec<(Row, Vec<Field>)> = Vec::with_capacity(said.len());
    for (row, range) in said {
        let fields = &fields[range.start as usize..range.end as usize];
        match rows.last_mut().filter(|(last, _)| last.seq == row.seq) {
            Some(last) => {
                last.0 = row;
                if !fields.is_empty() {
                    last.1 = fields.to_vec();
                }
            }
            None => rows.push((row, fields.to_vec())),
        }
    }
    for at in 0..rows.len() {
        let Row { kind: RowKind::Again, other: Some(CallRef { seq, .. }), start, end, memory, .. } = rows[at].0 else {
            continue;
        };
        let (panicked, truncated) = (rows[at].0.panicked, rows[at].0.truncated);
        if let Ok(old) = rows.binary_search_by_key(&seq, |(row, _)| row.seq) {
            let old = &mut rows[old].0;
            (old.start, old.end, old.memory) = (start, end, memory.or(old.memory));
            old.panicked |= panicked;
            old.truncated |= truncated;
        }
    }
    rows.retain(|(row, _)| row.kind != RowKind::Again);
    rows
}

struct Replay {
    content: Content,
    builder: TreeBuilder,
    at_ring: HashMap<u32, usize>,
    /// By number in the file: the number in the tree.
    callsites: HashMap<u32, u32>,
    /// Nodes that turned out to be none.
    dropped: Vec<u32>,
}

impl Replay {
    fn threads(&mut self) -> Vec<u32> {
        let threads = std::mem::take(&mut self.content.rings);
        threads.into_iter().map(|ring| self.builder.thread(Thread { name: ring.name, key: ring.key })).collect()
    }

    /// The nodes of spans and events, without their callers.
    fn make_nodes(&mut self, ring: &mut Rows, thread: u32, one_after_the_other: bool) {
        let stamps = ring.rows.iter().map(|(row, _)| row.start);
        let last = ring.rows.iter().flat_map(|(row, _)| [row.start, row.end]).flatten().max().unwrap_or(0);
        let written = (!one_after_the_other).then(|| Order::of(stamps, || last + 1));
        for (at, (row, fields)) in ring.rows.iter().enumerate() {
            if !matches!(row.kind, RowKind::Span | RowKind::Event) {
                continue;
            }
            let Some(callsite) = self.callsite(row.callsite) else { continue };
            let order = written.as_ref().map_or(0, |written| written.latest(at));
            let is_event = row.kind == RowKind::Event;
            let flags = if is_event { flag::EVENT | flag::ENTERED } else { flag::OPEN };
            let node = self.builder.node(callsite, thread, flags, order);
            let call = self.builder.get_mut(node);
            call.flags |= flags_of(row);
            if is_event {
                call.first_enter = row.start.unwrap_or(0);
            } else if let Some(start) = row.start {
                (call.flags, call.first_enter) = (call.flags | flag::ENTERED, start);
                if let Some(end) = row.end {
                    (call.flags, call.last_exit) = (call.flags & !flag::OPEN, end);
                }
            }
            if let Some(memory) = row.memory.filter(|_| !is_event) {
                self.builder.memory(node, memory);
            }
            self.add_fields(node, fields);
            ring.nodes[at] = node;
        }
    }

    /// Names callers, and applies what is told of calls beside their own rows.
    fn hang(&mut self, rings: &[Rows], threads: &[u32]) {
        let mut stays: Vec<(u32, Stay, u16)> = Vec::new();
        let mut records: Vec<(u64, u32, &[Field])> = Vec::new();
        for (ring, &thread) in rings.iter().zip(threads) {
            for ((row, fields), &node) in ring.rows.iter().zip(&ring.nodes) {
                let about = row.about.map(|about| self.node_of(rings, about));
                match (row.kind, about) {
                    (RowKind::Span | RowKind::Event, _) if node == NONE => {}
                    (RowKind::Span | RowKind::Event, Some(Some(parent))) if parent == node || !self.is_call(parent) => {
                    }
                    (RowKind::Span, Some(Some(parent))) => self.builder.set_parent(node, parent),
                    (RowKind::Event, Some(Some(parent))) => self.hang_event(node, row, parent),
                    (RowKind::Event, None) if self.is_left_over(row) => self.dropped.push(node),
                    (RowKind::Span | RowKind::Event, Some(None)) => self.builder.get_mut(node).flags |= flag::ORPHAN,
                    (RowKind::Stay, Some(Some(call))) if self.is_call(call) => {
                        let memory = row.memory.map_or(NONE, |memory| self.builder.reading(memory));
                        let (start, end) = (row.start.unwrap_or(0), row.end.unwrap_or(u64::MAX));
                        stays.push((call, Stay { start, end, thread, memory }, flags_of(row)));
                    }
                    (RowKind::Record, Some(Some(call))) => records.push((row.start.unwrap_or(0), call, fields)),
                    (RowKind::Follows, Some(Some(call))) => {
                        if let Some(from) = row.other.and_then(|from| self.node_of(rings, from))
                            && self.is_call(call)
                            && self.is_call(from)
                        {
                            self.builder.follows(call, from);
                        }
                    }
                    _ => {}
                }
            }
        }
        // Of values recorded on several threads the newest counts.
        records.sort_by_key(|(start, ..)| *start);
        for (_, call, fields) in records {
            self.add_fields(call, fields);
        }
        self.builder.later_stays(stays);
    }

    /// Hangs an event under its call, or folds it into that as its result.
    fn hang_event(&mut self, node: u32, row: &Row, parent: u32) {
        let site = self.content.callsites.get(&row.callsite);
        if site.is_some_and(|site| site.is_outcome) {
            let call = self.builder.callsite_of(parent);
            let event = self.builder.callsite_of(node);
            if (call.line, &call.file) == (event.line, &event.file) {
                let is_error = event.fields.first().is_some_and(|name| **name == *"error");
                let field = self.builder.first_field(node);
                let outcome = self.builder.outcome(parent);
                *(if is_error { &mut outcome.error } else { &mut outcome.returned }) = field;
                self.dropped.push(node);
                return;
            }
            if self.is_left_over(row) {
                self.dropped.push(node);
                return;
            }
        }
        self.builder.set_parent(node, parent);
    }

    /// Whether an event tells what a function returned whose call is not there.
    fn is_left_over(&self, row: &Row) -> bool {
        let site = self.content.callsites.get(&row.callsite);
        site.is_some_and(|site| site.is_of_wanted && !site.is_error())
    }

    fn is_call(&self, node: u32) -> bool {
        self.builder.get(node).flags & flag::EVENT == 0
    }

    fn node_of(&self, rings: &[Rows], at: CallRef) -> Option<u32> {
        let ring = &rings[*self.at_ring.get(&at.ring)?];
        let row = ring.rows.binary_search_by_key(&at.seq, |(row, _)| row.seq).ok()?;
        let node = ring.nodes[row];
        // What hangs on a later stay of a span hangs on the span.
        match &ring.rows[row].0 {
            Row { kind: RowKind::Stay, about: Some(span), .. } if *span != at => {
                let ring = &rings[*self.at_ring.get(&span.ring)?];
                let row = ring.rows.binary_search_by_key(&span.seq, |(row, _)| row.seq).ok()?;
                Some(ring.nodes[row]).filter(|&node| node != NONE)
            }
            _ => Some(node).filter(|&node| node != NONE),
        }
    }

    /// The number in the tree of a callsite of the file.
    fn callsite(&mut self, number: u32) -> Option<u32> {
        if let Some(&known) = self.callsites.get(&number) {
            return Some(known);
        }
        let known = self.builder.callsite(self.content.callsites.get(&number)?.callsite());
        self.callsites.insert(number, known);
        Some(known)
    }

    /// Adds fields with their text, those that the callsite has.
    fn add_fields(&mut self, node: u32, fields: &[Field]) {
        let known = self.builder.callsite_of(node).fields.len();
        let (builder, text) = (&mut self.builder, &self.content.text);
        let fields = fields.iter().filter(|field| usize::from(field.name) < known);
        let fields: Vec<Field> = fields.map(|field| field.map_text(|at| builder.text(at.of(text)))).collect();
        builder.add_fields(node, &fields);
    }

    fn finish(mut self) -> Loaded {
        self.builder.remove(&self.dropped, &[]);
        let mut stats = self.content.stats;
        // A file that ends before it says so has no limit.
        let max_depth = usize::try_from(self.content.about.max_depth).ok().filter(|&depth| depth > 0);
        let max_depth = max_depth.unwrap_or(usize::MAX);
        let too_deep = self.builder.deeper_than(max_depth);
        stats.too_deep = stats.too_deep.saturating_add(too_deep.len() as u64);
        self.builder.remove(&[], &too_deep);
        let tree = self.builder.finish();
        stats.recorded = tree.len() as u64;
        stats.events = (tree.nodes.len() - tree.len()) as u64;
        let about = self.content.about;
        let about = About { started: about.started(), total_ns: about.total_ns, inside_ns: about.inside_ns };
        Loaded { tree, stats, about }
    }
}

/// What a row says of its call.
fn flags_of(row: &Row) -> u16 {
    let when = |has: bool, flag: u16| if has { flag } else { 0 };
    when(row.panicked, flag::PANICKED) | when(row.truncated, flag::TRUNCATED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::file::stream::Writer;
    use crate::file::stream::{self, FieldBuffer, Site};
    use crate::tree::{Callsite, Level, Memory, TraceStats, Value};

    fn row(seq: u64, kind: RowKind, about: Option<u64>) -> Row {
        let about = about.map(|seq| CallRef { ring: 1, seq });
        let (start, end, other, memory) = (Some(seq * 10), None, None, None);
        Row { seq, kind, callsite: 0, about, start, end, other, memory, panicked: false, truncated: false }
    }

    fn site(name: &str) -> Callsite {
        Callsite {
            name: name.into(),
            module: "shop".into(),
            target: "shop".into(),
            file: Some("shop.rs".into()),
            line: Some(7),
            level: Level::Info,
            fields: vec!["return".into(), "n".into()],
        }
    }

    /// What a reader makes of a file with these rows of ring 1, each with a field of that number. It is finished, or so
    /// many of them are whole.
    fn replayed(rows: &[(Row, Option<u8>)], whole: Option<usize>) -> Loaded {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("stream");
        let mut file = Writer::create(&path).expect("it begins");
        let mut write = || -> Result<(), crate::FileError> {
            file.about(&stream::About { timed: true, ..Default::default() })?;
            for number in 0..3 {
                let name = ["call", "event", "result"][number as usize];
                let is_outcome = name == "result";
                file.callsite(number, &Site { is_outcome, is_of_wanted: is_outcome, ..Site::of(&site(name)) })?;
            }
            for (at, (row, field)) in rows.iter().enumerate() {
                if whole == Some(at) {
                    file.counts(&TraceStats::default())?;
                }
                let mut fields = FieldBuffer::default();
                field.iter().for_each(|&field| fields.push(field, false, Value::U64(row.seq)));
                file.row(1 + row.callsite / 100, row, &fields)?;
            }
            if whole == Some(rows.len()) {
                file.counts(&TraceStats::default())?;
            }
            file.flush()
        };
        write().expect("it is written");
        if whole.is_none() {
            file.end().expect("it is written");
        }
        let (content, error) = stream::load(&path).expect("it is readable");
        assert!(error.is_none(), "{error:?}");
        replay(content)
    }

    fn open(loaded: &Loaded) -> Vec<bool> {
        loaded.tree.calls().map(|call| call.is_open()).collect()
    }

    #[test]
    fn the_last_word_on_a_row_counts_and_fields_that_were_said_stay_said() {
        let call = row(0, RowKind::Span, None);
        let over = Row { end: Some(50), panicked: true, ..call };
        let loaded = replayed(&[(call, Some(1)), (row(1, RowKind::Span, Some(0)), None), (over, None)], None);
        let call = loaded.tree.calls().next().expect("it is there");
        assert_eq!((call.wall().map(|wall| wall.as_nanos()), call.panicked()), (Some(50), true));
        assert_eq!((call.arg("n").and_then(|n| n.as_u64()), loaded.tree.len()), (Some(0), 2));
    }

    #[test]
    fn a_row_that_completes_an_earlier_one_is_none_itself() {
        let again = Row { end: Some(90), other: Some(CallRef { ring: 1, seq: 0 }), ..row(2, RowKind::Again, None) };
        let again = Row { start: Some(0), ..again };
        let rows = [row(0, RowKind::Span, None), row(1, RowKind::Span, Some(0)), again].map(|row| (row, None));
        let loaded = replayed(&rows, None);
        assert_eq!(open(&loaded), [false, true]);
    }

    #[test]
    fn of_a_file_that_ends_too_early_the_last_moment_counts_that_is_whole() {
        let call = row(0, RowKind::Span, None);
        let over = Row { end: Some(90), ..call };
        let rows = [call, row(1, RowKind::Span, Some(0)), over, row(2, RowKind::Span, None)].map(|row| (row, None));
        assert_eq!(open(&replayed(&rows, None)), [false, true, true]);
        for (whole, expected) in [vec![], vec![true], vec![true, true], vec![false, true]].into_iter().enumerate() {
            assert_eq!(open(&replayed(&rows, Some(whole))), expected);
        }
    }

    fn any_row() -> impl Strategy<Value = (Row, Option<u8>)> {
        let kind = prop_oneof![
            4 => Just(RowKind::Span), 1 => Just(RowKind::Stay), 2 => Just(RowKind::Event), 1 => Just(RowKind::Record),
            1 => Just(RowKind::Follows), 1 => Just(RowKind::Again),
        ];
        let seq = || prop_oneof![9 => 0..12_u64, 1 => any::<u64>()];
        let call = || prop::option::of((1..4_u32, seq()).prop_map(|(ring, seq)| CallRef { ring, seq }));
        let time = || prop::option::of(0..u64::MAX / 2);
        let memory = prop::option::of(any::<u64>().prop_map(|at_start| Memory { at_start, ..Memory::default() }));
        let parts =
            (seq(), kind, 0..4_u32, call(), time(), time(), call(), memory, prop::option::of(any::<u8>()), 0..3_u32);
        parts.prop_map(|(seq, kind, callsite, about, start, end, other, memory, field, ring)| {
            // Which ring it is written to is said by hundreds.
            let callsite = callsite + ring * 100 * u32::from(!matches!(kind, RowKind::Span | RowKind::Event));
            let (panicked, truncated) = (false, false);
            (Row { seq, kind, callsite, about, start, end, other, memory, panicked, truncated }, field)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_rows_say_there_is_a_tree_that_can_be_walked(
            rows in prop::collection::vec(any_row(), 0..30), whole in prop::option::of(0..30_usize)
        ) {
            let Loaded { tree, stats, .. } = replayed(&rows, whole);
            prop_assert_eq!(tree.walk().count() as u64, stats.recorded + stats.events);
            for call in tree.calls() {
                let _ = (call.args().count(), call.wall(), call.busy(), call.polls(), call.memory(), call.returned());
                prop_assert!(call.args().all(|arg| !arg.name().is_empty()));
            }
            prop_assert_eq!(stats.unfinished, u64::from(whole.is_some()));
        }
    }
}
