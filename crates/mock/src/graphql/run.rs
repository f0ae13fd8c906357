//! One operation under way: fields are filled one by one, within bounds.
//!
//! The walk over the operation is the library's, down to fragments, `@skip`, introspection, and what becomes of `null`
//! where none may be. Here is what it asks for: the value of a field of an object.

use std::cell::{Cell, OnceCell};
use std::sync::{Arc, Mutex};

use apollo_compiler::ast::{FieldDefinition, OperationType, Type};
use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::serde_json_bytes;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Map, Value};

use super::GraphQl;
use super::item::{Filled, Item, of_reference};
use super::world::{Kind, is_errors};
use crate::engine::{Inner, Key};
use crate::generate::Given;
use crate::state::{self, Session};

/// Fields of one answer.
const MAX_FIELDS: usize = 100_000;
/// As how many fields one counts that leads to another object, which is looked for.
const OBJECT: usize = 5;
/// Objects within each other.
const MAX_DEPTH: usize = 60;

/// One operation under way.
pub(super) struct Run<'r> {
    pub(super) graphql: &'r GraphQl,
    pub(super) inner: &'r Inner,
    pub(super) session: Arc<Mutex<Session>>,
    pub(super) from_state: Cell<bool>,
    fields: Cell<usize>,
}

/// An object whose fields are asked for.
pub(super) struct Thing<'r> {
    pub(super) run: &'r Run<'r>,
    pub(super) item: Item,
    pub(super) depth: usize,
    leaves: OnceCell<Map<String, Value>>,
}

/// A field that cannot be filled. What stands before the separator is the code of the error.
pub(super) fn refused(code: &str, why: impl std::fmt::Display) -> FieldError {
    FieldError { message: format!("{code}{SEPARATOR}{why}") }
}

/// Between code and message, where a message is all that can be said.
pub(super) const SEPARATOR: char = '\u{1f}';

impl<'r> Run<'r> {
    pub(super) fn new(graphql: &'r GraphQl, inner: &'r Inner, session: Arc<Mutex<Session>>) -> Self {
        Self { graphql, inner, session, from_state: Cell::new(false), fields: Cell::new(0) }
    }

