//! Gemini on this machine: it answers by rules that are easy to foretell, in parts where it is asked to.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use http::{HeaderMap, Method, header};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::Discovery;
use super::serve::{Asked, Failed, Local, Said, Server};

/// A server of Gemini.
///
/// It says each word of the question backwards. A question with `!blocked`, `!quota`, `!broken`, `!roll` has it refuse,
/// fail, break off after its first part, or call a function.
pub(crate) struct GeminiServer {
    server: Server,
    model: Arc<Talker>,
}

struct Talker {
    discovery: Discovery,
    key: Option<String>,
    /// Between two parts of an answer.
    pace: Duration,
    calls: AtomicUsize,
    gate: Option<Arc<Semaphore>>,
}

impl GeminiServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(None, Duration::ZERO).await
    }

    /// With a key that is asked for, and a pause between parts.
    pub(crate) async fn start_with(key: Option<&str>, pace: Duration) -> Self {
        Self::start_as(key, pace, None).await
    }

    /// Each part of an answer but the first one comes when it is [let through](Self::let_through).
    pub(crate) async fn start_gated() -> Self {
        Self::start_as(None, Duration::ZERO, Some(Arc::new(Semaphore::new(0)))).await
    }

    async fn start_as(key: Option<&str>, pace: Duration, gate: Option<Arc<Semaphore>>) -> Self {
        let (discovery, calls) = (Discovery::gemini(), AtomicUsize::new(0));
        let model = Arc::new(Talker { discovery, key: key.map(str::to_owned), pace, calls, gate });
        Self { server: Server::start(Arc::clone(&model)).await, model }
    }

    /// One more part may come.
    pub(crate) fn let_through(&self) {
        self.model.gate.as_ref().expect("it was started with a gate").add_permits(1);
    }

    /// How often it was asked, and did not say no.
    pub(crate) fn calls(&self) -> usize {
        self.model.calls.load(Relaxed)
    }
}

impl Deref for GeminiServer {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// Whether somebody has the key: as a header, in the query, or as a token.
pub(super) fn allowed(key: Option<&str>, headers: &HeaderMap, query: &[(String, String)]) -> Result<(), Failed> {
    let Some(key) = key else { return Ok(()) };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let token = text(header::AUTHORIZATION.as_str()).and_then(|text| text.strip_prefix("Bearer "));
    let in_query = query.iter().find(|(name, _)| name == "key").map(|(_, key)| key.as_str());
    match text("x-goog-api-key").or(token).or(in_query) {
        Some(given) if given == key => Ok(()),
        Some(_) => Err(Failed {
            details: vec![json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID", "domain": "googleapis.com",
            })],
            ..Failed::new(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        }),
        None => Err(Failed::new(
            403,
            "PERMISSION_DENIED",
            "Method doesn't allow unregistered callers (callers without established identity).",
        )),
    }
}

const MODELS: [&str; 3] = ["models/gemini-2.5-flash", "models/gemini-2.5-pro", "models/gemini-embedding-001"];

impl Local for Talker {
    fn gate(&self) -> Option<Arc<Semaphore>> {
        self.gate.clone()
    }

    fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    fn meant(&self, asked: &Asked) -> Vec<&'static str> {
        const NAMED: [&str; 5] =
            ["generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents"];
        match (&asked.method, &asked.verb, asked.path.as_str()) {
            (Some(method), ..) => NAMED.into_iter().filter(|known| known == method).collect(),
            (None, &Method::GET, "/v1beta/models") => vec!["list"],
            (None, &Method::GET, _) => vec!["get"],
            _ => vec![],
        }
    }

    fn allows(&self, headers: &HeaderMap, query: &[(String, String)]) -> Result<(), Failed> {
        allowed(self.key.as_deref(), headers, query)
    }

    fn answer(&self, method: &str, asked: &Asked) -> Result<Said, Failed> {
        self.calls.fetch_add(1, Relaxed);
        let name = asked.path.strip_prefix("/v1beta/").unwrap_or_default();
        if method != "list" && !MODELS.contains(&name) {
            let message = format!("{name} is not found for API version v1beta, or is not supported for {method}.");
            return Err(Failed::new(404, "NOT_FOUND", message));
        }
        let document = |value| Ok(Said::Document(value));
        match method {
            "list" => {
                // One a page.
                let at = asked.parameter("pageToken").and_then(|token| token.parse::<usize>().ok()).unwrap_or(0);
                let mut page = json!({"models": [described(MODELS[at.min(MODELS.len() - 1)])]});
                if at + 1 < MODELS.len() {
                    page["nextPageToken"] = (at + 1).to_string().into();
                }
                document(page)
            }
            "get" => document(described(name)),
            "countTokens" => {
                let whole = asked.body.get("generateContentRequest").unwrap_or(&asked.body);
                let system = &whole["systemInstruction"];
                let count = contents(whole).map(tokens).sum::<u64>() + tokens(system);
                document(json!({
                    "totalTokens": count, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": count}],
                }))
            }
            "embedContent" => document(json!({"embedding": embedding(&asked.body)})),
            "batchEmbedContents" => {
                let all: Vec<_> = asked.body["requests"].as_array().into_iter().flatten().map(embedding).collect();
                document(json!({"embeddings": all}))
            }
            _ => self.generate(method == "streamGenerateContent", name, asked),
        }
    }
}

