//! The routes of the server itself, under `/__mock/`: what each of them says. [`super`] lists them.
//!
//! Who may ask is for [`guard`], what the page looks like for [`super::page`].

mod attempt;
mod body;
mod edits;
mod figures;
mod guard;
mod operations;
mod outline;
mod recognised;
mod refusal;
mod samples;

use std::borrow::Cow;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::connection::{self, Ends, Reply};
use super::page;
use super::server::State;
use super::socket::ReplyBody;
use crate::engine;
use crate::versions::History;
use recognised::Recognised;
use refusal::Refusal;
use samples::Samples;

/// What the admin routes keep beside what the server has anyway.
#[derive(Debug, Default)]
pub(crate) struct Admin {
    recognised: Recognised,
    samples: Samples,
    /// Versions of answers, where no database keeps them.
    history: History,
}

impl Admin {
    /// Lets no answer that somebody wrote hold any more.
    pub(crate) fn reset(&self) {
        self.history.retire_all();
    }
}

/// What a path asks for, if it is one of the server's own.
pub(crate) fn route(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/__mock")?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/'))
}

/// All routes, for those who ask for another one.
const ROUTES: [&str; 17] = [
    "GET health",
    "GET stats",
    "GET analytics?days=7",
    "GET requests?since=0",
    "DELETE requests",
    "GET operations",
    "GET operations/OPERATION",
    "GET operations/OPERATION/sample?status=200&quality=realistic&number=0",
    "POST operations/OPERATION/check",
    "GET operations/OPERATION/versions",
    "POST operations/OPERATION/versions",
    "DELETE operations/OPERATION/versions",
    "GET operations/OPERATION/diff?from=1&to=2",
    "POST operations/OPERATION/rollback?to=1",
    "GET sessions",
    "POST reset?session=NAME",
    "POST try",
];

/// A request to a route.
struct Asked<'a> {
    state: &'a State,
    query: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    body: Bytes,
    ends: Ends,
}

impl Asked<'_> {
    /// A parameter of the query.
    fn text(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    /// A parameter of the query that is a number.
    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        let number = text.parse().map_err(|_| Refusal::bad(format!("`{name}` is `{text}`, expected a number")))?;
        Ok(Some(number))
    }

    /// The body as JSON.
    fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Refusal::bad(format!("the body is not as expected: {error}")))
    }
}

pub(crate) async fn reply(route: &str, head: &Parts, body: Incoming, ends: Ends, state: &State) -> Reply {
    let is_read = matches!(head.method, Method::GET | Method::HEAD);
    // The page itself says nothing of the mock; what it asks for then is guarded.
    if is_read && let Some(file) = page::file(route, head) {
        return file;
    }
    if let Err(refusal) = guard::check(head, state) {
        return refusal.into_reply();
    }
    let body = match connection::read(body, state).await {
        Ok(body) => body,
        Err((status, detail)) => return Refusal::new(status, detail).into_reply(),
    };
    let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).take(100).collect();
    let asked = Asked { state, query, body, ends };
    let parts: Vec<Cow<'_, str>> = route.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy()).collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    let method = if is_read { "GET" } else { head.method.as_str() };
    match answer(method, &parts, &asked).await {
        Ok((status, value)) => json_reply(status, &value),
        Err(refusal) => refusal.into_reply(),
    }
}

async fn answer(method: &str, parts: &[&str], asked: &Asked<'_>) -> Result<(StatusCode, Value), Refusal> {
    let state = asked.state;
    let found = match (method, parts) {
        ("GET", ["" | "health"]) => health(state),
        ("GET", ["stats"]) => figures::stats(state),
        ("GET", ["analytics"]) => figures::analytics(asked).await?,
        ("GET", ["requests"]) => requests(asked)?,
        ("DELETE", ["requests"]) => {
            state.journal.clear();
            json!({"cleared": true})
        }
        ("GET", ["operations"]) => operations::list(state).await?,
        ("GET", ["operations", name]) => operations::detail(name, state).await?,
        ("GET", ["operations", name, "sample"]) => samples::sample(name, asked)?,
        ("POST", ["operations", name, "check"]) => edits::check(name, asked)?,
        ("GET", ["operations", name, "versions"]) => edits::versions(name, asked).await?,
        ("POST", ["operations", name, "versions"]) => return edits::save(name, asked).await,
        ("DELETE", ["operations", name, "versions"]) => edits::retire(name, asked).await?,
        ("GET", ["operations", name, "diff"]) => edits::diff(name, asked).await?,
        ("POST", ["operations", name, "rollback"]) => edits::rollback(name, asked).await?,
        ("GET", ["resources"]) => json!(state.answering().resources()),
        ("GET", ["sessions"]) => sessions(asked)?,
        ("POST", ["reset"]) => {
            match asked.text("session") {
                Some(session) => state.answering().reset_session(session),
                None => {
                    state.reset();
                    state.journal.clear();
                }
            }
            json!({"reset": true})
        }
        ("POST", ["try"]) => attempt::send(asked).await?,
        ("GET", ["reset" | "try"] | ["operations", _, "check" | "rollback"]) => {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "send POST"));
        }
        _ => {
            let body = json!({"error": "no such route", "routes": ROUTES});
            return Ok((StatusCode::NOT_FOUND, body));
        }
    };
    Ok((StatusCode::OK, found))
}

fn health(state: &State) -> Value {
    let mock = state.answering();
    let document = mock.document();
    json!({
        "status": "ok",
        "title": document.title(),
        "operations": document.operations().len(),
        "faults": document.faults().len(),
        "version": document.version().as_str(),
        "quality": mock.quality().as_str(),
        "versions_in": edits::keeper(state),
    })
}

fn requests(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let since = asked.number("since")?.unwrap_or(0);
    let most = asked.number("limit")?.unwrap_or(usize::MAX);
    Ok(Value::Array(asked.state.journal.since(since, most).iter().map(super::Received::describe).collect()))
}

/// Items of a collection that are shown, where nobody asks for more.
const ITEMS: usize = 50;

fn sessions(asked: &Asked<'_>) -> Result<Value, Refusal> {
    let mock = asked.state.answering();
    let most = asked.number("items")?.unwrap_or(ITEMS);
    Ok(match asked.text("session") {
        Some(session) => json!(mock.session(session, most)),
        None => json!(mock.sessions()),
    })
}

fn json_reply(status: StatusCode, value: &Value) -> Reply {
    let mut reply = Response::new(ReplyBody::new(engine::json(value)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    page::protect(headers);
    reply
}
