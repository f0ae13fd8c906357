//! What changed since an older trace, in the form a page reads: the result of [`DiffOptions::compare`] by node.
//!
//! Nothing is judged here or in the page: which call is which, what became of it and what costs more is what `trace diff`
//! says.

use std::cmp::Ordering;

use super::bytes::Bytes;
use crate::snapshot::{Change, ChangeKind, Compared, CostKind, CostLimit, DiffOptions, Part, PartChange, TraceDiff};
use crate::tree::{CallTree, Item, NONE};

/// The twin of every node of a trace in an older one, and what was found about both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// By node in pre-order: one more than its twin in pre-order, 0 for none.
    pub(super) twins: Bytes,
    /// All the rest.
    pub(super) found: Bytes,
}

/// Numbers of what became of a node that has a twin; those of one that has none need not be said.
fn number(kind: ChangeKind) -> u64 {
    match kind {
        ChangeKind::Changed => 1,
        ChangeKind::Moved => 4,
        ChangeKind::Renamed => 5,
        ChangeKind::Added | ChangeKind::Removed => unreachable!("what has a twin was neither added nor removed"),
    }
}

impl Changes {
    pub(super) fn new(before: &CallTree, after: &CallTree, options: &DiffOptions) -> Self {
        let diff = options.compare(before, after);
        let mut changes = Self::default();
        let (old, new) = (numbers(before), numbers(after));
        changes.twins(&diff, before, after, &old);
        changes.summary(&diff);
        changes.costs(&diff);
        changes.nodes(&diff, &new);
        changes.walls(&diff, before, after, &new);
        changes
    }

    fn twins(&mut self, diff: &TraceDiff, before: &CallTree, after: &CallTree, old: &[u32]) {
        let mut twins = vec![NONE; after.nodes.len()];
        for node in 0..before.nodes.len() as u32 {
            if let Some(now) = diff.became(node) {
                twins[now as usize] = old[node as usize];
            }
        }
        let mut expected = 0;
        for (_, item) in after.walk() {
            let twin = match twins[item.index() as usize] {
                NONE => 0,
                twin => u64::from(twin) + 1,
            };
            // Mostly it is the next one.
            self.twins.difference(expected, twin);
            expected = if twin == 0 { expected } else { twin + 1 };
        }
    }

    fn summary(&mut self, diff: &TraceDiff) {
        let found = &mut self.found;
        found.uint(diff.has_events().into());
        for kind in CostKind::ALL {
            let limit = CostLimit::default_of(kind);
            // In a thousandth of what was before.
            found.uints([(limit.relative * 1e3).round() as u64, limit.absolute]);
        }
        let summary = diff.summary();
        // In the order of their numbers.
        let kinds =
            [ChangeKind::Changed, ChangeKind::Added, ChangeKind::Removed, ChangeKind::Moved, ChangeKind::Renamed];
        found.uint(summary.equal);
        found.uints(kinds.map(|kind| summary.get(kind)));
    }

    /// Every function of either trace, and in which of its costs it differs by more than the limit.
    fn costs(&mut self, diff: &TraceDiff) {
        let found = &mut self.found;
        found.uint(diff.costs().len() as u64);
        for cost in diff.costs() {
            found.text(&cost.module);
            found.text(&cost.name);
            let wall = cost.get(CostKind::Wall);
            found.uints([wall.old, wall.new]);
            for kind in CostKind::ALL {
                found.uint(sign(CostLimit::default_of(kind).direction(cost.get(kind))));
            }
        }
        // In the order of `trace diff`, by their places above.
        let listed = diff.differing(CostLimit::default_of);
        let place = |cost: &crate::snapshot::CostChange| {
            let key = |cost: &crate::snapshot::CostChange| (cost.module.clone(), cost.name.clone());
            diff.costs().binary_search_by_key(&key(cost), key).unwrap_or_default() as u64
        };
        found.uint(listed.len() as u64);
        listed.into_iter().for_each(|cost| found.uint(place(cost)));
    }

    /// What became of the nodes that are not the same.
    fn nodes(&mut self, diff: &TraceDiff, new: &[u32]) {
        let mut judged: Vec<(u32, &Change)> =
            diff.judged().map(|(node, change)| (new[node as usize], change)).collect();
        judged.sort_unstable_by_key(|(number, _)| *number);
        self.found.uint(judged.len() as u64);
        let mut before = 0;
        for (node, change) in judged {
            self.found.difference(before, node.into());
            before = node.into();
            self.found.uint(number(change.kind));
            self.found.uint(change.parts.len() as u64);
            change.parts.iter().for_each(|part| self.part(part));
        }
    }

