//! The figures of one recording: totals, functions with percentiles, the slowest calls, memory.
//!
//! What called what is the [`CallGraph`](super::CallGraph); what a single call did is in the [`CallTree`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::activations::activations;
use super::functions::{FunctionIndex, find};
use super::inside::Inside;
use super::serial::{call_number, nanos};
use super::units::{Bytes, Percent, Time};
use super::{Call, CallId, CallTree, Function, flag};

/// Figures of a whole recording. Displayed as a table; serialised, times are nanoseconds and end in `_ns`.
///
/// ```
/// use tracesnap::tree::{CallTree, Metrics};
///
/// /// Whether some function takes half of all the time for itself.
/// fn has_bottleneck(tree: &CallTree) -> bool {
///     !Metrics::of(tree).hot_spots(0.5).is_empty()
/// }
///
/// assert!(!has_bottleneck(&CallTree::default()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Metrics {
    /// Time from the first enter of any call to the last exit of any call. Open calls count as far as is known: to
    /// the last enter or exit of others.
    #[serde(rename = "wall_ns", serialize_with = "nanos")]
    pub wall: Duration,
    /// Time spent in calls, added up over the threads: the sum of [`Call::busy`] less what callers contain already.
    /// The self times of all functions add up to it, but for the cost of recording, which they leave out.
    #[serde(rename = "busy_ns", serialize_with = "nanos")]
    pub busy: Duration,
    /// Number of calls.
    pub calls: u64,
    /// Number of events, without those that are a call's result.
    pub events: u64,
    /// Number of threads that calls began on.
    pub threads: u64,
    /// Number of calls inside each other at the deepest place: 1 if no call has a caller, 0 if there is no call.
    pub max_depth: u64,
    /// Number of calls that had not returned when the recording was taken.
    pub open: u64,
    /// Number of calls that returned an error, where `#[instrument(err)]` said so.
    pub errors: u64,
    /// Number of calls left by a panic. One panic leaves all calls around it, up to where it is caught.
    pub panics: u64,
    /// Memory, where the session took readings.
    pub memory: Option<MemoryMetrics>,
    /// Every function that was called, by module and then by name.
    pub functions: Vec<FunctionMetrics>,
    /// The calls with the longest [`Call::wall`], slowest first; of equal ones the earlier. See
    /// [`with_slowest`](Self::with_slowest) for their number.
    pub slowest: Vec<SlowCall>,
}

/// Memory of a whole recording. **Unit:** bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MemoryMetrics {
    /// The most that any reading at the beginning or the end of a call found in use: by one thread with
    /// `MemoryReadings::Allocations`, by the process with `MemoryReadings::Process`. What was allocated and freed
    /// between two readings is not seen.
    pub peak: u64,
    /// Bytes allocated in calls.
    pub allocated: u64,
    /// Number of allocations in calls.
    pub allocations: u64,
    /// Mean number of allocations in one call alone, without what it called.
    pub allocations_per_call: f64,
}

/// A function's totals and the distribution of its durations.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FunctionMetrics {
    /// What its calls add up to.
    #[serde(flatten)]
    pub function: Function,
    /// Percentiles of [`Call::wall`], `None` where no call returned or times were off.
    pub wall: Option<Percentiles>,
}

/// Durations that so many percent of a function's calls did not exceed.
///
/// A percentile is the shortest duration that at least this share of the calls did not exceed (nearest rank). It is
/// exact for a function of up to [`EXACT_UP_TO`](Self::EXACT_UP_TO) calls; above, it is read off a histogram of three
/// significant digits and lies up to 0.1 % over the exact one, never below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Percentiles {
    /// The median.
    #[serde(rename = "p50_ns", serialize_with = "nanos")]
    pub p50: Duration,
    /// Nine calls in ten were no longer.
    #[serde(rename = "p90_ns", serialize_with = "nanos")]
    pub p90: Duration,
    /// Nineteen calls in twenty were no longer.
    #[serde(rename = "p95_ns", serialize_with = "nanos")]
    pub p95: Duration,
    /// Ninety-nine calls in a hundred were no longer.
    #[serde(rename = "p99_ns", serialize_with = "nanos")]
    pub p99: Duration,
}

/// One of the slowest calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SlowCall {
    /// The call, for [`CallTree::get`].
    #[serde(serialize_with = "call_number")]
    pub call: CallId,
    /// Its module.
    pub module: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// When it was first entered, since the session began.
    #[serde(rename = "at_ns", serialize_with = "nanos")]
    pub at: Duration,
    /// Time from first enter to last exit.
    #[serde(rename = "wall_ns", serialize_with = "nanos")]
    pub wall: Duration,
}