fn contents(request: &Value) -> impl Iterator<Item = &Value> {
    request["contents"].as_array().into_iter().flatten()
}

fn texts(content: &Value) -> Vec<&str> {
    content["parts"].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect()
}

/// A word is a token.
fn tokens(content: &Value) -> u64 {
    texts(content).iter().map(|text| text.split_whitespace().count() as u64).sum()
}

fn described(name: &str) -> Value {
    let methods =
        if name.contains("embedding") { json!(["embedContent"]) } else { json!(["generateContent", "countTokens"]) };
    json!({
        "name": name, "version": "001", "displayName": name.trim_start_matches("models/"), "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536, "supportedGenerationMethods": methods, "temperature": 1, "topP": 0.95, "topK": 64,
    })
}

/// Numbers that hang on the letters alone.
fn embedding(request: &Value) -> Value {
    let text = texts(&request["content"]).concat();
    let count = request["outputDimensionality"].as_u64().unwrap_or(8) as usize;
    let mut values = vec![0.0; count];
    for (at, letter) in text.chars().enumerate() {
        values[at % count] += f64::from(u32::from(letter) % 97) / 96.0;
    }
    json!({"values": values})
}

impl Talker {
    fn generate(&self, in_parts: bool, model: &str, asked: &Asked) -> Result<Said, Failed> {
        let Some(last) = contents(&asked.body).last() else {
            return Err(Failed::new(
                400,
                "INVALID_ARGUMENT",
                "* GenerateContentRequest.contents: contents is not specified",
            ));
        };
        let question = texts(last).join(" ");
        let prompt = contents(&asked.body).map(tokens).sum::<u64>() + tokens(&asked.body["systemInstruction"]);
        if question.contains("!quota") {
            return Err(Failed {
                details: vec![json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.5s"})],
                ..Failed::new(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.")
            });
        }
        let frame = |candidates: Value, said: u64, is_last: bool| {
            let mut usage = json!({
                "promptTokenCount": prompt, "totalTokenCount": prompt + said,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt}],
            });
            if said > 0 || is_last {
                usage["candidatesTokenCount"] = said.into();
            }
            json!({
                "candidates": candidates, "usageMetadata": usage,
                "modelVersion": model.trim_start_matches("models/"), "responseId": "r-7",
            })
        };
        if question.contains("!blocked") {
            let mut refused = frame(json!([]), 0, false);
            refused["promptFeedback"] = json!({"blockReason": "SAFETY", "safetyRatings": [
                {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH", "blocked": true},
            ]});
            return Ok(match in_parts {
                true => Said::Events(vec![(Duration::ZERO, refused)]),
                false => Said::Document(refused),
            });
        }
        let most = asked.body["generationConfig"]["maxOutputTokens"].as_u64().unwrap_or(u64::MAX);
        let words: Vec<String> = question.split_whitespace().map(|word| word.chars().rev().collect()).collect();
        let is_cut = words.len() as u64 > most;
        let words = &words[..words.len().min(usize::try_from(most).unwrap_or(usize::MAX))];
        let candidate = |parts: Value, reason: Option<&str>| {
            let mut candidate = json!({"content": {"role": "model", "parts": parts}, "index": 0});
            if let Some(reason) = reason {
                candidate["finishReason"] = reason.into();
            }
            json!([candidate])
        };
        let reason = if is_cut { "MAX_TOKENS" } else { "STOP" };
        let may_roll =
            asked.body["tools"].as_array().into_iter().flatten().any(|tool| tool.get("functionDeclarations").is_some());
        if question.contains("!roll") && may_roll {
            let call =
                json!([{"functionCall": {"name": "roll", "args": {"sides": 6}}, "thoughtSignature": "c2lnbmVk"}]);
            return Ok(Said::Document(frame(candidate(call, Some("STOP")), 3, true)));
        }
        if !in_parts {
            let text = json!([{"text": words.join(" ")}]);
            return Ok(Said::Document(frame(candidate(text, Some(reason)), words.len() as u64, true)));
        }
        if asked.parameter("alt") != Some("sse") {
            return Err(Failed::new(501, "UNIMPLEMENTED", "only alt=sse"));
        }
        let mut events = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let is_last = at + 1 == words.len();
            let text = if at == 0 { word.clone() } else { format!(" {word}") };
            let parts = candidate(json!([{"text": text}]), is_last.then_some(reason));
            let wait = if at == 0 { Duration::ZERO } else { self.pace };
            events.push((wait, frame(parts, at as u64 + 1, is_last)));
            if question.contains("!broken") {
                let failed = Failed::new(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
                events.push((Duration::ZERO, failed.document()));
                break;
            }
        }
        Ok(Said::Events(events))
    }
}
