//! What a cache has done so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

/// What a cache has done since it was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Statistics {
    /// Lookups that found an answer, in whatever tier, or one that was being made.
    pub hits: u64,
    /// Lookups that found none.
    pub misses: u64,
    /// The share of lookups that found one, from 0 to 1; 0 where there were none.
    pub hit_rate: f64,
    /// Of the hits, how many waited for what somebody else was making.
    pub shared: u64,
    /// Answers that were made.
    pub made: u64,
    /// Of those, how many were not kept: they may not be, or entries were invalidated meanwhile.
    pub not_kept: u64,
    /// Entries in memory.
    pub memory_cache_size: u64,
    /// The tiers, fastest first.
    pub tiers: Vec<TierStatistics>,
}

/// What one tier has done.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TierStatistics {
    /// The name, as in `redis`.
    pub tier: String,
    /// Whether it is used; a tier that is down is skipped.
    pub is_up: bool,
    /// How long it has been down.
    pub down_for: Option<Duration>,
    /// How often it went down.
    pub went_down: u64,
    /// What it failed with the last time.
    pub last_error: Option<String>,
    /// Lookups it had an answer for.
    pub hits: u64,
    /// Lookups it had none for.
    pub misses: u64,
    /// Lookups and writes that went past it, since it was down.
    pub skipped: u64,
    /// Lookups and writes that failed.
    pub failures: u64,
    /// Entries that moved up from it.
    pub promoted: u64,
    /// The mean time of a lookup.
    pub mean_latency: Duration,
    /// The longest time of a lookup.
    pub max_latency: Duration,
}

/// Counters of a tier that any number of threads add to.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) hits: AtomicU64,
    pub(crate) misses: AtomicU64,
    pub(crate) skipped: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) promoted: AtomicU64,
    nanos: AtomicU64,
    longest: AtomicU64,
}

pub(crate) fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

pub(crate) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Counters {
    pub(crate) fn took(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.longest.fetch_max(nanos, Ordering::Relaxed);
    }

    pub(crate) fn statistics(&self, tier: &str) -> TierStatistics {
        let lookups = read(&self.hits) + read(&self.misses);
        TierStatistics {
            tier: tier.to_owned(),
            is_up: true,
            hits: read(&self.hits),
            misses: read(&self.misses),
            skipped: read(&self.skipped),
            failures: read(&self.failures),
            promoted: read(&self.promoted),
            mean_latency: Duration::from_nanos(read(&self.nanos).checked_div(lookups).unwrap_or_default()),
            max_latency: Duration::from_nanos(read(&self.longest)),
            ..TierStatistics::default()
        }
    }
}
