//! Tells a schema as the generator knows schemas: a component a type, with the members that are no links.
//!
//! Which member is a link to another thing is for [`super::world`]; here is what a single thing says of itself.

use apollo_compiler::ast::{self, Type};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Schema};
use serde_json::{Map, Value, json};

use super::scalars;

/// A document with a component for each object type and enum, and the operations of the path.
pub(super) fn of(schema: &Schema, title: &str, path: &str) -> Value {
    let mut components = Map::new();
    for (name, ty) in &schema.types {
        if ty.is_built_in() {
            continue;
        }
        match ty {
            ExtendedType::Enum(ty) => {
                let values: Vec<&str> = ty.values.keys().map(Name::as_str).collect();
                components.insert(name.to_string(), json!({ "type": "string", "enum": values }));
            }
            ExtendedType::Object(ty) => {
                let mut properties = Map::new();
                for (field_name, field) in &ty.fields {
                    if let Some(told) = leaf(schema, field) {
                        properties.insert(field_name.to_string(), told);
                    }
                }
                let required: Vec<&str> = properties.keys().map(String::as_str).collect();
                let mut told = json!({ "type": "object", "required": required });
                told["properties"] = Value::Object(properties);
                components.insert(name.to_string(), told);
            }
            _ => {}
        }
    }
    let answer = json!({ "200": {
        "description": "what was asked for, and what is wrong with it",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/__Answer" } } },
    } });
    components.insert(
        "__Answer".to_owned(),
        json!({ "type": "object", "properties": {
            "data": { "type": "object", "nullable": true },
            "errors": { "type": "array", "items": {
                "type": "object", "required": ["message"], "properties": { "message": { "type": "string" } },
            } },
        } }),
    );
    let parameter = |name: &str, required: bool| json!({ "name": name, "in": "query", "required": required, "schema": { "type": "string" } });
    json!({
        "openapi": "3.0.3",
        "info": { "title": title, "version": "1" },
        "paths": { path: {
            "get": {
                "operationId": "graphqlQuery",
                "parameters": [parameter("query", true), parameter("variables", false), parameter("operationName", false)],
                "responses": answer,
            },
            "post": {
                "operationId": "graphql",
                "requestBody": { "required": true, "content": { "application/json": { "schema": {
                    "type": "object", "required": ["query"], "properties": {
                        "query": { "type": "string", "example": "{ __typename }" },
                        "operationName": { "type": "string", "nullable": true },
                        "variables": { "type": "object", "nullable": true },
                    },
                } } } },
                "responses": answer,
            },
        } },
        "components": { "schemas": components },
    })
}

/// The schema of a field that is no link; `None` for links.
fn leaf(schema: &Schema, field: &ast::FieldDefinition) -> Option<Value> {
    let named = schema.types.get(field.ty.inner_named_type())?;
    let mut told = match named {
        ExtendedType::Enum(ty) if ty.is_built_in() => return None,
        ExtendedType::Enum(ty) => json!({ "$ref": format!("#/components/schemas/{}", ty.name) }),
        ExtendedType::Scalar(ty) => {
            let mut told = scalars::schema(ty);
            constrain(&mut told, &field.directives);
            if let (Some(description), Value::Object(told)) = (&field.description, &mut told) {
                told.insert("description".to_owned(), json!(description.as_str()));
            }
            told
        }
        _ => return None,
    };
    if !field.ty.is_list() && !field.ty.is_non_null() && told.get("type").is_some() {
        told["nullable"] = json!(true);
    }
    Some(wrapped(told, &field.ty))
}

fn wrapped(told: Value, ty: &Type) -> Value {
    if ty.is_list() { json!({ "type": "array", "items": wrapped(told, ty.item_type()) }) } else { told }
}

/// What `@constraint(minLength: 3)`, `@length(max: 9)`, `@range(min: 1)`, `@pattern(regexp: "…")` and
/// `@example(value: …)` say.
fn constrain(told: &mut Value, directives: &ast::DirectiveList) {
    for directive in directives.iter() {
        for argument in &directive.arguments {
            let keyword = match (directive.name.as_str(), argument.name.as_str()) {
                ("constraint", "minLength") | ("length", "min") => "minLength",
                ("constraint", "maxLength") | ("length", "max") => "maxLength",
                ("constraint", "min") | ("range", "min") => "minimum",
                ("constraint", "max") | ("range", "max") => "maximum",
                ("constraint" | "pattern", "pattern" | "regexp") => "pattern",
                ("constraint", "format") => "format",
                ("example", "value") => "example",
                _ => continue,
            };
            if let Some(value) = constant(&argument.value) {
                told[keyword] = value;
            }
        }
    }
}

/// A value as it stands in SDL.
fn constant(value: &ast::Value) -> Option<Value> {
    Some(match value {
        ast::Value::String(text) => json!(text),
        ast::Value::Int(number) => json!(number.try_to_i32().ok()?),
        ast::Value::Float(number) => json!(number.try_to_f64().ok()?),
        ast::Value::Boolean(flag) => json!(flag),
        ast::Value::Enum(name) => json!(name.as_str()),
        _ => return None,
    })
}
