//! How much two subtrees have in common, estimated in constant time.
//!
//! Of what is below a node, the smallest few hashes are kept: Broder, «On the resemblance and containment of documents»
//! (1997), whose share in common estimates that of all.

use super::super::forest::Forest;

/// Hashes kept of a subtree. With fewer different nodes than that below both, the estimate is exact.
const KEPT: usize = 16;

/// By node: the smallest hashes of what the nodes below it say, rising; `u32::MAX` where there are fewer.
pub(in crate::snapshot::diff) struct Sketches(Vec<[u32; KEPT]>);

impl Sketches {
    pub(in crate::snapshot::diff) fn new(forest: &Forest) -> Self {
        let mut sketches = vec![[u32::MAX; KEPT]; forest.len()];
        for node in (0..forest.len() as u32).rev() {
            for child in forest.children(node) {
                let below = sketches[child as usize];
                let sketch = &mut sketches[node as usize];
                insert(sketch, mixed(forest.content(child)));
                for hash in below.into_iter().take_while(|hash| *hash != u32::MAX) {
                    if !insert(sketch, hash) {
                        break;
                    }
                }
            }
        }
        Self(sketches)
    }

    /// The share of different nodes below both that is below each: from 0 to 256.
    pub(in crate::snapshot::diff) fn likeness(&self, node: u32, others: &Self, other: u32) -> usize {
        let (a, b) = (&self.0[node as usize], &others.0[other as usize]);
        let (mut i, mut j, mut both, mut all) = (0, 0, 0, 0);
        while all < KEPT {
            let x = a.get(i).copied().unwrap_or(u32::MAX);
            let y = b.get(j).copied().unwrap_or(u32::MAX);
            if x == u32::MAX && y == u32::MAX {
                break;
            }
            all += 1;
            both += usize::from(x == y);
            (i, j) = (i + usize::from(x <= y), j + usize::from(y <= x));
        }
        (both * 256).checked_div(all).unwrap_or(0)
    }
}

/// Spreads a hash once more, so that which ones are the smallest is chance.
fn mixed(hash: u64) -> u32 {
    (crate::snapshot::hash::add(0, hash) >> 32) as u32 & !1
}

/// Whether there was room for it, or it is there.
fn insert(sketch: &mut [u32; KEPT], hash: u32) -> bool {
    let at = sketch.partition_point(|kept| *kept < hash);
    if at == KEPT {
        return false;
    }
    if sketch[at] != hash {
        sketch.copy_within(at..KEPT - 1, at + 1);
        sketch[at] = hash;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::super::forest::testing::forest;
    use super::*;

    fn likeness(old: &str, new: &str) -> usize {
        let (old, new) = (forest(old), forest(new));
        Sketches::new(&old).likeness(0, &Sketches::new(&new), 0)
    }

    #[test]
    fn the_share_of_what_is_below_both_is_found() {
        assert_eq!(likeness("a(bc(d))", "x(bc(d))"), 256);
        assert_eq!(likeness("a(bc)", "a(cd)"), 256 / 3);
        assert_eq!(likeness("a(b)", "a(c)"), 0);
        assert_eq!(likeness("a", "a"), 0);
    }

    #[test]
    fn of_large_subtrees_it_is_estimated() {
        let letters = |range: std::ops::Range<u32>| {
            let letters: String = range.filter_map(|n| char::from_u32(0x4e00 + n)).collect();
            format!("a({letters})")
        };
        let estimate = likeness(&letters(0..3_000), &letters(1_000..4_000));
        assert!((64..=192).contains(&estimate), "{estimate} of 256 is far from a half");
    }
}
