//! One request and what came of it.

use std::fmt;
use std::time::Duration;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::{Status, Stream, Timestamp};

/// One request to a service and what came of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Interaction {
    /// Its number in the session, from 0 in the order in which interactions began.
    pub id: u64,
    /// When it began.
    pub timestamp: Timestamp,
    /// Who was asked: `firestore`.
    pub service: String,
    /// What for: `collection.get`.
    pub operation: String,
    /// What was sent, redacted.
    pub request: Value,
    /// What came back, redacted; `null` where nothing did.
    pub response: Value,
    /// How it ended.
    pub status: Status,
    /// From the request to the end of the response. **Unit:** milliseconds.
    pub duration_ms: f64,
    /// The error's message, redacted.
    pub error: Option<String>,
    /// The error's type.
    pub error_type: Option<String>,
    /// The logical task that made it: a name that the program gave, or `#` and a number.
    pub task: Option<String>,
    /// The tracer's call that made it, as it was told by a `tracing` event.
    pub call: Option<String>,
    /// Where it was more than one request and one response: its parts, and when they came.
    pub stream: Option<Stream>,
    /// Fields that this version does not know; they are written again.
    pub extra: Map<String, Value>,
}

impl Interaction {
    /// An interaction that succeeded at once, to be filled in.
    pub fn new(id: u64, service: impl Into<String>, operation: impl Into<String>, request: Value) -> Self {
        Self {
            id,
            timestamp: Timestamp::now(),
            service: service.into(),
            operation: operation.into(),
            request,
            response: Value::Null,
            status: Status::Success,
            duration_ms: 0.0,
            error: None,
            error_type: None,
            task: None,
            call: None,
            stream: None,
            extra: Map::new(),
        }
    }

    /// How long it took; zero where the file says something that is no duration.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::try_from_secs_f64(self.duration_ms / 1e3).unwrap_or_default()
    }

    /// Whether it ended with a response.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == Status::Success
    }

    /// `service` and `operation` as people write them together: `firestore collection.get`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.service, self.operation)
    }
}

/// Milliseconds to the nanosecond, without the noise of binary fractions.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_nanos() as f64 / 1e6
}

impl Serialize for Interaction {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("timestamp", &self.timestamp)?;
        map.serialize_entry("service", &self.service)?;
        map.serialize_entry("operation", &self.operation)?;
        map.serialize_entry("request", &self.request)?;
        map.serialize_entry("response", &self.response)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("duration_ms", &self.duration_ms)?;
        for (name, text) in
            [("error", &self.error), ("error_type", &self.error_type), ("task", &self.task), ("call", &self.call)]
        {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        if let Some(stream) = &self.stream {
            map.serialize_entry("stream", stream)?;
        }
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

// By hand, since `flatten` would hold every field twice, and sessions have very many interactions.
impl<'de> Deserialize<'de> for Interaction {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Interaction;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an interaction: an object with `service` and `operation`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Interaction, A::Error> {
        let mut found = Interaction {
            status: Status::Other(String::new()),
            timestamp: Timestamp::from(std::time::SystemTime::UNIX_EPOCH),
            ..Interaction::new(0, "", "", Value::Null)
        };
        let (mut service, mut operation) = (false, false);
        while let Some(name) = map.next_key::<FieldName>()? {
            match name {
                FieldName::Id => found.id = map.next_value()?,
                FieldName::Timestamp => found.timestamp = map.next_value()?,
                FieldName::Service => (service, found.service) = (true, map.next_value()?),
                FieldName::Operation => (operation, found.operation) = (true, map.next_value()?),
                FieldName::Request => found.request = map.next_value()?,
                FieldName::Response => found.response = map.next_value()?,
                FieldName::Status => found.status = map.next_value()?,
                FieldName::DurationMs => found.duration_ms = map.next_value::<Option<f64>>()?.unwrap_or_default(),
                FieldName::Error => found.error = error_text(map.next_value()?),
                FieldName::ErrorType => found.error_type = map.next_value()?,
                FieldName::Task => found.task = map.next_value()?,
                FieldName::Call => found.call = map.next_value()?,
                FieldName::Stream => found.stream = map.next_value()?,
                FieldName::Other(name) if name.len() > MAX_NAME => {
                    map.next_value::<IgnoredAny>()?;
                }
                FieldName::Other(name) => {
                    found.extra.insert(name, map.next_value()?);
                }
            }
        }
        if !service {
            return Err(A::Error::missing_field("service"));
        }
        if !operation {
            return Err(A::Error::missing_field("operation"));
        }
        if found.status.as_str().is_empty() {
            found.status = if found.error.is_some() { Status::Error } else { Status::Success };
        }
        if !found.duration_ms.is_finite() || found.duration_ms < 0.0 {
            return Err(A::Error::custom(format_args!(
                "`duration_ms` is {}, but is never negative",
                found.duration_ms
            )));
        }
        Ok(found)
    }
}

/// No field that means anything is called by more.
const MAX_NAME: usize = 1_024;

/// Some tools write the error as an object.
fn error_text(error: Value) -> Option<String> {
    match error {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Object(fields) if fields.get("message").is_some_and(Value::is_string) => {
            fields.get("message").and_then(Value::as_str).map(str::to_owned)
        }
        other => Some(other.to_string()),
    }
}

enum FieldName {
    Id,
    Timestamp,
    Service,
    Operation,
    Request,
    Response,
    Status,
    DurationMs,
    Error,
    ErrorType,
    Task,
    Call,
    Stream,
    Other(String),
}

impl<'de> Deserialize<'de> for FieldName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = FieldName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's name")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<FieldName, E> {
                Ok(match name {
                    "id" => FieldName::Id,
                    "timestamp" => FieldName::Timestamp,
                    "service" => FieldName::Service,
                    "operation" => FieldName::Operation,
                    "request" => FieldName::Request,
                    "response" => FieldName::Response,
                    "status" => FieldName::Status,
                    "duration_ms" => FieldName::DurationMs,
                    "error" => FieldName::Error,
                    "error_type" => FieldName::ErrorType,
                    "task" => FieldName::Task,
                    "call" => FieldName::Call,
                    "stream" => FieldName::Stream,
                    other => FieldName::Other(other.to_owned()),
                })
            }
        }
        from.deserialize_identifier(Name)
    }
}
