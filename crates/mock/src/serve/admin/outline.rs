//! A schema as people read it: a tree that ends, however large and recursive the schema is.

use serde_json::{Map, Value, json};
use tracesnap_openapi::Schema;

/// Schemas of one outline.
const MAX_SCHEMAS: usize = 400;
/// Schemas within each other.
const MAX_DEPTH: usize = 8;
/// Values of an enumeration.
const MAX_VALUES: usize = 40;
/// Keywords that bound a value.
const BOUNDS: [&str; 14] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "default",
];

pub(super) fn of(schema: Schema<'_>) -> Value {
    let mut left = MAX_SCHEMAS;
    node(schema, &mut Vec::new(), &mut left)
}

fn node(schema: Schema<'_>, above: &mut Vec<usize>, left: &mut usize) -> Value {
    let mut told = Map::new();
    let name = schema.reference().and_then(|reference| reference.rsplit('/').next());
    if let Some(name) = name {
        told.insert("name".to_owned(), name.into());
    }
    let Ok(schema) = schema.follow() else {
        told.insert("note".to_owned(), "leads nowhere".into());
        return Value::Object(told);
    };
    if above.contains(&schema.identity()) {
        told.insert("note".to_owned(), "as above".into());
        return Value::Object(told);
    }
    if *left == 0 || above.len() >= MAX_DEPTH {
        told.insert("note".to_owned(), "more is in the document".into());
        return Value::Object(told);
    }
    *left -= 1;
    let types: Vec<_> = schema.known_types().iter().collect();
    told.insert("types".to_owned(), json!(types));
    if schema.is_nullable() {
        told.insert("is_nullable".to_owned(), true.into());
    }
    let texts = [("format", schema.format()), ("description", schema.description())];
    for (key, text) in texts {
        told.extend(text.map(|text| (key.to_owned(), text.into())));
    }
    let values = schema.allowed_values();
    if !values.is_empty() {
        told.insert("values".to_owned(), values.iter().take(MAX_VALUES).cloned().collect());
    }
    let bounds = BOUNDS.into_iter().filter_map(|key| Some((key.to_owned(), schema.node().get(key)?.value().clone())));
    let bounds: Map<String, Value> = bounds.collect();
    if !bounds.is_empty() {
        told.insert("bounds".to_owned(), Value::Object(bounds));
    }
    above.push(schema.identity());
    let required = schema.required();
    let properties: Vec<Value> = schema
        .all_properties()
        .into_iter()
        .map(|(name, property)| {
            json!({
                "property": name,
                "is_required": required.contains(&name),
                "schema": node(property, above, left),
            })
        })
        .collect();
    if !properties.is_empty() {
        told.insert("properties".to_owned(), properties.into());
    }
    if let Some(items) = schema.items() {
        told.insert("items".to_owned(), node(items, above, left));
    }
    for key in ["oneOf", "anyOf"] {
        let alternatives: Vec<Value> = schema.list(key).into_iter().map(|one| node(one, above, left)).collect();
        if !alternatives.is_empty() {
            told.insert("alternatives".to_owned(), alternatives.into());
        }
    }
    above.pop();
    Value::Object(told)
}
