//! `tracesnap sessions list`: the recordings of a folder.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use tracesnap::tree::{Bytes, Time};
use tracesnap_record::analysis::TimeRange;
use tracesnap_record::file::JOURNAL_EXTENSION;
use tracesnap_record::report::{Block, Report, Table};

use super::files::glance;
use super::place::Place;
use super::{RangeArgs, ReportArgs};
use crate::commands::Outcome;
use crate::output::{Align, Screen, Table as Columns, style, tell};

const EXAMPLES: &str = "\
Examples:
  TEST_MODE=record cargo test
  tracesnap sessions list
  tracesnap sessions list captures --since 7d --format json
  tracesnap sessions list s3://bucket/captures    # built with `--features s3`";

/// Lists the recordings of a folder: session files, sets that wait for a review, and those that are played back.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// The folder, or a URL of an object store [default: TEST_CAPTURE_DIR, or the user's]
    dir: Option<PathBuf>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    report: ReportArgs,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// All that is in a folder.
#[derive(Debug, Default, Serialize)]
struct Listing {
    sessions: Vec<Entry>,
    waiting: Vec<Waiting>,
    accepted: Vec<String>,
}

/// One file; what is of a session is empty where it cannot be read.
#[derive(Debug, Default, Serialize)]
struct Entry {
    file: String,
    size: u64,
    started: Option<String>,
    name: Option<String>,
    interactions: u64,
    failed: u64,
    total_ms: f64,
    /// Its program was killed, or records still.
    unfinished: bool,
    /// Interactions that could not be kept.
    lost: u64,
    problem: Option<String>,
}

/// A set that waits.
#[derive(Debug, Serialize)]
struct Waiting {
    id: String,
    recorded: String,
    interactions: u64,
}

impl Entry {
    fn took(&self) -> Duration {
        Duration::try_from_secs_f64(self.total_ms / 1e3).unwrap_or_default()
    }

    /// To the second.
    fn began(&self) -> String {
        let text = self.started.as_deref().unwrap_or_default();
        text.split_once('.').map_or_else(|| text.to_owned(), |(seconds, _)| format!("{seconds}Z"))
    }

    fn remark(&self) -> (anstyle::Style, String) {
        match self {
            Self { problem: Some(problem), .. } => (style::BAD, format!("✗ {problem}")),
            Self { unfinished: true, .. } => (style::WARN, "unfinished".to_owned()),
            Self { lost: 1.., .. } => (style::WARN, format!("{} lost", self.lost)),
            _ => (style::PLAIN, String::new()),
        }
    }
}