// Implementation notes
//
// A histogram from nanoseconds to hours is a few hundred kilobytes, so there is one, not one a function: durations are
// laid out by function (8 bytes a call), then one function after the other goes through it. Clearing and reading it costs
// as much as sorting a thousand numbers, hence the limit below which they are sorted.

impl Metrics {
    /// How many calls [`of`](Self::of) keeps in [`slowest`](Self::slowest).
    pub const DEFAULT_SLOWEST: usize = 10;

    /// The figures of a tree, with the [`DEFAULT_SLOWEST`](Self::DEFAULT_SLOWEST) slowest calls.
    #[must_use]
    pub fn of(tree: &CallTree) -> Self {
        Self::with_slowest(tree, Self::DEFAULT_SLOWEST)
    }

    /// The figures of a tree, with the `count` slowest calls.
    #[must_use]
    pub fn with_slowest(tree: &CallTree, count: usize) -> Self {
        let index = FunctionIndex::of(tree);
        let mut functions = index.functions(tree);
        let mut metrics = Self { calls: tree.len() as u64, ..Self::default() };
        let mut threads = vec![false; tree.threads.len()];
        let mut memory = None::<MemoryMetrics>;
        let mut own_allocations = 0_u64;
        let mut busy = 0_u64;
        let mut slowest = Slowest::new(count);
        let mut walls = WallsByFunction::new(tree, &index);
        for activation in activations(tree, &index) {
            let call = activation.call;
            functions[activation.function as usize].add(&activation);
            metrics.max_depth = metrics.max_depth.max(activation.depth as u64 + 1);
            threads[call.thread_index()] = true;
            let node = &tree.nodes[call.id().index()];
            let contained = match tree.nodes.get(node.parent as usize) {
                Some(parent) => Inside::of(tree, node, parent).busy,
                None => 0,
            };
            busy = busy.saturating_add(tree.busy(node).saturating_sub(contained));
            if let Some(wall) = call.wall() {
                walls.add(activation.function, wall);
                slowest.offer(call, wall);
            }
            if let Some(own) = call.memory_exclusive() {
                own_allocations = own_allocations.saturating_add(own.allocations);
            }
            if let Some(reading) = call.memory() {
                let memory = memory.get_or_insert_default();
                let at_end = reading.at_start.saturating_add(reading.allocated).saturating_sub(reading.freed);
                memory.peak = memory.peak.max(reading.at_start).max(at_end);
                if !activation.inside {
                    memory.allocated = memory.allocated.saturating_add(reading.allocated);
                    memory.allocations = memory.allocations.saturating_add(reading.allocations);
                }
            }
        }
        if let Some(memory) = &mut memory {
            memory.allocations_per_call = own_allocations as f64 / metrics.calls as f64;
        }
        metrics.memory = memory;
        metrics.busy = Duration::from_nanos(busy);
        metrics.wall = wall(tree);
        metrics.events = (tree.nodes.len() as u64).saturating_sub(metrics.calls);
        metrics.threads = threads.iter().filter(|&&used| used).count() as u64;
        metrics.open = functions.iter().map(|function| function.open).sum();
        metrics.errors = functions.iter().map(|function| function.errors).sum();
        metrics.panics = functions.iter().map(|function| function.panics).sum();
        metrics.slowest = slowest.into_calls(tree);
        metrics.functions = functions
            .into_iter()
            .zip(walls.percentiles())
            .map(|(function, wall)| FunctionMetrics { function, wall })
            .collect();
        metrics
    }

    /// The function of this name, path or end of a path, as for [`CallGraph::function`](super::CallGraph::function).
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&FunctionMetrics> {
        find(self.functions.iter(), |metrics| &metrics.function, name)
    }

    /// The functions by number of calls, most called first; of equal ones by module and name.
    #[must_use]
    pub fn most_called(&self) -> Vec<&FunctionMetrics> {
        let mut functions: Vec<_> = self.functions.iter().collect();
        functions.sort_by_key(|f| Reverse(f.function.calls));
        functions
    }

    /// The functions whose own time is at least this fraction of [`busy`](Self::busy), hottest first.
    ///
    /// `0.1` asks for those that take a tenth or more. Without times there is none.
    #[must_use]
    pub fn hot_spots(&self, threshold: f64) -> Vec<&FunctionMetrics> {
        let mut hot: Vec<_> = self.functions.iter().filter(|f| self.share(f) >= threshold).collect();
        hot.retain(|f| !f.function.self_time.is_zero());
        hot.sort_by_key(|f| Reverse(f.function.self_time));
        hot
    }

