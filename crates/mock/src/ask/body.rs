//! Bodies of requests.

use bytes::Bytes;
use serde_json::Value;
use tracesnap_openapi::{Operation, Schema};

use super::text;
use crate::generate::{Generator, Given};

/// The media type and the bytes of a body; none where the operation takes none.
pub(super) fn of(generator: &Generator, operation: Operation<'_>) -> (Option<String>, Bytes) {
    let Some(body) = operation.body() else { return (None, Bytes::new()) };
    let Some(media) = body.json().or_else(|| body.content().first().cloned()) else { return (None, Bytes::new()) };
    let value = media.schema().map(|schema| generator.value(schema, &Given::key(2)));
    let essence = media.essence();
    if media.is_json() {
        let name = if essence == "*/*" { "application/json".to_owned() } else { media.name().to_owned() };
        let value = value.unwrap_or_else(|| serde_json::json!({}));
        return (Some(name), value.to_string().into());
    }
    let members = value.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    if essence == "application/x-www-form-urlencoded" {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &members {
            match value {
                Value::Array(items) => items.iter().for_each(|item| {
                    form.append_pair(name, &field(item));
                }),
                Value::Object(inner) => inner.iter().for_each(|(key, value)| {
                    form.append_pair(&format!("{name}[{key}]"), &field(value));
                }),
                other => {
                    form.append_pair(name, &text(other));
                }
            }
        }
        return (Some(essence), form.finish().into());
    }
    if essence.starts_with("multipart/") {
        let mut parts = String::new();
        let properties = media.schema().map(Schema::possible_properties).unwrap_or_default();
        for (name, value) in &members {
            let is_file = properties.iter().any(|(known, schema)| known == name && schema.is_file());
            let file = if is_file { "; filename=\"file.bin\"" } else { "" };
            let written = match value {
                Value::Object(_) => vec![value.to_string()],
                Value::Array(items) => items.iter().map(field).collect(),
                other => vec![text(other)],
            };
            for one in written {
                parts.push_str(&format!(
                    "--mock\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{one}\r\n"
                ));
            }
        }
        parts.push_str("--mock--\r\n");
        return (Some(format!("{essence}; boundary=mock")), parts.into());
    }
    let name = if essence.contains('*') { "application/octet-stream".to_owned() } else { media.name().to_owned() };
    (Some(name), value.as_ref().map_or_else(|| "test".to_owned(), text).into())
}

/// A field of a form: what is no text is JSON.
fn field(value: &Value) -> String {
    if value.is_object() || value.is_array() { value.to_string() } else { text(value) }
}
