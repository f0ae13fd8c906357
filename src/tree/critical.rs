//! The critical path: the chain of calls that decided how long a call, or a whole recording, took.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::call_tree::Walk;
use super::units::{Percent, Time};
use super::{Call, CallId, CallTree, NONE, Node, flag};

/// The calls that the end of a recording waited for, as segments of time without overlap.
///
/// Read backwards from the last exit: the path is in the child that finished last at or before the moment looked at,
/// since its caller could not go on before; inside that child the same holds. Where no child had just finished, the
/// time is the caller's own. A path therefore exists for children that ran at the same time, and only the slower ones
/// are on it: making anything shorter that is not on the path does not make the whole shorter.
///
/// - A call that outlived its caller was waited for by the nearest caller of the caller that ended after it, if there
///   is one; before it, the path goes on in the caller that started it.
/// - A call still open lasts until the last thing the recording knows of. In a program that hangs, the path leads to
///   where it hangs; of several open calls, to the one that began first.
/// - A call that was never entered is not on the path. Without times the path is empty.
///
/// **Source:** the last-finisher walk of C.-Q. Yang and B. P. Miller, *Critical Path Analysis for the Execution of
/// Parallel and Distributed Programs* (ICDCS 1988), on traces of nested spans as in Z. Zhang et al., *CRISP: Critical
/// Path Analysis of Large-Scale Microservice Architectures* (USENIX ATC 2022).
///
/// ```
/// use tracesnap::tree::{CallTree, CriticalPath};
///
/// /// The function to make faster first.
/// fn bottleneck(tree: &CallTree) -> Option<String> {
///     let path = CriticalPath::of(tree);
///     path.by_function().first().map(|share| share.name.to_owned())
/// }
///
/// assert_eq!(bottleneck(&CallTree::default()), None);
/// ```
#[derive(Clone)]
pub struct CriticalPath<'t> {
    tree: &'t CallTree,
    start: u64,
    end: u64,
    /// From the end to the start; each ends where the one before it begins.
    steps: Vec<Step>,
}

// Implementation notes
//
// «Waiter» of a call: the nearest ancestor that ends no earlier. For nested calls it is the parent. Walking the tree of
// waiters instead of the tree of parents makes every child end inside its parent, which is all the backward walk asks.
// «Resume» of a call: the nearest ancestor that was not over when the call began, normally the parent, which is where
// the path goes on before the call. If clocks disagree and that ancestor had not begun either, the waiter goes on.
//
// Both are found on the way down with a stack of those ancestors that could be an answer: ends fall from the outermost
// to the innermost, since a call hides every ancestor that ends no later. One binary search a call; what a call
// overwrites in the stack is put back when it is left. Calls are entered at most once. Together O(n log n), and linear
// where children come one after the other, as their lists are then sorted already.

/// A stretch of time that one call alone is answerable for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Segment<'t> {
    /// The call.
    pub call: Call<'t>,
    /// When it starts, since the session began.
    pub start: Duration,
    /// When it ends, since the session began.
    pub end: Duration,
}

impl Segment<'_> {
    /// How long it lasts. Never zero.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

/// What one function contributes to a critical path.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PathShare<'t> {
    /// The function's module path.
    pub module: &'t str,
    /// The function's name.
    pub name: &'t str,
    /// Time on the path, without that of the functions it called.
    pub time: Duration,
    /// That time as a fraction of [`CriticalPath::wall`].
    pub fraction: f64,
    /// Number of segments.
    pub segments: u64,
}

/// A segment as it is kept, or with `NONE` for a call a time outside any.
#[derive(Clone, Copy)]
struct Step {
    start: u64,
    call: u32,
}

impl<'t> CriticalPath<'t> {
    /// The path of a whole recording, from the first enter of all roots to the last exit.
    ///
    /// Roots are taken as the children of a call around them; what that call does on its own, the time between two
    /// roots, belongs to no call and is [`outside`](Self::outside).
    #[must_use]
    pub fn of(tree: &'t CallTree) -> Self {
        let horizon = horizon(tree);
        let times = || tree.roots().filter_map(|root| interval(&tree.nodes[root.id().index()], horizon));
        let (start, end) = (times().map(|(start, _)| start).min(), times().map(|(_, end)| end).max());
        match (start, end) {
            (Some(start), Some(end)) if tree.timed => Self::search(tree, NONE, start, end, horizon),
            _ => Self::empty(tree),
        }
    }

