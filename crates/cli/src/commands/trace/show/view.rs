//! Which calls and events are shown, below whom, in which order.

use std::cmp::Reverse;
use std::time::Duration;

use tracesnap::filter::Modules;
use tracesnap::tree::{Call, CallTree, Item};

use super::Sort;

pub(super) struct Wanted<'a> {
    /// `None` for all.
    pub(super) modules: Option<&'a Modules>,
    pub(super) min_duration: Duration,
    pub(super) max_depth: usize,
    pub(super) events: bool,
}

/// A call or event that is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'t> {
    pub(super) item: Item<'t>,
    /// Number of shown callers above it.
    pub(super) depth: usize,
    /// Place among all rows of the one it is shown below.
    pub(super) parent: Option<usize>,
    /// Whether no sibling comes after it.
    pub(super) is_last: bool,
}

impl Wanted<'_> {
    fn has(&self, call: Call<'_>, depth: usize) -> bool {
        let site = call.callsite();
        depth <= self.max_depth
            && self.modules.is_none_or(|modules| modules.matches(&site.module, &site.target))
            && (self.min_duration.is_zero() || call.wall().is_none_or(|wall| wall >= self.min_duration))
    }
}

/// The rows in the order they are shown. A call that is left out gives its calls to its caller.
pub(super) fn rows<'t>(tree: &'t CallTree, wanted: &Wanted<'_>, sort: Sort, flat: bool) -> Vec<Row<'t>> {
    let mut rows: Vec<Row<'t>> = Vec::new();
    // By depth in the tree: the nearest shown call from there upwards, and whether it is that very call.
    let mut above: Vec<(Option<usize>, bool)> = Vec::new();
    for (depth, item) in tree.walk() {
        above.truncate(depth);
        let (parent, is_shown) = above.last().copied().unwrap_or((None, true));
        let shown_depth = parent.map_or(0, |at| rows[at].depth + 1);
        let row = Row { item, depth: shown_depth, parent, is_last: true };
        match item {
            Item::Call(call) if wanted.has(call, shown_depth) => {
                above.push((Some(rows.len()), true));
                rows.push(row);
            }
            Item::Call(_) => above.push((parent, false)),
            // An event goes with the very call it happened in.
            Item::Event(event) => {
                let has_module = wanted
                    .modules
                    .is_none_or(|modules| modules.matches(&event.callsite().module, &event.callsite().target));
                if wanted.events && is_shown && has_module && shown_depth <= wanted.max_depth.saturating_add(1) {
                    rows.push(row);
                }
            }
        }
    }
    match (flat, sort) {
        (true, Sort::Start) => rows,
        (true, _) => {
            let order = sorted((0..rows.len()).collect(), &rows, sort);
            pick(&rows, order)
        }
        (false, _) => {
            let order = nested(&rows, sort);
            let mut rows = pick(&rows, order);
            mark_last(&mut rows);
            rows
        }
    }
}

fn sorted(mut places: Vec<usize>, rows: &[Row<'_>], sort: Sort) -> Vec<usize> {
    let call = |place: &usize| rows[*place].item.call();
    match sort {
        Sort::Start => {}
        Sort::Wall => places.sort_by_key(|place| Reverse(call(place).and_then(|call| call.wall()))),
        Sort::SelfTime => places.sort_by_cached_key(|place| Reverse(call(place).map(|call| call.self_time()))),
        Sort::Bytes => places.sort_by_key(|place| Reverse(call(place).and_then(|call| Some(call.memory()?.allocated)))),
        Sort::Name => places.sort_by_key(|place| call(place).map(|call| call.name())),
    }
    places
}

/// Callers before their calls, siblings sorted.
fn nested(rows: &[Row<'_>], sort: Sort) -> Vec<usize> {
    if sort == Sort::Start {
        return (0..rows.len()).collect();
    }
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); rows.len()];
    let mut roots = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        match row.parent {
            Some(parent) => children[parent].push(place),
            None => roots.push(place),
        }
    }
    let mut order = Vec::with_capacity(rows.len());
    let mut todo = sorted(roots, rows, sort);
    todo.reverse();
    while let Some(place) = todo.pop() {
        order.push(place);
        todo.extend(sorted(std::mem::take(&mut children[place]), rows, sort).into_iter().rev());
    }
    order
}

/// The rows in this order, which know their parents by their new places.
fn pick<'t>(rows: &[Row<'t>], order: Vec<usize>) -> Vec<Row<'t>> {
    let mut places = vec![0; rows.len()];
    order.iter().enumerate().for_each(|(to, &from)| places[from] = to);
    let moved = |row: Row<'t>| Row { parent: row.parent.map(|parent| places[parent]), ..row };
    order.into_iter().map(|from| moved(rows[from])).collect()
}

fn mark_last(rows: &mut [Row<'_>]) {
    // By depth: whether a sibling comes below, read from the end.
    let mut below: Vec<bool> = Vec::new();
    for row in rows.iter_mut().rev() {
        row.is_last = !below.get(row.depth).copied().unwrap_or(false);
        below.resize(row.depth, false);
        below.push(true);
    }
}
