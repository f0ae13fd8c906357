//! Paths of fields, and what is at them.

use serde_json::{Map, Value, json};

/// `a.b.`c.d``, part by part.
pub(super) fn parts(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut is_quoted, mut is_escaped) = (false, false);
    for letter in path.chars() {
        match letter {
            _ if is_escaped => {
                parts.last_mut().expect("one").push(letter);
                is_escaped = false;
            }
            '\\' if is_quoted => is_escaped = true,
            '`' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(String::new()),
            letter => parts.last_mut().expect("one").push(letter),
        }
    }
    parts
}

pub(super) fn find<'f>(fields: &'f Map<String, Value>, path: &[String]) -> Option<&'f Value> {
    let (first, rest) = path.split_first()?;
    let value = fields.get(first)?;
    if rest.is_empty() { Some(value) } else { find(value["mapValue"]["fields"].as_object()?, rest) }
}

pub(super) fn put(fields: &mut Map<String, Value>, path: &[String], value: Option<Value>) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        match value {
            Some(value) => fields.insert(first.clone(), value),
            None => fields.remove(first),
        };
        return;
    }
    let inner = fields.entry(first.clone()).or_insert_with(|| json!({"mapValue": {"fields": {}}}));
    if inner.get("mapValue").is_none() {
        *inner = json!({"mapValue": {"fields": {}}});
    }
    let inner = &mut inner["mapValue"]["fields"];
    if inner.is_null() {
        *inner = json!({});
    }
    put(inner.as_object_mut().expect("an object"), rest, value);
}
