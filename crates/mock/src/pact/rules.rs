//! Rules that say what may differ from an example, and whether a value keeps to one.

use regex::Regex;
use serde_json::{Map, Value, json};

use super::format::pattern;
use super::path::{Step, parse, weight};

/// What a value is held against.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rule {
    Equality,
    Regex(String),
    /// Of the same type; lists of so many.
    Type {
        min: Option<usize>,
        max: Option<usize>,
    },
    Include(String),
    Integer,
    Decimal,
    Number,
    Boolean,
    Null,
    /// A date, a time, or both, in a form.
    Moment(&'static str, String),
    NotEmpty,
    Semver,
    /// Keys are whatever they are.
    Values,
    EachKey(Vec<Self>),
    EachValue(Vec<Self>),
    /// Each of these is somewhere in the list.
    ArrayContains(Vec<(usize, Map<String, Value>)>),
    StatusCode(Value),
    /// One that is not known.
    Other(String),
}

/// Rules of one part of a message, by path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rules {
    by_path: Vec<(String, Vec<Step>, Found)>,
}

/// The rules of a path, and whether one of them is enough.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) rules: Vec<Rule>,
    pub(super) any: bool,
    /// They are those of something above.
    pub(super) is_inherited: bool,
}

impl Rules {
    /// `{ "$.a": { "matchers": [...] } }`; names in place of paths where `named`.
    pub(super) fn read(rules: &Map<String, Value>, named: bool) -> Self {
        let mut read = Self::default();
        for (path, told) in rules {
            let steps = if named { Some(vec![Step::Field(path.to_ascii_lowercase())]) } else { parse(path) };
            let Some(steps) = steps else { continue };
            read.by_path.push((path.clone(), steps, Found::read(told)));
        }
        read
    }

    pub(super) fn add(&mut self, path: &str, rule: Rule) {
        if let Some(steps) = parse(path) {
            self.by_path.push((path.to_owned(), steps, Found { rules: vec![rule], ..Found::default() }));
        }
    }

