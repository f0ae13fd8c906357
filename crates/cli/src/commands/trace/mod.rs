//! `tracesnap trace …`: one file a command. A new one is a module here, a variant below, and a line in `run`.

mod diff;
mod export;
mod list;
mod load;
mod report;
mod show;
mod top;
mod write;

use std::collections::BTreeSet;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use tracesnap::filter::Modules;
use tracesnap::snapshot::DiffOptions;
use tracesnap::tree::CallTree;

use super::Outcome;

/// Modules named where none was matched.
const MOST_NAMED: usize = 16;

#[derive(Debug, Subcommand)]
pub(crate) enum TraceCommand {
    Show(show::Show),
    Top(top::Top),
    List(list::List),
    Diff(diff::Diff),
    Report(report::ReportCommand),
    Export(export::ExportCommand),
}

impl TraceCommand {
    pub(crate) fn run(self, verbose: bool) -> Result<Outcome> {
        match self {
            Self::Show(show) => show.run(verbose),
            Self::Top(top) => top.run(verbose),
            Self::List(list) => list.run(verbose),
            Self::Diff(diff) => diff.run(verbose),
            Self::Report(report) => report.run(verbose),
            Self::Export(export) => export.run(verbose),
        }
    }
}

/// In which form calls or functions are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs; times are nanoseconds.
    Json,
    /// For spreadsheets; times are nanoseconds.
    Csv,
}

/// How a listing is written.
#[derive(Debug, Args)]
pub(super) struct OutputArgs {
    /// Text, JSON or CSV.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// How many lines are shown: 0 for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit(pub(super) usize);

impl Limit {
    pub(super) fn lines(self) -> usize {
        if self.0 == 0 { usize::MAX } else { self.0 }
    }
}

impl std::str::FromStr for Limit {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The choice of modules, in the words of the tracer.
#[derive(Debug, Args)]
pub(super) struct ModuleArgs {
    /// Only calls of these modules: `shop::**` (and all below), `shop::*` (one level), `!shop::db` (not that one),
    /// `re:PATTERN` [default: all]
    #[arg(short, long, value_name = "PATTERN", value_delimiter = ',', allow_hyphen_values = true)]
    modules: Vec<String>,
}

impl ModuleArgs {
    /// `None` where every module is wanted.
    pub(super) fn parse(&self) -> Result<Option<Modules>> {
        if self.modules.is_empty() { Ok(None) } else { Ok(Some(Modules::parse(&self.modules)?)) }
    }

    /// Where no module of the trace is among those chosen: what there is to choose from.
    pub(super) fn unmatched(&self, tree: &CallTree) -> Result<Option<String>> {
        let Some(modules) = self.parse()? else { return Ok(None) };
        let sites = || tree.calls().map(|call| call.callsite());
        if sites().any(|site| modules.matches(&site.module, &site.target)) {
            return Ok(None);
        }
        let found: BTreeSet<&str> = sites().map(|site| &*site.module).collect();
        let named: Vec<&str> = found.iter().copied().take(MOST_NAMED).collect();
        let more = if found.len() > MOST_NAMED { ", …" } else { "" };
        Ok(Some(format!("`--modules` matches none of: {}{more}", named.join(", "))))
    }
}

/// What is looked at when two traces are compared.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct ComparedArgs {
    /// Leave events out of the comparison.
    #[arg(long)]
    no_events: bool,
    /// Take functions of one name in different modules for the same.
    #[arg(long)]
    ignore_modules: bool,
    /// Tell apart pointers, socket addresses, UUIDs and clock readings, which count as equal otherwise.
    #[arg(long)]
    exact_values: bool,
}

impl ComparedArgs {
    pub(super) fn options(self) -> DiffOptions {
        DiffOptions::default().events(!self.no_events).modules(!self.ignore_modules).placeholders(!self.exact_values)
    }

    /// Whether any of them was given.
    pub(super) fn is_given(self) -> bool {
        self.no_events || self.ignore_modules || self.exact_values
    }
}
