//! Checks the bodies of requests: as those of answers, but for what only answers must have.
//!
//! A property that is `readOnly` is none that a caller gives, even where it is required. And what several members of a
//! `oneOf` allow is taken: documents mean «one of these», and seldom keep them apart.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use tracesnap_openapi::Schema;

use crate::validate::answers::{Compiled, compile};
use crate::validate::{Answers, Violation};

/// Validators of bodies of requests, each made on first use.
#[derive(Debug)]
pub(crate) struct Schemas {
    answers: Arc<Answers>,
    /// `None` where that of answers will do.
    validators: RwLock<HashMap<usize, Option<Arc<Compiled>>>>,
}

impl Schemas {
    pub(crate) fn new(answers: Arc<Answers>) -> Self {
        Self { answers, validators: RwLock::default() }
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    pub(crate) fn check(&self, schema: Schema<'_>, value: &Value) -> Vec<Violation> {
        let result = match self.validator(schema) {
            Some(own) => own.check(value),
            None => self.answers.check(schema, value),
        };
        result.err().unwrap_or_default()
    }

    fn validator(&self, schema: Schema<'_>) -> Option<Arc<Compiled>> {
        let identity = schema.identity();
        if let Some(known) = self.validators.read().unwrap_or_else(PoisonError::into_inner).get(&identity) {
            return known.clone();
        }
        let mut bundle = schema.bundle();
        let changed = relax(&mut bundle);
        let made = changed.then(|| Arc::new(compile(bundle)));
        let mut validators = self.validators.write().unwrap_or_else(PoisonError::into_inner);
        validators.entry(identity).or_insert(made).clone()
    }
}

/// Takes what is read only out of `required`, makes `oneOf` to `anyOf`, and says whether there was any of that.
fn relax(bundle: &mut Value) -> bool {
    let definitions = bundle.get("$defs").cloned().unwrap_or_default();
    relax_one(bundle, &definitions)
}

/// Recurses no deeper than the schema, and that has a bound.
fn relax_one(schema: &mut Value, definitions: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            let mut changed = false;
            let whole = Value::Object(members.clone());
            if let Some(Value::Array(required)) = members.get_mut("required") {
                let before = required.len();
                required.retain(|name| !name.as_str().is_some_and(|name| is_read_only(&whole, name, definitions, 0)));
                changed |= required.len() != before;
            }
            if !members.contains_key("anyOf")
                && members.get("oneOf").is_some_and(Value::is_array)
                && let Some(choice) = members.remove("oneOf")
            {
                members.insert("anyOf".to_owned(), choice);
                changed = true;
            }
            for value in members.values_mut() {
                changed |= relax_one(value, definitions);
            }
            changed
        }
        Value::Array(items) => {
            let mut changed = false;
            for item in items {
                changed |= relax_one(item, definitions);
            }
            changed
        }
        _ => false,
    }
}

/// References that are followed to find a property.
const MAX_HOPS: usize = 6;

fn is_read_only(schema: &Value, name: &str, definitions: &Value, hops: usize) -> bool {
    if hops > MAX_HOPS {
        return false;
    }
    let target = |schema: &Value| {
        let name = schema.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        definitions.get(name)
    };
    if let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) {
        let flag = |schema: &Value| schema.get("readOnly") == Some(&Value::Bool(true));
        return flag(property) || target(property).is_some_and(flag);
    }
    let members = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    members.chain(target(schema)).any(|member| is_read_only(member, name, definitions, hops + 1))
}