impl List {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let place = Place::of(self.dir)?;
        let listing = listing(place.folder()?, self.range.range(), verbose)?;
        if !self.report.is_for_terminal() {
            self.report.write(&listing, &report(&listing, &place.to_string()))?;
            return Ok(Outcome::Fine);
        }
        let mut screen = Screen::new(self.width);
        if listing.sessions.is_empty() && listing.waiting.is_empty() && listing.accepted.is_empty() {
            writeln!(
                screen,
                "no sessions in `{place}`; `TEST_CAPTURE_DIR={place} TEST_MODE=record cargo test` puts some there"
            )?;
        } else {
            text(&mut screen, &listing)?;
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}

fn listing(place: &Place, range: TimeRange, verbose: bool) -> Result<Listing> {
    let mut listing = Listing::default();
    for found in place.recordings()? {
        let seen = glance(place.open(&found)?.as_ref());
        let head = seen.head.as_ref();
        // What cannot be read is told, whenever it was recorded.
        if head.is_some_and(|head| !range.contains(head.timestamp)) {
            continue;
        }
        if let Some(head) = head.filter(|_| verbose) {
            tell("read", &format!("`{}`: {}", found.shown, head.title()))?;
        }
        listing.sessions.push(Entry {
            size: found.size,
            started: head.map(|head| head.timestamp.to_string()),
            name: head.and_then(|head| head.name.clone()),
            interactions: seen.interactions,
            failed: seen.failed,
            total_ms: seen.total_ms,
            unfinished: found.name.ends_with(JOURNAL_EXTENSION),
            lost: head.and_then(|head| head.recorded.as_ref()).map_or(0, |recorded| recorded.lost),
            problem: seen.problem,
            file: found.name,
        });
    }
    for pending in place.pending()?.into_iter().filter(|pending| range.contains(pending.time.into())) {
        listing.waiting.push(Waiting {
            id: pending.id.to_string(),
            recorded: humantime::format_rfc3339_seconds(pending.time).to_string(),
            interactions: pending.interactions,
        });
    }
    listing.accepted = place.accepted()?;
    Ok(listing)
}

/// The same for a file or a page.
fn report(listing: &Listing, place: &str) -> Report {
    let columns =
        |names: &[(&str, bool)]| names.iter().map(|&(name, is_number)| (name.to_owned(), is_number)).collect();
    let mut report = Report::default();
    report.title = format!("Recordings in {place}");
    let mut add = |heading: &str, table: Table| {
        if !table.rows.is_empty() {
            report.blocks.extend([Block::Heading(heading.to_owned()), Block::Table(table)]);
        }
    };
    let sessions = listing.sessions.iter().map(|entry| {
        vec![
            entry.began(),
            entry.name.clone().unwrap_or_default(),
            entry.interactions.to_string(),
            entry.failed.to_string(),
            Time(entry.took()).to_string(),
            Bytes(entry.size).to_string(),
            entry.file.clone(),
            entry.remark().1,
        ]
    });
    let names = [("started", false), ("name", false), ("interactions", true), ("failed", true)];
    let more = [("took", true), ("size", true), ("file", false), ("", false)];
    add("Sessions", Table { columns: columns(&[&names[..], &more].concat()), rows: sessions.collect() });
    let waiting =
        listing.waiting.iter().map(|one| vec![one.id.clone(), one.interactions.to_string(), one.recorded.clone()]);
    let names = [("set", false), ("interactions", true), ("recorded", false)];
    add("Waiting for a review", Table { columns: columns(&names), rows: waiting.collect() });
    let accepted = listing.accepted.iter().map(|name| vec![name.clone()]);
    add("Played back", Table { columns: columns(&[("session", false)]), rows: accepted.collect() });
    if report.blocks.is_empty() {
        report.blocks.push(Block::Text("There are none.".to_owned()));
    }
    report
}

fn text(screen: &mut Screen, listing: &Listing) -> Result<()> {
    let mut table = Columns::new(&[
        ("started", Align::Left),
        ("name", Align::Left),
        ("interactions", Align::Right),
        ("failed", Align::Right),
        ("took", Align::Right),
        ("size", Align::Right),
        ("file", Align::Left),
        ("", Align::Left),
    ]);
    for entry in &listing.sessions {
        let is_read = entry.problem.is_none();
        let (mark, remark) = entry.remark();
        let when_read = |text: String| if is_read { text } else { String::new() };
        table.row(vec![
            (style::FAINT, entry.began()),
            (style::NAME, entry.name.clone().unwrap_or_default()),
            (style::PLAIN, when_read(entry.interactions.to_string())),
            (style::BAD, if entry.failed > 0 { entry.failed.to_string() } else { String::new() }),
            (style::PLAIN, when_read(Time(entry.took()).to_string())),
            (style::PLAIN, Bytes(entry.size).to_string()),
            (style::NAME, entry.file.clone()),
            (mark, remark),
        ]);
    }
    if !listing.sessions.is_empty() {
        table.lines().iter().try_for_each(|line| screen.line(line))?;
    }
    if !listing.waiting.is_empty() {
        writeln!(screen, "\nwaiting for `tracesnap sessions review`:")?;
        for one in &listing.waiting {
            writeln!(screen, "  {}  {} interactions, recorded {}", one.id, one.interactions, one.recorded)?;
        }
    }
    if !listing.accepted.is_empty() {
        writeln!(screen, "\nplayed back:")?;
        for name in &listing.accepted {
            writeln!(screen, "  {name}")?;
        }
    }
    Ok(())
}
