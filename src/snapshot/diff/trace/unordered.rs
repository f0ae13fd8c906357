//! Puts siblings that have no order of their own into the order of those they are compared with.
//!
//! Only the order is chosen here; which node is which is decided afterwards, by an alignment that keeps it.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::super::align::Sketches;
use super::super::forest::Forest;
use super::side::Side;

/// Pairs of siblings of one comparison whose likeness is estimated. Beyond, what they say decides.
const MAX_PAIRS: usize = 1 << 20;

/// Puts the siblings of either side that began on several threads in the order of the other side.
///
/// Their canonical order is by name, so a function with another name would stand elsewhere, and no alignment that keeps
/// an order could tell that it is the same.
//
// Implementation notes
//
// From the roots down, siblings are paired whatever their order: equal subtrees, then those that are most alike, names
// included. Where one side has no order, its siblings get that of their counterparts, those without one stay behind the
// sibling they stood behind. Subtrees that are equal to one of the other side stay as they are, also where that is
// elsewhere: their hashes are by what a move is found. Only what has such siblings in it is looked at, so that most
// programs pay for one look at their marks.
pub(super) fn agree<'o, 'n>(old: Side<'o>, new: Side<'n>) -> (Side<'o>, Side<'n>) {
    if !old.has_unordered() && !new.has_unordered() {
        return (old, new);
    }
    let mut agreement = Agreement::new(&old, &new);
    agreement.run();
    let orders = agreement.orders;
    let [old_order, new_order] = orders;
    (old.reordered(&old_order), new.reordered(&new_order))
}

struct Agreement<'s, 't> {
    sides: [&'s Side<'t>; 2],
    /// By node of each: whether siblings without an order are anywhere below it.
    concern: [Vec<bool>; 2],
    hashes: [HashSet<u64>; 2],
    /// Made when likeness is asked for.
    sketches: Option<[Sketches; 2]>,
    pairs_left: usize,
    /// By caller, or `NONE` for the roots: its children in another order.
    orders: [HashMap<u32, Vec<u32>>; 2],
}

impl<'s, 't> Agreement<'s, 't> {
    fn new(old: &'s Side<'t>, new: &'s Side<'t>) -> Self {
        let sides = [old, new];
        Self {
            sides,
            concern: sides.map(concern),
            hashes: sides.map(|side| (0..side.forest.len() as u32).map(|node| side.forest.hash(node)).collect()),
            sketches: None,
            pairs_left: MAX_PAIRS,
            orders: [HashMap::new(), HashMap::new()],
        }
    }

    fn run(&mut self) {
        let [old, new] = self.sides;
        let mut todo = vec![(None, None)];
        while let Some((before, now)) = todo.pop() {
            let siblings = [children(&old.forest, before), children(&new.forest, now)];
            let pairs = self.pairs(&siblings);
            // Where both have no order, the new one follows.
            let follower =
                [(1, now), (0, before)].into_iter().find(|&(side, caller)| self.sides[side].is_unordered(caller));
            if let Some((side, caller)) = follower {
                let order = self.order(side, &siblings, &pairs);
                self.orders[side].insert(caller.unwrap_or(crate::tree::NONE), order);
            }
            for (x, y) in pairs {
                let (x, y) = (siblings[0][x], siblings[1][y]);
                let concerns = self.concern[0][x as usize] || self.concern[1][y as usize];
                // What is equal needs no other order, and what may have moved must keep the one by which that is found.
                let is_known =
                    self.hashes[1].contains(&old.forest.hash(x)) || self.hashes[0].contains(&new.forest.hash(y));
                if concerns && !is_known {
                    todo.push((Some(x), Some(y)));
                }
            }
        }
    }

