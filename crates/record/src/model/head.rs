//! What a session says of itself, beside its interactions.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Timestamp;

/// The name of the format, in `format`.
pub const FORMAT: &str = "tracesnap-session";

/// The newest version of the format that this build reads, and the one that it writes. A file without one is of before
/// there were versions: `{session_id, timestamp, total_interactions, interactions}`.
pub const VERSION: u32 = 1;

/// All fields of a session's file but its interactions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionHead {
    /// Which session. Those of this crate sort by time.
    #[serde(deserialize_with = "text_or_number")]
    pub session_id: String,
    /// When it began.
    pub timestamp: Timestamp,
    /// [`FORMAT`], `None` in files of other tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// [`VERSION`] of its writer, `None` in files of other tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// What the recorder was told to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How it was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
    /// Values that the program under test chose, and must choose again when this is played back: seeds, ids, the clock.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// How many interactions it says it has; a file that was damaged may have fewer.
    #[serde(default)]
    pub total_interactions: u64,
    /// Fields that this version does not know; they are written again.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How a session was recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recorded {
    /// Name and version of the recorder.
    #[serde(default)]
    pub by: String,
    /// Which rules redacted it: [`Policy::id`](tracesnap_redact::Policy::id).
    #[serde(default)]
    pub policy: String,
    /// Values that were redacted.
    #[serde(default)]
    pub redacted: u64,
    /// Values that were cut at a limit.
    #[serde(default)]
    pub truncated: u64,
    /// Interactions that could not be kept.
    #[serde(default)]
    pub lost: u64,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl SessionHead {
    /// The head of a session of this version.
    pub fn new(session_id: impl Into<String>, timestamp: Timestamp) -> Self {
        Self {
            session_id: session_id.into(),
            timestamp,
            format: Some(FORMAT.to_owned()),
            version: Some(VERSION),
            name: None,
            recorded: None,
            variables: Map::new(),
            total_interactions: 0,
            extra: Map::new(),
        }
    }

    /// What to call it: its name, or else its id.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.session_id)
    }
}

/// Other tools write ids as numbers, too.
fn text_or_number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "an id: a text or a number")]
    enum Id {
        Text(String),
        Number(u64),
    }
    Ok(match Id::deserialize(from)? {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    })
}
