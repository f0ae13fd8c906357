//! Which nodes of a tree a snapshot shows, under which caller, in which order, and which of them stand for several.
//!
//! Links only: what a node says is [`super::row`]'s.

use super::options::{Options, Sort};
use super::order::Order;
use super::row::Row;
use super::{hash, text};
use crate::tree::{CallTree, Item, NONE};

/// The shown nodes as a forest of its own, linked by the tree's node numbers.
#[derive(Debug)]
pub(super) struct Layout {
    first_root: u32,
    concurrent_roots: bool,
    /// By node: its first shown child.
    first_child: Vec<u32>,
    /// By node: its next shown sibling.
    next: Vec<u32>,
    /// By node: how many equal siblings it stands for, itself included.
    times: Vec<u32>,
    /// By node: bits of [`mark`].
    marks: Vec<u8>,
}

/// Bits of `Layout::marks`.
mod mark {
    /// Its shown children have no order among each other.
    pub(super) const CONCURRENT: u8 = 1;
    /// Calls below it are deeper than the snapshot goes.
    pub(super) const DEEPER: u8 = 2;
}

impl Layout {
    pub(super) fn new(tree: &CallTree, options: &Options) -> Self {
        Arranger::new(tree, options).finish()
    }

    pub(super) fn first_root(&self) -> u32 {
        self.first_root
    }

    pub(super) fn first_child(&self, node: u32) -> u32 {
        self.first_child[node as usize]
    }

    pub(super) fn next(&self, node: u32) -> u32 {
        self.next[node as usize]
    }

    pub(super) fn times(&self, node: u32) -> u32 {
        self.times[node as usize]
    }

    /// Whether calls below it were left out because of the maximal depth.
    pub(super) fn has_deeper_calls(&self, node: u32) -> bool {
        self.marks[node as usize] & mark::DEEPER != 0
    }

    /// Whether the children of this node, or the roots, have no order among each other.
    pub(super) fn is_concurrent(&self, parent: Option<u32>) -> bool {
        parent.map_or(self.concurrent_roots, |node| self.marks[node as usize] & mark::CONCURRENT != 0)
    }
}

/// Makes a [`Layout`].
///
/// A first pass from the roots down finds for every node the nearest shown call above it. A second one visits the shown
/// nodes backwards, so children before parents: it sorts and folds the finished list of a node's children, hashes the
/// node with them, and puts the node in front of its owner's list, which thereby comes out in program order.
//
// Implementation notes
//
// Loops over arrays, no recursion: 33 bytes a node while they run, 13 afterwards. Linear but for the sorting of
// concurrent groups. Subtrees are equal when their 64-bit hashes are: for neighbours to collide by chance is less
// likely than for memory to flip a bit.
struct Arranger<'t> {
    tree: &'t CallTree,
    options: &'t Options,
    layout: Layout,
    /// By node: the nearest shown call from it upwards, itself included.
    owners: Vec<u32>,
    /// By node that is done: the hash of all that is shown from it downwards, but for `times`.
    hashes: Vec<u64>,
    order: Order<'t>,
    /// The group at hand.
    siblings: Vec<u32>,
}

/// A list of siblings that is done.
struct Group {
    first: u32,
    concurrent: bool,
    hash: u64,
}

impl<'t> Arranger<'t> {
    fn new(tree: &'t CallTree, options: &'t Options) -> Self {
        let nodes = tree.nodes.len();
        let layout = Layout {
            first_root: NONE,
            concurrent_roots: has_no_order(tree.has_concurrent_roots(), options),
            first_child: vec![NONE; nodes],
            next: vec![NONE; nodes],
            times: vec![1; nodes],
            marks: vec![0; nodes],
        };
        Self {
            tree,
            options,
            layout,
            owners: vec![NONE; nodes],
            hashes: vec![0; nodes],
            order: Order::new(tree, options),
            siblings: Vec::new(),
        }
    }

