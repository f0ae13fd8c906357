//! Writes a shape as JSON Schema 2020-12, the dialect of OpenAPI 3.1.

use serde_json::{Map, Value, json};
use tracesnap_http::profile::path_template;

use super::shape::{Objects, Shape};

/// Objects with at least so many names, all of which look like ids, are maps.
const MAP_MIN_NAMES: usize = 4;
/// Objects with more names than that are maps whatever they look like: nobody reads such a schema.
const MAP_NAMES: usize = 400;
/// Numbers that must have been there before none is negative.
const BOUND_MIN_SEEN: u64 = 3;

impl Shape {
    /// The schema that whatever was added keeps to. `name` is that of the field, empty where there is none.
    pub(super) fn schema(&self, name: &str) -> Value {
        let mut schema = Map::new();
        let mut types = Vec::new();
        if let Some(objects) = &self.objects {
            types.push("object");
            write_object(objects, &mut schema);
        }
        if let Some(arrays) = &self.arrays {
            types.push("array");
            schema.insert("items".to_owned(), arrays.items.schema(""));
        }
        if let Some(texts) = &self.texts {
            types.push("string");
            texts.describe(&mut schema);
            if let Some(few) = texts.few(name)
                && types.len() == 1
                && self.booleans + self.integers + self.fractions == 0
            {
                let mut values: Vec<Value> = few.into_iter().map(Value::from).collect();
                if self.nulls > 0 {
                    values.push(Value::Null);
                }
                schema.insert("enum".to_owned(), Value::Array(values));
            }
        }
        if self.booleans > 0 {
            types.push("boolean");
        }
        let numbers = self.integers + self.fractions;
        if numbers > 0 {
            types.push(if self.fractions > 0 { "number" } else { "integer" });
            if !self.is_negative && numbers >= BOUND_MIN_SEEN {
                schema.insert("minimum".to_owned(), json!(0));
            }
            // A format of numbers beside texts would be one of theirs.
            if self.is_large && self.fractions == 0 && self.texts.is_none() {
                schema.insert("format".to_owned(), json!("int64"));
            }
        }
        if self.nulls > 0 {
            types.push("null");
        }
        match types.as_slice() {
            [] => {}
            [one] => {
                schema.shift_insert(0, "type".to_owned(), (*one).into());
            }
            several => {
                schema.shift_insert(0, "type".to_owned(), json!(several));
            }
        }
        Value::Object(schema)
    }

    /// The schema of a parameter, by what all its texts can be read as.
    pub(super) fn parameter_schema(&self, name: &str) -> Value {
        match &self.texts {
            Some(texts) if texts.seen > 0 && texts.all_integers => json!({"type": "integer"}),
            Some(texts) if texts.seen > 0 && texts.all_numbers => json!({"type": "number"}),
            Some(texts) if texts.seen > 0 && texts.all_booleans => json!({"type": "boolean"}),
            _ => self.schema(name),
        }
    }
}

fn write_object(objects: &Objects, schema: &mut Map<String, Value>) {
    if is_map(objects) {
        // Laid over each other by their schemas: texts of different names have no counts in common.
        let mut all: Vec<Value> = Vec::new();
        for (name, shape) in &objects.fields {
            let own = shape.schema(name);
            if !all.contains(&own) {
                all.push(own);
            }
        }
        let values = if all.len() == 1 { all.remove(0) } else { json!({ "anyOf": all }) };
        schema.insert("additionalProperties".to_owned(), values);
        return;
    }
    let required: Vec<&str> =
        objects.fields.iter().filter(|(_, shape)| shape.seen == objects.seen).map(|(name, _)| name.as_str()).collect();
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    let fields = objects.fields.iter().map(|(name, shape)| (name.clone(), shape.schema(name)));
    schema.insert("properties".to_owned(), Value::Object(fields.collect()));
}

fn is_map(objects: &Objects) -> bool {
    let names = || objects.fields.keys();
    names().len() > MAP_NAMES || names().len() >= MAP_MIN_NAMES && names().all(|name| path_template(name) != *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[Value]) -> Value {
        let mut shape = Shape::default();
        values.iter().for_each(|value| shape.add(value));
        shape.schema("")
    }

    #[test]
    fn a_field_that_was_always_there_is_required_and_null_is_a_type() {
        let seen = [json!({"id": 1, "note": null}), json!({"id": 2, "note": "x", "tag": true})];
        assert_eq!(
            of(&seen),
            json!({
                "type": "object",
                "required": ["id", "note"],
                "properties": {
                    "id": {"type": "integer"},
                    "note": {"type": ["string", "null"]},
                    "tag": {"type": "boolean"},
                },
            })
        );
    }

    #[test]
    fn numbers_are_whole_unless_one_is_not() {
        assert_eq!(of(&[json!(1), json!(2)]), json!({"type": "integer"}));
        assert_eq!(of(&[json!(1), json!(2.5), json!(3)]), json!({"type": "number", "minimum": 0}));
        assert_eq!(of(&[json!(5_000_000_000_u64)]), json!({"type": "integer", "format": "int64"}));
    }

    #[test]
    fn items_of_all_lists_are_laid_over_each_other() {
        let seen = [json!([]), json!([{"a": 1}]), json!([{"a": 1, "b": "x"}])];
        assert_eq!(of(&seen)["items"]["required"], json!(["a"]));
        assert_eq!(of(&[json!([])]), json!({"type": "array", "items": {}}));
    }

    #[test]
    fn names_that_are_ids_make_a_map() {
        let seen =
            json!({"cus_9s6XKzkNRiz8i3": 1, "cus_9s6XKzkNRiz8i4": 2, "cus_9s6XKzkNRiz8i5": 3, "cus_9s6XKzkNRiz8i6": 4});
        assert_eq!(of(&[seen]), json!({"type": "object", "additionalProperties": {"type": "integer"}}));
    }
}