    pub(super) fn kind(&self, ty: &str) -> Option<&'r Kind> {
        self.graphql.schema.world.kind(ty)
    }

    pub(super) fn strict(&self) -> bool {
        self.inner.config.strict
    }

    /// What a session did to the things of a type.
    pub(super) fn session<T>(&self, then: impl FnOnce(&mut Session) -> T) -> T {
        then(&mut state::lock(&self.session))
    }

    /// The members of an object that are no links.
    pub(super) fn leaves(&self, item: &Item) -> Map<String, Value> {
        let Some(kind) = self.kind(&item.ty) else { return item.known.clone() };
        let mut given = Given::key(item.key).about(kind.one.as_str());
        given.fixed = item.fixed.clone();
        if let (Some(id), Some(of)) = (&item.id, &kind.id) {
            given.fixed.insert(of.field.clone(), id.clone());
            given = given.identified(id.clone());
        }
        for key in &kind.keys {
            if !item.known.contains_key(&key.leaf)
                && let Some(id) = self.foreign(item, key)
            {
                given.fixed.insert(key.leaf.clone(), id);
            }
        }
        for (name, value) in &item.known {
            given.fixed.insert(name.clone(), value.clone());
        }
        if let Some(page) = &item.page {
            given = given.page(page.clone());
        }
        let generator = &self.inner.generator;
        let made = generator.document().schema(&item.ty).map(|schema| {
            let mut made = generator.value(schema, &given);
            state::mark(&mut made, schema, item.key, &self.inner.answers);
            made
        });
        let mut members = match made {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        if let (Some(id), Some(of)) = (&item.id, &kind.id) {
            members.insert(of.field.clone(), id.clone());
        }
        for (name, value) in item.fixed.iter().chain(&item.known) {
            if item.known.contains_key(name) || kind.keys.iter().any(|key| key.leaf == *name) {
                members.insert(name.clone(), value.clone());
            }
        }
        for (leaf, _) in kind.keys.iter().map(|key| (&key.leaf, ())) {
            if let Some(id) = given.fixed.get(leaf) {
                members.insert(leaf.clone(), id.clone());
            }
        }
        members
    }

    /// What a field of an object that is no root is filled with.
    pub(super) fn member(
        &self,
        thing: &Thing<'r>,
        def: &FieldDefinition,
        arguments: &Map<String, Value>,
    ) -> Result<Filled, FieldError> {
        let item = &thing.item;
        let name = def.name.as_str();
        let named = def.ty.inner_named_type().as_str();
        if let Some(root) = self.root(named) {
            return Ok(Filled::one(Item { ty: named.to_owned(), root: Some(root), ..Item::default() }));
        }
        let link = self.kind(&item.ty).and_then(|kind| kind.links.get(name));
        let Some(link) = link else { return Ok(Filled::Json(self.leaf(thing, def))) };
        if is_errors(name) && link.is_many && item.linked(name).is_none() {
            return Ok(Filled::Many(Vec::new()));
        }
        if link.is_many {
            let items = match item.linked(name) {
                Some(Filled::Many(items)) => items.clone(),
                Some(known) => return Ok(known.clone()),
                None => match item.known.get(name) {
                    Some(Value::Array(items)) => items.iter().cloned().map(Filled::Json).collect(),
                    _ => self.many(item, name, link),
                },
            };
            return self.hand_out(items, link, arguments, item.key_of(name, 0));
        }
        if let Some(known) = item.linked(name) {
            return Ok(known.clone());
        }
        if let Some(known) = item.known.get(name) {
            return Ok(Filled::Json(known.clone()));
        }
        if !arguments.is_empty()
            && let Some(found) = self.find(&link.target, arguments, Some(item), def)?
        {
            return Ok(found);
        }
        Ok(self.one(item, name, link, arguments).map_or(Filled::NOTHING, Filled::one))
    }

    /// The kind of operations that begin at a type.
    pub(super) fn root(&self, named: &str) -> Option<OperationType> {
        let mut roots = self.graphql.schema.schema.schema_definition.iter_root_operations();
        roots.find(|(_, name)| name.as_str() == named).map(|(kind, _)| kind)
    }

    /// A member that is no link.
    pub(super) fn leaf(&self, thing: &Thing<'r>, def: &FieldDefinition) -> Value {
        let name = def.name.as_str();
        let item = &thing.item;
        let counted = self.kind(&item.ty).and_then(|kind| kind.counts.iter().find(|(leaf, _)| leaf == name));
        if let Some((_, field)) = counted
            && !item.known.contains_key(name)
            && let Some(link) = self.kind(&item.ty).and_then(|kind| kind.links.get(field))
        {
            let count = match item.linked(field) {
                Some(Filled::Many(items)) => items.len(),
                _ => self.many(item, field, link).len(),
            };
            return Value::from(count);
        }
        let leaves = thing.leaves.get_or_init(|| self.leaves(item));
        leaves.get(name).cloned().unwrap_or_default()
    }

    /// A value of a field of a root that leads nowhere.
    pub(super) fn plain(&self, ty: &str, def: &FieldDefinition, arguments: &Map<String, Value>) -> Value {
        let generator = &self.inner.generator;
        let property = generator.document().schema(ty).and_then(|schema| schema.property(&def.name));
        let Some(property) = property else { return Value::Null };
        let key = Key::of("graphql field").text(&def.name).value(&Value::Object(arguments.clone())).finish();
        let mut given = Given::key(key).named(def.name.as_str()).about(def.name.as_str());
        given.fixed = arguments.clone();
        generator.value(property, &given)
    }

    pub(super) fn resolved<'a>(&'a self, filled: Filled, ty: &'a Type, depth: usize) -> ResolvedValue<'a>
    where
        'r: 'a,
    {
        let named = ty.inner_named_type().as_str();
        match filled {
            Filled::Many(items) if ty.is_list() => {
                let inner = ty.item_type();
                ResolvedValue::List(Box::new(items.into_iter().map(move |item| Ok(self.resolved(item, inner, depth)))))
            }
            Filled::Many(items) => match items.into_iter().next() {
                Some(first) => self.resolved(first, ty, depth),
                None => ResolvedValue::null(),
            },
            filled if ty.is_list() && !matches!(filled, Filled::Json(Value::Null | Value::Array(_))) => {
                self.resolved(Filled::Many(vec![filled]), ty, depth)
            }
            Filled::One(item) => {
                let item = match &item.id {
                    Some(id) if item.is_reference => self.thing(&item.ty, id),
                    _ => Some(*item),
                };
                match item {
                    Some(item) => {
                        ResolvedValue::Object(Box::new(Thing { run: self, item, depth, leaves: OnceCell::new() }))
                    }
                    None => ResolvedValue::null(),
                }
            }
            Filled::Json(Value::Null) => ResolvedValue::null(),
            Filled::Json(value) => {
                let composite = self.kind(named);
                match (value, composite) {
                    (Value::Array(items), Some(_)) => {
                        let items = items.into_iter().map(Filled::Json).collect();
                        self.resolved(Filled::Many(items), ty, depth)
                    }
                    (value, Some(_)) if of_reference(&value).is_some() => {
                        let found = of_reference(&value).and_then(|(ty, id)| self.thing(ty, id));
                        self.resolved(found.map_or(Filled::NOTHING, Filled::one), ty, depth)
                    }
                    (Value::Object(members), Some(kind)) => {
                        let told = members.get("__typename").and_then(Value::as_str);
                        let possible =
                            kind.possible.iter().find(|one| Some(one.as_str()) == told).or(kind.possible.first());
                        let Some(possible) = possible else { return ResolvedValue::null() };
                        let key = Key::of("graphql value").value(&Value::Object(members.clone())).finish();
                        let item = Item { known: members, ..Item::value(possible, key) };
                        self.resolved(Filled::one(item), ty, depth)
                    }
                    (_, Some(_)) => ResolvedValue::null(),
                    (value, None) => self.leaf_value(value, ty, named),
                }
            }
        }
    }

    fn leaf_value<'a>(&self, value: Value, ty: &'a Type, named: &str) -> ResolvedValue<'a> {
        let value = match value {
            Value::Array(items) if ty.is_list() => {
                let inner = ty.item_type();
                let items: Vec<_> = items.into_iter().map(|item| Ok(self.leaf_value(item, inner, named))).collect();
                return ResolvedValue::List(Box::new(items.into_iter()));
            }
            value => value,
        };
        // What a session keeps may have been written with another number in mind.
        ResolvedValue::Leaf(serde_json_bytes::to_value(self.coerced(value, named)).unwrap_or_default())
    }

    fn coerced(&self, value: Value, named: &str) -> Value {
        let types = &self.graphql.schema.schema.types;
        match (named, value) {
            ("Int", Value::Number(number)) if !number.is_i64() => {
                let whole =
                    number.as_f64().map(|number| number.round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)));
                #[expect(clippy::cast_possible_truncation, reason = "it was clamped")]
                whole.map_or(Value::Null, |whole| Value::from(whole as i64))
            }
            ("Float", Value::Number(number)) => number.as_f64().map_or(Value::Null, Value::from),
            ("ID" | "String", Value::Number(number)) => Value::from(number.to_string()),
            ("String", Value::Bool(flag)) => Value::from(flag.to_string()),
            (named, Value::String(text)) => match types.get(named) {
                Some(ExtendedType::Enum(ty)) if !ty.values.contains_key(text.as_str()) => {
                    let same =
                        ty.values.keys().find(|value| value.eq_ignore_ascii_case(&text)).or(ty.values.keys().next());
                    same.map_or(Value::Null, |value| Value::from(value.as_str()))
                }
                _ => Value::String(text),
            },
            (_, value) => value,
        }
    }
}

