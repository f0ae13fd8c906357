//! How long to wait before a request is sent again.

use std::time::Duration;

/// When failed requests are sent again: after pauses that double, each cut short by chance so that many programs do not
/// come back at once. A collector that says how long to wait is waited for at least as long.
///
/// Only failures that may pass are retried: no connection, a timeout, HTTP 429, 502, 503 and 504, and the codes of gRPC
/// that the protocol names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Retry {
    pub(super) first: Duration,
    pub(super) longest: Duration,
    pub(super) give_up_after: Duration,
}

/// No pause is longer, whatever was set.
const DAY: Duration = Duration::from_secs(86_400);

impl Default for Retry {
    fn default() -> Self {
        Self { first: Self::DEFAULT_FIRST, longest: Self::DEFAULT_LONGEST, give_up_after: Self::DEFAULT_GIVE_UP_AFTER }
    }
}

impl Retry {
    /// The first pause.
    pub const DEFAULT_FIRST: Duration = Duration::from_secs(1);
    /// The longest pause.
    pub const DEFAULT_LONGEST: Duration = Duration::from_secs(30);
    /// How long one request is tried.
    pub const DEFAULT_GIVE_UP_AFTER: Duration = Duration::from_secs(300);

    /// The first pause. Default: [`DEFAULT_FIRST`](Self::DEFAULT_FIRST).
    pub fn first(self, first: Duration) -> Self {
        Self { first, ..self }
    }

    /// The longest pause, unless the collector asks for more. Default: [`DEFAULT_LONGEST`](Self::DEFAULT_LONGEST).
    pub fn longest(self, longest: Duration) -> Self {
        Self { longest, ..self }
    }

    /// How long one request is tried before its spans are lost; zero tries once. Default:
    /// [`DEFAULT_GIVE_UP_AFTER`](Self::DEFAULT_GIVE_UP_AFTER).
    pub fn give_up_after(self, limit: Duration) -> Self {
        Self { give_up_after: limit, ..self }
    }

    /// The pause before try `failed + 1`, `None` to give up. `chance` is from 0 to 1, `spent` the time since the first try.
    pub(super) fn pause(&self, failed: u32, spent: Duration, asked: Option<Duration>, chance: f64) -> Option<Duration> {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX));
        let longest = doubled.min(self.longest).min(DAY);
        // From half of it to all of it.
        let pause = longest.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0).max(asked.unwrap_or_default());
        (spent.saturating_add(pause) <= self.give_up_after).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn retry() -> Retry {
        Retry::default().first(MS(100)).longest(MS(1_000)).give_up_after(MS(5_000))
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pause = |failed| retry().pause(failed, MS(0), None, 1.0);
        let pauses = [1, 2, 3, 4, 5, 40].map(pause);
        assert_eq!(pauses, [100, 200, 400, 800, 1_000, 1_000].map(|ms| Some(MS(ms))));
    }

    #[test]
    fn chance_takes_up_to_half_of_a_pause() {
        assert_eq!(retry().pause(1, MS(0), None, 0.0), Some(MS(50)));
        assert_eq!(retry().pause(1, MS(0), None, 0.5), Some(MS(75)));
    }

    #[test]
    fn a_collector_that_asks_for_a_pause_gets_it() {
        assert_eq!(retry().pause(1, MS(0), Some(MS(3_000)), 0.0), Some(MS(3_000)));
        assert_eq!(retry().pause(1, MS(0), Some(MS(1)), 1.0), Some(MS(100)), "but never less than ours");
    }

    #[test]
    fn what_would_take_too_long_is_given_up() {
        assert_eq!(retry().pause(1, MS(4_950), None, 1.0), None);
        assert_eq!(retry().pause(1, MS(0), Some(MS(5_001)), 1.0), None);
        assert_eq!(retry().give_up_after(MS(0)).pause(1, MS(0), None, 0.0), None);
    }
}
