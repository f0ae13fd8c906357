//! Why an assertion over a call tree failed.

use std::fmt;

use crate::tree::TraceStats;

/// What was expected of a call tree, what was found, and the part of the tree that shows it.
///
/// `Debug` writes the same text as `Display`, so that `unwrap`, and a test that returns a `Result`, show it readably.
#[derive(Clone, PartialEq, Eq)]
pub struct AssertionError {
    message: String,
}

impl AssertionError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }

    /// `Err` for an assertion over a trace that misses calls.
    pub(super) fn refuse_incomplete(stats: &TraceStats) -> Result<(), Self> {
        let loss = stats.loss();
        if loss.is_none() {
            return Ok(());
        }
        let remedies: Vec<_> = loss.remedies().collect();
        Err(Self::new(format!(
            "this trace is incomplete ({loss}), so nothing can be asserted of the calls in it; {}",
            remedies.join("; ")
        )))
    }

    /// Panics where the assertion stands in the test.
    #[track_caller]
    pub(super) fn raise(result: Result<(), Self>) {
        if let Err(error) = result {
            panic!("{error}");
        }
    }
}

impl fmt::Display for AssertionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for AssertionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AssertionError {}
