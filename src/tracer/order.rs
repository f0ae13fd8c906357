//! When the rows of a ring were written, as far as their stamps tell.
//!
//! Rows stand in the order they were written. Most have a stamp from that moment; a span's is that of its first enter,
//! which is usually the same and may be much later. So a row was written before its own stamp and every later one.

/// By row: a time it was written before, and one after which it probably was. **Unit:** nanoseconds since the session
/// began.
#[derive(Debug)]
pub(super) struct Order {
    latest: Vec<u64>,
    end: u64,
}

impl Order {
    /// From the stamps of all rows, `None` for those that say nothing; `end`, asked for after them, comes after all.
    pub(super) fn of(stamps: impl DoubleEndedIterator<Item = Option<u64>>, end: impl FnOnce() -> u64) -> Self {
        let mut next = u64::MAX;
        let mut latest: Vec<u64> = stamps
            .rev()
            .map(|stamp| {
                next = next.min(stamp.unwrap_or(next));
                next
            })
            .collect();
        let end = end();
        latest.iter_mut().take_while(|latest| **latest == u64::MAX).for_each(|latest| *latest = end);
        latest.reverse();
        Self { latest, end }
    }

    /// It was written by then. Never falls from one row to the next.
    pub(super) fn latest(&self, row: usize) -> u64 {
        self.latest.get(row).copied().unwrap_or(self.end)
    }

    /// The same, but without end for rows that no stamp follows.
    pub(super) fn bound(&self, row: usize) -> u64 {
        Some(self.latest(row)).filter(|&latest| latest < self.end).unwrap_or(u64::MAX)
    }

    /// The newest stamp that it was not written before. Wrong where a span made earlier was entered between this row
    /// and the next stamp.
    pub(super) fn earliest(&self, row: usize) -> u64 {
        let latest = self.latest(row);
        let before = self.latest.partition_point(|&stamp| stamp < latest);
        before.checked_sub(1).map_or(0, |at| self.latest[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(stamps: &[Option<u64>]) -> Order {
        Order::of(stamps.iter().copied(), || 99)
    }

    fn latest(stamps: &[Option<u64>]) -> Vec<u64> {
        (0..stamps.len()).map(|row| order(stamps).latest(row)).collect()
    }

    #[test]
    fn a_row_was_written_before_every_later_stamp() {
        assert_eq!(latest(&[Some(10), Some(20), Some(30)]), [10, 20, 30]);
        assert_eq!(latest(&[Some(50), Some(20), None, Some(30), None]), [20, 20, 30, 30, 99]);
        assert!(latest(&[]).is_empty());
    }

    #[test]
    fn a_row_was_written_after_the_last_stamp_before_it() {
        let order = order(&[Some(10), Some(50), None, Some(20), None]);
        assert_eq!([0, 1, 2, 3, 4, 5].map(|row| order.earliest(row)), [0, 10, 10, 10, 20, 20]);
    }

    #[test]
    fn no_stamp_bounds_what_came_last() {
        let order = order(&[Some(10), None]);
        assert_eq!([0, 1, 2].map(|row| order.bound(row)), [10, u64::MAX, u64::MAX]);
    }
}
