//! Cassettes: VCR.py, Ruby VCR, cassetter. They have one ancestor, and nearly one shape.

use serde_json::Value;

use super::Losses;
use super::exchange::{Exchange, base64, headers_of, time_of};

/// Stands in the name of a field whose text is Base64.
const BASE64: &str = "base64_string";

/// YAML as data. Bytes, which JSON has not, are `!!binary` there; such a field is read under a name that says so.
pub(super) fn yaml(text: &str) -> Result<Value, String> {
    let mut marked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // In a text of several lines this may stand as well, so only where a body is.
        let tagged = ["string: !!binary", "string: !binary"].into_iter().find(|tag| line.trim_start().starts_with(tag));
        match tagged {
            Some(tag) => marked.push_str(&line.replacen(tag, &format!("{BASE64}:"), 1)),
            None => marked.push_str(line),
        }
    }
    yaml_serde::from_str::<Value>(&marked).map_err(|error| error.to_string())
}

pub(super) fn read(value: &Value, losses: &mut Losses) -> Result<Vec<Exchange>, String> {
    if let Some(version) = value.get("version").and_then(Value::as_u64).filter(|version| *version > 1) {
        return Err(format!("its version is {version}, and 1 is read"));
    }
    for what in ["grpc_interactions", "ws_interactions"] {
        let unread = value.get(what).and_then(Value::as_array).map_or(0, Vec::len);
        (0..unread).for_each(|_| losses.note(format!("one of `{what}`")));
    }
    let interactions = value.get("http_interactions").or_else(|| value.get("interactions"));
    let interactions = interactions.and_then(Value::as_array).ok_or("it has no `interactions`")?;
    interactions.iter().enumerate().map(|(at, interaction)| exchange(at, interaction)).collect()
}

fn exchange(at: usize, interaction: &Value) -> Result<Exchange, String> {
    let part = |name: &str| interaction.get(name).ok_or_else(|| format!("interaction {at} has no `{name}`"));
    let (request, response) = (part("request")?, part("response")?);
    let text = |name: &str| {
        let found = request.get(name).and_then(Value::as_str);
        found.map(str::to_owned).ok_or_else(|| format!("the request of interaction {at} has no `{name}`"))
    };
    let status = response.get("status");
    let status = status.and_then(|status| status.get("code").unwrap_or(status).as_u64());
    let body = |of: &Value| {
        let wrong = || format!("a body of interaction {at} is no Base64");
        body_of(of.get("body"), of.get("parsed_body")).ok_or_else(wrong)
    };
    Ok(Exchange {
        method: text("method")?,
        url: text("uri").or_else(|_| text("url"))?,
        request_headers: headers_of(request.get("headers")),
        request_body: body(request)?,
        status: status
            .and_then(|status| status.try_into().ok())
            .ok_or_else(|| format!("the response of interaction {at} has no `status`"))?,
        response_headers: headers_of(response.get("headers")),
        response_body: body(response)?,
        began: time_of(interaction.get("recorded_at")),
        duration_ms: 0.0,
        is_beside: (false, false),
    })
}

/// A text; or an object with `string` or `base64_string`, or with `type` and `content`.
fn body_of(body: Option<&Value>, parsed: Option<&Value>) -> Option<Vec<u8>> {
    let json = |value: &Value| serde_json::to_vec(value).ok();
    match body {
        None | Some(Value::Null) => parsed.map_or(Some(Vec::new()), json),
        Some(Value::String(text)) => Some(text.clone().into_bytes()),
        Some(Value::Object(fields)) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            if let Some(encoded) = text(BASE64).or_else(|| text("base64")) {
                return base64(encoded);
            }
            if let Some(string) = fields.get("string") {
                return match string {
                    Value::String(text) => Some(text.clone().into_bytes()),
                    Value::Null => Some(Vec::new()),
                    other => json(other),
                };
            }
            match (text("type"), fields.get("content")) {
                (Some("none"), _) => Some(Vec::new()),
                (Some("binary"), Some(Value::String(encoded))) => hex(encoded).or_else(|| base64(encoded)),
                (Some("json"), Some(value)) => json(value),
                (Some(_), Some(Value::String(text))) => Some(text.clone().into_bytes()),
                (Some(_), None) => Some(Vec::new()),
                _ => json(&Value::Object(fields.clone())),
            }
        }
        Some(other) => json(other),
    }
}

/// Pairs of hexadecimal digits.
fn hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