    /// The path of one call, from its first enter to its last exit. Its segments add up to its [`Call::wall`].
    #[must_use]
    pub fn of_call(call: Call<'t>) -> Self {
        let tree = call.tree();
        let node = &tree.nodes[call.id().index()];
        // What is still open when a closed call ends did not hold it up, so nobody asks how long that lasts.
        let horizon = if call.is_open() { horizon(tree) } else { u64::MAX };
        match interval(node, horizon) {
            Some((start, end)) if tree.timed => Self::search(tree, call.id().0, start, end, horizon),
            _ => Self::empty(tree),
        }
    }

    fn empty(tree: &'t CallTree) -> Self {
        Self { tree, start: 0, end: 0, steps: Vec::new() }
    }

    fn search(tree: &'t CallTree, root: u32, start: u64, end: u64, horizon: u64) -> Self {
        let mut steps = Vec::new();
        Search::new(tree, root, start, end, horizon).run(|call, start| steps.push(Step { start, call }));
        Self { tree, start, end, steps }
    }

    /// The segments in order of time; none overlaps the next.
    #[must_use]
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment<'t>> {
        self.stretches().filter_map(|(call, start, end)| {
            let call = self.tree.get(CallId(call))?;
            Some(Segment { call, start: Duration::from_nanos(start), end: Duration::from_nanos(end) })
        })
    }

    /// Call or `NONE`, start and end, in order of time.
    fn stretches(&self) -> impl DoubleEndedIterator<Item = (u32, u64, u64)> {
        (0..self.steps.len()).rev().map(|at| {
            let Step { start, call } = self.steps[at];
            (call, start, if at == 0 { self.end } else { self.steps[at - 1].start })
        })
    }

    /// What each function contributes, most time first; by module and name where times are equal.
    #[must_use]
    pub fn by_function(&self) -> Vec<PathShare<'t>> {
        let mut functions: BTreeMap<(&'t str, &'t str), (Duration, u64)> = BTreeMap::new();
        for segment in self.segments() {
            let (time, segments) = functions.entry((segment.call.module(), segment.call.name())).or_default();
            *time += segment.duration();
            *segments += 1;
        }
        let wall = self.wall().as_secs_f64();
        let mut shares: Vec<_> = functions
            .into_iter()
            .map(|((module, name), (time, segments))| PathShare {
                module,
                name,
                time,
                fraction: time.as_secs_f64() / wall,
                segments,
            })
            .collect();
        shares.sort_by_key(|share| Reverse(share.time));
        shares
    }

    /// Time from the first enter to the last exit: that of all segments and of [`outside`](Self::outside) together.
    #[must_use]
    pub fn wall(&self) -> Duration {
        Duration::from_nanos(self.end - self.start)
    }

    /// Time on the path that belongs to no call: between roots. Zero for the path of a call.
    #[must_use]
    pub fn outside(&self) -> Duration {
        let outside = self.stretches().filter(|&(call, ..)| call == NONE);
        Duration::from_nanos(outside.map(|(_, start, end)| end - start).sum())
    }
}

/// The shares of the functions, a line each: time, percent, function.
impl fmt::Display for CriticalPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "critical path of {}", Time(self.wall()))?;
        for share in self.by_function() {
            let (time, percent) = (Time(share.time), Percent(share.fraction));
            writeln!(f, "{time:>11} {percent:>8}  {}::{}", share.module, share.name)?;
        }
        let outside = self.outside();
        if !outside.is_zero() {
            let (time, percent) = (Time(outside), Percent(outside.as_secs_f64() / self.wall().as_secs_f64()));
            writeln!(f, "{time:>11} {percent:>8}  outside any call")?;
        }
        Ok(())
    }
}

impl fmt::Debug for CriticalPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.segments()).finish()
    }
}

/// The last moment a recording knows of.
pub(super) fn horizon(tree: &CallTree) -> u64 {
    let known = tree.nodes.iter().filter(|node| node.flags & (flag::ENTERED | flag::EVENT) != 0);
    let of_nodes = known.map(|node| node.first_enter.max(node.last_exit));
    let of_stays = tree.stays.iter().map(|stay| if stay.end == u64::MAX { stay.start } else { stay.end });
    of_nodes.chain(of_stays).max().unwrap_or(0)
}

