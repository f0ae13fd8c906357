//! What a trace file costs: time, size and memory of writing and reading, and how they grow.
//!
//! ```sh
//! cargo bench --bench trace_file                # 100,000 and 1,000,000 calls, in both forms
//! cargo bench --bench trace_file -- check       # fails where time grows faster than calls, or memory past its bound
//! ```
//!
//! Each figure comes from processes of its own, of whose CPU time the best of five is shown; for memory, the most that was
//! resident beyond what was before (on Linux, from `/proc/self`), as a multiple of what the tree takes itself.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use cpu_time::ThreadTime;
use tracesnap::{Trace, TraceForm, Tracer};
use tracing::{info, info_span, instrument};

const CALLS: [u64; 2] = [100_000, 1_000_000];
const FORMS: [(&str, &str); 2] = [("JSON", "trace.json"), ("compact", "trace.json.gz")];
const ROUNDS: usize = 5;

/// Ten times the calls may take so many times as long.
const MOST_TIMES: f64 = 11.0;

/// Memory beside the tree, as a multiple of it: none for writing, another tree's at the most for reading.
const MOST_MEMORY: [(&str, f64); 2] = [("save", 1.0), ("load", 2.0)];

/// What one process found.
struct Found {
    time: Duration,
    /// `None` where the system does not tell.
    memory: Option<f64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["measure", what, calls, file] = words[..] {
        measure(what, calls.parse().expect("a number of calls"), Path::new(file));
        return ExitCode::SUCCESS;
    }
    let dir = tempfile::tempdir().expect("a directory for the files");
    println!("| form | calls | bytes a call | save, ms | load, ms | memory to save, trees | to load |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut faults = Vec::new();
    for (form, extension) in FORMS {
        let mut times: Vec<[Duration; 2]> = Vec::new();
        for calls in CALLS {
            let file = dir.path().join(format!("{calls}.{extension}"));
            let [save, load] = MOST_MEMORY.map(|(what, most)| {
                let found = run(what, calls, &file);
                let too_much = found.memory.is_some_and(|memory| calls > CALLS[0] && memory > most);
                faults.extend(too_much.then(|| format!("{what} of {calls} calls as {form} took too much memory")));
                found
            });
            let size = fs::metadata(&file).expect("it was saved").len() as f64 / calls as f64;
            let (ms, trees) = (
                |found: &Found| found.time.as_secs_f64() * 1e3,
                |found: &Found| match found.memory {
                    Some(memory) => format!("{memory:.2}"),
                    None => "unknown".to_owned(),
                },
            );
            println!(
                "| {form} | {calls} | {size:.1} | {:.0} | {:.0} | {} | {} |",
                ms(&save),
                ms(&load),
                trees(&save),
                trees(&load)
            );
            times.push([save.time, load.time]);
        }
        for (at, (what, _)) in MOST_MEMORY.iter().enumerate() {
            let ratio = times[1][at].as_secs_f64() / times[0][at].as_secs_f64();
            faults.extend((ratio > MOST_TIMES).then(|| format!("{what} as {form} grew {ratio:.1} times")));
        }
    }
    faults.iter().for_each(|fault| eprintln!("{fault}"));
    if words.contains(&"check") && !faults.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run(what: &str, calls: u64, file: &Path) -> Found {
    let mut best = Found { time: Duration::MAX, memory: None };
    for _ in 0..ROUNDS {
        let program = env::current_exe().expect("this bench has a file");
        let output = Command::new(program).args(["measure", what, &calls.to_string()]).arg(file).output();
        let output = output.expect("this bench runs again");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("figures");
        let mut figures = text.split_whitespace();
        let time = figures.next().and_then(|ns| ns.parse().ok()).expect("nanoseconds");
        best.time = best.time.min(Duration::from_nanos(time));
        best.memory = figures.next().and_then(|memory| memory.parse().ok()).or(best.memory);
    }
    best
}

/// In a process of its own, where no round before has warmed its memory: prints the time and the memory.
fn measure(what: &str, calls: u64, file: &Path) {
    let recorded = (what == "save").then(|| record(calls));
    let before = Resident::reset();
    let begun = ThreadTime::now();
    let loaded = match &recorded {
        Some(trace) => {
            // To a file like any other, but not to wait for the disk, which is not ours.
            let form = TraceForm::of(file);
            trace.write(fs::File::create(file).expect("it is made"), form).expect("it is written");
            None
        }
        None => Some(Trace::load(file).expect("it is whole")),
    };
    let time = begun.elapsed();
    let trace = loaded.as_ref().or(recorded.as_ref()).expect("one of them");
    assert_eq!(trace.tree().len() as u64, calls);
    let memory = before.and_then(|before| {
        let after = Resident::now()?;
        // What a tree takes is seen where it is all that was made.
        let tree = if what == "load" { after.now - before.now } else { tree_bytes(trace) };
        Ok((after.most - before.now) as f64 / tree as f64)
    });
    println!("{} {}", time.as_nanos(), memory.map_or_else(|_| String::new(), |memory| memory.to_string()));
}

/// What a tree takes at the least: 48 bytes a node, 24 a field.
fn tree_bytes(trace: &Trace) -> u64 {
    let fields = trace.tree().calls().map(|call| call.args().count() as u64).sum::<u64>();
    48 * (trace.stats().recorded + trace.stats().events) + 24 * fields
}

/// Memory of this process. **Unit:** bytes.
#[derive(Clone, Copy)]
struct Resident {
    now: u64,
    most: u64,
}

impl Resident {
    fn now() -> io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let figure = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes =
                line.and_then(|line| line.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok());
            kilobytes.map(|kilobytes| kilobytes << 10).ok_or(io::ErrorKind::InvalidData)
        };
        Ok(Self { now: figure("VmRSS")?, most: figure("VmHWM")? })
    }

    /// Forgets the most so far.
    fn reset() -> io::Result<Self> {
        fs::write("/proc/self/clear_refs", "5")?;
        Self::now()
    }
}

/// A program of requests: ten calls and an event each, arguments on seven of the calls, results on three.
fn record(calls: u64) -> Trace {
    let guard = Tracer::builder().capacity(4 << 20).text_capacity(1 << 30).start().expect("the plan is right");
    (0..calls / 10).for_each(request);
    guard.finish()
}

fn request(n: u64) {
    info_span!("request", n, path = "/orders").in_scope(|| {
        for step in 0..3 {
            info_span!("step", step).in_scope(|| {
                price(n + step, "tea-and-cups");
                info_span!("leaf").in_scope(|| ());
            });
        }
        info!(items = n, "order priced");
    });
}

#[instrument(ret)]
fn price(item: u64, sku: &str) -> u64 {
    std::hint::black_box(item * 3 + sku.len() as u64)
}
