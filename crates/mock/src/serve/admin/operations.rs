//! The operations of the document: all in short, one in full.

use std::collections::HashSet;

use http::Request;
use serde_json::{Map, Value, json};
use tracesnap_openapi::{Location, MediaType, Operation, Parameter, Response, Schema, SecurityKind, SecurityScheme};

use super::{Refusal, body, edits, outline};
use crate::engine::Mock;
use crate::patterns::Recognition;
use crate::serve::server::State;

/// The place of an operation: by its place, by its id, or as `GET /orders/{id}`.
pub(super) fn find(name: &str, mock: &Mock) -> Result<usize, Refusal> {
    let by_place = name.parse().ok().filter(|at| mock.document().operation(*at).is_some());
    match by_place {
        Some(at) => Ok(at),
        None => Ok(mock.operation(name)?),
    }
}

/// As in `GET /orders/{id}`.
pub(super) fn label(operation: Operation<'_>) -> String {
    format!("{} {}", operation.method(), operation.path())
}

pub(super) async fn list(state: &State) -> Result<Value, Refusal> {
    let recognised = state.admin.recognised.get(state).await?;
    let mock = state.answering();
    let stored = edits::answered_by_versions(state).await;
    let describe = |operation: Operation<'_>| short(operation, recognised.get(operation.index()), &mock, &stored);
    Ok(Value::Array(mock.document().operations().map(describe).map(Value::Object).collect()))
}

/// `stored` are those that a database has a version for.
fn short(
    operation: Operation<'_>,
    recognised: Option<&Recognition>,
    mock: &Mock,
    stored: &HashSet<String>,
) -> Map<String, Value> {
    let mut told = Map::new();
    let mut tell = |key: &str, value: Value| drop(told.insert(key.to_owned(), value));
    tell("index", operation.index().into());
    tell("method", operation.method().into());
    tell("path", operation.path().into());
    tell("operation_id", operation.id().into());
    tell("summary", operation.summary().into());
    tell("tags", operation.tags().collect());
    tell("is_deprecated", operation.is_deprecated().into());
    let is_fixed = mock.is_overridden(operation.index()) || stored.contains(&label(operation));
    tell("is_fixed", is_fixed.into());
    if let Some(recognised) = recognised {
        tell("strategy", recognised.strategy.as_str().into());
        let patterns = recognised.patterns.iter();
        tell("patterns", patterns.map(|one| json!({"pattern": one.pattern, "confidence": one.confidence})).collect());
    }
    told
}

pub(super) async fn detail(name: &str, state: &State) -> Result<Value, Refusal> {
    let mock = state.answering();
    let index = find(name, &mock)?;
    let recognised = state.admin.recognised.get(state).await?;
    let Some(operation) = mock.document().operation(index) else {
        return Err(Refusal::missing(format!("there is no operation {index}")));
    };
    let mut told = short(operation, recognised.get(index), &mock, &edits::answered_by_versions(state).await);
    let mut tell = |key: &str, value: Value| drop(told.insert(key.to_owned(), value));
    tell("description", operation.description().into());
    let node = operation.node();
    tell("place", json!({"file": node.file_name(), "line": node.line(), "pointer": node.pointer()}));
    if let Some(recognised) = recognised.get(index) {
        tell("patterns", json!(recognised.patterns));
    }
    tell("store", mock.store_of(index).into());
    tell("parameters", operation.parameters().iter().map(parameter).collect());
    tell(
        "body",
        operation.body().map_or(Value::Null, |body| {
            json!({
                "is_required": body.is_required(),
                "description": body.description(),
                "content": content(body.content()),
            })
        }),
    );
    tell("responses", operation.responses().iter().map(response).collect());
    let security = operation.security();
    let schemes =
        |requirement: &tracesnap_openapi::Requirement<'_>| -> Value {
            requirement.schemes.iter().map(|(name, scheme, scopes)| {
            json!({"scheme": name, "shows": scheme.as_ref().map(shows), "scopes": scopes})
        }).collect()
        };
    tell("security", security.iter().map(schemes).collect());
    tell("request", mock.request(index).map_or(Value::Null, |request| sent(&request)));
    Ok(Value::Object(told))
}

/// A request as `try` takes it.
fn sent(request: &Request<bytes::Bytes>) -> Value {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut told = Map::new();
    told.insert("method".to_owned(), request.method().as_str().into());
    told.insert("target".to_owned(), target.into());
    told.insert("headers".to_owned(), body::headers(request.headers()));
    body::write(request.body(), &mut told);
    Value::Object(told)
}

fn parameter(parameter: &Parameter<'_>) -> Value {
    let place = match parameter.location() {
        Location::Path => "path",
        Location::Query => "query",
        Location::QueryString => "querystring",
        Location::Header => "header",
        Location::Cookie => "cookie",
        _ => "elsewhere",
    };
    let schema = parameter.schema().or_else(|| parameter.content()?.schema());
    let examples = parameter.examples();
    json!({
        "name": parameter.name(),
        "in": place,
        "is_required": parameter.is_required(),
        "description": parameter.description(),
        "schema": schema.map(outline::of),
        "example": examples.iter().find_map(|example| Some(example.value?.value())),
    })
}

fn response(response: &Response<'_>) -> Value {
    let headers = response.headers();
    let headers = headers.iter().map(|header| {
        json!({
            "name": header.name(),
            "is_required": header.is_required(),
            "description": header.description(),
            "schema": header.schema().map(outline::of),
        })
    });
    json!({
        "status": response.status().to_string(),
        "description": response.description(),
        "headers": headers.collect::<Vec<_>>(),
        "content": content(response.content()),
    })
}

fn content(content: &[MediaType<'_>]) -> Value {
    let describe = |media: &MediaType<'_>| {
        let examples = media.examples();
        let names: Vec<_> = examples.iter().filter_map(|example| example.name).collect();
        json!({"media_type": media.name(), "schema": media.schema().map(|schema: Schema<'_>| outline::of(schema)), "examples": names})
    };
    content.iter().map(describe).collect()
}

fn shows(scheme: &SecurityScheme<'_>) -> String {
    match scheme.kind() {
        SecurityKind::ApiKey { location, name } => format!("the key `{name}` in the {location}"),
        SecurityKind::Http { scheme } => format!("`authorization: {scheme} …`"),
        SecurityKind::OAuth2 => "a token of OAuth 2, in `authorization: Bearer …`".to_owned(),
        SecurityKind::OpenIdConnect { url } => format!("a token of the OpenID provider at {url}"),
        SecurityKind::MutualTls => "a certificate".to_owned(),
        _ => "something that the document does not say".to_owned(),
    }
}
