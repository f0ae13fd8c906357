//! `tracesnap trace list`: the traces of a folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tracesnap::tree::{Bytes, Time};
use tracesnap::{FileError, Trace, TraceSummary};

use super::Format;
use crate::commands::Outcome;
use crate::output::{Align, Screen, Table, csv, style, tell};

const EXAMPLES: &str = "\
Examples:
  TRACESNAP_SAVE=traces cargo test     # every test leaves its trace
  tracesnap trace list traces
  tracesnap trace list traces --sort wall --format csv
  tracesnap trace list traces --check  # are all of them whole?";

/// Lists the traces of a folder (`*.trace.json`, `*.trace.json.gz` and `*.trace.stream`): what ran, how long, whether it
/// failed.
///
/// The head of a file says all of it, so a folder of large traces is listed at once. Streams, and files of earlier
/// versions, have no such head and are read whole.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// The folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// In which order.
    #[arg(short, long, value_enum, default_value_t)]
    sort: Key,
    /// Read every file to its end, so that damage among its calls is found.
    #[arg(long)]
    check: bool,
    /// Text, JSON or CSV.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// What files are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Key {
    /// A to Z.
    #[default]
    Name,
    /// When the recording began, latest first.
    Started,
    /// How long it took, longest first.
    Wall,
    /// Number of calls, most first.
    Calls,
    /// Size of the file, largest first.
    Size,
}

/// One file; what is of a trace is empty where it cannot be read.
#[derive(Debug, Default, Serialize)]
struct Entry {
    file: String,
    size: u64,
    /// RFC 3339, in UTC.
    started: Option<String>,
    calls: Option<u64>,
    events: Option<u64>,
    threads: Option<u64>,
    wall_ns: Option<u64>,
    errors: Option<u64>,
    panics: Option<u64>,
    complete: Option<bool>,
    /// Why it cannot be read.
    problem: Option<String>,
}

impl List {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let begun = Instant::now();
        let files = traces_in(&self.dir)?;
        let progress = ProgressBar::new(files.len() as u64).with_style(
            ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let mut entries = Vec::with_capacity(files.len());
        for file in &files {
            let (entry, read) = Entry::of(file, self.check);
            progress.set_message(entry.file.clone());
            progress.inc(1);
            if verbose {
                progress.suspend(|| tell("read", &format!("`{}`: {read}", file.display())))?;
            }
            entries.push(entry);
        }
        progress.finish_and_clear();
        if verbose {
            let took = Time(begun.elapsed());
            tell("listed", &format!("`{}`: {} traces, in {took}", self.dir.display(), entries.len()))?;
        }
        let descending = |of: fn(&Entry) -> Option<u64>| move |entry: &Entry| std::cmp::Reverse(of(entry));
        match self.sort {
            Key::Name => {}
            Key::Started => entries.sort_by(|a, b| b.started.cmp(&a.started)),
            Key::Wall => entries.sort_by_key(descending(|entry| entry.wall_ns)),
            Key::Calls => entries.sort_by_key(descending(|entry| entry.calls)),
            Key::Size => entries.sort_by_key(descending(|entry| Some(entry.size))),
        }
        let mut screen = Screen::new(self.width);
        match self.format {
            Format::Text if entries.is_empty() => {
                let dir = self.dir.display();
                writeln!(screen, "no traces in `{dir}`; `TRACESNAP_SAVE={dir} cargo test` puts some there")?;
            }
            Format::Text => text(&mut screen, &entries)?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut screen, &entries)?;
                writeln!(screen)?;
            }
            Format::Csv => csv(&mut screen, entries)?,
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}

/// The files whose names say that they are traces, A to Z.
fn traces_in(dir: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot list `{}`; give a folder", dir.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        let is_trace = path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            [".trace.json", ".trace.json.gz", ".trace.stream"].iter().any(|end| name.ends_with(end))
        });
        if is_trace && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl Entry {
    /// What is known of a file, and how much of it was read for that.
    fn of(path: &Path, whole: bool) -> (Self, &'static str) {
        let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let size = std::fs::metadata(path).map_or(0, |file| file.len());
        let entry = Self { file, size, ..Self::default() };
        let head = if whole { Ok(None) } else { TraceSummary::peek(path) };
        let (found, read) = match head {
            Ok(Some(summary)) => (Ok(summary), "its head"),
            Ok(None) => (Trace::load(path).map(|trace| trace.summary()), "all of it"),
            Err(error) => (Err(error), "its head"),
        };
        (found.map_or_else(|error| entry.refused(&error), |summary| entry.said(&summary)), read)
    }

    fn said(&self, summary: &TraceSummary) -> Self {
        Self {
            file: self.file.clone(),
            size: self.size,
            started: summary.started.map(rfc3339),
            calls: Some(summary.stats.recorded),
            events: Some(summary.stats.events),
            threads: Some(summary.threads),
            wall_ns: Some(u64::try_from(summary.wall.as_nanos()).unwrap_or(u64::MAX)),
            errors: Some(summary.errors),
            panics: Some(summary.panics),
            complete: Some(summary.stats.is_complete()),
            problem: None,
        }
    }

    fn refused(&self, error: &FileError) -> Self {
        // The file is named beside it, and the remedy can be had by asking for the file.
        let text = error.to_string();
        let problem = text.split_once("` ").map_or(text.as_str(), |(_, problem)| problem);
        let problem = problem.split(';').next().unwrap_or_default().to_owned();
        Self { file: self.file.clone(), size: self.size, problem: Some(problem), ..Self::default() }
    }
}

fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

fn text(screen: &mut Screen, entries: &[Entry]) -> Result<()> {
    let right = Align::Right;
    let mut table = Table::new(&[
        ("started", Align::Left),
        ("wall", right),
        ("calls", right),
        ("failed", right),
        ("size", right),
        ("file", Align::Left),
        ("", Align::Left),
    ]);
    for entry in entries {
        let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
        let failed = entry.errors.zip(entry.panics).map(|(errors, panics)| errors + panics).filter(|&sum| sum > 0);
        let (mark, remark) = match (&entry.problem, entry.complete) {
            (Some(problem), _) => (style::BAD, format!("✗ {problem}")),
            (None, Some(false)) => (style::WARN, "incomplete".to_owned()),
            _ => (style::PLAIN, String::new()),
        };
        let wall = entry.wall_ns.map_or(String::new(), |ns| Time(std::time::Duration::from_nanos(ns)).to_string());
        table.row(vec![
            (style::FAINT, entry.started.clone().unwrap_or_default()),
            (style::PLAIN, wall),
            (style::PLAIN, number(entry.calls)),
            (style::BAD, number(failed)),
            (style::PLAIN, Bytes(entry.size).to_string()),
            (style::NAME, entry.file.clone()),
            (mark, remark),
        ]);
    }
    table.lines().iter().try_for_each(|line| screen.line(line))?;
    Ok(())
}