    fn part(&mut self, PartChange { part, old, new }: &PartChange) {
        let (kind, name) = match part {
            Part::Function => (0, ""),
            Part::Argument { name } => (1, &**name),
            Part::Message => (2, ""),
            Part::Returned => (3, ""),
            Part::Error => (4, ""),
            Part::Marks => (5, ""),
        };
        self.found.uint(kind);
        self.found.text(name);
        for value in [old, new] {
            self.found.uint(value.is_some().into());
            self.found.text(value.as_deref().unwrap_or_default());
        }
    }

    /// The calls whose wall time differs from that of their twins by more than the limit of a function's.
    fn walls(&mut self, diff: &TraceDiff, before: &CallTree, after: &CallTree, new: &[u32]) {
        let limit = CostLimit::default_of(CostKind::Wall);
        let wall = |item: Item<'_>| item.call()?.wall().map(|wall| u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX));
        let direction = |node: u32| {
            let now = diff.became(node)?;
            let walls = Compared { old: wall(before.item(node))?, new: wall(after.item(now))? };
            let direction = limit.direction(walls);
            direction.is_ne().then(|| (new[now as usize], direction))
        };
        let mut found: Vec<_> = (0..before.nodes.len() as u32).filter_map(direction).collect();
        found.sort_unstable_by_key(|(number, _)| *number);
        self.found.uint(found.len() as u64);
        let mut before = 0;
        for (number, direction) in found {
            self.found.difference(before, number.into());
            before = number.into();
            self.found.uint(sign(direction));
        }
    }
}

fn sign(direction: Ordering) -> u64 {
    match direction {
        Ordering::Equal => 0,
        Ordering::Greater => 1,
        Ordering::Less => 2,
    }
}

/// By node of a tree: its number in pre-order.
fn numbers(tree: &CallTree) -> Vec<u32> {
    let mut numbers = vec![NONE; tree.nodes.len()];
    for (number, (_, item)) in (0..).zip(tree.walk()) {
        numbers[item.index() as usize] = number;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::TreeBuilder;
    use crate::tree::testing::callsite;

    /// A tree by depth and name: `a` at 0 is a root, one at 1 below the last at 0. Names that begin with `*` are events.
    fn tree(nodes: &[(usize, &str)]) -> CallTree {
        let mut builder = TreeBuilder::with_capacity(nodes.len());
        let thread = builder.thread(crate::tree::Thread::default());
        let mut open = Vec::new();
        for (at, &(depth, name)) in nodes.iter().enumerate() {
            let site = builder.callsite(callsite(name.trim_start_matches('*'), &[]));
            let flags = if name.starts_with('*') { crate::tree::flag::EVENT } else { crate::tree::flag::ENTERED };
            let node = builder.node(site, thread, flags, at as u64);
            open.truncate(depth);
            if let Some(&parent) = open.last() {
                builder.set_parent(node, parent);
            }
            open.push(node);
        }
        builder.finish()
    }

    /// By node its twin, as a page reads it.
    fn twins(before: &[(usize, &str)], after: &[(usize, &str)]) -> Vec<Option<u64>> {
        let Bytes(bytes) = Changes::new(&tree(before), &tree(after), &DiffOptions::default()).twins;
        let mut expected = 0_i64;
        let read = |&byte: &u8| {
            assert!(byte < 128, "these are small");
            let difference = if byte % 2 == 1 { -(i64::from(byte) + 1) / 2 } else { i64::from(byte) / 2 };
            let twin = expected + difference;
            expected = if twin == 0 { expected } else { twin + 1 };
            u64::try_from(twin - 1).ok()
        };
        bytes.iter().map(read).collect()
    }

    #[test]
    fn equal_trees_are_paired_node_by_node() {
        let nodes = [(0, "a"), (1, "b"), (2, "c"), (1, "*e"), (0, "a")];
        assert_eq!(twins(&nodes, &nodes), [Some(0), Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn twins_are_those_of_the_structural_comparison() {
        let before = [(0, "a"), (1, "pay"), (2, "x"), (2, "y"), (1, "gone"), (1, "d")];
        let after = [(0, "a"), (1, "charge"), (2, "x"), (2, "y"), (1, "d"), (2, "new")];
        assert_eq!(
            twins(&before, &after),
            [Some(0), Some(1), Some(2), Some(3), Some(5), None],
            "a rename keeps its calls"
        );
        let moved = twins(&[(0, "a"), (1, "x"), (0, "b"), (0, "c")], &[(0, "a"), (0, "b"), (0, "c"), (1, "x")]);
        assert_eq!(moved, [Some(0), Some(2), Some(3), Some(1)], "what moved has its twin elsewhere");
    }
}
