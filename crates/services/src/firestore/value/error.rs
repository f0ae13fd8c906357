//! Why a value is none.

use std::fmt;

/// Why a value of the program is none of Firestore's, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    why: String,
}

impl ValueError {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into() }
    }

    /// The value itself is not repeated, since it may be private.
    pub(super) fn wire(expected: &str, found: &serde_json::Value) -> Self {
        let found = match found {
            serde_json::Value::Null => "null",
            serde_json::Value::Bool(_) => "a bool",
            serde_json::Value::Number(_) => "a number",
            serde_json::Value::String(_) => "a text",
            serde_json::Value::Array(_) => "a list",
            serde_json::Value::Object(_) => "an object",
        };
        Self::new(format!("found {found}, expected {expected}"))
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for ValueError {}

impl serde::ser::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

impl serde::de::Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}
