//! The columns of the table `interactions`.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;
use tracesnap_record::{Interaction, SessionHead, Timestamp};
use tracesnap_redact::Policy;

use crate::column::{Field, Get, integer, micros};
use crate::redaction;

/// An interaction and its session.
pub(crate) struct Row {
    session: Arc<Facts>,
    interaction: Interaction,
    /// Both are asked for by two columns: the text and its size.
    request: OnceCell<Option<String>>,
    response: OnceCell<Option<String>>,
}

/// What all rows of a session share.
pub(super) struct Facts {
    head: SessionHead,
    file: String,
    /// By what they are redacted yet.
    policy: Option<Policy>,
}

impl Facts {
    pub(super) fn new(head: SessionHead, file: String, policy: Option<Policy>) -> Self {
        Self { head, file, policy }
    }
}

impl Row {
    pub(super) fn new(session: &Arc<Facts>, interaction: Interaction) -> Self {
        let session = Arc::clone(session);
        Self { session, interaction, request: OnceCell::new(), response: OnceCell::new() }
    }

    fn policy(&self) -> Option<&Policy> {
        self.session.policy.as_ref()
    }

    fn request(&self) -> Option<&str> {
        self.request.get_or_init(|| self.json(&self.interaction.request)).as_deref()
    }

    fn response(&self) -> Option<&str> {
        self.response.get_or_init(|| self.json(&self.interaction.response)).as_deref()
    }

    fn json(&self, value: &Value) -> Option<String> {
        (!value.is_null()).then(|| redaction::json(self.policy(), value))
    }

    fn redacted<'r>(&'r self, text: &'r Option<String>) -> Option<Cow<'r, str>> {
        Some(redaction::text(self.policy(), text.as_ref()?))
    }
}

pub(super) const FIELDS: &[Field<Row>] = &[
    Field::new("session", Get::Text(|row| borrowed(&row.session.head.session_id)), "id of the session"),
    Field::nullable(
        "session_name",
        Get::Text(|row| borrowed(row.session.head.name.as_ref()?)),
        "what the recorder was told to call it",
    ),
    Field::nullable("session_timestamp", Get::Time(|row| moment(row.session.head.timestamp)), "when the session began"),
    Field::new("file", Get::Text(|row| borrowed(&row.session.file)), "the file it was read from"),
    Field::new("id", Get::Integer(|row| Some(integer(row.interaction.id))), "its number in the session, from 0"),
    Field::nullable("timestamp", Get::Time(|row| moment(row.interaction.timestamp)), "when it began"),
    Field::new("service", Get::Text(|row| borrowed(&row.interaction.service)), "who was asked"),
    Field::new("operation", Get::Text(|row| borrowed(&row.interaction.operation)), "what for"),
    Field::new(
        "status",
        Get::Text(|row| borrowed(row.interaction.status.as_str())),
        "`success`, `error`, `cancelled`, or as another tool says",
    ),
    Field::nullable("status_code", Get::Integer(status_code), "the number `status` of its response: HTTP's, mostly"),
    Field::<Row>::new(
        "duration_ms",
        Get::Number(|row| Some(row.interaction.duration_ms)),
        "from the request to the end of the response",
    )
    .in_unit("ms"),
    Field::nullable("error", Get::Text(|row| row.redacted(&row.interaction.error)), "the error's message"),
    Field::nullable("error_type", Get::Text(|row| row.redacted(&row.interaction.error_type)), "the error's type"),
    Field::nullable("request", Get::Json(|row| borrowed(row.request()?)), "what was sent"),
    Field::nullable("response", Get::Json(|row| borrowed(row.response()?)), "what came back"),
    Field::<Row>::new("request_bytes", Get::Integer(|row| Some(size(row.request()))), "size of the text in `request`")
        .in_unit("bytes"),
    Field::<Row>::new(
        "response_bytes",
        Get::Integer(|row| Some(size(row.response()))),
        "size of the text in `response`",
    )
    .in_unit("bytes"),
    Field::new(
        "stream_parts",
        Get::Integer(stream_parts),
        "parts of the exchange that were told one by one, 0 where it was no stream",
    ),
    Field::nullable("task", Get::Text(|row| borrowed(row.interaction.task.as_ref()?)), "the logical task that made it"),
    Field::nullable(
        "call",
        Get::Text(|row| borrowed(row.interaction.call.as_ref()?)),
        "the tracer's call that made it",
    ),
    Field::nullable(
        "policy",
        Get::Text(|row| borrowed(&row.session.head.recorded.as_ref()?.policy)),
        "id of the redaction policy it was recorded under",
    ),
];

fn borrowed(text: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(text))
}

/// Files that do not say have the beginning of 1970.
fn moment(timestamp: Timestamp) -> Option<i64> {
    (timestamp.time() > SystemTime::UNIX_EPOCH).then(|| micros(timestamp.time()))
}

fn status_code(row: &Row) -> Option<i64> {
    row.interaction.response.get("status")?.as_i64()
}

fn size(text: Option<&str>) -> i64 {
    text.map_or(0, |text| integer(text.len() as u64))
}

fn stream_parts(row: &Row) -> Option<i64> {
    Some(row.interaction.stream.as_ref().map_or(0, |stream| integer(stream.moments().len() as u64)))
}
