//! What collections begin with, and what any id stands for before anybody changed it.
//!
//! All of it follows from the seed, the resource and the id: it can be forgotten and made again.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Map, Value};
use tracesnap_openapi::Schema;

use super::resource::{Resource, Resources};
use crate::engine::{Inner, Key};
use crate::generate::Given;
use crate::validate::Answers;
use crate::validate::requests::scalar;

/// An item that a collection begins with.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) id: String,
    pub(crate) item: Value,
}

/// What collections begin with, as far as somebody asked.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    ids: RwLock<HashMap<usize, Ids>>,
    starts: RwLock<HashMap<(usize, String), Starts>>,
}

/// Ids, as they stand in a path and as the schema has them.
type Ids = Arc<Vec<(String, Value)>>;
type Starts = Arc<Vec<Start>>;

/// Collections whose beginning is kept; those of different parents are different ones.
const MAX_KEPT: usize = 256;

/// Makes what a resource holds.
#[derive(Clone, Copy)]
pub(crate) struct Maker<'t, 'd> {
    pub(crate) inner: &'t Inner,
    pub(crate) resources: &'t Resources<'d>,
}

impl<'t, 'd> Maker<'t, 'd> {
    fn resource(self, at: usize) -> Option<&'t Resource<'d>> {
        self.resources.all.get(at)
    }

    fn key(self, resource: &Resource<'d>, parent: &str, id: &str) -> u64 {
        Key::of("item").text(&resource.shape).text(parent).text(id).finish()
    }

    /// An id as the schema of its property has it.
    pub(crate) fn id_value(self, resource: &Resource<'d>, id: &str) -> Value {
        scalar(id, resource.id.map(|(_, schema)| schema), &self.inner.answers)
    }

    /// What `id` stands for where nobody changed it, with what the path of its parents fixes.
    pub(crate) fn item(self, resource: &Resource<'d>, parent: &str, id: &str, fixed: &Map<String, Value>) -> Value {
        let mut given = Given::key(self.key(resource, parent, id)).about(resource.one.as_str());
        given.fixed = fixed.clone();
        let own = resource.id.map(|(name, _)| (name, self.id_value(resource, id)));
        if let Some((name, value)) = &own {
            given.fixed.insert((*name).to_owned(), value.clone());
        }
        let made = self.inner.generator.value(resource.schema, &given);
        let mut overlay: Vec<(&str, Value)> = own.into_iter().collect();
        for (name, schema, target) in &resource.references {
            // What the path or the body says stands.
            let words = super::names::key(name);
            if fixed.keys().any(|known| super::names::key(known) == words) {
                continue;
            }
            if let Some(value) = self.reference(*schema, *target, given.key, made.get(*name)) {
                overlay.push((name, value));
            }
        }
        settle(resource.schema, made, overlay, &self.inner.answers)
    }

    /// What refers to an item of another resource: one that its collection begins with.
    fn reference(self, schema: Schema<'d>, target: usize, key: u64, made: Option<&Value>) -> Option<Value> {
        let made = made.filter(|made| !made.is_null())?;
        let ids = self.ids(target);
        let pick = usize::try_from(key % ids.len().max(1) as u64).unwrap_or(0);
        let (id, value) = ids.get(pick)?;
        match made {
            Value::Object(members) => {
                let other = self.resource(target)?;
                let (name, _) = other.id?;
                members.contains_key(name).then_some(())?;
                // Without its own references, which could lead back here.
                let given = Given::key(self.key(other, "", id)).about(other.one.as_str()).with(name, value.clone());
                let whole = self.inner.generator.value(other.schema, &given);
                let fields = members.keys().filter_map(|field| Some((field.as_str(), whole.get(field)?.clone())));
                Some(settle(schema, made.clone(), fields.collect(), &self.inner.answers))
            }
            _ => Some(value.clone()),
        }
    }

    /// The ids a collection begins with.
    fn ids(self, at: usize) -> Ids {
        let catalog = &self.inner.catalog;
        if let Some(known) = catalog.ids.read().unwrap_or_else(PoisonError::into_inner).get(&at) {
            return Arc::clone(known);
        }
        let made = Arc::new(self.resource(at).map(|resource| self.make_ids(resource)).unwrap_or_default());
        let mut ids = catalog.ids.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(ids.entry(at).or_insert(made))
    }

