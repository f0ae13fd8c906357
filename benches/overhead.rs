//! What a span costs: without a subscriber, with a registry that records nothing, and with tracesnap in each mode.
//!
//! ```sh
//! cargo bench --bench overhead                     # all of it, about three minutes
//! cargo bench --bench overhead -- leaf/ours        # what matches
//! cargo bench --bench overhead -- estimates        # what a trace says of its own cost, beside what it is
//! ```
//!
//! criterion's «iteration» is one span here. A process has one global dispatcher, and setting it for a thread instead
//! costs every span 25 ns more; so each subject runs in a process of its own, which is asked for so many spans and
//! answers with the time they took ([`common::slice`]). It also compares what was recorded with what was made, and
//! gives up where they differ.

mod common;

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use common::ours::{self, How, MODES, Mode, Ours};
use common::slice::Crew;
use common::workload::Workload;
use criterion::Criterion;
use tracesnap::TrackingAllocator;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

/// For the modes that read memory; the others allocate nothing while they are timed.
#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::system();

/// Measured under every workload.
const EVERYWHERE: [&str; 4] = ["none", "registry", "ours-lean", "ours-layer"];

/// Measured with every mode.
const EVERY_MODE: [Workload; 2] = [Workload::Leaf, Workload::Request];

/// Deep recursion is one of the workloads.
const STACK: usize = 256 << 20;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let ["serve", subject, workload] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let workload = Workload::named(workload).expect("the workload has a name of ours");
        let subject = subject.to_owned();
        let server = thread::Builder::new().stack_size(STACK).spawn(move || serve(&subject, workload));
        server.expect("a thread starts").join().expect("the measured thread ends");
        return;
    }
    if arguments.iter().any(|argument| argument == "estimates") {
        if !check_estimates() {
            std::process::exit(1);
        }
        return;
    }
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for workload in Workload::ALL {
        let mut group = criterion.benchmark_group(workload.to_string());
        for subject in subjects(workload) {
            let mut server = None;
            group.bench_function(subject, |bencher| {
                let server = server.get_or_insert_with(|| Server::start(subject, workload));
                bencher.iter_custom(|spans| server.time(spans));
            });
        }
        group.finish();
    }
    criterion.final_summary();
}

/// A million spans in one session are left to `benches/peers`: criterion asks for a handful where a session is dear to
/// open, and would measure how cold its memory is.
fn subjects(workload: Workload) -> Vec<&'static str> {
    let everywhere = |mode: &&Mode| EVERYWHERE.contains(&mode.name) || mode.how == How::Million;
    let modes = MODES.iter().filter(|mode| EVERY_MODE.contains(&workload) && !everywhere(mode));
    let possible = modes.filter(|mode| mode.unsupported(workload).is_none()).map(|mode| mode.name);
    EVERYWHERE.into_iter().chain(possible).collect()
}

/// How far a trace's estimate of its own cost may be from what is measured here.
const ESTIMATE_TOLERANCE: f64 = 0.2;

