//! What a recording costs after the run: rows become a tree, the tree a graph, figures and a document.
//!
//! ```sh
//! cargo bench --bench tree                  # the table
//! cargo bench --bench tree -- leaf nested8  # these workloads only
//! cargo bench --bench tree -- finish leaf   # a million rows become a tree, ten times: for a profiler
//! ```
//!
//! Each step is timed for 100,000 spans and for a million, in CPU time of the thread. Every time is the first of its
//! process, as most recordings of a program are, and the best of so many processes: a second recording of 100,000 spans
//! finds the memory of the first one warm, one of a million asks the system for it anew, and their ratio would tell of
//! the allocator. The last column is how many times longer the million took: ten, where a step is linear.

mod common;

use std::env;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use common::slice::{measured_loop, per_span};
use common::workload::Workload;
use cpu_time::ThreadTime;
use tracesnap::{Trace, TraceGuard, Tracer};

const WORKLOADS: [Workload; 5] =
    [Workload::Leaf, Workload::Nested8, Workload::Fields, Workload::Request, Workload::Instrument];
const SIZES: [u64; 2] = [100_000, 1_000_000];
const STEPS: [&str; 4] = ["tree", "graph", "metrics", "JSON"];
const ROUNDS: usize = 5;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let named = |names: &[String]| -> Vec<Workload> {
        names.iter().map(|name| Workload::named(name).expect("the workload has a name of ours")).collect()
    };
    match arguments.split_first() {
        // Test runners start every target and ask it for its tests.
        _ if !env::args().any(|argument| argument == "--bench") => {}
        None => report(&WORKLOADS),
        Some((once, rest)) if once == "once" => {
            let spans = rest[1].parse().expect("the number of spans is one");
            println!("{}", once_each(named(&rest[..1])[0], spans).map(|step| step.as_nanos().to_string()).join(" "));
        }
        Some((finish, workloads)) if finish == "finish" => {
            for workload in named(workloads) {
                (0..10).for_each(|_| drop(black_box(recorded(workload, SIZES[1]).finish())));
            }
        }
        Some(_) => report(&named(&arguments)),
    }
}

fn report(workloads: &[Workload]) {
    println!("| workload | step | ns a span of 100,000 | of 1,000,000 | times longer |");
    println!("|---|---|---:|---:|---:|");
    for &workload in workloads {
        let [small, large] = SIZES.map(|spans| best(workload, spans));
        for (step, (small, large)) in STEPS.into_iter().zip(small.into_iter().zip(large)) {
            let (a, b) = (per_span(small, SIZES[0]), per_span(large, SIZES[1]));
            println!("| {workload} | {step} | {a:.1} | {b:.1} | {:.1} |", large.as_secs_f64() / small.as_secs_f64());
        }
    }
}

/// The least that each step took in a process of its own, in the order of [`STEPS`].
fn best(workload: Workload, spans: u64) -> [Duration; 4] {
    let program = env::current_exe().expect("this program has a path");
    let mut best = [Duration::MAX; 4];
    for _ in 0..ROUNDS {
        let arguments = ["--bench".into(), "once".into(), workload.to_string(), spans.to_string()];
        let output = Command::new(&program).args(arguments).output().expect("this program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).expect("figures are text");
        for (best, nanos) in best.iter_mut().zip(said.split_whitespace()) {
            *best = (*best).min(Duration::from_nanos(nanos.parse().expect("figures are numbers")));
        }
    }
    best
}

/// What each step takes, in the order of [`STEPS`].
fn once_each(workload: Workload, spans: u64) -> [Duration; 4] {
    let mut guard = Some(recorded(workload, spans));
    let mut trace = Trace::default();
    let steps: [&mut dyn FnMut(&mut Trace); 4] = [
        &mut |_| (),
        &mut |trace| drop(black_box(trace.graph())),
        &mut |trace| drop(black_box(trace.metrics())),
        &mut |trace| serde_json::to_writer(std::io::sink(), &trace.snapshot()).expect("nothing fails to be written"),
    ];
    let took = steps.map(|step| {
        let start = ThreadTime::now();
        if let Some(guard) = guard.take() {
            trace = guard.finish();
        }
        step(&mut trace);
        start.elapsed()
    });
    assert!(trace.stats().is_complete(), "{:?}", trace.stats());
    took
}

/// A session that has recorded about so many spans.
fn recorded(workload: Workload, spans: u64) -> TraceGuard {
    // A row for each span and each event, and forty bytes of fields a row; some over.
    let rows = 2 * spans as usize + 1_000;
    let guard = Tracer::builder().capacity(rows).text_capacity(rows * 40).start().expect("the plan is right");
    measured_loop(workload.program().iteration, spans.div_ceil(workload.spans()));
    guard
}
