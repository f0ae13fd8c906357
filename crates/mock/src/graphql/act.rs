//! Fills the fields of mutations: things are made, changed and deleted as their names say, and kept by the session.
//!
//! No schema says what a mutation does, so it is read from its verb, from the type it gives, and from its arguments. One
//! that does none of the three answers as its type says, with what was given.

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::resolvers::FieldError;
use serde_json::{Map, Value};

use super::ids;
use super::item::{Filled, Item, reference};
use super::run::{Run, refused};
use super::world::{Kind, Link, is_errors};
use crate::engine::Key;
use crate::patterns::words::{singular, words};
use crate::state::name_key;

/// What a mutation does to things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    Delete,
    Other,
}

const CREATE: [&str; 22] = [
    "create",
    "add",
    "new",
    "insert",
    "register",
    "signup",
    "post",
    "make",
    "save",
    "submit",
    "send",
    "open",
    "place",
    "book",
    "invite",
    "upload",
    "import",
    "duplicate",
    "clone",
    "copy",
    "start",
    "upsert",
];
const UPDATE: [&str; 12] =
    ["update", "edit", "change", "set", "patch", "modify", "rename", "replace", "move", "assign", "put", "adjust"];
const DELETE: [&str; 7] = ["delete", "remove", "destroy", "drop", "erase", "purge", "unregister"];
/// Those that are no nouns, too.
const LAST: [&str; 10] =
    ["create", "add", "insert", "upsert", "update", "edit", "delete", "remove", "destroy", "replace"];
/// Arguments that hold what a thing is to be.
const VALUES: [&str; 15] = [
    "input",
    "data",
    "attributes",
    "values",
    "set",
    "object",
    "patch",
    "payload",
    "changes",
    "params",
    "body",
    "fields",
    "inc",
    "record",
    "details",
];
/// Arguments that hold which thing is meant.
const SELECTORS: [&str; 7] = ["where", "filter", "by", "pkcolumns", "selector", "condition", "key"];
/// Things that one mutation makes, those within others included.
const MAX_MADE: usize = 1_000;
/// Things made within each other.
const MAX_NESTING: usize = 4;

/// What a mutation is given.
#[derive(Debug, Default)]
struct Given {
    fields: Map<String, Value>,
    selectors: Map<String, Value>,
    /// Several things at once.
    several: Vec<Map<String, Value>>,
}

impl Given {
    fn read(arguments: &Map<String, Value>, target: &str) -> Self {
        let mut given = Self::default();
        for (name, value) in arguments {
            given.add(name, value, target, 0);
        }
        given
    }

    fn add(&mut self, name: &str, value: &Value, target: &str, depth: usize) {
        let plain = name_key(name);
        let of_values = VALUES.contains(&plain.as_str())
            || plain == name_key(target)
            || plain.ends_with("input")
            || plain.ends_with("patch");
        match value {
            Value::Object(inner) if SELECTORS.contains(&plain.as_str()) => self.selectors.extend(inner.clone()),
            Value::Object(inner) if of_values && depth < 2 => {
                inner.iter().for_each(|(name, value)| self.add(name, value, target, depth + 1));
            }
            Value::Array(items)
                if (of_values
                    || ["objects", "inputs", "records"].contains(&plain.as_str())
                    || singular(&plain) == name_key(target))
                    && !items.is_empty()
                    && items.iter().all(Value::is_object)
                    && depth == 0 =>
            {
                self.several.extend(items.iter().take(MAX_MADE).filter_map(Value::as_object).cloned());
            }
            value => {
                self.fields.insert(name.to_owned(), value.clone());
            }
        }
    }
}

