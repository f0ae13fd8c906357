//! `tracesnap trace report`: a trace as a page for a browser.

use std::iter;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use super::ComparedArgs;
use super::export::name_of;
use super::load::{load, only_one_stdin, tell, warn_of_loss, working};
use super::write::write;
use crate::commands::Outcome;

const EXAMPLES: &str = "\
Examples:
  tracesnap trace report run.trace.json                        # run.html
  tracesnap trace report run.trace.json -o report.html
  tracesnap trace report after.trace.json --against before.trace.json -o changes.html";

/// Makes a page of a trace: call tree, flame chart, functions, call graph. One file, which needs no network.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportCommand {
    /// The trace file; `-` is standard input.
    file: PathBuf,
    /// Where it goes; `-` is standard output. [default: named after the trace, in this folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// An older trace: the page has a view of what changed since.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// What the page is called. [default: the name of the trace]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    compared: ComparedArgs,
    /// Take what can be read of a file that is not whole.
    #[arg(long)]
    partial: bool,
}

impl ReportCommand {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        if self.against.is_none() && self.compared.is_given() {
            bail!(
                "`--no-events`, `--ignore-modules` and `--exact-values` say how two traces are compared; give `--against`"
            );
        }
        only_one_stdin(iter::once(&self.file).chain(&self.against))?;
        let trace = load(&self.file, self.partial, verbose)?;
        warn_of_loss(&trace, &self.file)?;
        let older = match &self.against {
            Some(file) => {
                let older = load(file, self.partial, verbose)?;
                warn_of_loss(&older, file)?;
                Some((older, name_of(file)))
            }
            None => None,
        };
        let title = self.title.clone().unwrap_or_else(|| name_of(&self.file));
        let output = self.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.html", name_of(&self.file))));
        let _working = (trace.tree().len() > 50_000).then(|| working(format!("writing {}", output.display())));
        let mut report = trace.report().title(title);
        if let Some((older, name)) = &older {
            report = report.compare_with(older.report().title(name.as_str()), self.compared.options());
        }
        let read: Vec<&Path> = iter::once(&self.file).chain(&self.against).map(PathBuf::as_path).collect();
        write(&output, &read, |to| Ok(report.write_to(to)?))?;
        if output == Path::new("-") {
            return Ok(Outcome::Fine);
        }
        tell("wrote", &format!("`{}`; opens in any browser", output.display()))?;
        Ok(Outcome::Fine)
    }
}