/// First enter and last exit, `horizon` where that is to come; `None` for what was never entered.
fn interval(node: &Node, horizon: u64) -> Option<(u64, u64)> {
    let end = if node.flags & flag::OPEN != 0 { horizon } else { node.last_exit };
    (node.flags & flag::ENTERED != 0).then_some((node.first_enter, end.max(node.first_enter)))
}

/// A call that could be on the path. Numbered parents first, the root being 0.
struct Candidate {
    node: u32,
    /// `NONE` where nobody waited for it.
    waiter: u32,
    resume: u32,
    /// Already on the path, so not again.
    passed: bool,
    /// Not before the root's.
    start: u64,
    end: u64,
}

const ROOT: u32 = 0;

struct Search {
    candidates: Vec<Candidate>,
    /// Candidates by their waiter, the last one to end last.
    waited_for: Vec<u32>,
    /// Where a waiter's part of `waited_for` begins; the next one's beginning is its end.
    first: Vec<u32>,
}

impl Search {
    /// Prepares the walk back over `root` and all below it; `NONE` stands for a call around all roots.
    fn new(tree: &CallTree, root: u32, start: u64, end: u64, horizon: u64) -> Self {
        let (first_child, expected) = match tree.nodes.get(root as usize) {
            Some(root) => (root.first_child, 1),
            None => (tree.first_root, tree.calls + 1),
        };
        let mut candidates = Vec::with_capacity(expected);
        candidates.push(Candidate { node: root, waiter: NONE, resume: ROOT, passed: true, start, end });
        let mut ancestors = Ancestors::new(ROOT, end);
        for (depth, item) in (Walk { tree, at: first_child, root, depth: 0 }) {
            let node = item.index();
            ancestors.leave_to(depth);
            let Some((from, to)) = item.call().and_then(|_| interval(&tree.nodes[node as usize], horizon)) else {
                continue;
            };
            let waiter = ancestors.ending_at_or_after(to).filter(|_| to >= start).unwrap_or(NONE);
            let resume = ancestors.ending_at_or_after(from).unwrap_or(ROOT);
            ancestors.enter(depth, candidates.len() as u32, to);
            candidates.push(Candidate { node, waiter, resume, passed: false, start: from.max(start), end: to });
        }
        let mut search = Self { candidates, waited_for: Vec::new(), first: Vec::new() };
        search.group();
        search
    }

    /// Puts candidates in order of their waiter and of their end: counted into place, then each group sorted.
    fn group(&mut self) {
        let waiters = || self.candidates.iter().map(|candidate| candidate.waiter);
        let mut first = vec![0; self.candidates.len() + 1];
        let mut total = 0;
        for waiter in waiters().filter(|&waiter| waiter != NONE) {
            first[waiter as usize] += 1;
            total += 1;
        }
        // First the end of each group; filled from behind, it becomes the beginning.
        let mut end = 0;
        for first in &mut first {
            end += *first;
            *first = end;
        }
        let mut waited_for = vec![NONE; total];
        for (candidate, waiter) in waiters().enumerate().rev().filter(|&(_, waiter)| waiter != NONE) {
            let first = &mut first[waiter as usize];
            *first -= 1;
            waited_for[*first as usize] = candidate as u32;
        }
        for group in first.windows(2) {
            // The sort is stable: what nothing else tells apart stays in program order. Calls without duration come
            // last, so that they are met before the clock goes back; of the others the longest.
            waited_for[group[0] as usize..group[1] as usize].sort_by_key(|&candidate| {
                let (start, end) = self.times(candidate);
                (end, start == end, Reverse(start))
            });
        }
        (self.first, self.waited_for) = (first, waited_for);
    }

    /// Walks back and tells `own` of each stretch of time, last one first: its node and its start.
    fn run(mut self, mut own: impl FnMut(u32, u64)) {
        let mut now = self.times(ROOT).1;
        // Calls the path is in, each with the end of those it may still have waited for.
        let mut stack = vec![(ROOT, self.first[1] as usize)];
        while let Some((here, rest)) = stack.last_mut() {
            let Candidate { node, resume, .. } = self.candidates[*here as usize];
            let (start, _) = self.times(*here);
            let first = self.first[*here as usize] as usize;
            while *rest > first && self.is_over(self.waited_for[*rest - 1], now) {
                *rest -= 1;
            }
            let awaited = self.waited_for[first..*rest].last().copied();
            let awaited = awaited.map(|awaited| (awaited, self.times(awaited).1)).filter(|&(_, end)| end >= start);
            let until = awaited.map_or(start, |(_, end)| end);
            if until < now {
                own(node, until);
                now = until;
            }
            if let Some((awaited, _)) = awaited {
                stack.push(self.enter(awaited, now));
                continue;
            }
            stack.pop();
            let waits = stack.last().is_some_and(|&(waiter, _)| waiter != resume);
            if waits && !self.candidates[resume as usize].passed && self.times(resume).0 <= now {
                stack.push(self.enter(resume, now));
            }
        }
    }

