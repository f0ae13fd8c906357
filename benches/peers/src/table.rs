//! Results as Markdown: a table for each figure, a row for each subject, a column for each workload.

use std::fmt::Write;

use crate::common::workload::Workload;
use crate::run::{Plan, Results, Sample};
use crate::subjects;

/// A figure of the tables.
struct Figure {
    title: &'static str,
    of: fn(&Sample) -> f64,
    /// Whether the rounds' spread is shown beside it.
    spread: bool,
}

const FIGURES: [Figure; 5] = [
    Figure { title: "ns a span, on the thread that makes it", of: |sample| sample.cost.ns, spread: false },
    Figure { title: "times `registry`, in the same round", of: ratio, spread: true },
    Figure { title: "ns added to `registry`", of: |sample| sample.cost.ns - sample.baseline, spread: false },
    Figure {
        title: "CPU ns a span over all threads, until it can be read",
        of: |sample| sample.cost.cpu_ns,
        spread: false,
    },
    Figure { title: "allocations a span", of: |sample| sample.cost.allocations, spread: false },
];

pub(crate) fn ratio(sample: &Sample) -> f64 {
    sample.cost.ns / sample.baseline
}

pub(crate) fn all(plan: &Plan, results: &Results) -> String {
    let mut text = String::new();
    for figure in &FIGURES {
        table(&mut text, plan, results, figure);
    }
    let mut notes: Vec<String> = results.failures.clone();
    for subject in &plan.subjects {
        for &workload in &plan.workloads {
            if let Some(reason) = subjects::unsupported(subject, workload) {
                notes.push(format!("`{subject}` under `{workload}` left out: {reason}"));
            }
        }
    }
    for note in notes {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "- {}", note.replace('\n', " "));
    }
    text
}

fn table(text: &mut String, plan: &Plan, results: &Results, figure: &Figure) {
    let columns: Vec<String> = plan.workloads.iter().map(Workload::to_string).collect();
    let _ = writeln!(text, "### {}\n", figure.title);
    let _ = writeln!(text, "| subject | {} |", columns.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(columns.len()));
    for subject in &plan.subjects {
        let cells: Vec<String> =
            plan.workloads.iter().map(|&workload| cell(results, subject, workload, figure)).collect();
        let _ = writeln!(text, "| {subject} | {} |", cells.join(" | "));
    }
    text.push('\n');
}

fn cell(results: &Results, subject: &str, workload: Workload, figure: &Figure) -> String {
    let Some(value) = results.median(subject, workload, figure.of) else { return String::from("–") };
    match results.spread(subject, workload, figure.of).filter(|_| figure.spread) {
        Some(spread) => format!("{} ±{}", number(value), number(spread)),
        None => number(value),
    }
}

/// Three digits are all these figures are good for.
fn number(value: f64) -> String {
    match value.abs() {
        size if size < 0.005 => "0".to_owned(),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
