//! Which call of one trace is compared with which of another.
//!
//! The page shows any alignment: calls without a twin are added or removed, those whose twin has another caller have
//! moved. What is here pairs calls under the same caller; a better method may hand in pairs of its own.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::tree::{Arg, CallId, CallTree, Item, Value};

const NONE: u32 = u32::MAX;

/// The twin of every node of a trace in an older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alignment {
    /// By node in pre-order, its twin in pre-order.
    twins: Vec<Option<u32>>,
}

impl Alignment {
    /// Pairs calls and events whose callers are paired: those that say the same, in order; then those of the same
    /// function, in order. Time and memory are linear.
    pub(super) fn by_path(before: &CallTree, after: &CallTree) -> Self {
        let mut pairing = Pairing::new(before, after);
        pairing.siblings(indices(before.root_items()), indices(after.root_items()));
        for (_, item) in after.walk() {
            if let Some((twin, call)) = pairing.twin_of(item) {
                pairing.siblings(indices(twin.items()), indices(call.items()));
            }
        }
        pairing.finish()
    }

    /// Takes over pairs of calls, `(before, after)`, and pairs the events of paired calls as [`by_path`](Self::by_path)
    /// does. Of several pairs of one call the last counts; numbers that are no call's are left out.
    pub(super) fn of_pairs(before: &CallTree, after: &CallTree, pairs: &[(CallId, CallId)]) -> Self {
        let mut pairing = Pairing::new(before, after);
        for &(twin, call) in
            pairs.iter().filter(|(twin, call)| before.get(*twin).is_some() && after.get(*call).is_some())
        {
            pairing.twins[call.index()] = twin.index() as u32;
        }
        let is_event = |item: &Item<'_>| item.event().is_some();
        pairing.siblings(indices(before.root_items().filter(is_event)), indices(after.root_items().filter(is_event)));
        for (_, item) in after.walk() {
            if let Some((twin, call)) = pairing.twin_of(item) {
                let events = |call: crate::tree::Call<'_>| indices(call.items().filter(is_event));
                pairing.siblings(events(twin), events(call));
            }
        }
        pairing.finish()
    }

    /// By node in pre-order, its twin in pre-order.
    pub(super) fn twins(&self) -> impl Iterator<Item = Option<u32>> + use<'_> {
        self.twins.iter().copied()
    }
}

fn indices<'t>(items: impl Iterator<Item = Item<'t>>) -> Vec<u32> {
    items.map(Item::index).collect()
}

/// What was paired so far. Nodes go by their index in their tree.
struct Pairing<'t> {
    before: &'t CallTree,
    after: &'t CallTree,
    said_before: Vec<Said>,
    said_after: Vec<Said>,
    /// By node of `after`: its twin in `before`, or `NONE`.
    twins: Vec<u32>,
}

/// Hashes by which nodes are told apart. Nodes of equal hashes are taken for equal: at worst the page compares two that
/// it should not.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Of the function; of an event, its module and level.
    site: u64,
    /// Of the same with arguments and outcome.
    all: u64,
}

impl<'t> Pairing<'t> {
    fn new(before: &'t CallTree, after: &'t CallTree) -> Self {
        let twins = vec![NONE; after.nodes.len()];
        Self { before, after, said_before: said(before), said_after: said(after), twins }
    }

    /// A call that has a twin, and the twin.
    fn twin_of(&self, item: Item<'t>) -> Option<(crate::tree::Call<'t>, crate::tree::Call<'t>)> {
        let call = item.call()?;
        let twin = self.twins[call.id().index()];
        (twin != NONE).then(|| self.before.item(twin).call().zip(Some(call))).flatten()
    }

