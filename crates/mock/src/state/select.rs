//! Takes out of a collection what a request asks for: filters, words, order.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::names::key;
use super::paging::{Paging, Use};

/// What a filter compares by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Equal,
    Not,
    AtLeast,
    AtMost,
    More,
    Less,
    Within,
}

/// Endings and beginnings of names that say how to compare.
const ENDINGS: [(&str, By); 16] = [
    ("gte", By::AtLeast),
    ("lte", By::AtMost),
    ("gt", By::More),
    ("lt", By::Less),
    ("min", By::AtLeast),
    ("max", By::AtMost),
    ("after", By::More),
    ("since", By::AtLeast),
    ("before", By::Less),
    ("until", By::AtMost),
    ("from", By::AtLeast),
    ("to", By::AtMost),
    ("not", By::Not),
    ("ne", By::Not),
    ("like", By::Within),
    ("contains", By::Within),
];

/// A condition on a property.
#[derive(Clone, Debug)]
struct Filter {
    property: String,
    by: By,
    wanted: Value,
}

/// What a request asks of a collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    filters: Vec<Filter>,
    words: Vec<String>,
    /// Properties, and whether the order is turned round.
    sort: Vec<(String, bool)>,
}

/// Conditions of one request that count.
const MAX_FILTERS: usize = 64;

impl Selection {
    /// Reads it from the query. What names no property of an item filters nothing.
    pub(crate) fn of(query: &Map<String, Value>, paging: &Paging, properties: &[&str]) -> Self {
        let mut selection = Self::default();
        for (name, value) in query {
            match paging.meaning(name) {
                Some(Use::Search) => selection.words.extend(words_of(value)),
                Some(_) => {}
                None => match value {
                    // `filter[status]=sold`, `price[gte]=5`.
                    Value::Object(inner) => {
                        for (field, value) in inner {
                            match (find(properties, name), value) {
                                (Some(_), wanted) => {
                                    selection.filter(&format!("{name}_{field}"), wanted, properties);
                                }
                                (None, Value::Object(by)) => {
                                    for (by, wanted) in by {
                                        selection.filter(&format!("{field}_{by}"), wanted, properties);
                                    }
                                }
                                (None, wanted) => selection.filter(field, wanted, properties),
                            }
                        }
                    }
                    value => selection.filter(name, value, properties),
                },
            }
        }
        let down = paging.value(query, Use::Order).is_some_and(|order| is_down(order.as_str().unwrap_or_default()));
        let sort = paging.value(query, Use::Sort);
        let names: Vec<&str> = match sort {
            Some(Value::String(text)) => text.split(',').collect(),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for name in names.into_iter().map(str::trim).take(MAX_FILTERS) {
            let (bare, minus) =
                name.strip_prefix('-').map_or((name.trim_start_matches('+'), false), |bare| (bare, true));
            let (bare, word) = bare.split_once([':', ' ']).unwrap_or((bare, ""));
            let whole = find(properties, bare);
            let cut = || {
                let (front, end) = bare.rsplit_once(['_', '.', '-'])?;
                let end_says = ["asc", "desc"].contains(&end.to_ascii_lowercase().as_str());
                end_says.then(|| Some((find(properties, front)?, is_down(end))))?
            };
            if let Some((property, turned)) = whole.map(|property| (property, is_down(word))).or_else(cut) {
                selection.sort.push((property.to_owned(), minus ^ turned ^ down));
            }
        }
        selection
    }

    fn filter(&mut self, name: &str, wanted: &Value, properties: &[&str]) {
        if self.filters.len() >= MAX_FILTERS || wanted.is_null() {
            return;
        }
        let mut add = |property: &str, by| {
            self.filters.push(Filter { property: property.to_owned(), by, wanted: wanted.clone() });
        };
        if let Some(property) = find(properties, name) {
            return add(property, By::Equal);
        }
        let words = crate::patterns::words::words(name);
        let by = |word: Option<&String>| {
            ENDINGS.iter().find(|(end, _)| word.is_some_and(|word| word == end)).map(|(_, by)| *by)
        };
        for (by, rest) in [(by(words.last()), words.split_last()), (by(words.first()), words.split_first())] {
            if let (Some(by), Some((_, rest))) = (by, rest) {
                let rest = rest.concat();
                let dated =
                    || ["at", "date", "on", "time"].iter().find_map(|end| find(properties, &format!("{rest}{end}")));
                if let Some(property) = find(properties, &rest).or_else(dated) {
                    return add(property, by);
                }
            }
        }
        // `tag` filters by `tags`, `ids` by `id`.
        let one = key(&super::names::one_of(name));
        let same = properties.iter().copied().find(|property| key(&super::names::one_of(property)) == one);
        if let Some(property) = same {
            add(property, By::Equal);
        }
    }

    /// Whether it takes an item.
    pub(crate) fn takes(&self, item: &Value) -> bool {
        self.filters.iter().all(|filter| filter.takes(item)) && self.words.iter().all(|word| mentions(item, word))
    }

    pub(crate) fn sort<T>(&self, items: &mut [T], value: impl Fn(&T) -> &Value) {
        if self.sort.is_empty() {
            return;
        }
        items.sort_by(|a, b| {
            let orders = self.sort.iter().map(|(property, down)| {
                let of = |item: &T| value(item).get(property).cloned().unwrap_or_default();
                let (a, b) = (of(a), of(b));
                match (a.is_null(), b.is_null()) {
                    // What has no such property comes last, whichever way.
                    (true, false) => Ordering::Greater,
                    (false, true) => Ordering::Less,
                    _ if *down => compare(&b, &a),
                    _ => compare(&a, &b),
                }
            });
            orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
    }

    /// A sentence on what it did.
    pub(crate) fn describe(&self) -> String {
        let filters: Vec<_> = self.filters.iter().map(|filter| filter.property.as_str()).collect();
        let sort: Vec<_> = self.sort.iter().map(|(property, _)| property.as_str()).collect();
        let mut said = Vec::new();
        if !filters.is_empty() {
            said.push(format!("filtered by {}", filters.join(", ")));
        }
        if !self.words.is_empty() {
            said.push(format!("searched for {}", self.words.join(" ")));
        }
        if !sort.is_empty() {
            said.push(format!("sorted by {}", sort.join(", ")));
        }
        said.join(", ")
    }
}

fn is_down(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.starts_with("desc") || text == "down" || text == "-1" || text == "false"
}

fn find<'p>(properties: &[&'p str], name: &str) -> Option<&'p str> {
    let name = key(name);
    properties.iter().copied().find(|property| key(property) == name)
}

