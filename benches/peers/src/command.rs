//! The command line.

use std::process::ExitCode;
use std::thread;

use anyhow::{Context, Result, anyhow, bail, ensure};
use lexopt::prelude::*;

use crate::common::callgrind;
use crate::common::workload::Workload;
use crate::run::{self, Plan};
use crate::{gate, measure, subjects, table};

const HELP: &str = "\
The same work under every tracer we know.

    tracesnap-peers run  [--rounds 9] [--subjects a,b] [--workloads leaf,fields]   tables in Markdown
    tracesnap-peers gate [--rounds 9] [--tolerance 3]       the gates of tracesnap; exit code 1 when one is missed
    tracesnap-peers check        [--subjects a,b] [--workloads leaf,fields]        recorded = made, not timed
    tracesnap-peers instructions [--subjects a,b] [--workloads leaf,fields]        counted by valgrind, a span
    tracesnap-peers list

Each measurement is a process of its own, started as
    tracesnap-peers child SUBJECT WORKLOAD                  its figures as JSON
    tracesnap-peers loop SUBJECT WORKLOAD ITERATIONS        for valgrind or perf: look at `measured_loop`
";

/// Deep recursion belongs to the workloads, so the work never runs on a main thread's eight megabytes.
const STACK: usize = 256 << 20;

/// Spans run under valgrind, about. It runs one thread at a time, so a collector's thread hardly gets a turn: all must
/// fit into what a recorder buffers.
const INSTRUCTION_SPANS: u64 = 5_000;

#[derive(Debug)]
pub(crate) enum Command {
    Help,
    List,
    Run(Plan),
    Gate { rounds: usize, tolerance: f64 },
    Check(Plan),
    Instructions(Plan),
    Child { subject: String, workload: Workload, only_check: bool },
    Loop { subject: String, workload: Workload, iterations: u64 },
}

impl Command {
    pub(crate) fn from_arguments() -> Result<Self> {
        let mut arguments = lexopt::Parser::from_env();
        let mut words = Vec::new();
        let (mut rounds, mut tolerance, mut subjects, mut workloads) = (9, 3.0, None, None);
        while let Some(argument) = arguments.next()? {
            match argument {
                Long("rounds") => rounds = arguments.value()?.parse()?,
                Long("tolerance") => tolerance = arguments.value()?.parse()?,
                Long("subjects") => subjects = Some(list(&arguments.value()?.string()?)),
                Long("workloads") => {
                    let names = list(&arguments.value()?.string()?);
                    workloads = Some(names.iter().map(|name| workload(name)).collect::<Result<Vec<_>>>()?);
                }
                Short('h') | Long("help") => return Ok(Self::Help),
                Value(word) => words.push(word.string()?),
                _ => return Err(argument.unexpected().into()),
            }
        }
        ensure!(rounds > 0, "`--rounds 0` would measure nothing; give 1 or more");
        let subjects = subjects.unwrap_or_else(|| subjects::names().map(str::to_owned).collect());
        if let Some(unknown) = subjects.iter().find(|name| !subjects::names().any(|known| known == *name)) {
            bail!("no subject `{unknown}`; `tracesnap-peers list` names them");
        }
        let plan = Plan { rounds, subjects, workloads: workloads.unwrap_or_else(|| Workload::ALL.to_vec()) };
        Ok(match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => Self::Help,
            ["list"] => Self::List,
            ["run"] => Self::Run(plan),
            ["gate"] => Self::Gate { rounds, tolerance: tolerance / 100.0 },
            ["check"] => Self::Check(plan),
            ["instructions"] => Self::Instructions(plan),
            [kind @ ("child" | "child-check"), subject, name] => {
                Self::Child { subject: subject.to_owned(), workload: workload(name)?, only_check: kind != "child" }
            }
            ["loop", subject, name, iterations] => {
                let iterations = iterations.parse().context("ITERATIONS is a number")?;
                Self::Loop { subject: subject.to_owned(), workload: workload(name)?, iterations }
            }
            _ => bail!("cannot read `{}`; `--help` shows what can be said", words.join(" ")),
        })
    }

    pub(crate) fn execute(self) -> Result<ExitCode> {
        match self {
            Self::Help => print!("{HELP}"),
            Self::List => {
                println!("subjects: {}", subjects::names().collect::<Vec<_>>().join(", "));
                let workloads = Workload::ALL.map(|workload| workload.to_string());
                println!("workloads: {}", workloads.join(", "));
            }
            Self::Run(plan) => {
                let results = run::measure(&plan)?;
                print!("{}", table::all(&plan, &results));
                return Ok(exit(results.failures.is_empty()));
            }
            Self::Gate { rounds, tolerance } => return Ok(exit(gate::check(rounds, tolerance)?)),
            Self::Check(plan) => {
                let failures = run::check(&plan)?;
                for failure in &failures {
                    println!("{failure}");
                }
                println!("{} pairs of subject and workload, {} failed", plan.pairs().count(), failures.len());
                return Ok(exit(failures.is_empty()));
            }
            Self::Instructions(plan) => print!("{}", instructions(&plan)?),
            Self::Child { subject, workload, only_check } => on_a_big_stack(move || {
                if only_check {
                    return measure::check(&subject, workload);
                }
                println!("{}", serde_json::to_string(&measure::cost(&subject, workload)?)?);
                Ok(())
            })?,
            Self::Loop { subject, workload, iterations } => {
                on_a_big_stack(move || measure::bare_loop(&subject, workload, iterations))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn workload(name: &str) -> Result<Workload> {
    Workload::named(name).ok_or_else(|| anyhow!("no workload `{name}`; `tracesnap-peers list` names them"))
}

fn on_a_big_stack(work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let worker = thread::Builder::new().name("work".to_owned()).stack_size(STACK).spawn(work)?;
    worker.join().map_err(|_| anyhow!("the measured thread panicked"))?
}

/// Instructions a span in a Markdown table, of the workloads that run on one thread.
fn instructions(plan: &Plan) -> Result<String> {
    ensure!(callgrind::available(), "`valgrind` is not installed; it counts the instructions");
    let program = std::env::current_exe()?;
    let mut table = String::from("| subject | workload | instructions a span |\n|---|---|---:|\n");
    for (subject, workload) in plan.pairs().filter(|(_, workload)| workload.is_single_threaded()) {
        let iterations = INSTRUCTION_SPANS.div_ceil(workload.spans());
        let arguments = ["loop".to_owned(), subject.to_owned(), workload.to_string(), iterations.to_string()];
        let count = callgrind::instructions(&program, &arguments).map_err(|error| anyhow!(error))?;
        table += &format!("| {subject} | {workload} | {} |\n", count / (iterations * workload.spans()));
    }
    Ok(table)
}
