//! What tracesnap promises about its cost, measured beside its peers.

use anyhow::Result;

use crate::common::workload::Workload::{self, Deep, Fields, Instrument, Leaf, Nested8, Request, Spawned, Threads2};
use crate::run::{self, Plan, Results, Sample};
use crate::subjects::BASELINE;
use crate::table::ratio;

/// A promise: `subject` under `workload` costs at most `limit`, and we would like it to be `goal`.
struct Gate {
    what: &'static str,
    subject: &'static str,
    workload: Workload,
    against: Against,
    /// `None` for what is only watched.
    limit: Option<f64>,
    goal: f64,
}

/// What the measured figure is.
#[derive(Clone, Copy)]
enum Against {
    /// Times registry + empty layer.
    Registry,
    /// Times another subject under the same workload.
    Subject(&'static str),
    /// CPU time over all threads, times that of another subject.
    Cpu(&'static str),
    /// Times the same subject under another workload.
    Workload(Workload),
    /// Allocations a span.
    Allocations,
}

const fn layer(what: &'static str, subject: &'static str, workload: Workload, limit: f64, goal: f64) -> Gate {
    Gate { what, subject, workload, against: Against::Registry, limit: Some(limit), goal }
}

const fn lean(what: &'static str, workload: Workload, limit: f64, goal: f64) -> Gate {
    Gate { what, subject: "ours-lean", workload, against: Against::Subject("fastrace"), limit: Some(limit), goal }
}

const fn lean_cpu(what: &'static str, workload: Workload) -> Gate {
    Gate { what, subject: "ours-lean", workload, against: Against::Cpu("fastrace"), limit: Some(0.75), goal: 0.65 }
}

const fn no_allocation(subject: &'static str, workload: Workload) -> Gate {
    Gate { what: "allocations", subject, workload, against: Against::Allocations, limit: Some(0.0), goal: 0.0 }
}

const GATES: &[Gate] = &[
    layer("leaf", "ours-layer", Leaf, 1.30, 1.25),
    layer("two fields", "ours-layer", Fields, 1.40, 1.33),
    layer("nested", "ours-layer", Nested8, 1.38, 1.30),
    layer("#[instrument(ret)]", "ours-layer", Instrument, 1.75, 1.65),
    layer("request", "ours-layer", Request, 1.38, 1.31),
    layer("two threads", "ours-layer", Threads2, 1.35, 1.28),
    layer("memory readings", "ours-layer-memory", Leaf, 1.33, 1.28),
    layer("refused module", "ours-layer-refused", Leaf, 1.08, 1.05),
    layer("one root in a hundred", "ours-layer-sampled", Request, 1.08, 1.05),
    Gate { limit: None, ..layer("timing off", "ours-layer-untimed", Leaf, 0.0, 1.07) },
    // As shipped: what leaf promises holds in these too.
    layer("a million spans", "ours-layer-1m", Leaf, 1.30, 1.25),
    layer("two sessions open", "ours-layer-2", Leaf, 1.30, 1.25),
    layer("sixteen sessions open", "ours-layer-16", Leaf, 1.30, 1.25),
    layer("one child in ten spawned", "ours-layer", Spawned, 1.30, 1.25),
    lean("lean: leaf", Leaf, 1.1, 0.9),
    lean("lean: nested", Nested8, 1.1, 0.9),
    lean("lean: two fields", Fields, 0.55, 0.5),
    lean("lean: request", Request, 0.55, 0.5),
    lean("lean: #[instrument(ret)]", Instrument, 0.8, 0.75),
    lean_cpu("lean: CPU, leaf", Leaf),
    lean_cpu("lean: CPU, nested", Nested8),
    lean_cpu("lean: CPU, two fields", Fields),
    lean_cpu("lean: CPU, request", Request),
    lean_cpu("lean: CPU, #[instrument(ret)]", Instrument),
    Gate {
        what: "lean: no session open",
        subject: "ours-lean-idle",
        workload: Leaf,
        against: Against::Subject("none"),
        limit: Some(3.0),
        goal: 3.0,
    },
    Gate {
        what: "lean: 5,000 deep against 100",
        subject: "ours-lean",
        workload: Deep(5_000),
        against: Against::Workload(Deep(100)),
        limit: Some(1.2),
        goal: 1.05,
    },
    no_allocation("ours-layer", Leaf),
    no_allocation("ours-layer", Fields),
    no_allocation("ours-layer", Instrument),
    no_allocation("ours-lean", Leaf),
    no_allocation("ours-lean", Fields),
    no_allocation("ours-lean", Instrument),
];

/// A thousandth of an allocation a span is what a thread's start or a vector of the harness leaves behind.
const NO_ALLOCATIONS: f64 = 0.001;

/// Measures what the gates need, prints them, and says whether all are kept.
pub(crate) fn check(rounds: usize, tolerance: f64) -> Result<bool> {
    let results = results(rounds)?;
    for failure in &results.failures {
        println!("- {failure}");
    }
    println!("| gate | subject | workload | against | goal | limit | measured | ok |");
    println!("|---|---|---|---|---:|---:|---:|---|");
    let mut all_kept = results.failures.is_empty();
    for gate in GATES {
        let measured = gate.measured(&results);
        let kept = gate.kept(measured, tolerance);
        all_kept &= kept;
        let verdict = match (kept, measured) {
            (_, None) => "not measured",
            (false, _) => "**no**",
            (true, Some(measured)) if measured <= gate.goal * (1.0 + tolerance) => "yes, goal reached",
            (true, _) => "yes",
        };
        let limit = gate.limit.map_or_else(|| "–".to_owned(), |limit| format!("{limit:.2}"));
        let measured = measured.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        println!(
            "| {} | {} | {} | {} | {:.2} | {limit} | {measured} | {verdict} |",
            gate.what,
            gate.subject,
            gate.workload,
            gate.against_words(),
            gate.goal
        );
    }
    Ok(all_kept)
}

/// Each workload with the subjects some gate looks at, and no more.
fn results(rounds: usize) -> Result<Results> {
    let mut results = Results::default();
    let mut workloads: Vec<Workload> = GATES.iter().flat_map(Gate::pairs).map(|(_, workload)| workload).collect();
    workloads.sort();
    workloads.dedup();
    for workload in workloads {
        let pairs = GATES.iter().flat_map(Gate::pairs).filter(|&(_, needed)| needed == workload);
        let mut subjects: Vec<String> = pairs.map(|(subject, _)| subject.to_owned()).collect();
        subjects.sort();
        subjects.dedup();
        results.extend(run::measure(&Plan { rounds, subjects, workloads: vec![workload] })?);
    }
    Ok(results)
}

impl Gate {
    fn pairs(&self) -> Vec<(&'static str, Workload)> {
        let other = match self.against {
            Against::Registry => (BASELINE, self.workload),
            Against::Subject(other) | Against::Cpu(other) => (other, self.workload),
            Against::Workload(workload) => (self.subject, workload),
            Against::Allocations => (self.subject, self.workload),
        };
        vec![(self.subject, self.workload), other]
    }

    fn measured(&self, results: &Results) -> Option<f64> {
        let subject = (self.subject, self.workload);
        // What changes the machine's pace changes the baseline's too, so both are set against theirs first.
        let cpu: fn(&Sample) -> f64 = |sample| sample.cost.cpu_ns / sample.baseline;
        match self.against {
            Against::Registry => results.median(self.subject, self.workload, ratio),
            Against::Subject(other) => results.ratio(subject, (other, self.workload), ratio),
            Against::Cpu(other) => results.ratio(subject, (other, self.workload), cpu),
            // The baseline itself slows down with depth: plain nanoseconds.
            Against::Workload(workload) => results.ratio(subject, (self.subject, workload), |sample| sample.cost.ns),
            Against::Allocations => results.median(self.subject, self.workload, |sample| sample.cost.allocations),
        }
    }

    fn kept(&self, measured: Option<f64>, tolerance: f64) -> bool {
        match (self.against, self.limit, measured) {
            (_, _, None) => false,
            (_, None, Some(_)) => true,
            (Against::Allocations, Some(limit), Some(measured)) => measured <= limit + NO_ALLOCATIONS,
            (_, Some(limit), Some(measured)) => measured <= limit * (1.0 + tolerance),
        }
    }

    fn against_words(&self) -> String {
        match self.against {
            Against::Registry => format!("× {BASELINE}"),
            Against::Subject(other) => format!("× {other}"),
            Against::Cpu(other) => format!("× {other}, CPU of all threads"),
            Against::Workload(workload) => format!("× {workload}"),
            Against::Allocations => "a span".to_owned(),
        }
    }
}
