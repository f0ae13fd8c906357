//! Operations that were slower, or failed more, than in earlier sessions.

use std::fmt;

use serde::Serialize;

use crate::report::{shown_ms, shown_percent};

/// An operation that was otherwise in the latest session than in those before.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outlier {
    /// Whose.
    pub service: String,
    /// Which.
    pub operation: String,
    /// What: `mean_ms` or `error_rate`.
    pub what: &'static str,
    /// In the latest session.
    pub latest: f64,
    /// The median of earlier sessions.
    pub usual: f64,
    /// Of how many.
    pub sessions: u64,
}

impl fmt::Display for Outlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, operation, what, latest, usual, sessions } = self;
        if *what == "mean_ms" {
            write!(f, "{service} {operation} takes {}, usually {}", shown_ms(*latest), shown_ms(*usual))?;
        } else {
            write!(f, "{service} {operation} fails {}, usually {}", shown_percent(*latest), shown_percent(*usual))?;
        }
        write!(f, " ({sessions} sessions)")
    }
}

/// One operation in one session.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sample {
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) total_ms: f64,
}

impl Sample {
    pub(super) fn mean_ms(self) -> f64 {
        self.total_ms / self.count as f64
    }

    fn error_rate(self) -> f64 {
        self.errors as f64 / self.count as f64
    }
}

/// Fewer earlier sessions say nothing.
const FEWEST: usize = 3;

/// What of the latest is an outlier: its mean is above twice the median of earlier ones and above all of them, or errors
/// are more frequent than in all of them, by a tenth at least.
pub(super) fn find(service: &str, operation: &str, earlier: &[Sample], latest: Sample) -> Vec<Outlier> {
    if earlier.len() < FEWEST || latest.count == 0 {
        return Vec::new();
    }
    let sorted = |of: fn(Sample) -> f64| {
        let mut all: Vec<f64> = earlier.iter().map(|&sample| of(sample)).collect();
        all.sort_by(f64::total_cmp);
        (all[all.len() / 2], all[all.len() - 1])
    };
    let outlier = |what, latest, usual| Outlier {
        service: service.to_owned(),
        operation: operation.to_owned(),
        what,
        latest,
        usual,
        sessions: earlier.len() as u64,
    };
    let mut found = Vec::new();
    let (median, most) = sorted(Sample::mean_ms);
    if latest.mean_ms() > 2.0 * median && latest.mean_ms() > most {
        found.push(outlier("mean_ms", latest.mean_ms(), median));
    }
    let (median, most) = sorted(Sample::error_rate);
    if latest.error_rate() > most + 0.1 {
        found.push(outlier("error_rate", latest.error_rate(), median));
    }
    found
}
