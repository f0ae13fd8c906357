//! Holds an answer against what is expected of it.

use std::fmt;

use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::path::{Step, text};
use super::rules::{Found, Rule, Rules, is_equal, kind};

/// One thing that is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatch {
    /// Where: `status`, `header content-type`, `body $.items[0].id`.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl Mismatch {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Mismatches that are told.
const MAX_MISMATCHES: usize = 100;
/// Values within each other.
const MAX_DEPTH: usize = 128;

pub(super) fn status(expected: u16, rules: &Rules, actual: StatusCode) -> Option<Mismatch> {
    let actual = actual.as_u16();
    let fits = match rules.at(&[]).map(|found| found.rules) {
        Some(rules) => rules.iter().all(|rule| match rule {
            Rule::StatusCode(Value::Array(codes)) => codes.iter().any(|code| code.as_u64() == Some(actual.into())),
            Rule::StatusCode(Value::String(class)) => match class.as_str() {
                "info" => (100..200).contains(&actual),
                "success" => (200..300).contains(&actual),
                "redirect" => (300..400).contains(&actual),
                "clientError" => (400..500).contains(&actual),
                "serverError" => (500..600).contains(&actual),
                "nonError" => actual < 400,
                "error" => actual >= 400,
                _ => false,
            },
            _ => actual == expected,
        }),
        None => actual == expected,
    };
    (!fits).then(|| Mismatch::new("status", format!("is {actual}, expected {expected}")))
}

pub(super) fn headers(expected: &[(String, Vec<String>)], rules: &Rules, actual: &HeaderMap, out: &mut Vec<Mismatch>) {
    for (name, values) in expected {
        let place = format!("header {}", name.to_ascii_lowercase());
        let all: Vec<&str> = actual.get_all(name.as_str()).iter().filter_map(|value| value.to_str().ok()).collect();
        if all.is_empty() {
            out.push(Mismatch::new(place, format!("is not there, expected `{}`", values.join(", "))));
            continue;
        }
        let (wanted, found) = (values.join(","), all.join(","));
        if let Some(rules) = rules.at(&[Step::Field(name.to_ascii_lowercase())]) {
            let (wanted, found) = (Value::from(values.join(", ")), Value::from(all.join(", ")));
            out.extend(faults(&rules, &wanted, &found).map(|why| Mismatch::new(place, why)));
        } else if !is_same_header(name, &wanted, &found) {
            out.push(Mismatch::new(place, format!("is `{found}`, expected `{wanted}`")));
        }
    }
}

/// Spaces after commas do not count; parameters that are not expected, neither.
fn is_same_header(name: &str, wanted: &str, found: &str) -> bool {
    let parts = |text: &str| text.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
    if !["content-type", "accept"].contains(&name.to_ascii_lowercase().as_str()) {
        return parts(wanted) == parts(found);
    }
    let (wanted, found) = (parts(wanted), parts(found));
    let same = |(wanted, found): (&String, &String)| {
        let take = |text: &str| text.split(';').map(|part| part.trim().to_ascii_lowercase()).collect::<Vec<_>>();
        let (wanted, found) = (take(wanted), take(found));
        wanted[0] == found[0] && wanted[1..].iter().all(|one| found.contains(one))
    };
    wanted.len() == found.len() && wanted.iter().zip(&found).all(same)
}

/// What is wrong by rules, if all of them must hold, or if none does where one is enough.
fn faults(found: &Found, expected: &Value, actual: &Value) -> Option<String> {
    let mut faults = found.rules.iter().map(|rule| rule.fault(expected, actual, found.is_inherited));
    if found.any {
        let all: Vec<Option<String>> = faults.collect();
        return if all.iter().any(Option::is_none) { None } else { all.into_iter().flatten().next() };
    }
    faults.find_map(|fault| fault)
}

/// A comparison of bodies.
pub(super) struct Bodies<'r> {
    pub(super) rules: &'r Rules,
    /// Whether there may be members that are not expected, as in answers.
    pub(super) lenient: bool,
    pub(super) out: Vec<Mismatch>,
}