    /// Which sibling is which, by their places, in no order.
    fn pairs(&mut self, siblings: &[Vec<u32>; 2]) -> Vec<(usize, usize)> {
        let [old, new] = self.sides.map(|side| &side.forest);
        let mut found = Pairing::new(siblings[0].len(), siblings[1].len());
        let equal = |keys: &dyn Fn(&Forest, u32) -> u64| {
            [(old, &siblings[0]), (new, &siblings[1])]
                .map(|(forest, nodes)| nodes.iter().map(|&node| keys(forest, node)).collect::<Vec<_>>())
        };
        found.by_key(&equal(&|forest, node| forest.hash(node)));
        let [left_old, left_new] = found.left();
        let estimates = left_old.len().saturating_mul(left_new.len());
        if let Some(left) = self.pairs_left.checked_sub(estimates) {
            self.pairs_left = left;
            let [before, now] = self.sketches.get_or_insert_with(|| [Sketches::new(old), Sketches::new(new)]);
            let mut likely = Vec::with_capacity(estimates);
            for &x in &left_old {
                for &y in &left_new {
                    let (a, b) = (siblings[0][x], siblings[1][y]);
                    let nodes = old.size(a).min(new.size(b));
                    let own = 2 * 256 - 256 * old.relabellings(a, new, b) as usize;
                    let saving = own + 2 * before.likeness(a, now, b) * (nodes - 1);
                    if saving > 0 {
                        likely.push((Reverse((saving, old.name(a) == new.name(b))), x, y));
                    }
                }
            }
            likely.sort_unstable();
            likely.into_iter().for_each(|(_, x, y)| found.pair(x, y));
        } else {
            found.by_key(&equal(&|forest, node| forest.content(node)));
            found.by_key(&equal(&|forest, node| forest.hash_but_name(node)));
            found.by_key(&equal(&|forest, node| forest.name(node)));
            found.by_key(&equal(&|forest, node| forest.hash_below(node)));
        }
        found.pairs()
    }

    /// The siblings of one side in the order of the other.
    fn order(&self, side: usize, siblings: &[Vec<u32>; 2], pairs: &[(usize, usize)]) -> Vec<u32> {
        let own = &siblings[side];
        let mut places: Vec<Option<usize>> = vec![None; own.len()];
        for &(x, y) in pairs {
            let (here, there) = if side == 0 { (x, y) } else { (y, x) };
            places[here] = Some(there);
        }
        let mut behind = 0;
        let keys: Vec<_> = places
            .iter()
            .map(|place| {
                behind = place.map_or(behind, |place| place + 1);
                (behind, place.is_none())
            })
            .collect();
        let mut order: Vec<usize> = (0..own.len()).collect();
        order.sort_by_key(|&at| keys[at]);
        let mut order: Vec<u32> = order.into_iter().map(|at| own[at]).collect();
        // Events do have an order: each takes the next place of one.
        let is_event = |node: &u32| self.sides[side].is_event(*node);
        let mut events = own.iter().copied().filter(is_event);
        for node in order.iter_mut().filter(|node| is_event(node)) {
            *node = events.next().unwrap_or(*node);
        }
        order
    }
}

/// By node: whether siblings without an order are below it.
fn concern(side: &Side<'_>) -> Vec<bool> {
    let mut concern = vec![false; side.forest.len()];
    for node in (0..side.forest.len() as u32).rev() {
        concern[node as usize] =
            side.is_unordered(Some(node)) || side.forest.children(node).any(|child| concern[child as usize]);
    }
    concern
}

fn children(forest: &Forest, caller: Option<u32>) -> Vec<u32> {
    match caller {
        Some(caller) => forest.children(caller).collect(),
        None => forest.roots().collect(),
    }
}

/// Places of one list that belong to places of another.
struct Pairing {
    of_old: Vec<Option<usize>>,
    is_taken: Vec<bool>,
}

impl Pairing {
    fn new(old: usize, new: usize) -> Self {
        Self { of_old: vec![None; old], is_taken: vec![false; new] }
    }

    /// Pairs them unless one has its counterpart.
    fn pair(&mut self, x: usize, y: usize) {
        if self.of_old[x].is_none() && !self.is_taken[y] {
            (self.of_old[x], self.is_taken[y]) = (Some(y), true);
        }
    }

    /// Pairs what is left by equal keys, in order.
    fn by_key(&mut self, [old, new]: &[Vec<u64>; 2]) {
        let mut free: HashMap<u64, Vec<usize>> = HashMap::new();
        let left = self.left();
        for &y in left[1].iter().rev() {
            free.entry(new[y]).or_default().push(y);
        }
        for &x in &left[0] {
            if let Some(y) = free.get_mut(&old[x]).and_then(Vec::pop) {
                self.pair(x, y);
            }
        }
    }

    /// Places of either list that have no counterpart.
    fn left(&self) -> [Vec<usize>; 2] {
        [
            (0..self.of_old.len()).filter(|&x| self.of_old[x].is_none()).collect(),
            (0..self.is_taken.len()).filter(|&y| !self.is_taken[y]).collect(),
        ]
    }

    fn pairs(&self) -> Vec<(usize, usize)> {
        self.of_old.iter().enumerate().filter_map(|(x, y)| Some((x, (*y)?))).collect()
    }
}
