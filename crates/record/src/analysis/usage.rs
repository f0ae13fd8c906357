//! How often something was asked, how it ended, how long it took, how large it was.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::model::{Interaction, Status, Timestamp};

/// Numbers of many interactions. Times are in milliseconds; percentiles are exact to three digits.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Usage {
    /// Interactions.
    pub count: u64,
    /// Those that ended with a response.
    pub success: u64,
    /// Those that ended with an error.
    pub errors: u64,
    /// Those that ended in another way: cancelled, or never.
    pub other: u64,
    /// `success / count`, 0 to 1; of those that were cancelled nobody knows, so they count as no success.
    pub success_rate: f64,
    /// Mean duration.
    pub mean_ms: f64,
    /// Shortest.
    pub min_ms: f64,
    /// Median.
    pub p50_ms: f64,
    /// 90 % took no longer.
    pub p90_ms: f64,
    /// 95 %.
    pub p95_ms: f64,
    /// 99 %.
    pub p99_ms: f64,
    /// Longest.
    pub max_ms: f64,
    /// All durations.
    pub total_ms: f64,
    /// Bytes of all requests: as JSON, and of large bodies what lies beside the session.
    pub request_bytes: u64,
    /// Bytes of all responses, likewise.
    pub response_bytes: u64,
    /// The largest request or response.
    pub largest_bytes: u64,
    /// When the first began.
    pub first: Option<Timestamp>,
    /// When the last began.
    pub last: Option<Timestamp>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OperationUse {
    /// Its name.
    pub operation: String,
    /// Its numbers.
    #[serde(flatten)]
    pub usage: Usage,
}

/// Numbers that are being counted.
pub(super) struct Counting {
    usage: Usage,
    /// Microseconds.
    durations: Histogram<u32>,
}

/// A day; what is longer counts as one.
const LONGEST_US: u64 = 86_400_000_000;

impl Counting {
    pub(super) fn new() -> Self {
        let durations = Histogram::new(3).expect("three digits are possible");
        Self { usage: Usage::default(), durations }
    }

    pub(super) fn add(&mut self, interaction: &Interaction, request_bytes: u64, response_bytes: u64) {
        let usage = &mut self.usage;
        usage.count += 1;
        match interaction.status {
            Status::Success => usage.success += 1,
            Status::Error => usage.errors += 1,
            _ => usage.other += 1,
        }
        let ms = interaction.duration_ms;
        usage.min_ms = if usage.count == 1 { ms } else { usage.min_ms.min(ms) };
        usage.max_ms = usage.max_ms.max(ms);
        usage.total_ms += ms;
        // It grows with what is recorded, up to a day.
        let _ = self.durations.record(((ms * 1e3) as u64).clamp(1, LONGEST_US));
        usage.request_bytes += request_bytes;
        usage.response_bytes += response_bytes;
        usage.largest_bytes = usage.largest_bytes.max(request_bytes).max(response_bytes);
        usage.first = Some(usage.first.map_or(interaction.timestamp, |first| first.min(interaction.timestamp)));
        usage.last = Some(usage.last.map_or(interaction.timestamp, |last| last.max(interaction.timestamp)));
    }

    pub(super) fn count(&self) -> u64 {
        self.usage.count
    }

    pub(super) fn finish(&self) -> Usage {
        let mut usage = self.usage.clone();
        if usage.count > 0 {
            usage.success_rate = usage.success as f64 / usage.count as f64;
            usage.mean_ms = usage.total_ms / usage.count as f64;
            // A histogram knows buckets; no percentile lies outside of what there was.
            let at =
                |quantile| (self.durations.value_at_quantile(quantile) as f64 / 1e3).clamp(usage.min_ms, usage.max_ms);
            (usage.p50_ms, usage.p90_ms, usage.p95_ms, usage.p99_ms) = (at(0.5), at(0.9), at(0.95), at(0.99));
        }
        usage
    }
}
