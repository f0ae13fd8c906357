//! A table of calls and events for spreadsheets and databases.

use std::io::{self, Write};
use std::time::Duration;

use super::json::{Args, Fields, Json};
use crate::tree::{Call, CallTree, Callsite, Event, Item};

/// The columns. Times are nanoseconds since the session began; what does not apply is empty.
const COLUMNS: [&str; 25] = [
    "id",
    "parent",
    "depth",
    "kind",
    "module",
    "name",
    "level",
    "file",
    "line",
    "thread",
    "thread_name",
    "start_ns",
    "end_ns",
    "wall_ns",
    "busy_ns",
    "self_ns",
    "idle_ns",
    "polls",
    "outcome",
    "result",
    "fields",
    "memory_at_start",
    "allocated_bytes",
    "allocations",
    "freed_bytes",
];

/// Parents before what happened in them. Fields and results are JSON, so that types survive and no text of the program
/// can pass for a formula: a cell of it begins with `{`, a quote or a digit.
pub(super) fn write(tree: &CallTree, out: &mut impl Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS).map_err(io_error)?;
    for (depth, item) in tree.walk() {
        let mut row = Row { tree, table: &mut table };
        match item {
            Item::Call(call) => row.call(depth, call)?,
            Item::Event(event) => row.event(depth, item.index(), event)?,
        }
    }
    table.flush()
}

struct Row<'a, W: Write> {
    tree: &'a CallTree,
    table: &'a mut csv::Writer<W>,
}

impl<W: Write> Row<'_, W> {
    fn call(&mut self, depth: usize, call: Call<'_>) -> io::Result<()> {
        let tree = self.tree;
        self.place(call.id().index(), call.parent(), depth, "call", call.callsite(), call.name())?;
        self.thread(call.thread_index())?;
        self.time(call.first_enter())?;
        self.time(call.last_exit())?;
        self.time(call.wall())?;
        let timed = tree.is_timed() && call.is_entered();
        self.time(timed.then(|| call.busy()))?;
        self.time(timed.then(|| call.self_time()))?;
        self.time(call.idle())?;
        self.number(Some(call.polls()))?;
        let result = call.error().or(call.returned());
        self.text(match (call.panicked(), call.is_open(), call.error()) {
            (true, ..) => "panicked",
            (_, true, _) => {
                if call.is_entered() {
                    "open"
                } else {
                    "never entered"
                }
            }
            (.., Some(_)) => "error",
            _ => "returned",
        })?;
        self.text(&result.map(|value| serde_json::to_string(&Json(value))).transpose()?.unwrap_or_default())?;
        let fields = call.args().next().map(|_| serde_json::to_string(&Args(call)));
        self.text(&fields.transpose()?.unwrap_or_default())?;
        let memory = call.memory();
        let counted = memory.filter(|_| tree.counts_allocations);
        self.number(memory.map(|memory| memory.at_start))?;
        self.number(counted.map(|memory| memory.allocated))?;
        self.number(counted.map(|memory| memory.allocations))?;
        self.number(counted.map(|memory| memory.freed))?;
        self.end()
    }

    fn event(&mut self, depth: usize, id: u32, event: Event<'_>) -> io::Result<()> {
        let message = event.message().map(|text| serde_json::to_string(&text)).transpose()?.unwrap_or_default();
        self.place(id as usize, event.parent(), depth, "event", event.callsite(), &message)?;
        self.thread(event.thread_index())?;
        self.time(event.at())?;
        for _ in 0..8 {
            self.text("")?;
        }
        let fields = event.fields().next().map(|_| serde_json::to_string(&Fields(event)));
        self.text(&fields.transpose()?.unwrap_or_default())?;
        for _ in 0..4 {
            self.text("")?;
        }
        self.end()
    }

    /// The columns up to `line`.
    fn place(
        &mut self,
        id: usize,
        parent: Option<Call<'_>>,
        depth: usize,
        kind: &str,
        site: &Callsite,
        name: &str,
    ) -> io::Result<()> {
        self.number(Some(id))?;
        self.number(parent.map(|parent| parent.id().index()))?;
        self.number(Some(depth))?;
        for text in [kind, &site.module, name, site.level.as_str(), site.file.as_deref().unwrap_or_default()] {
            self.text(text)?;
        }
        self.number(site.line)
    }

    fn thread(&mut self, thread: usize) -> io::Result<()> {
        self.number(Some(thread))?;
        self.text(self.tree.threads().get(thread).and_then(|thread| thread.name.as_deref()).unwrap_or_default())
    }

    fn time(&mut self, time: Option<Duration>) -> io::Result<()> {
        self.number(time.map(|time| time.as_nanos()))
    }

    fn number(&mut self, number: Option<impl ToString>) -> io::Result<()> {
        self.text(&number.map(|number| number.to_string()).unwrap_or_default())
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.table.write_field(text).map_err(io_error)
    }

    fn end(&mut self) -> io::Result<()> {
        self.table.write_record(None::<&[u8]>).map_err(io_error)
    }
}

/// Errors of the writer as they were, so that their kind can be asked for.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("a line of the table cannot be written: {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::timeline::timeline;

    fn exported(tree: &CallTree) -> String {
        let mut out = Vec::new();
        write(tree, &mut out).expect("memory takes it");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn a_small_trace_is_written_as_reviewed() {
        let text = "
            order 10-90
              stock 20-30 mem=64/2+100
              pay::charge 40-50 70-80@1 error
                pay::connect 75-76@1 panicked
              *paid 82
              audit 85-
              mail
        ";
        insta::assert_snapshot!(exported(&timeline(text)));
    }

    #[test]
    fn every_line_has_all_columns_and_reads_back() {
        let tree = timeline("a,b 0-1 error\n *\"x\"\n c panicked");
        let text = exported(&tree);
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = table.records().map(|row| row.expect("lines are of one length")).collect();
        let column = |at: usize| rows.iter().map(|row| row[at].to_owned()).collect::<Vec<_>>();
        assert_eq!(column(3), ["call", "event", "call"]);
        assert_eq!(column(5), ["a,b", "", "c"]);
        assert_eq!(column(18), ["error", "", "panicked"]);
    }

    #[test]
    fn a_result_cannot_pass_for_a_formula() {
        let mut tree = timeline("a 0-1 error");
        tree.text = "=1+cmd()".into();
        assert!(exported(&tree).contains(r#","""=1+cmd()""","#));
    }
}
