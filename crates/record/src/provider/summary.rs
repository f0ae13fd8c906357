//! What was asked of services, and who answered.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::Serialize;

use crate::Mode;

/// What was asked of all services so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The mode.
    #[serde(serialize_with = "display")]
    pub mode: Mode,
    /// Each service, A to Z.
    pub services: Vec<ServiceSummary>,
}

fn display<S: serde::Serializer>(mode: &Mode, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(mode)
}

/// What was asked of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServiceSummary {
    /// Its name.
    pub service: String,
    /// Calls that the service itself answered, or failed.
    pub real: u64,
    /// Calls that a recording answered.
    pub played: u64,
    /// Calls that a mock answered.
    pub mocked: u64,
    /// Calls that nothing answered.
    pub refused: u64,
    /// Bytes of real calls, where a budget counts them.
    pub bytes: u64,
    /// Tokens of real calls, where a budget counts them.
    pub tokens: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) real: AtomicU64,
    pub(super) played: AtomicU64,
    pub(super) mocked: AtomicU64,
    pub(super) refused: AtomicU64,
}

impl Counts {
    pub(super) fn summary(&self, service: &str) -> ServiceSummary {
        ServiceSummary {
            service: service.to_owned(),
            real: self.real.load(Relaxed),
            played: self.played.load(Relaxed),
            mocked: self.mocked.load(Relaxed),
            refused: self.refused.load(Relaxed),
            bytes: 0,
            tokens: 0,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mode {}", self.mode)?;
        for one in &self.services {
            write!(f, "\n{}: {} real, {} played back, {} mocked", one.service, one.real, one.played, one.mocked)?;
            for (count, what) in [(one.refused, "refused"), (one.bytes, "bytes"), (one.tokens, "tokens")] {
                if count > 0 {
                    write!(f, ", {count} {what}")?;
                }
            }
        }
        Ok(())
    }
}
