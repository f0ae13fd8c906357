//! Hands out lists: filtered, searched, sorted, and in parts that chain to an end.
//!
//! Arguments follow Relay (`first`, `after`, `last`, `before`), Hasura and Prisma (`where`, `order_by`, `limit`,
//! `offset`), and plain pages; an argument that names a member of an item filters by it.

use apollo_compiler::resolvers::FieldError;
use serde_json::{Map, Value};

use super::ids;
use super::item::{Filled, Item};
use super::run::{Run, refused};
use super::world::{Kind, Link};
use crate::generate::Page;
use crate::patterns::words::words;
use crate::state::{Paging, Selection, Use, name_key};

/// Items of a part, where nobody says how many.
const PART: usize = 10;
/// Items of a part at most.
const MAX_PART: usize = 1_000;
/// Conditions within each other.
const MAX_NESTING: usize = 4;

/// What arguments ask of a list.
#[derive(Debug, Default)]
struct Asked {
    conditions: Map<String, Value>,
    search: Vec<String>,
    sort: Vec<String>,
    first: Option<usize>,
    last: Option<usize>,
    after: Option<String>,
    before: Option<String>,
    offset: Option<usize>,
    page: Option<usize>,
}

impl Asked {
    fn read(arguments: &Map<String, Value>) -> Result<Self, FieldError> {
        let mut asked = Self::default();
        for (name, value) in arguments.iter().filter(|(_, value)| !value.is_null()) {
            asked.add(name, value)?;
        }
        Ok(asked)
    }

    fn add(&mut self, name: &str, value: &Value) -> Result<(), FieldError> {
        let number = || {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            match number {
                Some(number) if number < 0 => {
                    Err(refused("BAD_USER_INPUT", format_args!("`{name}` is {number}, expected 0 or more")))
                }
                number => Ok(number.and_then(|number| usize::try_from(number).ok())),
            }
        };
        let plain = name_key(name);
        match (plain.as_str(), value) {
            ("first" | "limit" | "take" | "perpage" | "pagesize" | "top" | "size", Value::Number(_)) => {
                self.first = number()?;
            }
            ("last", Value::Number(_)) => self.last = number()?,
            ("offset" | "skip" | "start", Value::Number(_)) => self.offset = number()?,
            ("page" | "pagenumber" | "pageindex", Value::Number(_)) => self.page = number()?,
            ("after" | "cursor" | "aftercursor" | "pagetoken", Value::String(text)) if !text.is_empty() => {
                self.after = Some(text.clone());
            }
            ("before" | "beforecursor", Value::String(text)) if !text.is_empty() => self.before = Some(text.clone()),
            (
                "query" | "search" | "q" | "term" | "keyword" | "keywords" | "text" | "searchterm",
                Value::String(text),
            ) => {
                self.search.extend(text.split_whitespace().map(str::to_owned));
            }
            ("paging" | "pagination" | "page" | "options" | "pageinput", Value::Object(inner)) => {
                for (name, value) in inner.iter().filter(|(_, value)| !value.is_null()) {
                    self.add(name, value)?;
                }
            }
            ("orderby" | "sort" | "order" | "sortby" | "ordering", value) => self.order(value),
            ("direction" | "sortdirection" | "sortorder" | "orderdirection", Value::String(_)) => {
                self.sort.iter_mut().for_each(|sort| {
                    *sort = format!("{}:{}", sort.split(':').next().unwrap_or_default(), text_of(value));
                });
            }
            (
                "where" | "filter" | "filters" | "filterby" | "condition" | "conditions" | "input",
                Value::Object(inner),
            ) => {
                self.conditions(inner, 0);
            }
            (_, Value::Object(inner)) => self.operators(name, inner, 0),
            _ => {
                self.conditions.insert(name.to_owned(), value.clone());
            }
        }
        Ok(())
    }

    fn conditions(&mut self, inner: &Map<String, Value>, depth: usize) {
        for (name, value) in inner.iter().filter(|(_, value)| !value.is_null()) {
            match (name_key(name).as_str(), value) {
                ("and", Value::Array(all)) if depth < MAX_NESTING => {
                    all.iter().filter_map(Value::as_object).for_each(|inner| self.conditions(inner, depth + 1));
                }
                ("search" | "q" | "query" | "text", Value::String(text)) => {
                    self.search.extend(text.split_whitespace().map(str::to_owned));
                }
                (_, Value::Object(by)) => self.operators(name, by, depth),
                _ => {
                    self.conditions.insert(name.clone(), value.clone());
                }
            }
        }
    }