    /// A function's own time as a fraction of [`busy`](Self::busy); zero without times.
    #[must_use]
    pub fn share(&self, function: &FunctionMetrics) -> f64 {
        if self.busy.is_zero() { 0.0 } else { function.function.self_time.as_secs_f64() / self.busy.as_secs_f64() }
    }
}

/// First enter to last exit, over all calls.
pub(crate) fn wall(tree: &CallTree) -> Duration {
    if !tree.timed {
        return Duration::ZERO;
    }
    let entered = || tree.nodes.iter().filter(|node| node.flags & flag::EVENT == 0 && node.flags & flag::ENTERED != 0);
    let first = entered().map(|node| node.first_enter).min().unwrap_or(0);
    let last = |node: &super::Node| {
        if node.flags & flag::OPEN == 0 { node.last_exit.max(node.first_enter) } else { node.first_enter }
    };
    Duration::from_nanos(entered().map(last).max().unwrap_or(0) - first)
}

/// The longest calls met so far; the heap gives the first to drop.
struct Slowest {
    count: usize,
    heap: BinaryHeap<Rank>,
}

/// Orders calls by what a reader wants first: the longest, of equal ones the earliest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    wall: Reverse<Duration>,
    at: Duration,
    call: u32,
}

impl Slowest {
    fn new(count: usize) -> Self {
        Self { count, heap: BinaryHeap::new() }
    }

    fn offer(&mut self, call: Call<'_>, wall: Duration) {
        let Some(at) = call.first_enter() else { return };
        let rank = Rank { wall: Reverse(wall), at, call: call.id().0 };
        if self.heap.len() < self.count {
            self.heap.push(rank);
        } else if let Some(mut last) = self.heap.peek_mut().filter(|last| rank < **last) {
            *last = rank;
        }
    }

    fn into_calls(self, tree: &CallTree) -> Vec<SlowCall> {
        let ranks = self.heap.into_sorted_vec();
        let calls = ranks.into_iter().filter_map(|Rank { wall: Reverse(wall), at, call }| {
            let call = tree.get(CallId(call))?;
            Some(SlowCall { call: call.id(), module: call.module().into(), name: call.name().into(), at, wall })
        });
        calls.collect()
    }
}

/// The durations of all calls, those of one function after those of the other.
struct WallsByFunction {
    walls: Vec<u64>,
    /// By function: where its part begins, and how much of it is filled.
    parts: Vec<(usize, usize)>,
}

impl WallsByFunction {
    fn new(tree: &CallTree, index: &FunctionIndex) -> Self {
        let mut parts = vec![(0, 0); index.len()];
        for call in tree.calls().filter(|call| call.wall().is_some()) {
            parts[index.of_call(call) as usize].0 += 1;
        }
        let mut total = 0;
        for (start, _) in &mut parts {
            total += std::mem::replace(start, total);
        }
        Self { walls: vec![0; total], parts }
    }

    fn add(&mut self, function: u32, wall: Duration) {
        let (start, filled) = &mut self.parts[function as usize];
        self.walls[*start + *filled] = u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX);
        *filled += 1;
    }

    /// The percentiles of each function, in their order.
    fn percentiles(mut self) -> Vec<Option<Percentiles>> {
        let mut histogram = None;
        let walls = &mut self.walls;
        self.parts.iter().map(|&(start, count)| Percentiles::of(&mut walls[start..][..count], &mut histogram)).collect()
    }
}

impl Percentiles {
    /// The largest number of returned calls for which percentiles are exact.
    pub const EXACT_UP_TO: usize = 1_000;

    /// Sorts what is few and counts what is many, in a histogram that is made once and used for every function.
    fn of(walls: &mut [u64], histogram: &mut Option<Histogram<u64>>) -> Option<Self> {
        if walls.is_empty() {
            return None;
        }
        if walls.len() <= Self::EXACT_UP_TO {
            walls.sort_unstable();
            return Some(Self::read(|quantile| walls[nearest_rank(quantile, walls.len())]));
        }
        // It grows by itself; only its precision is fixed, and three digits are always allowed.
        let histogram = histogram.get_or_insert_with(|| Histogram::new(3).expect("three digits are allowed"));
        histogram.reset();
        for &wall in &*walls {
            // Fails only where the counts of such a range cannot be addressed; it then counts as the longest that can.
            if histogram.record(wall).is_err() {
                histogram.saturating_record(wall);
            }
        }
        let longest = histogram.max();
        Some(Self::read(|quantile| histogram.value_at_quantile(quantile).min(longest)))
    }

