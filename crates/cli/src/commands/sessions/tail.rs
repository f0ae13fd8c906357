//! `tracesnap sessions tail`: a session while it is recorded.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use tracesnap_record::Timestamp;
use tracesnap_record::analysis::{Live, LiveView};
use tracesnap_record::file::{EXTENSION, JOURNAL_EXTENSION, JournalTail};

use super::{age, dir_or_default};
use crate::commands::Outcome;
use crate::output::{one_line, tell};

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions tail                          # the latest of TEST_CAPTURE_DIR
  tracesnap sessions tail captures --interval 5s
  tracesnap sessions tail checkout --once          # by its name: as it is now
  tracesnap sessions tail captures --format json | jq .recent_rate

Outliers are operations that take more than twice their usual time, or fail more often than
ever, beside earlier sessions of the same name; three of them must be there.";

/// Looks at a session while it is recorded: rates, percentiles, errors, and what is otherwise than in earlier sessions.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Tail {
    /// A journal, a folder, or the name or id of a session [default: TEST_CAPTURE_DIR, or the user's]
    session: Option<PathBuf>,
    /// Say how it is now, and end.
    #[arg(long)]
    once: bool,
    /// How often to look.
    #[arg(long, value_name = "TIME", value_parser = age, default_value = "1s")]
    interval: Duration,
    /// Text, or a line of JSON each time.
    #[arg(short, long, value_enum, default_value_t)]
    format: Form,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// A line of JSON.
#[derive(Serialize)]
struct Told<'v> {
    session: &'v str,
    name: Option<&'v str>,
    /// The session has ended.
    finished: bool,
    /// What cannot be read at the end of the journal.
    unread: Option<&'v str>,
    #[serde(flatten)]
    view: &'v LiveView,
}

/// What was told already.
#[derive(Default)]
struct Before {
    count: u64,
    outliers: BTreeSet<(String, String, &'static str)>,
    errors: BTreeSet<(String, String, String)>,
}

impl Tail {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let Some(journal) = self.find()? else { return Ok(Outcome::Fine) };
        let mut tail = JournalTail::open(&journal)?;
        while tail.head()?.is_none() {
            if self.once || tail.is_over() {
                bail!("`{}` has no head yet: its session has just begun, or its program was killed", journal.display());
            }
            std::thread::sleep(self.interval);
        }
        let Some(head) = tail.head()?.cloned() else { bail!("`{}` has no head", journal.display()) };
        let mut live = Live::new();
        live.begin(&head);
        for path in earlier(&journal, head.title()) {
            match live.earlier(&path) {
                Ok(()) if verbose => tell("read", &format!("`{}`, to compare with", path.display()))?,
                Ok(()) => {}
                Err(error) => tell("warning", &format!("{error}; it is not compared with"))?,
            }
        }
        let mut out = anstream::stdout();
        let mut before = Before::default();
        if self.format == Form::Text && !self.once {
            let compared = live.look(Timestamp::now()).earlier_sessions;
            writeln!(out, "{} since {}, beside {compared} earlier sessions", one_line(head.title()), head.timestamp)?;
        }
        loop {
            // Looked at before it is read: what was sealed until the end is read then.
            let is_over = tail.is_over();
            tail.read(|interaction| live.add(&interaction))?;
            let view = live.look(Timestamp::now());
            let is_last = self.once || is_over;
            match self.format {
                Form::Json => {
                    let (session, name) = (head.session_id.as_str(), head.name.as_deref());
                    let told = Told { session, name, finished: is_over, unread: tail.unread(), view: &view };
                    serde_json::to_writer(&mut out, &told)?;
                    writeln!(out)?;
                }
                Form::Text if is_last => {
                    write!(out, "{}", view.report().to_text())?;
                    if is_over {
                        writeln!(out, "\nthe session has ended")?;
                    } else if let Some(why) = tail.unread() {
                        writeln!(out, "\nthe journal ends with what cannot be read: {why}")?;
                    }
                }
                Form::Text => before.tell(&mut out, &view)?,
            }
            out.flush()?;
            if is_last {
                return Ok(Outcome::Fine);
            }
            std::thread::sleep(self.interval);
        }
    }

