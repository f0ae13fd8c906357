//! What capturing did and what it cost, in numbers.

use std::ops::{Deref, Sub};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number in a line of the cache of its own: what callers count and what the writer counts would be one line, which goes
/// from core to core with every capture.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded(AtomicU64);

impl Deref for Padded {
    type Target = AtomicU64;

    fn deref(&self) -> &AtomicU64 {
        &self.0
    }
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What capturing did since the captures were made, or between two moments: `after - before`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct CaptureStats {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// The numbers as they are counted.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: Padded,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> CaptureStats {
                CaptureStats { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }

        impl Sub for CaptureStats {
            type Output = Self;

            fn sub(self, before: Self) -> Self {
                Self { $($name: self.$name.saturating_sub(before.$name),)* }
            }
        }
    };
}

counters! {
    /// Calls of captured functions, also of those that were left out. While nothing is captured nothing is counted.
    /// Calls that sampling leaves out are added when the next call of that function on that thread is not.
    calls,
    /// Captures that were handed to the store, and are there.
    captured,
    /// Calls left out by sampling.
    sampled_out,
    /// Calls left out by a `filter`.
    filtered_out,
    /// Calls made while a capture was being taken on that thread, by an argument's own `Serialize`, say.
    reentrant,
    /// Calls made by a replay.
    replayed,
    /// Captures dropped because the queue was full.
    dropped,
    /// Captures that failed: the store could not take them, or a `filter` panicked.
    failed,
    /// Captures in which a secret was found when they were about to be written, and which therefore were not.
    quarantined,
    /// Arguments and outcomes that could not be serialised: they failed or panicked.
    failed_values,
    /// Values kept back, by all rules together.
    redacted,
    /// Values cut or left out because of their size.
    truncated,
    /// Bytes handed to the store.
    bytes,
    /// Nanoseconds in which callers were kept: serialising under name, type, size and path rules. In the background, it is
    /// estimated from one call in eight.
    serialize_ns,
    /// Nanoseconds of value rules and the last scan, on the thread that writes.
    redact_ns,
    /// Nanoseconds of the store, on the thread that writes.
    store_ns,
}

impl CaptureStats {
    /// All that capturing cost, on callers and writer together.
    #[must_use]
    pub fn capture_time(&self) -> Duration {
        Duration::from_nanos(self.serialize_ns + self.redact_ns + self.store_ns)
    }

    /// Calls that were not captured, whatever the reason.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.sampled_out + self.filtered_out + self.reentrant + self.replayed + self.dropped
    }
}

pub(crate) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
