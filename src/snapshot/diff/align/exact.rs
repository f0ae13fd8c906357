//! The cheapest way from one small forest to another, by insertions, deletions and relabellings.
//!
//! Zhang and Shasha, «Simple fast algorithms for the editing distance between trees and related problems», SIAM Journal
//! on Computing 18 (1989): subtrees are compared bottom-up; for each pair of *key roots* (nodes with a sibling to their
//! left, and the root) a table holds the distance of every pair of forests that lie below them from the left.

use super::super::forest::Forest;

/// What one insertion, deletion or relabelling costs.
///
/// Of all ways with as few of them as can be, one is taken with few changes of name alone, which cost one more; and a node
/// that becomes quite another is rather that than deleted and inserted: what is below keeps its caller then.
const EDIT: u32 = 4_096;

/// Nodes of both forests together, so that costs fit their type and names never outweigh an edit.
const MAX_NODES: usize = 200_000;

/// Some trees of a forest side by side, below a root of their own, numbered children before parents.
struct Postorder<'f> {
    forest: &'f Forest,
    /// The node of the forest; the root has none and is the last.
    nodes: Vec<u32>,
    /// The first leaf of its subtree.
    leaves: Vec<u32>,
    key_roots: Vec<u32>,
}

impl<'f> Postorder<'f> {
    fn new(forest: &'f Forest, roots: &[u32]) -> Self {
        let mut order = Self { forest, nodes: Vec::new(), leaves: Vec::new(), key_roots: Vec::new() };
        // Callers of the node at hand: node, and its first leaf.
        let mut open: Vec<(u32, u32)> = Vec::new();
        for &root in roots {
            for node in root..forest.end(root) {
                while let Some(done) = open.pop_if(|(caller, _)| forest.end(*caller) <= node) {
                    order.close(done);
                }
                open.push((node, order.nodes.len() as u32));
            }
            while let Some(done) = open.pop() {
                order.close(done);
            }
        }
        order.leaves.push(0);
        let mut seen = vec![false; order.leaves.len()];
        for node in (0..order.leaves.len()).rev() {
            if !std::mem::replace(&mut seen[order.leaves[node] as usize], true) {
                order.key_roots.push(node as u32);
            }
        }
        order.key_roots.reverse();
        order
    }

    fn close(&mut self, (node, leaf): (u32, u32)) {
        self.nodes.push(node);
        self.leaves.push(leaf);
    }

    /// Nodes, the root included.
    fn len(&self) -> usize {
        self.leaves.len()
    }

    fn root(&self) -> u32 {
        self.nodes.len() as u32
    }

    fn leaf(&self, node: u32) -> u32 {
        self.leaves[node as usize]
    }
}

/// Number of table cells that [`align`] would fill: what its time grows with.
pub(super) fn work(old: &Forest, old_roots: &[u32], new: &Forest, new_roots: &[u32]) -> usize {
    let nodes = |forest: &Forest, roots: &[u32]| roots.iter().map(|&root| forest.size(root)).sum::<usize>() + 1;
    let (m, n) = (nodes(old, old_roots), nodes(new, new_roots));
    // No need to look closer where even the smallest table is too large.
    if m + n > MAX_NODES || m.saturating_mul(n) > super::MAX_EXACT {
        return usize::MAX;
    }
    let widths = |forest: &Forest, roots: &[u32], all: usize| {
        // The root, and all nodes that have a sibling to their left.
        let mut widths = all;
        for (at, &root) in roots.iter().enumerate() {
            widths += if at > 0 { forest.size(root) } else { 0 };
            for caller in root..forest.end(root) {
                widths += forest.children(caller).skip(1).map(|child| forest.size(child)).sum::<usize>();
            }
        }
        widths
    };
    widths(old, old_roots, m).saturating_mul(widths(new, new_roots, n))
}

/// Gives the pairs of nodes that are kept or relabelled; all others are deleted or inserted.
pub(super) fn align(old: &Forest, old_roots: &[u32], new: &Forest, new_roots: &[u32], mut pair: impl FnMut(u32, u32)) {
    let (old, new) = (Postorder::new(old, old_roots), Postorder::new(new, new_roots));
    let mut tables = Tables::new(old, new);
    for &i in &tables.old.key_roots.clone() {
        for &j in &tables.new.key_roots.clone() {
            tables.compare(i, j);
        }
    }
    tables.trace(&mut pair);
}

