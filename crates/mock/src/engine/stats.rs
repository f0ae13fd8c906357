//! Counts what was answered.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::{Answer, Source};

/// What a mock has answered since it was made, or since its [reset](super::Mock::reset_stats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Requests.
    pub requests: u64,
    /// Answers by what somebody said they are.
    pub from_override: u64,
    /// Answers by what was recorded.
    pub from_recording: u64,
    /// Answers by what is stored.
    pub from_state: u64,
    /// Answers by an example.
    pub from_example: u64,
    /// Answers that were made up.
    pub generated: u64,
    /// Requests that were refused, or for no operation.
    pub refused: u64,
    /// Answers that were checked against their schemas.
    pub checked: u64,
    /// Of those, how many broke them.
    pub invalid: u64,
    /// Answers with a status from 500 on.
    pub server_errors: u64,
}

/// Counters that any number of threads add to.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    by_source: [AtomicU64; 7],
    checked: AtomicU64,
    invalid: AtomicU64,
    server_errors: AtomicU64,
}

impl Counters {
    pub(crate) fn count(&self, answer: &Answer) {
        self.by_source[answer.source as usize].fetch_add(1, Ordering::Relaxed);
        if answer.status.is_server_error() {
            self.server_errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn checked(&self, valid: bool) {
        self.checked.fetch_add(1, Ordering::Relaxed);
        if !valid {
            self.invalid.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let by = |source: Source| of(&self.by_source[source as usize]);
        Stats {
            requests: self.by_source.iter().map(of).sum(),
            from_override: by(Source::Override),
            from_recording: by(Source::Recording),
            from_state: by(Source::State),
            from_example: by(Source::Example),
            generated: by(Source::Generated),
            refused: by(Source::Request),
            checked: of(&self.checked),
            invalid: of(&self.invalid),
            server_errors: of(&self.server_errors),
        }
    }

    pub(crate) fn reset(&self) {
        let counters = self.by_source.iter().chain([&self.checked, &self.invalid, &self.server_errors]);
        counters.for_each(|counter| counter.store(0, Ordering::Relaxed));
    }
}