impl<'r> Thing<'r> {
    pub(super) fn root(run: &'r Run<'r>, ty: &str, root: OperationType) -> Self {
        let item = Item { ty: ty.to_owned(), root: Some(root), ..Item::default() };
        Self { run, item, depth: 0, leaves: OnceCell::new() }
    }
}

impl ObjectValue for Thing<'_> {
    fn type_name(&self) -> &str {
        &self.item.ty
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let run = self.run;
        let def: &'a FieldDefinition = info.field_definition();
        let leads = run.kind(def.ty.inner_named_type()).is_some();
        let fields = run.fields.get() + if leads { OBJECT } else { 1 };
        run.fields.set(fields);
        if fields > MAX_FIELDS {
            return Err(refused(
                "TOO_LARGE",
                format_args!("the answer has more than {MAX_FIELDS} fields; ask for less"),
            ));
        }
        if self.depth > MAX_DEPTH {
            return Err(refused("TOO_DEEP", format_args!("more than {MAX_DEPTH} objects lie within each other")));
        }
        let arguments = match serde_json::to_value(info.arguments()) {
            Ok(Value::Object(arguments)) => arguments,
            _ => Map::new(),
        };
        let filled = match self.item.root {
            Some(OperationType::Mutation) => run.act(&self.item, def, &arguments)?,
            Some(_) => run.ask(&self.item, def, &arguments)?,
            None => run.member(self, def, &arguments)?,
        };
        let missing = matches!(filled, Filled::Json(Value::Null)) && def.ty.is_non_null() && leads;
        if missing {
            return Err(refused("NOT_FOUND", format_args!("there is no such {}", def.name)));
        }
        Ok(run.resolved(filled, &def.ty, self.depth + 1))
    }
}
