//! Which nodes of two forests are the same node.
//!
//! Pairs keep order and callers: of two pairs, one stands before, above or below the other in both forests alike. What is
//! in no pair was deleted or inserted. A pair may have been relabelled: once if its name or the rest of what it says
//! changed, twice if both did, which costs as much as to delete the one and insert the other.

mod exact;
mod sequence;
mod sketch;

pub(super) use sketch::Sketches;

use super::forest::Forest;

/// Table cells up to which two groups of siblings, with all below them, are compared by every possibility.
const MAX_EXACT: usize = 1 << 21;

/// Table cells of one alignment beyond those that groups may have anyway, by their size.
const ALL_EXACT: usize = 1 << 25;

/// Table cells that groups may have anyway, for each of their nodes.
const EXACT_PER_NODE: usize = 512;

/// Pairs of siblings of one alignment whose likeness is estimated. Beyond, equal ones and names decide.
const MAX_PAIRS: usize = 1 << 22;

/// Siblings on each side up to which it is asked whether one was put around the others, though some share their names.
const FEW: usize = 16;

/// Levels of a recursion that are compared to find where it goes on as before.
const SPINE: usize = 64;

const NONE: u32 = u32::MAX;

/// The pairs of two forests.
#[derive(Debug)]
pub(super) struct Alignment {
    of_old: Vec<u32>,
    of_new: Vec<u32>,
}

impl Alignment {
    fn new(old: &Forest, new: &Forest) -> Self {
        Self { of_old: vec![NONE; old.len()], of_new: vec![NONE; new.len()] }
    }

    fn pair(&mut self, old: u32, new: u32) {
        (self.of_old[old as usize], self.of_new[new as usize]) = (new, old);
    }

    fn part(&mut self, old: u32, new: u32) {
        (self.of_old[old as usize], self.of_new[new as usize]) = (NONE, NONE);
    }

    /// What became of a node of the old forest; `None` where it is gone.
    pub(super) fn of_old(&self, old: u32) -> Option<u32> {
        self.of_old.get(old as usize).copied().filter(|&new| new != NONE)
    }

    /// Where a node of the new forest comes from; `None` where it is new.
    pub(super) fn of_new(&self, new: u32) -> Option<u32> {
        self.of_new.get(new as usize).copied().filter(|&old| old != NONE)
    }
}

/// Aligns two forests.
///
/// With as few insertions, deletions and relabellings as possible, where the parts that differ are small. Two nodes of
/// which both name and rest differ are paired only where something below them is. Equal subtrees at the same place take
/// linear time.
//
// Implementation notes
//
// Groups of siblings (with all below them) are aligned one after the other, from the roots down, without recursion:
//
// 1. Equal trees at either end of a group are paired, node by node. Then, if one root is left on each side and both say
//    the same, they are paired and their children are the next group. Neither costs minimality: for trees T, and any cost
//    of relabelling, the distance of F·T and G·T is that of F and G. (If an optimal alignment pairs nodes of the left T
//    into G, it pairs none of F into the right T, as the pairs would cross; so all its pairs of T can be replaced by T
//    with itself, which pairs no fewer nodes and relabels none. Two equal roots can be paired likewise.)
// 2. What is left is aligned by every possibility (`exact`), if that takes few steps.
// 3. Otherwise the best way to pair the siblings is sought by what each pair would save, as far as can be estimated
//    (`Sketches`), or, where they are too many, by equal subtrees, then by names, then by what is equal but for a name (`sequence`). Their children, and the
//    siblings in between, are groups again. Of one tree on each side, it is asked first where the longer of two recursions
//    goes on as the other begins. Where no two siblings have a name in common, or there are few, the best of
//    three is taken: they are the same under other names, one of the new ones was put around what was there, or one of
//    the old ones was taken away from around it.
//
// The parts are those of Chawathe et al., «Change detection in hierarchically structured information» (1996), and of
// GumTree (Falleri et al., 2014): equal subtrees first, then what is alike by what is below, then the minimal script for
// the rest; but pairs never cross here, and what moved is found afterwards.
pub(super) fn align(old: &Forest, new: &Forest) -> Alignment {
    align_within(
        old,
        new,
        Bounds { exact: MAX_EXACT, all_exact: ALL_EXACT, per_node: EXACT_PER_NODE, pairs: MAX_PAIRS },
    )
}

