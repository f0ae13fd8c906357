//! What ran on each thread and when, as slices that nest: the shape that every viewer with a time axis wants.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::tree::{CallTree, Item, Thread, flag};

/// The intervals of all calls, by thread and by start.
pub(super) struct Lanes<'t> {
    tree: &'t CallTree,
    stays: Vec<Entered>,
    /// When the first call was entered. **Unit:** nanoseconds since the session began, like all times here.
    pub(super) begin: u64,
    /// The last moment the recording knows of: open calls end here.
    pub(super) end: u64,
}

/// One interval between an enter and its exit.
#[derive(Clone, Copy, Debug)]
struct Entered {
    start: u64,
    end: u64,
    node: u32,
    thread: u32,
}

/// One slice of a thread: a stay, or a part of one that overlaps others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) node: u32,
    /// 0 for the beginning of a stay; more for the rest of one that had to be cut.
    pub(super) part: u32,
}

/// What happens on a thread next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A slice begins, inside all that have begun and not ended.
    Enter(Slice),
    /// The slice that began last ends.
    Leave(Slice),
}

impl<'t> Lanes<'t> {
    /// Sorts the intervals of a tree: linear where calls were recorded in order, as they are on one thread.
    pub(super) fn of(tree: &'t CallTree) -> Self {
        let mut stays = Vec::with_capacity(tree.len());
        let (mut begin, mut end) = (u64::MAX, 0);
        for (_, item) in tree.walk() {
            match item {
                Item::Event(event) => end = end.max(event.at().map_or(0, nanos)),
                Item::Call(call) => {
                    for (from, to, thread) in call.stays() {
                        let (start, until) = (nanos(from), to.map_or(u64::MAX, nanos));
                        (begin, end) = (begin.min(start), end.max(if to.is_some() { until } else { start }));
                        stays.push(Entered { start, end: until, node: call.id().0, thread: thread as u32 });
                    }
                }
            }
        }
        // Stable: of what was entered at the same moment, callers stay before what they called.
        stays.sort_by_key(|stay| (stay.thread, stay.start));
        for stay in &mut stays {
            // A clock that went backwards gives a slice of no length.
            stay.end = if stay.end == u64::MAX { end } else { stay.end }.max(stay.start);
        }
        Self { tree, stays, begin: begin.min(end), end }
    }

    /// The threads on which something was entered, in the order of their numbers.
    pub(super) fn threads(&self) -> impl Iterator<Item = (usize, Steps<'_>)> {
        self.stays.chunk_by(|a, b| a.thread == b.thread).map(|stays| {
            let steps = Steps { tree: self.tree, stays, cut: BinaryHeap::new(), open: Vec::new() };
            (stays[0].thread as usize, steps)
        })
    }
}

/// The slices of one thread, in order of time.
pub(super) struct Steps<'l> {
    tree: &'l CallTree,
    stays: &'l [Entered],
    /// The rest of stays that were cut: by when they go on.
    cut: BinaryHeap<Reverse<(u64, u32, u32, u64)>>,
    open: Vec<Slice>,
}

/// A stay is cut so often at the most; what is left of it then is dropped. It takes a caller who holds guards of more
/// spans than this and drops them first made first.
const MAX_PARTS: u32 = 64;

impl Steps<'_> {
    /// What begins next, without taking it.
    fn upcoming(&self) -> Option<(Slice, bool)> {
        let next = self.stays.first().map(|stay| Slice { start: stay.start, end: stay.end, node: stay.node, part: 0 });
        let cut = self.cut.peek().map(|&Reverse((start, part, node, end))| Slice { start, end, node, part });
        match (next, cut) {
            // What began earlier stands further out.
            (Some(next), Some(cut)) if cut.start <= next.start => Some((cut, true)),
            (Some(next), _) => Some((next, false)),
            (None, cut) => cut.map(|cut| (cut, true)),
        }
    }

    /// Whether `top` has ended when `next` begins. What begins and ends with the end of its caller is inside it.
    fn ends_before(&self, top: Slice, next: Slice) -> bool {
        let within = || next.end == top.end && self.tree.nodes[next.node as usize].parent == top.node;
        top.end < next.start || (top.end == next.start && !within())
    }
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let upcoming = self.upcoming();
        if let Some(&top) = self.open.last()
            && upcoming.is_none_or(|(next, _)| self.ends_before(top, next))
        {
            self.open.pop();
            return Some(Step::Leave(top));
        }
        let (mut slice, was_cut) = upcoming?;
        if was_cut {
            self.cut.pop();
        } else {
            self.stays = &self.stays[1..];
        }
        if let Some(top) = self.open.last()
            && slice.end > top.end
        {
            if slice.part + 1 < MAX_PARTS {
                self.cut.push(Reverse((top.end, slice.part + 1, slice.node, slice.end)));
            }
            slice.end = top.end;
        }
        self.open.push(slice);
        Some(Step::Enter(slice))
    }
}

