//! What comparing two traces costs, beside loading them, and how near its answer comes to the edits that were made.
//!
//! ```sh
//! cargo bench --bench trace_diff             # pairs of traces of 100,000 calls; one call in a hundred was edited
//! cargo bench --bench trace_diff -- check    # fails where a comparison takes more than 3 times as long as loading both
//! ```
//!
//! Times are CPU time of one thread, the best of five rounds. Edits are insertions, deletions and relabellings: those
//! that were made are an upper bound for the fewest there can be.

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use cpu_time::ThreadTime;
use tracesnap::snapshot::TraceDiff;
use tracesnap::{Trace, TraceForm, Tracer};
use tracing::{Span, info_span, instrument};

const CALLS: u64 = 100_000;
const ROUNDS: usize = 5;
/// One call of `price` in so many is edited: one in a hundred of all.
const EDITED: u64 = 50;
/// A comparison may take so many times as long as loading both traces from JSON.
const MOST_TIMES: f64 = 3.0;

/// Makes the calls of a program.
type Shape = fn(&mut Program);

/// Programs of about `CALLS` calls.
const SHAPES: [(&str, Shape); 5] = [
    ("10,000 requests of 10 calls", |program| program.requests(10_000, 1)),
    ("the same on two threads, in no order", Program::on_two_threads),
    ("100 requests of 1,000 calls", |program| program.requests(100, 100)),
    ("the same 10 calls, over and over", Program::repetitions),
    ("20 recursions, 5,000 deep", Program::recursions),
];

fn main() -> ExitCode {
    let dir = tempfile::tempdir().expect("a directory for the files");
    println!("| program | load both, ms | compare, ms | times | edits made | edits found |");
    println!("|---|---:|---:|---:|---:|---:|");
    let mut is_slow = false;
    for (name, shape) in SHAPES {
        let (old, _) = record(shape, false);
        let (new, edits) = record(shape, true);
        let files = [dir.path().join("old.trace.json"), dir.path().join("new.trace.json")];
        for (trace, file) in [&old, &new].into_iter().zip(&files) {
            trace.write(std::fs::File::create(file).expect("it is made"), TraceForm::Json).expect("it is written");
        }
        drop((old, new));
        let load = |file: &Path| Trace::load(file).expect("it is whole");
        let (loading, traces) = best(|| files.each_ref().map(|file| load(file)));
        let (comparing, diff) = best(|| traces[0].diff(&traces[1]));
        let times = comparing.as_secs_f64() / loading.as_secs_f64();
        is_slow |= times > MOST_TIMES;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        println!("| {name} | {:.0} | {:.0} | {times:.2} | {edits} | {} |", ms(loading), ms(comparing), found(&diff));
    }
    if is_slow && env::args().any(|word| word == "check") { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn best<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut round = || {
        let begun = ThreadTime::now();
        let made = work();
        (begun.elapsed(), made)
    };
    let first = round();
    (1..ROUNDS).map(|_| round()).fold(first, |best, next| if next.0 < best.0 { next } else { best })
}

/// Insertions, deletions and relabellings. What moved was deleted and inserted; a function that became another one with
/// other arguments was relabelled twice.
fn found(diff: &TraceDiff) -> u64 {
    let summary = diff.summary();
    let both =
        diff.changes().iter().filter(|change| change.kind.as_str() == "renamed" && change.parts.len() > 1).count();
    summary.added + summary.removed + 2 * summary.moved + summary.renamed + both as u64 + summary.changed
}

fn record(shape: Shape, edited: bool) -> (Trace, u64) {
    let mut program = Program { edited, calls: 0, edits: 0 };
    let guard = Tracer::builder().capacity(4 << 20).text_capacity(1 << 30).start().expect("the plan is right");
    shape(&mut program);
    (guard.finish(), program.edits)
}

/// Makes calls, and edits some of them in all ways there are.
struct Program {
    edited: bool,
    calls: u64,
    edits: u64,
}

impl Program {
    fn requests(&mut self, count: u64, groups: u64) {
        self.requests_of(&Span::none(), 0..count, groups);
    }

    /// Two threads answer the requests of one caller, each every other one.
    fn on_two_threads(&mut self) {
        let server = info_span!("serve");
        let edited = self.edited;
        let made = thread::scope(|scope| {
            let worker = |first: u64| {
                let server = &server;
                scope.spawn(move || {
                    let mut program = Program { edited, calls: 0, edits: 0 };
                    program.requests_of(server, (first..10_000).step_by(2), 1);
                    program.edits
                })
            };
            let workers = [worker(0), worker(1)];
            workers.map(|worker| worker.join().expect("it does not panic"))
        });
        self.edits += made.into_iter().sum::<u64>();
    }

    fn requests_of(&mut self, caller: &Span, numbers: impl Iterator<Item = u64>, groups: u64) {
        for n in numbers {
            let request = match caller.id() {
                Some(caller) => info_span!(parent: caller, "request", n, path = "/orders"),
                None => info_span!("request", n, path = "/orders"),
            };
            request.in_scope(|| {
                for group in 0..groups {
                    info_span!("load", group).in_scope(|| (0..3).for_each(|item| self.price(item)));
                    info_span!("store", group).in_scope(|| (0..3).for_each(|item| self.price(n + item)));
                }
            });
        }
    }

    fn repetitions(&mut self) {
        for _ in 0..CALLS / 10 {
            (0..5).for_each(|item| self.price(item));
            info_span!("flush").in_scope(|| (0..4).for_each(|item| self.price(item)));
        }
    }

    fn recursions(&mut self) {
        for _ in 0..20 {
            // Guards of entered spans stand for calls, since a stack of that depth need not fit this thread's.
            let mut entered = Vec::new();
            for level in 0..2_500_u64 {
                entered.push(info_span!("dive", level).entered());
                self.price(level);
            }
            while entered.pop().is_some() {}
        }
    }

    fn price(&mut self, item: u64) {
        self.calls += 1;
        // A prime step besides, so that every kind of edit meets every place.
        if !(self.edited && (self.calls * 7) % EDITED == 3) {
            return price(item, "tea");
        }
        self.edits += 1;
        match self.calls / EDITED % 5 {
            0 => {}
            1 => price(item, "cups"),
            2 => quote(item, "tea"),
            3 => info_span!("retry").in_scope(|| price(item, "tea")),
            _ => {
                price(item, "tea");
                info_span!("audit", item).in_scope(|| ());
            }
        }
    }
}

#[instrument]
fn price(item: u64, sku: &str) {
    std::hint::black_box((item, sku));
}

#[instrument]
fn quote(item: u64, sku: &str) {
    std::hint::black_box((item, sku));
}