/// Compares [`Trace::own_cost`](tracesnap::Trace::own_cost), calibrated in some microseconds when a recording starts, with
/// what spans cost here over what they cost without us. Medians of processes that take turns.
fn check_estimates() -> bool {
    const ROUNDS: usize = 15;
    const SPANS: u64 = 50_000;
    println!("{:<12} {:>10} {:>10} {:>7}", "front", "estimated", "measured", "off by");
    [("ours-lean", "none"), ("ours-layer", "registry")].into_iter().fold(true, |kept, (ours, without)| {
        let ns = |subject| {
            let mut server = Server::start(subject, Workload::Leaf);
            // The first session finds its memory cold.
            server.time(SPANS);
            server.time(SPANS).as_nanos() as f64 / SPANS as f64
        };
        let rounds = (0..ROUNDS).map(|_| (Server::start(ours, Workload::Leaf).own_cost(), ns(ours) - ns(without)));
        let (mut estimated, mut measured): (Vec<f64>, Vec<f64>) = rounds.unzip();
        let (estimated, measured) = (median(&mut estimated), median(&mut measured));
        let off = estimated / measured - 1.0;
        println!("{ours:<12} {estimated:>7.1} ns {measured:>7.1} ns {:>6.0}%", off * 100.0);
        kept && off.abs() <= ESTIMATE_TOLERANCE
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The process of one subject, from outside.
struct Server {
    process: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Server {
    fn start(subject: &str, workload: Workload) -> Self {
        let mut process = Command::new(env::current_exe().expect("this program can be found"))
            .args(["serve", subject, &workload.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts once more");
        let answers = BufReader::new(process.stdout.take().expect("its output is piped"));
        Self { process, answers }
    }

    fn time(&mut self, spans: u64) -> Duration {
        let answer = self.ask(&spans.to_string());
        Duration::from_nanos(answer.parse().expect("the subject said above what went wrong"))
    }

    /// Nanoseconds a call, as a trace says.
    fn own_cost(&mut self) -> f64 {
        self.ask(OWN_COST).parse().expect("the subject said above what went wrong")
    }

    fn ask(&mut self, question: &str) -> String {
        let questions = self.process.stdin.as_mut().expect("its input is piped");
        writeln!(questions, "{question}").expect("the subject reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the subject answers");
        answer.trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// What a subject is asked beside numbers of spans.
const OWN_COST: &str = "own cost";

/// The same from inside: a number of spans comes in, their nanoseconds go out.
fn serve(subject: &str, workload: Workload) {
    let mut subject = Subject::start(subject, workload);
    let crew = Crew::new(|_| ());
    for question in std::io::stdin().lines().map_while(Result::ok) {
        if question == OWN_COST {
            println!("{}", subject.own_cost());
            continue;
        }
        let wanted: u64 = question.parse().expect("a number of spans");
        let mut left = wanted.div_ceil(workload.spans());
        let (mut time, mut spans) = (Duration::ZERO, 0);
        while left > 0 {
            let iterations = left.min(subject.most_iterations(workload));
            time += subject.slice(workload, iterations, &crew);
            spans += iterations * workload.spans();
            left -= iterations;
        }
        println!("{:.0}", time.as_nanos() as f64 * wanted as f64 / spans as f64);
    }
}

enum Subject {
    /// No subscriber, or one that records nothing.
    Nothing,
    Ours(Mode, Box<Ours>),
}

impl Subject {
    fn start(name: &str, workload: Workload) -> Self {
        if let Some(mode) = ours::named(name) {
            return Self::Ours(
                mode,
                Box::new(Ours::start(mode, workload).expect("the mode starts in a fresh process")),
            );
        }
        if name == "registry" {
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Empty))
                .expect("nobody else sets the default");
        }
        Self::Nothing
    }

    fn most_iterations(&self, workload: Workload) -> u64 {
        match self {
            Self::Nothing => u64::MAX,
            Self::Ours(mode, _) => (mode.slice().0 / workload.spans()).max(1),
        }
    }

    /// Nanoseconds a call, calibrated: zero where nothing is recorded.
    fn own_cost(&mut self) -> f64 {
        let Self::Ours(_, ours) = self else { return 0.0 };
        ours.open().expect("the session opens");
        ours.finish().map_or(0.0, |trace| trace.own_cost().total_ns.into())
    }

    /// One session's worth of work, and only the work is timed.
    fn slice(&mut self, workload: Workload, iterations: u64, crew: &Crew) -> Duration {
        let Self::Ours(mode, ours) = self else {
            return crew.run(workload.shape(), workload.program(), iterations, None);
        };
        ours.open().expect("the session opens");
        let join = ours.join();
        let time = crew.run(workload.shape(), workload.program(), iterations, join.as_ref());
        // The recorder goes on: what it holds is of all slices so far.
        if mode.how != How::Recorder
            && let Some(trace) = ours.finish()
        {
            let stats = trace.stats();
            let wanted = mode.kept(workload, iterations);
            assert_eq!((stats.recorded, stats.lost, stats.lost_bytes), (wanted, 0, 0), "{stats:?}");
        }
        time
    }
}

/// Takes part in everything and does nothing.
struct Empty;

impl<S: tracing::Subscriber> Layer<S> for Empty {}
