//! Places in a JSON value: `$.items[*].card`, or `items[0].card`.

use serde_json::Value;

use crate::Error;

/// A pattern for places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    Any,
    Deep,
}

/// One step of a way through a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Name(String),
    Index(usize),
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let failed = || Error::Criteria {
            found: text.into(),
            expected: "a place such as `$.items[0].price`, `items[*].price` or `$..price`",
        };
        let mut steps = Vec::new();
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        if rest.len() == text.len() && !rest.is_empty() && !rest.starts_with('[') {
            rest = plain(rest, &mut steps).ok_or_else(failed)?;
        }
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("..") {
                steps.push(Step::Deep);
                rest = plain(after, &mut steps).ok_or_else(failed)?;
            } else if let Some(after) = rest.strip_prefix('.') {
                rest = plain(after, &mut steps).ok_or_else(failed)?;
            } else {
                let after = rest.strip_prefix('[').ok_or_else(failed)?;
                let (inside, after) = after.split_once(']').ok_or_else(failed)?;
                let name = inside.strip_prefix(['\'', '"']).and_then(|inside| inside.strip_suffix(['\'', '"']));
                steps.push(match (inside, name) {
                    ("*", _) => Step::Any,
                    (_, Some(name)) => Step::Name(name.into()),
                    (index, None) => Step::Index(index.parse().map_err(|_| failed())?),
                });
                rest = after;
            }
        }
        Ok(Self { steps })
    }

    /// Whether a way leads to such a place, or through one.
    pub(crate) fn covers(&self, way: &[At]) -> bool {
        covers(&self.steps, way)
    }

    /// The values at such places.
    pub(crate) fn find<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let mut found = Vec::new();
        find(&self.steps, value, &mut found);
        found
    }
}

fn plain<'t>(text: &'t str, steps: &mut Vec<Step>) -> Option<&'t str> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    steps.push(match &text[..end] {
        "" => return None,
        "*" => Step::Any,
        name => Step::Name(name.into()),
    });
    Some(&text[end..])
}

fn covers(steps: &[Step], way: &[At]) -> bool {
    match (steps, way) {
        ([], _) => true,
        ([Step::Deep, rest @ ..], _) => (0..=way.len()).any(|skip| covers(rest, &way[skip..])),
        (_, []) => false,
        ([step, steps @ ..], [at, way @ ..]) => {
            let fits = match (step, at) {
                (Step::Any, _) => true,
                (Step::Name(name), At::Name(at)) => name == at,
                (Step::Index(index), At::Index(at)) => index == at,
                _ => false,
            };
            fits && covers(steps, way)
        }
    }
}

fn find<'v>(steps: &[Step], value: &'v Value, found: &mut Vec<&'v Value>) {
    let [step, rest @ ..] = steps else { return found.push(value) };
    match (step, value) {
        (Step::Name(name), Value::Object(fields)) => {
            if let Some(value) = fields.get(name) {
                find(rest, value, found);
            }
        }
        (Step::Index(index), Value::Array(items)) => {
            if let Some(value) = items.get(*index) {
                find(rest, value, found);
            }
        }
        (Step::Any, Value::Object(fields)) => fields.values().for_each(|value| find(rest, value, found)),
        (Step::Any, Value::Array(items)) => items.iter().for_each(|value| find(rest, value, found)),
        (Step::Deep, _) => {
            find(rest, value, found);
            match value {
                Value::Object(fields) => fields.values().for_each(|value| find(steps, value, found)),
                Value::Array(items) => items.iter().for_each(|value| find(steps, value, found)),
                _ => {}
            }
        }
        _ => {}
    }
}

/// A way as people write it: `$.items[0].price`.
pub(crate) fn written(way: &[At]) -> String {
    way.iter().fold("$".to_owned(), |text, at| match at {
        At::Name(name) => format!("{text}.{name}"),
        At::Index(index) => format!("{text}[{index}]"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_finds_what_stands_there() {
        let value = json!({"items": [{"price": 1}, {"price": 2}], "total": {"price": 3}});
        let found = |place: &str| {
            let found: Vec<_> = Place::parse(place).expect("a place").find(&value).into_iter().cloned().collect();
            json!(found)
        };
        assert_eq!(found("$.items[0].price"), json!([1]));
        assert_eq!(found("items[*].price"), json!([1, 2]));
        assert_eq!(found("$..price"), json!([1, 2, 3]));
        assert_eq!(found("['total'].price"), json!([3]));
        assert_eq!(found("$"), json!([value]));
        assert_eq!(found("$.nothing"), json!([]));
        for wrong in ["$.", "$x", "items[", "items[x]"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_place_covers_all_below_it() {
        let way = [At::Name("items".into()), At::Index(3), At::Name("id".into())];
        for place in ["$.items", "items[*].id", "$..id", "$"] {
            assert!(Place::parse(place).expect("a place").covers(&way), "{place}");
        }
        for place in ["$.items[2]", "$.id", "items[*].id.x"] {
            assert!(!Place::parse(place).expect("a place").covers(&way), "{place}");
        }
        assert_eq!(written(&way), "$.items[3].id");
    }
}
