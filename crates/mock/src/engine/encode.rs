//! Writes a value in the media type that was asked for.

use std::fmt::Write;

use base64::Engine;
use bytes::Bytes;
use serde_json::{Map, Value};
use tracesnap_openapi::MediaType;

/// A body and its media type.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// Writes `value` as the media type has it.
pub(crate) fn encode(media: &MediaType<'_>, value: &Value) -> Encoded {
    let essence = media.essence();
    if essence == "application/json" {
        return Encoded { content_type: media.name().to_owned(), bytes: json(value) };
    }
    let name = if essence.contains('*') { concrete(&essence, value) } else { media.name().to_owned() };
    let essence = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is = |wanted: &str| essence == wanted;
    let bytes = if is("application/json") || is("text/json") || essence.ends_with("+json") {
        json(value)
    } else if is("application/xml") || is("text/xml") || essence.ends_with("+xml") && !is("image/svg+xml") {
        xml(value, root(media)).into()
    } else if is("application/x-www-form-urlencoded") {
        form(value).into()
    } else if is("text/event-stream") {
        lines(value, "data: ", "\n\n").into()
    } else if is("application/json-seq") {
        lines(value, "\u{1e}", "\n").into()
    } else if essence.ends_with("ndjson") || essence.contains("jsonl") || essence.contains("stream+json") {
        lines(value, "", "\n").into()
    } else if is("text/csv") {
        csv(value).into()
    } else if essence.starts_with("text/") || essence.contains("yaml") {
        // What is JSON is YAML as well.
        text(value).into()
    } else {
        file(&essence, value)
    };
    Encoded { content_type: name, bytes }
}

pub(crate) fn json(value: &Value) -> Bytes {
    // A value of strings, numbers and the like is always written.
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// A media type for `*/*` and the like.
fn concrete(essence: &str, value: &Value) -> String {
    match essence {
        "text/*" => "text/plain",
        "image/*" => "image/png",
        "audio/*" | "video/*" => "application/octet-stream",
        _ if value.is_string() => "text/plain",
        _ => "application/json",
    }
    .to_owned()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn lines(value: &Value, before: &str, after: &str) -> String {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    items.iter().map(|item| format!("{before}{}{after}", text(item).replace('\n', " "))).collect()
}

fn form(value: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Array(items) => items.iter().for_each(|item| {
                form.append_pair(name, &text(item));
            }),
            other => {
                form.append_pair(name, &text(other));
            }
        }
    }
    form.finish()
}

fn csv(value: &Value) -> String {
    let Value::Array(rows) = value else { return text(value) };
    let quote = |cell: String| {
        if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    let mut names: Vec<&String> = Vec::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut out = String::new();
    if !names.is_empty() {
        let header: Vec<_> = names.iter().map(|name| quote((*name).clone())).collect();
        let _ = writeln!(out, "{}", header.join(","));
    }
    for row in rows {
        let cells: Vec<String> = match row {
            Value::Object(row) => {
                names.iter().map(|name| quote(row.get(*name).map(text).unwrap_or_default())).collect()
            }
            Value::Array(cells) => cells.iter().map(|cell| quote(text(cell))).collect(),
            other => vec![quote(text(other))],
        };
        let _ = writeln!(out, "{}", cells.join(","));
    }
    out
}

/// The name of the outermost element: what `xml.name` says, else that of the schema.
fn root<'m>(media: &'m MediaType<'_>) -> &'m str {
    let Some(schema) = media.schema() else { return "root" };
    let named = schema.parts().into_iter().find_map(|part| part.node().get("xml")?.text("name"));
    named.or_else(|| schema.reference()?.rsplit('/').next()).unwrap_or("root")
}

fn xml(value: &Value, root: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    element(&mut out, root, value);
    out.push('\n');
    out
}

/// Recurses no deeper than the value, and that has a bound.
fn element(out: &mut String, name: &str, value: &Value) {
    let name: String = name
        .chars()
        .map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '_' })
        .collect();
    let name = if name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') {
        name
    } else {
        format!("_{name}")
    };
    match value {
        Value::Array(items) => items.iter().for_each(|item| element(out, &name, item)),
        Value::Object(members) => {
            let _ = write!(out, "<{name}>");
            members.iter().for_each(|(key, value)| element(out, key, value));
            let _ = write!(out, "</{name}>");
        }
        Value::Null => {
            let _ = write!(out, "<{name}/>");
        }
        other => {
            let text = text(other).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = write!(out, "<{name}>{text}</{name}>");
        }
    }
}

/// The smallest files that viewers take for what they are.
const FILES: [(&str, &str); 4] = [
    ("image/png", "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
    ("image/gif", "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    ("application/zip", "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="),
    (
        "application/pdf",
        "JVBERi0xLjEKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBvYmo8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PmVuZG9iagozIDAgb2JqPDwvVHlwZS9QYWdlL1BhcmVudCAyIDAgUi9NZWRpYUJveFswIDAgOSA5XT4+ZW5kb2JqCnRyYWlsZXI8PC9Sb290IDEgMCBSPj4KJSVFT0Y=",
    ),
];

fn file(essence: &str, value: &Value) -> Bytes {
    if essence == "image/svg+xml" {
        return Bytes::from_static(b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>");
    }
    let known = FILES.iter().find(|(name, _)| *name == essence);
    match known.and_then(|(_, text)| base64::engine::general_purpose::STANDARD.decode(text).ok()) {
        Some(bytes) => bytes.into(),
        None => text(value).into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_is_quoted_and_has_every_column() {
        let rows = json!([{"name": "a, b", "n": 1}, {"name": "say \"x\"", "m": true}]);
        assert_eq!(csv(&rows), "name,n,m\n\"a, b\",1,\n\"say \"\"x\"\"\",,true\n");
    }

    #[test]
    fn xml_escapes_texts_and_mends_names() {
        let value = json!({"1st name": "<&>", "tag": ["a", "b"], "none": null});
        let text = "<pet><_1st_name>&lt;&amp;&gt;</_1st_name><tag>a</tag><tag>b</tag><none/></pet>\n";
        assert!(xml(&value, "pet").ends_with(text), "{}", xml(&value, "pet"));
    }

    #[test]
    fn the_built_in_files_can_be_decoded() {
        for (name, _) in FILES {
            assert!(file(name, &Value::Null).len() > 20, "{name}");
        }
    }
}
