//! Whether anything is captured at all: one relaxed load on the way of every call.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// Nobody has decided yet: the first call does.
pub(crate) const UNDECIDED: u32 = 0;
/// Nothing is captured anywhere.
pub const OFF: u32 = 1;
/// Scopes are open, so each thread has to be asked.
pub(crate) const ASK: u32 = u32::MAX;

/// One of the above, or the number of the captures that hold for the whole process.
static GATE: AtomicU32 = AtomicU32::new(UNDECIDED);

/// What the gate says. Relaxed: whoever meets an old value captures as it was a moment ago.
#[inline(always)]
pub fn gate() -> u32 {
    GATE.load(Ordering::Relaxed)
}

pub(crate) fn set(gate: u32) {
    GATE.store(gate, Ordering::Relaxed);
}

/// How many calls of one function, on one thread, are still to be left out by sampling.
///
/// The number is drawn when a call is captured, so that a call that is left out costs a decrement.
#[derive(Clone, Copy, Debug, Default)]
pub struct Skip {
    /// The captures that drew it: another one's number says nothing.
    gate: u32,
    left: u32,
    /// How many were left out since the last call that was looked at.
    out: u32,
}

/// The cell in which a function keeps it.
pub type SkipCell = Cell<Skip>;

impl Skip {
    /// The number at the beginning of a thread.
    pub const NEW: Self = Self { gate: UNDECIDED, left: 0, out: 0 };

    /// Whether this call is left out.
    #[inline(always)]
    pub fn leaves_out(cell: &SkipCell, gate: u32) -> bool {
        let mut skip = cell.get();
        if skip.left == 0 || skip.gate != gate {
            return false;
        }
        skip.left -= 1;
        cell.set(skip);
        true
    }

    /// A call that is looked at: how many were left out before it without being looked at, and whether it is captured.
    pub(crate) fn turn(cell: &SkipCell, gate: u32, draw: impl Fn() -> u32) -> (u32, bool) {
        let before = cell.get();
        if before.gate == gate {
            let left = draw();
            cell.set(Self { gate, left, out: left });
            return (before.out, true);
        }
        // For the first call of a thread nothing was drawn yet.
        let left = draw();
        let (left, captured) = if left == 0 { (draw(), true) } else { (left - 1, false) };
        cell.set(Self { gate, left, out: left });
        (0, captured)
    }
}

/// The number of calls to leave out before the next one that is captured, each being captured with probability `ratio`:
/// geometrically distributed, from a number that is uniform in 0 to 1.
pub(crate) fn geometric(ratio: f64, uniform: f64) -> u32 {
    if ratio >= 1.0 {
        return 0;
    }
    if ratio <= 0.0 {
        return u32::MAX;
    }
    let skip = ((1.0 - uniform).ln() / (1.0 - ratio).ln()).floor();
    // Saturates; nobody waits for the four billionth call.
    skip as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_is_captured_is_the_one_asked_for() {
        let mut random = fastrand::Rng::with_seed(7);
        for ratio in [0.5, 0.1, 0.01] {
            let captures = 20_000;
            let calls: u64 = (0..captures).map(|_| u64::from(geometric(ratio, random.f64())) + 1).sum();
            let share = f64::from(captures) / calls as f64;
            assert!((share / ratio - 1.0).abs() < 0.05, "{share} for {ratio}");
        }
        assert_eq!(geometric(1.0, 0.99), 0);
        assert_eq!(geometric(0.0, 0.01), u32::MAX);
    }

    #[test]
    fn what_was_drawn_is_left_out_and_counted_once() {
        let cell = Cell::new(Skip::NEW);
        assert!(!Skip::leaves_out(&cell, 2));
        // The first call is the first of four that are left out.
        assert_eq!(Skip::turn(&cell, 2, || 4), (0, false));
        assert_eq!((0..5).filter(|_| Skip::leaves_out(&cell, 2)).count(), 3);
        assert_eq!(Skip::turn(&cell, 2, || 2), (3, true));
        assert!(Skip::leaves_out(&cell, 2));
        // Another configuration is not bound by what this one drew.
        assert!(!Skip::leaves_out(&cell, 3));
        assert_eq!(Skip::turn(&cell, 3, || 0), (0, true));
    }
}