/// What an alignment may cost.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    exact: usize,
    all_exact: usize,
    per_node: usize,
    pairs: usize,
}

fn align_within(old: &Forest, new: &Forest, left: Bounds) -> Alignment {
    let mut aligner = Aligner { old, new, found: Alignment::new(old, new), todo: Vec::new(), left, sketches: None };
    aligner.todo.push(Group { old: old.roots().collect(), new: new.roots().collect() });
    while let Some(group) = aligner.todo.pop() {
        aligner.group(&group.old, &group.new);
    }
    aligner.part_strangers();
    aligner.found
}

/// Siblings that are compared with siblings.
struct Group {
    old: Vec<u32>,
    new: Vec<u32>,
}

struct Aligner<'f> {
    old: &'f Forest,
    new: &'f Forest,
    found: Alignment,
    todo: Vec<Group>,
    left: Bounds,
    /// Made when the first group is too large for every possibility.
    sketches: Option<(Sketches, Sketches)>,
}

/// What could have happened to a few siblings, or to those that have no name in common.
enum Guess {
    /// These are the same, whatever their names.
    Same(Vec<(usize, usize)>),
    /// This one of the new siblings was put around what was there.
    Wrapped(usize),
    /// This one of the old siblings was taken away from around what is there.
    Unwrapped(usize),
}

