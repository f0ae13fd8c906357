//! When a recording began, by the clock of the system.

use std::time::{Duration, SystemTime};

use crate::layer::clock;

/// The time of a stamp: as long ago as the ticks since then say.
pub(super) fn time_of(stamp: u64) -> Option<SystemTime> {
    SystemTime::now().checked_sub(Duration::from_nanos(clock::nanos_between(stamp, clock::ticks())))
}
