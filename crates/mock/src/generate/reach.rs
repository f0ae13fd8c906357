//! How deep and how large the values of a plan are, before one is made.
//!
//! That is what ends recursion: where depth is used up, the way with the smallest value is gone, and a plan whose smallest
//! value is infinite is known beforehand.

use super::plan::{LEVELS, NEVER, Node, NodeId};
use super::rules::kinds;

/// Items that a list is counted with.
const ITEMS: u32 = 2;

/// Measures the plans from `first` on; those before are measured, and know none of them.
pub(super) fn measure(nodes: &mut [Node], first: usize) {
    depths(nodes, first);
    sizes(nodes, first);
}

fn depths(nodes: &mut [Node], first: usize) {
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); nodes.len() - first];
    for (at, node) in nodes.iter().enumerate().skip(first) {
        for_each_child(node, |child| {
            let child = child.0 as usize;
            if child >= first {
                users[child - first].push(at);
            }
        });
    }
    for node in &mut nodes[first..] {
        node.least = NEVER;
    }
    let mut open: std::collections::VecDeque<usize> = (first..nodes.len()).collect();
    let mut queued = vec![true; nodes.len() - first];
    while let Some(at) = open.pop_front() {
        queued[at - first] = false;
        let least = depth(nodes, at);
        if least < nodes[at].least {
            nodes[at].least = least;
            for &user in &users[at - first] {
                if !std::mem::replace(&mut queued[user - first], true) {
                    open.push_back(user);
                }
            }
        }
    }
}

fn depth(nodes: &[Node], at: usize) -> u32 {
    let node = &nodes[at];
    let of = |id: NodeId| nodes[id.0 as usize].least;
    let up = |least: u32| if least == NEVER { NEVER } else { least.saturating_add(1).min(NEVER - 1) };
    if node.null {
        return 0;
    }
    if let Some(values) = &node.values {
        return if values.is_empty() { NEVER } else { 0 };
    }
    if let Some(choice) = &node.choice {
        return choice.options.iter().map(|option| of(*option)).min().unwrap_or(NEVER);
    }
    if node.kinds & (kinds::BOOLEAN | kinds::INTEGER | kinds::NUMBER | kinds::STRING) != 0 {
        return 0;
    }
    let mut least = NEVER;
    if let Some(array) = &node.array {
        let mut needed = 0;
        let prefix = array.prefix.iter().take(array.least);
        needed = prefix.map(|id| of(*id)).fold(needed, u32::max);
        if array.least > array.prefix.len() {
            needed = needed.max(array.items.map_or(0, of));
        }
        if let Some((contains, _)) = array.contains.filter(|(_, count)| *count > 0) {
            needed = needed.max(of(contains));
        }
        least = least.min(if array.least == 0 && array.contains.is_none() { 0 } else { up(needed) });
    }
    if let Some(object) = &node.object {
        let needed = object.props.iter().filter(|prop| prop.required).map(|prop| of(prop.node)).fold(0, u32::max);
        least = least.min(up(needed));
    }
    least
}

pub(super) fn for_each_child(node: &Node, mut each: impl FnMut(NodeId)) {
    if let Some(choice) = &node.choice {
        choice.options.iter().copied().for_each(&mut each);
    }
    if let Some(array) = &node.array {
        array.prefix.iter().copied().chain(array.items).chain(array.contains.map(|(id, _)| id)).for_each(&mut each);
    }
    if let Some(object) = &node.object {
        let extras = object.extra_patterns.iter().map(|(_, id)| *id).chain(object.extra);
        object.props.iter().map(|prop| prop.node).chain(extras).for_each(&mut each);
    }
}

/// Whether it holds objects, as far as can be seen from here.
pub(super) fn is_deep(nodes: &[Node], id: NodeId) -> bool {
    let node = &nodes[id.0 as usize];
    let composed = |id: &NodeId| {
        let inner = &nodes[id.0 as usize];
        inner.object.is_some() || inner.array.is_some() || inner.choice.is_some()
    };
    if node.values.is_some() {
        return false;
    }
    if node.untyped {
        return node.choice.as_ref().is_some_and(|choice| choice.options.iter().any(composed));
    }
    node.object.is_some()
        || node.array.as_ref().is_some_and(|array| array.items.iter().chain(&array.prefix).any(composed))
        || node.choice.as_ref().is_some_and(|choice| choice.options.iter().any(composed))
}

fn sizes(nodes: &mut [Node], first: usize) {
    for level in 0..LEVELS {
        for at in first..nodes.len() {
            let size = size(nodes, at, level);
            nodes[at].sizes[level] = size;
        }
    }
}

fn size(nodes: &[Node], at: usize, level: usize) -> u32 {
    let node = &nodes[at];
    let below = |id: NodeId| level.checked_sub(1).map_or(1, |below| nodes[id.0 as usize].sizes[below].max(1));
    if node.values.is_some() {
        return 1;
    }
    if let Some(choice) = &node.choice {
        // A way costs no level, but those of this level may not be known yet.
        return choice.options.iter().map(|option| below(*option)).max().unwrap_or(1);
    }
    let mut size: u32 = 1;
    if let Some(object) = node.object.as_ref().filter(|_| !node.untyped) {
        for prop in &object.props {
            if prop.required || level > 0 || !is_deep(nodes, prop.node) {
                size = size.saturating_add(if is_deep(nodes, prop.node) { below(prop.node) } else { 1 });
            }
        }
        if let Some(extra) = object.extra {
            size = size.saturating_add(below(extra).saturating_mul(ITEMS));
        }
    } else if let Some(array) = node.array.as_ref().filter(|_| !node.untyped) {
        for id in array.prefix.iter().chain(&array.items) {
            let times = u32::try_from(array.least).unwrap_or(u32::MAX).max(ITEMS);
            size = size.saturating_add(below(*id).saturating_mul(times));
        }
    }
    size
}
