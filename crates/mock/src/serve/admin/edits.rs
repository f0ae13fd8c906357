//! Answers that somebody writes in place of what the mock would say: checked, kept as versions, compared, taken back.
//!
//! A database keeps them where the server has one, else they are kept as long as it runs.

use std::collections::HashSet;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracesnap_openapi::Status;

use super::{Asked, Refusal, body, operations};
use crate::engine::{Fixed, Mock};
use crate::serve::server::State;
use crate::versions::{Draft, Version};

/// An answer as somebody wrote it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_base64: Option<String>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    author: String,
    /// Whether it is kept although it breaks the document.
    #[serde(default)]
    accept_faults: bool,
}

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Fault {
    /// `status`, `header NAME`, `body`, or a JSON pointer into it.
    place: String,
    message: String,
    /// Nothing that HTTP allows, so that it cannot be kept.
    is_fatal: bool,
}

impl Fault {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), is_fatal: false }
    }

    fn fatal(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { is_fatal: true, ..Self::new(place, message) }
    }
}

/// Headers that follow from the connection and the body.
const FRAMING: [&str; 6] = ["content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "trailer"];

impl Written {
    fn faults(&self, operation: usize, bytes: &Bytes, mock: &Mock) -> Vec<Fault> {
        let mut found = Vec::new();
        if !(200..=599).contains(&self.status) {
            found.push(Fault::fatal("status", format!("is {}, expected 200 to 599", self.status)));
        }
        for (name, value) in &self.headers {
            let place = format!("header {name}");
            match name.parse::<HeaderName>() {
                Err(_) => found.push(Fault::fatal(place, "is no name of a header")),
                Ok(known) if FRAMING.contains(&known.as_str()) => {
                    found.push(Fault::fatal(place, "follows from the body; leave it out"));
                }
                Ok(_) if HeaderValue::from_str(value).is_err() => {
                    found.push(Fault::fatal(place, "has letters that no header may have"));
                }
                Ok(_) => {}
            }
        }
        let bodiless = matches!(self.status, 204 | 205 | 304);
        if bodiless && !bytes.is_empty() {
            found.push(Fault::fatal("body", format!("an answer with the status {} has none", self.status)));
            return found;
        }
        let Some(described) = mock.document().operation(operation) else { return found };
        let Some(response) = described.response(self.status) else {
            let known: Vec<_> = described.responses().iter().map(|one| one.status().to_string()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            found.push(Fault::new("status", format!("the document has {known}, not {}", self.status)));
            return found;
        };
        if response.status() == Status::Default && described.responses().len() > 1 && self.status < 300 {
            found.push(Fault::new("status", "the document has it among `default`, which mostly is for errors"));
        }
        for header in response.headers().iter().filter(|header| header.is_required()) {
            if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header.name())) {
                found.push(Fault::new(format!("header {}", header.name()), "is required, and not there"));
            }
        }
        if bodiless || response.content().is_empty() && bytes.is_empty() {
            return found;
        }
        let content_type = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let essence = content_type.map(|(_, value)| value.split(';').next().unwrap_or_default().trim());
        let essence = essence.unwrap_or_default().to_ascii_lowercase();
        let known: Vec<String> = response.content().iter().map(tracesnap_openapi::MediaType::essence).collect();
        if !known.is_empty() && !known.iter().any(|known| matches(known, &essence)) {
            let given = if essence.is_empty() { "not there".to_owned() } else { format!("`{essence}`") };
            found.push(Fault::new("header content-type", format!("is {given}, expected {}", known.join(", "))));
        }
        if essence.contains("json") || essence.is_empty() {
            match mock.violations(operation, Some(self.status), bytes) {
                Some(Ok(violations)) => found.extend(violations.into_iter().map(|one| {
                    let place = if one.instance.is_empty() { "body".to_owned() } else { one.instance };
                    Fault::new(place, one.message)
                })),
                Some(Err(error)) => found.push(Fault::new("body", format!("is not JSON: {error}"))),
                None => {}
            }
        }
        found
    }
}

/// Whether a media type is meant by a range of the document.
fn matches(range: &str, given: &str) -> bool {
    match range.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => given.split('/').next() == Some(kind),
        None => range.eq_ignore_ascii_case(given),
    }
}

/// What somebody wrote, and what is wrong with it.
fn read(name: &str, asked: &Asked<'_>) -> Result<(Mock, usize, Written, Bytes, Vec<Fault>), Refusal> {
    let mock = asked.state.answering();
    let operation = operations::find(name, &mock)?;
    let written: Written = asked.json()?;
    let bytes = body::read(written.body.as_deref(), written.body_base64.as_deref()).map_err(Refusal::bad)?;
    let faults = written.faults(operation, &bytes, &mock);
    Ok((mock, operation, written, bytes, faults))
}

pub(super) fn check(name: &str, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let (_, _, _, _, faults) = read(name, asked)?;
    Ok(json!({"faults": faults}))
}