/// What each thread is called in viewers that go by the name: that of the thread, with its number where others share it.
pub(super) fn labels(tree: &CallTree) -> Vec<String> {
    let mut of_name: HashMap<&str, usize> = HashMap::new();
    for name in tree.threads().iter().filter_map(|thread| thread.name.as_deref()) {
        *of_name.entry(name).or_default() += 1;
    }
    let label = |(number, thread): (usize, &Thread)| match thread.name.as_deref() {
        Some(name) if of_name[name] == 1 => name.to_owned(),
        Some(name) => format!("{name} (thread {number})"),
        None => format!("thread {number}"),
    };
    tree.threads().iter().enumerate().map(label).collect()
}

/// Whether a call was entered more than once, or on another thread than it was made on: one slice does not show it.
pub(super) fn is_scattered(tree: &CallTree, node: u32) -> bool {
    let node = &tree.nodes[node as usize];
    tree.more(node).n_stays > 0 && node.flags & flag::ENTERED != 0
}

/// Whole nanoseconds; a session ends before the 584 years are over that fit.
pub(super) fn nanos(time: std::time::Duration) -> u64 {
    time.as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::timeline::{jumble, timeline};

    /// `a[0 b[1 ]2 ]3` for each thread.
    fn lanes(text: &str) -> Vec<String> {
        let tree = timeline(text);
        let name = |node: u32| tree.item(node).call().expect("a call").name().to_owned();
        let lanes = Lanes::of(&tree);
        let threads = lanes.threads().map(|(thread, steps)| {
            let steps = steps.map(|step| match step {
                Step::Enter(slice) => format!("{}[{}", name(slice.node), slice.start),
                Step::Leave(slice) => format!("]{}", slice.end),
            });
            format!("{thread}: {}", steps.collect::<Vec<_>>().join(" "))
        });
        threads.collect()
    }

    #[test]
    fn calls_of_a_thread_nest_as_they_ran() {
        assert_eq!(lanes("a 0-10\n b 1-2\n b 3-4\nc 10-12"), ["0: a[0 b[1 ]2 b[3 ]4 ]10 c[10 ]12"]);
    }

    #[test]
    fn every_time_a_call_was_entered_is_a_slice_where_it_ran() {
        assert_eq!(lanes("a 0-2 5-6@1 8-9\n b 5-6@1"), ["0: a[0 ]2 a[8 ]9", "1: a[5 b[5 ]6 ]6"]);
    }

    #[test]
    fn calls_that_overlap_are_cut_where_the_outer_one_ends() {
        assert_eq!(lanes("a 0-5\n b 3-8"), ["0: a[0 b[3 ]5 ]5 b[5 ]8"]);
        assert_eq!(lanes("a 0-9\n b 1-5\n c 3-12"), ["0: a[0 b[1 c[3 ]5 ]5 c[5 ]9 ]9 c[9 ]12"]);
    }

    #[test]
    fn open_calls_end_with_the_last_thing_known() {
        assert_eq!(lanes("a 0-\n b 1-\n  *paid 7\n c 3-5"), ["0: a[0 b[1 c[3 ]5 ]7 ]7"]);
    }

    #[test]
    fn callers_come_first_where_stamps_are_equal() {
        assert_eq!(lanes("a 5-5\n b 5-5\nc 5-9\n d 5-9"), ["0: a[5 b[5 ]5 ]5 c[5 d[5 ]9 ]9"]);
    }

    #[test]
    fn threads_that_share_a_name_are_told_apart() {
        let mut tree = timeline("a 0-1\nb 0-1@1\nc 0-1@2\nd 0-1@3");
        for (thread, name) in tree.threads.iter_mut().zip(["main", "worker", "worker"]) {
            thread.name = Some(name.into());
        }
        assert_eq!(labels(&tree), ["main", "worker (thread 1)", "worker (thread 2)", "thread 3"]);
    }

    #[test]
    fn calls_that_were_never_entered_are_nowhere() {
        assert!(lanes("a").is_empty());
    }

    proptest! {
        #[test]
        fn slices_nest_in_order_of_time_and_lose_nothing(
            calls in prop::collection::vec((0..20_u8, 0..60_u16, prop::option::weighted(0.9, 0..40_u16), 0..3_u8), 0..40)
        ) {
            let tree = jumble(&calls);
            let lanes = Lanes::of(&tree);
            let mut shown = vec![0; tree.nodes.len()];
            for (_, steps) in lanes.threads() {
                let (mut open, mut now) = (Vec::new(), 0);
                for step in steps {
                    let at = match step {
                        Step::Enter(slice) => {
                            prop_assert!(open.last().is_none_or(|top: &Slice| slice.end <= top.end));
                            prop_assert!(slice.start <= slice.end);
                            open.push(slice);
                            slice.start
                        }
                        Step::Leave(slice) => {
                            prop_assert_eq!(open.pop(), Some(slice), "slices are left in the order they were entered");
                            shown[slice.node as usize] += slice.end - slice.start;
                            slice.end
                        }
                    };
                    prop_assert!(now <= at, "time does not go back");
                    now = at;
                }
                prop_assert!(open.is_empty());
            }
            for call in tree.calls() {
                let end = call.last_exit().map_or(lanes.end, nanos);
                let expected = call.first_enter().map_or(0, |start| end - nanos(start));
                prop_assert_eq!(shown[call.id().index()], expected);
            }
        }
    }
}
