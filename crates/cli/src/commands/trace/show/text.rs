//! The tree for people: what each call took on the left, what it was on the right.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use tracesnap::Trace;
use tracesnap::tree::{Arg, Bytes, Call, CallTree, Event, Item, Level, Metrics, Time};

use unicode_width::UnicodeWidthStr;

use super::super::load::is_stdin;
use super::view::Row;
use super::{Column, Show};
use crate::output::{Line, Screen, bar, named, one_line, style};

/// Columns of a time, and of bytes.
const FIGURE: usize = 9;

/// Columns of the bar of shares.
const BAR: usize = 8;

/// Levels whose branches are drawn. Further down a number says the level.
const MAX_BRANCHES: usize = 40;

/// Names of callers before a call in the flat form.
const MAX_CALLERS: usize = 4;

/// Which figures there are.
struct Columns<'t> {
    tree: &'t CallTree,
    times: bool,
    memory: bool,
    /// Of the whole recording.
    wall: Duration,
    /// Those that were asked for, with their widths.
    more: Vec<(Column, usize)>,
}

pub(super) fn write(screen: &mut Screen, file: &Path, trace: &Trace, rows: &[Row<'_>], asked: &Show) -> Result<()> {
    let (flat, limit) = (asked.flat, asked.limit.lines());
    let metrics = Metrics::with_slowest(trace.tree(), 0);
    screen.line(&summary(file, &metrics))?;
    let mut columns = Columns {
        tree: trace.tree(),
        times: trace.tree().is_timed(),
        memory: metrics.memory.is_some_and(|memory| memory.allocations > 0),
        wall: metrics.wall,
        more: Vec::new(),
    };
    if metrics.calls + metrics.events == 0 {
        writeln!(screen, "nothing was recorded")?;
        return Ok(());
    }
    if rows.is_empty() {
        let all = metrics.calls;
        writeln!(screen, "no call is left of {all}; `tracesnap trace show --help` says what leaves calls out")?;
        if let Some(modules) = asked.modules.unmatched(trace.tree())? {
            screen.line(Line::new().push(style::PLAIN, modules))?;
        }
        return Ok(());
    }
    let shown = &rows[..rows.len().min(limit)];
    columns.more = asked.columns.iter().map(|&column| (column, width(trace.tree(), column, shown))).collect();
    screen.line(&columns.head())?;
    // By depth: whether the row above us there was the last of its siblings.
    let mut ended: Vec<bool> = Vec::new();
    for (place, row) in shown.iter().enumerate() {
        let mut line = columns.figures(row.item);
        if flat {
            callers(&mut line, rows, place);
        } else {
            ended.truncate(row.depth);
            line.push(style::FAINT, branches(row, &ended));
            ended.push(row.is_last);
        }
        match row.item {
            Item::Call(call) => write_call(&mut line, call),
            Item::Event(event) => write_event(&mut line, event),
        }
        screen.line(&line)?;
    }
    if rows.len() > limit {
        writeln!(screen, "… {} more; `-n 0` shows all", rows.len() - limit)?;
    }
    Ok(())
}

fn summary(file: &Path, metrics: &Metrics) -> Line {
    let mut line = Line::new();
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    line.push(style::HEAD, if is_stdin(file) { "standard input".into() } else { name });
    let count = |count: u64, what: &str| format!(" · {count} {what}{}", if count == 1 { "" } else { "s" });
    line.push(style::PLAIN, count(metrics.calls, "call"));
    if metrics.events > 0 {
        line.push(style::PLAIN, count(metrics.events, "event"));
    }
    if metrics.threads > 1 {
        line.push(style::PLAIN, count(metrics.threads, "thread"));
    }
    line.push(style::PLAIN, format!(" · {}", Time(metrics.wall)));
    if let Some(memory) = metrics.memory.filter(|memory| memory.allocations > 0) {
        line.push(style::PLAIN, format!(" · {} allocated", Bytes(memory.allocated)));
    }
    for (number, what) in [(metrics.errors, "error"), (metrics.panics, "panic")] {
        if number > 0 {
            line.push(style::BAD, count(number, what));
        }
    }
    if metrics.open > 0 {
        line.push(style::WARN, format!(" · {} open", metrics.open));
    }
    line
}

impl Columns<'_> {
    fn head(&self) -> Line {
        let mut text = String::new();
        if self.times {
            text += &format!("{:>FIGURE$}  {:>FIGURE$}  {:BAR$}  ", "wall", "self", "");
        }
        if self.memory {
            text += &format!("{:>FIGURE$}  ", "bytes");
        }
        for &(column, width) in &self.more {
            text += &aligned(column, name(column), width);
        }
        let mut line = Line::new();
        line.push(style::FAINT, text + "call");
        line
    }

    fn figures(&self, item: Item<'_>) -> Line {
        let mut line = Line::new();
        let call = item.call();
        if self.times {
            let wall = call.and_then(|call| call.wall());
            let share = wall.map_or(0.0, |wall| wall.as_secs_f64() / self.wall.as_secs_f64());
            let figure = |time: Option<Duration>| time.map_or(String::new(), |time| Time(time).to_string());
            line.push(style::HEAD, format!("{:>FIGURE$}  ", figure(wall)));
            line.push(style::PLAIN, format!("{:>FIGURE$}  ", figure(call.map(|call| call.self_time()))));
            line.push(style::BAR, bar(share, BAR)).push(style::PLAIN, "  ");
        }
        if self.memory {
            let memory = call.and_then(|call| call.memory());
            let bytes = memory.map_or(String::new(), |memory| Bytes(memory.allocated).to_string());
            line.push(style::PLAIN, format!("{bytes:>FIGURE$}  "));
        }
        for &(column, width) in &self.more {
            line.push(style::PLAIN, aligned(column, &cell(self.tree, column, item), width));
        }
        line
    }
}

