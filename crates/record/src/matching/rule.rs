//! What of a request counts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Map, Value};
use tracesnap_redact::{JsonPath, Step};

use super::canonical;
use crate::Error;

/// One part of a request that counts.
///
/// Requests are JSON, and parts are its fields; adapters of protocols call them `method`, `url` or `path`, `query`,
/// `headers` (pairs, an object, or both) and `body`.
#[derive(Clone)]
#[non_exhaustive]
pub enum Matcher {
    /// All of it.
    Whole,
    /// `method`.
    Method,
    /// `path`, or the path of `url`, without a slash at its end.
    Path,
    /// `query`, or the query of `url`; parameters in any order.
    Query,
    /// These headers, by their names in any case.
    Headers(Vec<String>),
    /// `body`, by what it says: how a JSON document or a form is written does not count.
    Body,
    /// What stands at this place: `$.body.value.order_id`. `[*]` is every element.
    At(JsonPath),
    /// What does not stand at this place.
    Ignore(JsonPath),
    /// What a function makes of it, under a name that is told when it differs.
    Custom(&'static str, Arc<dyn Fn(&Value) -> Value + Send + Sync>),
}

/// The words of [`Matcher`] in a text.
pub(crate) const MATCHER_WORDS: [&str; 8] =
    ["whole", "method", "path", "query", "headers(NAME …)", "body", "at($.PATH)", "ignore($.PATH)"];

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::Method => f.write_str("method"),
            Self::Path => f.write_str("path"),
            Self::Query => f.write_str("query"),
            Self::Headers(names) => write!(f, "headers({})", names.join(" ")),
            Self::Body => f.write_str("body"),
            Self::At(path) => write!(f, "at({path})"),
            Self::Ignore(path) => write!(f, "ignore({path})"),
            Self::Custom(name, _) => write!(f, "custom({name})"),
        }
    }
}

/// Which parts of a request count, all of them together. So does the service, and the operation, unless method and path
/// do: an operation of HTTP is but a name for these.
///
/// Its text is a list: `method, path, query, ignore($.query.timestamp)`; it is read back, and an unknown word is an error.
/// Default: [`whole`](Self::whole).
#[derive(Clone, Debug)]
pub struct Rule {
    matchers: Vec<Matcher>,
}

impl Default for Rule {
    fn default() -> Self {
        Self::whole()
    }
}

impl Rule {
    /// All of a request.
    #[must_use]
    pub fn whole() -> Self {
        Self { matchers: vec![Matcher::Whole] }
    }

    /// Method, path, query and body: what an exchange of HTTP is told by.
    #[must_use]
    pub fn http() -> Self {
        Self { matchers: vec![Matcher::Method, Matcher::Path, Matcher::Query, Matcher::Body] }
    }

    /// Of these parts.
    pub fn of(matchers: impl IntoIterator<Item = Matcher>) -> Self {
        Self { matchers: matchers.into_iter().collect() }
    }

    /// And this one.
    #[must_use]
    pub fn and(mut self, matcher: Matcher) -> Self {
        self.matchers.push(matcher);
        self
    }

    /// What of this request counts.
    #[must_use]
    pub fn project(&self, request: &Value) -> Value {
        let mut parts = Map::new();
        for matcher in &self.matchers {
            let (name, part) = match matcher {
                Matcher::Ignore(_) => continue,
                Matcher::Whole => {
                    if self.matchers.iter().all(|matcher| matches!(matcher, Matcher::Whole | Matcher::Ignore(_))) {
                        return self.without_ignored(request.clone());
                    }
                    ("request", request.clone())
                }
                Matcher::Method => ("method", request.get("method").map_or(Value::Null, upper)),
                Matcher::Path => ("path", path_of(request)),
                Matcher::Query => ("query", query_of(request)),
                Matcher::Headers(names) => ("headers", headers_of(request, names)),
                Matcher::Body => ("body", body_of(request)),
                Matcher::At(path) => {
                    let found = path.find(request).into_iter().cloned().collect();
                    parts.insert(path.to_string(), Value::Array(found));
                    continue;
                }
                Matcher::Custom(name, of) => (*name, of(request)),
            };
            parts.insert(name.to_owned(), part);
        }
        self.without_ignored(Value::Object(parts))
    }

    fn without_ignored(&self, mut value: Value) -> Value {
        for matcher in &self.matchers {
            if let Matcher::Ignore(path) = matcher {
                remove(&mut value, path.steps());
            }
        }
        value
    }

