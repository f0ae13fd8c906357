//! One of the two trees that are compared: in an order, with what a snapshot shows of its calls.

use std::collections::HashMap;

use super::super::forest::Forest;
use super::{DiffOptions, Place};
use crate::snapshot::layout::Layout;
use crate::snapshot::options::Options;
use crate::snapshot::row::Row;
use crate::snapshot::rows::callers;
use crate::snapshot::{hash, text};
use crate::tree::{CallTree, Item, NONE};

pub(super) struct Side<'t> {
    pub(super) tree: &'t CallTree,
    pub(super) forest: Forest,
    /// By node of the forest: its node in the tree.
    nodes: Vec<u32>,
    /// By node of the forest: whether its children have no order among each other.
    unordered: Vec<bool>,
    unordered_roots: bool,
    options: Options,
}

impl<'t> Side<'t> {
    pub(super) fn new(tree: &'t CallTree, diff: &DiffOptions) -> Self {
        let options =
            Options { fold: false, placeholders: diff.placeholders, events: Some(diff.events), ..Options::default() };
        let layout = Layout::new(tree, &options);
        let names: Vec<u64> = tree
            .callsites
            .iter()
            .map(|site| {
                let module = if diff.modules { hash::of_text(&site.module) } else { 0 };
                hash::add(hash::of_text(&site.name), module)
            })
            .collect();
        let mut forest = Forest::with_capacity(tree.nodes.len());
        let mut nodes = Vec::with_capacity(tree.nodes.len());
        let mut unordered = Vec::with_capacity(tree.nodes.len());
        let mut line = String::new();
        let mut above: Vec<u32> = Vec::new();
        let mut at = layout.first_root();
        while at != NONE {
            let mut row = Row::new(tree, at, &options);
            let name = match tree.item(at) {
                Item::Call(call) => names[call.callsite_index()],
                Item::Event(event) => {
                    let module = if diff.modules { hash::of_text(event.module()) } else { 0 };
                    hash::add(1 + event.level() as u64, module)
                }
            };
            // What it says but for its name.
            (row.call, row.event) = (None, None);
            line.clear();
            // A `String` takes whatever is written.
            let _ = text::write_head(&mut line, &row);
            forest.push(above.len(), name, hash::of_text(&line));
            nodes.push(at);
            unordered.push(layout.is_concurrent(Some(at)));
            let child = layout.first_child(at);
            if child != NONE {
                above.push(std::mem::replace(&mut at, child));
                continue;
            }
            while at != NONE {
                let next = layout.next(at);
                if next != NONE {
                    at = next;
                    break;
                }
                at = above.pop().unwrap_or(NONE);
            }
        }
        Self { tree, forest: forest.finish(), nodes, unordered, unordered_roots: layout.is_concurrent(None), options }
    }

    /// Whether any siblings have no order.
    pub(super) fn has_unordered(&self) -> bool {
        self.unordered_roots || self.unordered.contains(&true)
    }

    /// Whether the children of a node, or the roots, have no order among each other.
    pub(super) fn is_unordered(&self, caller: Option<u32>) -> bool {
        caller.map_or(self.unordered_roots, |node| self.unordered[node as usize])
    }

    /// With some children in another order: by caller, or `NONE` for the roots.
    pub(super) fn reordered(self, orders: &HashMap<u32, Vec<u32>>) -> Self {
        if orders.is_empty() {
            return self;
        }
        let mut order = Vec::with_capacity(self.forest.len());
        let mut todo: Vec<u32> = Vec::new();
        let push = |todo: &mut Vec<u32>, caller: u32, as_they_are: &mut dyn Iterator<Item = u32>| {
            let from = todo.len();
            match orders.get(&caller) {
                Some(order) => todo.extend(order),
                None => todo.extend(as_they_are),
            }
            todo[from..].reverse();
        };
        push(&mut todo, NONE, &mut self.forest.roots());
        while let Some(node) = todo.pop() {
            order.push(node);
            push(&mut todo, node, &mut self.forest.children(node));
        }
        Self {
            forest: self.forest.reordered(&order),
            nodes: order.iter().map(|&node| self.nodes[node as usize]).collect(),
            unordered: order.iter().map(|&node| self.unordered[node as usize]).collect(),
            ..self
        }
    }

    /// Its node in the tree.
    pub(super) fn node(&self, at: u32) -> u32 {
        self.nodes[at as usize]
    }

    pub(super) fn row(&self, at: u32) -> Row<'t> {
        Row::new(self.tree, self.node(at), &self.options)
    }

    /// What a snapshot shows of it.
    pub(super) fn text(&self, at: u32) -> String {
        let mut line = String::new();
        // A `String` takes whatever is written.
        let _ = text::write_head(&mut line, &self.row(at));
        line
    }

    /// `module::name`; of an event, its module and level.
    pub(super) fn function(&self, at: u32) -> String {
        let (name, module) = self.names(at);
        format!("{module}::{name}")
    }

    pub(super) fn names(&self, at: u32) -> (&'t str, &'t str) {
        match self.tree.item(self.node(at)) {
            Item::Call(call) => (call.name(), call.module()),
            Item::Event(event) => (event.level().as_str(), event.module()),
        }
    }

    pub(super) fn is_event(&self, at: u32) -> bool {
        self.tree.item(self.node(at)).event().is_some()
    }

    /// The names of its callers.
    pub(super) fn under(&self, at: u32) -> Option<Box<str>> {
        let node = self.tree.nodes[self.node(at) as usize];
        // Their chain ends with `NONE`, which is nobody's number.
        let above = std::iter::successors(Some(node.parent), |&at| Some(self.tree.nodes.get(at as usize)?.parent));
        callers(self.tree, above.take_while(|&at| at != NONE)).map(Into::into)
    }

    pub(super) fn place(&self, at: u32) -> Place {
        let (name, module) = self.names(at);
        Place {
            call: self.tree.item(self.node(at)).call().map(|call| call.id()),
            name: name.into(),
            module: module.into(),
            under: self.under(at),
            text: self.text(at).into(),
        }
    }
}
