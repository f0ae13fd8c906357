//! Gemini over REST, of Google AI and of Vertex AI.

use http::Method;

use super::{Call, Named, Profile};

/// Gemini's REST protocol: `generateContent`, `streamGenerateContent`, `embedContent`, `models.list`, `files.upload` …
///
/// Known by its hosts (`generativelanguage.googleapis.com`, `…-aiplatform.googleapis.com` for models of publishers), and on
/// any host by the name of a model with one of its methods.
#[derive(Clone, Copy, Debug)]
pub struct Gemini;

const METHODS: [&str; 12] = [
    "generateContent",
    "streamGenerateContent",
    "countTokens",
    "embedContent",
    "batchEmbedContents",
    "asyncBatchEmbedContent",
    "batchGenerateContent",
    "generateAnswer",
    "predict",
    "predictLongRunning",
    "computeTokens",
    "generateMessage",
];

impl Profile for Gemini {
    fn name(&self, call: &Call<'_>) -> Option<Named> {
        let name = |operation: &str| Some(Named::new("gemini", operation));
        let last = call.segments().last()?;
        let method = last.split_once(':').map(|(_, method)| method);
        let has_model = call.segments().any(|segment| matches!(segment, "models" | "tunedModels" | "endpoints"));
        if let Some(method) = method
            && has_model
            && METHODS.contains(&method)
        {
            return name(method);
        }
        if call.host_name() != "generativelanguage.googleapis.com" {
            return None;
        }
        let mut segments =
            call.segments().skip_while(|&segment| segment == "upload" || segment.starts_with('v')).peekable();
        let is_upload = call.segments().next() == Some("upload");
        let resource = segments.next()?;
        let (resource, action) =
            resource.split_once(':').map_or((resource, None), |(name, action)| (name, Some(action)));
        let has_id = segments.peek().is_some();
        let verb = match (call.method, method.or(action), is_upload, has_id) {
            (_, Some(action), ..) => action,
            (_, None, true, _) => "upload",
            (&Method::GET, None, false, true) => "get",
            (&Method::GET, None, false, false) => "list",
            (&Method::POST, ..) => "create",
            (&Method::PATCH, ..) => "update",
            (&Method::DELETE, ..) => "delete",
            (other, ..) => return name(&format!("{resource}.{}", other.as_str().to_lowercase())),
        };
        name(&format!("{resource}.{verb}"))
    }
}
