//! How measured values are serialised: times as whole nanoseconds, calls as their number.
//!
//! Fields of times are renamed to end in `_ns`, so that nobody has to guess the unit.

use std::time::Duration;

use serde::Serializer;

use super::CallId;

/// A time as whole nanoseconds; those past 584 years become the last that fits.
pub(super) fn nanos<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
}

/// [`nanos`] of a time that may be missing.
pub(super) fn nanos_or_none<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => nanos(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// A call as its number in the tree.
pub(super) fn call_number<S: Serializer>(call: &CallId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(call.index() as u64)
}
