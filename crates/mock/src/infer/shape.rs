//! The values of one place, laid over each other.
//!
//! A shape only ever grows: whatever was added keeps to the schema that is made of it.

use indexmap::IndexMap;
use serde_json::{Number, Value};

use super::texts::Texts;

/// All that was seen at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub(super) seen: u64,
    pub(super) nulls: u64,
    pub(super) booleans: u64,
    pub(super) integers: u64,
    /// Numbers with a fraction, or too large for a whole one.
    pub(super) fractions: u64,
    pub(super) is_negative: bool,
    /// Some need more than 32 bits.
    pub(super) is_large: bool,
    pub(super) texts: Option<Texts>,
    pub(super) objects: Option<Box<Objects>>,
    pub(super) arrays: Option<Box<Arrays>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    pub(super) seen: u64,
    /// In the order in which they were first seen.
    pub(super) fields: IndexMap<String, Shape>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Arrays {
    pub(super) items: Shape,
}

impl Shape {
    /// Lays a value over what is there. It recurses as deep as the value, whose depth whoever parsed it has bounded.
    pub(super) fn add(&mut self, value: &Value) {
        self.seen += 1;
        match value {
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.booleans += 1,
            Value::Number(number) => self.add_number(number),
            Value::String(text) => self.texts.get_or_insert_default().add(text),
            Value::Array(items) => {
                let arrays = self.arrays.get_or_insert_default();
                items.iter().for_each(|item| arrays.items.add(item));
            }
            Value::Object(members) => {
                let objects = self.objects.get_or_insert_default();
                objects.seen += 1;
                for (name, member) in members {
                    match objects.fields.get_mut(name) {
                        Some(shape) => shape.add(member),
                        None => objects.fields.entry(name.clone()).or_default().add(member),
                    }
                }
            }
        }
    }

    fn add_number(&mut self, number: &Number) {
        if let Some(whole) = number.as_i64() {
            self.integers += 1;
            self.is_negative |= whole < 0;
            self.is_large |= i32::try_from(whole).is_err();
        } else if number.is_u64() {
            self.integers += 1;
            self.is_large = true;
        } else {
            self.fractions += 1;
            self.is_negative |= number.as_f64().is_some_and(|number| number < 0.0);
        }
    }

    /// The text of a parameter, which has no types but those it can be read as.
    pub(super) fn add_text(&mut self, text: &str) {
        self.seen += 1;
        self.texts.get_or_insert_default().add(text);
    }

    /// The shapes of its fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Shape> {
        self.objects.iter().flat_map(|objects| objects.fields.values())
    }
}
