//! Evented profiles of speedscope: what was entered and left on each thread.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Export;
use super::lanes::{Lanes, Step, labels};
use crate::tree::{Call, CallTree, Callsite};

/// What the file says it is; speedscope asks for it.
const SCHEMA: &str = "https://www.speedscope.app/file-format-schema.json";

#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct Frame<'t> {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
struct Event {
    r#type: char,
    frame: usize,
    at: u64,
}

pub(super) fn write(export: &Export<'_>, out: &mut impl Write) -> io::Result<()> {
    let tree = export.tree;
    let (lanes, labels) = (Lanes::of(tree), labels(tree));
    let frames = Frames::of(tree);
    let exporter = concat!("tracesnap ", env!("CARGO_PKG_VERSION"));
    write!(out, "{{\"$schema\":{},\"exporter\":{}", quoted(SCHEMA)?, quoted(exporter)?)?;
    write!(out, ",\"name\":{},\"activeProfileIndex\":0,\"shared\":{{\"frames\":", quoted(export.name)?)?;
    serde_json::to_writer(&mut *out, &frames.list)?;
    out.write_all(b"},\"profiles\":[")?;
    let mut profile = Profile { begin: lanes.begin, end: lanes.end, first: true };
    for (thread, steps) in lanes.threads() {
        profile.open(out, &labels[thread])?;
        for (at, step) in steps.enumerate() {
            let (r#type, node, moment) = match step {
                Step::Enter(slice) => ('O', slice.node, slice.start),
                Step::Leave(slice) => ('C', slice.node, slice.end),
            };
            let Some(call) = tree.item(node).call() else { continue };
            out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &Event { r#type, frame: frames.of_call(call), at: moment })?;
        }
        out.write_all(b"\n]}")?;
    }
    if profile.first {
        // Speedscope opens no file without a profile.
        profile.open(out, "no calls")?;
        out.write_all(b"]}")?;
    }
    out.write_all(b"]}\n")
}

struct Profile {
    begin: u64,
    end: u64,
    first: bool,
}

impl Profile {
    /// All profiles span the whole recording, so that threads can be compared by eye.
    fn open(&mut self, out: &mut impl Write, name: &str) -> io::Result<()> {
        out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        write!(out, "{{\"type\":\"evented\",\"unit\":\"nanoseconds\",\"name\":{}", quoted(name)?)?;
        write!(out, ",\"startValue\":{},\"endValue\":{},\"events\":[", self.begin, self.end)
    }
}

/// One frame a function: callsites of the same path and place share theirs.
struct Frames<'t> {
    list: Vec<Frame<'t>>,
    by_callsite: Vec<usize>,
}

impl<'t> Frames<'t> {
    fn of(tree: &'t CallTree) -> Self {
        let mut known: HashMap<Frame<'t>, usize> = HashMap::new();
        let (mut list, mut by_callsite) = (Vec::new(), Vec::with_capacity(tree.callsites.len()));
        for Callsite { name, module, file, line, .. } in &tree.callsites {
            let frame = Frame { name: format!("{module}::{name}"), file: file.as_deref(), line: *line };
            let at = *known.entry(frame).or_insert_with_key(|frame| {
                list.push(frame.clone());
                list.len() - 1
            });
            by_callsite.push(at);
        }
        Self { list, by_callsite }
    }

    fn of_call(&self, call: Call<'_>) -> usize {
        self.by_callsite[call.callsite_index()]
    }
}

fn quoted(text: &str) -> io::Result<String> {
    Ok(serde_json::to_string(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Format;
    use crate::tree::timeline::timeline;

    fn exported(text: &str) -> String {
        let (tree, mut out) = (timeline(text), Vec::<u8>::new());
        Export::of(&tree).name("shop").write(Format::Speedscope, &mut out).expect("memory takes it");
        serde_json::from_slice::<serde_json::Value>(&out).expect("it is JSON");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn a_small_trace_is_written_as_reviewed() {
        let text = "order 10-90\n stock 20-30\n pay::charge 40-50 70-80@1\n  stock 75-76@1\n audit 85-";
        // A new version is no other format.
        insta::assert_snapshot!(exported(text).replace(env!("CARGO_PKG_VERSION"), "[version]"));
    }

    #[test]
    fn a_trace_without_calls_is_a_profile_without_events() {
        let file: serde_json::Value = serde_json::from_str(&exported("")).expect("it is JSON");
        assert_eq!(file["profiles"][0]["name"], "no calls");
    }
}
