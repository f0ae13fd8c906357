//! What a model is asked.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Content;

/// What a model is asked. A text, a [`Content`] or a list of such is one.
///
/// ```
/// use tracesnap_services::gemini::{Content, GenerateContentRequest};
///
/// let talk = [Content::user("Roll a die."), Content::model("4."), Content::user("Again.")];
/// let request = GenerateContentRequest::from(talk).system("You are fair.").max_output_tokens(16);
/// assert_eq!(request.contents.len(), 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GenerateContentRequest {
    /// What was said so far, the question last.
    #[serde(default)]
    pub contents: Vec<Content>,
    /// How the model is to behave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_instruction: Option<Content>,
    /// How it is to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation_config: Option<GenerationConfig>,
    /// What it must not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub safety_settings: Vec<SafetySetting>,
    /// What it may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// How it is to call that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_config: Option<Value>,
    /// What is said before, by its name in the cache: `cachedContents/c1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_content: Option<String>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl GenerateContentRequest {
    /// How the model is to behave.
    #[must_use]
    pub fn system(mut self, text: impl Into<String>) -> Self {
        let content = Content { parts: vec![super::Part::text(text)], ..Content::default() };
        self.system_instruction = Some(content);
        self
    }

    fn config(mut self, change: impl FnOnce(&mut GenerationConfig)) -> Self {
        change(self.generation_config.get_or_insert_default());
        self
    }

    /// How freely it chooses, from 0 to 2. Default: the model's.
    #[must_use]
    pub fn temperature(self, temperature: f64) -> Self {
        self.config(|config| config.temperature = Some(temperature))
    }

    /// At most so many tokens of an answer. Default: the model's.
    #[must_use]
    pub fn max_output_tokens(self, most: u32) -> Self {
        self.config(|config| config.max_output_tokens = Some(most))
    }

    /// An answer in JSON of this schema.
    #[must_use]
    pub fn json(self, schema: impl Into<Value>) -> Self {
        self.config(|config| {
            config.response_mime_type = Some("application/json".to_owned());
            config.response_schema = Some(schema.into());
        })
    }

    /// It may call this function.
    #[must_use]
    pub fn function(mut self, declaration: FunctionDeclaration) -> Self {
        match self.tools.first_mut() {
            Some(tool) => tool.function_declarations.push(declaration),
            None => self.tools.push(Tool { function_declarations: vec![declaration], ..Tool::default() }),
        }
        self
    }
}

impl<C: Into<Content>> From<C> for GenerateContentRequest {
    fn from(content: C) -> Self {
        Self { contents: vec![content.into()], ..Self::default() }
    }
}

impl From<Vec<Content>> for GenerateContentRequest {
    fn from(contents: Vec<Content>) -> Self {
        Self { contents, ..Self::default() }
    }
}

impl<const N: usize> From<[Content; N]> for GenerateContentRequest {
    fn from(contents: [Content; N]) -> Self {
        Vec::from(contents).into()
    }
}

/// How a model is to answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GenerationConfig {
    /// How freely it chooses, from 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Of so much probability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Of so many tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// So many answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate_count: Option<u32>,
    /// At most so many tokens of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u32>,
    /// Where it stops.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop_sequences: Vec<String>,
    /// `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_mime_type: Option<String>,
    /// The schema of that, in Gemini's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_schema: Option<Value>,
    /// The same choices again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i32>,
    /// What this build does not know: `thinkingConfig`, `speechConfig` …
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a model must not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetySetting {
    /// `HARM_CATEGORY_HARASSMENT`.
    #[serde(default)]
    pub category: String,
    /// `BLOCK_ONLY_HIGH`.
    #[serde(default)]
    pub threshold: String,
}

/// What a model may use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tool {
    /// Functions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub function_declarations: Vec<FunctionDeclaration>,
    /// What this build does not know: `googleSearch`, `codeExecution` …
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A function that a model may call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunctionDeclaration {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What it is good for.
    #[serde(default)]
    pub description: String,
    /// The schema of its arguments, in Gemini's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl FunctionDeclaration {
    /// A function without arguments, or with those of a schema.
    pub fn new(name: impl Into<String>, description: impl Into<String>, parameters: Option<Value>) -> Self {
        Self { name: name.into(), description: description.into(), parameters, extra: Map::new() }
    }
}

/// What is to be counted: contents, or all of a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CountTokensRequest {
    /// Contents alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<Content>,
    /// All of a request, with its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generate_content_request: Option<Value>,
}

/// What is to become a vector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EmbedContentRequest {
    /// The model, where several are asked for at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The content, of which texts count.
    #[serde(default)]
    pub content: Content,
    /// What it is for: `RETRIEVAL_QUERY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    /// Its title, for `RETRIEVAL_DOCUMENT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// So many numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_dimensionality: Option<u32>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl EmbedContentRequest {
    /// What it is for: `RETRIEVAL_QUERY`. Default: the model's.
    #[must_use]
    pub fn task_type(mut self, task: impl Into<String>) -> Self {
        self.task_type = Some(task.into());
        self
    }

    /// So many numbers. Default: the model's.
    #[must_use]
    pub fn output_dimensionality(mut self, numbers: u32) -> Self {
        self.output_dimensionality = Some(numbers);
        self
    }
}

impl<C: Into<Content>> From<C> for EmbedContentRequest {
    fn from(content: C) -> Self {
        // A vector is of what is said, whoever says it.
        Self { content: Content { role: None, ..content.into() }, ..Self::default() }
    }
}