    fn siblings(&mut self, before: Vec<u32>, after: Vec<u32>) {
        // Nearly always both sides are the same, or begin and end so: no table is needed for that.
        let is_same = |(b, a): (&u32, &u32)| self.said_before[*b as usize].all == self.said_after[*a as usize].all;
        let head = before.iter().zip(&after).take_while(|&pair| is_same(pair)).count();
        let tail = before[head..].iter().rev().zip(after[head..].iter().rev());
        let tail = tail.take_while(|&pair| is_same(pair)).count();
        let ends = before[..head].iter().zip(&after[..head]);
        let ends = ends.chain(before[before.len() - tail..].iter().zip(&after[after.len() - tail..]));
        ends.for_each(|(&twin, &node)| self.twins[node as usize] = twin);
        let before = &before[head..before.len() - tail];
        let after = &after[head..after.len() - tail];
        let before = self.pair(before, after, |said| said.all);
        let after: Vec<_> = after.iter().copied().filter(|&node| self.twins[node as usize] == NONE).collect();
        self.pair(&before, &after, |said| said.site);
    }

    /// Pairs nodes of equal keys, in order, and gives those of `before` that are left.
    fn pair(&mut self, before: &[u32], after: &[u32], key: impl Fn(Said) -> u64) -> Vec<u32> {
        let mut free: HashMap<u64, Vec<u32>> = HashMap::new();
        for &node in before.iter().rev() {
            free.entry(key(self.said_before[node as usize])).or_default().push(node);
        }
        for &node in after {
            if let Some(twin) = free.get_mut(&key(self.said_after[node as usize])).and_then(Vec::pop) {
                self.twins[node as usize] = twin;
            }
        }
        let mut left: Vec<_> = free.into_values().flatten().collect();
        // Indices are not in the order of siblings where those began on several threads, but nearly.
        left.sort_unstable();
        left
    }

    fn finish(self) -> Alignment {
        let mut numbers = vec![NONE; self.before.nodes.len()];
        for (number, (_, item)) in (0..).zip(self.before.walk()) {
            numbers[item.index() as usize] = number;
        }
        let twins = self.after.walk().map(|(_, item)| {
            let twin = self.twins[item.index() as usize];
            (twin != NONE).then(|| numbers[twin as usize])
        });
        Alignment { twins: twins.collect() }
    }
}

fn said(tree: &CallTree) -> Vec<Said> {
    let mut all = vec![Said::default(); tree.nodes.len()];
    for (_, item) in tree.walk() {
        let mut hasher = DefaultHasher::new();
        match item {
            Item::Call(call) => (call.module(), call.name()).hash(&mut hasher),
            // Its name is the place in the source, which moves.
            Item::Event(event) => (event.module(), event.level()).hash(&mut hasher),
        }
        let site = hasher.finish();
        let mut text = HashText(hasher);
        let field = |text: &mut HashText, arg: Arg<'_>| value(text, arg.name(), arg.value());
        match item {
            Item::Call(call) => {
                call.args().for_each(|arg| field(&mut text, arg));
                call.returned().into_iter().for_each(|returned| value(&mut text, "→", returned));
                call.error().into_iter().for_each(|error| value(&mut text, "✗", error));
                (call.panicked(), call.is_open()).hash(&mut text.0);
            }
            Item::Event(event) => event.args().for_each(|arg| field(&mut text, arg)),
        }
        all[item.index() as usize] = Said { site, all: text.0.finish() };
    }
    all
}

fn value(text: &mut HashText, name: &str, value: Value<'_>) {
    // Hashing takes whatever is written. A 0xff byte ends each part: it is in no text.
    let _ = write!(text, "{name}");
    text.0.write_u8(0xff);
    let _ = write!(text, "{value}");
    text.0.write_u8(0xff);
}

/// Hashes a text without writing it down.
struct HashText(DefaultHasher);