impl Run<'_> {
    /// What a field of a mutation is filled with.
    pub(super) fn act(
        &self,
        root: &Item,
        def: &FieldDefinition,
        arguments: &Map<String, Value>,
    ) -> Result<Filled, FieldError> {
        let name = def.name.as_str();
        let parts = words(name);
        let named = def.ty.inner_named_type().as_str();
        let target = self.graphql.schema.world.target(named, &parts);
        let verb = verb(&parts);
        let Some(target) = target.filter(|_| self.inner.config.stateful) else {
            return self.other(root, def, arguments, None);
        };
        let given = Given::read(arguments, &target);
        let kind = self.kind(&target);
        let id = kind.and_then(|kind| id_of(kind, &target, &given));
        match (verb, id) {
            (Verb::Create, _) => {
                let all = if given.several.is_empty() { std::slice::from_ref(&given.fields) } else { &given.several };
                let made: Vec<Item> = all.iter().filter_map(|fields| self.create(&target, fields, 0)).collect();
                Ok(self.answer(root, def, arguments, &made, verb))
            }
            (Verb::Update | Verb::Other, Some(id)) => {
                let Some(item) = self.thing(&target, &id) else { return Err(self.missing(&target, &id)) };
                let changed = self.update(item, &given.fields, if verb == Verb::Other { &parts } else { &[] });
                Ok(self.answer(root, def, arguments, &[changed], verb))
            }
            (Verb::Delete, Some(id)) => {
                let Some(item) = self.thing(&target, &id) else {
                    if named == "Boolean" {
                        return Ok(Filled::Json(Value::Bool(false)));
                    }
                    return Err(self.missing(&target, &id));
                };
                self.delete(&item);
                Ok(self.answer(root, def, arguments, &[item], verb))
            }
            _ => self.other(root, def, arguments, Some(&given.fields)),
        }
    }

    fn missing(&self, ty: &str, id: &Value) -> FieldError {
        let one = self.kind(ty).map_or(ty, |kind| kind.one.as_str());
        refused("NOT_FOUND", format_args!("there is no {one} `{}`", ids::text(id).unwrap_or_default()))
    }

    /// Makes a thing, and those that are given within it.
    fn create(&self, ty: &str, fields: &Map<String, Value>, depth: usize) -> Option<Item> {
        let kind = self.kind(ty)?;
        let of = kind.id.as_ref()?;
        let number = self.session(|session| {
            session.made += 1;
            session.made
        });
        let given =
            fields.iter().find(|(name, value)| name_key(name) == name_key(&of.field) && ids::text(value).is_some());
        let starts = self.starts(ty).ids.len() as u64;
        let id = match given {
            Some((_, id)) => id.clone(),
            // Beyond those that are there, and those that any number might stand for.
            None if of.is_number || of.is_global => self.id_at(ty, kind, starts + number),
            None => self.id_at(ty, kind, Key::of("graphql made").text(ty).number(number).finish()),
        };
        let text = ids::text(&id)?;
        let told = self.reflect(kind, fields, depth);
        self.session(|session| session.collection_mut(kind.index, "").create(&text, Value::Object(told)));
        self.from_state.set(true);
        self.thing(ty, &id)
    }

    fn update(&self, item: Item, fields: &Map<String, Value>, done: &[String]) -> Item {
        let (Some(kind), Some(text)) = (self.kind(&item.ty), item.id.as_ref().and_then(ids::text)) else { return item };
        let mut told = self.reflect(kind, fields, 0);
        if let Some(of) = &kind.id {
            told.remove(&of.field);
        }
        self.mark_done(&item, kind, done, &mut told);
        self.session(|session| {
            let changed = session.collection_mut(kind.index, "");
            let mut now = match changed.items.get(&text) {
                Some(Value::Object(members)) => members.clone(),
                _ => Map::new(),
            };
            now.extend(told);
            changed.put(&text, Value::Object(now));
        });
        self.from_state.set(true);
        let id = item.id.clone().unwrap_or_default();
        self.thing(&item.ty, &id).unwrap_or(item)
    }

    fn delete(&self, item: &Item) {
        let (Some(kind), Some(text)) = (self.kind(&item.ty), item.id.as_ref().and_then(ids::text)) else { return };
        self.session(|session| session.collection_mut(kind.index, "").delete(&text));
        self.from_state.set(true);
    }

    /// `publishPost` makes a status `PUBLISHED`, and `isPublished` true, where there are such.
    fn mark_done(&self, item: &Item, kind: &Kind, parts: &[String], told: &mut Map<String, Value>) {
        let Some(verb) = parts.first().filter(|verb| verb.len() > 2) else { return };
        let (undone, verb) = match verb.strip_prefix("un").filter(|rest| rest.len() > 2) {
            Some(rest) => (true, rest),
            None => (false, verb.as_str()),
        };
        let stem = verb.trim_end_matches(['e', 'y']);
        let is_done = |word: &str| word.starts_with(stem) && word.ends_with('d') && word.len() <= verb.len() + 3;
        let schema = &self.graphql.schema.schema;
        let Some(ty) = schema.get_object(&item.ty) else { return };
        for leaf in kind.leaves.iter().filter(|leaf| !told.contains_key(*leaf)).cloned().collect::<Vec<_>>() {
            let Some(field) = ty.fields.get(leaf.as_str()) else { continue };
            let named = field.ty.inner_named_type();
            if named == "Boolean" && words(&leaf).last().is_some_and(|last| is_done(last)) {
                told.insert(leaf, Value::Bool(!undone));
            } else if let Some(values) = schema.get_enum(named)
                && !undone
                && let Some(value) = values.values.keys().find(|value| is_done(&value.to_ascii_lowercase()))
            {
                told.insert(leaf, Value::from(value.as_str()));
            }
        }
    }

    /// What a thing is to be, as a session keeps it: its own members, and which things it leads to.
    fn reflect(&self, kind: &Kind, fields: &Map<String, Value>, depth: usize) -> Map<String, Value> {
        let mut told = Map::new();
        for (name, value) in fields {
            let plain = name_key(name);
            if let Some(leaf) = kind.leaves.iter().find(|leaf| name_key(leaf) == plain) {
                told.insert(leaf.clone(), value.clone());
            }
            let link = kind.links.iter().find(|(field, link)| {
                let field = name_key(field);
                let one = singular(&field);
                let id = self.kind(&link.target).and_then(|kind| kind.id.as_ref()).map(|id| name_key(&id.field));
                plain == field
                    || id.is_some_and(|id| {
                        plain.strip_suffix(id.as_str()).is_some_and(|of| of == field) && !link.is_many
                    })
                    || plain.strip_suffix("id").is_some_and(|of| of == field && !link.is_many)
                    || plain.strip_suffix("ids").is_some_and(|of| (of == one || of == field) && link.is_many)
            });
            if let Some((field, link)) = link
                && let Some(led) = self.led(link, value, depth)
            {
                told.insert(field.clone(), led);
            }
        }
        told
    }

    /// What a link is to lead to.
    fn led(&self, link: &Link, value: &Value, depth: usize) -> Option<Value> {
        let kind = self.kind(&link.target)?;
        if let (true, Value::Array(items)) = (link.is_many, value) {
            return Some(Value::Array(
                items.iter().take(MAX_MADE).filter_map(|item| self.led_to(kind, link, item, depth)).collect(),
            ));
        }
        if value.is_null() {
            return (!link.is_many).then_some(Value::Null);
        }
        let led = self.led_to(kind, link, value, depth)?;
        Some(if link.is_many { Value::Array(vec![led]) } else { led })
    }

    fn led_to(&self, kind: &Kind, link: &Link, value: &Value, depth: usize) -> Option<Value> {
        let target = kind.possible.first()?;
        let Some(of) = &kind.id else {
            let members = value.as_object().filter(|_| depth < MAX_NESTING)?;
            let mut told = self.reflect(kind, members, depth + 1);
            if kind.possible.len() == 1 && kind.possible[0] != link.target {
                told.insert("__typename".to_owned(), Value::from(target.as_str()));
            }
            return Some(Value::Object(told));
        };
        let named = |value: &Value| {
            let members = value.as_object()?;
            members
                .iter()
                .find(|(name, id)| name_key(name) == name_key(&of.field) && ids::text(id).is_some())
                .map(|(_, id)| id.clone())
        };
        match value {
            Value::Object(members) => {
                let wrapped = ["connect", "create", "data", "set"].iter().find_map(|word| members.get(*word));
                if let Some(id) = wrapped.and_then(named).or_else(|| named(value)) {
                    return Some(reference(target, &id));
                }
                let fields = wrapped.and_then(Value::as_object).unwrap_or(members);
                if depth >= MAX_NESTING || fields.is_empty() {
                    return None;
                }
                let made = self.create(target, fields, depth + 1)?;
                Some(reference(target, made.id.as_ref()?))
            }
            id => {
                ids::text(id)?;
                let target = self.by_id(&link.target, id)?;
                Some(reference(&target.ty, target.id.as_ref()?))
            }
        }
    }

    /// What a mutation gives: the things themselves, or something that tells of them.
    fn answer(
        &self,
        root: &Item,
        def: &FieldDefinition,
        arguments: &Map<String, Value>,
        items: &[Item],
        verb: Verb,
    ) -> Filled {
        let named = def.ty.inner_named_type().as_str();
        let all = || Filled::Many(items.iter().cloned().map(Filled::one).collect());
        let first = || items.first().cloned().map_or(Filled::NOTHING, Filled::one);
        let Some(kind) = self.kind(named) else {
            return Filled::Json(match named {
                "Boolean" => Value::Bool(true),
                "ID" => items.first().and_then(|item| item.id.clone()).unwrap_or_default(),
                "Int" => Value::from(items.len()),
                "String" if verb == Verb::Delete => items.first().and_then(|item| item.id.clone()).unwrap_or_default(),
                _ => self.plain(&root.ty, def, arguments),
            });
        };
        if items.first().is_some_and(|item| kind.possible.contains(&item.ty)) {
            return if def.ty.is_list() { all() } else { first() };
        }
        let Some(ty) = kind
            .possible
            .iter()
            .find(|ty| !words(ty).iter().any(|word| word.contains("error")))
            .or(kind.possible.first())
        else {
            return Filled::NOTHING;
        };
        let Some(kind) = self.kind(ty) else { return Filled::NOTHING };
        let mut item = self.payload(ty, &def.name, arguments);
        for (field, link) in &kind.links {
            let Some(thing) = items.first() else { continue };
            let of = |link: &Link| self.kind(&link.target).is_some_and(|kind| kind.possible.contains(&thing.ty));
            if of(link) {
                item = item.with(field, if link.is_many { all() } else { first() });
            } else if let Some(edge) = self.kind(&link.target)
                && edge.links.get("node").is_some_and(of)
            {
                let cursor = ids::cursor(0, &thing.id.as_ref().and_then(ids::text).unwrap_or_default());
                let mut edge = Item::value(&link.target, thing.key_of("edge", 0)).with("node", first());
                edge.known.insert("cursor".to_owned(), Value::from(cursor));
                item = item.with(field, Filled::one(edge));
            }
        }
        for leaf in &kind.leaves {
            let plain = name_key(leaf);
            let id = items.first().and_then(|item| item.id.clone());
            let of_thing = items.first().is_some_and(|item| plain == format!("{}id", name_key(&item.ty)));
            if plain == "id" || of_thing || plain.starts_with("deleted") && plain.ends_with("id") {
                item.known.insert(leaf.clone(), id.unwrap_or_default());
            } else if ["affectedrows", "count", "deletedcount", "affected"].contains(&plain.as_str()) {
                item.known.insert(leaf.clone(), Value::from(items.len()));
            }
        }
        Filled::one(item)
    }

    /// What tells of a mutation that went well.
    fn payload(&self, ty: &str, name: &str, arguments: &Map<String, Value>) -> Item {
        let key = Key::of("graphql payload").text(name).value(&Value::Object(arguments.clone())).finish();
        let mut item = Item::value(ty, key);
        let given = Given::read(arguments, "");
        for leaf in self.kind(ty).map(|kind| kind.leaves.as_slice()).unwrap_or_default() {
            let plain = name_key(leaf);
            match plain.as_str() {
                "success" | "ok" | "succeeded" | "issuccess" | "successful" => {
                    item.known.insert(leaf.clone(), Value::Bool(true));
                }
                "clientmutationid" => {
                    let told = given.fields.iter().find(|(name, _)| name_key(name) == plain);
                    item.known.insert(leaf.clone(), told.map(|(_, value)| value.clone()).unwrap_or_default());
                }
                plain if plain == "error" || is_errors(leaf) => {
                    let is_list = self.graphql.schema.schema.type_field(ty, leaf).is_ok_and(|field| field.ty.is_list());
                    item.known.insert(leaf.clone(), if is_list { Value::Array(Vec::new()) } else { Value::Null });
                }
                _ => {}
            }
        }
        item.fixed = given.fields;
        item.fixed.retain(|_, value| !value.is_null());
        item
    }

    /// A mutation that neither makes, changes nor deletes a thing.
    fn other(
        &self,
        root: &Item,
        def: &FieldDefinition,
        arguments: &Map<String, Value>,
        fields: Option<&Map<String, Value>>,
    ) -> Result<Filled, FieldError> {
        let named = def.ty.inner_named_type().as_str();
        let Some(kind) = self.kind(named) else { return Ok(self.answer(root, def, arguments, &[], Verb::Other)) };
        if kind.possible.iter().any(|ty| self.kind(ty).is_some_and(|kind| kind.id.is_some())) {
            return self.ask(root, def, arguments);
        }
        let Filled::One(mut item) = self.answer(root, def, arguments, &[], Verb::Other) else {
            return Ok(Filled::NOTHING);
        };
        // Whoever signs in is who they say.
        let Some(kind) = self.kind(&item.ty) else { return Ok(Filled::One(item)) };
        for (field, link) in kind.links.iter().filter(|(_, link)| !link.is_many) {
            let one =
                fields.filter(|fields| !fields.is_empty()).map(|fields| self.find(&link.target, fields, None, def));
            if let Some(found) = one.transpose()?.flatten() {
                *item = std::mem::take(&mut *item).with(field, found);
            }
        }
        Ok(Filled::One(item))
    }
}

