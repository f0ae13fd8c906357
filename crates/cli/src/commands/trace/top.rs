//! `tracesnap trace top`: where the time, the calls and the memory went, by function.

use std::cmp::Reverse;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde::Serialize;
use tracesnap::tree::{Bytes, FunctionMetrics, Metrics, Percent, Time};

use super::load::{load, tell, warn_of_loss};
use super::{Format, Limit, ModuleArgs, OutputArgs};
use crate::commands::Outcome;
use crate::output::{Align, Line, Screen, Table, bar, csv, named, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap trace top run.trace.json                      # by the time functions took themselves
  tracesnap trace top run.trace.json --sort bytes -n 5    # the five that allocated most
  tracesnap trace top run.trace.json --modules 'shop::**' --format csv > shop.csv";

/// Columns of the bar of shares.
const BAR: usize = 8;

/// Ranks functions: time in them alone and with what they called, calls, percentiles, bytes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Top {
    /// The trace file; `-` is standard input.
    file: PathBuf,
    #[command(flatten)]
    modules: ModuleArgs,
    /// What they are ranked by; the largest comes first.
    #[arg(short, long, value_enum, default_value_t)]
    sort: Key,
    /// How many are shown; 0 for all.
    #[arg(short = 'n', long, default_value_t = Limit(20), value_name = "N")]
    limit: Limit,
    #[command(flatten)]
    output: OutputArgs,
    /// Take what can be read of a file that is not whole.
    #[arg(long)]
    partial: bool,
}

/// What functions are ranked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Key {
    /// Time in it alone.
    #[default]
    #[value(name = "self")]
    SelfTime,
    /// Time in it and in what it called.
    Total,
    /// Time from beginnings to ends, waiting included.
    Wall,
    /// Number of calls.
    Calls,
    /// Number of errors and panics.
    Errors,
    /// The median duration of a call.
    P50,
    /// The duration that 95 % of its calls did not exceed.
    P95,
    /// The duration that 99 % of its calls did not exceed.
    P99,
    /// The longest call.
    Max,
    /// Bytes allocated in it alone.
    Bytes,
    /// Number of allocations in it alone.
    Allocations,
    /// Its path, A to Z.
    Name,
}

/// A line of CSV.
#[derive(Default, Serialize)]
struct CsvRow<'m> {
    module: &'m str,
    name: &'m str,
    calls: u64,
    errors: u64,
    panics: u64,
    self_ns: u64,
    total_ns: u64,
    wall_ns: u64,
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p95_ns: Option<u64>,
    p99_ns: Option<u64>,
    max_ns: Option<u64>,
    self_allocated: u64,
    self_allocations: u64,
}

impl Top {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let modules = self.modules.parse()?;
        let trace = load(&self.file, self.partial, verbose)?;
        warn_of_loss(&trace, &self.file)?;
        let metrics = trace.metrics();
        let counted = metrics.memory.is_some_and(|memory| memory.allocations > 0);
        if matches!(self.sort, Key::Bytes | Key::Allocations) && !counted {
            tell(
                "warning",
                "no allocations were counted, so all are equal in that; `TRACESNAP_MEMORY=allocations` has them counted in a program whose allocator is a `TrackingAllocator`",
            )?;
        }
        let mut functions: Vec<&FunctionMetrics> = metrics
            .functions
            .iter()
            .filter(|of| {
                modules.as_ref().is_none_or(|modules| modules.matches(&of.function.module, &of.function.module))
            })
            .collect();
        self.rank(&mut functions);
        let all = functions.len();
        functions.truncate(self.limit.lines());
        let mut screen = Screen::new(self.output.width);
        match self.output.format {
            Format::Text => {
                text(&mut screen, &metrics, &functions, all)?;
                if functions.is_empty()
                    && let Some(modules) = self.modules.unmatched(trace.tree())?
                {
                    screen.line(Line::new().push(style::PLAIN, modules))?;
                }
            }
            Format::Json => {
                serde_json::to_writer_pretty(&mut screen, &functions)?;
                writeln!(screen)?;
            }
            Format::Csv => csv(&mut screen, functions.into_iter().map(csv_row))?,
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }

