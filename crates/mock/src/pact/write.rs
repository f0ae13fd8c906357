//! Makes a pact of what was recorded.
//!
//! A recording is one answer, and a pact what all answers must be like: so bodies are expected to have the same members
//! of the same types, dates and ids the same form, and status, method and path are as they were. What was redacted is
//! nobody's to expect: its type is.

use std::collections::HashSet;

use serde_json::Value;
use tracesnap_record::Interaction;
use tracesnap_record::model::Body;

use super::model::{Content, Expected, Pact, Parts, ProviderState, below};
use super::path::Step;
use super::rules::{Rule, Rules};
use crate::recorded;

/// Makes a [`Pact`] of recorded interactions.
#[derive(Clone, Debug)]
#[must_use = "a pact is made by `build`"]
pub struct PactWriter {
    pact: Pact,
    seen: HashSet<String>,
    exact: bool,
    state: Option<String>,
}

/// Headers of requests that a provider needs to see.
const SENT: [&str; 3] = ["content-type", "accept", "prefer"];
/// Headers of answers that a consumer may rely on.
const EXPECTED: [&str; 2] = ["content-type", "location"];
/// Values within each other.
const MAX_DEPTH: usize = 32;

impl PactWriter {
    /// A pact between those two, which expects nothing yet.
    pub fn new(consumer: impl Into<String>, provider: impl Into<String>) -> Self {
        let pact = Pact {
            consumer: consumer.into(),
            provider: provider.into(),
            interactions: Vec::new(),
            skipped: Vec::new(),
        };
        Self { pact, seen: HashSet::new(), exact: false, state: None }
    }

    /// Whether answers are expected as they were, value by value. Default: no, of the same types.
    pub fn exact(mut self, exact: bool) -> Self {
        self.exact = exact;
        self
    }

    /// What the provider should be like for all that is added from here on. Default: nothing is said.
    pub fn given(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Adds what was recorded. What is no exchange over HTTP with an answer is left out, and said among what was skipped; a
    /// request that was seen before with the same status is left out silently.
    pub fn add(&mut self, interaction: &Interaction) {
        let (request, response) = (&interaction.request, &interaction.response);
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let (Some(method), Some(url), Some(status)) = (text("method"), text("url"), status) else {
            let (service, operation) = (&interaction.service, &interaction.operation);
            self.pact.skipped.push(format!("`{service} {operation}` is no exchange over HTTP with an answer"));
            return;
        };
        let target = url.split('#').next().unwrap_or_default();
        let target = target.split_once("://").map_or(target, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut expected = Expected {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            status,
            states: self
                .state
                .iter()
                .map(|name| ProviderState { name: name.clone(), ..ProviderState::default() })
                .collect(),
            ..Expected::default()
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            match expected.query.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => expected.query.push((name, vec![value])),
            }
        }
        expected.headers = kept(request, &SENT);
        expected.answer_headers = kept(response, &EXPECTED);
        expected.body = content(request);
        expected.answer = content(response);
        if let Some(Content::Json(body)) = &expected.body {
            redacted(body, "$", &mut expected.rules.body, 0);
        }
        if let Some(Content::Json(body)) = &expected.answer {
            let rules = &mut expected.answer_rules.body;
            if self.exact {
                redacted(body, "$", rules, 0);
            } else {
                rules.add("$", Rule::Type { min: None, max: None });
                forms(body, "$", rules, 0);
            }
        }
        loosen_headers(&expected.answer_headers, &mut expected.answer_rules);
        let key = format!("{} {target} {status} {:?}", expected.method, expected.body);
        if !self.seen.insert(key) {
            return;
        }
        expected.description = self.name(&expected);
        self.pact.interactions.push(expected);
    }

    /// The pact.
    #[must_use]
    pub fn build(self) -> Pact {
        self.pact
    }

    /// A name that no other one has.
    fn name(&self, expected: &Expected) -> String {
        let plain = format!("{} {} answers {}", expected.method, expected.path, expected.status);
        let taken = |name: &str| self.pact.interactions.iter().any(|one| one.description == name);
        if !taken(&plain) {
            return plain;
        }
        (2..).map(|number| format!("{plain} ({number})")).find(|name| !taken(name)).unwrap_or(plain)
    }
}

/// Headers that a pact speaks of.
fn kept(message: &Value, names: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in recorded::headers(message) {
        let lower = name.to_ascii_lowercase();
        if !names.contains(&lower.as_str()) || recorded::redacted_kind(&value).is_some() {
            continue;
        }
        match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, values)) => values.push(value),
            None => all.push((name, vec![value])),
        }
    }
    all
}

/// A place is another one each time.
fn loosen_headers(headers: &[(String, Vec<String>)], rules: &mut Parts) {
    let location = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    if let Some((name, _)) = location {
        let rule = serde_json::json!({ "matchers": [{ "match": "regex", "regex": ".+" }] });
        let named = [(name.clone(), rule)].into_iter().collect();
        rules.header = Rules::read(&named, true);
    }
}

fn content(message: &Value) -> Option<Content> {
    if message.get("withheld").is_some() {
        return None;
    }
    let header = recorded::headers(message).into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media = header.map(|(_, value)| value);
    let or = |usual: &str| media.clone().unwrap_or_else(|| usual.to_owned());
    match recorded::body(message) {
        Body::Json { value, .. } => Some(Content::Json(value)),
        Body::Text { text } => Some(Content::Text { text, media: or("text/plain") }),
        Body::Form { fields, .. } => {
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            Some(Content::Text { text, media: or("application/x-www-form-urlencoded") })
        }
        _ => None,
    }
}

/// Rules for what was redacted: whatever it was, it was of a type.
fn redacted(value: &Value, place: &str, rules: &mut Rules, depth: usize) {
    match value {
        _ if depth > MAX_DEPTH => {}
        Value::String(text) if recorded::redacted_kind(text).is_some() => {
            rules.add(place, Rule::Type { min: None, max: None });
        }
        Value::Object(members) => {
            for (name, value) in members {
                redacted(value, &below(place, &Step::Field(name.clone())), rules, depth + 1);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                redacted(value, &below(place, &Step::Index(at)), rules, depth + 1);
            }
        }
        _ => {}
    }
}

/// Rules for texts of a form that others must have, too, and for lists, which may be of any length.
fn forms(value: &Value, place: &str, rules: &mut Rules, depth: usize) {
    match value {
        _ if depth > MAX_DEPTH => {}
        Value::String(text) => {
            if let Some((_, pattern)) = FORMS.iter().find(|(_, pattern)| is_match(pattern, text)) {
                rules.add(place, Rule::Regex((*pattern).to_owned()));
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                forms(value, &below(place, &Step::Field(name.clone())), rules, depth + 1);
            }
        }
        Value::Array(items) => {
            if let Some(first) = items.first() {
                rules.add(place, Rule::Type { min: Some(1), max: None });
                forms(first, &below(place, &Step::Any), rules, depth + 1);
            }
        }
        _ => {}
    }
}

/// Forms of texts, and what has them.
const FORMS: [(&str, &str); 3] = [
    ("a moment", r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$"),
    ("a date", r"^\d{4}-\d{2}-\d{2}$"),
    ("a UUID", r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
];

fn is_match(pattern: &str, text: &str) -> bool {
    regex::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
}
