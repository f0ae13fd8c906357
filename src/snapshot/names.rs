//! Which calls a name in an assertion means, and which name was perhaps meant.

use crate::tree::{CallTree, Callsite};

/// Names offered when one was not found.
const MAX_NEAR: usize = 3;

/// Letters that a name has at least to be offered because it is part of the wanted one.
const MIN_PART: usize = 3;

/// The callsites of a tree that a name means, by callsite index: looked up once, not for every call.
///
/// A name is the span's name (`charge`), or that after the end of its module path (`payment::charge`,
/// `shop::payment::charge`).
pub(super) fn meant(tree: &CallTree, name: &str) -> Vec<bool> {
    tree.callsites.iter().map(|site| is_meant(site, name)).collect()
}

fn is_meant(site: &Callsite, name: &str) -> bool {
    if *site.name == *name {
        return true;
    }
    let Some(path) = name.strip_suffix(&*site.name).and_then(|path| path.strip_suffix("::")) else { return false };
    // Whole segments: `pay::charge` is not in `prepay`.
    site.module.strip_suffix(path).is_some_and(|above| above.is_empty() || above.ends_with("::"))
}

/// Names of calls in the tree that are spelled nearly like this one, nearest first.
pub(super) fn near<'t>(tree: &'t CallTree, name: &str) -> Vec<&'t str> {
    let wanted = name.rsplit("::").next().unwrap_or(name);
    let called = called(tree);
    let names = tree.callsites.iter().zip(called).filter(|(_, called)| *called).map(|(site, _)| &*site.name);
    let mut near: Vec<_> = names.map(|name| (distance(wanted, name), name)).collect();
    // A third of the letters wrong, or one name part of the other.
    let is_part = |name: &str| name.contains(wanted) || name.len() >= MIN_PART && wanted.contains(name);
    near.retain(|&(distance, name)| distance * 3 <= wanted.len() || is_part(name));
    near.sort_unstable();
    near.dedup();
    near.into_iter().map(|(_, name)| name).take(MAX_NEAR).collect()
}

/// By callsite: whether a call was made from it. The callsites of events are among the others.
fn called(tree: &CallTree) -> Vec<bool> {
    let mut called = vec![false; tree.callsites.len()];
    for call in tree.calls() {
        called[call.callsite_index()] = true;
    }
    called
}

/// Letters to insert, remove or replace to get from one to the other; upper and lower case are the same.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.to_lowercase().chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in b.iter().enumerate() {
            let replaced = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::testing::{callsite, tree};

    #[test]
    fn a_name_is_the_spans_name_with_or_without_the_end_of_its_module_path() {
        let site = Callsite { module: "shop::pay".into(), ..callsite("charge", &[]) };
        for name in ["charge", "pay::charge", "shop::pay::charge"] {
            assert!(is_meant(&site, name), "{name}");
        }
        for name in ["", "charg", "shop::charge", "ay::charge", "::charge", "x::shop::pay::charge", "pay::", "pay"] {
            assert!(!is_meant(&site, name), "{name}");
        }
    }

    #[test]
    fn near_names_are_those_with_few_other_letters() {
        let tree = tree("charge(change recharge) notify");
        assert_eq!(near(&tree, "chrage"), ["change", "charge"]);
        assert_eq!(near(&tree, "shop::Charge"), ["charge", "change", "recharge"]);
        assert!(near(&tree, "zzz").is_empty());
    }

    #[test]
    fn distance_counts_letters() {
        assert_eq!([distance("", "abc"), distance("kitten", "Sitting"), distance("a", "a")], [3, 3, 0]);
    }
}
