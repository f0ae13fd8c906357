//! Alignments against a search through all there are, and of forests too large for that.

use proptest::prelude::*;

use super::super::forest::Forest;
use super::super::forest::testing::forest;
use super::{ALL_EXACT, Alignment, Bounds, EXACT_PER_NODE, MAX_EXACT, MAX_PAIRS, align, align_within};

/// Nothing is compared by every possibility.
const ESTIMATES: Bounds = Bounds { exact: 0, all_exact: 0, per_node: 0, pairs: MAX_PAIRS };

/// Nor is the likeness of siblings estimated.
const SEQUENCES: Bounds = Bounds { pairs: 0, ..ESTIMATES };

fn is_above(forest: &Forest, above: u32, below: u32) -> bool {
    above < below && below < forest.end(above)
}

fn pairs(alignment: &Alignment, old: &Forest) -> Vec<(u32, u32)> {
    (0..old.len() as u32).filter_map(|node| Some((node, alignment.of_old(node)?))).collect()
}

/// Whether two pairs, the first of which comes first in the old forest, stand to each other alike in both.
fn agree(old: &Forest, new: &Forest, one: (u32, u32), other: (u32, u32)) -> bool {
    one.1 < other.1 && is_above(old, one.0, other.0) == is_above(new, one.1, other.1)
}

/// Number of insertions, deletions and relabellings.
fn cost(old: &Forest, new: &Forest, pairs: &[(u32, u32)]) -> usize {
    let relabellings: u32 = pairs.iter().map(|&(a, b)| old.relabellings(a, new, b)).sum();
    old.len() + new.len() - 2 * pairs.len() + relabellings as usize
}

/// The least cost of all alignments there are: every selection of nodes of each, paired in order.
fn least_cost(old: &Forest, new: &Forest) -> usize {
    let mut least = old.len() + new.len();
    let chosen = |bits: u32, len: usize| (0..len as u32).filter(move |node| bits >> node & 1 == 1);
    for a in 0..1_u32 << old.len() {
        for b in (0..1_u32 << new.len()).filter(|b| b.count_ones() == a.count_ones()) {
            let pairs: Vec<_> = chosen(a, old.len()).zip(chosen(b, new.len())).collect();
            let cost = cost(old, new, &pairs);
            let is_valid = || {
                let later = |at: usize| pairs[at + 1..].iter();
                pairs.iter().enumerate().all(|(at, &one)| later(at).all(|&other| agree(old, new, one, other)))
            };
            if cost < least && is_valid() {
                least = cost;
            }
        }
    }
    least
}

fn is_valid(old: &Forest, new: &Forest, alignment: &Alignment) -> bool {
    let pairs = pairs(alignment, old);
    let later = |at: usize| pairs[at + 1..].iter();
    pairs.iter().all(|&(a, b)| alignment.of_new(b) == Some(a))
        && (0..new.len() as u32).filter(|&node| alignment.of_new(node).is_some()).count() == pairs.len()
        && pairs.iter().enumerate().all(|(at, &one)| later(at).all(|&other| agree(old, new, one, other)))
}

/// Any shape, of few names in two variants each.
fn any_forest(max: usize) -> impl Strategy<Value = Forest> {
    prop::collection::vec((0_usize..6, 0_u64..6), 0..=max).prop_map(|nodes| {
        let mut forest = Forest::default();
        nodes.into_iter().for_each(|(depth, content)| forest.push(depth, content / 2, content % 2));
        forest.finish()
    })
}

