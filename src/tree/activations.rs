//! Every call with its function, its calling function, and whether it is the outermost call of a recursion.

use super::functions::FunctionIndex;
use super::inside::Inside;
use super::{Call, CallTree, NONE};

/// One call on the way through a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activation<'t> {
    pub(super) call: Call<'t>,
    /// Number of its ancestors.
    pub(super) depth: usize,
    pub(super) function: u32,
    /// The function of its parent.
    pub(super) caller: Option<u32>,
    /// Whether its parent's time contains its own ([`Inside`]).
    pub(super) inside: bool,
    /// Whether no call that contains it is of the same function.
    pub(super) outermost: bool,
}

/// An ancestor of the current call.
struct Frame {
    function: u32,
    /// Depth of the next call of the same function further out, or `NONE`.
    outer: u32,
    /// Depth from which on every ancestor contains the next one.
    contained_from: u32,
}

/// Every call, parents before children. Needs 12 bytes for each level of depth.
pub(super) fn activations<'t>(tree: &'t CallTree, index: &FunctionIndex) -> impl Iterator<Item = Activation<'t>> {
    let mut frames: Vec<Frame> = Vec::new();
    // By function: depth of its innermost call among the ancestors.
    let mut innermost = vec![NONE; index.len()];
    tree.walk().filter_map(move |(depth, item)| {
        let call = item.call()?;
        while frames.len() > depth {
            let left = frames.pop()?;
            innermost[left.function as usize] = left.outer;
        }
        let function = index.of_call(call);
        let parent = frames.last();
        let inside = call.parent().is_some_and(|parent| {
            Inside::began(tree, &tree.nodes[call.id().index()], &tree.nodes[parent.id().index()])
        });
        let contained_from = match parent {
            Some(parent) if inside => parent.contained_from,
            _ => depth as u32,
        };
        let caller = parent.map(|parent| parent.function);
        let outer = std::mem::replace(&mut innermost[function as usize], depth as u32);
        frames.push(Frame { function, outer, contained_from });
        let outermost = outer == NONE || outer < contained_from;
        Some(Activation { call, depth, function, caller, inside, outermost })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::timeline::{chain, timeline};

    /// Names of the calls that are the outermost of their function.
    fn outermost(text: &str) -> Vec<(usize, String)> {
        let tree = timeline(text);
        let index = FunctionIndex::of(&tree);
        let all = activations(&tree, &index).filter(|a| a.outermost);
        all.map(|a| (a.depth, a.call.name().to_owned())).collect()
    }

    #[test]
    fn a_call_inside_another_of_its_function_is_not_outermost() {
        let found = outermost("a 0-100\n b 10-50\n  a 20-40\n b 60-70\na 200-300");
        assert_eq!(found, [(0, "a".into()), (1, "b".into()), (1, "b".into()), (0, "a".into())]);
    }

    #[test]
    fn a_call_of_the_same_function_beside_its_caller_is_outermost_again() {
        let found = outermost("a 0-100\n b 10-50@1\n  a 20-40@1\n   a 25-30@1");
        assert_eq!(found, [(0, "a".into()), (1, "b".into()), (2, "a".into())]);
    }

    #[test]
    fn a_deep_recursion_has_one_outermost_call_a_function() {
        let tree = chain(100_000);
        let index = FunctionIndex::of(&tree);
        assert_eq!(activations(&tree, &index).filter(|a| a.outermost).count(), 2);
    }
}
