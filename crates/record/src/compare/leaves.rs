//! A document as the list of its leaves.

use std::collections::HashMap;

use serde_json::Value;

use crate::matching::push_name;

/// The type of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    List,
    Object,
}

impl Kind {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::String => "string",
            Self::List => "list",
            Self::Object => "object",
        }
    }
}

/// More leaves of one response are not looked at.
pub(super) const MOST: usize = 20_000;

/// A leaf: its path, the path with indices as `[*]`, and its value.
pub(super) struct Leaf<'v> {
    pub(super) path: String,
    pub(super) general: String,
    pub(super) value: &'v Value,
}

pub(super) fn leaves(value: &Value) -> Vec<Leaf<'_>> {
    let mut all = Vec::new();
    collect(value, &mut "$".to_owned(), &mut "$".to_owned(), &mut all);
    all
}

fn collect<'v>(value: &'v Value, path: &mut String, general: &mut String, all: &mut Vec<Leaf<'v>>) {
    if all.len() >= MOST {
        return;
    }
    let lengths = (path.len(), general.len());
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let is_read = path == "$.body" && fields.contains_key("type") && fields.contains_key("value");
            for (name, field) in fields {
                // How a document is written says nothing that it does not say itself.
                if is_read && name == "text" {
                    continue;
                }
                push_name(path, name);
                push_name(general, name);
                match field {
                    Value::Array(pairs) if path == "$.headers" || path == "$.trailers" => {
                        headers(pairs, path, general, all);
                    }
                    field => collect(field, path, general, all),
                }
                path.truncate(lengths.0);
                general.truncate(lengths.1);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                path.push_str(&format!("[{at}]"));
                general.push_str("[*]");
                collect(item, path, general, all);
                path.truncate(lengths.0);
                general.truncate(lengths.1);
            }
        }
        leaf => all.push(Leaf { path: path.clone(), general: general.clone(), value: leaf }),
    }
}

/// Headers of HTTP, each under its name: what differs in one of them is not said of all. The second of a name is its `[1]`.
fn headers<'v>(pairs: &'v [Value], path: &mut String, general: &mut String, all: &mut Vec<Leaf<'v>>) {
    let name_of = |pair: &'v Value| pair.get(0)?.as_str().filter(|_| pair.get(1).is_some_and(Value::is_string));
    let lengths = (path.len(), general.len());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        match name_of(pair) {
            Some(name) if all.len() < MOST => {
                let name = name.to_ascii_lowercase();
                push_name(path, &name);
                push_name(general, &name);
                let count = seen.entry(name).or_default();
                if *count > 0 {
                    path.push_str(&format!("[{count}]"));
                    general.push_str("[*]");
                }
                *count += 1;
                all.push(Leaf { path: path.clone(), general: general.clone(), value: &pair[1] });
            }
            Some(_) => return,
            None => {
                path.push_str(&format!("[{at}]"));
                general.push_str("[*]");
                collect(pair, path, general, all);
            }
        }
        path.truncate(lengths.0);
        general.truncate(lengths.1);
    }
}

/// Equal, with `1.0` equal to `1`.
pub(super) fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leaves_have_their_paths() {
        let value = json!({"a": [1, {"b c": null}], "d": {}});
        let paths: Vec<_> = leaves(&value).into_iter().map(|leaf| (leaf.path, leaf.general)).collect();
        let expected = [("$.a[0]", "$.a[*]"), ("$.a[1]['b c']", "$.a[*]['b c']"), ("$.d", "$.d")];
        assert_eq!(paths, expected.map(|(path, general)| (path.to_owned(), general.to_owned())));
    }
    #[test]
    fn headers_are_told_by_their_names_and_a_document_not_by_how_it_is_written() {
        let value = json!({
            "headers": [["Date", "now"], ["set-cookie", "a"], ["set-cookie", "b"], 7],
            "body": {"type": "json", "value": {"text": "kept"}, "text": "{\"text\": \"kept\"}"},
        });
        let paths: Vec<_> = leaves(&value).into_iter().map(|leaf| leaf.path).collect();
        let expected = [
            "$.headers.date",
            "$.headers.set-cookie",
            "$.headers.set-cookie[1]",
            "$.headers[3]",
            "$.body.type",
            "$.body.value.text",
        ];
        assert_eq!(paths, expected);
    }
}
