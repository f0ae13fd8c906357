//! The text of a snapshot: a line for each call or event, with the branches of the tree or the names of the callers.

use std::borrow::Borrow;
use std::fmt::{self, Write};
use std::time::Duration;

use super::options::Form;
use super::row::Row;

/// Levels whose branches are drawn. Rows further down stand below this level's branch and say their depth: `⋯41`.
///
/// Without a bound the text of a recursion grows with the square of its depth.
pub(super) const MAX_BRANCHES: usize = 40;

/// Writes rows, each with whether it is the last of its siblings. No line break at the end.
pub(super) fn write<'a, R: Borrow<Row<'a>>>(
    out: &mut impl Write,
    form: Form,
    rows: impl Iterator<Item = (R, bool)>,
) -> fmt::Result {
    // By level: whether the row above us there was the last of its siblings.
    let mut ended: Vec<bool> = Vec::new();
    let mut first = true;
    for (row, last) in rows {
        let row = row.borrow();
        if !std::mem::take(&mut first) {
            out.write_char('\n')?;
        }
        match form {
            Form::Tree => {
                ended.truncate(row.depth);
                write_branches(out, row, &ended, last)?;
                ended.push(last);
            }
            Form::Flat => write_callers(out, row)?,
        }
        write_head(out, row)?;
        if row.times > 1 {
            write!(out, " ×{}", row.times)?;
        }
    }
    if first { out.write_str("(no calls)") } else { Ok(()) }
}

fn write_branches(out: &mut impl Write, row: &Row<'_>, ended: &[bool], last: bool) -> fmt::Result {
    if row.depth == 0 {
        return out.write_str(match (row.event, row.concurrent) {
            (Some(_), _) => "• ",
            (None, true) => "┄ ",
            (None, false) => "",
        });
    }
    for above_ended in ended.iter().skip(1).take(MAX_BRANCHES - 1) {
        out.write_str(if *above_ended { "   " } else { "│  " })?;
    }
    out.write_char(if last { '└' } else { '├' })?;
    out.write_str(match (row.event, row.concurrent) {
        (Some(_), _) => "• ",
        (None, true) => "┄ ",
        (None, false) => "─ ",
    })?;
    if row.depth > MAX_BRANCHES { write!(out, "⋯{} ", row.depth) } else { Ok(()) }
}

fn write_callers(out: &mut impl Write, row: &Row<'_>) -> fmt::Result {
    if let Some(under) = &row.under {
        write!(OneLine(out), "{under} ")?;
    }
    out.write_str(match (row.event, row.concurrent, &row.under) {
        (Some(_), ..) => "• ",
        (None, true, _) => "∥ ",
        (None, false, Some(_)) => "> ",
        (None, false, None) => "",
    })
}

/// What is shown for a name of which nothing would be seen.
pub const UNNAMED: &str = "(unnamed)";

/// Writes what a row says, on one line. Rows that say the same are equal to a reader, and fold.
pub(super) fn write_head(out: &mut impl Write, row: &Row<'_>) -> fmt::Result {
    let out = &mut OneLine(out);
    if let Some(name) = &row.call {
        out.write_str(if name.trim().is_empty() { UNNAMED } else { name })?;
    }
    if let Some(level) = row.event {
        write!(out, "{level}")?;
    }
    if let Some(message) = &row.message {
        write!(out, " {message}")?;
    }
    write_values(out, "(", &row.args)?;
    write_values(out, " (", &row.fields)?;
    if let Some(returned) = &row.returned {
        write!(out, " → {returned}")?;
    }
    if let Some(error) = &row.error {
        write!(out, " ✗ {error}")?;
    }
    let marks = [
        (row.panicked, " ✗ panicked"),
        (row.open, " …open"),
        (row.children_lost, " [children lost]"),
        (row.caller_lost, " [caller lost]"),
        (row.deeper_calls, " […]"),
    ];
    for (_, mark) in marks.iter().filter(|(shown, _)| *shown) {
        out.write_str(mark)?;
    }
    if let Some(module) = &row.module {
        write!(out, " · {module}")?;
    }
    if let Some(polls) = row.polls {
        write!(out, " · {polls} polls")?;
    }
    for text in [&row.thread, &row.duration].into_iter().flatten() {
        write!(out, " · {text}")?;
    }
    write_times(out, row)?;
    if let Some(memory) = &row.memory {
        write!(out, " · {memory}")?;
    }
    write_memory(out, row)
}

fn write_values<W: Write>(
    out: &mut OneLine<'_, W>,
    open: &str,
    values: &[(impl fmt::Display, impl fmt::Display)],
) -> fmt::Result {
    for (at, (name, value)) in values.iter().enumerate() {
        write!(out, "{}{name}: {value}", if at == 0 { open } else { ", " })?;
    }
    if values.is_empty() { Ok(()) } else { out.write_char(')') }
}

fn write_times<W: Write>(out: &mut OneLine<'_, W>, row: &Row<'_>) -> fmt::Result {
    let Some(wall) = row.wall_ns else { return Ok(()) };
    write!(out, " · {:?}", Duration::from_nanos(wall))?;
    match row.busy_ns {
        Some(busy) if busy != wall => write!(out, " (busy {:?})", Duration::from_nanos(busy)),
        _ => Ok(()),
    }
}

fn write_memory<W: Write>(out: &mut OneLine<'_, W>, row: &Row<'_>) -> fmt::Result {
    if let Some(in_use) = row.in_use_bytes {
        write!(out, " · {in_use} B in use")?;
    }
    match (row.allocated_bytes, row.allocations) {
        (Some(bytes), Some(times)) if times > 0 => write!(out, " · {bytes} B in {times} allocations")?,
        _ => {}
    }
    match row.freed_bytes {
        Some(freed) if freed > 0 => write!(out, " · {freed} B freed"),
        _ => Ok(()),
    }
}

/// Keeps a row on its line: what would break it is escaped as in a Rust string.
struct OneLine<'w, W>(&'w mut W);

impl<W: Write> Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        let mut rest = text;
        while let Some((at, found)) = rest.char_indices().find(|(_, c)| breaks(*c)) {
            write!(self.0, "{}{}", &rest[..at], found.escape_default())?;
            rest = &rest[at + found.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}