    /// The journal that was meant, or the next one that begins in a folder; `None` where it is not to be waited for.
    fn find(&self) -> Result<Option<PathBuf>> {
        let given = self.session.clone();
        if let Some(path) = given.as_ref().filter(|path| path.is_file()) {
            if !path.to_string_lossy().ends_with(JOURNAL_EXTENSION) {
                bail!("`{}` is not being recorded; `tracesnap sessions analyze` says what is in it", path.display());
            }
            return Ok(Some(path.clone()));
        }
        let named = given.as_ref().filter(|path| !path.is_dir() && path.components().count() == 1);
        let name = named.and_then(|path| path.to_str()).map(str::to_owned);
        let dir = if name.is_some() { dir_or_default(None)? } else { dir_or_default(given)? };
        if !dir.is_dir() {
            bail!("`{}` is no folder; `TEST_CAPTURE_DIR` or an argument says where recordings lie", dir.display());
        }
        let mut is_told = false;
        loop {
            if let Some(journal) = newest(&dir, name.as_deref())? {
                return Ok(Some(journal));
            }
            let what = name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
            if self.once {
                bail!("no session{what} is being recorded in `{}`", dir.display());
            }
            if !std::mem::replace(&mut is_told, true) {
                tell("waiting", &format!("for a session{what} to begin in `{}`", dir.display()))?;
            }
            std::thread::sleep(self.interval.min(Duration::from_secs(1)));
        }
    }
}

impl Before {
    /// A line, and what is new.
    fn tell(&mut self, out: &mut impl Write, view: &LiveView) -> Result<()> {
        if view.total.count != std::mem::replace(&mut self.count, view.total.count) {
            writeln!(out, "{}", view.line())?;
        }
        for error in &view.errors {
            let key = (error.service.clone(), error.operation.clone(), error.pattern.clone());
            if self.errors.insert(key) {
                let (service, operation) = (&error.service, &error.operation);
                writeln!(out, "  {}", one_line(&format!("error: {service} {operation}: {}", error.example)))?;
            }
        }
        let now = view.outliers.iter().map(|one| (one.service.clone(), one.operation.clone(), one.what)).collect();
        for (outlier, key) in view
            .outliers
            .iter()
            .zip(view.outliers.iter().map(|one| (one.service.clone(), one.operation.clone(), one.what)))
        {
            if !self.outliers.contains(&key) {
                writeln!(out, "  {}", one_line(&format!("outlier: {outlier}")))?;
            }
        }
        self.outliers = now;
        Ok(())
    }
}

/// The journal of a folder that was begun last: ids of sessions sort by time.
fn newest(dir: &Path, name: Option<&str>) -> Result<Option<PathBuf>> {
    let mut found: Option<(Timestamp, PathBuf)> = None;
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with(JOURNAL_EXTENSION) {
            continue;
        }
        // One that ended meanwhile, or whose head is not written yet, is none.
        let Ok(mut tail) = JournalTail::open(&path) else { continue };
        let Ok(Some(head)) = tail.head() else { continue };
        let is_meant = name.is_none_or(|name| head.title() == name || head.session_id == name);
        if is_meant && found.as_ref().is_none_or(|(time, _)| head.timestamp > *time) {
            found = Some((head.timestamp, path));
        }
    }
    Ok(found.map(|(_, path)| path))
}

/// Session files beside a journal that are of the same name, A to Z: the last fifty.
fn earlier(journal: &Path, name: &str) -> Vec<PathBuf> {
    const MOST: usize = 50;
    let dir = journal
        .parent()
        .map_or_else(|| Path::new("."), |dir| if dir.as_os_str().is_empty() { Path::new(".") } else { dir });
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(EXTENSION) && is_of(path, name))
        .collect();
    found.sort();
    found.split_off(found.len().saturating_sub(MOST))
}

/// Whether a session has this name, by what stands before its interactions.
fn is_of(path: &Path, name: &str) -> bool {
    let head = tracesnap_record::file::read_each(path, |_| std::ops::ControlFlow::Break(()));
    head.is_ok_and(|head| head.title() == name)
}
