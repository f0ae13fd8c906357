//! What a model answers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Content, FunctionCall};

/// What a model answers, or a part of it where it comes in parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GenerateContentResponse {
    /// The answers, mostly one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_feedback: Option<PromptFeedback>,
    /// What it cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_metadata: Option<UsageMetadata>,
    /// The model, as it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// Which answer it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl GenerateContentResponse {
    /// The text of the first answer, without thoughts; empty where there is none.
    ///
    /// ```
    /// # use tracesnap_services::gemini::GenerateContentResponse;
    /// let response: GenerateContentResponse = serde_json::from_str(
    ///     r#"{"candidates": [{"content": {"parts": [{"text": "A "}, {"text": "dragon."}]}}], "newField": 7}"#,
    /// )?;
    /// assert_eq!(response.text(), "A dragon.");
    /// assert_eq!(response.extra["newField"], 7);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn text(&self) -> String {
        let content = self.candidates.first().and_then(|candidate| candidate.content.as_ref());
        content.map(Content::text).unwrap_or_default()
    }

    /// What the first answer wants to be called.
    pub fn function_calls(&self) -> impl Iterator<Item = &FunctionCall> {
        let content = self.candidates.first().and_then(|candidate| candidate.content.as_ref());
        content.into_iter().flat_map(|content| &content.parts).filter_map(|part| part.function_call.as_ref())
    }

    /// Adds what came next: contents are put together, all else is what was said last.
    pub fn merge(&mut self, next: Self) {
        for (at, candidate) in next.candidates.into_iter().enumerate() {
            let index = candidate.index.unwrap_or(at as i64);
            let known = self.candidates.iter().enumerate();
            let known = known.map(|(at, one)| one.index.unwrap_or(at as i64)).position(|one| one == index);
            match known {
                Some(at) => self.candidates[at].merge(candidate),
                None => self.candidates.push(candidate),
            }
        }
        self.prompt_feedback = next.prompt_feedback.or(self.prompt_feedback.take());
        self.usage_metadata = next.usage_metadata.or(self.usage_metadata.take());
        self.model_version = next.model_version.or(self.model_version.take());
        self.response_id = next.response_id.or(self.response_id.take());
        self.extra.extend(next.extra);
    }
}

/// One answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Candidate {
    /// What is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Why it ends; `None` while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<FinishReason>,
    /// Which of the answers it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<i64>,
    /// How it was judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub safety_ratings: Vec<SafetyRating>,
    /// What this build does not know: citations, grounding …
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Candidate {
    fn merge(&mut self, next: Self) {
        match (&mut self.content, next.content) {
            (Some(content), Some(more)) => content.parts.extend(more.parts),
            (content @ None, more) => *content = more,
            (Some(_), None) => {}
        }
        self.finish_reason = next.finish_reason.or(self.finish_reason.take());
        if !next.safety_ratings.is_empty() {
            self.safety_ratings = next.safety_ratings;
        }
        self.extra.extend(next.extra);
    }
}

/// Why an answer ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum FinishReason {
    /// It was at its end.
    Stop,
    /// It was too long.
    MaxTokens,
    /// It was judged as harmful.
    Safety,
    /// It was somebody else's text.
    Recitation,
    /// Any other reason, as the service names it: `MALFORMED_FUNCTION_CALL`.
    #[serde(untagged)]
    Other(String),
}

/// How something was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SafetyRating {
    /// `HARM_CATEGORY_HARASSMENT`.
    #[serde(default)]
    pub category: String,
    /// `NEGLIGIBLE`.
    #[serde(default)]
    pub probability: String,
    /// Whether it was kept back for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
}

/// What was said of the question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptFeedback {
    /// Why it is not answered: `SAFETY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_reason: Option<String>,
    /// How it was judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub safety_ratings: Vec<SafetyRating>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What an answer cost. A [`Budget`](tracesnap_record::Budget) of tokens counts the total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageMetadata {
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_token_count: Option<u64>,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidates_token_count: Option<u64>,
    /// What was thought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thoughts_token_count: Option<u64>,
    /// What of the question was in the cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_content_token_count: Option<u64>,
    /// All together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_token_count: Option<u64>,
    /// What this build does not know: tokens by kind …
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How long something is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CountTokensResponse {
    /// In tokens.
    #[serde(default)]
    pub total_tokens: u64,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A content as a vector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Embedding {
    /// The numbers.
    #[serde(default)]
    pub values: Vec<f64>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A model, as the service describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ModelInfo {
    /// `models/gemini-2.5-flash`.
    #[serde(default)]
    pub name: String,
    /// What people call it.
    #[serde(default)]
    pub display_name: String,
    /// How much it may be asked. **Unit:** tokens.
    #[serde(default)]
    pub input_token_limit: u64,
    /// How much it answers at most. **Unit:** tokens.
    #[serde(default)]
    pub output_token_limit: u64,
    /// `generateContent`, `embedContent` …
    #[serde(default)]
    pub supported_generation_methods: Vec<String>,
    /// What this build does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_is_kept_as_it_is() {
        let wire = json!({
            "candidates": [{
                "content": {"parts": [{"executableCode": {"language": "PYTHON", "code": "1"}}], "role": "model", "tone": "dry"},
                "finishReason": "SOME_NEW_REASON", "index": 0, "citationMetadata": {},
                "safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "LOW"}],
            }],
            "usageMetadata": {"totalTokenCount": 9, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 2}]},
            "modelStatus": {"stage": "STABLE"},
        });
        let read: GenerateContentResponse = serde_json::from_value(wire.clone()).expect("read");
        assert_eq!(read.candidates[0].finish_reason, Some(FinishReason::Other("SOME_NEW_REASON".to_owned())));
        assert_eq!(serde_json::to_value(&read).expect("written"), wire);
    }

    #[test]
    fn parts_of_an_answer_become_the_answer() {
        let part = |text: &str, reason: Option<&str>, total: u64| -> GenerateContentResponse {
            let wire = json!({
                "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": reason}],
                "usageMetadata": {"totalTokenCount": total},
            });
            serde_json::from_value(wire).expect("read")
        };
        let mut whole = part("A ", None, 3);
        whole.merge(part("dragon.", Some("STOP"), 5));
        assert_eq!((whole.text().as_str(), whole.candidates.len()), ("A dragon.", 1));
        assert_eq!(whole.candidates[0].finish_reason, Some(FinishReason::Stop));
        assert_eq!(whole.usage_metadata.and_then(|usage| usage.total_token_count), Some(5));
    }
}
