//! What a pact holds, read and written in the versions of the specification.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};

use super::compare::{self, Bodies, Mismatch};
use super::path::Step;
use super::rules::{Found, Rules};
use crate::Error;
use crate::engine::Request;

/// A version of the specification that pacts are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Specification {
    /// 3.0.0.
    V3,
    /// 4.0.
    #[default]
    V4,
}

/// What a consumer expects of a provider.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pact {
    /// Who asks.
    pub consumer: String,
    /// Who answers.
    pub provider: String,
    /// What is asked, and what is expected, in the order of the pact.
    pub interactions: Vec<Expected>,
    /// What of the pact is no exchange over HTTP, a sentence each: messages, interactions of plugins.
    pub skipped: Vec<String>,
}

/// A request, and what is expected of its answer.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Expected {
    /// What it is called.
    pub description: String,
    /// What the provider should be like when it is asked.
    pub states: Vec<ProviderState>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, Vec<String>)>,
    pub(super) headers: Vec<(String, Vec<String>)>,
    pub(super) body: Option<Content>,
    pub(super) rules: Parts,
    pub(super) status: u16,
    pub(super) answer_headers: Vec<(String, Vec<String>)>,
    pub(super) answer: Option<Content>,
    pub(super) answer_rules: Parts,
}

/// A state of the provider.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ProviderState {
    /// Its name, as in `order 7 exists`.
    pub name: String,
    /// What is said with it.
    pub params: Map<String, Value>,
}

/// What came of an interaction that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// What it is called.
    pub description: String,
    /// All that is wrong with the answer; empty where it is as expected.
    pub mismatches: Vec<Mismatch>,
}

/// A body.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Json(Value),
    Text { text: String, media: String },
    Bytes { bytes: Bytes, media: String },
}

/// Rules by the part of a message that they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parts {
    pub(super) body: Rules,
    pub(super) header: Rules,
    pub(super) status: Rules,
    /// Rules of requests, as they stand: nobody is held against them here.
    pub(super) others: Map<String, Value>,
}

impl Pact {
    /// Reads a pact of version 2 to 4. `name` stands for it in errors.
    ///
    /// # Errors
    /// [`Error::Pact`] if it is not JSON, or is no pact.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let broken = |why: String| Error::Pact { name: name.to_owned(), message: why };
        let root: Value = serde_json::from_slice(bytes).map_err(|error| broken(format!("it is not JSON: {error}")))?;
        let party = |who: &str| {
            let told = root.get(who).and_then(|party| party.get("name")).and_then(Value::as_str);
            told.map(str::to_owned).ok_or_else(|| broken(format!("it has no `{who}.name`")))
        };
        let mut pact = Self {
            consumer: party("consumer")?,
            provider: party("provider")?,
            interactions: Vec::new(),
            skipped: Vec::new(),
        };
        let listed = root.get("interactions").and_then(Value::as_array);
        if listed.is_none() && root.get("messages").is_none() {
            return Err(broken("it has no `interactions`".to_owned()));
        }
        for told in listed.into_iter().flatten() {
            let description = told.get("description").and_then(Value::as_str).unwrap_or_default();
            match told.get("type").and_then(Value::as_str) {
                None | Some("Synchronous/HTTP") => pact.interactions.push(Expected::read(told)),
                Some(other) => pact.skipped.push(format!("`{description}` is `{other}`, not an exchange over HTTP")),
            }
        }
        let messages = root.get("messages").and_then(Value::as_array).map_or(0, Vec::len);
        if messages > 0 {
            pact.skipped.push(format!("{messages} messages are no exchanges over HTTP"));
        }
        Ok(pact)
    }

    /// The pact as JSON, in a version of the specification.
    #[must_use]
    pub fn to_json(&self, version: Specification) -> Value {
        let interactions: Vec<Value> = self.interactions.iter().map(|expected| expected.write(version)).collect();
        let number = match version {
            Specification::V3 => "3.0.0",
            Specification::V4 => "4.0",
        };
        json!({
            "consumer": { "name": self.consumer },
            "provider": { "name": self.provider },
            "interactions": interactions,
            "metadata": {
                "pactSpecification": { "version": number },
                "tracesnap": { "version": env!("CARGO_PKG_VERSION") },
            },
        })
    }
}

