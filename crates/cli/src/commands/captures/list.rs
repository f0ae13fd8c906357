//! `tracesnap captures list`: which functions have captures, and which captures a function has.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tracesnap::tree::Bytes;
use tracesnap_capture::CaptureSet;

use super::{Choice, Folder, Found, Which};
use crate::commands::Outcome;
use crate::commands::trace::Format;
use crate::output::{Align, Screen, Table, style};

/// Lists the functions that have captures, or the captures of one function, latest first: recorded ones, then the accepted
/// one, then those that wait for a review.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures list\n  tracesnap captures list process_order --where outcome=error"
)]
pub(crate) struct List {
    /// The function: its whole name, or as much of its end as names one.
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
    /// Text, JSON or CSV.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// One function.
#[derive(Debug, Serialize)]
struct Function {
    function: String,
    captures: u64,
    latest: String,
    bytes: u64,
    /// Documents that cannot be read.
    damaged: u64,
    /// `recorded`, `accepted`, `pending`.
    set: &'static str,
}

/// One capture.
#[derive(Debug, Serialize)]
struct Row {
    index: u64,
    time: String,
    outcome: String,
    thread: String,
    bytes: u64,
    id: String,
    /// `recorded`, `accepted`, `pending`.
    set: &'static str,
}

impl List {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = self.folder.open()?;
        let mut screen = Screen::new(self.width);
        match &self.function {
            None => {
                let mut rows = Vec::new();
                let found = self.which.find(&loader, None)?;
                let each = found.iter().flat_map(|found| found.functions.iter().map(move |function| (found, function)));
                for (Found { set, loader, .. }, function) in each {
                    let (function, latest, set) = (function.clone(), String::new(), set.as_str());
                    let mut row = Function { function, captures: 0, latest, bytes: 0, damaged: 0, set };
                    let name = row.function.clone();
                    loader.list(&name, |entry| {
                        match entry {
                            Ok(entry) => {
                                row.captures += 1;
                                row.bytes += entry.bytes;
                                if row.latest.is_empty() {
                                    row.latest = time(entry.time);
                                }
                            }
                            Err(_) => row.damaged += 1,
                        }
                        Ok(())
                    })?;
                    rows.push(row);
                }
                self.print(&mut screen, &rows, "no captures", |rows| {
                    let mut table = Table::new(&[
                        ("captures", Align::Right),
                        ("latest", Align::Left),
                        ("size", Align::Right),
                        ("function", Align::Left),
                        ("", Align::Left),
                        ("", Align::Left),
                    ]);
                    for row in rows {
                        let damaged = match row.damaged {
                            0 => String::new(),
                            damaged => format!("✗ {damaged} damaged"),
                        };
                        table.row(vec![
                            (style::PLAIN, row.captures.to_string()),
                            (style::FAINT, row.latest.clone()),
                            (style::PLAIN, Bytes(row.bytes).to_string()),
                            (style::NAME, row.function.clone()),
                            (style::WARN, marked(row.set).to_owned()),
                            (style::BAD, damaged),
                        ]);
                    }
                    table
                })?;
            }
            Some(function) => {
                let mut rows = Vec::new();
                for found in self.which.find(&loader, Some(function))? {
                    self.rows(&found, &mut rows)?;
                }
                self.print(&mut screen, &rows, "no such captures", |rows| {
                    let mut table = Table::new(&[
                        ("index", Align::Right),
                        ("time", Align::Left),
                        ("outcome", Align::Left),
                        ("thread", Align::Left),
                        ("size", Align::Right),
                        ("id", Align::Left),
                        ("", Align::Left),
                    ]);
                    for row in rows {
                        let outcome = if row.outcome == "returned" { style::PLAIN } else { style::BAD };
                        table.row(vec![
                            (style::PLAIN, row.index.to_string()),
                            (style::FAINT, row.time.clone()),
                            (outcome, row.outcome.clone()),
                            (style::PLAIN, row.thread.clone()),
                            (style::PLAIN, Bytes(row.bytes).to_string()),
                            (style::NAME, row.id.clone()),
                            (style::WARN, marked(row.set).to_owned()),
                        ]);
                    }
                    table
                })?;
            }
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }

    /// The captures of a function in a set.
    fn rows(&self, Found { set, loader, functions }: &Found, rows: &mut Vec<Row>) -> Result<()> {
        let (set, start) = (set.as_str(), rows.len());
        for name in functions {
            if self.choice.criteria.is_empty() {
                // Nothing is read but what is known of each.
                loader.list(name, |entry| {
                    let entry = entry?;
                    rows.push(Row {
                        index: (rows.len() - start) as u64,
                        time: time(entry.time),
                        outcome: entry.outcome.map_or(String::new(), |outcome| outcome.to_string()),
                        thread: entry.thread,
                        bytes: entry.bytes,
                        id: entry.id,
                        set,
                    });
                    Ok(())
                })?;
                continue;
            }
            for capture in loader.find(name, &self.choice.criteria)? {
                let document = capture?.document;
                rows.push(Row {
                    index: (rows.len() - start) as u64,
                    time: document.timestamp.clone(),
                    outcome: document.outcome.as_ref().map_or(String::new(), |outcome| outcome.kind.to_string()),
                    thread: document.metadata.thread_id.clone(),
                    bytes: document.to_json().len() as u64,
                    id: document.id,
                    set,
                });
            }
        }
        Ok(())
    }

    fn print<T: Serialize>(
        &self,
        screen: &mut Screen,
        rows: &[T],
        none: &str,
        table: impl FnOnce(&[T]) -> Table,
    ) -> Result<()> {
        match self.format {
            Format::Text if rows.is_empty() => writeln!(screen, "{none}")?,
            Format::Text => table(rows).lines().iter().try_for_each(|line| screen.line(line))?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut *screen, rows)?;
                writeln!(screen)?;
            }
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(&mut *screen);
                rows.iter().try_for_each(|row| csv.serialize(row))?;
                csv.flush()?;
            }
        }
        Ok(())
    }
}

/// What is said of a row whose captures are not just recorded.
fn marked(set: &'static str) -> &'static str {
    if set == CaptureSet::Recorded.as_str() { "" } else { set }
}

fn time(time: std::time::SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}
