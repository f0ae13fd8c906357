//! Finds, among what was removed and what was added, what moved: the same subtree at two places.
//!
//! Moves take no part in the alignment, whose pairs never cross; they only say of what it left over what belongs together.

use std::collections::HashMap;

use super::super::align::Alignment;
use super::super::forest::Forest;
use crate::tree::NONE;

/// Nodes a subtree inside a larger one that was removed or added has at the least, to be told as moved by itself.
const MIN_INNER: usize = 3;

#[derive(Debug)]
pub(super) struct Moves {
    old: Left,
    new: Left,
}

/// What the alignment left over of one forest.
#[derive(Debug)]
struct Left {
    /// By node: one past its subtree, where all of that was left over; 0 otherwise.
    whole: Vec<u32>,
    /// By node that is the root of what moved: the root in the other forest; `NONE` otherwise.
    other: Vec<u32>,
    /// By node: how many nodes of its subtree moved.
    moved: Vec<u32>,
}

impl Left {
    fn new(forest: &Forest, is_left: impl Fn(u32) -> bool) -> Self {
        let mut whole = vec![0; forest.len()];
        for node in (0..forest.len() as u32).rev() {
            if is_left(node) && forest.children(node).all(|child| whole[child as usize] > 0) {
                whole[node as usize] = forest.end(node);
            }
        }
        Self { whole, other: vec![NONE; forest.len()], moved: vec![0; forest.len()] }
    }

    /// The subtrees that could have moved, parents before children.
    fn candidates(&self, forest: &Forest) -> Vec<u32> {
        let mut outermost = 0;
        let is_candidate = |&node: &u32| {
            let end = self.whole[node as usize];
            let is_inner = node < outermost;
            outermost = outermost.max(end);
            end > 0 && (!is_inner || forest.size(node) >= MIN_INNER)
        };
        (0..forest.len() as u32).filter(is_candidate).collect()
    }

    /// Whether the node or a part of its subtree has moved.
    fn is_taken(&self, node: u32) -> bool {
        self.moved[node as usize] > 0
    }

    fn take(&mut self, forest: &Forest, node: u32, other: u32) {
        self.other[node as usize] = other;
        for below in node..forest.end(node) {
            self.moved[below as usize] = forest.size(below) as u32;
        }
    }

    fn other(&self, node: u32) -> Option<u32> {
        Some(self.other[node as usize]).filter(|other| *other != NONE)
    }

    /// Where what was left over with this node ends, and how many nodes of it did not move.
    fn extent(&self, node: u32) -> (u32, u64) {
        match self.whole[node as usize] {
            0 => (node + 1, 1),
            end => {
                let moved = (node..end).filter(|&below| self.moved[below as usize] > 0).count();
                (end, u64::from(end - node) - moved as u64)
            }
        }
    }
}

impl Moves {
    pub(super) fn new(old: &Forest, new: &Forest, alignment: &Alignment) -> Self {
        let mut moves = Self {
            old: Left::new(old, |node| alignment.of_old(node).is_none()),
            new: Left::new(new, |node| alignment.of_new(node).is_none()),
        };
        let mut places: HashMap<u64, Vec<u32>> = HashMap::new();
        for node in moves.new.candidates(new).into_iter().rev() {
            places.entry(new.hash(node)).or_default().push(node);
        }
        let mut sources = moves.old.candidates(old);
        // The largest first, so that none is torn apart for a part of it.
        sources.sort_by_key(|&node| (std::cmp::Reverse(old.size(node)), node));
        for from in sources {
            let Some(free) = places.get_mut(&old.hash(from)).filter(|_| !moves.old.is_taken(from)) else { continue };
            while let Some(to) = free.pop() {
                if !moves.new.is_taken(to) {
                    moves.old.take(old, from, to);
                    moves.new.take(new, to, from);
                    break;
                }
            }
        }
        moves
    }

    /// Where the subtree of a node of the old forest moved to.
    pub(super) fn from(&self, old: u32) -> Option<u32> {
        self.old.other(old)
    }

    /// Where the subtree of a node of the new forest came from.
    pub(super) fn to(&self, new: u32) -> Option<u32> {
        self.new.other(new)
    }

    /// One past what was removed with a node, and how many nodes of that are nowhere else.
    pub(super) fn removed(&self, old: u32) -> (u32, u64) {
        self.old.extent(old)
    }

    /// One past what was added with a node, and how many nodes of that were nowhere else.
    pub(super) fn added(&self, new: u32) -> (u32, u64) {
        self.new.extent(new)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::align::align;
    use super::super::super::forest::testing::forest;
    use super::*;

    /// Pairs of what moved.
    fn moved(old: &str, new: &str) -> Vec<(u32, u32)> {
        let (old, new) = (forest(old), forest(new));
        let moves = Moves::new(&old, &new, &align(&old, &new));
        (0..old.len() as u32).filter_map(|node| Some((node, moves.from(node)?))).collect()
    }

    #[test]
    fn a_subtree_that_was_removed_and_added_elsewhere_moved() {
        assert_eq!(moved("r(a(x(yz))b(cdefg))", "r(ab(cdefgx(yz)))"), [(2, 8)]);
        assert_eq!(moved("r(ab)", "r(ba)").len(), 1);
        assert_eq!(moved("r(ab)", "r(ac)"), []);
    }

    #[test]
    fn of_several_equal_ones_each_moves_once() {
        assert_eq!(moved("r(p(xxb)q(cde))", "r(p(b)q(cdexx))"), [(2, 7), (3, 8)]);
        assert_eq!(moved("r(p(xxb)q(cde))", "r(p(b)q(cdex))"), [(2, 7)]);
    }

    #[test]
    fn a_leaf_inside_what_was_removed_does_not_move_by_itself() {
        assert_eq!(moved("r(a(lmno)b)", "r(b(l))"), []);
    }
}
