//! `tracesnap sessions cleanup`: recordings that nobody needs any more.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use tracesnap::tree::Bytes;
use tracesnap_record::Timestamp;
use tracesnap_record::analysis::TimeRange;
use tracesnap_record::file::JOURNAL_EXTENSION;
use tracesnap_record::recorder::DEFAULT_SETTLED;
use tracesnap_record::report::{Block, Report, Table};
use tracesnap_store::Retention;

use super::place::{Found, Place};
use super::{ReportArgs, age};
use crate::commands::Outcome;
use crate::output::{one_line, tell};

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions cleanup --older-than 7d --dry-run
  tracesnap sessions cleanup captures --keep 100 --max-size '500 MB'
  tracesnap sessions cleanup captures --older-than 30d --pending
  tracesnap sessions cleanup s3://bucket/captures --older-than 90d    # built with `--features s3`

What is played back is never removed, nor is a session that is being recorded. Of large bodies,
which lie beside the sessions, those go that nothing refers to any more, once they are an hour
old. To know which, everything else below a URL is read.";

/// Removes session files by age, number and size, oldest first, and large bodies that nothing refers to.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Cleanup {
    /// The folder, or a URL of an object store [default: TEST_CAPTURE_DIR, or the user's]
    dir: Option<PathBuf>,
    /// What is older: `12h`, `7d`.
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    /// All but so many.
    #[arg(long, value_name = "NUMBER")]
    keep: Option<usize>,
    /// What is beyond this size: `500 MB`, `1 GiB`.
    #[arg(long, value_name = "SIZE")]
    max_size: Option<Retention>,
    /// Only sessions that were written later: an age (`12h`, `7d`) or a time (`2026-02-03T04:05:06Z`).
    #[arg(long, value_name = "WHEN", value_parser = super::moment)]
    since: Option<Timestamp>,
    /// Only sessions that were written earlier, likewise.
    #[arg(long, value_name = "WHEN", value_parser = super::moment)]
    until: Option<Timestamp>,
    /// Also sets that wait for a review and are older than --older-than.
    #[arg(long, requires = "older_than")]
    pending: bool,
    /// Say what would be removed, and remove nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    report: ReportArgs,
}

/// What was removed, or would be.
#[derive(Debug, Default, Serialize)]
struct Removed {
    dry_run: bool,
    sessions: Vec<String>,
    bytes: u64,
    sets: Vec<String>,
    blobs: Vec<String>,
    blob_bytes: u64,
    /// Bodies that nothing refers to yet, and that may be of a session that is being recorded.
    unsettled_blobs: u64,
    failed: Vec<String>,
}

