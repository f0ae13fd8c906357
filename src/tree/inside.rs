//! Which part of a call ran inside its caller, so that the caller's own time and memory contain it.
//!
//! A caller contains what ran on its thread while it was entered there. A spawned task that is a child by ancestry runs
//! beside its caller instead, be it on another thread or on the same one after the caller was left; and a future that
//! moves between threads contains what it polls wherever it is polled.

use super::{CallTree, Memory, NONE, Node, Stay, flag};

/// What a caller contains of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Inside {
    /// **Unit:** nanoseconds.
    pub(super) busy: u64,
    /// Number of enters.
    pub(super) polls: u32,
}

/// A span may be entered on several threads at once. So many stays are looked at for the one on the right thread.
const THREADS_AT_ONCE: usize = 64;

impl Inside {
    /// What `caller` contains of `call`. Without times only the threads can be compared.
    pub(super) fn of(tree: &CallTree, call: &Node, caller: &Node) -> Self {
        if !tree.timed {
            return if call.thread == caller.thread {
                Self { busy: 0, polls: tree.polls(call) }
            } else {
                Self::default()
            };
        }
        let mut inside = Self::default();
        for stay in only_stay(tree, call).as_ref().map_or_else(|| stays(tree, call), std::slice::from_ref) {
            if let Some(around) = stay_around(tree, caller, stay) {
                inside.polls += 1;
                if stay.end != u64::MAX {
                    inside.busy += stay.end.min(around.end).saturating_sub(stay.start);
                }
            }
        }
        inside
    }

    /// What `caller` contains of what `call` allocated, `None` where nothing was read.
    pub(super) fn memory(tree: &CallTree, call: &Node, caller: &Node) -> Option<Memory> {
        let whole = tree.memory_of(call)?;
        let stays = stays(tree, call);
        if !tree.timed || stays.iter().all(|stay| stay.memory == NONE) {
            return Self::began(tree, call, caller).then_some(whole);
        }
        let inside = stays.iter().filter(|stay| stay_around(tree, caller, stay).is_some());
        let readings = inside.filter_map(|stay| tree.memory.get(stay.memory as usize));
        Some(readings.fold(Memory::default(), |sum, stay| Memory {
            at_start: 0,
            allocated: sum.allocated.saturating_add(stay.allocated),
            allocations: sum.allocations.saturating_add(stay.allocations),
            freed: sum.freed.saturating_add(stay.freed),
        }))
    }

    /// Whether `call` began inside `caller`.
    pub(super) fn began(tree: &CallTree, call: &Node, caller: &Node) -> bool {
        if !tree.timed || call.flags & flag::ENTERED == 0 {
            return call.thread == caller.thread;
        }
        let first = only_stay(tree, call).or_else(|| stays(tree, call).first().copied());
        first.is_some_and(|first| stay_around(tree, caller, &first).is_some())
    }
}

/// The stay of a call that was entered once: its node holds it.
pub(super) fn only_stay(tree: &CallTree, node: &Node) -> Option<Stay> {
    (tree.more(node).n_stays == 0 && node.flags & flag::ENTERED != 0).then_some(Stay {
        start: node.first_enter,
        end: if node.flags & flag::OPEN != 0 { u64::MAX } else { node.last_exit },
        thread: node.thread,
        memory: NONE,
    })
}

/// The stays of a call that was entered more than once, in order of their start.
pub(super) fn stays<'t>(tree: &'t CallTree, node: &Node) -> &'t [Stay] {
    let more = tree.more(node);
    if more.n_stays == 0 { &[] } else { &tree.stays[more.stays as usize..][..more.n_stays as usize] }
}

/// The stay of `caller` during which `stay` began on the same thread.
pub(super) fn stay_around(tree: &CallTree, caller: &Node, stay: &Stay) -> Option<Stay> {
    let around = |outer: &&Stay| outer.thread == stay.thread && outer.start <= stay.start && stay.start <= outer.end;
    if let Some(only) = only_stay(tree, caller) {
        return Some(only).filter(|only| around(&only));
    }
    let all = stays(tree, caller);
    let begun = all.partition_point(|outer| outer.start <= stay.start);
    all[..begun].iter().rev().take(THREADS_AT_ONCE).find(around).copied()
}