    /// Whether headers of a request of HTTP may count.
    pub(crate) fn looks_at_headers(&self) -> bool {
        self.matchers.iter().any(|matcher| match matcher {
            Matcher::Method | Matcher::Path | Matcher::Query | Matcher::Body => false,
            // What is ignored is not there, or not looked at.
            Matcher::Ignore(_) => false,
            Matcher::At(path) => path.steps().first() != Some(&Step::Name("body".to_owned())),
            Matcher::Whole | Matcher::Headers(_) | Matcher::Custom(..) => true,
        })
    }

    /// Whether what a function makes of a request counts.
    pub(super) fn has_function(&self) -> bool {
        self.matchers.iter().any(|matcher| matches!(matcher, Matcher::Custom(..)))
    }

    /// Whether method and path count, which an operation of HTTP is a name for: what it is called may change.
    pub(super) fn tells_operation(&self) -> bool {
        let has = |wanted: fn(&Matcher) -> bool| self.matchers.iter().any(wanted);
        has(|one| matches!(one, Matcher::Method)) && has(|one| matches!(one, Matcher::Path))
    }

    /// The key of a request.
    pub(crate) fn key(&self, service: &str, operation: &str, projected: &Value) -> Box<str> {
        let operation = if self.tells_operation() { "" } else { operation };
        let mut key = format!("{service}\u{0}{operation}\u{0}");
        canonical(projected, &mut key);
        key.into()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, matcher) in self.matchers.iter().enumerate() {
            write!(f, "{}{matcher}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let matchers: Result<Vec<_>, _> = text.split(',').map(str::trim).map(matcher).collect();
        Ok(Self { matchers: matchers? })
    }
}

fn matcher(word: &str) -> Result<Matcher, Error> {
    let unknown = || Error::UnknownMatcher { found: word.chars().take(60).collect() };
    if let Some((name, argument)) = word.strip_suffix(')').and_then(|word| word.split_once('(')) {
        let argument = argument.trim();
        return match name.trim() {
            "headers" if !argument.is_empty() => {
                Ok(Matcher::Headers(argument.split_whitespace().map(str::to_owned).collect()))
            }
            "at" if argument.starts_with('$') => argument.parse().map(Matcher::At).map_err(|_| unknown()),
            "ignore" if argument.starts_with("$.") || argument.starts_with("$[") => {
                argument.parse().map(Matcher::Ignore).map_err(|_| unknown())
            }
            _ => Err(unknown()),
        };
    }
    match word {
        "whole" => Ok(Matcher::Whole),
        "method" => Ok(Matcher::Method),
        "path" | "url" | "uri" => Ok(Matcher::Path),
        "query" => Ok(Matcher::Query),
        "body" => Ok(Matcher::Body),
        _ => Err(unknown()),
    }
}

/// Whether a request is one of HTTP.
pub(super) fn is_http(request: &Value) -> bool {
    let has = |name: &str| request.get(name).is_some_and(Value::is_string);
    has("method") && has("url")
}

/// The host and port of the URL of a request.
pub(super) fn host_of(request: &Value) -> Option<&str> {
    let (_, rest) = request.get("url")?.as_str()?.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    authority.rsplit('@').next()
}

fn upper(method: &Value) -> Value {
    method.as_str().map_or_else(|| method.clone(), |method| method.to_ascii_uppercase().into())
}

fn path_of(request: &Value) -> Value {
    if let Some(path) = request.get("path") {
        return path.clone();
    }
    let Some(url) = request.get("url").and_then(Value::as_str) else { return Value::Null };
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = if rest.len() == url.len() { rest } else { rest.find('/').map_or("/", |at| &rest[at..]) };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    path.into()
}

fn query_of(request: &Value) -> Value {
    if let Some(query) = request.get("query") {
        return sorted_pairs(query);
    }
    let url = request.get("url").and_then(Value::as_str).unwrap_or_default();
    let query = url.split_once('?').map_or("", |(_, query)| query).split('#').next().unwrap_or_default();
    let mut pairs: Vec<Value> = query.split('&').filter(|pair| !pair.is_empty()).map(Into::into).collect();
    pairs.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Value::Array(pairs)
}

/// The body without the text of what is read of it.
fn body_of(request: &Value) -> Value {
    let Some(body) = request.get("body") else { return Value::Null };
    let mut body = body.clone();
    if let Value::Object(fields) = &mut body {
        if fields.contains_key("value") || fields.contains_key("fields") {
            fields.remove("text");
        }
        without_bytes(fields);
        for message in fields.get_mut("messages").and_then(Value::as_array_mut).into_iter().flatten() {
            message.as_object_mut().into_iter().for_each(without_bytes);
        }
    }
    body
}

/// A message of protobuf whose fields are known.
fn without_bytes(fields: &mut Map<String, Value>) {
    if fields.contains_key("value") {
        fields.remove("base64");
    }
}

/// Pairs in the order of their names; those of one name stay in theirs.
fn sorted_pairs(query: &Value) -> Value {
    match query {
        Value::Array(pairs) => {
            let name = |pair: &Value| pair.get(0).unwrap_or(pair).as_str().map(str::to_owned);
            let mut pairs = pairs.clone();
            pairs.sort_by_key(name);
            Value::Array(pairs)
        }
        other => other.clone(),
    }
}

fn headers_of(request: &Value, names: &[String]) -> Value {
    let headers = request.get("headers");
    let wanted = |name: &str| names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name));
    let mut found: Vec<Value> = match headers {
        Some(Value::Object(fields)) => {
            let fields = fields.iter().filter(|(name, _)| wanted(name));
            fields.map(|(name, value)| Value::from(vec![name.to_ascii_lowercase().into(), value.clone()])).collect()
        }
        Some(Value::Array(pairs)) => {
            let pairs = pairs.iter().filter_map(|pair| {
                let name = pair.get(0).or_else(|| pair.get("name"))?.as_str()?;
                let value = pair.get(1).or_else(|| pair.get("value"))?;
                wanted(name).then(|| Value::from(vec![name.to_ascii_lowercase().into(), value.clone()]))
            });
            pairs.collect()
        }
        _ => Vec::new(),
    };
    // By name; values of one name stay in their order.
    found.sort_by(|a, b| a[0].as_str().cmp(&b[0].as_str()));
    Value::Array(found)
}