impl Cleanup {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        if self.older_than.is_none() && self.keep.is_none() && self.max_size.is_none() && self.until.is_none() {
            bail!("say what may go: `--older-than 7d`, `--until 2026-02-03`, `--keep 100` or `--max-size '500 MB'`");
        }
        let place = Place::of(self.dir.clone())?;
        let planned = self.plan(place.folder()?)?;
        let mut removed = Removed { dry_run: self.dry_run, ..Removed::default() };
        for found in &planned {
            let result = if self.dry_run { Ok(()) } else { place.remove(found) };
            match result {
                Ok(()) => {
                    removed.sessions.push(found.shown.clone());
                    removed.bytes += found.size;
                }
                Err(error) => removed.failed.push(format!("{error:#}")),
            }
        }
        if let (true, Some(age)) = (self.pending, self.older_than) {
            for one in place.pending()? {
                if one.time.elapsed().is_ok_and(|elapsed| elapsed > age) {
                    if !self.dry_run {
                        place.reject(&one.id)?;
                    }
                    removed.sets.push(one.id.to_string());
                }
            }
        }
        // Last, since these are kept by what went before.
        let swept = place.sweep(&planned, self.dry_run)?;
        removed.blobs = swept.removed.iter().map(|blob| blob.path.display().to_string()).collect();
        removed.blob_bytes = swept.bytes;
        removed.unsettled_blobs = swept.unsettled;
        let failed = swept.failed.iter().map(|(path, error)| format!("cannot remove `{}`: {error}", path.display()));
        removed.failed.extend(failed);
        for failed in &removed.failed {
            tell("warning", &format!("{failed}; it stays"))?;
        }
        if !self.report.is_for_terminal() {
            self.report.write(&removed, &report(&removed))?;
            return Ok(Outcome::Fine);
        }
        let mut out = anstream::stdout().lock();
        for path in removed.sessions.iter().chain(&removed.blobs).filter(|_| self.dry_run) {
            writeln!(out, "{}", one_line(path))?;
        }
        if verbose && !self.dry_run {
            removed.sessions.iter().chain(&removed.blobs).try_for_each(|path| tell("removed", path))?;
        }
        lines(&removed).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        Ok(Outcome::Fine)
    }

    /// The recordings that are to go, oldest first.
    fn plan(&self, place: &Place) -> Result<Vec<Found>> {
        let range = TimeRange::new(self.since, self.until);
        let mut all: Vec<Found> = place.recordings()?;
        all.retain(|found| range.contains(found.modified.into()));
        let mut retention = self.max_size.unwrap_or(Retention::ALL);
        if let Some(age) = self.older_than {
            retention = retention.max_age(age);
        }
        if let Some(most) = self.keep {
            retention = retention.max_files(most);
        }
        if retention == Retention::ALL {
            // Only a time was said: all of it.
            retention = retention.max_files(0);
        }
        // The rule is one of folders. One with files of these names, sizes and times, and nothing in them, is as good.
        let mirror = tempfile::tempdir()?;
        for (at, found) in all.iter().enumerate() {
            let file = File::create(mirror.path().join(at.to_string()))?;
            file.set_len(found.size)?;
            file.set_modified(found.modified)?;
        }
        let planned = retention.plan(mirror.path(), |_| true)?;
        let numbers = planned.iter().filter_map(|path| path.file_name()?.to_str()?.parse::<usize>().ok());
        // A journal that was written lately is of a session that is being recorded.
        let is_open = |found: &Found| {
            let is_young = found.modified.elapsed().is_ok_and(|elapsed| elapsed < DEFAULT_SETTLED);
            found.name.ends_with(JOURNAL_EXTENSION) && is_young
        };
        Ok(numbers.map(|at| all[at].clone()).filter(|found| !is_open(found)).collect())
    }
}

fn lines(removed: &Removed) -> Vec<String> {
    let word = if removed.dry_run { "would remove" } else { "removed" };
    let mut lines = vec![format!("{word} {}, {}", count(removed.sessions.len(), "session file"), Bytes(removed.bytes))];
    if !removed.sets.is_empty() {
        lines.push(format!("{word} {} that waited", count(removed.sets.len(), "set")));
    }
    if !removed.blobs.is_empty() {
        let blobs = count(removed.blobs.len(), "large body").replace("bodys", "bodies");
        lines.push(format!("{word} {blobs} that nothing refers to, {}", Bytes(removed.blob_bytes)));
    }
    if removed.unsettled_blobs > 0 {
        let blobs = count(removed.unsettled_blobs as usize, "large body").replace("bodys", "bodies");
        lines.push(format!("{blobs} may be of a session that is being recorded, or was until a short while ago"));
    }
    lines
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn report(removed: &Removed) -> Report {
    let mut report = Report::default();
    report.title = lines(removed).swap_remove(0);
    report.blocks.extend(lines(removed).drain(1..).map(Block::Text));
    let tables = [("Sessions", &removed.sessions), ("Sets", &removed.sets), ("Large bodies", &removed.blobs)];
    for (heading, names) in tables.into_iter().filter(|(_, names)| !names.is_empty()) {
        let rows = names.iter().map(|name| vec![name.clone()]).collect();
        let table = Table { columns: vec![("name".to_owned(), false)], rows };
        report.blocks.extend([Block::Heading(heading.to_owned()), Block::Table(table)]);
    }
    report
}