impl Aligner<'_> {
    fn group(&mut self, old: &[u32], new: &[u32]) {
        let equal = |(old, new): (&u32, &u32)| self.old.hash(*old) == self.new.hash(*new);
        let head = old.iter().zip(new).take_while(|pair| equal(*pair)).count();
        let (front, old) = old.split_at(head);
        let tail = old.iter().rev().zip(new[head..].iter().rev()).take_while(|pair| equal(*pair)).count();
        let (old, back) = old.split_at(old.len() - tail);
        for (&old, &new) in front.iter().zip(new).chain(back.iter().rev().zip(new.iter().rev())) {
            self.pair_equal(old, new);
        }
        let new = &new[head..new.len() - tail];
        match (old, new) {
            ([], _) | (_, []) => {}
            (&[old], &[new]) if self.old.content(old) == self.new.content(new) => self.pair(old, new),
            _ if self.may_be_exact(old, new) => {
                exact::align(self.old, old, self.new, new, |old, new| self.found.pair(old, new));
            }
            _ => self.estimate(old, new),
        }
    }

    fn may_be_exact(&mut self, old: &[u32], new: &[u32]) -> bool {
        let work = exact::work(self.old, old, self.new, new);
        let nodes: usize = old.iter().map(|&node| self.old.size(node)).sum::<usize>()
            + new.iter().map(|&node| self.new.size(node)).sum::<usize>();
        if work <= nodes.saturating_mul(self.left.per_node) {
            return true;
        }
        let fits = work <= self.left.exact && work <= self.left.all_exact;
        if fits {
            self.left.all_exact -= work;
        }
        fits
    }

    /// Pairs two nodes, and leaves those below for later.
    fn pair(&mut self, old: u32, new: u32) {
        self.found.pair(old, new);
        self.todo.push(Group { old: self.old.children(old).collect(), new: self.new.children(new).collect() });
    }

    /// Pairs all nodes of two subtrees that say the same.
    fn pair_equal(&mut self, old: u32, new: u32) {
        // Equal hashes of subtrees that differ in size would be a collision.
        let nodes = self.old.size(old).min(self.new.size(new)) as u32;
        (0..nodes).for_each(|below| self.found.pair(old + below, new + below));
    }

    /// Takes pairs apart that have nothing in common, not even below them. That costs nothing.
    fn part_strangers(&mut self) {
        // By old node: whether something below it is paired. Children come after their callers.
        let mut has_pairs_below = vec![false; self.old.len()];
        let mut callers: Vec<u32> = Vec::new();
        let mut caller_of = vec![NONE; self.old.len()];
        for node in 0..self.old.len() as u32 {
            callers.truncate(self.old.depth(node));
            caller_of[node as usize] = callers.last().copied().unwrap_or(NONE);
            callers.push(node);
        }
        for node in (0..self.old.len() as u32).rev() {
            let below = has_pairs_below[node as usize];
            let mut is_paired = false;
            if let Some(other) = self.found.of_old(node) {
                is_paired = below || self.old.relabellings(node, self.new, other) < 2;
                if !is_paired {
                    self.found.part(node, other);
                }
            }
            if let Some(above) = has_pairs_below.get_mut(caller_of[node as usize] as usize) {
                *above |= below || is_paired;
            }
        }
    }

    fn estimate(&mut self, old: &[u32], new: &[u32]) {
        let key = |forest: &Forest, nodes: &[u32], of: fn(&Forest, u32) -> u64| -> Vec<u64> {
            nodes.iter().map(|&node| of(forest, node)).collect()
        };
        let common = |of| sequence::common(&key(self.old, old, of), &key(self.new, new, of));
        if let (&[before], &[now]) = (old, new) {
            match sequence::common(&spine(self.old, before), &spine(self.new, now)).first() {
                Some(&(0, 1..)) => {
                    return self.todo.push(Group { old: old.to_vec(), new: opened(self.new, new, 0) });
                }
                Some(&(1.., 0)) => {
                    return self.todo.push(Group { old: opened(self.old, old, 0), new: new.to_vec() });
                }
                _ => {}
            }
        }
        let few = old.len().max(new.len()) <= FEW;
        let pairs = match self.best(old, new, Self::saving_of_named) {
            // Of a few, the guesses below may know better.
            Some(_) if few => Vec::new(),
            Some((_, pairs)) => pairs,
            None => {
                let keys = [Forest::hash, Forest::name, Forest::hash_but_name, Forest::hash_below];
                keys.into_iter().map(common).find(|pairs| !pairs.is_empty()).unwrap_or_default()
            }
        };
        if !pairs.is_empty() {
            return self.split(old, new, &pairs);
        }
        match self.guess(old, new) {
            None => {}
            Some(Guess::Same(pairs)) => self.split(old, new, &pairs),
            Some(Guess::Wrapped(at)) => {
                self.todo.push(Group { old: old.to_vec(), new: opened(self.new, new, at) });
            }
            Some(Guess::Unwrapped(at)) => {
                self.todo.push(Group { old: opened(self.old, old, at), new: new.to_vec() });
            }
        }
    }

    /// Pairs siblings by their positions; those in between are groups again.
    fn split(&mut self, old: &[u32], new: &[u32], pairs: &[(usize, usize)]) {
        let mut from = (0, 0);
        for &(x, y) in pairs.iter().chain([&(old.len(), new.len())]) {
            if from.0 < x && from.1 < y {
                self.todo.push(Group { old: old[from.0..x].to_vec(), new: new[from.1..y].to_vec() });
            }
            match (old.get(x), new.get(y)) {
                (Some(&old), Some(&new)) if self.old.hash(old) == self.new.hash(new) => self.pair_equal(old, new),
                (Some(&old), Some(&new)) => self.pair(old, new),
                _ => {}
            }
            from = (x + 1, y + 1);
        }
    }

    /// The pairs of siblings that together save the most, and how much. `None` where they are too many to tell.
    fn best(
        &mut self,
        old: &[u32],
        new: &[u32],
        saving: fn(&Self, u32, u32) -> usize,
    ) -> Option<(usize, Vec<(usize, usize)>)> {
        self.left.pairs = self.left.pairs.checked_sub(old.len().checked_mul(new.len())?)?;
        let (old_forest, new_forest) = (self.old, self.new);
        self.sketches.get_or_insert_with(|| (Sketches::new(old_forest), Sketches::new(new_forest)));
        let width = new.len() + 1;
        let mut savings = vec![0; old.len() * new.len()];
        // By how many siblings of each are still to come: the best sum from there on.
        let mut sums = vec![0; (old.len() + 1) * width];
        for (i, &before) in old.iter().enumerate().rev() {
            for (j, &now) in new.iter().enumerate().rev() {
                let saved = saving(self, before, now);
                savings[i * new.len() + j] = saved;
                let apart = sums[(i + 1) * width + j].max(sums[i * width + j + 1]);
                let together = if saved > 0 { saved + sums[(i + 1) * width + j + 1] } else { 0 };
                sums[i * width + j] = apart.max(together);
            }
        }
        let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
        while i < old.len() && j < new.len() {
            let (here, saved) = (sums[i * width + j], savings[i * new.len() + j]);
            if saved > 0 && here == saved + sums[(i + 1) * width + j + 1] {
                pairs.push((i, j));
                (i, j) = (i + 1, j + 1);
            } else if here == sums[(i + 1) * width + j] {
                i += 1;
            } else {
                j += 1;
            }
        }
        Some((sums[0], pairs))
    }

    /// What is saved by pairing two nodes of one name and what is below them, in 256ths of an insertion or deletion.
    fn saving_of_named(&self, old: u32, new: u32) -> usize {
        if self.old.name(old) == self.new.name(new) { self.saving(old, new) } else { 0 }
    }

    /// The same for nodes of any name.
    fn saving(&self, old: u32, new: u32) -> usize {
        let nodes = self.old.size(old).min(self.new.size(new));
        if self.old.hash(old) == self.new.hash(new) {
            return 512 * nodes;
        }
        let own = 512 - 256 * self.old.relabellings(old, self.new, new) as usize;
        let below = self.sketches.as_ref().map_or(0, |(before, now)| before.likeness(old, now, new));
        own + 2 * below * (nodes - 1)
    }

    fn guess(&mut self, old: &[u32], new: &[u32]) -> Option<Guess> {
        let mut most = 0;
        let mut guess = None;
        if let Some((saved, pairs)) = self.best(old, new, Self::saving)
            && saved > most
        {
            (most, guess) = (saved, Some(Guess::Same(pairs)));
        }
        for (at, &node) in new.iter().enumerate() {
            let inner: Vec<_> = self.new.children(node).collect();
            if let Some((saved, _)) = self.best(old, &inner, Self::saving)
                && saved > most
            {
                (most, guess) = (saved, Some(Guess::Wrapped(at)));
            }
        }
        for (at, &node) in old.iter().enumerate() {
            let inner: Vec<_> = self.old.children(node).collect();
            if let Some((saved, _)) = self.best(&inner, new, Self::saving)
                && saved > most
            {
                (most, guess) = (saved, Some(Guess::Unwrapped(at)));
            }
        }
        guess
    }
}

/// What a node says, its largest child, the largest child of that, and so on.
fn spine(forest: &Forest, node: u32) -> Vec<u64> {
    let largest =
        |&node: &u32| forest.children(node).max_by_key(|&child| (forest.size(child), std::cmp::Reverse(child)));
    std::iter::successors(Some(node), largest).take(SPINE).map(|node| forest.content(node)).collect()
}

/// The siblings with the children of one of them in its place.
fn opened(forest: &Forest, siblings: &[u32], at: usize) -> Vec<u32> {
    siblings[..at]
        .iter()
        .copied()
        .chain(forest.children(siblings[at]))
        .chain(siblings[at + 1..].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests;
