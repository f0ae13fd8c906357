//! Tables: recall, false positives, exact sets, calibration, with intervals.

use std::collections::{BTreeMap, BTreeSet};

use tracesnap_mock::patterns::{MIN_CONFIDENCE, Model, Pattern};

use super::corpus::Labelled;
use super::regression::{RIDGE, train};

/// The confidence in each pattern.
pub(crate) type Confidences = [f64; 5];

/// Trains on all operations.
pub(crate) fn model(operations: &[&Labelled]) -> Model {
    // To try others: `RIDGE=3 cargo run …`.
    let ridge = std::env::var("RIDGE").ok().and_then(|ridge| ridge.parse().ok()).unwrap_or(RIDGE);
    let patterns = Pattern::ALL.map(|pattern| (pattern.as_str().to_owned(), train(operations, pattern, ridge)));
    Model { patterns: BTreeMap::from(patterns) }
}

/// The confidences of a model.
pub(crate) fn confidences(model: &Model, operation: &Labelled) -> Confidences {
    Pattern::ALL.map(|pattern| model.confidence(pattern, operation.evidence.findings(pattern)))
}

/// Confidences of every operation by a model that saw no operation of its API.
pub(crate) fn cross_validated(operations: &[Labelled], always: &[Labelled]) -> Vec<Confidences> {
    let apis: BTreeSet<&str> = operations.iter().map(|one| one.api.as_str()).collect();
    let mut out = vec![[0.0; 5]; operations.len()];
    for api in apis {
        let seen: Vec<&Labelled> = operations.iter().filter(|one| one.api != api).chain(always).collect();
        let model = model(&seen);
        for (one, out) in operations.iter().zip(&mut out).filter(|(one, _)| one.api == api) {
            *out = confidences(&model, one);
        }
    }
    out
}

/// Wilson's interval of 95 %, in percent.
fn wilson(hits: usize, of: usize) -> (f64, f64) {
    if of == 0 {
        return (0.0, 100.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let (hits, of) = (hits as f64, of as f64);
    let z = 1.96_f64;
    let share = hits / of;
    let scale = 1.0 + z * z / of;
    let middle = (share + z * z / (2.0 * of)) / scale;
    let half = z * (share * (1.0 - share) / of + z * z / (4.0 * of * of)).sqrt() / scale;
    ((middle - half) * 100.0, (middle + half) * 100.0)
}

fn rate(hits: usize, of: usize) -> String {
    let (low, high) = wilson(hits, of);
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let share = 100.0 * hits as f64 / of.max(1) as f64;
    format!("{share:5.1} [{:5.1},{:5.1}] {hits:>3}/{of:<3}", low.max(0.0), high.min(100.0))
}

/// Prints recall (on operations that were not chosen by words), false positives (on all), and the exact sets.
pub(crate) fn table(title: &str, operations: &[Labelled], confidences: &[Confidences], with_edge: bool) {
    println!("\n{title}, doubtful rows {}", if with_edge { "included" } else { "aside" });
    println!(
        "{:<12} {:<28} {:<28} {:<28} {:>6}",
        "pattern", "recall % random+full", "recall % all strata", "false positives % all", "ECE"
    );
    let rows: Vec<(&Labelled, &Confidences)> =
        operations.iter().zip(confidences).filter(|(one, _)| with_edge || !one.edge).collect();
    for (at, pattern) in Pattern::ALL.into_iter().enumerate() {
        let count = |keep: &dyn Fn(&Labelled) -> bool| {
            let kept: Vec<_> = rows.iter().filter(|(one, _)| keep(one)).collect();
            (kept.iter().filter(|(_, sure)| sure[at] >= MIN_CONFIDENCE).count(), kept.len())
        };
        let natural = count(&|one| one.is[at] && !one.targeted);
        let all = count(&|one| one.is[at]);
        let wrong = count(&|one| !one.is[at]);
        println!(
            "{:<12} {:<28} {:<28} {:<28} {:>6.3}",
            pattern.as_str(),
            rate(natural.0, natural.1),
            rate(all.0, all.1),
            rate(wrong.0, wrong.1),
            calibration_error(&rows, at),
        );
    }
    let exact = |keep: &dyn Fn(&Labelled) -> bool| {
        let kept: Vec<_> = rows.iter().filter(|(one, _)| keep(one)).collect();
        (kept.iter().filter(|(one, sure)| sure.map(|sure| sure >= MIN_CONFIDENCE) == one.is).count(), kept.len())
    };
    let (natural, all) = (exact(&|one| !one.targeted), exact(&|_| true));
    println!("exact sets   {:<28} {:<28}", rate(natural.0, natural.1), rate(all.0, all.1));
}

/// Expected calibration error: ten bins of confidence, each with how far confidence and truth are apart. A pattern that
/// does not count is reported with confidence 0.
fn calibration_error(rows: &[(&Labelled, &Confidences)], at: usize) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for (one, sure) in rows {
        let sure = if sure[at] >= MIN_CONFIDENCE { sure[at] } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
        let bin = &mut bins[((sure * 10.0) as usize).min(9)];
        bin.0 += 1.0;
        bin.1 += sure;
        bin.2 += if one.is[at] { 1.0 } else { 0.0 };
    }
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let all = rows.len() as f64;
    bins.iter().filter(|bin| bin.0 > 0.0).map(|(count, sure, is)| count / all * (sure / count - is / count).abs()).sum()
}

/// Every operation where a pattern is wrong, with what weighed most.
pub(crate) fn mistakes(operations: &[Labelled], confidences: &[Confidences], models: &Model) {
    for (at, pattern) in Pattern::ALL.into_iter().enumerate() {
        println!("\n{pattern}");
        for (one, sure) in operations.iter().zip(confidences) {
            if (sure[at] >= MIN_CONFIDENCE) == one.is[at] {
                continue;
            }
            let weights = &models.patterns[pattern.as_str()];
            let mut found: Vec<(f64, &str)> = one
                .evidence
                .findings(pattern)
                .iter()
                .map(|finding| {
                    (weights.weights.get(finding.name).copied().unwrap_or_default() * finding.value, finding.name)
                })
                .collect();
            found.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
            let found: Vec<String> = found.iter().take(9).map(|(weight, name)| format!("{name}{weight:+.1}")).collect();
            println!(
                "{} {:.2} {}{} {} {} [{}]  {}",
                if one.is[at] { "miss " } else { "false" },
                sure[at],
                if one.edge { "(edge) " } else { "" },
                one.api,
                one.evidence.method,
                one.evidence.path,
                one.evidence.operation_id.as_deref().unwrap_or("-"),
                found.join(" "),
            );
        }
    }
}
