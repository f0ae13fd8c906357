//! Decides whether a tier is asked: one that is down is left alone for a while.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row after which a tier is down.
pub const FAILURES: u32 = 3;
/// Time for which a tier that is down is skipped at first.
pub const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Time for which a tier that stays down is skipped at most.
pub const LAST_PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Not asked before that.
    until: Option<Instant>,
    pause: Duration,
    since: Option<Instant>,
    why: Option<String>,
    times: u64,
}

/// What a breaker says of its tier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) since: Option<Instant>,
    pub(crate) why: Option<String>,
    pub(crate) times: u64,
}

impl Breaker {
    /// Whether the tier is asked now. Of those who ask while it is down, one may try when the pause is over.
    pub(crate) fn lets_pass(&self, now: Instant) -> bool {
        let mut state = self.lock();
        match state.until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                // The others wait for what becomes of it.
                state.until = Some(now + state.pause.max(FIRST_PAUSE));
                true
            }
        }
    }

    /// It answered; whether it was down until now.
    pub(crate) fn succeeded(&self) -> bool {
        let mut state = self.lock();
        let was_down = state.since.is_some();
        (state.failures, state.until, state.pause, state.since) = (0, None, Duration::ZERO, None);
        was_down
    }

    /// It did not; whether it is down from now on.
    pub(crate) fn failed(&self, now: Instant, why: String) -> bool {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        state.why = Some(why);
        if state.failures < FAILURES {
            return false;
        }
        let went_down = state.since.is_none();
        if went_down {
            state.since = Some(now);
            state.times += 1;
            state.pause = FIRST_PAUSE;
        } else if state.until.is_none_or(|until| until > now) && state.pause < LAST_PAUSE {
            // Failures of what was under way when it went down double nothing: only the one that tried does.
            state.pause = (state.pause * 2).min(LAST_PAUSE);
        }
        state.until = Some(now + state.pause);
        went_down
    }

    pub(crate) fn report(&self) -> Report {
        let state = self.lock();
        Report { since: state.since, why: state.why.clone(), times: state.times }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_is_skipped_after_failures_in_a_row_then_tried_by_one_and_used_again_when_it_answers() {
        let breaker = Breaker::default();
        let begun = Instant::now();
        for _ in 1..FAILURES {
            assert!(breaker.lets_pass(begun) && !breaker.failed(begun, "gone".to_owned()));
        }
        assert!(breaker.lets_pass(begun) && breaker.failed(begun, "gone".to_owned()));
        assert!(!breaker.lets_pass(begun) && breaker.report().since.is_some());
        let later = begun + FIRST_PAUSE;
        assert!(breaker.lets_pass(later) && !breaker.lets_pass(later), "one tries");
        assert!(!breaker.failed(later, "still gone".to_owned()));
        assert!(!breaker.lets_pass(later + FIRST_PAUSE), "the pause is longer now");
        assert!(breaker.lets_pass(later + FIRST_PAUSE * 2));
        assert!(breaker.succeeded() && breaker.lets_pass(later));
        assert_eq!((breaker.report().times, breaker.report().why.as_deref()), (1, Some("still gone")));
    }

    #[test]
    fn a_failure_now_and_then_opens_nothing() {
        let breaker = Breaker::default();
        let now = Instant::now();
        for _ in 0..10 {
            assert!(!breaker.failed(now, String::new()));
            assert!(!breaker.succeeded() && breaker.lets_pass(now));
        }
    }
}
