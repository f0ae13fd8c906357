//! `tracesnap sessions …`: one file a command. A new one is a module here, a variant below, and a line in `run`.

mod analyze;
mod baseline;
mod brief;
mod cleanup;
mod compare;
mod exchange;
#[cfg(feature = "object-store")]
mod far;
mod files;
mod list;
mod place;
#[cfg(feature = "http")]
mod proxy;
mod query;
mod review;
mod rows;
mod show;
mod tail;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use tracesnap_config::Sources;
use tracesnap_record::Timestamp;
use tracesnap_record::analysis::TimeRange;
use tracesnap_record::report::Report;

pub(crate) use files::files_of;

use super::Outcome;
use crate::output::{refuse_existing, tell, write_file};

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    List(list::List),
    Show(show::Show),
    Tail(tail::Tail),
    Analyze(analyze::Analyze),
    Compare(compare::Compare),
    Baseline(baseline::Baseline),
    Review(review::Review),
    Accept(review::Accept),
    Reject(review::Reject),
    Cleanup(cleanup::Cleanup),
    Import(exchange::Import),
    Export(exchange::Export),
    Query(query::Query),
    #[cfg(feature = "http")]
    Proxy(proxy::Proxy),
    #[cfg(feature = "http")]
    Serve(proxy::Serve),
}

impl SessionsCommand {
    pub(crate) fn run(self, verbose: bool) -> Result<Outcome> {
        match self {
            Self::List(list) => list.run(verbose),
            Self::Show(show) => show.run(),
            Self::Tail(tail) => tail.run(verbose),
            Self::Analyze(analyze) => analyze.run(verbose),
            Self::Compare(compare) => compare.run(verbose),
            Self::Baseline(baseline) => baseline.run(verbose),
            Self::Review(review) => review.run(),
            Self::Accept(accept) => accept.run(),
            Self::Reject(reject) => reject.run(),
            Self::Cleanup(cleanup) => cleanup.run(verbose),
            Self::Import(import) => import.run(),
            Self::Export(export) => export.run(),
            Self::Query(query) => query.run(),
            #[cfg(feature = "http")]
            Self::Proxy(proxy) => proxy.run(),
            #[cfg(feature = "http")]
            Self::Serve(serve) => serve.run(),
        }
    }
}

/// The folder that was given, or else the one that recordings go to.
fn dir_or_default(dir: Option<PathBuf>) -> Result<PathBuf> {
    match dir {
        Some(dir) => Ok(dir),
        None => Ok(tracesnap_record::config::dir(&Sources::process(tracesnap_record::config::SECTION)?)?.value),
    }
}

/// Which interactions count.
#[derive(Debug, Args)]
struct RangeArgs {
    /// Only what began later: an age (`12h`, `7d`) or a time (`2026-02-03T04:05:06Z`).
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    since: Option<Timestamp>,
    /// Only what began earlier, likewise.
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    until: Option<Timestamp>,
}

impl RangeArgs {
    fn range(&self) -> TimeRange {
        TimeRange::new(self.since, self.until)
    }
}

/// An age before now, or a time.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(age) = humantime::parse_duration(text) {
        let time = SystemTime::now().checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        return Ok(time.into());
    }
    let date = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    date.parse().map_err(|_| format!("`{text}` is neither an age (`12h`, `7d`) nor a time (`2026-02-03T04:05:06Z`)"))
}

fn age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| format!("`{text}` is no age; write `12h`, `7d` or `2weeks`"))
}

/// In which form, and where to.
#[derive(Debug, Args)]
struct ReportArgs {
    /// Text, JSON, Markdown or a page [default: by the name of --output, else text]
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// A file instead of standard output, written whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
    /// For a comment on a change.
    #[value(alias = "md")]
    Markdown,
    /// A page with plots, in one file.
    Html,
}

impl ReportArgs {
    fn format(&self) -> Format {
        self.format.unwrap_or_else(|| {
            let extension = self.output.as_deref().and_then(Path::extension).unwrap_or_default();
            match extension.to_str().unwrap_or_default() {
                "json" => Format::Json,
                "md" | "markdown" => Format::Markdown,
                "html" | "htm" => Format::Html,
                _ => Format::Text,
            }
        })
    }

    /// Text, and no file: what can be fitted to a terminal.
    fn is_for_terminal(&self) -> bool {
        self.format() == Format::Text && self.output.as_deref().is_none_or(|path| path == Path::new("-"))
    }

    fn write(&self, data: &impl Serialize, report: &Report) -> Result<()> {
        let text = match self.format() {
            Format::Text => report.to_text(),
            Format::Json => serde_json::to_string_pretty(data)? + "\n",
            Format::Markdown => report.to_markdown(),
            Format::Html => report.to_html(),
        };
        match &self.output {
            Some(path) if path != Path::new("-") => {
                write_file(path, text.as_bytes())?;
                tell("wrote", &format!("`{}`", path.display()))
            }
            _ => Ok(std::io::stdout().lock().write_all(text.as_bytes())?),
        }
    }
}
