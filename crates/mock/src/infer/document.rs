//! Writes what was seen as an OpenAPI 3.1 document.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};
use tracesnap_redact::Policy;

use super::credentials::Credential;
use super::exchange::Exchange;
use super::inference::InferredOperation;
use super::operation::{Bodies, Kind, Media, Operation};
use super::paths::{Group, PathParam};
use super::shape::Shape;
use crate::patterns::words::{singular, words};
use crate::validate::compile;

/// Exchanges that must all have had a parameter before it is required.
const REQUIRED_MIN_SEEN: u64 = 3;
/// The order of methods below a path.
const METHODS: [&str; 8] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"];

pub(super) fn write(
    exchanges: &[Exchange],
    groups: &[Group],
    title: Option<&str>,
    origin: &str,
    policy: &Policy,
) -> (Value, Vec<InferredOperation>) {
    let mut paths = Map::new();
    let mut schemes: BTreeMap<String, Value> = BTreeMap::new();
    let mut operations = Vec::new();
    let mut ids = HashSet::new();
    for group in groups {
        let mut by_method: BTreeMap<usize, Operation> = BTreeMap::new();
        for at in &group.exchanges {
            let exchange = &exchanges[*at];
            let rank = METHODS.iter().position(|method| *method == exchange.method).unwrap_or(METHODS.len());
            by_method.entry(rank).or_default().add(exchange);
        }
        let mut item = Map::new();
        if !group.params.is_empty() {
            let params = group.params.iter().map(|param| path_parameter(param, group, exchanges));
            item.insert("parameters".to_owned(), params.collect());
        }
        for (rank, operation) in &by_method {
            let Some(method) = METHODS.get(*rank) else { continue };
            let id = unique(operation_id(method, group, operation), &mut ids);
            item.insert(method.to_ascii_lowercase(), write_operation(operation, id, policy));
            for credential in operation.credentials.keys() {
                schemes.insert(credential.name(), credential.scheme());
            }
            let confidence = group.params.iter().map(|param| param.confidence).fold(1.0, f64::min);
            operations.push(InferredOperation {
                method: (*method).to_owned(),
                path: group.path.clone(),
                exchanges: usize::try_from(operation.seen).unwrap_or(usize::MAX),
                confidence,
            });
        }
        paths.insert(group.path.clone(), Value::Object(item));
    }
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let title = title.or(Some(host).filter(|host| !host.is_empty())).unwrap_or("An API that was recorded");
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": "0",
            "description": format!("Inferred from {} recorded exchanges.", exchanges.len()),
        },
    });
    if !origin.is_empty() {
        document["servers"] = json!([{ "url": origin }]);
    }
    document["paths"] = Value::Object(paths);
    if !schemes.is_empty() {
        document["components"] = json!({ "securitySchemes": schemes });
    }
    (document, operations)
}

fn path_parameter(param: &PathParam, group: &Group, exchanges: &[Exchange]) -> Value {
    let mut shape = Shape::default();
    for at in &group.exchanges {
        let value = exchanges[*at].value_at(param.depth);
        shape.add_text(value.strip_suffix(&param.suffix).unwrap_or(&value));
    }
    // Which ids there are is no choice.
    let mut schema = shape.parameter_schema("id");
    if let Value::Object(schema) = &mut schema {
        schema.shift_remove("enum");
    }
    json!({
        "name": param.name,
        "in": "path",
        "required": true,
        "schema": schema,
        "x-confidence": param.confidence,
        "x-reason": param.reason,
    })
}

fn write_operation(operation: &Operation, id: String, policy: &Policy) -> Value {
    let mut written = Map::new();
    written.insert("operationId".to_owned(), id.into());
    let mut parameters = Vec::new();
    for (name, given) in &operation.query {
        let required = given.seen == operation.seen && operation.seen >= REQUIRED_MIN_SEEN;
        let schema = given.shape.parameter_schema(name);
        let schema = if given.repeats { json!({"type": "array", "items": schema}) } else { schema };
        parameters.push(json!({"name": name, "in": "query", "required": required, "schema": schema}));
    }
    for (name, given) in &operation.headers {
        let schema = given.shape.parameter_schema(name);
        parameters.push(json!({"name": name, "in": "header", "required": false, "schema": schema}));
    }
    if !parameters.is_empty() {
        written.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if operation.bodies.seen > 0 {
        let required = operation.bodies.seen == operation.seen;
        let content = content(&operation.bodies, policy);
        written.insert("requestBody".to_owned(), json!({"required": required, "content": content}));
    }
    let mut responses = Map::new();
    for (status, response) in &operation.responses {
        let phrase = http::StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason());
        let mut own = Map::new();
        own.insert("description".to_owned(), phrase.unwrap_or("As it was recorded").into());
        if !response.headers.is_empty() {
            let headers: Map<String, Value> = response
                .headers
                .iter()
                .map(|(name, shape)| (name.clone(), json!({"schema": shape.parameter_schema(name)})))
                .collect();
            own.insert("headers".to_owned(), Value::Object(headers));
        }
        if response.bodies.seen > 0 {
            own.insert("content".to_owned(), content(&response.bodies, policy));
        }
        responses.insert(status.to_string(), Value::Object(own));
    }
    written.insert("responses".to_owned(), Value::Object(responses));
    if let Some(security) = security(operation) {
        written.insert("security".to_owned(), security);
    }
    written.insert("x-recorded".to_owned(), operation.seen.into());
    Value::Object(written)
}

