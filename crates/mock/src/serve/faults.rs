//! Lets a share of the answers come late, or as errors: the same ones in every run.

use std::time::Duration;

use crate::engine::Key;

/// What goes wrong on purpose. Which requests are hit depends on the seed and their order alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Faults {
    /// Every answer waits that long. Default: not at all.
    pub latency: Duration,
    /// And up to that much longer. Default: not at all.
    pub jitter: Duration,
    /// The share of requests, from 0 to 1, that are answered with [`status`](Self::status). Default: 0.
    pub error_rate: f64,
    /// The status of those; 0 stands for 503. Default: 503.
    pub status: u16,
    /// Another seed hits other requests. Default: 0.
    pub seed: u64,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) wait: Duration,
    pub(crate) status: Option<u16>,
}

impl Faults {
    pub(crate) fn is_none(&self) -> bool {
        self.latency.is_zero() && self.jitter.is_zero() && self.error_rate <= 0.0
    }

    pub(crate) fn of(&self, request: u64) -> Fault {
        let share = |kind| {
            let bits = Key::of(kind).number(self.seed).number(request).finish() >> 11;
            #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
            let share = bits as f64 / (1_u64 << 53) as f64;
            share
        };
        let wait = self.latency + self.jitter.mul_f64(share("jitter"));
        let fails = share("error") < self.error_rate;
        let status = if self.status == 0 { 503 } else { self.status };
        Fault { wait, status: fails.then_some(status) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_requests_are_hit_in_every_run() {
        let faults = Faults { error_rate: 0.25, jitter: Duration::from_millis(10), seed: 3, ..Faults::default() };
        let hit: Vec<u64> = (0..1_000).filter(|request| faults.of(*request).status == Some(503)).collect();
        assert!((200..300).contains(&hit.len()), "{}", hit.len());
        assert_eq!(hit, (0..1_000).filter(|request| faults.of(*request).status.is_some()).collect::<Vec<_>>());
        assert!((0..1_000).all(|request| faults.of(request).wait < Duration::from_millis(10)));
        assert!(Faults::default().is_none() && !faults.is_none());
    }
}