/// A tree of a program: repeated requests of a few shapes, each with an argument; some of them changed. Beside it, the
/// number of insertions, deletions and relabellings that were made.
fn requests(count: u32, changed: impl Fn(u32) -> bool) -> (Forest, usize) {
    let (mut forest, mut edits) = (Forest::default(), 0);
    forest.push(0, 1, 0);
    for request in 0..count {
        forest.push(1, 2, request.into());
        for step in 0..u64::from(4 + request % 5) {
            let mut depth = 2;
            let mut argument = 0;
            if changed(request) && step == u64::from(request % 4) {
                match request % 3 {
                    // Gone, with the call in it.
                    0 => {
                        edits += 2;
                        continue;
                    }
                    1 => argument = 99,
                    _ => {
                        forest.push(depth, 77, 0);
                        depth += 1;
                    }
                }
                edits += 1;
            }
            forest.push(depth, 10 + step, argument);
            forest.push(depth + 1, 30 + step, u64::from(request % 7));
        }
    }
    (forest.finish(), edits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_small_alignment_is_as_cheap_as_the_cheapest_of_all(old in any_forest(7), new in any_forest(7)) {
        let alignment = align(&old, &new);
        prop_assert!(is_valid(&old, &new, &alignment));
        prop_assert_eq!(cost(&old, &new, &pairs(&alignment, &old)), least_cost(&old, &new));
    }

    #[test]
    fn pairs_never_cross_however_they_are_found(old in any_forest(60), new in any_forest(60)) {
        for bounds in [ESTIMATES, SEQUENCES] {
            prop_assert!(is_valid(&old, &new, &align_within(&old, &new, bounds)));
        }
    }

    #[test]
    fn equal_forests_are_paired_whole_however_pairs_are_found(forest in any_forest(60)) {
        for bounds in [ESTIMATES, SEQUENCES] {
            let alignment = align_within(&forest, &forest, bounds);
            prop_assert!((0..forest.len() as u32).all(|node| alignment.of_old(node) == Some(node)));
        }
    }
}

/// What an alignment found by estimates costs.
fn estimated(old: &str, new: &str) -> usize {
    let (old, new) = (forest(old), forest(new));
    let alignment = align_within(&old, &new, ESTIMATES);
    assert!(is_valid(&old, &new, &alignment));
    cost(&old, &new, &pairs(&alignment, &old))
}

#[test]
fn a_caller_that_became_another_costs_its_relabellings() {
    assert_eq!(estimated("a(b(cde)f)", "x(b(cde)f)"), 2);
    assert_eq!(estimated("r(a(bcd)e(fgh))", "r(a(bcd)x(fgh))"), 2);
    assert_eq!(estimated("r(a(bcd)e(fgh))", "r(a(bcd)E(fgh))"), 1);
}

#[test]
fn quite_another_call_is_a_pair_only_where_something_below_is() {
    let paired = |old: &str, new: &str| {
        let (old, new) = (forest(old), forest(new));
        align(&old, &new).of_old(1).is_some()
    };
    assert!(paired("r(a(b))", "r(x(b))"));
    assert!(paired("r(a(b))", "r(A)"));
    assert!(!paired("r(a(b))", "r(x(y))"));
    assert!(!paired("r(a)", "r(x)"));
}

#[test]
fn a_caller_put_around_calls_costs_one_insertion_and_one_taken_away_one_deletion() {
    assert_eq!(estimated("r(a(bcd))", "r(w(a(bcd)))"), 1);
    assert_eq!(estimated("r(w(a(bcd)))", "r(a(bcd))"), 1);
    assert_eq!(estimated("r(a(bcd))", "r(v(w(a(bcd))))"), 2);
}

#[test]
fn a_changed_call_with_much_below_is_preferred_to_an_equal_one_with_nothing_below() {
    assert_eq!(estimated("r(la(bcdefg))", "r(a(bcdEfg)l)"), 3);
}

#[test]
fn a_long_group_costs_no_more_than_its_changes() {
    let (old, _) = requests(4_000, |_| false);
    let (new, edits) = requests(4_000, |request| request % 50 == 0);
    let all = Bounds { exact: MAX_EXACT, all_exact: ALL_EXACT, per_node: EXACT_PER_NODE, pairs: MAX_PAIRS };
    // In the second, too few pairs for the long group, but enough for those within.
    for bounds in [all, Bounds { pairs: 100_000, ..ESTIMATES }] {
        let alignment = align_within(&old, &new, bounds);
        let cost = cost(&old, &new, &pairs(&alignment, &old));
        assert!(cost <= edits, "{cost} for {edits} edits");
    }
}

#[test]
fn a_chain_of_any_depth_is_aligned_without_recursion() {
    let chain = |depth: usize, changed: usize| {
        let mut forest = Forest::default();
        (0..depth).for_each(|at| forest.push(at, 1, u64::from(at == changed)));
        forest.finish()
    };
    let (old, new) = (chain(100_000, usize::MAX), chain(100_000, 50_000));
    let alignment = align(&old, &new);
    assert_eq!(cost(&old, &new, &pairs(&alignment, &old)), 1);
}

#[test]
fn a_recursion_with_other_calls_at_some_of_its_levels_costs_no_more_than_those() {
    let chain = |levels: &mut dyn Iterator<Item = u64>| {
        let mut forest = Forest::default();
        levels.enumerate().for_each(|(depth, level)| forest.push(depth, 1, level));
        forest.finish()
    };
    let old = chain(&mut (0..5_000).rev());
    let new = chain(&mut (0..5_003).rev().filter(|level| level % 1_000 != 500));
    let alignment = align(&old, &new);
    assert_eq!(cost(&old, &new, &pairs(&alignment, &old)), 3 + 5);
}