    /// First enter, not before the root's, and last exit.
    fn times(&self, candidate: u32) -> (u64, u64) {
        let Candidate { start, end, .. } = self.candidates[candidate as usize];
        (start, end)
    }

    /// Whether a candidate cannot be followed at this moment, nor at an earlier one.
    fn is_over(&self, candidate: u32, now: u64) -> bool {
        self.candidates[candidate as usize].passed || self.times(candidate).1 > now
    }

    fn enter(&mut self, candidate: u32, now: u64) -> (u32, usize) {
        self.candidates[candidate as usize].passed = true;
        let (first, last) = (self.first[candidate as usize] as usize, self.first[candidate as usize + 1] as usize);
        let group = &self.waited_for[first..last];
        (candidate, first + group.partition_point(|&other| self.times(other).1 <= now))
    }
}

/// The ancestors of the call at hand that end after all those inside them: see the implementation notes.
struct Ancestors {
    /// Candidate and end; valid up to `len`, what lies behind is put back by `leave_to`.
    stack: Vec<(u32, u64)>,
    len: usize,
    undo: Vec<Undo>,
}

/// How to leave an ancestor that was entered.
struct Undo {
    depth: usize,
    /// `Ancestors::len` before.
    len: usize,
    /// What it overwrote.
    hidden: Option<(u32, u64)>,
}

impl Ancestors {
    fn new(candidate: u32, end: u64) -> Self {
        Self { stack: vec![(candidate, end)], len: 1, undo: Vec::new() }
    }

    fn ending_at_or_after(&self, time: u64) -> Option<u32> {
        let over = self.stack[..self.len].partition_point(|&(_, end)| end >= time);
        Some(self.stack[over.checked_sub(1)?].0)
    }

    fn enter(&mut self, depth: usize, candidate: u32, end: u64) {
        let at = self.stack[..self.len].partition_point(|&(_, outer)| outer > end);
        let hidden = self.stack.get(at).copied();
        self.undo.push(Undo { depth, len: self.len, hidden });
        match hidden {
            Some(_) => self.stack[at] = (candidate, end),
            None => self.stack.push((candidate, end)),
        }
        self.len = at + 1;
    }