impl Bodies<'_> {
    fn wrong(&mut self, place: &[Step], why: impl Into<String>) {
        if self.out.len() < MAX_MISMATCHES {
            self.out.push(Mismatch::new(format!("body {}", text(place)), why));
        }
    }

    pub(super) fn compare(&mut self, place: &mut Vec<Step>, expected: &Value, actual: &Value) {
        if place.len() > MAX_DEPTH {
            return;
        }
        match (expected, actual) {
            (Value::Object(expected), Value::Object(actual)) => self.objects(place, expected, actual),
            (Value::Array(expected), Value::Array(actual)) => self.lists(place, expected, actual),
            (Value::Object(_) | Value::Array(_), _) if kind(expected) != kind(actual) => {
                self.wrong(place, format!("is {}, expected {}", kind(actual), kind(expected)));
            }
            _ => match self.rules.at(place) {
                Some(found) => {
                    if let Some(why) = faults(&found, expected, actual) {
                        self.wrong(place, why);
                    }
                }
                None if !is_equal(expected, actual) => {
                    let why = Rule::Equality.fault(expected, actual, false).unwrap_or_default();
                    self.wrong(place, why);
                }
                None => {}
            },
        }
    }

    fn below(&mut self, place: &mut Vec<Step>, step: Step, expected: &Value, actual: &Value) {
        place.push(step);
        self.compare(place, expected, actual);
        place.pop();
    }

    fn objects(&mut self, place: &mut Vec<Step>, expected: &Map<String, Value>, actual: &Map<String, Value>) {
        let found = self.rules.at(place);
        let rules =
            found.as_ref().filter(|found| !found.is_inherited).map(|found| found.rules.as_slice()).unwrap_or_default();
        let any_key = rules.iter().any(|rule| matches!(rule, Rule::Values | Rule::EachKey(_) | Rule::EachValue(_)));
        if let Some(found) = &found {
            let whole = (Value::Object(expected.clone()), Value::Object(actual.clone()));
            if let Some(why) = faults(found, &whole.0, &whole.1) {
                self.wrong(place, why);
            }
        }
        if any_key {
            let first = expected.values().next();
            for (name, value) in actual {
                let each = rules.iter().filter_map(|rule| match rule {
                    Rule::EachValue(inner) => Some(inner),
                    _ => None,
                });
                for rule in each.flatten() {
                    let like = expected.get(name).or(first).unwrap_or(&Value::Null);
                    if let Some(why) = rule.fault(like, value, false) {
                        place.push(Step::Field(name.clone()));
                        self.wrong(place, why);
                        place.pop();
                    }
                }
                let keys = rules.iter().filter_map(|rule| match rule {
                    Rule::EachKey(inner) => Some(inner),
                    _ => None,
                });
                for rule in keys.flatten() {
                    let like = expected.keys().next().map_or(Value::Null, |key| Value::from(key.as_str()));
                    if let Some(why) = rule.fault(&like, &Value::from(name.as_str()), false) {
                        self.wrong(place, format!("the member `{name}` {why}"));
                    }
                }
                if !rules.iter().any(|rule| matches!(rule, Rule::EachValue(_)))
                    && let Some(like) = expected.get(name).or(first)
                {
                    self.below(place, Step::Field(name.clone()), like, value);
                }
            }
            return;
        }
        for (name, value) in expected {
            match actual.get(name) {
                Some(actual) => self.below(place, Step::Field(name.clone()), value, actual),
                None => self.wrong(place, format!("the member `{name}` is not there")),
            }
        }
        if !self.lenient {
            for name in actual.keys().filter(|name| !expected.contains_key(*name)) {
                self.wrong(place, format!("the member `{name}` is not expected"));
            }
        }
    }

    fn lists(&mut self, place: &mut Vec<Step>, expected: &[Value], actual: &[Value]) {
        let Some(found) = self.rules.at(place) else {
            if expected.is_empty() && !actual.is_empty() {
                self.wrong(place, format!("has {} items, expected none", actual.len()));
                return;
            }
            for (at, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                self.below(place, Step::Index(at), expected, actual);
            }
            if expected.len() != actual.len() {
                self.wrong(place, format!("has {} items, expected {}", actual.len(), expected.len()));
            }
            return;
        };
        let contains = found.rules.iter().find_map(|rule| match rule {
            Rule::ArrayContains(variants) => Some(variants.clone()),
            _ => None,
        });
        if let Some(variants) = contains {
            self.contains(place, &variants, expected, actual);
            return;
        }
        let whole = (Value::from(expected.to_vec()), Value::from(actual.to_vec()));
        if let Some(why) = faults(&found, &whole.0, &whole.1) {
            self.wrong(place, why);
            return;
        }
        // Each is like the one at its place, else like the first.
        let Some(first) = expected.first() else { return };
        for (at, value) in actual.iter().enumerate() {
            self.below(place, Step::Index(at), expected.get(at).unwrap_or(first), value);
        }
    }

    fn contains(
        &mut self,
        place: &[Step],
        variants: &[(usize, Map<String, Value>)],
        expected: &[Value],
        actual: &[Value],
    ) {
        for (index, rules) in variants {
            let Some(like) = expected.get(*index) else { continue };
            let rules = Rules::read(rules, false);
            let is_like = |value: &Value| {
                let mut inner = Bodies { rules: &rules, lenient: self.lenient, out: Vec::new() };
                inner.compare(&mut Vec::new(), like, value);
                inner.out.is_empty()
            };
            if !actual.iter().any(is_like) {
                self.wrong(place, format!("has no item like the expected one at {index}"));
            }
        }
    }
}
