//! How often a caller may ask, by a token bucket of its own.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// How often each address may ask: a bucket of tokens that is filled again all the time.
///
/// More is answered with 429 and `Retry-After`; every answer says in `RateLimit-Limit`, `RateLimit-Remaining` and
/// `RateLimit-Reset` (seconds) what is left. The server's own routes under `/__mock/` are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests in a period, one after the other.
    pub requests: NonZeroU32,
    /// The period.
    pub period: Duration,
    /// Requests at once, after a rest.
    pub burst: NonZeroU32,
}

impl RateLimit {
    /// So many requests in a period, all of them at once if need be. 0 requests are one, and no time is a nanosecond.
    #[must_use]
    pub fn new(requests: u32, period: Duration) -> Self {
        let requests = NonZeroU32::new(requests).unwrap_or(NonZeroU32::MIN);
        Self { requests, period: period.max(Duration::from_nanos(1)), burst: requests }
    }

    /// So many requests at once at most. Default: as many as in a period.
    #[must_use]
    pub fn with_burst(mut self, burst: u32) -> Self {
        self.burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        self
    }
}

impl std::str::FromStr for RateLimit {
    type Err = String;

    /// `100/s`, `60/min`, `1000/h`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no rate; write `100/s`, `60/min` or `1000/h`");
        let (requests, unit) = text.trim().split_once('/').ok_or_else(wrong)?;
        let requests = requests.trim().parse().ok().filter(|requests| *requests > 0).ok_or_else(wrong)?;
        let seconds = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3_600,
            _ => return Err(wrong()),
        };
        Ok(Self::new(requests, Duration::from_secs(seconds)))
    }
}

/// Addresses whose buckets are kept; those that are full again are forgotten when there are more.
const MOST_CALLERS: usize = 10_000;

type Keyed = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, DefaultClock, StateInformationMiddleware>;

/// Buckets by address.
pub(super) struct Buckets {
    limit: RateLimit,
    limiter: Keyed,
    clock: DefaultClock,
}

impl std::fmt::Debug for Buckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buckets").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// What is left for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Until the bucket has a token again, or is full.
    pub(super) wait: Duration,
    pub(super) is_refused: bool,
}

impl Left {
    /// Whole seconds, so that who waits that long is let in.
    pub(super) fn seconds(&self) -> u64 {
        self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0)
    }
}

impl Buckets {
    pub(super) fn new(limit: RateLimit) -> Self {
        let each = (limit.period / limit.requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(each).map(|quota| quota.allow_burst(limit.burst));
        let quota = quota.unwrap_or_else(|| Quota::per_second(limit.requests).allow_burst(limit.burst));
        let limiter = RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>();
        Self { limit, limiter, clock: DefaultClock::default() }
    }

    pub(super) fn take(&self, caller: IpAddr) -> Left {
        if self.limiter.len() > MOST_CALLERS {
            self.limiter.retain_recent();
        }
        let limit = self.limit.burst.get();
        match self.limiter.check_key(&caller) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let each = self.limit.period / self.limit.requests.get();
                let wait = each.saturating_mul(limit.saturating_sub(remaining));
                Left { limit, remaining, wait, is_refused: false }
            }
            Err(not_until) => {
                Left { limit, remaining: 0, wait: not_until.wait_time_from(self.clock.now()), is_refused: true }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_a_bucket_of_its_own() {
        let buckets = Buckets::new(RateLimit::new(3, Duration::from_secs(3_600)));
        let (one, two) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let remaining: Vec<u32> = (0..3).map(|_| buckets.take(one).remaining).collect();
        assert_eq!(remaining, [2, 1, 0]);
        let refused = buckets.take(one);
        assert!(refused.is_refused && (1..=1_200).contains(&refused.seconds()), "{refused:?}");
        assert!(!buckets.take(two).is_refused);
    }

    #[test]
    fn rates_are_read_from_texts() {
        assert_eq!("60/min".parse(), Ok(RateLimit::new(60, Duration::from_secs(60))));
        for wrong in ["", "60", "0/s", "x/s", "1/day", "-1/s"] {
            assert!(wrong.parse::<RateLimit>().is_err(), "{wrong}");
        }
    }
}
