//! Says which things there are, and who is linked to whom.
//!
//! All of it follows from seed, type and id, and from what a session changed: a post that names its author is among the
//! posts of that author, whichever of the two is asked first.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use serde_json::{Map, Value};

use super::ids;
use super::item::{Filled, Item, of_reference};
use super::run::Run;
use super::world::{ForeignKey, Kind, Link};
use crate::engine::{Key, MockBuilder};
use crate::generate::Given;

/// The things of a type that are there from the start.
#[derive(Debug, Default)]
pub(super) struct Starts {
    pub(super) ids: Vec<Value>,
    places: HashMap<String, usize>,
}

/// How many of a type there are to one that it belongs to.
const CHILDREN: usize = 3;
/// Values of a list that nothing says the length of, at most.
const MAX_VALUES: u64 = 4;

impl Run<'_> {
    /// The ids that there are from the start.
    pub(super) fn starts(&self, ty: &str) -> Arc<Starts> {
        let known = self.graphql.starts.read().unwrap_or_else(PoisonError::into_inner).get(ty).cloned();
        if let Some(known) = known {
            return known;
        }
        let starts = Arc::new(self.find_starts(ty));
        let mut all = self.graphql.starts.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(ty.to_owned()).or_insert(starts))
    }

    fn find_starts(&self, ty: &str) -> Starts {
        let mut starts = Starts::default();
        let Some(kind) = self.kind(ty).filter(|kind| kind.id.is_some()) else { return starts };
        let each = if kind.is_child { CHILDREN } else { 1 };
        let count = (self.inner.config.start_items * each).min(MockBuilder::MAX_START_ITEMS);
        for number in 0..count {
            let mut id = self.id_at(ty, kind, number as u64 + 1);
            if let Value::String(text) = &id
                && starts.places.contains_key(text)
            {
                id = Value::from(format!("{text}{number}"));
            }
            starts.places.insert(ids::text(&id).unwrap_or_default(), number);
            starts.ids.push(id);
        }
        starts
    }

    /// The id of a number among the things of a type.
    pub(super) fn id_at(&self, ty: &str, kind: &Kind, number: u64) -> Value {
        let Some(id) = &kind.id else { return Value::Null };
        if id.is_number {
            return Value::from(number);
        }
        if id.is_global {
            return Value::from(ids::global(ty, number));
        }
        let generator = &self.inner.generator;
        let property = generator.document().schema(ty).and_then(|schema| schema.property(&id.field));
        let key = Key::of("graphql id").text(ty).number(number).finish();
        let made = property.map(|property| {
            generator.value(property, &Given::key(key).named(id.field.as_str()).about(kind.one.as_str()))
        });
        match made {
            Some(Value::String(text)) if !text.is_empty() => Value::String(text),
            _ => Value::from(format!("{key:016x}")),
        }
    }

    /// A thing as it is in this session; `None` if it was deleted, or is not there in a strict mock.
    pub(super) fn thing(&self, ty: &str, id: &Value) -> Option<Item> {
        let kind = self.kind(ty)?;
        let of = kind.id.as_ref()?;
        let text = ids::text(id)?;
        let id = match id {
            Value::String(text) if of.is_number => text.parse::<i64>().map_or_else(|_| id.clone(), Value::from),
            Value::Number(number) if !of.is_number => Value::from(number.to_string()),
            id => id.clone(),
        };
        let stored = self.session(|session| {
            let changed = session.collection(kind.index, "")?;
            if changed.is_deleted(&text) {
                return Some(None);
            }
            Some(Some(changed.items.get(&text).cloned()?))
        });
        let mut item = Item::thing(ty, id);
        match stored {
            Some(None) => {
                self.from_state.set(true);
                return None;
            }
            Some(Some(stored)) => {
                self.from_state.set(true);
                self.overlay(&mut item, &stored);
            }
            None if self.strict() && !self.starts(ty).places.contains_key(&text) => return None,
            None => {}
        }
        if of.is_global
            && let Some((_, rest)) = ids::of_global(&text)
            && let Some((leaf, value)) = rest.split_once('=')
            && kind.leaves.iter().any(|known| known == leaf)
        {
            item.known.entry(leaf).or_insert_with(|| value.into());
        }
        Some(item)
    }

    /// Puts what a session keeps of a thing over what it would be.
    pub(super) fn overlay(&self, item: &mut Item, stored: &Value) {
        let Some(kind) = self.kind(&item.ty) else { return };
        for (name, value) in stored.as_object().into_iter().flatten() {
            match self.referred(value) {
                Some(filled) if kind.links.contains_key(name) => *item = std::mem::take(item).with(name, filled),
                _ => {
                    item.known.insert(name.clone(), value.clone());
                }
            }
        }
    }

    /// What a session's reference, or a list of them, means; `None` for values.
    fn referred(&self, value: &Value) -> Option<Filled> {
        let thing = |value: &Value| {
            let (ty, id) = of_reference(value)?;
            Some(self.thing_once(ty, id))
        };
        match value {
            Value::Array(items) if items.is_empty() || items.iter().all(|item| of_reference(item).is_some()) => {
                Some(Filled::Many(
                    items.iter().filter_map(thing).filter(|one| !matches!(one, Filled::Json(Value::Null))).collect(),
                ))
            }
            value => thing(value),
        }
    }

    /// A thing whose own links are looked up when they are asked for: two may name each other.
    fn thing_once(&self, ty: &str, id: &Value) -> Filled {
        let Some(kind) = self.kind(ty) else { return Filled::NOTHING };
        let text = ids::text(id).unwrap_or_default();
        let gone =
            self.session(|session| session.collection(kind.index, "").is_some_and(|changed| changed.is_deleted(&text)));
        if gone { Filled::NOTHING } else { Filled::one(Item { is_reference: true, ..Item::thing(ty, id.clone()) }) }
    }

    /// All things of a type in this session, those it made last.
    pub(super) fn all(&self, ty: &str) -> Vec<Item> {
        let Some(kind) = self.kind(ty) else { return Vec::new() };
        if kind.possible.len() != 1 || kind.possible[0] != ty {
            // Of each type as many, one after the other.
            let each: Vec<Vec<Item>> = kind.possible.iter().take(MAX_POSSIBLE).map(|ty| self.all(ty)).collect();
            let longest = each.iter().map(Vec::len).max().unwrap_or(0);
            let turns = (0..longest).flat_map(|at| each.iter().filter_map(move |all| all.get(at)));
            return turns.take(self.inner.config.start_items.max(1)).cloned().collect();
        }
        if kind.id.is_none() {
            let key = Key::of("graphql all").text(ty).finish();
            let count = (self.inner.config.start_items as u64).min(key % MAX_VALUES + 2);
            return (0..count).map(|number| Item::value(ty, key.wrapping_add(number))).collect();
        }
        let starts = self.starts(ty);
        let mut found: Vec<Item> = starts.ids.iter().filter_map(|id| self.thing(ty, id)).collect();
        let made: Vec<Value> = self.session(|session| {
            let changed = session.collection(kind.index, "");
            let ids = changed.into_iter().flat_map(|changed| changed.items.keys());
            ids.filter(|id| !starts.places.contains_key(*id)).map(|id| Value::from(id.as_str())).collect()
        });
        found.extend(made.iter().filter_map(|id| self.thing(ty, id)));
        found
    }

    /// Where a thing stands among those of its type: itself, or another one that it is like.
    fn place(&self, item: &Item) -> (usize, bool) {
        let starts = self.starts(&item.ty);
        let text = item.id.as_ref().and_then(ids::text).unwrap_or_default();
        match starts.places.get(&text) {
            Some(place) => (*place, true),
            None => (index(item.key, starts.ids.len().max(1)), false),
        }
    }

    /// The number of the thing that the thing at a place leads to.
    fn spread(from: usize, field: &str, count: usize) -> usize {
        // Every one is led to as often as any other.
        let step = [7, 11, 13].into_iter().find(|step| !count.is_multiple_of(*step)).unwrap_or(1);
        (from * step + index(Key::of("graphql link").text(field).finish(), count)) % count.max(1)
    }

    /// What stands above a thing in a tree of its own kind.
    fn parent(place: usize) -> Option<usize> {
        (place >= CHILDREN).then(|| place / CHILDREN - 1)
    }

    /// What a link leads to.
    pub(super) fn one(&self, item: &Item, field: &str, link: &Link, arguments: &Map<String, Value>) -> Option<Item> {
        let kind = self.kind(&link.target)?;
        let target = match kind.possible.as_slice() {
            [] => return None,
            [only] => only.as_str(),
            several => &several[index(item.key_of(field, 1), several.len())],
        };
        let kind = self.kind(target)?;
        if kind.id.is_none() {
            let mut fixed = arguments.clone();
            fixed.retain(|_, value| !value.is_null());
            let page = item.page.clone();
            return Some(Item { fixed, page, ..Item::value(target, item.key_of(field, 0)) });
        }
        let starts = self.starts(target);
        let count = starts.ids.len();
        let chosen = if item.id.is_none() {
            index(item.key_of(field, 2), count.max(1))
        } else {
            let (place, _) = self.place(item);
            if target == item.ty && link.is_nullable {
                Self::parent(place)?
            } else {
                let to = Self::spread(place, field, count.max(1));
                if target == item.ty && to == place { (to + 1) % count.max(1) } else { to }
            }
        };
        if count == 0 {
            return (!self.strict()).then(|| Item::thing(target, self.id_at(target, kind, 1)));
        }
        let found = self.thing(target, &starts.ids[chosen]);
        if found.is_some() || link.is_nullable {
            return found;
        }
        // It was deleted, and there must be one.
        (1..count).find_map(|more| self.thing(target, &starts.ids[(chosen + more) % count]))
    }

    /// The id that a member says, as `authorId` does.
    pub(super) fn foreign(&self, item: &Item, key: &ForeignKey) -> Option<Value> {
        if let Some(link) = &key.link {
            if let Some(Filled::One(known)) = item.linked(link) {
                return known.id.clone();
            }
            let told = self.kind(&item.ty)?.links.get(link)?;
            return self.one(item, link, told, &Map::new())?.id;
        }
        item.id.as_ref()?;
        let starts = self.starts(&key.target);
        let (place, _) = self.place(item);
        starts.ids.get(Self::spread(place, &key.leaf, starts.ids.len().max(1))).cloned()
    }

    /// What a list of links holds.
    pub(super) fn many(&self, item: &Item, field: &str, link: &Link) -> Vec<Filled> {
        let Some(kind) = self.kind(&link.target) else { return Vec::new() };
        let is_thing = kind.possible.iter().any(|ty| self.kind(ty).is_some_and(|kind| kind.id.is_some()));
        if !is_thing {
            let possible = &kind.possible;
            let count = 1 + item.key_of(field, 3) % MAX_VALUES;
            let count = if possible.is_empty() { 0 } else { count };
            let of = |number: u64| {
                let key = item.key_of(field, 10 + number);
                Filled::one(Item {
                    fixed: item.fixed.clone(),
                    ..Item::value(&possible[index(key, possible.len())], key)
                })
            };
            return (0..count).map(of).collect();
        }
        if item.id.is_none() {
            return self.all(&link.target).into_iter().map(Filled::one).collect();
        }
        match &link.back {
            Some(back) => self.those_that_lead(item, link, back),
            None => self.some(item, field, link),
        }
    }

    /// Things whose link leads to one.
    fn those_that_lead(&self, to: &Item, link: &Link, back: &str) -> Vec<Filled> {
        let target = link.target.as_str();
        let Some(told) = self.kind(target).and_then(|kind| kind.links.get(back)) else { return Vec::new() };
        let (place, is_start) = self.place(to);
        let is_made = self.is_made(to);
        let count = self.starts(&to.ty).ids.len().max(1);
        let starts = self.starts(target);
        let is_tree = target == to.ty && told.is_nullable;
        let leads = |from: usize| match is_tree {
            true => Self::parent(from) == Some(place),
            false => {
                let reached = Self::spread(from, back, count);
                let reached = if target == to.ty && reached == from { (reached + 1) % count } else { reached };
                reached == place
            }
        };
        let mut found = Vec::new();
        if !is_made {
            for (_, id) in starts.ids.iter().enumerate().filter(|(from, _)| leads(*from)) {
                let Some(one) = self.thing(target, id) else { continue };
                // Somebody let it lead elsewhere.
                if one.linked(back).is_some() || one.known.contains_key(back) {
                    continue;
                }
                found.push(if is_start { one } else { one.with(back, Filled::one(to.clone())) });
            }
        }
        let told_so = self.told_links(target, back, to);
        found.extend(told_so);
        found.into_iter().map(Filled::one).collect()
    }

    /// Whether somebody made it in this session.
    fn is_made(&self, item: &Item) -> bool {
        let (Some(kind), Some(id)) = (self.kind(&item.ty), item.id.as_ref().and_then(ids::text)) else { return false };
        self.session(|session| session.collection(kind.index, "").is_some_and(|changed| changed.is_created(&id)))
    }

    /// Things that somebody let lead to one.
    fn told_links(&self, target: &str, back: &str, to: &Item) -> Vec<Item> {
        let Some(kind) = self.kind(target) else { return Vec::new() };
        let wanted = to.id.as_ref().and_then(ids::text);
        let ids: Vec<String> = self.session(|session| {
            let Some(changed) = session.collection(kind.index, "") else { return Vec::new() };
            let leads = |item: &Value| {
                item.get(back)
                    .and_then(of_reference)
                    .and_then(|(_, id)| ids::text(id))
                    .is_some_and(|id| Some(id) == wanted)
            };
            changed.items.iter().filter(|(_, item)| leads(item)).map(|(id, _)| id.clone()).collect()
        });
        ids.into_iter().filter_map(|id| self.thing(target, &Value::from(id))).collect()
    }

    /// Some things, where nothing leads back.
    fn some(&self, item: &Item, field: &str, link: &Link) -> Vec<Filled> {
        if self.is_made(item) {
            return Vec::new();
        }
        let all = self.all(&link.target);
        let wanted = 1 + item.key_of(field, 4) % MAX_VALUES;
        let count = usize::try_from(wanted).unwrap_or(1).min(all.len());
        let first = index(item.key_of(field, 5), all.len().max(1));
        (0..count).map(|number| Filled::one(all[(first + number) % all.len()].clone())).collect()
    }
}

/// Types that one abstract type is filled from.
const MAX_POSSIBLE: usize = 40;

/// A place below `count`.
pub(super) fn index(key: u64, count: usize) -> usize {
    usize::try_from(key % (count.max(1) as u64)).unwrap_or(0)
}
