//! Where in an answer the item is, or the list of items.

use tracesnap_openapi::Schema;

use super::names::{self, key};

/// The place of an item, or of a list of items, in an answer.
#[derive(Clone, Debug)]
pub(crate) struct Place<'d> {
    /// Names that lead there; none for the answer itself.
    pub(crate) path: Vec<&'d str>,
    /// What one item is.
    pub(crate) item: Schema<'d>,
    pub(crate) is_list: bool,
}

/// Names under which documents put what an answer is about.
const WRAPPERS: [&str; 18] = [
    "data", "result", "results", "item", "items", "records", "record", "entries", "entry", "values", "value", "list",
    "content", "hits", "objects", "elements", "rows", "response",
];

/// Places down to which an answer is searched.
const MAX_DEPTH: usize = 3;
/// Members that an object has which does nothing but wrap another.
const MAX_WRAPPING: usize = 6;

/// The place in an answer with that schema, for things called `one`.
pub(crate) fn place<'d>(schema: Schema<'d>, one: &str) -> Option<Place<'d>> {
    look(schema, &key(one), 0, &mut Vec::new())
}

fn look<'d>(schema: Schema<'d>, one: &str, depth: usize, path: &mut Vec<&'d str>) -> Option<Place<'d>> {
    if schema.known_types().contains("array") {
        let item = schema.items()?;
        return is_object(item).then(|| Place { path: path.clone(), item, is_list: true });
    }
    let properties = schema.possible_properties();
    if properties.is_empty() || depth >= MAX_DEPTH {
        return None;
    }
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let is_called = |name: &str| key(name) == one || key(&names::one_of(name)) == one;
    let is_wrapper = |name: &str| WRAPPERS.contains(&key(name).as_str());
    let has_id = names::id_field(None, one, &names).is_some();
    let best = |among: &[(&'d str, Schema<'d>)]| {
        let called = among.iter().find(|(name, _)| is_called(name));
        called.or_else(|| among.iter().find(|(name, _)| is_wrapper(name))).copied()
    };
    // A list that is called after the thing, or the only one beside what tells where in all of it one is.
    let lists: Vec<_> = properties.iter().copied().filter(|(_, list)| list.items().is_some_and(is_object)).collect();
    let only = || lists.first().copied().filter(|_| lists.len() == 1 && names.iter().any(|name| is_paging(name)));
    let list = best(&lists).or_else(only).filter(|(name, _)| !has_id || is_wrapper(name));
    if let Some((name, list)) = list
        && let Some(item) = list.items()
    {
        path.push(name);
        return Some(Place { path: path.clone(), item, is_list: true });
    }
    // What wraps the thing, else the thing itself.
    let objects: Vec<_> = properties.iter().copied().filter(|(_, inner)| is_object(*inner)).collect();
    let wrapped = best(&objects).filter(|_| !has_id && names.len() <= MAX_WRAPPING);
    let embedded = properties.iter().copied().find(|(name, _)| *name == "_embedded");
    for (name, inner) in embedded.into_iter().chain(wrapped) {
        path.push(name);
        if let Some(found) = look(inner, one, depth + 1, path) {
            return Some(found);
        }
        path.pop();
    }
    Some(Place { path: path.clone(), item: schema, is_list: false })
}

fn is_object(schema: Schema<'_>) -> bool {
    let types = schema.known_types();
    types.contains("object") || types.is_any() && !schema.possible_properties().is_empty()
}

/// Whether it is the name of what stands beside a list that is handed out in parts.
fn is_paging(name: &str) -> bool {
    let name = key(name);
    let words = ["total", "page", "next", "more", "cursor", "count", "offset", "limit", "meta", "link", "prev"];
    words.iter().any(|word| name.contains(word))
}