    /// `price: { gt: 5 }`, `name: { _ilike: "%rye%" }`, `status: { in: [OPEN] }`.
    fn operators(&mut self, name: &str, by: &Map<String, Value>, depth: usize) {
        for (operator, wanted) in by.iter().filter(|(_, wanted)| !wanted.is_null()) {
            let wanted = match wanted {
                Value::String(text) => Value::from(text.trim_matches('%')),
                other => other.clone(),
            };
            let name = match name_key(operator).as_str() {
                "eq" | "equals" | "in" | "is" | "equalto" | "oneof" => name.to_owned(),
                "neq" | "ne" | "not" | "nin" | "notin" => format!("{name}_not"),
                "gt" | "greaterthan" => format!("{name}_gt"),
                "gte" | "ge" | "greaterthanorequalto" => format!("{name}_gte"),
                "lt" | "lessthan" => format!("{name}_lt"),
                "lte" | "le" | "lessthanorequalto" => format!("{name}_lte"),
                "like"
                | "ilike"
                | "contains"
                | "icontains"
                | "includes"
                | "startswith"
                | "endswith"
                | "regex"
                | "includesinsensitive" => {
                    format!("{name}_contains")
                }
                "min" | "from" | "since" | "after" => format!("{name}_gte"),
                "max" | "to" | "until" | "before" => format!("{name}_lte"),
                // `author: { id: 7 }` asks for what leads there.
                _ if depth < MAX_NESTING => match &wanted {
                    Value::Object(inner) => {
                        self.operators(&format!("{name}_{operator}"), inner, depth + 1);
                        continue;
                    }
                    _ => format!("{name}_{operator}"),
                },
                _ => continue,
            };
            self.conditions.insert(name, wanted);
        }
    }

