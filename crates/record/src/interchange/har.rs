//! HTTP Archive 1.2.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Losses;
use super::exchange::{BESIDE, Exchange, Headers, base64, header, headers_of, time_of};
use crate::model::Session;

pub(super) fn read(value: &Value, losses: &mut Losses) -> Result<Vec<Exchange>, String> {
    let entries = value.pointer("/log/entries").and_then(Value::as_array).ok_or("it has no `log.entries`")?;
    let mut all = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let text = |path: &str| entry.pointer(path).and_then(Value::as_str);
        let missing = |what: &str| format!("`log.entries[{at}]` has no `{what}`");
        let content = text("/response/content/text");
        let response_body = match (content, text("/response/content/encoding")) {
            (None, _) => {
                if entry.pointer("/response/content/size").and_then(Value::as_i64).unwrap_or(0) > 0 {
                    losses.note("a response body that the file does not have");
                }
                Vec::new()
            }
            (Some(content), Some("base64")) => {
                base64(content).ok_or_else(|| format!("`log.entries[{at}].response.content` is no Base64"))?
            }
            (Some(content), _) => content.as_bytes().to_vec(),
        };
        let mut request_headers = headers_of(entry.pointer("/request/headers"));
        let post = entry.pointer("/request/postData");
        if let (Some(kind), None) = (text("/request/postData/mimeType"), header(&request_headers, "content-type")) {
            request_headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        for what in ["cookies", "cache", "_webSocketMessages"] {
            let found = entry.get(what).or_else(|| entry.get("request")?.get(what));
            if found.is_some_and(|found| !matches!(found, Value::Null) && *found != json!([]) && *found != json!({})) {
                losses.note(format!("`{what}`, beside the headers"));
            }
        }
        all.push(Exchange {
            method: text("/request/method").ok_or_else(|| missing("request.method"))?.to_owned(),
            url: text("/request/url").ok_or_else(|| missing("request.url"))?.to_owned(),
            request_body: match (text("/request/postData/text"), post.and_then(|post| post.get("params"))) {
                (Some(text), _) => text.as_bytes().to_vec(),
                (None, Some(params)) => form(&headers_of(Some(params))),
                (None, None) => Vec::new(),
            },
            request_headers,
            status: entry
                .pointer("/response/status")
                .and_then(Value::as_i64)
                .and_then(|status| status.try_into().ok())
                .unwrap_or(0),
            response_headers: headers_of(entry.pointer("/response/headers")),
            response_body,
            began: time_of(entry.get("startedDateTime")),
            duration_ms: entry.get("time").and_then(Value::as_f64).unwrap_or(0.0),
            is_beside: (false, false),
        });
    }
    Ok(all)
}

fn form(fields: &Headers) -> Vec<u8> {
    let body = crate::model::Body::Form { fields: fields.clone(), text: None };
    body.to_bytes().unwrap_or_default()
}

/// A session as HAR 1.2, with what that cannot hold: bodies of requests that are no text, the moments of a stream's parts
/// (kept in `_stream`), interactions that are no exchanges of HTTP.
#[must_use]
pub fn to_har(session: &Session) -> (Value, Losses) {
    let mut losses = Losses::default();
    let mut entries = Vec::new();
    for interaction in &session.interactions {
        let Some(exchange) = Exchange::of(interaction) else {
            losses.note("an interaction that is no exchange of HTTP");
            continue;
        };
        if exchange.is_beside.0 || exchange.is_beside.1 {
            losses.note(BESIDE);
        }
        let pairs = |headers: &Headers| -> Vec<Value> {
            headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
        };
        let kind = |headers: &Headers| header(headers, "content-type").unwrap_or("application/octet-stream").to_owned();
        let query = exchange.url.split_once('?').map_or("", |(_, query)| query).split('#').next().unwrap_or_default();
        let query: Vec<Value> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                json!({"name": name, "value": value})
            })
            .collect();
        let mut request = json!({
            "method": exchange.method, "url": exchange.url, "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": pairs(&exchange.request_headers), "queryString": query,
            "headersSize": -1, "bodySize": exchange.request_body.len(),
        });
        if !exchange.request_body.is_empty() {
            match String::from_utf8(exchange.request_body) {
                Ok(text) => request["postData"] = json!({"mimeType": kind(&exchange.request_headers), "text": text}),
                Err(_) => losses.note("the body of a request that is no text"),
            }
        }
        let size = exchange.response_body.len();
        let mut content = json!({"size": size, "mimeType": kind(&exchange.response_headers)});
        match String::from_utf8(exchange.response_body) {
            Ok(text) => content["text"] = text.into(),
            Err(bytes) => {
                content["text"] = STANDARD.encode(bytes.as_bytes()).into();
                content["encoding"] = "base64".into();
            }
        }
        let location = header(&exchange.response_headers, "location").unwrap_or_default();
        let mut entry = json!({
            "startedDateTime": interaction.timestamp, "time": interaction.duration_ms,
            "request": request,
            "response": {
                "status": exchange.status, "statusText": "", "httpVersion": "HTTP/1.1", "cookies": [],
                "headers": pairs(&exchange.response_headers), "content": content, "redirectURL": location,
                "headersSize": -1, "bodySize": size,
            },
            "cache": {}, "timings": {"send": 0, "wait": interaction.duration_ms, "receive": 0},
        });
        if let Some(stream) = &interaction.stream {
            losses.note("when the parts of a stream came, which other tools do not read from `_stream`");
            entry["_stream"] = json!(stream);
        }
        if let Some(error) = interaction.error.as_ref().filter(|error| !error.starts_with("HTTP ")) {
            entry["_error"] = error.as_str().into();
        }
        entries.push(entry);
    }
    let creator = json!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
    (json!({"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}), losses)
}
