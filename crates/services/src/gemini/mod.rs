//! Gemini over its REST protocol, version `v1beta` of Google AI.
//!
//! What is recorded, played back or mocked of it, and how, is the business of `tracesnap-record` and `tracesnap-http`.
//!
//! ```no_run
//! # async fn f(provider: tracesnap_record::ServiceProvider) -> Result<(), tracesnap_services::Error> {
//! use tracesnap_services::Services;
//!
//! let model = provider.gemini().connect()?.model("gemini-2.5-flash");
//! let mut parts = model.stream_generate_content("Tell me of a dragon.").await?;
//! while let Some(part) = parts.next().await {
//!     print!("{}", part?.text());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | call | operation that is recorded |
//! |---|---|
//! | [`Model::generate_content`] | `generateContent` |
//! | [`Model::stream_generate_content`] | `streamGenerateContent` |
//! | [`Model::count_tokens`] | `countTokens` |
//! | [`Model::embed_content`], [`batch_embed_contents`](Model::batch_embed_contents) | `embedContent`, `batchEmbedContents` |
//! | [`GeminiClient::models`], [`Model::describe`] | `models.list`, `models.get` |

mod client;
mod content;
mod events;
mod request;
mod response;
mod stream;

pub use client::{GeminiClient, Model};
pub use content::{Blob, Content, FileData, FunctionCall, FunctionResponse, Part};
pub use request::{
    CountTokensRequest, EmbedContentRequest, FunctionDeclaration, GenerateContentRequest, GenerationConfig,
    SafetySetting, Tool,
};
pub use response::{
    Candidate, CountTokensResponse, Embedding, FinishReason, GenerateContentResponse, ModelInfo, PromptFeedback,
    SafetyRating, UsageMetadata,
};
pub use stream::ContentStream;
