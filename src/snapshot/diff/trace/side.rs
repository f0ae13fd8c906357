//! One of the two trees that are compared: in a canonical order, with what a snapshot shows of its calls.

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
        Self { tree, forest: forest.finish(), nodes, options }
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
