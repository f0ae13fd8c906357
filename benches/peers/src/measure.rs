//! One subject under one workload, in a process that does nothing else: checked first, then timed.
//!
//! The check compares counts, and trees where the subject keeps some; a subject that lost or invented anything is not
//! timed at all. Counts are compared after every timed slice too.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

use crate::allocator::{Counted, counted};
use crate::common::node::Node;
use crate::common::slice::{Crew, measured_loop, median, per_span, quantile};
use crate::common::workload::{Program, Shape, Workload};
use crate::subjects::{self, Made, Slice, Subject};

/// Time one slice should take.
const SLICE: Duration = Duration::from_millis(1);
/// Slices of which the median counts.
const SLICES: usize = 11;
/// Work before the first slice that counts.
const WARM_UP: Duration = Duration::from_millis(5);
/// Spans of the slice in which allocations are counted, at least.
const COUNTED: u64 = 20_000;
/// A slow subject gets fewer slices, but never fewer than three.
const BUDGET: Duration = Duration::from_millis(1_500);

/// What a span of one workload cost with one subject, in one process.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Nanoseconds on the thread that made the spans; of wall time where threads work together.
    pub(crate) ns: f64,
    /// Nanoseconds of CPU on all threads, until the recording could be read.
    pub(crate) cpu_ns: f64,
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
}

/// Checks, then measures.
///
/// # Errors
///
/// When the subject recorded other than was made.
pub(crate) fn cost(subject: &str, workload: Workload) -> Result<Cost> {
    let mut bench = Bench::start(subject, workload)?;
    bench.check().with_context(|| format!("`{subject}` under `{workload}`, before timing"))?;
    bench.measure().with_context(|| format!("`{subject}` under `{workload}`, while timing"))
}

/// Only the check.
pub(crate) fn check(subject: &str, workload: Workload) -> Result<()> {
    Bench::start(subject, workload)?.check()
}

/// So many iterations and nothing else, for a profiler that looks at `measured_loop`.
pub(crate) fn bare_loop(subject: &str, workload: Workload, iterations: u64) -> Result<()> {
    let mut bench = Bench::start(subject, workload)?;
    bench.subject.open()?;
    measured_loop(bench.program.iteration, iterations);
    bench.subject.drain()?;
    bench.subject.verify(bench.wanted(iterations))
}

struct Bench {
    workload: Workload,
    program: Program,
    subject: Box<dyn Subject>,
    crew: Crew,
}

/// One slice's figures.
struct Sample {
    ns: f64,
    cpu_ns: f64,
}

impl Bench {
    fn start(name: &str, workload: Workload) -> Result<Self> {
        let subject = subjects::start(name, workload)?;
        Ok(Self { workload, program: subject.program(workload), subject, crew: Crew::new(pin) })
    }

    fn wanted(&self, iterations: u64) -> Made {
        self.subject.wanted(iterations, subjects::made(self.workload, iterations))
    }

    fn check(&mut self) -> Result<()> {
        let (shape, program) = (self.workload.shape(), self.program);
        let iterations = 2_000_u64.div_ceil(self.workload.spans());
        self.subject.open()?;
        let (crew, join) = (&self.crew, self.subject.join());
        self.subject.checked(&mut || {
            crew.run(shape, program, iterations, join.as_ref());
        });
        self.subject.drain()?;
        let wanted = self.wanted(iterations);
        self.subject.verify(wanted)?;

        let Some(trees) = self.subject.trees()? else { return Ok(()) };
        let count: u64 = trees.iter().map(Node::count).sum();
        ensure!(count == wanted.spans, "its trees hold {count} spans of {}", wanted.spans);
        let Some(expected) = self.workload.expected() else { return Ok(()) };
        let expected = if self.subject.keeps_fields() { expected } else { expected.without_fields() };
        let expected = self.comparable(expected);
        for tree in trees {
            let tree = self.comparable(tree);
            ensure!(tree == expected, "a tree differs: {}", difference(&tree, &expected));
        }
        Ok(())
    }

    /// Children that were open at the same time on two threads have no order all recorders agree on.
    fn comparable(&self, mut tree: Node) -> Node {
        if self.workload.shape() == Shape::HandedOver {
            tree.children.sort_by(|left, right| left.name.cmp(&right.name));
        }
        tree
    }

