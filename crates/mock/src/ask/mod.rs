//! Valid requests, made from the document alone.
//!
//! Required parameters, a body, credentials of the right form. What comes of a request, [`crate::engine`] says.

mod body;
mod credentials;
mod parameters;

use bytes::Bytes;
use http::{HeaderName, Request};
use tracesnap_openapi::{Location, Operation};

use crate::generate::Generator;

/// A request that an operation should answer with a success; `None` where none can be written as HTTP.
pub(crate) fn request(generator: &Generator, operation: Operation<'_>) -> Option<Request<Bytes>> {
    let mut path = operation.path().split('#').next().unwrap_or_default().to_owned();
    let mut query: Vec<(String, String)> = Vec::new();
    let mut headers: Vec<(String, String)> = Vec::new();
    let parameters = operation.parameters();
    for parameter in parameters.iter().filter(|parameter| parameter.is_required()) {
        let value = parameters::value(generator, parameter);
        let name = parameter.name();
        let written = if parameter.content().is_some() { value.to_string() } else { text(&value) };
        match parameter.location() {
            Location::Path => path = parameters::into_path(&path, parameter, &written),
            Location::Query => parameters::into_query(parameter, &value, &written, &mut query),
            Location::Header => headers.push((name.to_owned(), written)),
            Location::Cookie => headers.push(("cookie".to_owned(), format!("{name}={}", parameters::escape(&written)))),
            _ => {}
        }
    }
    // Names that nobody declared.
    while let Some(open) = path.find(['{', '<']) {
        let close = path[open..].find(['}', '>'])?;
        path.replace_range(open..=open + close, "x1");
    }
    credentials::add(operation, &mut query, &mut headers);
    let mut request = Request::builder().method(operation.method()).uri(target(&path, &query));
    for (name, value) in headers {
        let clean: String = value.chars().filter(|letter| letter.is_ascii() && !letter.is_ascii_control()).collect();
        // Two schemes in one header: the last one is the one with a form of its own.
        let name: HeaderName = name.parse().ok()?;
        request.headers_mut()?.insert(name, clean.parse().ok()?);
    }
    let (content_type, body) = body::of(generator, operation);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.body(body).ok()
}

/// Path and query as they are sent.
fn target(path: &str, query: &[(String, String)]) -> String {
    let (path, own) = path.split_once('?').unwrap_or((path, ""));
    let mut target = path.replace(' ', "%20");
    if !target.starts_with('/') {
        target.insert(0, '/');
    }
    let written = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    let joined: Vec<_> = [own, &written].into_iter().filter(|part| !part.is_empty()).collect();
    if joined.is_empty() { target } else { format!("{target}?{}", joined.join("&")) }
}

/// A value as a text of a parameter.
fn text(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("{name},{}", text(value))).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}
