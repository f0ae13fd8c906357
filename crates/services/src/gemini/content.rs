//! What is said, by people and by models: contents, and the parts they have.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What somebody says: parts in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Content {
    /// Who says it: `user` or `model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The parts.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Content {
    /// What the user says.
    ///
    /// ```
    /// use tracesnap_services::gemini::Content;
    ///
    /// let content = Content::user("Tell me of a dragon.");
    /// assert_eq!(serde_json::to_string(&content)?, r#"{"role":"user","parts":[{"text":"Tell me of a dragon."}]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn user(part: impl Into<Part>) -> Self {
        Self::of("user", part)
    }

    /// What the model said before.
    pub fn model(part: impl Into<Part>) -> Self {
        Self::of("model", part)
    }

    fn of(role: &str, part: impl Into<Part>) -> Self {
        Self { role: Some(role.to_owned()), parts: vec![part.into()], extra: Map::new() }
    }

    /// With this part, too.
    #[must_use]
    pub fn with(mut self, part: impl Into<Part>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// Its texts, put together; without thoughts.
    #[must_use]
    pub fn text(&self) -> String {
        let said = self.parts.iter().filter(|part| part.thought != Some(true));
        said.filter_map(|part| part.text.as_deref()).collect()
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}

/// A part: a text, bytes, a call of a function … One of its fields is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Part {
    /// A text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Bytes that are sent along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline_data: Option<Blob>,
    /// Bytes that lie elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_data: Option<FileData>,
    /// What the model wants to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_call: Option<FunctionCall>,
    /// What was answered to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function_response: Option<FunctionResponse>,
    /// Whether this is what the model thinks, not what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thought: Option<bool>,
    /// What is to be sent back with the part, in Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thought_signature: Option<String>,
    /// What this build does not know: code that ran, its result …
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Part {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Bytes of a media type: `image/png`.
    pub fn bytes(mime_type: impl Into<String>, bytes: &[u8]) -> Self {
        use base64::Engine;
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        Self { inline_data: Some(Blob { mime_type: mime_type.into(), data }), ..Self::default() }
    }

    /// What was answered to a [call](FunctionCall).
    pub fn function_response(name: impl Into<String>, response: impl Into<Value>) -> Self {
        let response = FunctionResponse { id: None, name: name.into(), response: response.into(), extra: Map::new() };
        Self { function_response: Some(response), ..Self::default() }
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// Bytes of a media type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Blob {
    /// `image/png`.
    #[serde(default)]
    pub mime_type: String,
    /// In Base64.
    #[serde(default)]
    pub data: String,
}

/// Bytes that lie elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileData {
    /// `image/png`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Where.
    #[serde(default)]
    pub file_uri: String,
}

/// A function that the model wants to be called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunctionCall {
    /// Which call it is, where the model says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The function.
    #[serde(default)]
    pub name: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub args: Map<String, Value>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What was answered to a call of a function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunctionResponse {
    /// Which call it was, where the model said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The function.
    #[serde(default)]
    pub name: String,
    /// An object.
    #[serde(default)]
    pub response: Value,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
