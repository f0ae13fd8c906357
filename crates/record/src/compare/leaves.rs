//! A document as the list of its leaves.

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
            for (name, field) in fields {
                push_name(path, name);
                push_name(general, name);
                collect(field, path, general, all);
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
}
