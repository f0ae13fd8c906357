//! What a schema says of each place of a body.

use serde_json::Value;

/// Schemas of one place that all or some values have to keep to: references followed, combinations opened.
pub(super) struct Said<'s> {
    root: &'s Value,
    schemas: Vec<&'s Value>,
}

/// Combinations within combinations are opened so far.
const MAX_DEPTH: usize = 16;
/// Schemas of one place that are looked at.
const MAX_SCHEMAS: usize = 64;

impl<'s> Said<'s> {
    /// What a bundled schema says of the body as a whole.
    pub(super) fn of(root: &'s Value) -> Self {
        let mut said = Self { root, schemas: Vec::new() };
        said.open(root, 0);
        said
    }

    fn open(&mut self, schema: &'s Value, depth: usize) {
        if depth > MAX_DEPTH || self.schemas.len() >= MAX_SCHEMAS {
            return;
        }
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
        if let Some(target) = reference.and_then(|pointer| self.root.pointer(pointer)) {
            self.open(target, depth + 1);
        }
        self.schemas.push(schema);
        for word in ["allOf", "anyOf", "oneOf"] {
            for part in schema.get(word).and_then(Value::as_array).into_iter().flatten() {
                self.open(part, depth + 1);
            }
        }
    }

    /// What is said of a member.
    pub(super) fn member(&self, name: &str) -> Self {
        let mut said = Self { root: self.root, schemas: Vec::new() };
        for schema in &self.schemas {
            let own = schema.get("properties").and_then(|properties| properties.get(name));
            if let Some(own) = own.or_else(|| schema.get("additionalProperties")) {
                said.open(own, 0);
            }
        }
        said
    }

    /// What is said of the items.
    pub(super) fn items(&self) -> Self {
        let mut said = Self { root: self.root, schemas: Vec::new() };
        self.schemas.iter().filter_map(|schema| schema.get("items")).for_each(|own| said.open(own, 0));
        said
    }

    /// All values that a word of the schema has at this place.
    pub(super) fn all(&self, word: &str) -> impl Iterator<Item = &'s Value> {
        self.schemas.iter().filter_map(move |schema| schema.get(word))
    }
}
