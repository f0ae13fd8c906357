//! Instructions a span over registry + empty layer, counted by callgrind: the one figure about cost that a shared
//! machine repeats exactly, so the one that CI is strict about.
//!
//! ```sh
//! cargo bench --bench instructions
//! ```
//!
//! Prints a table and fails when a gate is missed. Without valgrind it says so and does nothing. What a span takes in
//! time is in `benches/overhead.rs`, beside the peers in `benches/peers`.

mod common;

use std::env;
use std::process::ExitCode;

use common::callgrind;
use common::ours::{self, Ours};
use common::slice::measured_loop;
use common::workload::Workload;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

/// Instructions that our layer may add to those of the registry, and what we would like them to be.
struct Gate {
    workload: Workload,
    limit: u64,
    goal: u64,
}

const GATES: [Gate; 3] = [
    Gate { workload: Workload::Leaf, limit: 350, goal: 290 },
    Gate { workload: Workload::Fields, limit: 640, goal: 580 },
    Gate { workload: Workload::Request, limit: 400, goal: 330 },
];

/// Spans inside the counted loop, about: enough to make what is done once a session vanish.
const SPANS: u64 = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["loop", subject, workload] => run_loop(subject, workload),
        // Test runners start every target and ask it for its tests.
        _ if !arguments.iter().any(|argument| argument == "--bench") => {}
        _ if !callgrind::available() => {
            eprintln!("skipped: `valgrind` is not installed, and it counts the instructions");
        }
        _ => return report(),
    }
    ExitCode::SUCCESS
}

/// Prints the table; fails where a gate is missed or nothing could be counted.
fn report() -> ExitCode {
    let mut kept = true;
    println!("| workload | registry | ours-layer | added | goal | limit | ok | ours-lean, no registry |");
    println!("|---|---:|---:|---:|---:|---:|---|---:|");
    for Gate { workload, limit, goal } in GATES {
        let counted = [count("registry", workload), count("ours-layer", workload), count("ours-lean", workload)];
        let [Ok(registry), Ok(layer), Ok(lean)] = counted else {
            for error in counted.into_iter().filter_map(Result::err) {
                eprintln!("{error}");
            }
            return ExitCode::FAILURE;
        };
        let added = layer.saturating_sub(registry);
        let verdict = match added {
            added if added > limit => "**no**",
            added if added > goal => "yes",
            _ => "yes, goal reached",
        };
        kept &= added <= limit;
        println!("| {workload} | {registry} | {layer} | {added} | {goal} | {limit} | {verdict} | {lean} |");
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Instructions a span.
fn count(subject: &str, workload: Workload) -> Result<u64, String> {
    let program = env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let arguments = ["loop".to_owned(), subject.to_owned(), workload.to_string()];
    Ok(callgrind::instructions(&program, &arguments)? / (iterations(workload) * workload.spans()))
}

fn iterations(workload: Workload) -> u64 {
    SPANS.div_ceil(workload.spans())
}

/// The process that is looked at. Callsites are registered and decided upon before the counted loop.
fn run_loop(subject: &str, workload: &str) {
    let workload = Workload::named(workload).expect("the workload is one of the gates'");
    let (iteration, iterations) = (workload.program().iteration, iterations(workload));
    match ours::named(subject) {
        None => {
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Empty))
                .expect("nobody else sets the default");
            iteration();
            measured_loop(iteration, iterations);
        }
        Some(mode) => {
            let mut ours = Ours::start(mode, workload).expect("the mode starts in a fresh process");
            ours.open().expect("the session opens");
            iteration();
            measured_loop(iteration, iterations);
            let trace = ours.finish().expect("a session was open");
            assert_eq!(trace.stats().recorded, (iterations + 1) * workload.spans(), "{:?}", trace.stats());
        }
    }
}

/// Takes part in everything and does nothing.
struct Empty;

impl<S: tracing::Subscriber> Layer<S> for Empty {}
