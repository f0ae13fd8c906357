//! Requests and answers of GraphQL over HTTP.
//!
//! As the specification of GraphQL over HTTP has it: POST with JSON, GET with `?query=` for queries alone; lists of
//! operations as one request, and the error that asks for the text of a persisted query, as clients of Apollo expect
//! them. What an operation answers is for [`super::run`].

use std::borrow::Cow;

use apollo_compiler::ast::OperationType;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::{GraphQLError, serde_json_bytes};
use apollo_compiler::{ExecutableDocument, validation::Valid};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::GraphQl;
use super::run::{Run, SEPARATOR, Thing};
use crate::engine::{self, Answer, Inner, Request, Source};

/// Operations of one request.
const MAX_BATCH: usize = 50;
/// Errors of one answer.
const MAX_ERRORS: usize = 100;
/// The media type of answers that say by their status whether there was an operation.
const RESPONSE: &str = "application/graphql-response+json";

/// What is asked for in one operation.
#[derive(Debug, Default)]
struct Asked {
    query: Option<String>,
    name: Option<String>,
    variables: Map<String, Value>,
    extensions: Value,
}

/// What one operation answers.
struct Answered {
    body: Value,
    /// There was an operation, and it was begun.
    begun: bool,
    from_state: bool,
    status: Option<StatusCode>,
}

impl Asked {
    fn of(value: &Value) -> Result<Self, String> {
        let Value::Object(members) = value else {
            return Err("the body is no object, expected {\"query\": …}".to_owned());
        };
        let text = |name: &str| match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("`{name}` is no text")),
        };
        let variables = match members.get("variables") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(variables)) => variables.clone(),
            Some(_) => return Err("`variables` is no object".to_owned()),
        };
        let extensions = members.get("extensions").cloned().unwrap_or_default();
        Ok(Self { query: text("query")?, name: text("operationName")?, variables, extensions })
    }
}

impl GraphQl {
    /// The answer to a request for the path of the schema.
    pub(crate) fn answer(&self, inner: &Inner, request: &Request, session: &str) -> Answer {
        let accept = request.headers().get("accept").and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let is_new = accept.contains(RESPONSE);
        let read = if request.method() == Method::POST { posted(request) } else { asked_by_get(request) };
        let (body, status, from_state) = match read {
            Err((status, why)) => (failed(&why, "BAD_REQUEST"), status, false),
            Ok(Read::Several(all)) if all.len() > MAX_BATCH => {
                let why = format!("the request has {} operations, expected {MAX_BATCH} at most", all.len());
                (failed(&why, "BAD_REQUEST"), StatusCode::BAD_REQUEST, false)
            }
            Ok(Read::Several(all)) => {
                let all: Vec<Answered> = all.iter().map(|asked| self.one(inner, asked, session, true)).collect();
                let from_state = all.iter().any(|one| one.from_state);
                (Value::Array(all.into_iter().map(|one| one.body).collect()), StatusCode::OK, from_state)
            }
            Ok(Read::One(asked)) => {
                let one = self.one(inner, &asked, session, request.method() == Method::POST);
                let refused = if is_new || asked.query.is_none() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
                let status = one.status.unwrap_or(if one.begun { StatusCode::OK } else { refused });
                (one.body, status, one.from_state)
            }
        };
        let source = match (status, from_state) {
            (StatusCode::OK, true) => Source::State,
            (StatusCode::OK, false) => Source::Generated,
            _ => Source::Request,
        };
        let mut answer = Answer::new(status, source);
        answer.body = engine::json(&body);
        answer.set(
            "content-type",
            if is_new { "application/graphql-response+json; charset=utf-8" } else { "application/json; charset=utf-8" },
        );
        if status == StatusCode::METHOD_NOT_ALLOWED {
            answer.set("allow", "POST");
        }
        answer.because(if from_state {
            "what the session made or changed is in it"
        } else {
            "it follows from schema, seed and arguments alone"
        });
        answer
    }

    fn one(&self, inner: &Inner, asked: &Asked, session: &str, may_change: bool) -> Answered {
        let refused = |body: Value| Answered { body, begun: false, from_state: false, status: None };
        let Some(text) = &asked.query else {
            if asked.extensions.get("persistedQuery").is_some() {
                let body = failed("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND");
                return Answered { body, begun: true, from_state: false, status: None };
            }
            return refused(failed("the request has no `query`", "BAD_REQUEST"));
        };
        let document = match self.schema.operation(text) {
            Ok(document) => document,
            Err(errors) => {
                let told = errors.iter().take(MAX_ERRORS).map(|error| {
                    let code = if error.error.to_string().starts_with("syntax error") {
                        "GRAPHQL_PARSE_FAILED"
                    } else {
                        "GRAPHQL_VALIDATION_FAILED"
                    };
                    told(&error.to_json(), Some(code))
                });
                return refused(json!({ "errors": told.collect::<Vec<_>>() }));
            }
        };
        match self.run(inner, asked, &document, session, may_change) {
            Ok(answered) => answered,
            Err(refused) => {
                let (error, status) = *refused;
                let body = json!({ "errors": [told(&error, Some("BAD_USER_INPUT"))] });
                Answered { body, begun: false, from_state: false, status }
            }
        }
    }

