//! `tracesnap trace export`: a trace as a file for somebody's viewer.

use std::io::Write;
use std::iter;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use tracesnap::Trace;
use tracesnap::export::{Export, Format, diff_flame_graph};

use super::load::{is_stdin, load, only_one_stdin, tell, warn_of_loss, working};
use super::write::write;
use crate::commands::Outcome;

const EXAMPLES: &str = "\
Examples:
  tracesnap trace export run.trace.json --to chrome            # for https://ui.perfetto.dev
  tracesnap trace export run.trace.json --to svg -o flame.svg
  tracesnap trace export run.trace.json --to svg --against before.trace.json -o slower.svg
  tracesnap trace export run.trace.json --to dot -o - | dot -Tsvg > graph.svg";

/// Exports a trace to a file for a viewer: Perfetto, the Firefox Profiler, speedscope, flame graphs, Graphviz, a
/// spreadsheet, a collector.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExportCommand {
    /// The trace file; `-` is standard input.
    file: PathBuf,
    /// The form of the file.
    #[arg(long, value_enum, value_name = "FORMAT")]
    to: To,
    /// Where it goes; `-` is standard output. [default: named after the trace and the format, in this folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// With `svg`: an older trace, whose self times are compared. Red takes longer now, blue is faster.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// With `otlp`: what the collector calls the service. [default: tracesnap]
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Take what can be read of a file that is not whole.
    #[arg(long)]
    partial: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// Trace events: https://ui.perfetto.dev, chrome://tracing.
    #[value(alias = "perfetto")]
    Chrome,
    /// https://profiler.firefox.com
    Firefox,
    /// https://www.speedscope.app
    Speedscope,
    /// Folded stacks of self time, for flame graph tools.
    Folded,
    /// A flame graph, for any browser.
    #[value(alias = "flamegraph")]
    Svg,
    /// The call graph, for Graphviz.
    Dot,
    /// A line for each call and event, for spreadsheets.
    Csv,
    /// OTLP as JSON lines, for an OpenTelemetry collector.
    Otlp,
}

impl To {
    /// `None` for what is no format of the tracer itself.
    fn format(self) -> Option<Format> {
        Some(match self {
            Self::Chrome => Format::Chrome,
            Self::Firefox => Format::Firefox,
            Self::Speedscope => Format::Speedscope,
            Self::Folded => Format::Folded,
            Self::Svg => Format::FlameGraph,
            Self::Dot => Format::Dot,
            Self::Csv => Format::Csv,
            Self::Otlp => return None,
        })
    }

    fn extension(self) -> &'static str {
        self.format().map_or("otlp.json", Format::extension)
    }

    fn opens_in(self) -> &'static str {
        self.format().map_or("the file receiver of an OpenTelemetry collector", Format::opens_in)
    }
}

impl ExportCommand {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        if self.against.is_some() && self.to != To::Svg {
            bail!("`--against` compares flame graphs; give it with `--to svg`, or see `tracesnap trace diff`");
        }
        if self.service.is_some() && self.to != To::Otlp {
            bail!("`--service` is what a collector calls the service; give it with `--to otlp`");
        }
        only_one_stdin(iter::once(&self.file).chain(&self.against))?;
        let trace = load(&self.file, self.partial, verbose)?;
        warn_of_loss(&trace, &self.file)?;
        let older = self.against.as_ref().map(|file| load(file, self.partial, verbose)).transpose()?;
        let name = name_of(&self.file);
        let output = match &self.output {
            Some(output) => output.clone(),
            None => PathBuf::from(format!("{name}.{}", self.to.extension())),
        };
        let _working = (trace.tree().len() > 100_000).then(|| working(format!("writing {}", output.display())));
        let read: Vec<&Path> = iter::once(&self.file).chain(&self.against).map(PathBuf::as_path).collect();
        write(&output, &read, |mut to| self.write(&trace, older.as_ref(), &name, &mut to))?;
        if output == Path::new("-") {
            return Ok(Outcome::Fine);
        }
        tell("wrote", &format!("`{}`; opens in {}", output.display(), self.to.opens_in()))?;
        Ok(Outcome::Fine)
    }

    fn write(&self, trace: &Trace, older: Option<&Trace>, name: &str, to: &mut impl Write) -> Result<()> {
        match (self.to.format(), older) {
            (_, Some(older)) => diff_flame_graph(older.tree(), trace.tree(), to)?,
            (Some(format), None) => Export::of(trace.tree()).stats(trace.stats()).name(name).write(format, to)?,
            (None, None) => {
                let resource = tracesnap_otlp::Resource::new(self.service.as_deref().unwrap_or("tracesnap"));
                tracesnap_otlp::write_json(trace, &resource, to)?;
            }
        }
        Ok(())
    }
}

/// The name of a trace file without what says that it is one.
pub(super) fn name_of(file: &Path) -> String {
    if is_stdin(file) {
        return "trace".into();
    }
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.strip_suffix(".trace").unwrap_or(name).to_owned()
}