fn remove(value: &mut Value, steps: &[Step]) {
    let Some((first, rest)) = steps.split_first() else { return };
    match (first, value) {
        (Step::Deep, value) => {
            remove(value, rest);
            match value {
                Value::Object(fields) => fields.values_mut().for_each(|value| remove(value, steps)),
                Value::Array(items) => items.iter_mut().for_each(|value| remove(value, steps)),
                _ => {}
            }
        }
        (Step::Name(name), Value::Object(fields)) if rest.is_empty() => {
            fields.remove(name);
        }
        (Step::Name(name), Value::Object(fields)) => {
            if let Some(value) = fields.get_mut(name) {
                remove(value, rest);
            }
        }
        (Step::Index(at), Value::Array(items)) => {
            if let Some(item) = items.get_mut(*at) {
                if rest.is_empty() { *item = Value::Null } else { remove(item, rest) }
            }
        }
        (Step::Any, Value::Array(items)) if rest.is_empty() => items.clear(),
        (Step::Any, Value::Object(fields)) if rest.is_empty() => fields.clear(),
        (Step::Any, Value::Array(items)) => items.iter_mut().for_each(|item| remove(item, rest)),
        (Step::Any, Value::Object(fields)) => fields.values_mut().for_each(|item| remove(item, rest)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn same(rule: &str, a: &Value, b: &Value) -> bool {
        let rule: Rule = rule.parse().expect("a rule");
        rule.key("s", "o", &rule.project(a)) == rule.key("s", "o", &rule.project(b))
    }

    #[test]
    fn only_what_a_rule_names_counts() {
        let a = json!({"method": "get", "url": "http://a/x/?b=2&a=1", "headers": [["Accept", "x"], ["date", "1"]], "body": {"n": 1.0, "at": 5}});
        let b = json!({"method": "GET", "url": "https://b:8080/x?a=1&b=2", "headers": {"accept": "x"}, "body": {"at": 6, "n": 1}});
        assert!(same("method, path, query, headers(ACCEPT)", &a, &b));
        assert!(!same("method, path, query, body", &a, &b));
        assert!(same("method, path, query, body, ignore($.body.at)", &a, &b));
        assert!(same("at($.body.n)", &a, &b));
        assert!(same("body, ignore($..at)", &a, &b) && !same("body, ignore($..n)", &a, &b));
        let written = |text: &str| json!({"method": "PUT", "url": "/", "body": {"type": "json", "value": {"n": 1}, "text": text}});
        assert!(same("method, path, body", &written("{ \"n\": 1 }"), &written("{\"n\":1.0}")));
        assert!(!same("whole", &a, &b));
        assert!(!same("headers(date)", &a, &b));
    }

    #[test]
    fn a_rule_reads_back_what_it_writes_and_refuses_what_it_does_not_know() {
        let text = "method, path, headers(accept x-a), at($.a[*]['b c']), ignore($.t)";
        assert_eq!(text.parse::<Rule>().expect("a rule").to_string(), text);
        for text in ["", "methods", "headers()", "ignore(x)", "at(a)", "at($.a[)", "ignore($.)"] {
            let error = text.parse::<Rule>().expect_err("no rule").to_string();
            assert!(error.contains("is no matcher; there are `whole`, `method`"), "{error}");
        }
    }
}