    fn finish(mut self) -> Layout {
        let mut line = String::new();
        for node in self.choose().into_iter().rev() {
            let at = node as usize;
            let concurrent = self.layout.marks[at] & mark::CONCURRENT != 0;
            let group = self.arrange(self.layout.first_child[at], concurrent);
            self.layout.first_child[at] = group.first;
            if !group.concurrent {
                self.layout.marks[at] &= !mark::CONCURRENT;
            }
            let mut row = Row::new(self.tree, node, self.options);
            row.deeper_calls = self.layout.has_deeper_calls(node);
            line.clear();
            // A `String` takes whatever is written.
            let _ = text::write_head(&mut line, &row);
            self.hashes[at] = hash::add(group.hash, hash::of_text(&line));
            let list = match self.owner_above(node) {
                NONE => &mut self.layout.first_root,
                owner => &mut self.layout.first_child[owner as usize],
            };
            self.layout.next[at] = std::mem::replace(list, node);
        }
        let roots = self.arrange(self.layout.first_root, self.layout.concurrent_roots);
        (self.layout.first_root, self.layout.concurrent_roots) = (roots.first, roots.concurrent);
        self.layout
    }

    /// Finds the owners and marks what is shown. Returns the shown nodes, parents before children, siblings in order.
    fn choose(&mut self) -> Vec<u32> {
        let mut shown = Vec::new();
        for (depth, item) in self.tree.walk() {
            let node = item.index();
            let owner = self.owner_above(node);
            self.owners[node as usize] = owner;
            match item {
                Item::Call(_) if self.options.max_depth.is_some_and(|max| depth > max) => {
                    if owner != NONE {
                        self.layout.marks[owner as usize] |= mark::DEEPER;
                    }
                }
                Item::Call(call) => {
                    let is_shown = call.wall().is_none_or(|wall| wall >= self.options.min_duration);
                    if is_shown {
                        shown.push(node);
                        self.owners[node as usize] = node;
                    }
                    // Where the call itself is left out, its children join those of its owner, and so does their lack
                    // of an order.
                    if has_no_order(call.has_concurrent_children(), self.options) {
                        match self.owners[node as usize] {
                            NONE => self.layout.concurrent_roots = true,
                            keeper => self.layout.marks[keeper as usize] |= mark::CONCURRENT,
                        }
                    }
                }
                Item::Event(_) => {
                    // An event goes with the very call it happened in.
                    let parent = self.tree.nodes[node as usize].parent;
                    if self.options.shows_events() && parent == owner {
                        shown.push(node);
                    }
                }
            }
        }
        shown
    }

    fn owner_above(&self, node: u32) -> u32 {
        match self.tree.nodes[node as usize].parent {
            NONE => NONE,
            parent => self.owners[parent as usize],
        }
    }

    /// Puts finished siblings in order and lets equal neighbours be one.
    fn arrange(&mut self, first: u32, concurrent: bool) -> Group {
        let Self { tree, options, layout, hashes, siblings, order, .. } = self;
        siblings.clear();
        let mut at = first;
        while at != NONE {
            siblings.push(at);
            at = layout.next[at as usize];
        }
        let is_call = |node: &&u32| tree.item(**node).call().is_some();
        let concurrent = concurrent && siblings.iter().filter(is_call).nth(1).is_some();
        if concurrent {
            order.sort(siblings, hashes);
        }
        if options.fold {
            siblings.dedup_by(|later, kept| {
                let equal = hashes[*later as usize] == hashes[*kept as usize];
                layout.times[*kept as usize] += u32::from(equal);
                equal
            });
        }
        let mut all = u64::from(concurrent);
        for (at, &node) in siblings.iter().enumerate() {
            layout.next[node as usize] = siblings.get(at + 1).copied().unwrap_or(NONE);
            all = hash::add(hash::add(all, hashes[node as usize]), u64::from(layout.times[node as usize]));
        }
        Group { first: siblings.first().copied().unwrap_or(NONE), concurrent, hash: all }
    }
}

fn has_no_order(on_several_threads: bool, options: &Options) -> bool {
    match options.sort {
        Sort::Chronological => false,
        Sort::Canonical => on_several_threads,
        Sort::Unordered => true,
    }
}
