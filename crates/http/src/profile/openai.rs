//! Services that speak OpenAI's protocol.

use http::Method;

use super::{Call, Named, Profile};

/// OpenAI's protocol, also as others serve it: `chat.completions.create`, `embeddings.create`, `models.list` …, called as
/// the official clients call their methods. The service is called after its host: `openai`, `azure-openai`, `groq`,
/// `mistral`, `ollama` …, or is the host itself.
#[derive(Clone, Copy, Debug)]
pub struct OpenAi;

/// Hosts that are known by a name.
const HOSTS: [(&str, &str); 14] = [
    ("api.openai.com", "openai"),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral"),
    ("openrouter.ai", "openrouter"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "xai"),
    ("api.perplexity.ai", "perplexity"),
    ("api.fireworks.ai", "fireworks"),
    ("api.cerebras.ai", "cerebras"),
    ("api.sambanova.ai", "sambanova"),
    ("integrate.api.nvidia.com", "nvidia"),
    ("generativelanguage.googleapis.com", "gemini"),
];

/// What its paths begin with, and what that is called. Longer ones come first.
const RESOURCES: [(&[&str], &str); 24] = [
    (&["chat", "completions"], "chat.completions"),
    (&["fine_tuning", "jobs"], "fine_tuning.jobs"),
    (&["images", "generations"], "images.generate"),
    (&["images", "edits"], "images.edit"),
    (&["images", "variations"], "images.create_variation"),
    (&["audio", "speech"], "audio.speech"),
    (&["audio", "transcriptions"], "audio.transcriptions"),
    (&["audio", "translations"], "audio.translations"),
    (&["threads", "runs"], "threads.create_and_run"),
    (&["realtime", "sessions"], "realtime.sessions"),
    (&["completions"], "completions"),
    (&["responses"], "responses"),
    (&["conversations"], "conversations"),
    (&["embeddings"], "embeddings"),
    (&["moderations"], "moderations"),
    (&["models"], "models"),
    (&["files"], "files"),
    (&["uploads"], "uploads"),
    (&["batches"], "batches"),
    (&["assistants"], "assistants"),
    (&["threads"], "threads"),
    (&["vector_stores"], "vector_stores"),
    (&["evals"], "evals"),
    (&["rerank"], "rerank"),
];

/// On a host that nobody knows, these are specific enough.
const TELLING: [&str; 9] = [
    "chat.completions",
    "completions",
    "responses",
    "embeddings",
    "moderations",
    "images.generate",
    "audio.speech",
    "audio.transcriptions",
    "audio.translations",
];

impl Profile for OpenAi {
    fn name(&self, call: &Call<'_>) -> Option<Named> {
        let host = call.host_name();
        let is_azure = host.ends_with(".openai.azure.com") || host.ends_with(".cognitiveservices.azure.com");
        let known = HOSTS.iter().find(|(known, _)| *known == host).map(|(_, name)| *name);
        let is_ollama = host != call.host && call.host.ends_with(":11434");
        let segments: Vec<&str> = call.segments().collect();
        let mut rest = segments.as_slice();
        // `/openai/deployments/{name}`, `/api/v1`, `/openai/v1`, `/v1beta/openai`.
        let mut has_version = false;
        while let Some(first) = rest.first() {
            let is_version =
                first.strip_prefix('v').is_some_and(|n| n.bytes().next().is_some_and(|b| b.is_ascii_digit()));
            rest = match *first {
                "openai" | "api" | "inference" => &rest[1..],
                "deployments" if is_azure && rest.len() > 1 => &rest[2..],
                _ if is_version => &rest[1..],
                _ => break,
            };
            has_version |= is_version;
        }
        let (prefix, resource) = RESOURCES.iter().find(|(prefix, _)| rest.starts_with(prefix))?;
        let is_known = known.is_some() || is_azure || is_ollama;
        let is_telling =
            has_version && *call.method == Method::POST && TELLING.contains(resource) && rest.len() == prefix.len();
        if !is_known && !is_telling {
            return None;
        }
        // Gemini has models, files and batches of its own.
        if known == Some("gemini") && !segments.contains(&"openai") {
            return None;
        }
        let service = match (known, is_azure, is_ollama) {
            (Some(known), ..) => known,
            (None, true, _) => "azure-openai",
            (None, false, true) => "ollama",
            _ => call.default_service(),
        };
        Some(Named::new(service, operation(call.method, resource, &rest[prefix.len()..])))
    }
}

fn operation(method: &Method, resource: &str, rest: &[&str]) -> String {
    // The name has its verb.
    if rest.is_empty()
        && ["images.generate", "images.edit", "images.create_variation", "threads.create_and_run"].contains(&resource)
    {
        return resource.to_owned();
    }
    // `threads/{id}/runs/{id}/cancel`: every second part is a resource, and one after an id without its own id a verb.
    let mut name = resource.to_owned();
    let mut has_id = false;
    for (at, segment) in rest.iter().enumerate() {
        if at % 2 == 0 {
            has_id = true;
        } else {
            let is_verb = matches!(
                *segment,
                "cancel" | "complete" | "content" | "submit_tool_outputs" | "search" | "pause" | "resume" | "compact"
            );
            if is_verb && at + 1 == rest.len() {
                return format!("{name}.{segment}");
            }
            name.push('.');
            name.push_str(segment);
            has_id = false;
        }
    }
    let verb = match (method, has_id) {
        (&Method::GET, true) => "retrieve",
        (&Method::GET, false) => "list",
        (&Method::DELETE, _) => "delete",
        (&Method::POST, true) => "update",
        (&Method::POST, false) => "create",
        (other, _) => return format!("{name}.{}", other.as_str().to_lowercase()),
    };
    format!("{name}.{verb}")
}