    /// Of equal ones, those first that stand first by module and name.
    fn rank(&self, functions: &mut [&FunctionMetrics]) {
        let time = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        functions.sort_by_key(|of| {
            let (function, wall) = (&of.function, of.wall.unwrap_or_default());
            Reverse(match self.sort {
                Key::SelfTime => time(function.self_time),
                Key::Total => time(function.total),
                Key::Wall => time(function.wall),
                Key::Calls => function.calls,
                Key::Errors => function.errors + function.panics,
                Key::P50 => time(wall.p50),
                Key::P95 => time(wall.p95),
                Key::P99 => time(wall.p99),
                Key::Max => time(function.max.unwrap_or_default()),
                Key::Bytes => function.self_allocated,
                Key::Allocations => function.self_allocations,
                // They come by module and name.
                Key::Name => 0,
            })
        });
    }
}

fn text(screen: &mut Screen, metrics: &Metrics, functions: &[&FunctionMetrics], all: usize) -> Result<()> {
    if functions.is_empty() {
        writeln!(screen, "no function is left of {}", metrics.functions.len())?;
        return Ok(());
    }
    let right = Align::Right;
    let mut table = Table::new(&[
        ("self", right),
        ("", right),
        ("", Align::Left),
        ("total", right),
        ("calls", right),
        ("failed", right),
        ("p50", right),
        ("p95", right),
        ("p99", right),
        ("max", right),
        ("bytes", right),
        ("allocs", right),
        ("function", Align::Left),
    ]);
    for of in functions {
        let function = &of.function;
        let share = metrics.share(of);
        let time = |time: Option<Duration>| time.map_or(String::new(), |time| Time(time).to_string());
        let failed = function.errors + function.panics;
        let has_memory = metrics.memory.is_some();
        table.row(vec![
            (style::HEAD, Time(function.self_time).to_string()),
            (style::FAINT, Percent(share).to_string()),
            (style::BAR, bar(share, BAR)),
            (style::PLAIN, Time(function.total).to_string()),
            (style::PLAIN, function.calls.to_string()),
            (style::BAD, if failed > 0 { failed.to_string() } else { String::new() }),
            (style::PLAIN, time(of.wall.map(|wall| wall.p50))),
            (style::PLAIN, time(of.wall.map(|wall| wall.p95))),
            (style::PLAIN, time(of.wall.map(|wall| wall.p99))),
            (style::PLAIN, time(function.max)),
            (style::PLAIN, if has_memory { Bytes(function.self_allocated).to_string() } else { String::new() }),
            (style::PLAIN, if has_memory { function.self_allocations.to_string() } else { String::new() }),
            (style::NAME, format!("{}::{}", function.module, named(&function.name))),
        ]);
    }
    table.lines().iter().try_for_each(|line| screen.line(line))?;
    if all > functions.len() {
        writeln!(screen, "… {} more; `-n 0` shows all", all - functions.len())?;
    }
    Ok(())
}

fn csv_row(of: &FunctionMetrics) -> CsvRow<'_> {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let function = &of.function;
    CsvRow {
        module: &function.module,
        name: &function.name,
        calls: function.calls,
        errors: function.errors,
        panics: function.panics,
        self_ns: nanos(function.self_time),
        total_ns: nanos(function.total),
        wall_ns: nanos(function.wall),
        p50_ns: of.wall.map(|wall| nanos(wall.p50)),
        p90_ns: of.wall.map(|wall| nanos(wall.p90)),
        p95_ns: of.wall.map(|wall| nanos(wall.p95)),
        p99_ns: of.wall.map(|wall| nanos(wall.p99)),
        max_ns: function.max.map(nanos),
        self_allocated: function.self_allocated,
        self_allocations: function.self_allocations,
    }
}
