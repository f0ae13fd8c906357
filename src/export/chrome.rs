//! Trace events as JSON: what Perfetto and Chrome open.
//!
//! The «JSON object format» of the Trace Event specification. Times are microseconds with three decimals.

// # Implementation notes
//
// A thread's slices are complete events (`X`): half the size of `B` and `E`, and a viewer can place one without having
// seen another. They nest strictly (`lanes`), since Perfetto moves or drops those that do not. A call that was entered
// more than once gets a pair of async events (`b`, `e`) over its whole life besides: with an id of its own, or viewers
// would nest the calls of one name into each other. Its arguments stand at `b`, and its slices name it by number.
//
// A flow binds to the slice around its moment; so an arrow leaves the last slice in which the followed call was entered
// before the follower began, and arrives at the first slice of the follower. Calls that were never entered have none.
//
// Async events, instants and flows are written after the slices; every viewer sorts.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::Export;
use super::json::{About, AboutEvent};
use super::lanes::{Lanes, Step, is_scattered, labels, nanos};
use crate::tree::{Call, CallTree, Item, Memory};

/// The one process of a trace.
const PID: u32 = 1;

/// A trace event; what does not apply is left out.
#[derive(Serialize)]
struct Entry<'a, A> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    ph: char,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "micros")]
    ts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "micros")]
    dur: Option<u64>,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<usize>,
    /// Of async events: `local` to the process, so that merged traces do not mix.
    #[serde(skip_serializing_if = "Option::is_none")]
    id2: Option<Local>,
    /// Of flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    /// Of instants: `t`, its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<char>,
    /// Of the end of a flow: `e`, the slice around it and not the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<A>,
}

#[derive(Serialize)]
struct Local {
    local: String,
}

impl<'a, A> Entry<'a, A> {
    fn new(ph: char, name: &'a str, args: Option<A>) -> Self {
        let (cat, ts, dur, tid, id2, id, s, bp) = (None, None, None, None, None, None, None, None);
        Self { name, cat, ph, ts, dur, pid: PID, tid, id2, id, s, bp, args }
    }
}

/// Microseconds: exact to the nanosecond for the first 104 days.
fn micros<S: Serializer>(ns: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match ns {
        Some(ns) if ns % 1_000 == 0 => serializer.serialize_u64(ns / 1_000),
        Some(ns) => serializer.serialize_f64(*ns as f64 / 1_000.0),
        None => serializer.serialize_none(),
    }
}

/// One number or text under a name of its own.
struct One<'a, V>(&'a str, V);

impl<V: Serialize> Serialize for One<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.0, &self.1)?;
        map.end()
    }
}

/// The array of events, one a line.
struct List<'w, W> {
    out: &'w mut W,
    first: bool,
}

impl<W: Write> List<'_, W> {
    fn push(&mut self, entry: &Entry<'_, impl Serialize>) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        entry.serialize(&mut serde_json::Serializer::with_formatter(&mut *self.out, Escapes))?;
        Ok(())
    }
}

/// JSON whose backslashes are written by number.
///
/// Perfetto takes the quote after two backslashes for an escaped one and refuses the file: seen with its release 52. A
/// text that ends in a backslash is all it takes.
struct Escapes;

impl Formatter for Escapes {
    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::ReverseSolidus => out.write_all(b"\\u005c"),
            other => CompactFormatter.write_char_escape(out, other),
        }
    }
}

