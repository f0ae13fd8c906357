//! Where two documents differ.

use std::fmt;

use serde_json::Value;

/// A place at which two documents differ.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The place: `$.body.items[2].price`.
    pub path: String,
    /// What the first document has there, `None` if nothing.
    pub expected: Option<Value>,
    /// What the second has.
    pub found: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| match value {
            None => "nothing".to_owned(),
            Some(value) => shorten(&value.to_string()),
        };
        write!(f, "{}: {} recorded, {} asked", self.path, shown(&self.expected), shown(&self.found))
    }
}

pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST - 1).chain(['…']).collect() }
}

/// All places at which two documents differ, in their order, up to `most`.
#[must_use]
pub fn differences(expected: &Value, found: &Value, most: usize) -> Vec<Difference> {
    let mut all = Vec::new();
    collect(expected, found, &mut "$".to_owned(), most, &mut all);
    all
}

fn collect(expected: &Value, found: &Value, path: &mut String, most: usize, all: &mut Vec<Difference>) {
    if all.len() >= most || expected == found {
        return;
    }
    let length = path.len();
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                push_name(path, name);
                match b.get(name) {
                    Some(other) => collect(value, other, path, most, all),
                    None => push(all, most, path, Some(value), None),
                }
                path.truncate(length);
            }
            for (name, value) in b.iter().filter(|(name, _)| !a.contains_key(*name)) {
                push_name(path, name);
                push(all, most, path, None, Some(value));
                path.truncate(length);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                path.push_str(&format!("[{at}]"));
                match (a.get(at), b.get(at)) {
                    (Some(value), Some(other)) => collect(value, other, path, most, all),
                    (value, other) => push(all, most, path, value, other),
                }
                path.truncate(length);
            }
        }
        // `1.0` and `1`.
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {}
        _ => push(all, most, path, Some(expected), Some(found)),
    }
}

/// `.name`, or `['a name']` where it is none.
pub(crate) fn push_name(path: &mut String, name: &str) {
    if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        path.push('.');
        path.push_str(name);
    } else {
        path.push_str(&format!("['{name}']"));
    }
}

fn push(all: &mut Vec<Difference>, most: usize, path: &str, expected: Option<&Value>, found: Option<&Value>) {
    if all.len() < most {
        all.push(Difference { path: path.to_owned(), expected: expected.cloned(), found: found.cloned() });
    }
}
