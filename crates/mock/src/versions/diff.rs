//! What differs between two versions of an answer.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::Version;

/// A place at which two versions differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// The place: `status`, `header content-type`, or a JSON pointer into the body; `body` where that is no JSON.
    pub place: String,
    /// What became of it.
    pub kind: DifferenceKind,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

/// What became of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DifferenceKind {
    /// It is there now.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another value.
    Changed,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
        match self.kind {
            DifferenceKind::Added => write!(f, "+ {}: {}", self.place, text(&self.after)),
            DifferenceKind::Removed => write!(f, "- {}: {}", self.place, text(&self.before)),
            DifferenceKind::Changed => {
                write!(f, "~ {}: {} → {}", self.place, text(&self.before), text(&self.after))
            }
        }
    }
}

/// All differences: the status, headers A to Z, the body from its root.
pub(crate) fn between(before: &Version, after: &Version) -> Vec<Difference> {
    let mut found = Vec::new();
    note("status", Some(before.status.into()), Some(after.status.into()), &mut found);
    let names = before.headers.iter().chain(&after.headers).map(|(name, _)| name.to_ascii_lowercase());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |version: &Version| {
            let all = version.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(&name));
            let all: Vec<_> = all.map(|(_, value)| value.as_str()).collect();
            (!all.is_empty()).then(|| Value::from(all.join(", ")))
        };
        note(&format!("header {name}"), of(before), of(after), &mut found);
    }
    if before.body == after.body {
        return found;
    }
    match (before.json(), after.json()) {
        (Some(before), Some(after)) => values("", &before, &after, &mut found),
        _ => {
            let of = |version: &Version| match std::str::from_utf8(&version.body) {
                _ if version.body.is_empty() => None,
                Ok(text) => Some(Value::from(text)),
                Err(_) => Some(Value::from(format!("{} bytes", version.body.len()))),
            };
            note("body", of(before), of(after), &mut found);
        }
    }
    found
}

fn note(place: &str, before: Option<Value>, after: Option<Value>, found: &mut Vec<Difference>) {
    let kind = match (&before, &after) {
        (None, None) => return,
        (Some(before), Some(after)) if before == after => return,
        (None, Some(_)) => DifferenceKind::Added,
        (Some(_), None) => DifferenceKind::Removed,
        (Some(_), Some(_)) => DifferenceKind::Changed,
    };
    found.push(Difference { place: place.to_owned(), kind, before, after });
}

/// Its depth is bounded, since that of every parsed value is.
fn values(place: &str, before: &Value, after: &Value, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for (name, value) in before {
                let place = below(place, name);
                match after.get(name) {
                    Some(other) => values(&place, value, other, found),
                    None => note(&place, Some(value.clone()), None, found),
                }
            }
            for (name, value) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
                note(&below(place, name), None, Some(value.clone()), found);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for at in 0..before.len().max(after.len()) {
                let place = below(place, &at.to_string());
                match (before.get(at), after.get(at)) {
                    (Some(before), Some(after)) => values(&place, before, after, found),
                    (before, after) => note(&place, before.cloned(), after.cloned(), found),
                }
            }
        }
        _ if place.is_empty() => note("/", Some(before.clone()), Some(after.clone()), found),
        _ => note(place, Some(before.clone()), Some(after.clone()), found),
    }
}

fn below(place: &str, name: &str) -> String {
    format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))
}
