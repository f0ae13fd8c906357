//! What stands in an answer before it is written: things by type and id, values, lists of them.
//!
//! Where they come from is for [`super::links`], [`super::ask`] and [`super::act`]; here is what they are, and how what a
//! session keeps of one is written down.

use apollo_compiler::ast::OperationType;
use serde_json::{Map, Value, json};

use crate::engine::Key;
use crate::generate::Page;

/// One object of an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// Its type: an object type.
    pub(super) ty: String,
    /// Decides what is made up for it.
    pub(super) key: u64,
    /// Its id, if it is a thing.
    pub(super) id: Option<Value>,
    /// Members that are known beforehand.
    pub(super) known: Map<String, Value>,
    /// Members that are other objects, or lists of them, known beforehand.
    pub(super) linked: Vec<(String, Filled)>,
    /// Values that members of such names have, if there are any.
    pub(super) fixed: Map<String, Value>,
    /// Which part of a list it is about.
    pub(super) page: Option<Page>,
    /// It stands for a thing that is looked up when it is asked for.
    pub(super) is_reference: bool,
    /// Where an operation begins.
    pub(super) root: Option<OperationType>,
}

/// What a field is filled with.
#[derive(Clone, Debug)]
pub(super) enum Filled {
    Json(Value),
    One(Box<Item>),
    Many(Vec<Self>),
}

impl Filled {
    pub(super) const NOTHING: Self = Self::Json(Value::Null);

    pub(super) fn one(item: Item) -> Self {
        Self::One(Box::new(item))
    }
}

impl Item {
    /// A thing, as it is before anybody changed it.
    pub(super) fn thing(ty: &str, id: Value) -> Self {
        let key = Key::of("graphql thing").text(ty).value(&id).finish();
        Self { ty: ty.to_owned(), key, id: Some(id), ..Self::default() }
    }

    /// A value without an identity.
    pub(super) fn value(ty: &str, key: u64) -> Self {
        Self { ty: ty.to_owned(), key, ..Self::default() }
    }

    pub(super) fn linked(&self, field: &str) -> Option<&Filled> {
        self.linked.iter().find(|(known, _)| known == field).map(|(_, filled)| filled)
    }

    pub(super) fn with(mut self, field: &str, filled: Filled) -> Self {
        self.linked.retain(|(known, _)| known != field);
        self.linked.push((field.to_owned(), filled));
        self
    }

    /// Another key for what belongs to it.
    pub(super) fn key_of(&self, field: &str, number: u64) -> u64 {
        Key::of("graphql member").number(self.key).text(field).number(number).finish()
    }
}

/// How a session keeps which thing is meant. No member of GraphQL is called so.
const THING: &str = "$thing";

/// A reference to a thing, as a session keeps it.
pub(super) fn reference(ty: &str, id: &Value) -> Value {
    json!({ THING: ty, "id": id })
}

/// The type and the id of a reference.
pub(super) fn of_reference(value: &Value) -> Option<(&str, &Value)> {
    Some((value.get(THING)?.as_str()?, value.get("id")?))
}