    /// Leaves every ancestor at this depth or below.
    fn leave_to(&mut self, depth: usize) {
        while let Some(Undo { len, hidden, .. }) = self.undo.pop_if(|entered| entered.depth >= depth) {
            if let Some(hidden) = hidden {
                self.stack[self.len - 1] = hidden;
            }
            self.len = len;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::timeline::{chain, jumble, timeline};

    fn shown(path: &CriticalPath<'_>) -> String {
        let segments = path.segments();
        segments.map(|s| format!("{} {}-{} ", s.call.name(), s.start.as_nanos(), s.end.as_nanos())).collect()
    }

    /// The path of the first root.
    fn path(text: &str) -> String {
        let tree = timeline(text);
        shown(&CriticalPath::of_call(tree.roots().next().expect("a root")))
    }

    #[test]
    fn calls_one_after_the_other_are_all_on_the_path() {
        assert_eq!(path("a 0-100\n b 10-30\n c 50-90"), "a 0-10 b 10-30 a 30-50 c 50-90 a 90-100 ");
    }

    #[test]
    fn the_path_goes_into_nested_calls() {
        assert_eq!(path("a 0-100\n b 10-90\n  c 20-80"), "a 0-10 b 10-20 c 20-80 b 80-90 a 90-100 ");
    }

    #[test]
    fn of_calls_at_the_same_time_the_last_to_finish_is_on_the_path() {
        assert_eq!(path("a 0-100\n b 10-90@1\n c 10-60@2"), "a 0-10 b 10-90 a 90-100 ");
    }

    #[test]
    fn a_call_is_not_followed_while_a_later_one_that_it_overlaps_is() {
        let text = "a 0-100\n b 10-50@1\n c 40-90@2\n d 5-35@3";
        assert_eq!(path(text), "a 0-5 d 5-35 a 35-40 c 40-90 a 90-100 ");
    }

    #[test]
    fn a_child_that_outlives_the_call_did_not_hold_it_up() {
        assert_eq!(path("a 0-100\n b 10-30\n c 50-150@1"), "a 0-10 b 10-30 a 30-100 ");
        assert_eq!(path("a 0-100\n c 50-150@1\n  d 60-80@1"), "a 0-100 ", "nor did what it had called");
    }

    #[test]
    fn a_task_that_outlives_the_call_that_spawned_it_is_waited_for_further_out() {
        let text = "a 0-100\n spawn 10-30\n  task 20-80@1\n b 40-60";
        assert_eq!(path(text), "a 0-10 spawn 10-20 task 20-80 a 80-100 ");
    }

    #[test]
    fn a_task_that_begins_after_the_call_that_spawned_it_is_reached_through_the_one_outside() {
        let text = "a 0-100\n spawn 10-30\n  task 50-80@1";
        assert_eq!(path(text), "a 0-10 spawn 10-30 a 30-50 task 50-80 a 80-100 ");
    }

    #[test]
    fn the_path_of_a_hanging_program_leads_to_where_it_hangs() {
        let text = "a 0-\n b 10-30\n c 50-@1\n  d 60-@1\n e 70-@2\n f 75-90@2\n *last 100";
        assert_eq!(path(text), "a 0-10 b 10-30 a 30-50 c 50-60 d 60-100 ");
    }

    #[test]
    fn an_open_child_of_a_call_that_returned_did_not_hold_it_up() {
        assert_eq!(path("a 0-100\n b 10-\n c 20-30"), "a 0-20 c 20-30 a 30-100 ");
    }

    #[test]
    fn calls_without_duration_take_no_time_and_hide_nothing() {
        assert_eq!(path("a 0-30\n b 0-0\n c 10-20\n d 20-20\n  e 20-20\n f 30-30"), "a 0-10 c 10-20 a 20-30 ");
        assert_eq!(path("a 5-5\n b 5-5"), "");
    }

    #[test]
    fn calls_that_were_never_entered_are_looked_through() {
        assert_eq!(path("a 0-100\n b\n  c 20-80"), "a 0-20 c 20-80 a 80-100 ");
        assert_eq!(path("a"), "");
    }

    #[test]
    fn a_child_that_seems_to_begin_before_its_caller_is_cut_at_the_root() {
        assert_eq!(path("a 10-100\n b 5-40\n  c 2-30"), "c 10-30 b 30-40 a 40-100 ");
    }

    #[test]
    fn the_path_of_a_recording_goes_over_its_roots_and_leaves_gaps_to_nobody() {
        let tree = timeline("a 10-30\nb 50-90\n c 60-70\nd 55-80@1");
        let path = CriticalPath::of(&tree);
        assert_eq!(shown(&path), "a 10-30 b 50-60 c 60-70 b 70-90 ");
        assert_eq!((path.wall().as_nanos(), path.outside().as_nanos()), (80, 20));
        let expected = "critical path of 80 ns
      30 ns   37.5 %  shop::b
      20 ns   25.0 %  shop::a
      10 ns   12.5 %  shop::c
      20 ns   25.0 %  outside any call
";
        assert_eq!(path.to_string(), expected);
    }

    #[test]
    fn functions_share_the_path_most_time_first() {
        let tree = timeline("a 0-100\n b 10-30\n b 40-80");
        let shares: Vec<_> =
            CriticalPath::of(&tree).by_function().iter().map(|s| (s.name, s.time.as_nanos(), s.segments)).collect();
        assert_eq!(shares, [("b", 60, 2), ("a", 40, 3)]);
    }

    #[test]
    fn without_calls_or_times_the_path_is_empty() {
        assert_eq!(CriticalPath::of(&CallTree::default()).segments().count(), 0);
        let mut tree = timeline("a 0-100");
        tree.timed = false;
        assert_eq!(CriticalPath::of(&tree).wall(), Duration::ZERO);
        assert_eq!(CriticalPath::of_call(tree.roots().next().expect("a root")).segments().count(), 0);
    }

    #[test]
    fn a_hundred_thousand_calls_deep_is_not_too_deep() {
        let tree = chain(100_000);
        let path = CriticalPath::of(&tree);
        assert_eq!(path.segments().count(), 199_999);
        assert_eq!(path.segments().map(|s| s.duration()).sum::<Duration>(), path.wall());
    }

    /// The rules of [`CriticalPath`] word by word, without any structure that makes them fast.
    fn by_hand(root: Call<'_>) -> String {
        struct Seen<'t> {
            root: Call<'t>,
            horizon: u64,
            passed: Vec<Call<'t>>,
            found: Vec<String>,
        }
        impl<'t> Seen<'t> {
            fn times(&self, call: Call<'t>) -> (u64, u64) {
                let (from, to) = interval(&call.tree().nodes[call.id().index()], self.horizon).expect("entered");
                (from.max(self.root.tree().nodes[self.root.id().index()].first_enter), to)
            }
            fn outer(&self, call: Call<'t>, until: u64) -> Option<Call<'t>> {
                let inside = |outer: &Call<'t>| {
                    outer.id() == self.root.id() || outer.ancestors().any(|a| a.id() == self.root.id())
                };
                call.ancestors().filter(inside).find(|outer| self.times(*outer).1 >= until)
            }
            fn own(&mut self, call: Call<'t>, from: u64, to: u64) {
                if from < to {
                    self.found.push(format!("{} {from}-{to} ", call.name()));
                }
            }
            fn follow(&mut self, call: Call<'t>, mut now: u64) -> u64 {
                self.passed.push(call);
                let (start, _) = self.times(call);
                let floor = self.times(self.root).0;
                loop {
                    let mut awaited = None;
                    for child in self.root.descendants() {
                        let real_end =
                            interval(&child.tree().nodes[child.id().index()], self.horizon).expect("entered").1;
                        let (from, to) = self.times(child);
                        let key = (to, from == to, Reverse(from));
                        if self.outer(child, to).is_some_and(|waiter| waiter.id() == call.id())
                            && !self.passed.iter().any(|passed| passed.id() == child.id())
                            && to <= now
                            && to >= start
                            && real_end >= floor
                            && awaited.is_none_or(|(best, _)| key >= best)
                        {
                            awaited = Some((key, child));
                        }
                    }
                    let Some(((end, ..), mut child)) = awaited else { break };
                    self.own(call, end, now);
                    now = end;
                    // Into the child, then into whoever was there when it began, until that is this call again.
                    loop {
                        now = self.follow(child, now);
                        let first = child.tree().nodes[child.id().index()].first_enter;
                        let Some(resume) = self.outer(child, first) else { break };
                        let passed = self.passed.iter().any(|passed| passed.id() == resume.id());
                        if passed || self.times(resume).0 > now {
                            break;
                        }
                        child = resume;
                    }
                }
                self.own(call, start, now);
                now.min(start)
            }
        }
        let horizon = if root.is_open() { horizon(root.tree()) } else { u64::MAX };
        let mut seen = Seen { root, horizon, passed: Vec::new(), found: Vec::new() };
        let (_, end) = seen.times(root);
        seen.follow(root, end);
        seen.found.reverse();
        seen.found.concat()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_path_follows_the_rules_and_adds_up_to_the_wall_time(
            calls in prop::collection::vec((0..8_u8, 0..60_u16, prop::option::weighted(0.9, 0..40_u16), 0..3_u8), 1..14)
        ) {
            let tree = jumble(&calls);
            for root in tree.calls() {
                let path = CriticalPath::of_call(root);
                let sum: Duration = path.segments().map(|s| s.duration()).sum();
                prop_assert_eq!(sum, path.wall());
                prop_assert_eq!(path.outside(), Duration::ZERO);
                prop_assert!(root.wall().is_none_or(|wall| wall == sum));
                prop_assert_eq!(shown(&path), by_hand(root));
            }
            let path = CriticalPath::of(&tree);
            let sum: Duration = path.segments().map(|s| s.duration()).sum();
            prop_assert_eq!(sum + path.outside(), path.wall());
            let mut last = Duration::ZERO;
            for segment in path.segments() {
                prop_assert!(last <= segment.start && segment.start < segment.end);
                prop_assert!(Some(segment.start) >= segment.call.first_enter());
                prop_assert!(segment.call.last_exit().is_none_or(|exit| segment.end <= exit));
                last = segment.end;
            }
        }
    }
}
