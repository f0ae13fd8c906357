//! Runs subjects against each other, so that a slow minute of the machine falls on none of them alone.
//!
//! A process for each subject, workload and round; subjects in a new order each round; the baseline before and after
//! every four of them. A figure is set against the mean of the two baseline runs next to it.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::common::slice::{median, quantile};
use crate::common::workload::Workload;
use crate::measure::Cost;
use crate::subjects::{self, BASELINE};

/// Subjects between two runs of the baseline.
const BETWEEN_BASELINES: usize = 4;

/// What is to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) subjects: Vec<String>,
    pub(crate) workloads: Vec<Workload>,
}

impl Plan {
    /// All that can be done.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, Workload)> {
        let pairs = self
            .subjects
            .iter()
            .flat_map(|subject| self.workloads.iter().map(|&workload| (subject.as_str(), workload)));
        pairs.filter(|(subject, workload)| subjects::unsupported(subject, *workload).is_none())
    }
}

/// One process's figures beside those of its neighbours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) cost: Cost,
    /// Nanoseconds a span of the baseline around it.
    pub(crate) baseline: f64,
}

/// Everything measured, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Results {
    samples: BTreeMap<(String, Workload), BTreeMap<usize, Sample>>,
    pub(crate) failures: Vec<String>,
}

impl Results {
    /// Takes in what was measured apart from this.
    pub(crate) fn extend(&mut self, other: Self) {
        self.samples.extend(other.samples);
        self.failures.extend(other.failures);
    }

    /// Median of a figure over the rounds.
    pub(crate) fn median(&self, subject: &str, workload: Workload, figure: fn(&Sample) -> f64) -> Option<f64> {
        Some(median(&self.figures(subject, workload, figure)?))
    }

    /// Half the distance between the quartiles.
    pub(crate) fn spread(&self, subject: &str, workload: Workload, figure: fn(&Sample) -> f64) -> Option<f64> {
        let figures = self.figures(subject, workload, figure)?;
        Some((quantile(&figures, 0.75) - quantile(&figures, 0.25)) / 2.0)
    }

    /// How many times one is the other, round by round; the median of that.
    pub(crate) fn ratio(
        &self,
        subject: (&str, Workload),
        against: (&str, Workload),
        figure: fn(&Sample) -> f64,
    ) -> Option<f64> {
        let rounds = |(subject, workload): (&str, Workload)| self.samples.get(&(subject.to_owned(), workload));
        let (subject, against) = (rounds(subject)?, rounds(against)?);
        let ratios: Vec<f64> =
            subject.iter().filter_map(|(round, sample)| Some(figure(sample) / figure(against.get(round)?))).collect();
        (!ratios.is_empty()).then(|| median(&ratios))
    }

    fn figures(&self, subject: &str, workload: Workload, figure: fn(&Sample) -> f64) -> Option<Vec<f64>> {
        let samples = self.samples.get(&(subject.to_owned(), workload))?;
        Some(samples.values().map(figure).collect())
    }
}

/// Checks that every subject of the plan records faithfully; returns what went wrong.
pub(crate) fn check(plan: &Plan) -> Result<Vec<String>> {
    let mut failures = Vec::new();
    for (subject, workload) in plan.pairs() {
        if let Err(error) = child("child-check", subject, workload) {
            failures.push(format!("{error:#}"));
        }
    }
    Ok(failures)
}

/// Measures the plan. A pair that fails is named in [`Results::failures`] and has no figures from there on.
pub(crate) fn measure(plan: &Plan) -> Result<Results> {
    let mut results = Results::default();
    for round in 0..plan.rounds {
        for &workload in &plan.workloads {
            eprint!("\rround {} of {}: {workload:<12}", round + 1, plan.rounds);
            std::io::stderr().flush()?;
            measure_workload(plan, workload, round, &mut results)?;
        }
    }
    eprintln!();
    Ok(results)
}

fn measure_workload(plan: &Plan, workload: Workload, round: usize, results: &mut Results) -> Result<()> {
    let wanted = |subject: &&String| {
        *subject != BASELINE
            && subjects::unsupported(subject, workload).is_none()
            && (round == 0 || results.samples.contains_key(&((*subject).clone(), workload)))
    };
    let mut subjects: Vec<&String> = plan.subjects.iter().filter(wanted).collect();
    fastrand::shuffle(&mut subjects);

    let baseline = || figures(BASELINE, workload).context("nothing can be compared without the baseline");
    let first = baseline()?;
    let mut baselines = vec![first.ns];
    for group in subjects.chunks(BETWEEN_BASELINES) {
        let costs: Vec<_> = group.iter().map(|subject| (*subject, figures(subject, workload))).collect();
        baselines.push(baseline()?.ns);
        let around = (baselines[baselines.len() - 2] + baselines[baselines.len() - 1]) / 2.0;
        for (subject, cost) in costs {
            match cost {
                Ok(cost) => {
                    let rounds = results.samples.entry((subject.clone(), workload)).or_default();
                    rounds.insert(round, Sample { cost, baseline: around });
                }
                Err(error) => {
                    results.failures.push(format!("{error:#}"));
                    results.samples.remove(&(subject.clone(), workload));
                }
            }
        }
    }
    // The baseline against itself: how far two runs of one thing lie apart.
    let last = baselines[baselines.len() - 1];
    let rounds = results.samples.entry((BASELINE.to_owned(), workload)).or_default();
    rounds.insert(round, Sample { cost: first, baseline: if baselines.len() > 1 { last } else { first.ns } });
    Ok(())
}

fn figures(subject: &str, workload: Workload) -> Result<Cost> {
    let output = child("child", subject, workload)?;
    serde_json::from_str(&output).with_context(|| format!("`{subject}` under `{workload}` printed `{output}`"))
}

fn child(kind: &str, subject: &str, workload: Workload) -> Result<String> {
    let output = Command::new(std::env::current_exe()?)
        .args([kind, subject, &workload.to_string()])
        .stdin(Stdio::null())
        .output()
        .context("cannot start a process of this program")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{subject}` under `{workload}` failed ({}): {}", output.status, said.trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