/// The first stay of `caller` that began after `stay` did, on the same thread.
pub(super) fn stay_begun_in(tree: &CallTree, caller: &Node, stay: &Stay) -> Option<Stay> {
    let begun = |inner: &&Stay| inner.thread == stay.thread && stay.start < inner.start;
    if let Some(only) = only_stay(tree, caller) {
        return Some(only).filter(|only| begun(&only));
    }
    let all = stays(tree, caller);
    let before = all.partition_point(|inner| inner.start <= stay.start);
    all[before..].iter().take(THREADS_AT_ONCE).find(begun).copied()
}

/// Whether a call was entered on one thread at a time, as a future is that moves between threads: what it calls in that
/// time is in the order of the program, whatever threads that was on.
pub(super) fn runs_in_one_place_at_a_time(tree: &CallTree, call: &Node) -> bool {
    let (mut until, mut thread) = (0, None);
    tree.timed
        && stays(tree, call).iter().all(|stay| {
            let is_alone = stay.start >= until || thread == Some(stay.thread);
            if stay.end >= until {
                (until, thread) = (stay.end, Some(stay.thread));
            }
            is_alone
        })
}

/// Whether `caller` was entered on the thread where `call` was made, when that was at `made`: the call is its own, also
/// where it went on elsewhere.
pub(super) fn was_made_in(tree: &CallTree, call: &Node, made: u64, caller: &Node) -> bool {
    let start = if call.flags & flag::ENTERED == 0 { made } else { made.min(call.first_enter) };
    let made = Stay { start, end: start, thread: call.thread, memory: NONE };
    stay_around(tree, caller, &made).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::timeline::timeline;

    /// What the first root contains of its first child.
    fn inside(text: &str) -> (u64, u32) {
        let tree = timeline(text);
        let inside = Inside::of(&tree, &tree.nodes[1], &tree.nodes[0]);
        assert_eq!(Inside::began(&tree, &tree.nodes[1], &tree.nodes[0]), inside.polls > 0);
        (inside.busy, inside.polls)
    }

    #[test]
    fn a_call_on_the_callers_thread_is_contained() {
        assert_eq!(inside("a 0-100\n b 10-30"), (20, 1));
        assert_eq!(inside("a 0-\n b 10-30"), (20, 1));
        assert_eq!(inside("a 0-0\n b 0-0"), (0, 1));
    }

    #[test]
    fn a_call_on_another_thread_runs_beside_its_caller() {
        assert_eq!(inside("a 0-100\n b 10-30@1"), (0, 0));
    }

    #[test]
    fn a_task_that_runs_after_its_caller_on_the_same_thread_is_not_contained() {
        assert_eq!(inside("a 0-100\n b 110-130"), (0, 0));
    }

    #[test]
    fn a_call_that_outlives_its_caller_is_contained_up_to_the_end() {
        assert_eq!(inside("a 0-100\n b 90-130"), (10, 1));
    }

    #[test]
    fn a_future_that_moves_to_another_thread_contains_what_it_polls_there() {
        assert_eq!(inside("a 0-10 20-60@1\n b 30-50@1"), (20, 1));
        assert_eq!(inside("a 0-10 20-60@1 70-80\n b 2-5 30-50@1 75-78"), (26, 3));
    }

    #[test]
    fn a_span_entered_on_several_threads_at_once_contains_what_each_of_them_does() {
        assert_eq!(inside("a 0-100 1-100@1 2-100@2\n b 30-50@1"), (20, 1));
    }

    #[test]
    fn what_a_moving_future_calls_is_one_after_the_other_and_what_it_spawns_is_beside_it() {
        let marked = |text: &str| timeline(text).roots().next().is_some_and(|root| root.has_concurrent_children());
        assert!(!marked("a 0-10 20-60@1\n b 2-5\n c 30-50@1"), "it moved between two calls");
        assert!(!marked("a 0-10 20-60@1 70-80\n b 2-5 75-78\n c 30-50@1"), "as `join!` does it");
        assert!(marked("a 0-10 20-60@1\n b 2-5\n c 65-70@1"), "the second was called elsewhere");
        assert!(marked("a 0-100\n b 2-5\n c 30-50@1"), "it never was on the other thread");
        assert!(marked("a 0-100 20-60@1\n b 2-5\n c 30-50@1"), "it was on both threads at once");
        assert!(marked("a 0-100 10-20 30-60@1\n b 2-5\n c 40-50@1"), "also where it was entered twice on one of them");
    }
}
