//! Fills the fields of queries: one thing, a list of them, or something else.
//!
//! What is asked for follows from what a field gives and which of its arguments name a member of that.

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use serde_json::{Map, Value};

use super::ids;
use super::item::{Filled, Item};
use super::links::index;
use super::run::{Run, refused};
use super::world::Link;
use crate::engine::Key;
use crate::state::name_key;

/// Arguments that wrap what a thing is found by.
const WRAPPERS: [&str; 8] = ["where", "by", "input", "filter", "selector", "lookup", "key", "identifier"];
/// Fields that mean whoever asks.
const SELF: [&str; 8] = ["me", "viewer", "currentuser", "myself", "self", "whoami", "currentaccount", "account"];

impl Run<'_> {
    /// What a field of a query is filled with.
    pub(super) fn ask(
        &self,
        root: &Item,
        def: &FieldDefinition,
        arguments: &Map<String, Value>,
    ) -> Result<Filled, FieldError> {
        let name = def.name.as_str();
        let named = def.ty.inner_named_type().as_str();
        if let Some(kind) = self.root(named) {
            return Ok(Filled::one(Item { ty: named.to_owned(), root: Some(kind), ..Item::default() }));
        }
        let Some(kind) = self.kind(named) else { return Ok(Filled::Json(self.plain(&root.ty, def, arguments))) };
        let link = self.kind(&root.ty).and_then(|kind| kind.links.get(name));
        if let Some(link) = link.filter(|link| link.is_many) {
            let by_ids = arguments.iter().find(|(name, value)| name_key(name) == "ids" && value.is_array());
            let items: Vec<Filled> = match by_ids {
                Some((_, Value::Array(ids))) => {
                    ids.iter().map(|id| self.by_id(&link.target, id).map_or(Filled::NOTHING, Filled::one)).collect()
                }
                _ => self.all(&link.target).into_iter().map(Filled::one).collect(),
            };
            let mut arguments = arguments.clone();
            if by_ids.is_some() {
                arguments.retain(|name, _| name_key(name) != "ids");
            }
            let key = Key::of("graphql list").text(name).finish();
            return self.hand_out(items, link, &arguments, key);
        }
        if let Some(found) = self.find(named, arguments, None, def)? {
            return Ok(found);
        }
        let is_thing = kind.possible.iter().any(|ty| self.kind(ty).is_some_and(|kind| kind.id.is_some()));
        let key = Key::of("graphql field").text(name).value(&Value::Object(arguments.clone())).finish();
        if !is_thing {
            if kind.possible.is_empty() {
                return Ok(Filled::NOTHING);
            }
            let mut fixed = arguments.clone();
            fixed.retain(|_, value| !value.is_null());
            let ty = &kind.possible[index(key, kind.possible.len())];
            return Ok(Filled::one(Item { fixed, ..Item::value(ty, key) }));
        }
        let all = self.all(named);
        if all.is_empty() {
            return Ok(Filled::NOTHING);
        }
        let chosen = if SELF.contains(&name_key(name).as_str()) { 0 } else { index(key, all.len()) };
        Ok(Filled::one(all[chosen].clone()))
    }

    /// A thing of a type, or of one of the types that one of this type may be.
    pub(super) fn by_id(&self, ty: &str, id: &Value) -> Option<Item> {
        let kind = self.kind(ty)?;
        if kind.possible.len() == 1 {
            return self.thing(&kind.possible[0], id);
        }
        let text = ids::text(id)?;
        let told = ids::of_global(&text).map(|(ty, _)| ty).filter(|ty| kind.possible.contains(ty));
        let known = || {
            self.session(|session| {
                let has = |ty: &&String| {
                    let place = self.kind(ty).map(|kind| kind.index);
                    place
                        .and_then(|place| session.collection(place, ""))
                        .is_some_and(|changed| changed.items.contains_key(&text) || changed.is_deleted(&text))
                };
                kind.possible.iter().find(has).cloned()
            })
        };
        let things: Vec<&String> =
            kind.possible.iter().filter(|ty| self.kind(ty).is_some_and(|kind| kind.id.is_some())).collect();
        let any =
            || things.get(index(Key::of("graphql type").text(&text).finish(), things.len())).map(|ty| (*ty).clone());
        self.thing(&told.or_else(known).or_else(any)?, id)
    }

    /// The thing that arguments name: by its id, or by another member. `None` where they name none.
    pub(super) fn find(
        &self,
        ty: &str,
        arguments: &Map<String, Value>,
        parent: Option<&Item>,
        def: &FieldDefinition,
    ) -> Result<Option<Filled>, FieldError> {
        let Some(kind) = self.kind(ty) else { return Ok(None) };
        let mut named: Vec<(&str, &Value)> = Vec::new();
        for (name, value) in arguments {
            match value {
                Value::Object(inner) if WRAPPERS.contains(&name_key(name).as_str()) => {
                    named.extend(inner.iter().map(|(name, value)| (name.as_str(), value)));
                }
                value => named.push((name, value)),
            }
        }
        named.retain(|(_, value)| ids::text(value).is_some());
        let own = kind.id.as_ref().map(|id| name_key(&id.field));
        let says_id = |name: &str| {
            let name = name_key(name);
            let of_type = name.strip_suffix("id").is_some_and(|of| of == name_key(ty) || of == name_key(&def.name));
            Some(&name) == own.as_ref() || name == "id" || name == "nodeid" || of_type
        };
        if let Some((_, id)) = named.iter().find(|(name, _)| says_id(name)) {
            let is_thing = kind.possible.iter().any(|ty| self.kind(ty).is_some_and(|kind| kind.id.is_some()));
            if !is_thing {
                return Ok(None);
            }
            let found = self.by_id(ty, id);
            if found.is_none() && def.ty.is_non_null() {
                return Err(refused(
                    "NOT_FOUND",
                    format_args!("there is no {} `{}`", kind.one, ids::text(id).unwrap_or_default()),
                ));
            }
            return Ok(Some(found.map_or(Filled::NOTHING, Filled::one)));
        }
        let of_type: Vec<&String> =
            kind.possible.iter().filter(|ty| self.kind(ty).is_some_and(|kind| kind.id.is_some())).collect();
        let leaf = |ty: &String, name: &str| {
            let leaves = &self.kind(ty)?.leaves;
            leaves.iter().find(|leaf| name_key(leaf) == name_key(name)).cloned()
        };
        for (name, value) in named {
            let Some((ty, leaf)) = of_type.iter().find_map(|ty| Some((*ty, leaf(ty, name)?))) else { continue };
            let text = ids::text(value);
            let same = |item: &Item| self.leaves(item).get(&leaf).and_then(ids::text) == text;
            if parent.is_none()
                && let Some(found) = self.all(ty).into_iter().find(same)
            {
                return Ok(Some(Filled::one(found)));
            }
            if self.strict() {
                return Ok(Some(Filled::NOTHING));
            }
            let Some(kind) = self.kind(ty) else { continue };
            let above = parent.map_or(0, |parent| parent.key);
            let key = Key::of("graphql found").text(ty).text(&leaf).value(value).number(above).finish();
            let id = match &kind.id {
                Some(id) if id.is_global && parent.is_none() => {
                    Value::from(ids::global_text(ty, &format!("{leaf}={}", text.unwrap_or_default())))
                }
                _ => self.id_at(ty, kind, key % 1_000_000 + 1_001),
            };
            let mut item = self.thing(ty, &id).unwrap_or_else(|| Item::thing(ty, id));
            item.known.insert(leaf, value.clone());
            if let Some(parent) = parent {
                item = self.belonging(item, parent);
            }
            return Ok(Some(Filled::one(item)));
        }
        Ok(None)
    }

    /// The same, led back to what it was found under.
    fn belonging(&self, item: Item, parent: &Item) -> Item {
        let leads = |(_, link): &(&String, &Link)| !link.is_many && link.target == parent.ty;
        let back =
            self.kind(&item.ty).and_then(|kind| kind.links.iter().filter(leads).map(|(name, _)| name.clone()).min());
        match back {
            Some(back) => item.with(&back, Filled::one(parent.clone())),
            None => item,
        }
    }
}