struct Tables<'f> {
    old: Postorder<'f>,
    new: Postorder<'f>,
    /// By node of each: the distance of their subtrees.
    trees: Vec<u32>,
    /// By number of nodes from the first leaf on of each: the distance of those forests. Of the pair at hand.
    forests: Vec<u32>,
}

impl<'f> Tables<'f> {
    fn new(old: Postorder<'f>, new: Postorder<'f>) -> Self {
        let cells = (old.len() + 1) * (new.len() + 1);
        Self { trees: vec![0; old.len() * new.len()], forests: vec![0; cells], old, new }
    }

    fn relabel(&self, i: u32, j: u32) -> u32 {
        let (old, new) = (self.old.nodes.get(i as usize), self.new.nodes.get(j as usize));
        let (Some(&old), Some(&new)) = (old, new) else {
            // The two roots are the same; a root and a node never become each other.
            return if old == new { 0 } else { 2 * EDIT + 2 };
        };
        match self.old.forest.relabellings(old, self.new.forest, new) {
            0 => 0,
            1 => EDIT + u32::from(self.old.forest.name(old) != self.new.forest.name(new)),
            _ => 2 * EDIT - 1,
        }
    }

    fn tree(&self, i: u32, j: u32) -> u32 {
        self.trees[i as usize * self.new.len() + j as usize]
    }

    /// Where the row of the forest of `i` nodes begins.
    fn row(&self, i: u32) -> usize {
        i as usize * (self.new.len() + 1)
    }

    /// Fills the table of forests of a pair, and the distances of the subtrees that begin with the same leaves.
    fn compare(&mut self, i: u32, j: u32) {
        let (first_i, first_j) = (self.old.leaf(i), self.new.leaf(j));
        let (rows, columns) = (i - first_i + 1, j - first_j + 1);
        for y in 0..=columns {
            self.forests[y as usize] = y * EDIT;
        }
        for x in 1..=rows {
            let here = first_i + x - 1;
            let (row, above) = (self.row(x), self.row(x - 1));
            let leaf = self.old.leaf(here);
            let left = self.row(leaf - first_i);
            self.forests[row] = x * EDIT;
            for y in 1..=columns {
                let there = first_j + y - 1;
                let at = y as usize;
                let apart = (self.forests[above + at]).min(self.forests[row + at - 1]) + EDIT;
                let whole = leaf == first_i && self.new.leaf(there) == first_j;
                let together = if whole {
                    self.forests[above + at - 1] + self.relabel(here, there)
                } else {
                    self.forests[left + (self.new.leaf(there) - first_j) as usize] + self.tree(here, there)
                };
                let best = apart.min(together);
                self.forests[row + at] = best;
                if whole {
                    let width = self.new.len();
                    self.trees[here as usize * width + there as usize] = best;
                }
            }
        }
    }

    /// Goes the cheapest way back, from the roots down.
    fn trace(&mut self, pair: &mut impl FnMut(u32, u32)) {
        let mut todo = vec![(self.old.root(), self.new.root())];
        while let Some((i, j)) = todo.pop() {
            self.compare(i, j);
            let (first_i, first_j) = (self.old.leaf(i), self.new.leaf(j));
            let (mut x, mut y) = (i - first_i + 1, j - first_j + 1);
            while x > 0 && y > 0 {
                let (here, there) = (first_i + x - 1, first_j + y - 1);
                let (row, above, at) = (self.row(x), self.row(x - 1), y as usize);
                let best = self.forests[row + at];
                let (leaf_i, leaf_j) = (self.old.leaf(here), self.new.leaf(there));
                let whole = leaf_i == first_i && leaf_j == first_j;
                if whole && best == self.forests[above + at - 1] + self.relabel(here, there) {
                    if let (Some(&old), Some(&new)) =
                        (self.old.nodes.get(here as usize), self.new.nodes.get(there as usize))
                    {
                        pair(old, new);
                    }
                    (x, y) = (x - 1, y - 1);
                } else if best == self.forests[above + at] + EDIT {
                    x -= 1;
                } else if best == self.forests[row + at - 1] + EDIT {
                    y -= 1;
                } else {
                    todo.push((here, there));
                    (x, y) = (leaf_i - first_i, leaf_j - first_j);
                }
            }
        }
    }
}
