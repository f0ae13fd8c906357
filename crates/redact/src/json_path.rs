//! JsonPaths in a value: `$.items[*].card`.
//!
//! The one grammar that everything in the project reads: rules by place, criteria of captures, matchers of conversations.
//! A subset of RFC 9535 (JSONPath): names, indices, `*` and `..`; no slices, no filters.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A pattern for places in a value.
///
/// `$` is the value itself; `.name` and `['name']` lead to a field, `[3]` to an element, `.*` and `[*]` to all of them, `..`
/// to any depth. The `$` in front may be left out: `items[0].price`.
///
/// ```
/// use tracesnap_redact::{JsonPath, Step};
///
/// let path: JsonPath = "$.items[*]['unit price']".parse()?;
/// assert_eq!(path.steps(), [Step::Name("items".into()), Step::Any, Step::Name("unit price".into())]);
/// assert_eq!(path.to_string(), "$.items[*]['unit price']");
/// assert!("$.items[".parse::<JsonPath>().is_err());
/// # Ok::<(), tracesnap_redact::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonPath {
    steps: Vec<Step>,
}

/// One step of a [`JsonPath`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// `.name`, `['name']`: a field.
    Name(String),
    /// `[3]`: an element, from 0.
    Index(usize),
    /// `.*`, `[*]`: every field or element.
    Any,
    /// `..`: any number of fields and elements, none as well. Never the last.
    Deep,
}

impl JsonPath {
    /// Reads a place.
    ///
    /// # Errors
    ///
    /// [`Error::Path`] for a text of another form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let steps = steps(text).filter(|steps| steps.last() != Some(&Step::Deep));
        steps.map(|steps| Self { steps }).ok_or_else(|| Error::Path { path: text.to_owned() })
    }

    /// The way there. Empty for `$`.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether a way of names and indices leads to such a place, or through one.
    ///
    /// ```
    /// use tracesnap_redact::{JsonPath, Step};
    ///
    /// let way = [Step::Name("items".into()), Step::Index(3), Step::Name("id".into())];
    /// assert!(JsonPath::parse("items[*]")?.covers(&way));
    /// assert!(!JsonPath::parse("items[2]")?.covers(&way));
    /// # Ok::<(), tracesnap_redact::Error>(())
    /// ```
    #[must_use]
    pub fn covers(&self, way: &[Step]) -> bool {
        covers(&self.steps, way)
    }

    /// What stands at such places in a value, in the order of the value.
    #[cfg(feature = "serde")]
    #[must_use]
    pub fn find<'v>(&self, value: &'v serde_json::Value) -> Vec<&'v serde_json::Value> {
        let mut found = Vec::new();
        find(&self.steps, value, &mut found);
        found
    }
}

impl From<Vec<Step>> for JsonPath {
    fn from(steps: Vec<Step>) -> Self {
        Self { steps }
    }
}

/// As it is read: `$.items[0]['unit price']`.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        let mut after_deep = false;
        for step in &self.steps {
            let dot = if after_deep { "" } else { "." };
            match step {
                Step::Name(name) if is_plain(name) => write!(f, "{dot}{name}")?,
                Step::Name(name) if name.contains('\'') => write!(f, "[\"{name}\"]")?,
                Step::Name(name) => write!(f, "['{name}']")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Any => f.write_str("[*]")?,
                Step::Deep => f.write_str("..")?,
            }
            after_deep = *step == Step::Deep;
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "*" && !name.contains(|c: char| c.is_whitespace() || ".[]'\"".contains(c))
}

impl FromStr for JsonPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = match text.strip_prefix('$') {
        Some(rest) => rest,
        None if text.starts_with('[') => text,
        None => plain(text, &mut steps)?,
    };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            steps.push(Step::Deep);
            rest = if after.starts_with('[') { after } else { plain(after, &mut steps)? };
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = plain(after, &mut steps)?;
        } else {
            rest = bracket(rest.strip_prefix('[')?, &mut steps)?;
        }
    }
    Some(steps)
}

/// `name` or `*`, up to the next `.` or `[`.
fn plain<'a>(text: &'a str, steps: &mut Vec<Step>) -> Option<&'a str> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    steps.push(match &text[..end] {
        "" => return None,
        "*" => Step::Any,
        name => Step::Name(name.to_owned()),
    });
    Some(&text[end..])
}

/// `*]`, `3]`, `'name']`, `"name"]`.
fn bracket<'a>(text: &'a str, steps: &mut Vec<Step>) -> Option<&'a str> {
    if let Some(quote) = text.chars().next().filter(|mark| matches!(mark, '\'' | '"')) {
        let (name, rest) = text[1..].split_once(quote)?;
        steps.push(Step::Name(name.to_owned()));
        return rest.strip_prefix(']');
    }
    let (inside, rest) = text.split_once(']')?;
    steps.push(if inside == "*" { Step::Any } else { Step::Index(inside.parse().ok()?) });
    Some(rest)
}

fn covers(steps: &[Step], way: &[Step]) -> bool {
    match (steps, way) {
        ([], _) => true,
        ([Step::Deep, rest @ ..], _) => (0..=way.len()).any(|skip| covers(rest, &way[skip..])),
        (_, []) => false,
        ([step, steps @ ..], [at, way @ ..]) => (*step == Step::Any || step == at) && covers(steps, way),
    }
}

#[cfg(feature = "serde")]
fn find<'v>(steps: &[Step], value: &'v serde_json::Value, found: &mut Vec<&'v serde_json::Value>) {
    use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_place_is_refused_and_quoted() {
        for text in ["", "$.", "$..", "$.a..", "$[", "$[x]", "$['a'", "$.a[1", "$a", "$x", "items[", "items[x]", "a."] {
            let error = JsonPath::parse(text).expect_err(text).to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn a_path_reads_back_what_it_writes() {
        for text in ["$", "$.items[*].card", "$..card", "$..[0]", "$['b c'][3]", "$[\"it's\"]", "$['*']"] {
            assert_eq!(JsonPath::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn a_path_covers_all_below_it() {
        let way = JsonPath::parse("items[3].id").expect("a path");
        for path in ["$.items", "items[*].id", "$..id", "$"] {
            assert!(JsonPath::parse(path).expect("a path").covers(way.steps()), "{path}");
        }
        for path in ["$.items[2]", "$.id", "items[*].id.x"] {
            assert!(!JsonPath::parse(path).expect("a path").covers(way.steps()), "{path}");
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_place_finds_what_stands_there() {
        use serde_json::json;

        let value = json!({"items": [{"price": 1}, {"price": 2}], "total": {"price": 3}, "b c": 4});
        let found = |place: &str| json!(JsonPath::parse(place).expect("a place").find(&value));
        assert_eq!(found("$.items[0].price"), json!([1]));
        assert_eq!(found("items[*].price"), json!([1, 2]));
        assert_eq!(found("$..price"), json!([1, 2, 3]));
        assert_eq!(found("['total'].price"), json!([3]));
        assert_eq!(found("$['b c']"), json!([4]));
        assert_eq!(found("$..[1].price"), json!([2]));
        assert_eq!(found("$"), json!([value]));
        assert_eq!(found("$.nothing"), json!([]));
    }
}
