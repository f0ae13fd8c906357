//! Raw ticks of the time stamp counter, read while recording and converted after it.

use once_cell::sync::Lazy;

/// One clock for the process: its calibration takes some milliseconds, and all stamps must be comparable.
static CLOCK: Lazy<quanta::Clock> = Lazy::new(quanta::Clock::new);

/// A stamp that says «entered, but times are off».
pub(crate) const UNTIMED: u64 = 1;

/// Calibrates the clock, so that the first stamp of a recording does not have to.
pub(crate) fn warm_up() {
    Lazy::force(&CLOCK);
}

/// The stamp of now, never zero.
#[inline]
pub(crate) fn ticks() -> u64 {
    CLOCK.raw() | 1
}

/// The process's clock, at hand.
pub(crate) struct Clock(quanta::Clock);

impl Clock {
    pub(crate) fn of_process() -> Self {
        Self(CLOCK.clone())
    }

    /// The stamp of now, never zero.
    #[inline(always)]
    pub(crate) fn ticks(&self) -> u64 {
        self.0.raw() | 1
    }
}

/// Nanoseconds from one stamp to a later one, zero where the order is the other way round.
pub(crate) fn nanos_between(start: u64, end: u64) -> u64 {
    if end <= start { 0 } else { CLOCK.delta_as_nanos(start, end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_convert_to_about_the_time_that_passed() {
        warm_up();
        let (start, wall) = (ticks(), std::time::Instant::now());
        while wall.elapsed().as_millis() < 5 {}
        let (ns, wall) = (nanos_between(start, ticks()), wall.elapsed().as_nanos() as u64);
        assert!(ns > wall / 2 && ns < wall * 2, "{ns} ns by the clock, {wall} ns by the wall");
    }
}
