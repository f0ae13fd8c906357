//! `tracesnap trace diff`: what changed from one trace to another, and whether that is too much.

mod fail_on;
mod markdown;
mod text;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use serde::Serialize;
use tracesnap::snapshot::{CostChange, CostKind, CostLimit, TraceDiff};

use super::load::{load, only_one_stdin, tell, warn_of_loss, working};
use super::{ComparedArgs, Limit};
use crate::commands::Outcome;
use crate::output::{Screen, one_line};
use fail_on::{FailOn, Threshold};

const EXAMPLES: &str = "\
Examples:
  tracesnap trace diff before.trace.json after.trace.json
  tracesnap trace diff before.trace.json after.trace.json --fail-on any
  tracesnap trace diff before.trace.json after.trace.json --fail-on added,calls,self=20%+5ms
  tracesnap trace diff before.trace.json after.trace.json --format markdown > comment.md

--fail-on takes, as often as you like:
  any       a call that was added, removed, moved, renamed or changed
  added, removed, moved, renamed, changed
  calls, wall, self, bytes
            the cost of a function grew by more than a limit: calls=5%, wall=10%+1ms, self=20%,
            bytes=10%+4KiB. Of a fraction and an amount, both must be exceeded. Without a limit:
            that of --threshold, otherwise 10%, and 1ms or 1KiB.

JSON: {\"format\": \"tracesnap-diff\", \"version\": 1, ...}: figures of both traces (old, new), a
summary, every change with its kind, its places in both traces and the parts of it that
changed, the costs of every function in both, and what --fail-on found (exceeded).

Exit codes: 0; 1 if there is something that --fail-on names; 2 if a file cannot be read, or if
--fail-on found nothing but a trace misses calls: what it looks for may be among them.";

/// Compares two traces: calls that were added, removed, moved, renamed or changed, and what functions cost.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Diff {
    /// The older trace; `-` is standard input.
    old: PathBuf,
    /// The newer trace; `-` is standard input.
    new: PathBuf,
    /// Exit with 1 if the traces differ so; see below.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<FailOn>,
    /// Let --fail-on judge traces that miss calls, too.
    #[arg(long)]
    allow_incomplete: bool,
    /// Text, JSON, or Markdown for a comment of a CI job.
    #[arg(short, long, value_enum, default_value_t)]
    format: DiffFormat,
    /// Functions whose cost differs by less are not listed, and are nothing to --fail-on where that says no limit:
    /// `10%+1ms`. [default: 10%, and 1ms or 1KiB]
    #[arg(long, value_name = "LIMIT")]
    threshold: Option<Threshold>,
    /// How many lines of the tree, and of the table of costs, are shown; 0 for all. A comment in Markdown stays as short
    /// as it may be.
    #[arg(short = 'n', long, default_value_t = Limit(200), value_name = "N")]
    limit: Limit,
    #[command(flatten)]
    compared: ComparedArgs,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
    /// Take what can be read of a file that is not whole.
    #[arg(long)]
    partial: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For a comment on a change.
    Markdown,
}

/// What is printed, whatever the form.
struct Report<'a> {
    names: [String; 2],
    diff: &'a TraceDiff,
    /// Functions whose cost differs by more than the threshold, the largest difference of self time first.
    costs: Vec<&'a CostChange>,
    /// What `--fail-on` found, a sentence each.
    exceeded: Vec<String>,
    limit: usize,
}

impl Diff {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        only_one_stdin([&self.old, &self.new])?;
        let mut traces = Vec::with_capacity(2);
        for file in [&self.old, &self.new] {
            let trace = load(file, self.partial, verbose)?;
            warn_of_loss(&trace, file)?;
            traces.push(trace);
        }
        let begun = std::time::Instant::now();
        let diff = {
            let is_large = traces.iter().any(|trace| trace.tree().len() > 200_000);
            let _working = is_large.then(|| working("comparing".into()));
            traces[0].diff_with(&traces[1], self.compared.options())
        };
        if verbose {
            tell("compared", &format!("in {}", tracesnap::tree::Time(begun.elapsed())))?;
        }
        let exceeded: Vec<String> =
            self.fail_on.iter().filter_map(|fail_on| fail_on.found_in(&diff, |kind| self.limit_of(kind))).collect();
        let outcome = if exceeded.is_empty() { Outcome::Fine } else { Outcome::Exceeded };
        let report = Report {
            names: [&self.old, &self.new].map(|file| one_line(&file.to_string_lossy())),
            costs: self.costs(&diff),
            diff: &diff,
            exceeded,
            limit: self.limit.lines(),
        };
        let mut screen = Screen::new(self.width);
        match self.format {
            DiffFormat::Text => text::write(&mut screen, &report)?,
            DiffFormat::Json => json(&mut screen, &report)?,
            DiffFormat::Markdown => markdown::write(&mut screen, &report)?,
        }
        screen.finish()?;
        let judged = !self.fail_on.is_empty() && matches!(outcome, Outcome::Fine);
        if judged && !self.allow_incomplete {
            for (trace, file) in traces.iter().zip([&self.old, &self.new]) {
                let loss = trace.stats().loss();
                ensure!(
                    loss.is_none(),
                    "`--fail-on` found nothing, but `{}` is incomplete ({loss}) and may miss it; {}, or give \
                     `--allow-incomplete`",
                    file.display(),
                    loss.remedies().collect::<Vec<_>>().join("; "),
                );
            }
        }
        Ok(outcome)
    }

    fn costs<'d>(&self, diff: &'d TraceDiff) -> Vec<&'d CostChange> {
        diff.differing(|kind| self.limit_of(kind))
    }

    fn limit_of(&self, kind: CostKind) -> CostLimit {
        self.threshold.map_or(CostLimit::default_of(kind), |threshold| threshold.of(kind))
    }
}

fn json(to: &mut impl Write, report: &Report<'_>) -> Result<()> {
    #[derive(Serialize)]
    struct Document<'r> {
        #[serde(flatten)]
        diff: &'r TraceDiff,
        exceeded: &'r [String],
    }
    serde_json::to_writer_pretty(&mut *to, &Document { diff: report.diff, exceeded: &report.exceeded })?;
    writeln!(to)?;
    Ok(())
}

/// A measure for people.
fn figure(kind: CostKind, value: u64) -> String {
    match kind {
        CostKind::Wall | CostKind::SelfTime => {
            tracesnap::tree::Time(std::time::Duration::from_nanos(value)).to_string()
        }
        CostKind::Bytes => tracesnap::tree::Bytes(value).to_string(),
        _ => value.to_string(),
    }
}

/// How much more or less there is: `+50 %`, `new`, `gone`; nothing where nothing changed.
fn growth(cost: tracesnap::snapshot::Compared<u64>) -> String {
    match (cost.old, cost.new, cost.relative()) {
        (old, new, _) if old == new => String::new(),
        (0, ..) => "new".into(),
        (_, 0, _) => "gone".into(),
        (.., Some(share)) if share.abs() >= 10.0 => format!("×{:.0}", share + 1.0),
        (.., Some(share)) => format!("{:+.0} %", share * 100.0),
        _ => String::new(),
    }
}
