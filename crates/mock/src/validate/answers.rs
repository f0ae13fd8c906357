//! Checks the bodies of answers against their schemas, by the ecosystem's validator.
//!
//! Generation has rules of its own to make values by ([`crate::generate`]); this is the second opinion, which shares
//! nothing with them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::{Value, json};
use tracesnap_openapi::{Document, Schema};

/// What a value breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// JSON pointer into the value.
    pub instance: String,
    /// JSON pointer into the schema, as [`Schema::bundle`] writes it.
    pub schema: String,
    /// What is wrong; the value itself is not repeated, since it may be private.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instance = if self.instance.is_empty() { "the body" } else { &self.instance };
        write!(f, "{instance}: {} (by {})", self.message, self.schema)
    }
}

/// Validators of a document's schemas, each made on first use.
///
/// It keeps the document, since schemas are known by where they are in memory. Validators take formats as claims: what
/// is said to be a `date-time` must be one.
pub struct Answers {
    document: Arc<Document>,
    validators: RwLock<HashMap<usize, Arc<Compiled>>>,
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("document", &self.document.title()).finish_non_exhaustive()
    }
}

pub(crate) enum Compiled {
    Ready(Box<Validator>),
    Refused(Violation),
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Ready(_)) { "Ready" } else { "Refused" })
    }
}

impl Compiled {
    pub(crate) fn check(&self, value: &Value) -> Result<(), Vec<Violation>> {
        match self {
            Self::Refused(violation) => Err(vec![violation.clone()]),
            Self::Ready(validator) => {
                // The question whether is answered much faster than what is wrong.
                if validator.is_valid(value) {
                    return Ok(());
                }
                let errors = validator.iter_errors(value).take(Answers::MAX_VIOLATIONS);
                Err(errors
                    .map(|error| Violation {
                        instance: error.instance_path().as_str().to_owned(),
                        schema: error.schema_path().as_str().to_owned(),
                        message: error.masked().to_string(),
                    })
                    .collect())
            }
        }
    }
}

impl Answers {
    /// Violations of one value that are told.
    pub const MAX_VIOLATIONS: usize = 50;

    /// Checks nothing yet; schemas must be of that document.
    #[must_use]
    pub fn new(document: Arc<Document>) -> Self {
        Self { document, validators: RwLock::default() }
    }

    /// Whether `value` is what `schema` says.
    ///
    /// A pattern that is no regular expression allows any text: no value could ever be right otherwise.
    ///
    /// # Errors
    /// All that is wrong, at most [`Self::MAX_VIOLATIONS`]; or that no validator can be made of the schema.
    pub fn check(&self, schema: Schema<'_>, value: &Value) -> Result<(), Vec<Violation>> {
        self.validator(schema).check(value)
    }

    fn validator(&self, schema: Schema<'_>) -> Arc<Compiled> {
        debug_assert!(
            std::ptr::eq(schema.node().document(), &raw const *self.document),
            "a schema of another document"
        );
        let identity = schema.identity();
        if let Some(known) = self.validators.read().unwrap_or_else(PoisonError::into_inner).get(&identity) {
            return Arc::clone(known);
        }
        let made = Arc::new(compile(schema.bundle()));
        let mut validators = self.validators.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(validators.entry(identity).or_insert(made))
    }
}

fn build(schema: &Value) -> Result<Validator, jsonschema::ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(100_000))
        .build(schema)
}

pub(crate) fn compile(mut schema: Value) -> Compiled {
    if let Ok(validator) = build(&schema) {
        return Compiled::Ready(Box::new(validator));
    }
    drop_broken_patterns(&mut schema);
    match build(&schema) {
        Ok(validator) => Compiled::Ready(Box::new(validator)),
        Err(error) => Compiled::Refused(Violation {
            instance: String::new(),
            schema: error.schema_path().as_str().to_owned(),
            message: format!("no validator can be made of the schema: {}", error.masked()),
        }),
    }
}

/// Documents hold patterns of every dialect. Recurses no deeper than the document, and that has a bound.
fn drop_broken_patterns(schema: &mut Value) {
    let broken = |pattern: &str| build(&json!({"pattern": pattern})).is_err();
    match schema {
        Value::Object(members) => {
            if members.get("pattern").and_then(Value::as_str).is_some_and(broken) {
                members.remove("pattern");
            }
            if let Some(Value::Object(patterns)) = members.get_mut("patternProperties") {
                patterns.retain(|pattern, _| !broken(pattern));
            }
            members.values_mut().for_each(drop_broken_patterns);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_broken_patterns),
        _ => {}
    }
}
