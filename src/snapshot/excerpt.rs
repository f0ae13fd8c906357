//! As much of a tree as belongs into the message of a failed assertion.

use super::options::{Form, Options};
use super::row::Row;
use super::rows::{Rows, callers};
use super::{names, text};
use crate::tree::{Call, CallTree, Item};

/// Lines of an excerpt; those beyond are counted.
const MAX_LINES: usize = 24;

/// The tree from its first line on.
pub(super) fn beginning(tree: &CallTree) -> String {
    let options = Options::default();
    let mut rows = Rows::new(tree, &options);
    let mut out = String::new();
    // A `String` takes whatever is written.
    let _ = text::write(&mut out, Form::Tree, rows.by_ref().take(MAX_LINES));
    ending(out, rows.count())
}

/// What to look at when there is no call of a name.
pub(super) fn instead_of(tree: &CallTree, name: &str) -> String {
    if tree.is_empty() {
        return "the trace has no calls at all: is their module among those recorded?".into();
    }
    let near: Vec<_> = names::near(tree, name).into_iter().map(|name| format!("`{name}`")).collect();
    let meant = if near.is_empty() { String::new() } else { format!("did you mean {}? ", near.join(" or ")) };
    format!("{meant}the trace begins with:\n{}", beginning(tree))
}

/// These calls and events, a line each, with the names of their callers.
pub(super) fn list<'t>(tree: &'t CallTree, items: impl IntoIterator<Item = Item<'t>>) -> String {
    let options = Options { form: Form::Flat, ..Options::default() };
    let mut items = items.into_iter();
    let rows = items.by_ref().take(MAX_LINES).map(|item| {
        let mut row = Row::new(tree, item.index(), &options);
        let parent = match item {
            Item::Call(call) => call.parent(),
            Item::Event(event) => event.parent(),
        };
        let concurrent = parent.map_or(tree.has_concurrent_roots(), |parent| parent.has_concurrent_children());
        row.concurrent = concurrent && item.call().is_some();
        row.under = callers(tree, std::iter::successors(parent, Call::parent).map(|call| call.id().index() as u32));
        (row, true)
    });
    let mut out = String::new();
    let _ = text::write(&mut out, Form::Flat, rows);
    ending(out, items.count())
}

fn ending(mut out: String, more: usize) -> String {
    if more > 0 {
        out.push_str(&format!("\n… {more} more"));
    }
    out
}