/// Columns of text, at most.
const WIDEST: usize = 40;

fn name(column: Column) -> &'static str {
    match column {
        Column::Start => "start",
        Column::Busy => "busy",
        Column::Polls => "polls",
        Column::Thread => "thread",
        Column::Module => "module",
    }
}

fn cell(tree: &CallTree, column: Column, item: Item<'_>) -> String {
    let call = item.call();
    let time = |time: Option<Duration>| time.map_or(String::new(), |time| Time(time).to_string());
    match (column, item) {
        (Column::Start, Item::Call(call)) => time(call.first_enter()),
        (Column::Start, Item::Event(event)) => time(event.at()),
        (Column::Busy, _) => time(call.filter(|_| tree.is_timed()).map(|call| call.busy())),
        (Column::Polls, _) => call.map_or(String::new(), |call| call.polls().to_string()),
        (Column::Thread, Item::Call(call)) => thread(tree, call.thread_index()),
        (Column::Thread, Item::Event(event)) => thread(tree, event.thread_index()),
        (Column::Module, Item::Call(call)) => call.module().to_owned(),
        (Column::Module, Item::Event(event)) => event.module().to_owned(),
    }
}

fn thread(tree: &CallTree, number: usize) -> String {
    let name = tree.threads().get(number).and_then(|thread| thread.name.as_deref());
    name.map_or_else(|| format!("thread {number}"), one_line)
}