    /// The rules that fit a place best.
    pub(super) fn at(&self, place: &[Step]) -> Option<Found> {
        let fitting = self
            .by_path
            .iter()
            .filter_map(|(_, steps, found)| Some((weight(steps, place)? * (steps.len() + 1), steps, found)));
        let (_, steps, found) = fitting.max_by_key(|(weight, steps, _)| (*weight, steps.len()))?;
        Some(Found { is_inherited: steps.len() < place.len(), ..found.clone() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// As a pact holds them.
    pub(super) fn write(&self) -> Value {
        let each = self.by_path.iter().map(|(path, _, found)| {
            let rules: Vec<Value> = found.rules.iter().map(Rule::write).collect();
            (path.clone(), json!({ "combine": if found.any { "OR" } else { "AND" }, "matchers": rules }))
        });
        Value::Object(each.collect())
    }
}

impl Found {
    /// `{ "matchers": [...] }`, or a rule by itself, as version 2 had it.
    pub(super) fn read(told: &Value) -> Self {
        let rules = match told.get("matchers") {
            Some(Value::Array(rules)) => rules.iter().map(Rule::read).collect(),
            _ => vec![Rule::read(told)],
        };
        let any = told.get("combine").and_then(Value::as_str) == Some("OR");
        Self { rules, any, is_inherited: false }
    }
}

impl Rule {
    fn read(told: &Value) -> Self {
        let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let count = |name: &str| told.get(name).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        let rules = || told.get("rules").and_then(Value::as_array).into_iter().flatten().map(Self::read).collect();
        match told.get("match").and_then(Value::as_str) {
            Some("equality") => Self::Equality,
            Some("regex") => Self::Regex(text("regex")),
            Some("type" | "min" | "max") => Self::Type { min: count("min"), max: count("max") },
            Some("include") => Self::Include(told.get("value").map(plain).unwrap_or_default()),
            Some("integer") => Self::Integer,
            Some("decimal" | "real") => Self::Decimal,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            Some("null") => Self::Null,
            Some(kind @ ("date" | "time" | "timestamp" | "datetime")) => {
                let (kind, usual) = match kind {
                    "date" => ("date", "yyyy-MM-dd"),
                    "time" => ("time", "HH:mm:ss"),
                    _ => ("timestamp", "yyyy-MM-dd'T'HH:mm:ssXXX"),
                };
                let form = ["format", kind].iter().map(|name| text(name)).find(|form| !form.is_empty());
                Self::Moment(kind, form.unwrap_or_else(|| usual.to_owned()))
            }
            Some("notEmpty") => Self::NotEmpty,
            Some("semver") => Self::Semver,
            Some("values") => Self::Values,
            Some("eachKey") => Self::EachKey(rules()),
            Some("eachValue") => Self::EachValue(rules()),
            Some("arrayContains") => {
                let variants = told.get("variants").and_then(Value::as_array).into_iter().flatten();
                let read = |variant: &Value| {
                    let index =
                        variant.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok())?;
                    Some((index, variant.get("rules").and_then(Value::as_object).cloned().unwrap_or_default()))
                };
                Self::ArrayContains(variants.filter_map(read).collect())
            }
            Some("statusCode") => Self::StatusCode(told.get("status").cloned().unwrap_or_default()),
            Some(other) => Self::Other(other.to_owned()),
            None if told.get("regex").is_some() => Self::Regex(text("regex")),
            None if told.get("min").is_some() || told.get("max").is_some() => {
                Self::Type { min: count("min"), max: count("max") }
            }
            None => Self::Other("a rule without `match`".to_owned()),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Equality => json!({ "match": "equality" }),
            Self::Regex(pattern) => json!({ "match": "regex", "regex": pattern }),
            Self::Type { min, max } => {
                let mut told = json!({ "match": "type" });
                for (name, count) in [("min", min), ("max", max)] {
                    if let Some(count) = count {
                        told[name] = json!(count);
                    }
                }
                told
            }
            Self::Include(part) => json!({ "match": "include", "value": part }),
            Self::Integer => json!({ "match": "integer" }),
            Self::Decimal => json!({ "match": "decimal" }),
            Self::Number => json!({ "match": "number" }),
            Self::Boolean => json!({ "match": "boolean" }),
            Self::Null => json!({ "match": "null" }),
            Self::Moment(kind, form) => json!({ "match": kind, "format": form }),
            Self::NotEmpty => json!({ "match": "notEmpty" }),
            Self::Semver => json!({ "match": "semver" }),
            Self::Values => json!({ "match": "values" }),
            Self::EachKey(rules) => {
                json!({ "match": "eachKey", "rules": rules.iter().map(Self::write).collect::<Vec<_>>() })
            }
            Self::EachValue(rules) => {
                json!({ "match": "eachValue", "rules": rules.iter().map(Self::write).collect::<Vec<_>>() })
            }
            Self::ArrayContains(variants) => {
                let each = variants.iter().map(|(index, rules)| json!({ "index": index, "rules": rules }));
                json!({ "match": "arrayContains", "variants": each.collect::<Vec<_>>() })
            }
            Self::StatusCode(status) => json!({ "match": "statusCode", "status": status }),
            Self::Other(name) => json!({ "match": name }),
        }
    }

    /// What is wrong with a value that should be like another; `None` where nothing is. Lists and objects are looked into
    /// by whoever compares.
    pub(super) fn fault(&self, expected: &Value, actual: &Value, is_inherited: bool) -> Option<String> {
        let unless =
            |fine: bool, expected: String| (!fine).then(|| format!("is {}, expected {expected}", told(actual)));
        match self {
            Self::Equality => unless(is_equal(expected, actual), told(expected)),
            // The whole of it: so the reference has it.
            Self::Regex(pattern) => match Regex::new(&format!("^(?:{pattern})$")) {
                Ok(regex) => unless(
                    !actual.is_object() && !actual.is_array() && regex.is_match(&plain(actual)),
                    format!("a match of `{pattern}`"),
                ),
                Err(_) => Some(format!("the pattern `{pattern}` cannot be read")),
            },
            Self::Type { min, max } => {
                let fault = unless(kind(expected) == kind(actual), kind(expected).to_owned());
                let Value::Array(items) = actual else { return fault };
                let count = items.len();
                let too_few = min.is_some_and(|min| count < min) && !is_inherited;
                let too_many = max.is_some_and(|max| count > max) && !is_inherited;
                fault
                    .or_else(|| {
                        too_few.then(|| format!("has {count} items, expected {} at least", min.unwrap_or_default()))
                    })
                    .or_else(|| {
                        too_many.then(|| format!("has {count} items, expected {} at most", max.unwrap_or_default()))
                    })
            }
            Self::Include(part) => unless(plain(actual).contains(part.as_str()), format!("a text with `{part}`")),
            Self::Integer => unless(actual.as_number().is_some_and(|number| !number.is_f64()), "an integer".to_owned()),
            Self::Decimal => unless(actual.as_number().is_some_and(serde_json::Number::is_f64), "a decimal".to_owned()),
            Self::Number => unless(actual.is_number(), "a number".to_owned()),
            Self::Boolean => {
                unless(actual.is_boolean() || matches!(actual.as_str(), Some("true" | "false")), "a boolean".to_owned())
            }
            Self::Null => unless(actual.is_null(), "null".to_owned()),
            Self::Moment(kind, form) => {
                let fits = Regex::new(&pattern(form)).is_ok_and(|regex| regex.is_match(&plain(actual)));
                unless(fits, format!("a {kind} as `{form}`"))
            }
            Self::NotEmpty => unless(
                !matches!(actual, Value::Null)
                    && !plain(actual).is_empty()
                    && *actual != json!([])
                    && *actual != json!({}),
                "something".to_owned(),
            ),
            Self::Semver => {
                unless(Regex::new(SEMVER).is_ok_and(|regex| regex.is_match(&plain(actual))), "a version".to_owned())
            }
            Self::Values | Self::EachKey(_) | Self::EachValue(_) | Self::ArrayContains(_) => None,
            Self::StatusCode(_) => None,
            Self::Other(name) => Some(format!("the rule `{name}` is not known here")),
        }
    }
}

const SEMVER: &str = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$";

/// Whether two values are one; numbers are as they are written.
pub(super) fn is_equal(expected: &Value, actual: &Value) -> bool {
    expected == actual
}

/// The type of a value, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A value as it stands in a sentence; its type where it is long, or may be anybody's.
fn told(value: &Value) -> String {
    match value {
        Value::Bool(_) | Value::Number(_) | Value::Null => format!("{value}"),
        Value::String(text) if text.len() <= 60 => format!("`{text}`"),
        other => kind(other).to_owned(),
    }
}

/// A value as text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