/// All that were always shown together; or each that was shown sometimes, and none.
fn security(operation: &Operation) -> Option<Value> {
    if operation.credentials.is_empty() {
        return None;
    }
    let named = |credential: &Credential| (credential.name(), json!([]));
    let always: Map<String, Value> = operation
        .credentials
        .iter()
        .filter(|(_, seen)| **seen == operation.successes)
        .map(|(credential, _)| named(credential))
        .collect();
    if !always.is_empty() {
        return Some(json!([always]));
    }
    let sometimes = operation.credentials.keys().map(|credential| Value::Object(Map::from_iter([named(credential)])));
    Some(std::iter::once(json!({})).chain(sometimes).collect())
}

fn content(bodies: &Bodies, policy: &Policy) -> Value {
    let media = bodies.by_media.iter().map(|(name, media)| (name.clone(), write_media(media, policy)));
    Value::Object(media.collect())
}

fn write_media(media: &Media, policy: &Policy) -> Value {
    match media.kind {
        Kind::Bytes => json!({"schema": {"type": "string", "format": "binary"}}),
        Kind::Text => json!({"schema": {"type": "string"}}),
        Kind::Value => {
            let schema = media.shape.schema("");
            // What redaction has changed may not keep to the schema any more.
            let example = media.example.as_ref().and_then(|example| clean(example, policy));
            match example.filter(|example| compile(schema.clone()).check(example).is_ok()) {
                Some(example) => json!({"schema": schema, "example": example}),
                None => json!({ "schema": schema }),
            }
        }
    }
}

fn clean(value: &Value, policy: &Policy) -> Option<Value> {
    if policy.is_none() {
        return Some(value.clone());
    }
    let mut clean = Vec::new();
    policy.redact_json(value.to_string().as_bytes(), &mut clean).ok()?;
    serde_json::from_slice(&clean).ok()
}

/// `listOrders`, `getOrder`, `createOrder`: as people would call it.
fn operation_id(method: &str, group: &Group, operation: &Operation) -> String {
    let is_list = operation.responses.iter().any(|(status, response)| {
        (200..300).contains(status) && response.bodies.by_media.values().any(|media| has_list(&media.shape))
    });
    let verb = match (method, group.is_item) {
        ("GET", false) if is_list => "list",
        ("POST", false) => "create",
        ("PUT", _) => "replace",
        ("PATCH", _) => "update",
        ("GET" | "HEAD" | "OPTIONS" | "POST" | "DELETE" | "TRACE", _) => &method.to_ascii_lowercase(),
        _ => "call",
    };
    // Versions and prefixes say nothing.
    let named = group.words.iter().filter(|word| !is_prefix(word)).collect::<Vec<_>>();
    let last = named.len().saturating_sub(1);
    let mut id = verb.to_owned();
    for (at, word) in named.into_iter().enumerate() {
        let of_one = at < last || group.is_item || verb == "create";
        let parts = words(word);
        let end = parts.len().saturating_sub(1);
        for (place, part) in parts.iter().enumerate() {
            let part = if of_one && place == end { singular(part) } else { part.clone() };
            let mut letters = part.chars();
            id.extend(letters.next().into_iter().flat_map(char::to_uppercase));
            id.extend(letters);
        }
    }
    id
}

fn is_prefix(word: &str) -> bool {
    let version = word.strip_prefix(['v', 'V']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    version || word.eq_ignore_ascii_case("api")
}

fn has_list(shape: &Shape) -> bool {
    shape.arrays.is_some()
        || shape.fields().any(|field| field.arrays.as_ref().is_some_and(|all| all.items.objects.is_some()))
}

fn unique(id: String, taken: &mut HashSet<String>) -> String {
    let mut free = id.clone();
    let mut number = 2;
    while !taken.insert(free.clone()) {
        free = format!("{id}{number}");
        number += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_operations_are_unique() {
        let mut taken = HashSet::new();
        let ids: Vec<_> = (0..3).map(|_| unique("getOrder".to_owned(), &mut taken)).collect();
        assert_eq!(ids, ["getOrder", "getOrder2", "getOrder3"]);
    }
}
