//! What is known of a document without reading its body.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A document's kind, time, tags and so on: small, stored before the body, never encrypted.
///
/// What is said here can be searched without opening bodies; what must not be read by everybody belongs into the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Metadata {
    /// The document's name, filled in when it is stored.
    #[serde(default)]
    pub(crate) name: String,
    kind: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    format_version: u32,
    #[serde(default = "json", skip_serializing_if = "is_json")]
    content_type: String,
    #[serde(with = "rfc3339")]
    time: SystemTime,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    /// For one that is pending: which accepted document it would replace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<String>,
    /// By which key the body is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    #[serde(skip)]
    pub(crate) bytes: u64,
    #[serde(skip)]
    pub(crate) checksum: u32,
}

impl Metadata {
    /// Of a document of this kind: `capture`, `session`, whatever its writer calls it.
    pub fn of_kind(kind: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            kind: kind.into(),
            format_version: 1,
            content_type: json(),
            time: SystemTime::now(),
            tags: BTreeMap::new(),
            replaces: None,
            key: None,
            bytes: 0,
            checksum: 0,
        }
    }

    /// Version of the body's format. A reader that was told of older ones only refuses it. Default: 1.
    #[must_use]
    pub fn with_format_version(mut self, version: u32) -> Self {
        self.format_version = version;
        self
    }

    /// The body's media type. Default: `application/json`.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// When the document was made. Default: now.
    #[must_use]
    pub fn with_time(mut self, time: SystemTime) -> Self {
        self.time = time;
        self
    }

    /// A word to find it by; one of the same key is replaced. Default: none.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// The document's name; empty before it is stored.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the document is.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Version of the body's format.
    #[must_use]
    pub fn format_version(&self) -> u32 {
        self.format_version
    }

    /// The body's media type.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// When the document was made, by its writer's clock.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// All tags.
    #[must_use]
    pub fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// The tag of this key.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }

    /// Size of the body as it is stored: of an encrypted one, 40 more than of the plain one. 0 before it is stored.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// CRC-32 of the body as it is stored. 0 before it is stored.
    #[must_use]
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// Whether the body is encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.key.is_some()
    }
}

fn one() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(version: &u32) -> bool {
    *version == 1
}

fn json() -> String {
    "application/json".to_owned()
}

fn is_json(content_type: &str) -> bool {
    content_type == "application/json"
}

/// A time as people write it, to the nanosecond.
pub(crate) mod rfc3339 {
    use std::time::SystemTime;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
        // Before 1970 and after 9999 no text of this form exists; a wrong clock must not lose the document.
        let last = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(253_402_300_799);
        let time = (*time).clamp(SystemTime::UNIX_EPOCH, last);
        serializer.collect_str(&humantime::format_rfc3339_nanos(time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SystemTime, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        humantime::parse_rfc3339(&text).map_err(serde::de::Error::custom)
    }
}