    fn run(
        &self,
        inner: &Inner,
        asked: &Asked,
        document: &Valid<ExecutableDocument>,
        session: &str,
        may_change: bool,
    ) -> Result<Answered, Box<(GraphQLError, Option<StatusCode>)>> {
        let schema = &self.schema.schema;
        let plain = |why: &str| GraphQLError::new(why, None, &document.sources);
        let of_request =
            |error: apollo_compiler::request::RequestError| (error.to_graphql_error(&document.sources), None);
        let operation = document.operations.get(asked.name.as_deref()).map_err(of_request)?;
        if operation.operation_type == OperationType::Mutation && !may_change {
            return Err(Box::new((plain("a mutation is sent by POST"), Some(StatusCode::METHOD_NOT_ALLOWED))));
        }
        if operation.operation_type == OperationType::Subscription {
            return Err(Box::new((
                plain("a subscription has no answer over HTTP; ask for its fields in a query"),
                None,
            )));
        }
        apollo_compiler::introspection::check_max_depth(document, operation).map_err(of_request)?;
        let variables = match serde_json_bytes::to_value(&asked.variables) {
            Ok(serde_json_bytes::Value::Object(variables)) => variables,
            _ => Default::default(),
        };
        let variables =
            apollo_compiler::request::coerce_variable_values(schema, operation, &variables).map_err(of_request)?;
        let run = Run::new(self, inner, inner.sessions.get(session));
        let root = Thing::root(&run, operation.object_type(), operation.operation_type);
        let answered = Execution::new(schema, document)
            .implementers_map(&self.schema.implementers)
            .operation(operation)
            .coerced_variable_values(&variables)
            .enable_schema_introspection(true)
            .execute_sync(&root)
            .map_err(of_request)?;
        let mut body = Map::new();
        if !answered.errors.is_empty() {
            let errors = answered.errors.iter().take(MAX_ERRORS).map(|error| told(error, None)).collect();
            body.insert("errors".to_owned(), Value::Array(errors));
        }
        body.insert("data".to_owned(), serde_json::to_value(&answered.data).unwrap_or_default());
        Ok(Answered { body: Value::Object(body), begun: true, from_state: run.from_state.get(), status: None })
    }
}

/// An error as the specification has it, with a code among its extensions.
fn told(error: &GraphQLError, code: Option<&str>) -> Value {
    let mut told = serde_json::to_value(error).unwrap_or_default();
    let message = error.message.strip_prefix("resolver error: ").unwrap_or(&error.message);
    let (own, message) = message.split_once(SEPARATOR).map_or((None, message), |(code, message)| (Some(code), message));
    told["message"] = Value::from(message);
    let code = own.or(code).unwrap_or("INTERNAL_SERVER_ERROR");
    if let Value::Object(told) = &mut told {
        let extensions = told.entry("extensions").or_insert_with(|| json!({}));
        extensions["code"] = Value::from(code);
    }
    told
}

fn failed(why: &str, code: &str) -> Value {
    json!({ "errors": [{ "message": why, "extensions": { "code": code } }] })
}

enum Read {
    One(Asked),
    Several(Vec<Asked>),
}

fn posted(request: &Request) -> Result<Read, (StatusCode, String)> {
    let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let bad = |why: String| (StatusCode::BAD_REQUEST, why);
    if essence == "application/graphql" {
        let query = std::str::from_utf8(request.body()).map_err(|_| bad("the body is not UTF-8".to_owned()))?;
        let one = Asked { query: Some(query.to_owned()), ..asked_in_query(request).map_err(bad)? };
        return Ok(Read::One(one));
    }
    if !(essence.is_empty() || essence == "application/json" || essence.ends_with("+json")) {
        let why = format!("the body is `{essence}`, expected `application/json`");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    if request.body().is_empty() {
        return asked_in_query(request).map(Read::One).map_err(bad);
    }
    let body: Value =
        serde_json::from_slice(request.body()).map_err(|error| bad(format!("the body is not JSON: {error}")))?;
    match &body {
        Value::Array(all) => {
            Ok(Read::Several(all.iter().take(MAX_BATCH + 1).map(Asked::of).collect::<Result<_, _>>().map_err(bad)?))
        }
        one => Ok(Read::One(Asked::of(one).map_err(bad)?)),
    }
}

fn asked_by_get(request: &Request) -> Result<Read, (StatusCode, String)> {
    asked_in_query(request).map(Read::One).map_err(|why| (StatusCode::BAD_REQUEST, why))
}

fn asked_in_query(request: &Request) -> Result<Asked, String> {
    let pairs = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = pairs.take(20).collect();
    let text = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone().into_owned());
    let object = |name: &str| match text(name).filter(|text| !text.is_empty()) {
        None => Ok(Value::Null),
        Some(text) => serde_json::from_str::<Value>(&text).map_err(|error| format!("`{name}` is not JSON: {error}")),
    };
    let variables = match object("variables")? {
        Value::Null => Map::new(),
        Value::Object(variables) => variables,
        _ => return Err("`variables` is no object".to_owned()),
    };
    Ok(Asked { query: text("query"), name: text("operationName"), variables, extensions: object("extensions")? })
}