fn words_of(value: &Value) -> Vec<String> {
    let texts: Vec<&str> = match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    texts.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).take(MAX_FILTERS).collect()
}

impl Filter {
    fn takes(&self, item: &Value) -> bool {
        let has = item.get(&self.property).unwrap_or(&Value::Null);
        let wanted = match &self.wanted {
            Value::Array(wanted) => wanted.as_slice(),
            one => std::slice::from_ref(one),
        };
        if wanted.is_empty() {
            return true;
        }
        match self.by {
            By::Equal => wanted.iter().any(|wanted| is(has, wanted)),
            By::Not => !wanted.iter().any(|wanted| is(has, wanted)),
            By::Within => wanted.iter().any(|wanted| mentions(has, &text(wanted).to_lowercase())),
            _ if has.is_null() => false,
            By::AtLeast => wanted.iter().all(|wanted| compare(has, wanted).is_ge()),
            By::AtMost => wanted.iter().all(|wanted| compare(has, wanted).is_le()),
            By::More => wanted.iter().all(|wanted| compare(has, wanted).is_gt()),
            By::Less => wanted.iter().all(|wanted| compare(has, wanted).is_lt()),
        }
    }
}

/// Whether a value is what was asked for: itself, one of its items, or what names it.
fn is(has: &Value, wanted: &Value) -> bool {
    match has {
        Value::Array(items) => items.iter().any(|item| is(item, wanted)),
        Value::Object(members) => ["id", "name", "slug", "code", "key"]
            .iter()
            .any(|name| members.get(*name).is_some_and(|member| !member.is_object() && is(member, wanted))),
        Value::Null => false,
        _ => text(has).eq_ignore_ascii_case(&text(wanted)) || compare(has, wanted).is_eq(),
    }
}

/// Whether a word appears in any text of a value. Recurses no deeper than the value, and that has a bound.
fn mentions(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.to_lowercase().contains(word),
        Value::Array(items) => items.iter().any(|item| mentions(item, word)),
        Value::Object(members) => members.values().any(|member| mentions(member, word)),
        Value::Number(number) => number.to_string() == word,
        _ => false,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Numbers by size, also where one is text; else texts. Dates in one form sort as texts do.
fn compare(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => text(a).to_lowercase().cmp(&text(b).to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(query: Value) -> Vec<u64> {
        let Value::Object(query) = query else { panic!("a query is an object") };
        let items = [
            json!({"id": 1, "name": "Rye bread", "price": 4.5, "tags": ["dark"], "created_at": "2024-01-01", "shop": {"id": 7}}),
            json!({"id": 2, "name": "Baguette", "price": 1.5, "tags": ["white"], "created_at": "2024-02-01", "shop": {"id": 8}}),
            json!({"id": 3, "name": "Rye roll", "price": 10, "tags": ["dark", "small"], "created_at": "2024-03-01"}),
        ];
        let selection =
            Selection::of(&query, &Paging::default(), &["id", "name", "price", "tags", "created_at", "shop"]);
        let mut taken: Vec<_> = items.iter().filter(|item| selection.takes(item)).collect();
        selection.sort(&mut taken, |item| item);
        taken.iter().filter_map(|item| item["id"].as_u64()).collect()
    }

    #[test]
    fn a_filter_compares_as_its_name_says() {
        assert_eq!(taken(json!({"name": "baguette"})), [2]);
        assert_eq!(taken(json!({"tag": "dark"})), [1, 3]);
        assert_eq!(taken(json!({"tags": ["small", "white"]})), [2, 3]);
        assert_eq!(taken(json!({"min_price": 4.5})), [1, 3]);
        assert_eq!(taken(json!({"price_lt": 4.5})), [2]);
        assert_eq!(taken(json!({"price": {"gte": "2", "lte": "5"}})), [1]);
        assert_eq!(taken(json!({"filter": {"price": {"gt": "5"}}})), [3]);
        assert_eq!(taken(json!({"created_after": "2024-01-15"})), [2, 3]);
        assert_eq!(taken(json!({"createdBefore": "2024-01-15"})), [1]);
        assert_eq!(taken(json!({"shop": 8})), [2]);
        assert_eq!(taken(json!({"name_contains": "RYE"})), [1, 3]);
        assert_eq!(taken(json!({"colour": "red"})), [1, 2, 3]);
    }
}