pub(super) fn write(export: &Export<'_>, out: &mut impl Write) -> io::Result<()> {
    let tree = export.tree;
    let (lanes, labels) = (Lanes::of(tree), labels(tree));
    out.write_all(b"{\"displayTimeUnit\":\"ns\",\"otherData\":")?;
    serde_json::to_writer(&mut *out, &about_recording(export))?;
    out.write_all(b",\"traceEvents\":[")?;
    let mut list = List { out, first: true };
    list.push(&Entry::new('M', "process_name", Some(One("name", export.name))))?;
    for (thread, steps) in lanes.threads() {
        let name = &*labels[thread];
        let tid = Some(tid(thread));
        list.push(&Entry { tid, ..Entry::new('M', "thread_name", Some(One("name", name))) })?;
        list.push(&Entry { tid, ..Entry::new('M', "thread_sort_index", Some(One("sort_index", thread))) })?;
        for step in steps {
            match step {
                Step::Enter(slice) => {
                    let Some(call) = tree.item(slice.node).call() else { continue };
                    let (ts, dur) = (Some(slice.start), Some(slice.end - slice.start));
                    let about = if is_scattered(tree, slice.node) || slice.part > 0 { None } else { Some(About(call)) };
                    let cat = Some(call.module());
                    match about {
                        Some(about) => {
                            list.push(&Entry { cat, ts, dur, tid, ..Entry::new('X', call.name(), Some(about)) })?;
                        }
                        None => {
                            let number = One("call", slice.node);
                            list.push(&Entry { cat, ts, dur, tid, ..Entry::new('X', call.name(), Some(number)) })?;
                        }
                    }
                    if let Some(memory) = call.memory()
                        && slice.part == 0
                        && call.first_enter().map(nanos) == Some(slice.start)
                    {
                        push_memory(&mut list, tree, name, slice.start, memory.at_start)?;
                    }
                }
                Step::Leave(slice) => {
                    let Some(call) = tree.item(slice.node).call() else { continue };
                    if let Some(memory) = call.memory().filter(|_| left_at(call, slice.end)) {
                        push_memory(&mut list, tree, name, slice.end, in_use(memory))?;
                    }
                }
            }
        }
    }
    for (_, item) in tree.walk() {
        match item {
            Item::Event(event) => {
                let (ts, tid, s) = (event.at().map(nanos), Some(tid(event.thread_index())), Some('t'));
                let (cat, name) = (Some(event.module()), event.message().unwrap_or("event"));
                list.push(&Entry { cat, ts, tid, s, ..Entry::new('i', name, Some(AboutEvent(event))) })?;
            }
            Item::Call(call) => {
                if is_scattered(tree, call.id().0) {
                    push_async(&mut list, call)?;
                }
                push_flows(&mut list, call)?;
            }
        }
    }
    list.out.write_all(b"\n]}\n")
}

/// Thread ids begin at 1: 0 is the idle task of a kernel to some viewers.
fn tid(thread: usize) -> usize {
    thread + 1
}

/// The whole life of a call, on a track of its own. One that is open has no end: viewers draw it to theirs.
fn push_async<W: Write>(list: &mut List<'_, W>, call: Call<'_>) -> io::Result<()> {
    let id2 = || Some(Local { local: format!("{:#x}", call.id().index()) });
    let (cat, tid) = (Some(call.module()), Some(tid(call.thread_index())));
    let ts = call.first_enter().map(nanos);
    list.push(&Entry { cat, ts, tid, id2: id2(), ..Entry::new('b', call.name(), Some(About(call))) })?;
    let Some(end) = call.last_exit() else { return Ok(()) };
    list.push(&Entry { cat, ts: Some(nanos(end)), tid, id2: id2(), ..Entry::new('e', call.name(), None::<()>) })
}

/// An arrow from each call that this one follows from.
fn push_flows<W: Write>(list: &mut List<'_, W>, call: Call<'_>) -> io::Result<()> {
    let Some((arrives, _, to)) = call.stays().next() else { return Ok(()) };
    for (nth, followed) in call.follows_from().enumerate() {
        let before = followed.stays().take_while(|(start, ..)| *start <= arrives).last();
        let Some((leaves, _, from)) = before.or_else(|| followed.stays().next()) else { continue };
        // The id of a flow needs to differ from those of others only; a call follows few.
        let (name, cat, id) = ("follows_from", Some("follows_from"), Some(call.id().index() << 16 | (nth & 0xffff)));
        let ends = [('s', leaves.min(arrives), from, None), ('f', arrives, to, Some('e'))];
        for (ph, at, thread, bp) in ends {
            let (ts, tid) = (Some(nanos(at)), Some(tid(thread)));
            list.push(&Entry { cat, ts, tid, id, bp, ..Entry::new(ph, name, None::<()>) })?;
        }
    }
    Ok(())
}

/// One reading: of the thread where allocations were counted, else of the process.
fn push_memory<W: Write>(list: &mut List<'_, W>, tree: &CallTree, thread: &str, at: u64, bytes: u64) -> io::Result<()> {
    let name = if tree.counts_allocations { &format!("allocated by {thread}") } else { "resident memory" };
    list.push(&Entry { ts: Some(at), ..Entry::new('C', name, Some(One("bytes", bytes))) })
}

/// Whether what a call allocated in all had been allocated at this moment: it is its only exit.
fn left_at(call: Call<'_>, at: u64) -> bool {
    call.tree().counts_allocations && call.polls() == 1 && call.last_exit().map(nanos) == Some(at)
}

/// Bytes in use when a call was left. What others freed for it can make it less than nothing.
fn in_use(memory: Memory) -> u64 {
    memory.at_start.wrapping_add(memory.allocated).wrapping_sub(memory.freed).min(i64::MAX as u64)
}