    fn read(at: impl Fn(f64) -> u64) -> Self {
        let [p50, p90, p95, p99] = [0.50, 0.90, 0.95, 0.99].map(|quantile| Duration::from_nanos(at(quantile)));
        Self { p50, p90, p95, p99 }
    }
}

/// Index, among so many sorted values, of the first that at least this share of them does not exceed.
fn nearest_rank(quantile: f64, count: usize) -> usize {
    // Rounded first: 0.95 × 20 is a little more than 19 in floats.
    let rank = (quantile * count as f64 * 1e6).round() / 1e6;
    (rank.ceil() as usize).clamp(1, count) - 1
}

/// How many functions the table shows.
const ROWS: usize = 20;

/// A summary, a table of the functions with most time of their own (at most 20), and the slowest calls.
impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
        let (calls, functions) = (count(self.calls, "call"), count(self.functions.len() as u64, "function"));
        writeln!(f, "{calls} of {functions} on {}, {} deep", count(self.threads, "thread"), self.max_depth)?;
        writeln!(f, "wall {}, busy {}", Time(self.wall), Time(self.busy))?;
        let troubles = [(self.errors, "error"), (self.panics, "panic"), (self.open, "open call")];
        let troubles: Vec<_> = troubles.into_iter().filter(|&(n, _)| n > 0).map(|(n, what)| count(n, what)).collect();
        if !troubles.is_empty() {
            writeln!(f, "{}", troubles.join(", "))?;
        }
        if let Some(MemoryMetrics { peak, allocated, allocations, .. }) = self.memory {
            let allocations = count(allocations, "allocation");
            writeln!(f, "memory peak {}, {} in {allocations}", Bytes(peak), Bytes(allocated))?;
        }
        if self.functions.is_empty() {
            return Ok(());
        }
        self.table(f)?;
        if !self.slowest.is_empty() {
            writeln!(f, "\nslowest calls")?;
        }
        for slow in &self.slowest {
            writeln!(f, "{:>11}  {}::{} at {}", Time(slow.wall).to_string(), slow.module, slow.name, Time(slow.at))?;
        }
        Ok(())
    }
}

