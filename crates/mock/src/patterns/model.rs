//! Weighs evidence: one logistic regression a pattern, as data.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Pattern;
use super::evidence::Finding;

/// The weights that ship with the crate, made by the example `train`.
const BUILT_IN: &str = include_str!("model.json");

/// What each piece of evidence weighs, by pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Weights by the name of the pattern.
    pub patterns: BTreeMap<String, Weights>,
}

/// The weights of one pattern. **Unit:** natural logarithm of odds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// What holds without any evidence.
    pub bias: f64,
    /// By the name of the finding.
    pub weights: BTreeMap<String, f64>,
}

/// Why a model cannot be used.
#[derive(Debug)]
pub struct ModelError(serde_json::Error);

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the model is no JSON of the form that the example `train` writes; train it again")
    }
}

impl std::error::Error for ModelError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Default for Model {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Weights {
    /// The probability that these findings make.
    #[must_use]
    pub fn probability(&self, findings: &[Finding]) -> f64 {
        let sum: f64 = findings.iter().map(|finding| self.of(finding)).sum();
        1.0 / (1.0 + (-(self.bias + sum)).exp())
    }

    fn of(&self, finding: &Finding) -> f64 {
        self.weights.get(finding.name).map_or(0.0, |weight| weight * finding.value)
    }
}

impl Model {
    /// The weights that ship with the crate.
    ///
    /// # Panics
    /// Never: a test holds that file to its form.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the file beside this one is of the form that is read here")
    }

    /// Reads what the example `train` writes.
    ///
    /// # Errors
    /// The text is no JSON of that form.
    pub fn parse(json: &str) -> Result<Self, ModelError> {
        serde_json::from_str(json).map_err(ModelError)
    }

    /// How likely it is that an operation with these findings has the pattern; 0 for a pattern it knows nothing of.
    #[must_use]
    pub fn confidence(&self, pattern: Pattern, findings: &[Finding]) -> f64 {
        self.patterns.get(pattern.as_str()).map_or(0.0, |weights| weights.probability(findings))
    }

    /// What speaks for the pattern, what weighs most first.
    pub(super) fn reasons(&self, pattern: Pattern, findings: &[Finding], most: usize) -> Vec<String> {
        let Some(weights) = self.patterns.get(pattern.as_str()) else { return Vec::new() };
        let weighed = findings.iter().map(|finding| (weights.of(finding), finding));
        let mut found: Vec<_> =
            weighed.filter(|(weight, finding)| *weight > 0.05 && !finding.reason.is_empty()).collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut reasons: Vec<String> = Vec::new();
        for (_, finding) in found {
            if reasons.len() < most && !reasons.contains(&finding.reason) {
                reasons.push(finding.reason.clone());
            }
        }
        if reasons.is_empty() {
            reasons.push("nothing in particular: most operations of this shape are".to_owned());
        }
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_is_of_the_form_that_is_read() {
        let model = Model::built_in();
        for pattern in Pattern::ALL {
            assert!(!model.patterns[pattern.as_str()].weights.is_empty(), "{pattern}");
        }
    }
}
