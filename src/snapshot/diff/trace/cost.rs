//! What functions cost in two traces, side by side.

use std::cmp::Ordering;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::tree::{Function, Metrics};

/// A measure in the old trace and in the new one; zero where there was nothing to measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared<T> {
    /// In the old trace.
    pub old: T,
    /// In the new trace.
    pub new: T,
}

impl Compared<u64> {
    /// How much more there is now; negative if less.
    #[must_use]
    pub fn difference(self) -> i128 {
        i128::from(self.new) - i128::from(self.old)
    }

    /// The same as a fraction of what was: 0.5 for half as much again, infinite where there was nothing. `None` where
    /// there is nothing in either.
    #[must_use]
    pub fn relative(self) -> Option<f64> {
        match (self.old, self.new) {
            (0, 0) => None,
            (0, _) => Some(f64::INFINITY),
            (old, _) => Some(self.difference() as f64 / old as f64),
        }
    }
}

/// What is measured of a function. Serialised in `snake_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CostKind {
    /// Number of calls.
    Calls,
    /// Time from first enter to last exit, added up over its outermost calls. **Unit:** nanoseconds.
    Wall,
    /// Time in it alone, added up. **Unit:** nanoseconds.
    #[serde(rename = "self")]
    SelfTime,
    /// Bytes allocated in it alone. Zero unless the session counted allocations.
    Bytes,
}

impl CostKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Calls, Self::Wall, Self::SelfTime, Self::Bytes];

    /// `"calls"`, `"wall"`, `"self"` or `"bytes"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Wall => "wall",
            Self::SelfTime => "self",
            Self::Bytes => "bytes",
        }
    }
}

/// When a cost has grown enough to be told: by more than a fraction **and** by more than an amount.
///
/// Each alone is noise: of a microsecond, a tenth is nothing, and of an hour, a millisecond.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CostLimit {
    /// The fraction of what was before: 0.1 for a tenth.
    pub relative: f64,
    /// The amount, in the unit of the measure.
    pub absolute: u64,
}

impl CostLimit {
    /// Growth by more than a fraction of what was before and by more than an amount. Zero for either leaves it out.
    #[must_use]
    pub fn new(relative: f64, absolute: u64) -> Self {
        Self { relative, absolute }
    }

    /// A tenth; and a call, a millisecond, or a kibibyte.
    #[must_use]
    pub fn default_of(kind: CostKind) -> Self {
        let absolute = match kind {
            CostKind::Calls => 0,
            CostKind::Wall | CostKind::SelfTime => 1_000_000,
            CostKind::Bytes => 1_024,
        };
        Self { relative: 0.1, absolute }
    }

    /// `Greater` where the new measure is over it, `Less` where the old one is over it from the new one, otherwise
    /// `Equal`.
    #[must_use]
    pub fn direction(&self, cost: Compared<u64>) -> Ordering {
        let back = Compared { old: cost.new, new: cost.old };
        match (self.is_exceeded_by(cost), self.is_exceeded_by(back)) {
            (true, _) => Ordering::Greater,
            (_, true) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }

    /// Whether the new measure is over it.
    #[must_use]
    pub fn is_exceeded_by(&self, cost: Compared<u64>) -> bool {
        let over = |share: f64| share > self.relative;
        cost.difference() > i128::from(self.absolute) && cost.relative().is_some_and(over)
    }
}

/// What one function cost in both traces. Serialised, times are nanoseconds and end in `_ns`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CostChange {
    /// The module path of its callsite.
    pub module: Box<str>,
    /// The span's name.
    pub name: Box<str>,
    /// Number of calls.
    pub calls: Compared<u64>,
    /// Time from first enter to last exit, added up over its outermost calls.
    #[serde(rename = "wall_ns", serialize_with = "nanos")]
    pub wall: Compared<Duration>,
    /// Time in it alone, added up over its calls.
    #[serde(rename = "self_ns", serialize_with = "nanos")]
    pub self_time: Compared<Duration>,
    /// Bytes allocated in it alone. Zero unless the session counted allocations.
    pub self_allocated: Compared<u64>,
}

