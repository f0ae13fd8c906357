//! The rows of a snapshot one after the other, made from the tree as they are asked for.

use std::borrow::Cow;

use super::layout::Layout;
use super::options::{Form, Options};
use super::row::Row;
use crate::tree::{CallTree, NONE};

/// Names of callers before a call in the flat form; `…` stands for those further up.
///
/// Without a bound the text of a recursion grows with the square of its depth.
pub(super) const MAX_CALLERS: usize = 8;

/// Every row, parents before children, siblings in order, each with whether it is the last of its siblings.
pub(super) struct Rows<'t> {
    tree: &'t CallTree,
    options: &'t Options,
    layout: Layout,
    at: u32,
    /// The callers of `at`, outermost first.
    above: Vec<u32>,
}

impl<'t> Rows<'t> {
    pub(super) fn new(tree: &'t CallTree, options: &'t Options) -> Self {
        let layout = Layout::new(tree, options);
        Self { tree, options, at: layout.first_root(), layout, above: Vec::new() }
    }

    fn row(&self) -> Row<'t> {
        let node = self.at;
        let mut row = Row::new(self.tree, node, self.options);
        match self.options.form {
            Form::Tree => row.depth = self.above.len(),
            Form::Flat => row.under = callers(self.tree, self.above.iter().rev().copied()),
        }
        row.concurrent = row.call.is_some() && self.layout.is_concurrent(self.above.last().copied());
        row.deeper_calls = self.layout.has_deeper_calls(node);
        row.times = self.layout.times(node);
        row
    }

    /// Down to the first child, else along, else up and along.
    fn advance(&mut self) {
        let child = self.layout.first_child(self.at);
        if child != NONE {
            self.above.push(std::mem::replace(&mut self.at, child));
            return;
        }
        while self.at != NONE {
            let next = self.layout.next(self.at);
            if next != NONE {
                self.at = next;
                return;
            }
            self.at = self.above.pop().unwrap_or(NONE);
        }
    }
}

impl<'t> Iterator for Rows<'t> {
    type Item = (Row<'t>, bool);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at == NONE {
            return None;
        }
        let row = self.row();
        let last = self.layout.next(self.at) == NONE;
        self.advance();
        Some((row, last))
    }
}

/// The names of these callers, given nearest first, as the flat form has them.
pub(super) fn callers(tree: &CallTree, nearest_first: impl Iterator<Item = u32>) -> Option<Cow<'_, str>> {
    let mut names: Vec<&str> = nearest_first
        .take(MAX_CALLERS + 1)
        .map(|node| tree.item(node).call().map_or("?", |call| call.name()))
        .collect();
    if let Some(further) = names.get_mut(MAX_CALLERS) {
        *further = "…";
    }
    names.reverse();
    match *names {
        [] => None,
        [caller] => Some(Cow::Borrowed(caller)),
        _ => Some(Cow::Owned(names.join(" > "))),
    }
}

/// For rows that were read back: which of them are the last of their siblings.
pub(super) fn last_of_siblings(rows: &[Row<'_>]) -> Vec<bool> {
    // By level: whether a sibling comes later, read from the end.
    let mut later = Vec::new();
    let mut last = vec![true; rows.len()];
    for (row, last) in rows.iter().zip(&mut last).rev() {
        *last = !later.get(row.depth).copied().unwrap_or(false);
        later.resize(row.depth, false);
        later.push(true);
    }
    last
}
