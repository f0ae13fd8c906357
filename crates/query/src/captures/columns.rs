//! The columns of the table `captures`.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value};
use tracesnap_capture::{Document, Outcome};
use tracesnap_redact::Policy;

use crate::column::{Field, Get, integer, micros};
use crate::redaction;

/// A capture, and what is known of it beside the document.
pub(crate) struct Row {
    /// The name of the store's line that it lies in; of a document from a file its own.
    pub(super) function: String,
    pub(super) key: Option<String>,
    pub(super) bytes: u64,
    pub(super) document: Document,
    /// By what it is redacted yet.
    pub(super) policy: Option<Policy>,
}

impl Row {
    fn outcome(&self) -> Option<&Outcome> {
        self.document.outcome.as_ref()
    }

    fn json(&self, value: &impl Serialize) -> Option<Cow<'_, str>> {
        Some(Cow::Owned(redaction::json(self.policy.as_ref(), value)))
    }
}

pub(super) const FUNCTION: usize = 0;
pub(super) const TIMESTAMP: usize = 2;

pub(super) const FIELDS: &[Field<Row>] = &[
    Field::new("function", Get::Text(|row| Some(Cow::Borrowed(&row.function))), "whole name of the function"),
    Field::new("name", Get::Text(|row| Some(Cow::Borrowed(&row.document.function_name))), "its own name"),
    Field::nullable("timestamp", Get::Time(|row| row.document.time().map(micros)), "when it was called"),
    Field::nullable(
        "outcome",
        Get::Text(|row| text(row.outcome()?.kind.as_str())),
        "`returned`, `error`, `panicked` or `cancelled`",
    ),
    Field::<Row>::nullable(
        "duration_ns",
        Get::Integer(|row| Some(integer(row.outcome()?.duration_ns))),
        "from the beginning of its body to the end",
    )
    .in_unit("ns"),
    Field::new(
        "depth",
        Get::Integer(|row| Some(integer(row.document.metadata.call_depth))),
        "captured calls that it was made in",
    ),
    Field::nullable("thread", Get::Text(|row| text(&row.document.metadata.thread_id)), "name or number of its thread"),
    Field::new(
        "args",
        Get::Json(|row| row.json(&Arguments(&row.document))),
        "arguments by name, those without one by position",
    ),
    Field::nullable("value", Get::Json(|row| row.json(&row.outcome()?.value)), "what it returned, or the error"),
    Field::nullable("tags", Get::Json(tags), "what the configuration put on it"),
    Field::nullable(
        "tiers",
        Get::Json(|row| object(&row.document.metadata.tiers)),
        "how much was kept of each argument",
    ),
    Field::nullable("value_tier", Get::Text(tier), "how much was kept of the value"),
    Field::new(
        "redacted_count",
        Get::Integer(|row| Some(redacted_count(&row.document))),
        "rules that kept something back, over arguments and value",
    ),
    Field::nullable("redacted", Get::Json(|row| object(&row.document.metadata.redacted)), "those of each argument"),
    Field::new(
        "replayable",
        Get::Boolean(|row| Some(row.document.is_replayable())),
        "whether the function can be called with it",
    ),
    Field::<Row>::new("bytes", Get::Integer(|row| Some(integer(row.bytes))), "size of the document as it is stored")
        .in_unit("bytes"),
    Field::nullable("id", Get::Text(|row| text(&row.document.id)), "UUID of the document"),
    Field::nullable(
        "key",
        Get::Text(|row| row.key.as_deref().map(Cow::Borrowed)),
        "where it lies in its store: `shop::pay#7`",
    ),
    Field::nullable(
        "parent",
        Get::Text(|row| text(row.document.metadata.parent.as_ref()?)),
        "document of the captured call around it",
    ),
    Field::nullable(
        "span",
        Get::Text(|row| text(row.document.metadata.span.as_ref()?)),
        "the `tracing` span it was called in",
    ),
    Field::nullable(
        "signature",
        Get::Text(|row| text(&row.document.metadata.signature)),
        "fingerprint of the function's signature",
    ),
    Field::nullable(
        "policy",
        Get::Text(|row| text(&row.document.metadata.policy)),
        "id of the redaction policy it was recorded under",
    ),
    Field::new("version", Get::Integer(|row| Some(integer(row.document.version))), "version of the document's format"),
];

/// Text, where there is some.
fn text(text: &str) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(Cow::Borrowed(text))
}

/// Names of tiers and ids of rules: nothing that could be a secret, beside names that rules would take for some.
fn object(fields: &Map<String, Value>) -> Option<Cow<'_, str>> {
    (!fields.is_empty()).then(|| Cow::Owned(redaction::json(None, fields)))
}

/// Anybody's text stands in tags.
fn tags(row: &Row) -> Option<Cow<'_, str>> {
    let tags = &row.document.metadata.tags;
    if tags.is_empty() { None } else { row.json(tags) }
}

fn tier(row: &Row) -> Option<Cow<'_, str>> {
    match serde_json::to_value(row.outcome()?.tier) {
        Ok(Value::String(tier)) => Some(Cow::Owned(tier)),
        _ => None,
    }
}

fn redacted_count(document: &Document) -> i64 {
    let rules = |rules: &Value| rules.as_array().map_or(1, Vec::len);
    let arguments: usize = document.metadata.redacted.values().map(rules).sum();
    let value = document.outcome.as_ref().map_or(0, |outcome| outcome.redacted.len());
    integer((arguments + value) as u64)
}

/// All arguments as an object.
struct Arguments<'d>(&'d Document);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for name in self.0.names() {
            if let Some(value) = self.0.argument(&name) {
                map.serialize_entry(&name, value)?;
            }
        }
        map.end()
    }
}