impl Metrics {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut functions: Vec<_> = self.functions.iter().collect();
        functions.sort_by_key(|f| Reverse((f.function.self_time, f.function.calls)));
        let shown = &functions[..functions.len().min(ROWS)];
        let allocations = self.memory.is_some_and(|memory| memory.allocations > 0);
        let mut heads = vec!["function", "calls", "self", "share", "total", "p50", "p99", "max"];
        if allocations {
            heads.extend(["allocs/call", "bytes/call"]);
        }
        let mut rows = vec![heads.into_iter().map(String::from).collect::<Vec<_>>()];
        for metrics in shown {
            let function = &metrics.function;
            let time = |time: Option<Duration>| time.map_or("-".to_owned(), |time| Time(time).to_string());
            let (p50, p99) = (metrics.wall.map(|wall| wall.p50), metrics.wall.map(|wall| wall.p99));
            let mut row = vec![function.path(), function.calls.to_string(), Time(function.self_time).to_string()];
            row.extend([Percent(self.share(metrics)).to_string(), Time(function.total).to_string()]);
            row.extend([time(p50), time(p99), time(function.max)]);
            if allocations {
                let bytes = Bytes(function.allocated_per_call().round() as u64);
                row.extend([format!("{:.1}", function.allocations_per_call()), bytes.to_string()]);
            }
            rows.push(row);
        }
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<_> = (0..rows[0].len()).map(width).collect();
        writeln!(f)?;
        for row in &rows {
            write!(f, "{:<1$}", row[0], widths[0])?;
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                write!(f, "  {cell:>width$}")?;
            }
            writeln!(f)?;
        }
        if functions.len() > shown.len() {
            writeln!(f, "… and {} more", functions.len() - shown.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::timeline::{chain, jumble, program, timeline};

    const SHOP: &str = "
        order 0-100 mem=640/6+1000
          stock 10-20
          pay::charge 30-70 error mem=128/2+1500
            pay::log 40-50
          *paid 75
          pay::log 80-85@1
        order 200-220 panicked
          stock 205-
    ";

    #[test]
    fn totals_are_those_of_the_whole_recording() {
        let metrics = Metrics::of(&timeline(SHOP));
        assert_eq!((metrics.wall.as_nanos(), metrics.busy.as_nanos()), (220, 125));
        assert_eq!((metrics.calls, metrics.events, metrics.threads, metrics.max_depth), (7, 1, 2, 3));
        assert_eq!((metrics.errors, metrics.panics, metrics.open), (1, 1, 1));
        assert_eq!(metrics.functions.iter().map(|f| f.function.calls).collect::<Vec<_>>(), [1, 2, 2, 2]);
    }

    #[test]
    fn memory_is_counted_once_and_its_peak_is_the_highest_reading() {
        let memory = Metrics::of(&timeline(SHOP)).memory.expect("readings were taken");
        assert_eq!((memory.peak, memory.allocated, memory.allocations), (1_640, 640, 6));
        assert!((memory.allocations_per_call - 6.0 / 7.0).abs() < 1e-9);
        assert_eq!(Metrics::of(&timeline("a 0-1")).memory, None);
    }

    #[test]
    fn the_slowest_calls_come_first_and_the_earlier_of_equal_ones_stays() {
        let metrics = Metrics::with_slowest(&timeline("a 0-10\nb 20-60\nc 70-80\nd 90-120\ne 200-"), 3);
        let found: Vec<_> = metrics.slowest.iter().map(|slow| (&*slow.name, slow.wall.as_nanos())).collect();
        assert_eq!(found, [("b", 40), ("d", 30), ("a", 10)]);
        assert!(Metrics::with_slowest(&timeline("a 0-10"), 0).slowest.is_empty());
    }

    #[test]
    fn hot_spots_take_at_least_the_share_asked_for_hottest_first() {
        let metrics = Metrics::of(&timeline("a 0-100\n b 10-40\n c 40-90\n d 91-91"));
        let hot = |threshold| metrics.hot_spots(threshold).iter().map(|f| &*f.function.name).collect::<Vec<_>>();
        assert_eq!(hot(0.3), ["c", "b"]);
        assert_eq!(hot(0.5), ["c"]);
        assert_eq!(hot(0.0), ["c", "b", "a"], "what takes no time is never hot");
        assert!(hot(0.51).is_empty());
    }

    #[test]
    fn most_called_come_first() {
        let metrics = Metrics::of(&timeline("a 0-1\nb 2-3\nb 4-5\nc 6-7"));
        assert_eq!(metrics.most_called().iter().map(|f| &*f.function.name).collect::<Vec<_>>(), ["b", "a", "c"]);
    }

    #[test]
    fn percentiles_of_few_calls_are_exact() {
        let text: String = (1..=20).rev().map(|ns| format!("a {}-{}\n", ns * 100, ns * 101)).collect();
        let metrics = Metrics::of(&timeline(&text));
        let wall = metrics.function("a").and_then(|a| a.wall).expect("it returned");
        assert_eq!([wall.p50, wall.p90, wall.p95, wall.p99].map(|p| p.as_nanos()), [10, 18, 19, 20]);
    }

    #[test]
    fn a_function_that_never_returned_has_no_percentiles() {
        assert_eq!(Metrics::of(&timeline("a 5-")).functions[0].wall, None);
    }

    #[test]
    fn without_times_calls_are_counted_all_the_same() {
        let mut tree = timeline(SHOP);
        tree.timed = false;
        let metrics = Metrics::of(&tree);
        assert_eq!((metrics.calls, metrics.max_depth, metrics.wall), (7, 3, Duration::ZERO));
        assert!(metrics.slowest.is_empty() && metrics.functions.iter().all(|f| f.wall.is_none()));
    }

    #[test]
    fn an_empty_tree_has_empty_metrics() {
        assert_eq!(Metrics::of(&CallTree::default()), Metrics::default());
        assert_eq!(
            Metrics::default().to_string(),
            "0 calls of 0 functions on 0 threads, 0 deep\nwall 0 ns, busy 0 ns\n"
        );
    }

    #[test]
    fn a_hundred_thousand_calls_deep_is_not_too_deep() {
        let metrics = Metrics::of(&chain(100_000));
        assert_eq!((metrics.max_depth, metrics.busy), (100_000, metrics.wall));
    }

    #[test]
    fn the_table_lines_up() {
        let expected = "\
7 calls of 4 functions on 2 threads, 3 deep
wall 220 ns, busy 125 ns
1 error, 1 panic, 1 open call
memory peak 1.60 KiB, 640 B in 6 allocations

function     calls   self   share   total    p50     p99     max  allocs/call  bytes/call
shop::order      2  70 ns  56.0 %  120 ns  20 ns  100 ns  100 ns          3.0       320 B
pay::charge      1  30 ns  24.0 %   40 ns  40 ns   40 ns   40 ns          2.0       128 B
pay::log         2  15 ns  12.0 %   15 ns   5 ns   10 ns   10 ns          0.0         0 B
shop::stock      2  10 ns   8.0 %   10 ns  10 ns   10 ns   10 ns          0.0         0 B

slowest calls
     100 ns  shop::order at 0 ns
      40 ns  pay::charge at 30 ns
      20 ns  shop::order at 200 ns
      10 ns  shop::stock at 10 ns
      10 ns  pay::log at 40 ns
       5 ns  pay::log at 80 ns
";
        assert_eq!(Metrics::of(&timeline(SHOP)).to_string(), expected);
    }

    #[test]
    fn serialised_times_are_nanoseconds_and_say_so() {
        let json = serde_json::to_value(Metrics::of(&timeline("a 0-100\n b 10-30"))).expect("plain data");
        assert_eq!(json["wall_ns"], 100);
        assert_eq!(json["functions"][1]["name"], "b");
        assert_eq!(json["functions"][1]["self_ns"], 20);
        assert_eq!(json["functions"][1]["wall"]["p99_ns"], 20);
        assert_eq!(json["slowest"][0]["wall_ns"], 100);
        assert_eq!(json["memory"], serde_json::Value::Null);
    }

    proptest! {
        #[test]
        fn self_times_add_up_to_busy(steps in prop::collection::vec((prop::option::of(0..8_u8), 0..9_u8), 0..200)) {
            let metrics = Metrics::of(&program(steps));
            let own: Duration = metrics.functions.iter().map(|f| f.function.self_time).sum();
            prop_assert_eq!(own, metrics.busy);
        }

        #[test]
        fn metrics_equal_those_made_by_hand(
            calls in prop::collection::vec((0..20_u8, 0..60_u16, prop::option::weighted(0.9, 0..40_u16), 0..3_u8), 1..40)
        ) {
            let tree = jumble(&calls);
            let metrics = Metrics::with_slowest(&tree, 5);
            let depth = tree.calls().map(|call| call.depth() + 1).max().unwrap_or(0);
            prop_assert_eq!(metrics.max_depth, depth as u64);
            let first = tree.calls().filter_map(|call| call.first_enter()).min();
            let last = tree.calls().filter_map(|call| call.last_exit().max(call.first_enter())).max();
            prop_assert_eq!(Some(metrics.wall), last.zip(first).map(|(last, first)| last - first));
            let mut walls: Vec<_> = tree.calls().filter_map(|call| call.wall()).collect();
            walls.sort_unstable();
            walls.reverse();
            prop_assert_eq!(metrics.slowest.iter().map(|s| s.wall).collect::<Vec<_>>(), &walls[..walls.len().min(5)]);
            for function in &metrics.functions {
                let mut walls: Vec<_> =
                    tree.calls().filter(|c| *c.name() == *function.function.name).filter_map(|c| c.wall()).collect();
                walls.sort_unstable();
                prop_assert_eq!(function.function.min, walls.first().copied());
                prop_assert_eq!(function.function.max, walls.last().copied());
                let p90 = walls.iter().find(|w| walls.iter().filter(|v| v <= w).count() * 10 >= walls.len() * 9);
                prop_assert_eq!(function.wall.map(|wall| wall.p90), p90.copied());
            }
        }

        #[test]
        fn percentiles_of_many_calls_are_at_most_a_thousandth_too_long(
            walls in prop::collection::vec(0..u64::MAX >> 1, Percentiles::EXACT_UP_TO + 1..1_500), shift in 0..63_u32
        ) {
            let mut walls: Vec<_> = walls.into_iter().map(|wall| wall >> shift).collect();
            let found = Percentiles::of(&mut walls.clone(), &mut None);
            walls.sort_unstable();
            let exact = Percentiles::read(|quantile| walls[nearest_rank(quantile, walls.len())]);
            let found = found.expect("there are some");
            for (found, exact) in [(found.p50, exact.p50), (found.p90, exact.p90), (found.p99, exact.p99)] {
                prop_assert!(exact <= found && found <= exact + exact / 1_000, "{found:?} is not {exact:?}");
            }
        }
    }
}
