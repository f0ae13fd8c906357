//! `tracesnap captures …`: one file a command.

mod audit;
mod diff;
mod export;
mod list;
mod migrate;
mod prune;
mod query;
mod rescrub;
mod show;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tracesnap_capture::{Capture, CaptureLoader, Criteria, Document};

use super::Outcome;

#[derive(Debug, Subcommand)]
pub(crate) enum CapturesCommand {
    List(list::List),
    Show(show::Show),
    Diff(diff::Diff),
    Prune(prune::Prune),
    Audit(audit::Audit),
    Rescrub(rescrub::Rescrub),
    Migrate(migrate::Migrate),
    Export(export::Export),
    Query(query::Query),
}

impl CapturesCommand {
    pub(crate) fn run(self) -> Result<Outcome> {
        match self {
            Self::List(list) => list.run(),
            Self::Show(show) => show.run(),
            Self::Diff(diff) => diff.run(),
            Self::Prune(prune) => prune.run(),
            Self::Audit(audit) => audit.run(),
            Self::Rescrub(rescrub) => rescrub.run(),
            Self::Migrate(migrate) => migrate.run(),
            Self::Export(export) => export.run(),
            Self::Query(query) => query.run(),
        }
    }
}

/// Where captures lie.
#[derive(Debug, Args)]
pub(super) struct Folder {
    /// The folder of the captures.
    #[arg(short, long, value_name = "DIR", default_value = "captures", env = "SNAP_CAPTURE_DEFAULT_PATH")]
    dir: PathBuf,
}

impl Folder {
    fn open(&self) -> Result<CaptureLoader> {
        let cannot = || format!("cannot read `{}`; give the folder of the captures: `--dir`", self.dir.display());
        std::fs::read_dir(&self.dir).with_context(cannot)?;
        CaptureLoader::open(&self.dir).with_context(cannot)
    }
}

/// Which captures of a function.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Only those for which this holds: `outcome=error`, `thread=main`, `tag.release=1.2`, `after=2026-01-02T03:04:05Z`,
    /// `customer_id=7`, `items[*].sku=A`; several of them with commas.
    #[arg(short, long = "where", value_name = "CRITERIA", default_value = "", hide_default_value = true)]
    criteria: Criteria,
}

/// The function that is meant, or all that there are.
fn functions(loader: &CaptureLoader, one: Option<&str>) -> Result<Vec<String>> {
    Ok(match one {
        Some(name) => vec![loader.resolve(name)?],
        None => loader.functions()?,
    })
}

/// One capture of a function: by its index, or by the beginning of its id.
fn one(loader: &CaptureLoader, function: &str, which: &str) -> Result<Capture> {
    // An id has dashes, and is longer than any index.
    if let Ok(index) = which.parse::<usize>()
        && which.len() < 8
    {
        return Ok(loader.by_index(function, index)?);
    }
    let mut found = loader.find(function, &Criteria::new().id(which))?;
    let first =
        found.next().with_context(|| format!("no capture of `{function}` has an id that begins with `{which}`"))?;
    Ok(first?)
}

/// What a document holds of the program: arguments and outcome, without what is known of the call.
fn values(document: &Document) -> Value {
    json!({"args": document.args, "kwargs": document.kwargs, "outcome": document.outcome.as_ref().map(|outcome| &outcome.value)})
}
