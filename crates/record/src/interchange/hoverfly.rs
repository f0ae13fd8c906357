//! Simulations of Hoverfly, version 5.

use serde_json::Value;

use super::Losses;
use super::exchange::{Exchange, base64, headers_of, status_of};

pub(super) fn read(value: &Value, losses: &mut Losses) -> Result<Vec<Exchange>, String> {
    let version = value.pointer("/meta/schemaVersion").and_then(Value::as_str).unwrap_or("v5");
    if !version.starts_with("v5") {
        return Err(format!("its `schemaVersion` is `{version}`, and v5 is read"));
    }
    let pairs = value.pointer("/data/pairs").and_then(Value::as_array).ok_or("it has no `data.pairs`")?;
    if value.pointer("/data/globalActions/delays").and_then(Value::as_array).is_some_and(|delays| !delays.is_empty()) {
        losses.note("`globalActions.delays`");
    }
    let mut all = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let request = pair.get("request").ok_or_else(|| format!("pair {at} has no `request`"))?;
        let response = pair.get("response").ok_or_else(|| format!("pair {at} has no `response`"))?;
        let mut exact = |field: &str| exact(request.get(field), field, losses);
        let scheme = exact("scheme").unwrap_or_else(|| "http".to_owned());
        let (host, path) = (exact("destination").unwrap_or_default(), exact("path").unwrap_or_else(|| "/".to_owned()));
        let body = exact("body").unwrap_or_default();
        let method = exact("method").unwrap_or_else(|| "GET".to_owned());
        let mut fields = |of: &str| -> Vec<(String, String)> {
            let Some(Value::Object(all)) = request.get(of) else { return Vec::new() };
            all.iter().filter_map(|(name, value)| Some((name.clone(), self::exact(Some(value), of, losses)?))).collect()
        };
        let query: Vec<String> = fields("query").into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request_headers = fields("headers");
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        for what in ["requiresState", "removesState", "transitionsState"] {
            if request.get(what).or_else(|| response.get(what)).is_some_and(|state| !state.is_null()) {
                losses.note(format!("`{what}`: the order of the pairs stands for it"));
            }
        }
        let text = response.get("body").and_then(Value::as_str).unwrap_or_default();
        let response_body = if response.get("encodedBody").and_then(Value::as_bool).unwrap_or(false) {
            base64(text).ok_or_else(|| format!("the body of pair {at} is no Base64"))?
        } else {
            text.as_bytes().to_vec()
        };
        if response.get("templated").and_then(Value::as_bool).unwrap_or(false) {
            losses.note("a response that is a template, kept as its text");
        }
        all.push(Exchange {
            method,
            url: format!("{scheme}://{host}{path}{query}"),
            request_headers,
            request_body: body.into_bytes(),
            status: status_of(response).unwrap_or(200),
            response_headers: headers_of(response.get("headers")),
            response_body,
            began: None,
            duration_ms: response.get("fixedDelay").and_then(Value::as_f64).unwrap_or(0.0),
            is_beside: (false, false),
        });
    }
    Ok(all)
}

/// The value of the one matcher that says which it is.
fn exact(matchers: Option<&Value>, field: &str, losses: &mut Losses) -> Option<String> {
    let matchers = matchers?.as_array()?;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    };
    let is_exact = |matcher: &&Value| {
        matches!(matcher.get("matcher").and_then(Value::as_str), None | Some("exact" | "json" | "xml" | "array"))
    };
    if let Some(matcher) = matchers.iter().find(is_exact) {
        return matcher.get("value").map(text);
    }
    let other = matchers.first()?;
    let kind = other.get("matcher").and_then(Value::as_str).unwrap_or("?");
    losses.note(format!("a matcher `{kind}` of `{field}`, kept as its text"));
    other.get("value").map(text)
}