impl fmt::Write for HashText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn twins(before: &[(usize, &str)], after: &[(usize, &str)]) -> Vec<Option<u32>> {
        Alignment::by_path(&tree(before), &tree(after)).twins
    }

    #[test]
    fn equal_trees_are_paired_node_by_node() {
        let nodes = [(0, "a"), (1, "b"), (2, "c"), (1, "*e"), (0, "a")];
        assert_eq!(twins(&nodes, &nodes), [Some(0), Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn what_came_and_went_has_no_twin() {
        let before = [(0, "a"), (1, "b"), (1, "gone"), (1, "d")];
        let after = [(0, "a"), (1, "b"), (1, "new"), (1, "d")];
        assert_eq!(twins(&before, &after), [Some(0), Some(1), None, Some(3)]);
    }

    #[test]
    fn calls_in_another_order_are_paired_all_the_same() {
        assert_eq!(
            twins(&[(0, "a"), (0, "b"), (0, "c")], &[(0, "c"), (0, "a"), (0, "b")]),
            [Some(2), Some(0), Some(1)]
        );
    }

    #[test]
    fn calls_under_different_callers_are_not_paired() {
        assert_eq!(twins(&[(0, "a"), (1, "x"), (0, "b")], &[(0, "a"), (0, "b"), (1, "x")]), [Some(0), Some(2), None]);
    }

    #[test]
    fn pairs_from_outside_are_taken_over_and_their_events_follow() {
        let (before, after) = (tree(&[(0, "a"), (1, "x"), (2, "*e")]), tree(&[(0, "a"), (0, "x"), (1, "*e")]));
        let ids = |tree: &CallTree| tree.calls().map(|call| call.id()).collect::<Vec<_>>();
        let pairs: Vec<_> = ids(&before).into_iter().zip(ids(&after)).collect();
        assert_eq!(Alignment::of_pairs(&before, &after, &pairs).twins, [Some(0), Some(1), Some(2)]);
        let beyond = [(CallId(7), CallId(0)), (CallId(0), CallId(7)), (CallId(2), CallId(0))];
        assert_eq!(Alignment::of_pairs(&before, &after, &beyond).twins, [None, None, None]);
    }

    proptest! {
        #[test]
        fn twins_are_of_one_function_under_paired_callers_and_nobodys_else(
            before in prop::collection::vec((0..4_usize, 0..3_usize), 0..40),
            after in prop::collection::vec((0..4_usize, 0..3_usize), 0..40),
        ) {
            let named = |nodes: &[(usize, usize)]| -> Vec<_> { nodes.iter().map(|&(depth, name)| (depth, ["a", "b", "c"][name])).collect() };
            let (before, after) = (tree(&named(&before)), tree(&named(&after)));
            let twins = Alignment::by_path(&before, &after).twins;
            // In pre-order, as the twins are.
            let calls = |tree: &CallTree| -> Vec<(String, Option<CallId>, CallId)> {
                tree.calls().map(|call| (call.name().into(), call.parent().map(|parent| parent.id()), call.id())).collect()
            };
            let (before, after) = (calls(&before), calls(&after));
            let place = |calls: &[(String, Option<CallId>, CallId)], id| calls.iter().position(|(.., own)| Some(*own) == id);
            prop_assert_eq!(twins.len(), after.len());
            for (node, twin) in after.iter().zip(&twins) {
                let Some(twin) = twin else { continue };
                let (name, parent, _) = &before[*twin as usize];
                prop_assert_eq!(name, &node.0);
                let parents_twin = place(&after, node.1).and_then(|parent| twins[parent]).map(|twin| twin as usize);
                prop_assert_eq!(parents_twin, place(&before, *parent));
            }
            let mut used: Vec<_> = twins.iter().flatten().collect();
            used.sort();
            prop_assert!(used.windows(2).all(|pair| pair[0] != pair[1]), "a call has one twin");
            // Nothing that could be paired is left: as many of a name under one pair of callers as the fewer side has.
            let unpaired = |name: &str| twins.iter().zip(&after).any(|(twin, (own, parent, _))| twin.is_none() && own == name && parent.is_none());
            for name in ["a", "b", "c"] {
                let roots = |calls: &[(String, Option<CallId>, CallId)]| calls.iter().filter(|(own, parent, _)| own == name && parent.is_none()).count();
                prop_assert_eq!(unpaired(name), roots(&after) > roots(&before));
            }
        }
    }
}