/// What viewers show about the file: texts only, as the format has it.
fn about_recording(export: &Export<'_>) -> impl Serialize {
    let mut about = vec![("recorded with", format!("tracesnap {}", env!("CARGO_PKG_VERSION")))];
    about.push(("calls", export.tree.len().to_string()));
    if let Some(stats) = export.stats {
        about.push(("incomplete", stats.loss().to_string()));
    }
    std::collections::BTreeMap::from_iter(about)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Format;
    use crate::tree::timeline::timeline;

    fn exported(text: &str) -> String {
        exported_tree(&timeline(text))
    }

    fn exported_tree(tree: &CallTree) -> String {
        let mut out = Vec::new();
        Export::of(tree).name("shop").write(Format::Chrome, &mut out).expect("memory takes it");
        let text = String::from_utf8(out).expect("it is text");
        serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON");
        // The events only: the rest is said in one test.
        let (_, events) = text.split_once("\"traceEvents\":[\n").expect("there are events");
        events.trim_end_matches("\n]}\n").to_owned()
    }

    /// Events of this kind.
    fn of_kind(text: &str, ph: char) -> Vec<serde_json::Value> {
        let all = format!("[{}]", exported(text));
        let all: Vec<serde_json::Value> = serde_json::from_str(&all).expect("it is JSON");
        all.into_iter().filter(|event| event["ph"] == ph.to_string()).collect()
    }

    #[test]
    fn a_small_trace_is_written_as_reviewed() {
        let text = "
            order 1000-90500
              stock 2000-3001 mem=64/2+100
              pay::charge 4000-5000 7000-8000@1 error
                pay::connect 7500-7600@1 panicked
              *paid 9000
              audit 10000-
              mail
        ";
        insta::assert_snapshot!(exported(text));
    }

    #[test]
    fn the_file_says_who_wrote_it_and_what_was_lost() {
        let (tree, mut out) = (timeline("a 0-1"), Vec::new());
        let stats = crate::tree::TraceStats { lost: 7, ..Default::default() };
        Export::of(&tree).stats(&stats).write(Format::Chrome, &mut out).expect("memory takes it");
        let file: serde_json::Value = serde_json::from_slice(&out).expect("it is JSON");
        assert_eq!(
            (&file["otherData"]["incomplete"], &file["otherData"]["calls"]),
            (&"7 rows lost".into(), &"1".into())
        );
        assert_eq!(file["displayTimeUnit"], "ns");
    }

    #[test]
    fn calls_entered_more_than_once_have_an_id_each() {
        let ids = of_kind("a 0-1 5-6\na 0-1 5-6@1", 'b').into_iter().map(|event| event["id2"]["local"].to_string());
        assert_eq!(ids.collect::<Vec<_>>(), ["\"0x0\"", "\"0x1\""]);
    }

    #[test]
    fn an_open_async_call_begins_and_does_not_end() {
        assert_eq!(of_kind("a 0-1 5-", 'b').len(), 1);
        assert_eq!(of_kind("a 0-1 5-", 'e').len(), 0);
    }

    #[test]
    fn an_arrow_goes_from_the_call_that_is_followed_to_the_one_that_follows() {
        let mut tree = timeline("first 0-1000\nsecond 2000-3000@1");
        tree.follows.push((1, 0));
        let events = exported_tree(&tree);
        let flows: Vec<&str> = events.lines().filter(|line| line.contains("follows_from")).collect();
        insta::assert_snapshot!(flows.join("\n"), @r#"
        {"name":"follows_from","cat":"follows_from","ph":"s","ts":0,"pid":1,"tid":1,"id":65536},
        {"name":"follows_from","cat":"follows_from","ph":"f","ts":2,"pid":1,"tid":2,"id":65536,"bp":"e"}
        "#);
    }

    #[test]
    fn a_text_that_ends_in_a_backslash_has_none_before_its_quote() {
        let mut tree = timeline("a 0-1");
        tree.callsites[0].file = Some(r"C:\src\".into());
        tree.callsites[0].line = None;
        assert!(exported_tree(&tree).contains(r#""source":"C:\u005csrc\u005c""#));
    }

    #[test]
    fn memory_is_a_track_of_what_was_in_use() {
        let readings = of_kind("a 0-100 mem=64/2+100\n b 10-20 mem=16/1+120", 'C');
        let read: Vec<_> =
            readings.iter().map(|event| (event["ts"].as_f64(), event["args"]["bytes"].as_u64())).collect();
        let expected = [(0.0, 100), (0.01, 120), (0.02, 136), (0.1, 164)].map(|(ts, bytes)| (Some(ts), Some(bytes)));
        assert_eq!(read, expected);
        assert_eq!(readings[0]["name"], "allocated by thread 0");
    }
}
