//! What two sequences have in common, in order.
//!
//! First by what is unique in both (the longest run of it that keeps its order: Bram Cohen's «patience diff»), so that a
//! block that moved does not tear its neighbours apart; between those, by Myers, «An O(ND) difference algorithm and its
//! variations», Algorithmica 1 (1986), in stretches of a bounded number of differences.

use std::collections::HashMap;
use std::ops::Range;

/// Differences after which the way found so far is kept, and the search begins anew from its end.
///
/// Bounds time and memory where little is common: both grow with the square of it, and the former with the length.
const STRETCH: usize = 256;

/// Positions of equal keys, rising in both.
pub(super) fn common(old: &[u64], new: &[u64]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut todo = vec![(0..old.len(), 0..new.len())];
    while let Some((mut a, mut b)) = todo.pop() {
        while !a.is_empty() && !b.is_empty() && old[a.start] == new[b.start] {
            pairs.push((a.start, b.start));
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && old[a.end - 1] == new[b.end - 1] {
            (a.end, b.end) = (a.end - 1, b.end - 1);
            pairs.push((a.end, b.end));
        }
        if a.is_empty() || b.is_empty() {
            continue;
        }
        let anchors = rising(unique(old, a.clone(), new, b.clone()));
        if anchors.is_empty() {
            myers(old, a, new, b, &mut pairs);
            continue;
        }
        let mut from = (a.start, b.start);
        for (x, y) in anchors {
            todo.push((from.0..x, from.1..y));
            pairs.push((x, y));
            from = (x + 1, y + 1);
        }
        todo.push((from.0..a.end, from.1..b.end));
    }
    pairs.sort_unstable();
    pairs
}

/// Where the keys stand that occur once in each, in the order of the old ones.
fn unique(old: &[u64], a: Range<usize>, new: &[u64], b: Range<usize>) -> Vec<(usize, usize)> {
    // By key: how often in each, and where last.
    let mut seen: HashMap<u64, (u32, u32, usize)> = HashMap::with_capacity(a.len());
    for at in a.clone() {
        seen.entry(old[at]).or_default().0 += 1;
    }
    for at in b {
        if let Some(entry) = seen.get_mut(&new[at]) {
            (entry.1, entry.2) = (entry.1 + 1, at);
        }
    }
    a.filter_map(|at| match seen[&old[at]] {
        (1, 1, there) => Some((at, there)),
        _ => None,
    })
    .collect()
}

/// The longest selection whose second members rise as the first do.
fn rising(pairs: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    // By length of a selection: the pair that ends one of that length the lowest. By pair: the pair before it.
    let (mut ends, mut before): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::with_capacity(pairs.len()));
    for (at, &(_, y)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < y);
        before.push(if length > 0 { ends[length - 1] } else { at });
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let Some(&last) = ends.last() else { return Vec::new() };
    let mut selection: Vec<_> =
        std::iter::successors(Some(last), |&at| Some(before[at]).filter(|&next| next != at)).collect();
    selection.reverse();
    selection.into_iter().map(|at| pairs[at]).collect()
}

fn myers(old: &[u64], mut a: Range<usize>, new: &[u64], mut b: Range<usize>, pairs: &mut Vec<(usize, usize)>) {
    while !a.is_empty() && !b.is_empty() {
        let (x, y) = stretch(&old[a.clone()], &new[b.clone()], |x, y| pairs.push((a.start + x, b.start + y)));
        (a.start, b.start) = (a.start + x, b.start + y);
    }
}

