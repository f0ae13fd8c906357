//! `tracesnap trace show`: the calls of a trace, as a tree with what each of them took.

mod data;
mod text;
mod view;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::load::{load, warn_of_loss};
use super::{Format, Limit, ModuleArgs, OutputArgs};
use crate::commands::Outcome;
use crate::output::Screen;

const EXAMPLES: &str = "\
Examples:
  tracesnap trace show run.trace.json
  tracesnap trace show run.trace.json --min-duration 1ms --max-depth 3
  tracesnap trace show run.trace.json --modules 'shop::**,!shop::db' --sort wall
  tracesnap trace show run.trace.json --flat --sort self --limit 20
  tracesnap trace show run.trace.json --columns start,thread,module
  tracesnap trace show run.trace.json --format json | jq '.calls[] | select(.error)'

The columns: wall is the time from first enter to last exit; self what a call took itself,
without the calls in it; the bar the share of its wall time in that of the whole recording;
bytes what it allocated, with the calls in it, where the recording counted that.

JSON: {\"format\": \"tracesnap-calls\", \"version\": 1, \"calls\": [...]}, a call or event each,
callers before what they called: id, parent, depth, kind (call or event), name, module, level,
args, message, returned, error, panicked, open, thread, start_ns, wall_ns, busy_ns, self_ns,
polls, allocated, allocations. CSV has the same columns, args as JSON.";

/// Shows the calls of a trace: a tree with arguments, results, errors, times and memory.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// The trace file; `-` is standard input.
    file: PathBuf,
    #[command(flatten)]
    modules: ModuleArgs,
    /// Only calls that took so long: `1ms`, `250us`, `1s 500ms`. Calls in a shorter one join its caller.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    min_duration: Option<Duration>,
    /// Only calls with at most so many callers: 0 for the outermost alone.
    #[arg(long, value_name = "N")]
    max_depth: Option<usize>,
    /// Leave out events.
    #[arg(long)]
    no_events: bool,
    /// In which order the calls of one caller stand.
    #[arg(short, long, value_enum, default_value_t)]
    sort: Sort,
    /// More columns of text before each call.
    #[arg(short, long, value_enum, value_name = "COLUMN", value_delimiter = ',')]
    columns: Vec<Column>,
    /// One list, with the names of the callers before each call; sorted as a whole.
    #[arg(long)]
    flat: bool,
    /// How many lines of text are shown; 0 for all.
    #[arg(short = 'n', long, default_value_t = Limit(0), value_name = "N")]
    limit: Limit,
    #[command(flatten)]
    output: OutputArgs,
    /// Take what can be read of a file that is not whole.
    #[arg(long)]
    partial: bool,
}

/// A column that is shown on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Column {
    /// When it began, since the recording did.
    Start,
    /// Time between enters and exits, without waiting.
    Busy,
    /// How often it was entered.
    Polls,
    /// The thread it began on.
    Thread,
    /// The module it was written in.
    Module,
}

/// What siblings are sorted by; the largest comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// As they began.
    #[default]
    Start,
    /// From first enter to last exit.
    Wall,
    /// In the call alone.
    #[value(name = "self")]
    SelfTime,
    /// Bytes allocated in it and what it called.
    Bytes,
    /// A to Z.
    Name,
}

impl Show {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let modules = self.modules.parse()?;
        let trace = load(&self.file, self.partial, verbose)?;
        warn_of_loss(&trace, &self.file)?;
        let wanted = view::Wanted {
            modules: modules.as_ref(),
            min_duration: self.min_duration.unwrap_or_default(),
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            events: !self.no_events,
        };
        let rows = view::rows(trace.tree(), &wanted, self.sort, self.flat);
        let mut screen = Screen::new(self.output.width);
        match self.output.format {
            Format::Text => {
                text::write(&mut screen, &self.file, &trace, &rows, &self)?;
            }
            Format::Json => data::json(&mut screen, &rows)?,
            Format::Csv => data::csv(&mut screen, &rows)?,
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}
