//! The time of day from a reading that is taken anyway.
//!
//! How long something took is read from the same, of some calls; see [`call`](super::call).

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

/// A clock that is set takes so long to be noticed.
const FRESH: Duration = Duration::from_millis(50);

thread_local! {
    static READ: Cell<Option<(Instant, SystemTime)>> = const { Cell::new(None) };
}

/// The time of day at `now`, a moment that is just over. Reading the clock twice costs twice; so it is asked now and then.
pub(crate) fn wall(now: Instant) -> SystemTime {
    let read = READ.try_with(Cell::get).ok().flatten();
    if let Some((then, time)) = read
        && let Some(since) = now.checked_duration_since(then)
        && since < FRESH
    {
        return time + since;
    }
    let time = SystemTime::now();
    let _ = READ.try_with(|read| read.set(Some((now, time))));
    time
}

/// One in so many calls is measured, where reading the clock once more costs as much as taking a small value does.
pub(crate) const TURNS: u64 = 8;

/// Whether this call is measured.
pub(crate) fn is_turn() -> bool {
    thread_local! {
        static TURN: Cell<u64> = const { Cell::new(0) };
    }
    let turn = TURN.try_with(|turn| turn.replace(turn.get().wrapping_add(1))).unwrap_or(0);
    turn.is_multiple_of(TURNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_time_of_day_and_does_not_go_back() {
        let mut before = SystemTime::UNIX_EPOCH;
        for _ in 0..20 {
            let time = wall(Instant::now());
            let off = SystemTime::now().duration_since(time).unwrap_or_default();
            assert!(time > before && off < Duration::from_secs(30), "{off:?}");
            before = time;
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