pub(super) async fn save(name: &str, asked: &Asked<'_>) -> Result<(StatusCode, Value), Refusal> {
    let (mock, operation, written, bytes, faults) = read(name, asked)?;
    if faults.iter().any(|fault| fault.is_fatal || !written.accept_faults) {
        let error = "the answer breaks the document; mend it, or say `accept_faults`";
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, json!({"error": error, "faults": faults})));
    }
    let mut draft = Draft::new(written.status, "", bytes).by(written.author).note(written.note);
    draft.headers = written.headers;
    let label = label_of(operation, &mock);
    #[cfg(feature = "database")]
    if let Some((responder, database)) = stored(asked) {
        let version = database.responses(responder.api()).save(&label, &draft).await?;
        responder.refresh().await?;
        return Ok((StatusCode::CREATED, json!(version)));
    }
    let version = asked.state.admin.history.save(operation, &label, &draft);
    mock.fix(operation, fixed(&version));
    Ok((StatusCode::CREATED, json!(version)))
}

pub(super) async fn versions(name: &str, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let mock = asked.state.answering();
    let operation = operations::find(name, &mock)?;
    #[cfg(feature = "database")]
    if let Some((responder, database)) = stored(asked) {
        let target = asked.text("target").unwrap_or_default();
        let label = label_of(operation, &mock);
        return Ok(json!(database.responses(responder.api()).versions(&label, target).await?));
    }
    Ok(json!(asked.state.admin.history.versions(operation)))
}

pub(super) async fn diff(name: &str, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let mock = asked.state.answering();
    let operation = operations::find(name, &mock)?;
    let (from, to) = (needed(asked, "from")?, needed(asked, "to")?);
    #[cfg(feature = "database")]
    if let Some((responder, database)) = stored(asked) {
        let target = asked.text("target").unwrap_or_default();
        let label = label_of(operation, &mock);
        let differences = database.responses(responder.api()).diff(&label, target, from, to).await?;
        return Ok(json!({"differences": differences}));
    }
    let history = &asked.state.admin.history;
    let differences = history.diff(operation, from, to).ok_or_else(|| no_version(operation, asked, &[from, to]))?;
    Ok(json!({"differences": differences}))
}

pub(super) async fn rollback(name: &str, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let mock = asked.state.answering();
    let operation = operations::find(name, &mock)?;
    let to = needed(asked, "to")?;
    let author = asked.text("author").unwrap_or_default();
    #[cfg(feature = "database")]
    if let Some((responder, database)) = stored(asked) {
        let target = asked.text("target").unwrap_or_default();
        let label = label_of(operation, &mock);
        let version = database.responses(responder.api()).rollback(&label, target, to, author).await?;
        responder.refresh().await?;
        return Ok(json!(version));
    }
    let history = &asked.state.admin.history;
    let version = history.rollback(operation, to, author).ok_or_else(|| no_version(operation, asked, &[to]))?;
    mock.fix(operation, fixed(&version));
    Ok(json!(version))
}

/// Lets the operation answer by itself again; versions are kept.
pub(super) async fn retire(name: &str, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let mock = asked.state.answering();
    let operation = operations::find(name, &mock)?;
    let was_fixed = mock.unfix(operation);
    let did = asked.state.admin.history.retire(operation) || was_fixed;
    #[cfg(feature = "database")]
    if let Some((responder, database)) = stored(asked) {
        let target = asked.text("target").unwrap_or_default();
        let author = asked.text("author").unwrap_or_default();
        let label = label_of(operation, &mock);
        let did = database.responses(responder.api()).retire(&label, target, author).await? || did;
        responder.refresh().await?;
        return Ok(json!({"retired": did}));
    }
    Ok(json!({"retired": did}))
}

/// Where versions are kept: a database, by its address, or `memory`.
pub(super) fn keeper(state: &State) -> &str {
    #[cfg(feature = "database")]
    if let Some(database) = state.responder.as_ref().and_then(crate::responder::Responder::database) {
        return database.url();
    }
    let _ = state;
    "memory"
}

/// The operations that versions in a database answer for; none where it is gone, as is with answers.
pub(super) async fn answered_by_versions(state: &State) -> HashSet<String> {
    #[cfg(feature = "database")]
    if let Some(responder) = &state.responder
        && let Some(database) = responder.database()
    {
        let environment = responder.config().environment;
        let heads = database.responses(responder.api()).heads(environment.as_str()).await;
        return heads.unwrap_or_default().into_iter().map(|head| head.operation).collect();
    }
    let _ = state;
    HashSet::new()
}

/// Who answers by a database, and the database.
#[cfg(feature = "database")]
fn stored<'a>(asked: &'a Asked<'_>) -> Option<(&'a crate::responder::Responder, &'a crate::database::Database)> {
    let responder = asked.state.responder.as_ref()?;
    Some((responder, responder.database()?))
}

fn label_of(operation: usize, mock: &Mock) -> String {
    mock.document().operation(operation).map(operations::label).unwrap_or_default()
}

fn needed(asked: &Asked<'_>, name: &str) -> Result<i64, Refusal> {
    asked.number(name)?.ok_or_else(|| Refusal::bad(format!("`{name}` is missing, expected the number of a version")))
}

fn no_version(operation: usize, asked: &Asked<'_>, versions: &[i64]) -> Refusal {
    let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
    let known = asked.state.admin.history.versions(operation);
    let known = match (known.last(), known.first()) {
        (Some(first), Some(last)) => format!("there are {} to {}", first.version, last.version),
        _ => "nothing is kept for the operation".to_owned(),
    };
    Refusal::missing(format!("there is no version {}; {known}", versions.join(" or ")))
}

fn fixed(version: &Version) -> Fixed {
    let mut fixed = Fixed::status(version.status);
    for (name, value) in &version.headers {
        fixed = fixed.with_header(name, value);
    }
    fixed.with_bytes(version.body.clone())
}
