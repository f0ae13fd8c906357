//! Which specification a document follows.

use std::fmt;

use serde_json::Value;

/// The specification, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Version {
    /// Swagger 2.0.
    V2_0,
    /// OpenAPI 3.0: schemas are a dialect of their own, with `nullable`.
    V3_0,
    /// OpenAPI 3.1: schemas are JSON Schema 2020-12.
    V3_1,
    /// OpenAPI 3.2: other methods, streams, whole query strings.
    V3_2,
}

impl Version {
    /// As in `3.1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V3_0 => "3.0",
            Self::V3_1 => "3.1",
            Self::V3_2 => "3.2",
        }
    }

    /// The version that a root says it has, and whether that is one of ours.
    pub(crate) fn of(root: &Value) -> Option<(Self, bool)> {
        let text = |key: &str| match root.get(key) {
            Some(Value::String(text)) => Some(text.trim().to_owned()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if let Some(text) = text("openapi") {
            let (major, rest) = text.split_once('.').unwrap_or((&text, ""));
            let minor = rest.split(['.', '-']).next().unwrap_or_default();
            return Some(match (major, minor) {
                ("3", "0" | "") => (Self::V3_0, true),
                ("3", "1") => (Self::V3_1, true),
                ("3", "2") => (Self::V3_2, true),
                ("2", _) => (Self::V2_0, false),
                _ => (Self::V3_2, false),
            });
        }
        let text = text("swagger")?;
        Some(match text.as_str() {
            "2.0" | "2" => (Self::V2_0, true),
            other if other.starts_with("3.0") => (Self::V3_0, false),
            other if other.starts_with('3') => (Self::V3_1, false),
            _ => (Self::V2_0, false),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
