//! Tells what was kept back: by which rules, how often, where. Never what it was.

use std::collections::BTreeMap;
use std::fmt;

use crate::RuleId;

/// What one redaction did.
///
/// It holds ids of rules, numbers and places, never a value, so it may be logged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    redacted: BTreeMap<RuleId, u64>,
    findings: Vec<Finding>,
    truncated: u64,
    failed: u64,
}

impl Report {
    /// How often each rule kept a value back. Rules that found nothing are left out.
    pub fn redacted(&self) -> impl Iterator<Item = (&RuleId, u64)> {
        self.redacted.iter().map(|(rule, &count)| (rule, count))
    }

    /// How many values were kept back, by all rules together.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.redacted.values().sum()
    }

    /// How many values were kept back by this rule.
    #[must_use]
    pub fn count_of(&self, rule: &str) -> u64 {
        self.redacted.iter().find(|(id, _)| **id == *rule).map_or(0, |(_, &count)| count)
    }

    /// How often something was left out because of its size.
    #[must_use]
    pub fn truncated(&self) -> u64 {
        self.truncated
    }

    /// How many values could not be serialised: they failed or panicked.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Where values were kept back, in the order in which they were met. Filled only where places were asked for, and
    /// with the first [`MOST_FINDINGS`](Self::MOST_FINDINGS) only.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The most places that are kept: 10,000. Counts go on.
    pub const MOST_FINDINGS: usize = 10_000;

    /// Whether all of it is as it was: nothing kept back, left out or failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.redacted.is_empty() && self.truncated == 0 && self.failed == 0
    }

    /// Adds what another redaction did.
    pub fn merge(&mut self, other: Self) {
        for (rule, count) in other.redacted {
            *self.redacted.entry(rule).or_default() += count;
        }
        let room = Self::MOST_FINDINGS.saturating_sub(self.findings.len());
        self.findings.extend(other.findings.into_iter().take(room));
        self.truncated += other.truncated;
        self.failed += other.failed;
    }

    pub(crate) fn add(&mut self, rule: &RuleId) {
        match self.redacted.get_mut(rule) {
            Some(count) => *count += 1,
            None => drop(self.redacted.insert(rule.clone(), 1)),
        }
    }

    #[cfg_attr(not(feature = "patterns"), expect(dead_code, reason = "places are found by the filters only"))]
    pub(crate) fn add_at(&mut self, rule: &RuleId, place: Place) {
        self.add(rule);
        if self.findings.len() < Self::MOST_FINDINGS {
            self.findings.push(Finding { rule: rule.clone(), place });
        }
    }

    #[cfg_attr(not(any(feature = "patterns", feature = "serde")), expect(dead_code, reason = "nothing is cut"))]
    pub(crate) fn add_truncated(&mut self) {
        self.truncated += 1;
    }

    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "nothing is serialised"))]
    pub(crate) fn add_failed(&mut self) {
        self.failed += 1;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("nothing redacted");
        }
        write!(f, "{} redacted", self.count())?;
        for (at, (rule, count)) in self.redacted.iter().enumerate() {
            write!(f, "{}{rule} ×{count}", if at == 0 { ": " } else { ", " })?;
        }
        if self.truncated > 0 {
            write!(f, "; {} truncated", self.truncated)?;
        }
        if self.failed > 0 {
            write!(f, "; {} failed", self.failed)?;
        }
        Ok(())
    }
}

/// One value that must not be written: which rule says so, and where it stands. Never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.rule, self.place)
    }
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In a JSON document, the path to it: `$.items[2].note`. What would be redacted in a name is redacted here too.
    Path(String),
    /// In a text, the offset of its first byte.
    Byte(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Byte(at) => write!(f, "byte {at}"),
        }
    }
}
