//! `tracesnap captures …`: one file a command.

mod audit;
mod diff;
mod export;
mod list;
mod migrate;
mod prune;
mod query;
mod rescrub;
mod review;
mod show;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use tracesnap_capture::{
    Capture, CaptureConfig, CaptureLoader, CaptureSet, Criteria, Document, Error, Options, Settings,
};
use tracesnap_config::Sources;
use tracesnap_redact::Policy;

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
    Review(review::Review),
    Accept(review::Accept),
    Reject(review::Reject),
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
            Self::Review(review) => review.run(),
            Self::Accept(accept) => accept.run(),
            Self::Reject(reject) => reject.run(),
        }
    }
}

/// Where captures lie.
#[derive(Debug, Args)]
pub(super) struct Folder {
    /// The folder of the captures [default: as SNAP_CAPTURE_DEFAULT_PATH or tracesnap.toml says, else `captures`].
    #[arg(short, long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Folder {
    fn open(&self) -> Result<CaptureLoader> {
        self.open_as(|dir| CaptureLoader::open(dir))
    }

    /// The same, if captures are read that are plain where they should be encrypted.
    fn open_with_plain(&self) -> Result<CaptureLoader> {
        self.open_as(|dir| CaptureLoader::open_with_plain(dir))
    }

    fn open_as(&self, open: fn(&PathBuf) -> Result<CaptureLoader, Error>) -> Result<CaptureLoader> {
        let dir = match &self.dir {
            Some(dir) => dir.clone(),
            None => default_dir()?,
        };
        let cannot = || format!("cannot read `{}`; give the folder of the captures: `--dir`", dir.display());
        std::fs::read_dir(&dir).with_context(cannot)?;
        open(&dir).with_context(cannot)
    }
}

/// Where captures lie that nobody has said another folder of.
fn default_dir() -> Result<PathBuf> {
    let sources = Sources::process(tracesnap_capture::config::SECTION)?;
    Ok(Settings::resolve(&Options::NONE, &sources, &CaptureConfig::new())?.path.value)
}

/// What must not be in captures, by the settings of this folder.
fn policy() -> Result<Policy> {
    Ok(tracesnap_redact::settings::policy_for_captures(&Sources::process(tracesnap_redact::settings::SECTION)?)?)
}

/// Which of a folder's captures.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Recorded ones, those that wait for a review, or those that a review accepted.
    #[arg(long, value_enum, default_value = "all")]
    set: Set,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Set {
    /// Whatever there is.
    All,
    /// As they were taken.
    Recorded,
    /// Waiting for a review.
    Pending,
    /// One of each function.
    Accepted,
}

impl Which {
    fn sets(&self) -> Vec<CaptureSet> {
        match self.set {
            Set::All => CaptureSet::ALL.to_vec(),
            Set::Recorded => vec![CaptureSet::Recorded],
            Set::Pending => vec![CaptureSet::Pending],
            Set::Accepted => vec![CaptureSet::Accepted],
        }
    }

    /// The sets in which there is something of the function, or anything, with the names of those functions.
    fn find(&self, loader: &CaptureLoader, one: Option<&str>) -> Result<Vec<Found>> {
        let mut all = Vec::new();
        let mut missing = None;
        for set in self.sets() {
            let loader = loader.of_set(set);
            match functions(&loader, one) {
                Ok(functions) if functions.is_empty() => {}
                Ok(functions) => all.push(Found { set, loader, functions }),
                Err(Error::NotFound { near, .. }) if missing.is_some() && near.is_empty() => {}
                Err(error @ Error::NotFound { .. }) => missing = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        match (one, missing) {
            (Some(_), Some(error)) if all.is_empty() => return Err(error.into()),
            (Some(one), _) => {
                // A name that ends so in one set, and another one in another.
                let mut candidates: Vec<_> = all.iter().flat_map(|found| found.functions.clone()).collect();
                candidates.sort();
                candidates.dedup();
                if candidates.len() > 1 {
                    return Err(Error::Ambiguous { function: one.into(), candidates }.into());
                }
            }
            (None, _) => {}
        }
        Ok(all)
    }
}

/// A set with functions that have captures in it.
struct Found {
    set: CaptureSet,
    loader: CaptureLoader,
    functions: Vec<String>,
}

/// What is said of captures that are not just recorded.
fn mark(set: CaptureSet) -> &'static str {
    if set == CaptureSet::Recorded { "" } else { set.as_str() }
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
fn functions(loader: &CaptureLoader, one: Option<&str>) -> Result<Vec<String>, Error> {
    Ok(match one {
        Some(name) => vec![loader.resolve(name)?],
        None => loader.functions()?,
    })
}

/// One capture of a function: by its index in the first set that has any, or by the beginning of its id in all of them.
fn one(found: &[Found], function: &str, which: &str) -> Result<(CaptureSet, Capture)> {
    // An id has dashes, and is longer than any index.
    let index = which.parse::<usize>().ok().filter(|_| which.len() < 8);
    for Found { set, loader, functions } in found {
        let Some(name) = functions.first() else { continue };
        if let Some(index) = index {
            return Ok((*set, loader.by_index(name, index)?));
        }
        if let Some(first) = loader.find(name, &Criteria::new().id(which))?.next() {
            return Ok((*set, first?));
        }
    }
    bail!("no capture of `{function}` has an id that begins with `{which}`")
}

/// What a document holds of the program: arguments and outcome, without what is known of the call.
fn values(document: &Document) -> Value {
    json!({"args": document.args, "kwargs": document.kwargs, "outcome": document.outcome.as_ref().map(|outcome| &outcome.value)})
}
