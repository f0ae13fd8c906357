//! Logistic regression with a ridge, by Newton's method on the weights of one pattern.
//!
//! Few hundred operations and under a hundred findings: a dense system is solved in milliseconds, the same every time.

use std::collections::{BTreeMap, BTreeSet};

use tracesnap_mock::patterns::{Pattern, Weights};

use super::corpus::Labelled;

/// How strongly weights are held to zero. Larger: fewer surprises on documents nobody saw.
pub(crate) const RIDGE: f64 = 2.0;
/// How often a label is believed to be wrong where every operation has the pattern, and rules to be so on documents that
/// nobody saw when they were written: nothing is surer than that. A pattern that few have is rarely mistaken.
pub(crate) const DOUBT: f64 = 0.05;
/// What a doubtful operation counts.
pub(crate) const EDGE_WEIGHT: f64 = 0.4;

/// An operation: what was found, by index; whether it has the pattern, nearly 0 or 1; how much it counts.
struct Row {
    values: Vec<(usize, f64)>,
    label: f64,
    counts: f64,
}

/// The weights that explain the labels best.
pub(crate) fn train(operations: &[&Labelled], pattern: Pattern, ridge: f64) -> Weights {
    let at = Pattern::ALL.iter().position(|known| *known == pattern).unwrap_or_default();
    let names: BTreeSet<&'static str> =
        operations.iter().flat_map(|one| one.evidence.findings(pattern)).map(|finding| finding.name).collect();
    let index: BTreeMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at + 1)).collect();
    let size = names.len() + 1;
    #[expect(clippy::cast_precision_loss, reason = "hundreds")]
    let share = operations.iter().filter(|one| one.is[at]).count() as f64 / operations.len().max(1) as f64;
    let doubt = DOUBT * share;
    let rows: Vec<Row> = operations
        .iter()
        .map(|one| {
            let mut row = vec![(0, 1.0)];
            row.extend(one.evidence.findings(pattern).iter().map(|finding| (index[finding.name], finding.value)));
            let (label, counts) =
                (if one.is[at] { 1.0 - doubt } else { doubt }, if one.edge { EDGE_WEIGHT } else { 1.0 });
            Row { values: row, label, counts }
        })
        .collect();
    let mut weights = vec![0.0; size];
    for _ in 0..30 {
        let mut gradient = vec![0.0; size];
        let mut hessian = vec![vec![0.0; size]; size];
        for Row { values: row, label, counts } in &rows {
            let sum: f64 = row.iter().map(|(at, value)| weights[*at] * value).sum();
            let probability = 1.0 / (1.0 + (-sum).exp());
            let slope = (probability * (1.0 - probability)).max(1e-6) * counts;
            for (a, left) in row {
                gradient[*a] += counts * (probability - label) * left;
                for (b, right) in row {
                    hessian[*a][*b] += slope * left * right;
                }
            }
        }
        for at in 0..size {
            // The bias is free, but for what keeps the system solvable.
            let ridge = if at == 0 { 1e-3 } else { ridge };
            gradient[at] += ridge * weights[at];
            hessian[at][at] += ridge;
        }
        let step = solve(hessian, gradient);
        let length = step.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
        // Far steps overshoot.
        let scale = if length > 4.0 { 4.0 / length } else { 1.0 };
        for (weight, step) in weights.iter_mut().zip(&step) {
            *weight -= scale * step;
        }
        if length < 1e-6 {
            break;
        }
    }
    let rounded = |weight: f64| (weight * 1_000.0).round() / 1_000.0;
    Weights {
        bias: rounded(weights[0]),
        weights: index.iter().map(|(name, at)| ((*name).to_owned(), rounded(weights[*at]))).collect(),
    }
}

/// Gauss with pivots.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let head = matrix[column].clone();
        for row in column + 1..size {
            let factor = matrix[row][column] / head[column];
            if factor != 0.0 {
                for (cell, above) in matrix[row][column..].iter_mut().zip(&head[column..]) {
                    *cell -= factor * above;
                }
                right[row] -= factor * right[column];
            }
        }
    }
    for column in (0..size).rev() {
        let known: f64 = (column + 1..size).map(|at| matrix[column][at] * right[at]).sum();
        right[column] = (right[column] - known) / matrix[column][column];
    }
    right
}
