//! `tracesnap sessions list`: the recordings of a folder.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde::Serialize;
use tracesnap::tree::{Bytes, Time};
use tracesnap_record::Sets;
use tracesnap_record::file::JOURNAL_EXTENSION;

use super::dir_or_default;
use super::files::{glance, sessions_in};
use crate::commands::Outcome;
use crate::output::{Align, Screen, Table, style};

const EXAMPLES: &str = "\
Examples:
  TEST_MODE=record cargo test
  tracesnap sessions list
  tracesnap sessions list captures --format json";

/// Lists the recordings of a folder: session files, sets that wait for a review, and those that are played back.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// The folder [default: TEST_CAPTURE_DIR, or the user's]
    dir: Option<PathBuf>,
    /// Text or JSON.
    #[arg(short, long, value_enum, default_value_t)]
    format: Form,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
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

impl List {
    pub(super) fn run(self) -> Result<Outcome> {
        let dir = dir_or_default(self.dir)?;
        let mut listing = Listing::default();
        for path in sessions_in(&dir)? {
            let seen = glance(&path);
            let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let head = seen.head.as_ref();
            listing.sessions.push(Entry {
                size: std::fs::metadata(&path).map_or(0, |file| file.len()),
                started: head.map(|head| head.timestamp.to_string()),
                name: head.and_then(|head| head.name.clone()),
                interactions: seen.interactions,
                failed: seen.failed,
                total_ms: seen.total_ms,
                unfinished: file.ends_with(JOURNAL_EXTENSION),
                lost: head.and_then(|head| head.recorded.as_ref()).map_or(0, |recorded| recorded.lost),
                problem: seen.problem,
                file,
            });
        }
        if dir.join("sets").is_dir() {
            let sets = Sets::open(&dir)?;
            for pending in sets.pending()? {
                listing.waiting.push(Waiting {
                    id: pending.id.to_string(),
                    recorded: humantime::format_rfc3339_seconds(pending.time).to_string(),
                    interactions: pending.interactions,
                });
            }
            listing.accepted = sets.names()?;
        }
        let mut screen = Screen::new(self.width);
        match self.format {
            Form::Json => {
                serde_json::to_writer_pretty(&mut screen, &listing)?;
                writeln!(screen)?;
            }
            Form::Text if listing.sessions.is_empty() && listing.waiting.is_empty() && listing.accepted.is_empty() => {
                let dir = dir.display();
                writeln!(
                    screen,
                    "no sessions in `{dir}`; `TEST_CAPTURE_DIR={dir} TEST_MODE=record cargo test` puts some there"
                )?;
            }
            Form::Text => text(&mut screen, &listing)?,
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}

fn text(screen: &mut Screen, listing: &Listing) -> Result<()> {
    let mut table = Table::new(&[
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
        let (mark, remark) = match entry {
            Entry { problem: Some(problem), .. } => (style::BAD, format!("✗ {problem}")),
            Entry { unfinished: true, .. } => (style::WARN, "unfinished".to_owned()),
            Entry { lost: 1.., .. } => (style::WARN, format!("{} lost", entry.lost)),
            _ => (style::PLAIN, String::new()),
        };
        let took = std::time::Duration::try_from_secs_f64(entry.total_ms / 1e3).unwrap_or_default();
        let when_read = |text: String| if is_read { text } else { String::new() };
        table.row(vec![
            (style::FAINT, entry.started.clone().unwrap_or_default()),
            (style::NAME, entry.name.clone().unwrap_or_default()),
            (style::PLAIN, when_read(entry.interactions.to_string())),
            (style::BAD, if entry.failed > 0 { entry.failed.to_string() } else { String::new() }),
            (style::PLAIN, when_read(Time(took).to_string())),
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