impl CostChange {
    /// One of its measures; times in nanoseconds.
    #[must_use]
    pub fn get(&self, kind: CostKind) -> Compared<u64> {
        match kind {
            CostKind::Calls => self.calls,
            CostKind::Wall => in_nanos(&self.wall),
            CostKind::SelfTime => in_nanos(&self.self_time),
            CostKind::Bytes => self.self_allocated,
        }
    }

    /// `module::name`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }

    fn new(old: Option<&Function>, new: Option<&Function>) -> Option<Self> {
        let known = old.or(new)?;
        let count = |of: fn(&Function) -> u64| Compared { old: old.map_or(0, of), new: new.map_or(0, of) };
        let time = |of: fn(&Function) -> Duration| Compared {
            old: old.map_or(Duration::ZERO, of),
            new: new.map_or(Duration::ZERO, of),
        };
        Some(Self {
            module: known.module.clone(),
            name: known.name.clone(),
            calls: count(|function| function.calls),
            wall: time(|function| function.wall),
            self_time: time(|function| function.self_time),
            self_allocated: count(|function| function.self_allocated),
        })
    }
}

/// Every function of either trace, by module and then by name, which is the order in the metrics.
pub(super) fn costs(old: &Metrics, new: &Metrics) -> Vec<CostChange> {
    let (mut before, mut now) = (old.functions.iter().peekable(), new.functions.iter().peekable());
    let mut costs = Vec::with_capacity(old.functions.len().max(new.functions.len()));
    loop {
        let order = match (before.peek(), now.peek()) {
            (Some(a), Some(b)) => (&a.function.module, &a.function.name).cmp(&(&b.function.module, &b.function.name)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return costs,
        };
        let old = if order.is_le() { before.next() } else { None };
        let new = if order.is_ge() { now.next() } else { None };
        costs.extend(CostChange::new(old.map(|of| &of.function), new.map(|of| &of.function)));
    }
}

fn in_nanos(time: &Compared<Duration>) -> Compared<u64> {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    Compared { old: nanos(time.old), new: nanos(time.new) }
}

fn nanos<S: Serializer>(time: &Compared<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    in_nanos(time).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::timeline::timeline;

    fn compared(old: &str, new: &str) -> Vec<CostChange> {
        costs(&Metrics::of(&timeline(old)), &Metrics::of(&timeline(new)))
    }

    #[test]
    fn functions_of_either_trace_stand_side_by_side() {
        let costs = compared("a 0-100\n b 10-30\n b 40-60", "a 0-100\n b 10-60\n c 70-80");
        let said: Vec<_> = costs
            .iter()
            .map(|cost| (&*cost.name, CostKind::ALL.map(|kind| (cost.get(kind).old, cost.get(kind).new))))
            .collect();
        assert_eq!(
            said,
            [
                ("a", [(1, 1), (100, 100), (60, 40), (0, 0)]),
                ("b", [(2, 1), (40, 50), (40, 50), (0, 0)]),
                ("c", [(0, 1), (0, 10), (0, 10), (0, 0)]),
            ]
        );
    }

    #[test]
    fn wall_time_counts_a_recursion_once() {
        let costs = compared("a 0-100\n a 10-90", "");
        assert_eq!(costs[0].get(CostKind::Wall), Compared { old: 100, new: 0 });
    }

    #[test]
    fn a_limit_is_exceeded_where_both_of_its_parts_are() {
        let limit = CostLimit::new(0.1, 100);
        let exceeds = |old, new| limit.is_exceeded_by(Compared { old, new });
        assert!(exceeds(1_000, 1_200) && exceeds(0, 101));
        assert!(!exceeds(1_000, 1_100) && !exceeds(10_000, 10_200) && !exceeds(10, 20) && !exceeds(2_000, 1_000));
        assert!(!CostLimit::new(0.0, 0).is_exceeded_by(Compared { old: 5, new: 5 }));
    }

    #[test]
    fn what_shrank_by_more_than_the_limit_differs_too() {
        let direction = |old, new| CostLimit::new(0.1, 100).direction(Compared { old, new });
        assert_eq!(direction(1_000, 1_200), Ordering::Greater);
        assert_eq!(direction(1_200, 1_000), Ordering::Less);
        assert_eq!((direction(1_000, 1_050), direction(1_050, 1_000)), (Ordering::Equal, Ordering::Equal));
        assert_eq!(direction(500, 0), Ordering::Less);
    }
}
