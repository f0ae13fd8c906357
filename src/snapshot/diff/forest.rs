//! Ordered trees reduced to what comparing them needs: shape and hashes.

use std::ops::Range;

use crate::snapshot::hash;

/// Trees side by side, their nodes numbered parents before children, siblings in order.
///
/// A node's subtree is the range of numbers from it to its [`end`](Self::end), so its first child is the next number and
/// its next sibling the one at its end.
#[derive(Debug, Default)]
pub(super) struct Forest {
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Of what its kind of node has in common: the function, for a call.
    name: u64,
    /// Of what it says beside that: arguments and outcome, for a call.
    rest: u64,
    /// Of what it and all below it say.
    hash: u64,
    /// Of what all below it say.
    below: u64,
    /// One past the last node below it.
    end: u32,
    depth: u32,
}

impl Forest {
    pub(super) fn with_capacity(nodes: usize) -> Self {
        Self { nodes: Vec::with_capacity(nodes) }
    }

    /// Adds the next node. One that is deeper than a child of the node before it counts as its child.
    pub(super) fn push(&mut self, depth: usize, name: u64, rest: u64) {
        let deepest = self.nodes.last().map_or(0, |before| before.depth + 1);
        let depth = u32::try_from(depth).unwrap_or(u32::MAX).min(deepest);
        self.nodes.push(Node { name, rest, hash: 0, below: 0, end: 0, depth });
    }

    /// Finds ends and hashes, from the last node back. Until then no other question has an answer.
    pub(super) fn finish(mut self) -> Self {
        // By depth: end of the group of siblings at hand, and the hash of those of it that are done.
        let mut groups: Vec<(u32, u64)> = Vec::new();
        let total = self.nodes.len() as u32;
        for at in (0..self.nodes.len()).rev() {
            let node = &mut self.nodes[at];
            let depth = node.depth as usize;
            let below = if groups.len() > depth + 1 { groups.pop() } else { None };
            let next = at as u32 + 1;
            let (end, children) = below.unwrap_or((next, 0));
            (node.end, node.below) = (end, children);
            node.hash = hash::add(hash::add(node.name, node.rest), children);
            while groups.len() <= depth {
                groups.push((end, 0));
            }
            debug_assert!(end <= total);
            let group = &mut groups[depth];
            group.1 = hash::add(group.1, node.hash);
        }
        self
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// All nodes below nobody.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> {
        self.siblings(0..self.nodes.len() as u32)
    }

    pub(super) fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        self.siblings(node + 1..self.end(node))
    }

    fn siblings(&self, within: Range<u32>) -> impl Iterator<Item = u32> {
        let first = (!within.is_empty()).then_some(within.start);
        std::iter::successors(first, move |&node| Some(self.end(node)).filter(|next| *next < within.end))
    }

    /// One past the last node below it.
    pub(super) fn end(&self, node: u32) -> u32 {
        self.nodes[node as usize].end
    }

    /// Number of nodes of its subtree, itself included.
    pub(super) fn size(&self, node: u32) -> usize {
        (self.end(node) - node) as usize
    }

    pub(super) fn depth(&self, node: u32) -> usize {
        self.nodes[node as usize].depth as usize
    }

    pub(super) fn name(&self, node: u32) -> u64 {
        self.nodes[node as usize].name
    }

    /// A hash of all it says by itself.
    pub(super) fn content(&self, node: u32) -> u64 {
        let Node { name, rest, .. } = self.nodes[node as usize];
        hash::add(name, rest)
    }

    /// Relabellings that make a node into one of another forest: one for the name, one for the rest.
    pub(super) fn relabellings(&self, node: u32, other: &Self, other_node: u32) -> u32 {
        let (a, b) = (&self.nodes[node as usize], &other.nodes[other_node as usize]);
        u32::from(a.name != b.name) + u32::from(a.rest != b.rest)
    }

    pub(super) fn hash(&self, node: u32) -> u64 {
        self.nodes[node as usize].hash
    }

    /// A hash of all it and all below it say, but for its own name.
    pub(super) fn hash_but_name(&self, node: u32) -> u64 {
        let Node { rest, below, .. } = self.nodes[node as usize];
        hash::add(rest, below)
    }

    /// A hash of all that is below it.
    pub(super) fn hash_below(&self, node: u32) -> u64 {
        self.nodes[node as usize].below
    }
}

impl Forest {
    /// The same nodes in another order, given by their numbers: parents before children, subtrees in one piece.
    pub(super) fn reordered(&self, order: &[u32]) -> Self {
        let mut forest = Self::with_capacity(order.len());
        for &node in order {
            let Node { name, rest, depth, .. } = self.nodes[node as usize];
            forest.push(depth as usize, name, rest);
        }
        forest.finish()
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A node for each letter, nested by parentheses: `a(bc(d))e`. Letters that differ in their case only are of one
    /// name, others differ in all they say.
    pub(crate) fn forest(text: &str) -> Forest {
        let mut forest = Forest::default();
        let mut depth = 0;
        for letter in text.chars() {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => forest.push(depth, u64::from(letter.to_ascii_lowercase()), u64::from(letter)),
            }
        }
        forest.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::forest;
    use super::*;

    #[test]
    fn siblings_and_subtrees_are_found_by_numbers() {
        let forest = forest("a(bc(d)e)f(g)");
        assert_eq!(forest.roots().collect::<Vec<_>>(), [0, 5]);
        assert_eq!(forest.children(0).collect::<Vec<_>>(), [1, 2, 4]);
        assert_eq!(forest.children(4).count(), 0);
        assert_eq!((0..7).map(|node| forest.size(node)).collect::<Vec<_>>(), [5, 1, 2, 1, 1, 2, 1]);
        assert_eq!(Forest::default().finish().roots().count(), 0);
    }

    #[test]
    fn a_hash_speaks_for_the_whole_subtree() {
        let hash = |text: &str| forest(text).hash(0);
        assert_eq!(forest("a(bc)x(a(bc))").hash(4), hash("a(bc)"));
        let different = ["a", "A", "a(b)", "a(b(c))", "a(bc)", "a(cb)", "a(bc(d))", "a(b(c)d)", "a(bcd)", "a(b(d)c)"];
        for (at, one) in different.iter().enumerate() {
            assert!(different[at + 1..].iter().all(|other| hash(one) != hash(other)), "{one}");
        }
    }

    #[test]
    fn a_node_deeper_than_a_child_of_the_one_before_is_its_child() {
        let mut forest = Forest::default();
        for depth in [7, 9, 0] {
            forest.push(depth, 1, depth as u64);
        }
        let forest = forest.finish();
        assert_eq!((forest.depth(0), forest.depth(1), forest.depth(2)), (0, 1, 0));
        assert_eq!(forest.size(0), 2);
    }
}