/// Columns that the widest of its cells takes.
fn width(tree: &CallTree, column: Column, rows: &[Row<'_>]) -> usize {
    let cells = rows.iter().map(|row| cell(tree, column, row.item).width());
    cells.chain([name(column).len()]).max().unwrap_or(0).min(WIDEST)
}

/// A cell: numbers on the right, of texts that are too long the end, which tells most.
fn aligned(column: Column, text: &str, width: usize) -> String {
    let text = one_line(text);
    let mut shown = text.as_str();
    while shown.width() > width {
        let next = shown.chars().next().map_or(0, char::len_utf8);
        shown = &shown[next..];
    }
    let is_cut = shown.len() < text.len();
    let shown = if is_cut { format!("…{}", shown.chars().skip(1).collect::<String>()) } else { shown.to_owned() };
    let blank = " ".repeat(width.saturating_sub(shown.width()));
    match column {
        Column::Start | Column::Busy | Column::Polls => format!("{blank}{shown}  "),
        Column::Thread | Column::Module => format!("{shown}{blank}  "),
    }
}

fn branches(row: &Row<'_>, ended: &[bool]) -> String {
    let is_event = row.item.event().is_some();
    if row.depth == 0 {
        return if is_event { "• ".into() } else { String::new() };
    }
    let mut text = String::new();
    for above_ended in ended.iter().skip(1).take(MAX_BRANCHES - 1) {
        text += if *above_ended { "   " } else { "│  " };
    }
    text += if row.is_last { "└" } else { "├" };
    text += if is_event { "• " } else { "─ " };
    if row.depth > MAX_BRANCHES {
        text += &format!("⋯{} ", row.depth);
    }
    text
}

/// The names of the nearest callers that are shown.
fn callers(line: &mut Line, rows: &[Row<'_>], place: usize) {
    let above = |&place: &usize| rows[place].parent;
    let mut names: Vec<&str> = std::iter::successors(rows[place].parent, above)
        .take(MAX_CALLERS + 1)
        .filter_map(|place| Some(rows[place].item.call()?.name()))
        .collect();
    if let Some(further) = names.get_mut(MAX_CALLERS) {
        *further = "…";
    }
    for name in names.iter().rev() {
        line.push(style::FAINT, format!("{name} > "));
    }
    if rows[place].item.event().is_some() {
        line.push(style::FAINT, "• ");
    }
}

fn write_call(line: &mut Line, call: Call<'_>) {
    let failed = call.error().is_some() || call.panicked();
    line.push(if failed { style::BAD.bold() } else { style::NAME }, named(call.name()));
    write_fields(line, "(", call.args());
    let cut = if call.is_outcome_cut() { "…" } else { "" };
    if let Some(returned) = call.returned() {
        line.push(style::FAINT, " → ").push(style::PLAIN, format!("{returned}{cut}"));
    }
    if let Some(error) = call.error() {
        line.push(style::BAD, format!(" ✗ {error}{cut}"));
    }
    if call.panicked() {
        line.push(style::BAD, " ✗ panicked");
    }
    let marks =
        [(call.is_open(), " …open"), (call.is_truncated(), " [children lost]"), (call.is_orphan(), " [caller lost]")];
    for (_, mark) in marks.iter().filter(|(is_set, _)| *is_set) {
        line.push(style::WARN, mark);
    }
    if call.polls() > 1 {
        line.push(style::FAINT, format!(" · {} polls, busy {}", call.polls(), Time(call.busy())));
    }
}

fn write_event(line: &mut Line, event: Event<'_>) {
    let severity = match event.level() {
        Level::Error => style::BAD,
        Level::Warn => style::WARN,
        _ => style::FAINT,
    };
    line.push(severity, event.level().as_str());
    if let Some(message) = event.message() {
        line.push(style::PLAIN, format!(" {message}"));
    }
    write_fields(line, " (", event.fields());
}

fn write_fields<'t>(line: &mut Line, open: &str, fields: impl Iterator<Item = Arg<'t>>) {
    let mut separator = open;
    for field in fields {
        let cut = if field.is_cut() { "…" } else { "" };
        line.push(style::FAINT, format!("{separator}{}: ", field.name()));
        line.push(style::PLAIN, format!("{}{cut}", field.value()));
        separator = ", ";
    }
    if separator == ", " {
        line.push(style::FAINT, ")");
    }
}