impl Expected {
    /// The request that is expected.
    ///
    /// # Errors
    /// It cannot be written as HTTP: says what cannot.
    pub fn request(&self) -> Result<Request, String> {
        let mut target = if self.path.starts_with('/') { self.path.clone() } else { format!("/{}", self.path) };
        target = target.replace(' ', "%20");
        if !self.query.is_empty() {
            let pairs = self.query.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            target = format!("{target}?{query}");
        }
        let mut request = Request::new(self.body.as_ref().map(Content::bytes).unwrap_or_default());
        *request.method_mut() = Method::from_bytes(self.method.to_uppercase().as_bytes())
            .map_err(|_| format!("`{}` is no method", self.method))?;
        *request.uri_mut() = target.parse().map_err(|_| format!("`{target}` is no path"))?;
        for (name, values) in &self.headers {
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` names no header"))?;
            for value in values {
                let value =
                    HeaderValue::from_str(value).map_err(|_| format!("the value of `{name}` is none of a header"))?;
                request.headers_mut().append(header.clone(), value);
            }
        }
        if let Some(body) = &self.body
            && !request.headers().contains_key("content-type")
            && let Ok(media) = HeaderValue::from_str(body.media())
        {
            request.headers_mut().insert("content-type", media);
        }
        Ok(request)
    }

    /// All that is wrong with an answer.
    #[must_use]
    pub fn check(&self, answer: &http::Response<Bytes>) -> Vec<Mismatch> {
        let mut out: Vec<Mismatch> =
            compare::status(self.status, &self.answer_rules.status, answer.status()).into_iter().collect();
        compare::headers(&self.answer_headers, &self.answer_rules.header, answer.headers(), &mut out);
        let Some(expected) = &self.answer else { return out };
        out.extend(compare_bodies(expected, answer.body(), &self.answer_rules.body, true));
        out
    }

    /// All that is wrong with the body of a request, which has no members that are not expected.
    #[must_use]
    pub fn check_request_body(&self, body: &[u8]) -> Vec<Mismatch> {
        self.body.as_ref().map_or_else(Vec::new, |expected| compare_bodies(expected, body, &self.rules.body, false))
    }

    fn read(told: &Value) -> Self {
        let empty = Value::Null;
        let (request, response) = (told.get("request").unwrap_or(&empty), told.get("response").unwrap_or(&empty));
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        let (headers, answer_headers) = (pairs(request.get("headers")), pairs(response.get("headers")));
        let query = match request.get("query") {
            Some(Value::String(text)) => {
                let mut all: Vec<(String, Vec<String>)> = Vec::new();
                for (name, value) in form_urlencoded::parse(text.as_bytes()).into_owned() {
                    match all.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, values)) => values.push(value),
                        None => all.push((name, vec![value])),
                    }
                }
                all
            }
            other => pairs(other),
        };
        Self {
            description: text(told, "description").unwrap_or_default(),
            states: states(told),
            method: text(request, "method").unwrap_or_else(|| "GET".to_owned()),
            path: text(request, "path").unwrap_or_else(|| "/".to_owned()),
            query,
            body: Content::read(request.get("body"), &headers),
            headers,
            rules: Parts::read(request.get("matchingRules")),
            status: response
                .get("status")
                .and_then(Value::as_u64)
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or(200),
            answer: Content::read(response.get("body"), &answer_headers),
            answer_headers,
            answer_rules: Parts::read(response.get("matchingRules")),
        }
    }

    fn write(&self, version: Specification) -> Value {
        let is_new = version == Specification::V4;
        let mut request = json!({ "method": self.method.to_uppercase(), "path": self.path });
        if !self.query.is_empty() {
            request["query"] =
                self.query.iter().map(|(name, values)| (name.clone(), json!(values))).collect::<Map<_, _>>().into();
        }
        put_message(&mut request, &self.headers, self.body.as_ref(), &self.rules, is_new);
        let mut response = json!({ "status": self.status });
        put_message(&mut response, &self.answer_headers, self.answer.as_ref(), &self.answer_rules, is_new);
        let mut told = json!({ "description": self.description, "request": request, "response": response });
        if !self.states.is_empty() {
            let states: Vec<Value> = self
                .states
                .iter()
                .map(|state| {
                    if state.params.is_empty() {
                        json!({ "name": state.name })
                    } else {
                        json!({ "name": state.name, "params": state.params })
                    }
                })
                .collect();
            told["providerStates"] = json!(states);
        }
        if is_new {
            told["type"] = json!("Synchronous/HTTP");
            told["pending"] = json!(false);
        }
        told
    }
}

fn put_message(
    message: &mut Value,
    headers: &[(String, Vec<String>)],
    body: Option<&Content>,
    rules: &Parts,
    is_new: bool,
) {
    if !headers.is_empty() {
        let one = |values: &[String]| if is_new { json!(values) } else { json!(values.join(", ")) };
        message["headers"] =
            headers.iter().map(|(name, values)| (name.clone(), one(values))).collect::<Map<_, _>>().into();
    }
    if let Some(body) = body {
        message["body"] = body.write(is_new);
    }
    let mut all = rules.others.clone();
    for (name, rules) in [("body", &rules.body), ("header", &rules.header), ("status", &rules.status)] {
        if !rules.is_empty() {
            all.insert(name.to_owned(), rules.write());
        }
    }
    if !all.is_empty() {
        message["matchingRules"] = Value::Object(all);
    }
}

fn compare_bodies(expected: &Content, actual: &[u8], rules: &Rules, lenient: bool) -> Vec<Mismatch> {
    match expected {
        Content::Json(expected) => match serde_json::from_slice::<Value>(actual) {
            Ok(actual) => {
                let mut bodies = Bodies { rules, lenient, out: Vec::new() };
                bodies.compare(&mut Vec::new(), expected, &actual);
                bodies.out
            }
            Err(error) => vec![Mismatch::new("body", format!("is not JSON: {error}"))],
        },
        Content::Text { text, .. } => {
            let actual = String::from_utf8_lossy(actual);
            let fault = match rules.at(&[]) {
                Some(Found { rules, .. }) => {
                    rules.iter().find_map(|rule| rule.fault(&Value::from(text.as_str()), &Value::from(&*actual), false))
                }
                None => (actual != text.as_str()).then(|| "is another text than expected".to_owned()),
            };
            fault.map(|why| Mismatch::new("body", why)).into_iter().collect()
        }
        Content::Bytes { bytes, .. } if **bytes == *actual || !rules.is_empty() => Vec::new(),
        Content::Bytes { bytes, .. } => {
            let why = format!("has {} bytes that are not the {} that are expected", actual.len(), bytes.len());
            vec![Mismatch::new("body", why)]
        }
    }
}

/// Names and their values: texts, or lists of them.
fn pairs(told: Option<&Value>) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let of = |value: &Value| match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => vec![text(value)],
    };
    told.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.clone(), of(value))).collect()
}

fn states(told: &Value) -> Vec<ProviderState> {
    let named = |name: &str| ProviderState { name: name.to_owned(), params: Map::new() };
    match told.get("providerStates").or_else(|| told.get("providerState")).or_else(|| told.get("provider_state")) {
        Some(Value::String(name)) => vec![named(name)],
        Some(Value::Array(states)) => states
            .iter()
            .map(|state| {
                let params = state.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
                ProviderState { params, ..named(state.get("name").and_then(Value::as_str).unwrap_or_default()) }
            })
            .collect(),
        _ => Vec::new(),
    }
}

impl Content {
    fn read(told: Option<&Value>, headers: &[(String, Vec<String>)]) -> Option<Self> {
        let told = told.filter(|told| !told.is_null())?;
        let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let header = header.and_then(|(_, values)| values.first()).cloned();
        // Version 4 wraps it.
        let (content, media, encoded) = match told {
            Value::Object(members)
                if members.contains_key("content")
                    && (members.contains_key("contentType") || members.contains_key("encoded")) =>
            {
                let media = members.get("contentType").and_then(Value::as_str).map(str::to_owned);
                (
                    &members["content"],
                    media.or(header),
                    members.get("encoded").is_some_and(|encoded| encoded.as_str().is_some() || *encoded == true),
                )
            }
            told => (told, header, false),
        };
        let is_json = media.as_deref().is_none_or(|media| media.contains("json"));
        Some(match content {
            Value::String(text) if encoded => {
                let bytes = STANDARD.decode(text).unwrap_or_default().into();
                Self::Bytes { bytes, media: media.unwrap_or_else(|| "application/octet-stream".to_owned()) }
            }
            Value::String(text) if !is_json => Self::Text { text: text.clone(), media: media.unwrap_or_default() },
            value => Self::Json(value.clone()),
        })
    }

    fn write(&self, is_new: bool) -> Value {
        let (content, encoded) = match self {
            Self::Json(value) => (value.clone(), json!(false)),
            Self::Text { text, .. } => (json!(text), json!(false)),
            Self::Bytes { bytes, .. } => (json!(STANDARD.encode(bytes)), json!("base64")),
        };
        if is_new { json!({ "content": content, "contentType": self.media(), "encoded": encoded }) } else { content }
    }

    fn media(&self) -> &str {
        match self {
            Self::Json(_) => "application/json",
            Self::Text { media, .. } | Self::Bytes { media, .. } => media,
        }
    }

    fn bytes(&self) -> Bytes {
        match self {
            Self::Json(value) => crate::engine::json(value),
            Self::Text { text, .. } => Bytes::copy_from_slice(text.as_bytes()),
            Self::Bytes { bytes, .. } => bytes.clone(),
        }
    }
}

impl Parts {
    fn read(told: Option<&Value>) -> Self {
        let mut parts = Self::default();
        let Some(told) = told.and_then(Value::as_object) else { return parts };
        // Version 2 has paths through the whole message.
        let (mut body, mut header) = (Map::new(), Map::new());
        for (name, rules) in told {
            match (name.as_str(), rules) {
                ("body", Value::Object(rules)) => body.extend(rules.clone()),
                ("header" | "headers", Value::Object(rules)) => header.extend(rules.clone()),
                ("status", Value::Object(rules)) => parts.status = Rules::read(&status_rules(rules), false),
                (path, rules) => match path.strip_prefix("$.body") {
                    Some(rest) => {
                        body.insert(format!("${rest}"), rules.clone());
                    }
                    None => match path.strip_prefix("$.headers.").or_else(|| path.strip_prefix("$.header.")) {
                        Some(name) => {
                            header.insert(name.to_owned(), rules.clone());
                        }
                        None => {
                            parts.others.insert(path.to_owned(), rules.clone());
                        }
                    },
                },
            }
        }
        parts.body = Rules::read(&body, false);
        parts.header = Rules::read(&header, true);
        parts
    }
}

/// The rules of a status stand by themselves, or under an empty path.
fn status_rules(rules: &Map<String, Value>) -> Map<String, Value> {
    let own = if rules.contains_key("matchers") {
        Value::Object(rules.clone())
    } else {
        rules.values().next().cloned().unwrap_or_default()
    };
    [("$".to_owned(), own)].into_iter().collect()
}

/// For whoever writes: the place of a member below another.
pub(super) fn below(place: &str, step: &Step) -> String {
    let mut steps = super::path::parse(place).unwrap_or_default();
    steps.push(step.clone());
    super::path::text(&steps)
}
