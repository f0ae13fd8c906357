//! Whether calls came in a given order, where the program gave them one.

use std::collections::HashMap;

use crate::tree::{CallTree, Item};

/// How many of the given names, from the first on, came in order: each call began after the one for the name before.
///
/// `meant` says by name, then by callsite index, which calls a name means. What is an order is told at
/// [`Assertions::assert_order`](super::Assertions::assert_order).
//
// Implementation notes
//
// Where a chain of n names ends before some call, chains of all smaller lengths do, so one number says all there is to
// say of what came before a point. It travels with the walk. In a group from several threads every thread has its own,
// which begins as their caller's; the largest leaves the group.
pub(super) fn longest_prefix(tree: &CallTree, meant: &[Vec<bool>]) -> usize {
    let mut groups = vec![Group::new(tree.has_concurrent_roots(), 0)];
    for (depth, item) in tree.walk() {
        let Item::Call(call) = item else { continue };
        while groups.len() > depth + 1 {
            leave(&mut groups);
        }
        let Some(group) = groups.last_mut() else { continue };
        let before = group.enter(call.thread_index());
        let is_next = meant.get(before).is_some_and(|sites| sites[call.callsite_index()]);
        groups.push(Group::new(call.has_concurrent_children(), before + usize::from(is_next)));
    }
    while groups.len() > 1 {
        leave(&mut groups);
    }
    groups[0].longest
}

/// The innermost group is done: its callers go on with what was reached in it.
fn leave(groups: &mut Vec<Group>) {
    if let Some(done) = groups.pop()
        && let Some(group) = groups.last_mut()
    {
        group.reached(done.longest);
    }
}

/// Siblings on the way from the root to the call at hand.
struct Group {
    concurrent: bool,
    /// What the caller had when it was entered.
    at_start: usize,
    /// By thread, in a concurrent group.
    by_thread: HashMap<usize, usize>,
    /// The thread of the sibling at hand.
    thread: usize,
    longest: usize,
}

impl Group {
    fn new(concurrent: bool, at_start: usize) -> Self {
        Self { concurrent, at_start, by_thread: HashMap::new(), thread: 0, longest: at_start }
    }

    /// A sibling begins on this thread: what came before it.
    fn enter(&mut self, thread: usize) -> usize {
        self.thread = thread;
        match self.concurrent {
            true => self.by_thread.get(&thread).copied().unwrap_or(self.at_start),
            false => self.longest,
        }
    }

    /// The sibling at hand ends with this.
    fn reached(&mut self, length: usize) {
        self.longest = self.longest.max(length);
        if self.concurrent {
            self.by_thread.insert(self.thread, length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::names::meant;
    use crate::snapshot::testing::Forest;
    use crate::tree::testing::tree;

    fn prefix(tree: &CallTree, names: &[&str]) -> usize {
        longest_prefix(tree, &names.iter().map(|name| meant(tree, name)).collect::<Vec<_>>())
    }

    #[test]
    fn a_call_comes_after_its_caller_and_after_all_below_earlier_siblings() {
        let tree = tree("a(b(c) d) e");
        for names in [&["a", "b", "c", "d", "e"][..], &["c", "e"], &["a", "e"], &[]] {
            assert_eq!(prefix(&tree, names), names.len(), "{names:?}");
        }
        assert_eq!(prefix(&tree, &["d", "b"]), 1);
        assert_eq!(prefix(&tree, &["b", "x", "c"]), 1);
    }

    #[test]
    fn a_name_given_twice_needs_two_calls() {
        assert_eq!(prefix(&tree("a b a"), &["a", "b", "a"]), 3);
        assert_eq!(prefix(&tree("a b"), &["a", "a"]), 1);
    }

    /// `fan(x y(u) z(v))` and then `join`: `y` on the worker, the others on the main thread.
    fn fan() -> CallTree {
        let mut forest = Forest::new();
        let fan = forest.call(None, "fan", &[]);
        forest.call(Some(fan), "x", &[]);
        let y = forest.call(Some(fan), "y", &[]);
        forest.on_worker(y);
        let u = forest.call(Some(y), "u", &[]);
        forest.on_worker(u);
        let z = forest.call(Some(fan), "z", &[]);
        forest.call(Some(z), "v", &[]);
        forest.call(None, "join", &[]);
        forest.finish()
    }

    #[test]
    fn calls_on_two_threads_have_no_order_among_each_other() {
        assert_eq!(prefix(&fan(), &["x", "y"]), 1);
        assert_eq!(prefix(&fan(), &["u", "v"]), 1);
    }

    #[test]
    fn calls_on_two_threads_come_after_their_caller_and_before_what_follows_it() {
        for names in [["fan", "u", "join"], ["fan", "x", "v"], ["x", "z", "join"]] {
            assert_eq!(prefix(&fan(), &names), 3, "{names:?}");
        }
    }

    #[test]
    fn a_recursion_of_100_000_calls_is_walked() {
        assert_eq!(prefix(&crate::snapshot::testing::chain(100_000), &["dive", "dive", "dive"]), 3);
    }
}