    /// `NAME_DESC`, `{ field: NAME, direction: DESC }`, `{ name: desc }`, and lists of those.
    fn order(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.order(item)),
            Value::String(text) => self.sort.push(text.clone()),
            Value::Object(members) => {
                let member = |names: &[&str]| {
                    members.iter().find(|(name, value)| names.contains(&name_key(name).as_str()) && value.is_string())
                };
                let field = member(&["field", "by", "column", "key", "sortby"]);
                match field {
                    Some((_, field)) => {
                        let direction = member(&["direction", "order", "dir", "sortdirection"])
                            .map_or("", |(_, value)| text_of(value));
                        self.sort.push(format!("{}:{direction}", text_of(field)));
                    }
                    None => {
                        for (name, value) in members.iter().filter(|(_, value)| value.is_string()) {
                            self.sort.push(format!("{name}:{}", text_of(value)));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// As what selects items knows it.
    fn query(&self) -> (Map<String, Value>, Paging) {
        let mut query = self.conditions.clone();
        let mut uses = Vec::new();
        if !self.search.is_empty() {
            query.insert(SEARCH.to_owned(), Value::from(self.search.join(" ")));
            uses.push((SEARCH.to_owned(), Use::Search));
        }
        if !self.sort.is_empty() {
            query.insert(SORT.to_owned(), Value::from(self.sort.clone()));
            uses.push((SORT.to_owned(), Use::Sort));
        }
        (query, Paging::named(uses))
    }

    fn selects(&self) -> bool {
        !self.conditions.is_empty() || !self.search.is_empty() || !self.sort.is_empty()
    }
}

/// No argument is called so.
const SEARCH: &str = "$search";
const SORT: &str = "$sort";

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Run<'_> {
    /// The part of a list that arguments ask for, in the form that the field gives it.
    pub(super) fn hand_out(
        &self,
        items: Vec<Filled>,
        link: &Link,
        arguments: &Map<String, Value>,
        key: u64,
    ) -> Result<Filled, FieldError> {
        let asked = Asked::read(arguments)?;
        let items = if asked.selects() { self.selected(items, &asked) } else { items };
        let total = items.len();
        let places: Vec<String> = items.iter().enumerate().map(|(place, item)| place_of(place, item)).collect();
        let position = |cursor: &str| match ids::of_cursor(cursor) {
            Some((place, id)) => {
                Ok(places.iter().position(|known| *known == id).map_or((place, false), |place| (place, true)))
            }
            None => Err(refused("BAD_USER_INPUT", format_args!("`{cursor}` is no cursor that was given out"))),
        };
        let (mut from, mut to) = (0, total);
        if let Some(after) = &asked.after {
            let (place, is_there) = position(after)?;
            from = (place + usize::from(is_there)).min(total);
        }
        if let Some(before) = &asked.before {
            to = position(before)?.0.min(total).max(from);
        }
        let size =
            asked.first.or(asked.last).or(link.holder.as_ref().map(|_| PART)).unwrap_or(total.max(1)).min(MAX_PART);
        if let Some(page) = asked.page {
            from = page.saturating_sub(1).saturating_mul(size.max(1)).min(total);
        }
        if let Some(offset) = asked.offset {
            from = from.saturating_add(offset).min(to);
        }
        match (asked.first, asked.last) {
            (None, Some(last)) => from = to.saturating_sub(last).max(from),
            _ => to = to.min(from.saturating_add(size)),
        }
        let part: Vec<Filled> = items.into_iter().skip(from).take(to.saturating_sub(from)).collect();
        let Some(holder) = &link.holder else { return Ok(Filled::Many(part)) };
        let Some(kind) = self.kind(holder) else { return Ok(Filled::Many(part)) };
        let number = from.checked_div(size).unwrap_or(0) + 1;
        let page = Page::new(number as u64, size as u64, total as u64);
        let held = Held { from, to, total, places: &places, page };
        Ok(Filled::one(self.holder(holder, kind, part, &held, key)))
    }

    /// A connection, or a page.
    fn holder(&self, ty: &str, kind: &Kind, part: Vec<Filled>, held: &Held<'_>, key: u64) -> Item {
        let mut item = Item { page: Some(held.page.clone()), ..Item::value(ty, key) };
        let Some(shape) = &kind.holder else { return item };
        held.tell(&mut item, kind, part.len());
        for (field, of) in &shape.about {
            let about = Item { page: Some(held.page.clone()), ..Item::value(of, item.key_of(field, 0)) };
            if let Some(kind) = self.kind(of) {
                let mut about = about;
                held.tell(&mut about, kind, part.len());
                item = item.with(field, Filled::one(about));
            }
        }
        if let Some((field, edge, node)) = &shape.edges {
            item = item.with(field, Filled::Many(self.edges(edge, node, &part, held)));
        }
        if let Some(list) = &shape.list {
            item = item.with(list, Filled::Many(part));
        }
        item
    }

    fn edges(&self, edge: &str, node: &str, part: &[Filled], held: &Held<'_>) -> Vec<Filled> {
        let has_cursor = self.kind(edge).is_some_and(|kind| kind.leaves.iter().any(|leaf| leaf == "cursor"));
        let of = |(number, filled): (usize, &Filled)| {
            let place = held.from + number;
            let key = match filled {
                Filled::One(item) => item.key_of("edge", 0),
                _ => place as u64,
            };
            let mut item = Item::value(edge, key).with(node, filled.clone());
            if has_cursor {
                item.known.insert("cursor".to_owned(), Value::from(held.cursor(place)));
            }
            Filled::one(item)
        };
        part.iter().enumerate().map(of).collect()
    }

    /// What conditions leave over, in the order that is asked for.
    fn selected(&self, items: Vec<Filled>, asked: &Asked) -> Vec<Filled> {
        let (mut query, paging) = asked.query();
        let mut valued: Vec<(Filled, Value)> = items
            .into_iter()
            .map(|filled| {
                let value = match &filled {
                    Filled::One(item) => Value::Object(self.told(item)),
                    Filled::Json(value) => value.clone(),
                    Filled::Many(_) => Value::Null,
                };
                (filled, value)
            })
            .collect();
        let mut names: Vec<String> = Vec::new();
        for (_, value) in &valued {
            for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        // `CREATED_AT_DESC` sorts by `createdAt`.
        if let Some(Value::Array(sorts)) = query.get_mut(SORT) {
            for sort in sorts.iter_mut() {
                let (field, direction) = text_of(sort).split_once(':').map_or((text_of(sort), ""), |parts| parts);
                let mut parts = words(field);
                let turned =
                    parts.last().map(String::as_str).filter(|last| ["asc", "desc"].contains(last)).map(str::to_owned);
                if turned.is_some() {
                    parts.pop();
                }
                let direction = turned.as_deref().unwrap_or(direction).to_ascii_lowercase();
                let parts = parts.concat();
                let found = names.iter().find(|name| name_key(name) == parts || name_key(name) == format!("{parts}at"));
                *sort = Value::from(format!("{}:{direction}", found.map_or(field, String::as_str)));
            }
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let selection = Selection::of(&query, &paging, &names);
        valued.retain(|(_, value)| selection.takes(value));
        selection.sort(&mut valued, |(_, value)| value);
        valued.into_iter().map(|(filled, _)| filled).collect()
    }

    /// What conditions see of an item: its own members, and the ids of what it leads to.
    fn told(&self, item: &Item) -> Map<String, Value> {
        let mut told = self.leaves(item);
        let Some(kind) = self.kind(&item.ty) else { return told };
        for (field, link) in kind.links.iter().filter(|(_, link)| !link.is_many) {
            let led = match item.linked(field) {
                Some(Filled::One(led)) => Some((**led).clone()),
                Some(_) => None,
                None => self.one(item, field, link, &Map::new()),
            };
            if let Some(id) = led.and_then(|led| led.id) {
                told.entry(format!("{field}Id")).or_insert(id);
            }
        }
        told
    }
}

/// Which part of a list is handed out.
struct Held<'h> {
    from: usize,
    to: usize,
    total: usize,
    places: &'h [String],
    page: Page,
}

impl Held<'_> {
    fn cursor(&self, place: usize) -> String {
        ids::cursor(place, self.places.get(place).map(String::as_str).unwrap_or_default())
    }

    /// Says where the part is, in the members that a type has for that.
    fn tell(&self, item: &mut Item, kind: &Kind, held: usize) {
        let size = usize::try_from(self.page.size).unwrap_or(usize::MAX).max(1);
        let pages = self.total.div_ceil(size);
        let number = usize::try_from(self.page.number).unwrap_or(1);
        let has_total = kind.leaves.iter().any(|leaf| name_key(leaf).starts_with("total"));
        for leaf in &kind.leaves {
            let more = self.to < self.total;
            let value = match name_key(leaf).as_str() {
                "hasnextpage" | "hasnext" | "hasmore" | "hasmorepages" => Value::from(more),
                "haspreviouspage" | "hasprevious" | "hasprev" | "hasprevpage" => Value::from(self.from > 0),
                "startcursor" | "endcursor" | "nextcursor" if held == 0 => Value::Null,
                "startcursor" => Value::from(self.cursor(self.from)),
                "endcursor" => Value::from(self.cursor(self.to - 1)),
                "nextcursor" if more => Value::from(self.cursor(self.to - 1)),
                "nextcursor" => Value::Null,
                "totalcount" | "total" | "totalitems" | "totalresults" | "totalelements" | "totalrecords" => {
                    Value::from(self.total)
                }
                "count" if has_total => Value::from(held),
                "count" => Value::from(self.total),
                "totalpages" | "pages" | "pagecount" | "lastpage" => Value::from(pages),
                "page" | "currentpage" | "pagenumber" => Value::from(number),
                "perpage" | "pagesize" | "limit" | "itemsperpage" => Value::from(size),
                "offset" | "skip" => Value::from(self.from),
                "nextpage" | "next" if number < pages => Value::from(number + 1),
                "nextpage" | "next" => Value::Null,
                "previouspage" | "prevpage" | "prev" | "previous" if number > 1 => Value::from(number - 1),
                "previouspage" | "prevpage" | "prev" | "previous" => Value::Null,
                _ => continue,
            };
            item.known.insert(leaf.clone(), value);
        }
    }
}

fn place_of(place: usize, item: &Filled) -> String {
    match item {
        Filled::One(item) => item.id.as_ref().and_then(ids::text).unwrap_or_else(|| place.to_string()),
        _ => place.to_string(),
    }
}