    fn measure(&mut self) -> Result<Cost> {
        let iterations = self.warm_up()?;
        let began = Instant::now();
        let mut samples = Vec::with_capacity(SLICES);
        while samples.len() < SLICES && (samples.len() < 3 || began.elapsed() < BUDGET) {
            samples.push(self.slice(iterations)?);
        }
        let (spans, Counted { allocations, bytes }) = self.counted_slice(iterations)?;

        let ns: Vec<f64> = samples.iter().map(|sample| sample.ns).collect();
        let cpu: Vec<f64> = samples.iter().map(|sample| sample.cpu_ns).collect();
        Ok(Cost {
            // Wall time has the neighbours' work in it: the better slices tell more.
            ns: if self.workload.shape() == Shape::Together { quantile(&ns, 0.25) } else { median(&ns) },
            cpu_ns: median(&cpu),
            allocations: allocations as f64 / spans as f64,
            bytes: bytes as f64 / spans as f64,
        })
    }

    /// Finds how many iterations fill a slice, and leaves caches, pools and branch predictors warm.
    fn warm_up(&mut self) -> Result<u64> {
        let a_span_each = self.workload.spans();
        let most = match self.subject.slice() {
            Slice::Exactly(spans) => {
                let iterations = (spans / a_span_each).max(1);
                self.slice(iterations)?;
                return Ok(iterations);
            }
            Slice::UpTo(spans) => (spans / a_span_each).max(1),
        };
        let began = Instant::now();
        let mut iterations = 2_000_u64.div_ceil(a_span_each).min(most);
        for round in 0.. {
            let ns = self.slice(iterations)?.ns * a_span_each as f64;
            iterations = ((SLICE.as_nanos() as f64 / ns.max(1.0)) as u64).clamp(1, most);
            if round >= 2 && began.elapsed() > WARM_UP {
                break;
            }
        }
        Ok(iterations)
    }

    fn slice(&mut self, iterations: u64) -> Result<Sample> {
        self.subject.open()?;
        let join = self.subject.join();
        let cpu = ProcessTime::now();
        let time = self.crew.run(self.workload.shape(), self.program, iterations, join.as_ref());
        self.subject.drain()?;
        let cpu = cpu.elapsed();
        self.subject.verify(self.wanted(iterations))?;
        // Two threads are done in the time one of them needs for its own spans.
        let ns = per_span(time, self.workload.spans() * iterations);
        Ok(Sample { ns, cpu_ns: per_span(cpu, self.spans(iterations)) })
    }

    /// A longer slice, in which what is done once a session vanishes: its spans, and what they asked of the allocator.
    fn counted_slice(&mut self, iterations: u64) -> Result<(u64, Counted)> {
        let (Slice::UpTo(most) | Slice::Exactly(most)) = self.subject.slice();
        let iterations = iterations.max(COUNTED.min(most) / self.workload.spans());
        self.subject.open()?;
        let join = self.subject.join();
        let (shape, program) = (self.workload.shape(), self.program);
        let (_, counted) = counted(|| self.crew.run(shape, program, iterations, join.as_ref()));
        self.subject.drain()?;
        self.subject.verify(self.wanted(iterations))?;
        Ok((self.spans(iterations), counted))
    }

    /// Spans made on all threads, wanted or not.
    fn spans(&self, iterations: u64) -> u64 {
        self.workload.spans() * iterations * self.workload.threads()
    }
}

/// A core for each of two threads that are to run at once. Where the system does not say or allow, it goes without.
fn pin(worker: usize) {
    if let Some(cores) = core_affinity::get_core_ids().filter(|cores| cores.len() > worker) {
        core_affinity::set_for_current(cores[worker]);
    }
}

/// The first place where two trees differ, without printing thousands of spans.
fn difference(seen: &Node, expected: &Node) -> String {
    if (&seen.name, &seen.fields) != (&expected.name, &expected.fields) {
        return format!("`{}` {:?} instead of `{}` {:?}", seen.name, seen.fields, expected.name, expected.fields);
    }
    if let Some((seen, expected)) =
        seen.children.iter().zip(&expected.children).find(|(seen, expected)| seen != expected)
    {
        return format!("in `{}`: {}", expected.name, difference(seen, expected));
    }
    format!("`{}` has {} children instead of {}", seen.name, seen.children.len(), expected.children.len())
}
