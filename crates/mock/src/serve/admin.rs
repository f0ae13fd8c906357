//! The routes of the server itself, under `/__mock/`.

use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};

use super::connection::Reply;
use super::server::State;
use super::socket::ReplyBody;
use crate::engine;

/// What a path asks for, if it is one of the server's own.
pub(crate) fn route(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/__mock")?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/'))
}

pub(crate) fn reply(route: &str, head: &Parts, state: &State) -> Reply {
    let given = head.headers.get("x-mock-admin-token").map(HeaderValue::as_bytes);
    let bearer = || head.headers.get("authorization").and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if let Some(token) = &state.admin_token
        && !given.or_else(bearer).is_some_and(|given| is_same(given, token.as_bytes()))
    {
        return json_reply(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "expected the admin token in `x-mock-admin-token`"}),
        );
    }
    let is_read = head.method == Method::GET || head.method == Method::HEAD;
    let found = match (route, is_read) {
        ("" | "health", true) => json!({
            "status": "ok",
            "title": state.mock.document().title(),
            "operations": state.mock.document().operations().len(),
            "faults": state.mock.document().faults().len(),
        }),
        ("stats", true) => stats(state),
        ("requests", true) => Value::Array(state.journal.all().iter().map(super::Received::describe).collect()),
        ("operations", true) => operations(state),
        ("resources", true) => json!(state.mock.resources()),
        ("reset", false) if head.method == Method::POST => {
            let query = head.uri.query().unwrap_or_default();
            let session = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "session");
            match session {
                Some((_, session)) => state.mock.reset_session(&session),
                None => {
                    state.reset();
                    state.journal.clear();
                }
            }
            json!({"reset": true})
        }
        ("reset", true) => return json_reply(StatusCode::METHOD_NOT_ALLOWED, &json!({"error": "send POST"})),
        _ => {
            let routes = ["health", "stats", "requests", "operations", "resources", "reset"];
            return json_reply(StatusCode::NOT_FOUND, &json!({"error": "no such route", "routes": routes}));
        }
    };
    json_reply(StatusCode::OK, &found)
}

fn stats(state: &State) -> Value {
    let stats = json!(state.stats());
    #[cfg(feature = "cache")]
    if let (Value::Object(fields), Some(responder)) = (&stats, &state.responder) {
        let mut fields = fields.clone();
        let config = responder.config().describe().into_iter().map(|(name, value)| (name.to_owned(), value.into()));
        fields.insert("config".to_owned(), Value::Object(config.collect()));
        fields.insert("cache".to_owned(), json!(responder.get_statistics()));
        return Value::Object(fields);
    }
    stats
}

fn operations(state: &State) -> Value {
    let describe = |operation: tracesnap_openapi::Operation<'_>| {
        json!({
            "method": operation.method(),
            "path": operation.path(),
            "operation_id": operation.id(),
            "summary": operation.summary(),
        })
    };
    Value::Array(state.mock.document().operations().map(describe).collect())
}

/// Compares without telling by the time it takes how much was right.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn json_reply(status: StatusCode, value: &Value) -> Reply {
    let mut reply = Response::new(ReplyBody::new(engine::json(value)));
    *reply.status_mut() = status;
    reply.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    reply
}