/// What a mutation of such a name does.
pub(super) fn verb(parts: &[String]) -> Verb {
    let class = |word: &String| {
        let word = word.as_str();
        match () {
            () if CREATE.contains(&word) => Verb::Create,
            () if UPDATE.contains(&word) => Verb::Update,
            () if DELETE.contains(&word) => Verb::Delete,
            () => Verb::Other,
        }
    };
    // `createUser`, or `userCreate` as some have it; `publishPost` posts nothing.
    let last = parts.last().filter(|word| LAST.contains(&word.as_str()));
    [parts.first(), last].into_iter().flatten().map(class).find(|verb| *verb != Verb::Other).unwrap_or(Verb::Other)
}

/// The id that arguments name.
fn id_of(kind: &Kind, ty: &str, given: &Given) -> Option<Value> {
    let of = kind.id.as_ref()?;
    let named = |all: &Map<String, Value>, wanted: &str| {
        all.iter()
            .find(|(name, value)| name_key(name) == wanted && ids::text(value).is_some())
            .map(|(_, value)| value.clone())
    };
    let own = name_key(&of.field);
    let of_type = format!("{}id", name_key(ty));
    let last = words(ty).pop().map(|last| format!("{last}id")).unwrap_or_default();
    [own.as_str(), "id", &of_type, &last, "nodeid", "eq"]
        .iter()
        .find_map(|wanted| named(&given.selectors, wanted).or_else(|| named(&given.fields, wanted)))
        .or_else(|| {
            // `where: { id: { _eq: 7 } }`
            let of = given.selectors.iter().find(|(name, _)| name_key(name) == own)?.1.as_object()?;
            of.values().find(|value| ids::text(value).is_some()).cloned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_stands_first_or_last() {
        for (name, expected) in [
            ("createUser", Verb::Create),
            ("userCreate", Verb::Create),
            ("insert_orders_one", Verb::Create),
            ("editPost", Verb::Update),
            ("draftOrderDelete", Verb::Delete),
            ("publishPost", Verb::Other),
            ("cancelOrder", Verb::Other),
        ] {
            assert_eq!(verb(&words(name)), expected, "{name}");
        }
    }
}