/// Gives what is common up to where it returns: the ends, or the furthest point that `STRETCH` differences reach.
fn stretch(old: &[u64], new: &[u64], mut common: impl FnMut(usize, usize)) -> (usize, usize) {
    let (m, n) = (old.len() as isize, new.len() as isize);
    // By number of differences d, then by diagonal x - y from -d to d in twos: the furthest x. Outside the grid: -1.
    let mut reached: Vec<Vec<isize>> = Vec::new();
    let furthest = |row: &[isize], d: isize, k: isize| if k.abs() > d { -1 } else { row[((k + d) / 2) as usize] };
    // Before the last deletion or insertion on the way to diagonal k.
    let step = |rows: &[Vec<isize>], d: isize, k: isize| {
        let row = &rows[d as usize - 1];
        let (down, right) = (furthest(row, d - 1, k + 1), furthest(row, d - 1, k - 1));
        let deletes = right >= 0 && right < m && right >= down;
        if deletes { (right, k - 1, right + 1) } else { (down, k + 1, down) }
    };
    let (mut d, mut end) = (0, None);
    while end.is_none() {
        let mut row = Vec::with_capacity(d as usize + 1);
        let mut best = (-1, 0);
        for k in (-d..=d).step_by(2) {
            let mut x = if d == 0 { 0 } else { step(&reached, d, k).2 };
            let inside = x >= 0 && (0..=n).contains(&(x - k));
            if !inside {
                row.push(-1);
                continue;
            }
            while x < m && x - k < n && old[x as usize] == new[(x - k) as usize] {
                x += 1;
            }
            row.push(x);
            best = best.max((2 * x - k, k));
            if x == m && x - k == n {
                end = Some(k);
                break;
            }
        }
        reached.push(row);
        if end.is_none() && d as usize == STRETCH {
            end = Some(best.1);
        }
        d += 1;
    }
    let mut k = end.unwrap_or_default();
    d -= 1;
    let mut x = furthest(&reached[d as usize], d, k);
    let reach = (x as usize, (x - k) as usize);
    loop {
        let (before, diagonal, start) = if d == 0 { (0, 0, 0) } else { step(&reached, d, k) };
        while x > start {
            x -= 1;
            common(x as usize, (x - k) as usize);
        }
        if d == 0 {
            return reach;
        }
        (x, k, d) = (before, diagonal, d - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Length of the longest common subsequence, by the table.
    fn longest(old: &[u64], new: &[u64]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for a in old {
            let mut diagonal = 0;
            for (at, b) in new.iter().enumerate() {
                let here = if a == b { diagonal + 1 } else { row[at].max(row[at + 1]) };
                diagonal = std::mem::replace(&mut row[at + 1], here);
            }
        }
        row[new.len()]
    }

    fn is_common(pairs: &[(usize, usize)], old: &[u64], new: &[u64]) -> bool {
        pairs.iter().all(|&(x, y)| old[x] == new[y]) && pairs.windows(2).all(|p| p[0].0 < p[1].0 && p[0].1 < p[1].1)
    }

    #[test]
    fn what_is_unique_holds_its_neighbours_together() {
        // Without it, the three sevens would be paired across the block that moved.
        assert_eq!(common(&[7, 1, 7, 2, 7], &[7, 2, 7, 1, 7]).len(), 3);
        assert_eq!(common(&[1, 2, 3], &[3]), [(2, 0)]);
        assert_eq!(common(&[], &[1]), []);
    }

    #[test]
    fn long_sequences_without_unique_keys_and_with_many_differences_are_compared_in_stretches() {
        let old: Vec<u64> = (0..30_000).map(|at| at % 3).collect();
        let mut new = old.clone();
        for at in (50..30_000).step_by(50) {
            new[at] = 9;
        }
        let pairs = common(&old, &new);
        assert!(is_common(&pairs, &old, &new));
        assert!(pairs.len() >= 30_000 - 599 - 10, "{} of {}", pairs.len(), 30_000 - 599);
    }

    proptest! {
        #[test]
        fn myers_finds_the_longest(
            old in prop::collection::vec(0_u64..4, 0..40),
            new in prop::collection::vec(0_u64..4, 0..40),
        ) {
            let mut pairs = Vec::new();
            myers(&old, 0..old.len(), &new, 0..new.len(), &mut pairs);
            pairs.sort_unstable();
            prop_assert!(is_common(&pairs, &old, &new));
            prop_assert_eq!(pairs.len(), longest(&old, &new));
        }

        #[test]
        fn pairs_are_equal_and_in_order(
            old in prop::collection::vec(0_u64..30, 0..60),
            new in prop::collection::vec(0_u64..30, 0..60),
        ) {
            prop_assert!(is_common(&common(&old, &new), &old, &new));
        }
    }
}