    fn make_ids(self, resource: &Resource<'d>) -> Vec<(String, Value)> {
        let Some((name, schema)) = resource.id else { return Vec::new() };
        let answers = &self.inner.answers;
        let mut ids: Vec<(String, Value)> = Vec::new();
        for at in 0..self.inner.config.start_items as u64 {
            if let Some(id) = self.new_id(resource, name, schema, at + 1, |id| ids.iter().any(|(known, _)| known == id))
            {
                ids.push(id);
            }
        }
        debug_assert!(ids.iter().all(|(id, value)| answers.check(schema, value).is_err() || !id.is_empty()));
        ids
    }

    /// The `at`th id of a collection, from 1, that is none of those taken; `None` where its schema leaves none.
    pub(crate) fn new_id(
        self,
        resource: &Resource<'d>,
        name: &str,
        schema: Schema<'d>,
        at: u64,
        taken: impl Fn(&str) -> bool,
    ) -> Option<(String, Value)> {
        let types = schema.known_types();
        let answers = &self.inner.answers;
        if types.contains("integer") || types.contains("number") && !types.contains("string") {
            let number = Value::from(at);
            if answers.check(schema, &number).is_ok() && !taken(&id_text(&number)) {
                return Some((id_text(&number), number));
            }
        }
        let mut made = None;
        for attempt in 0..4 {
            let key = Key::of("id").text(&resource.shape).number(at).number(attempt).finish();
            let whole = self.inner.generator.value(resource.schema, &Given::key(key).about(resource.one.as_str()));
            let value = whole.get(name).filter(|value| value.is_string() || value.is_number())?.clone();
            let text = id_text(&value);
            if !taken(&text) && !text.is_empty() && !text.contains('/') {
                return Some((text, value));
            }
            made = Some(text);
        }
        let told_apart = Value::from(format!("{}-{at}", made.unwrap_or_else(|| resource.one.replace(' ', "-"))));
        let text = id_text(&told_apart);
        (answers.check(schema, &told_apart).is_ok() && !taken(&text)).then_some((text, told_apart))
    }

    /// What a collection begins with.
    pub(crate) fn start(self, at: usize, parent: &str, fixed: &Map<String, Value>) -> Starts {
        let catalog = &self.inner.catalog;
        let key = (at, parent.to_owned());
        if let Some(known) = catalog.starts.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Arc::clone(known);
        }
        let Some(resource) = self.resource(at) else { return Arc::default() };
        let ids = self.ids(at);
        let start = |(id, _): &(String, Value)| Start { id: id.clone(), item: self.item(resource, parent, id, fixed) };
        let made: Starts = Arc::new(ids.iter().map(start).collect());
        let mut starts = catalog.starts.write().unwrap_or_else(PoisonError::into_inner);
        if starts.len() >= MAX_KEPT {
            starts.clear();
        }
        Arc::clone(starts.entry(key).or_insert(made))
    }

    /// Whether a collection begins with that id.
    pub(crate) fn begins_with(self, at: usize, id: &str) -> bool {
        self.ids(at).iter().any(|(known, _)| known == id)
    }
}

/// An id as it stands in a path.
pub(crate) fn id_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Properties that are tried one by one where all at once break the schema.
const MAX_TRIED: usize = 100;

/// Lays values over what was made, as far as the schema allows.
pub(crate) fn settle(schema: Schema<'_>, made: Value, overlay: Vec<(&str, Value)>, answers: &Answers) -> Value {
    let Value::Object(members) = &made else { return made };
    if overlay.is_empty() || overlay.iter().all(|(name, value)| members.get(*name) == Some(value)) {
        return made;
    }
    let mut all = members.clone();
    for (name, value) in &overlay {
        all.insert((*name).to_owned(), value.clone());
    }
    let all = Value::Object(all);
    if answers.check(schema, &all).is_ok() {
        return all;
    }
    let valid = answers.check(schema, &made).is_ok();
    let mut best = made;
    for (name, value) in overlay.into_iter().take(MAX_TRIED) {
        let Value::Object(members) = &best else { break };
        let mut next = members.clone();
        next.insert(name.to_owned(), value);
        let next = Value::Object(next);
        // Where it was not valid before, nothing is lost.
        if !valid || answers.check(schema, &next).is_ok() {
            best = next;
        }
    }
    best
}
