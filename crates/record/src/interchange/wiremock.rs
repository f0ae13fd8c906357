//! Mappings of WireMock.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Losses;
use super::exchange::{BESIDE, Exchange, base64, header, headers_of, host_and_path, status_of};
use crate::model::Session;

pub(super) fn read(value: &Value, losses: &mut Losses) -> Result<Vec<Exchange>, String> {
    let one = [value.clone()];
    let mappings = match value.get("mappings") {
        Some(Value::Array(mappings)) => mappings.as_slice(),
        Some(_) => return Err("its `mappings` are no list".to_owned()),
        None => &one,
    };
    let mut all = Vec::with_capacity(mappings.len());
    for (at, mapping) in mappings.iter().enumerate() {
        let request = mapping.get("request").ok_or_else(|| format!("mapping {at} has no `request`"))?;
        let response = mapping.get("response").ok_or_else(|| format!("mapping {at} has no `response`"))?;
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        let path = text(request, "url").or_else(|| text(request, "urlPath"));
        let path = path.or_else(|| {
            let pattern =
                ["urlPattern", "urlPathPattern", "urlPathTemplate"].into_iter().find_map(|name| text(request, name));
            losses.note("a pattern of a URL, kept as its text");
            pattern
        });
        let mut path = path.unwrap_or_else(|| "/".to_owned());
        for (place, (name, value)) in
            equal_to(request.get("queryParameters"), "query parameter", losses).iter().enumerate()
        {
            path.push_str(&format!("{}{name}={value}", if place == 0 && !path.contains('?') { '?' } else { '&' }));
        }
        let host = request.get("host").map(|host| host.get("equalTo").unwrap_or(host));
        let host = host.and_then(Value::as_str).map_or_else(String::new, |host| format!("http://{host}"));
        let mut request_body = Vec::new();
        for pattern in request.get("bodyPatterns").and_then(Value::as_array).into_iter().flatten() {
            match (pattern.get("equalToJson"), pattern.get("equalTo"), pattern.get("binaryEqualTo")) {
                (Some(Value::String(text)), ..) | (None, Some(Value::String(text)), _) => {
                    request_body = text.clone().into_bytes();
                }
                (Some(value), ..) => request_body = serde_json::to_vec(value).unwrap_or_default(),
                (None, None, Some(Value::String(text))) => request_body = base64(text).unwrap_or_default(),
                _ => losses.note("a pattern of a body"),
            }
        }
        for what in ["scenarioName", "priority", "postServeActions", "basicAuthCredentials"] {
            if mapping.get(what).or_else(|| request.get(what)).is_some() {
                losses.note(format!("`{what}`"));
            }
        }
        for what in ["fault", "proxyBaseUrl", "transformers", "bodyFileName"] {
            if response.get(what).is_some() {
                losses.note(format!("`{what}` of a response"));
            }
        }
        let response_body = match (text(response, "body"), response.get("jsonBody"), text(response, "base64Body")) {
            (Some(text), ..) => text.into_bytes(),
            (None, Some(value), _) => serde_json::to_vec(value).unwrap_or_default(),
            (None, None, Some(text)) => {
                base64(&text).ok_or_else(|| format!("the body of mapping {at} is no Base64"))?
            }
            (None, None, None) => Vec::new(),
        };
        all.push(Exchange {
            method: text(request, "method").unwrap_or_else(|| "ANY".to_owned()),
            url: host + &path,
            request_headers: equal_to(request.get("headers"), "header", losses),
            request_body,
            status: status_of(response).unwrap_or(200),
            response_headers: headers_of(response.get("headers")),
            response_body,
            began: None,
            duration_ms: response.get("fixedDelayMilliseconds").and_then(Value::as_f64).unwrap_or(0.0),
            is_beside: (false, false),
        });
    }
    Ok(all)
}

/// Names with the value that they must be equal to.
fn equal_to(fields: Option<&Value>, what: &str, losses: &mut Losses) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, pattern) in fields.and_then(Value::as_object).into_iter().flatten() {
        match pattern.get("equalTo").and_then(Value::as_str) {
            Some(value) => all.push((name.clone(), value.to_owned())),
            None => losses.note(format!("a pattern of a {what}")),
        }
    }
    all
}

/// A session as stub mappings of WireMock, with what they cannot hold. Equal requests become a scenario, so that each is
/// answered in its turn and the last one for ever.
#[must_use]
pub fn to_wiremock(session: &Session) -> (Value, Losses) {
    let mut losses = Losses::default();
    let exchanges: Vec<Exchange> = session
        .interactions
        .iter()
        .filter_map(|interaction| {
            let exchange = Exchange::of(interaction);
            match &exchange {
                None => losses.note("an interaction that is no exchange of HTTP"),
                Some(exchange) if exchange.is_beside.0 || exchange.is_beside.1 => losses.note(BESIDE),
                Some(_) => {}
            }
            if interaction.stream.is_some() {
                losses.note("when the parts of a stream came");
            }
            exchange
        })
        .collect();
    let key = |exchange: &Exchange| (exchange.method.clone(), exchange.url.clone(), exchange.request_body.clone());
    let mut counts: HashMap<_, (usize, usize)> = HashMap::new();
    exchanges.iter().for_each(|exchange| counts.entry(key(exchange)).or_default().1 += 1);
    let mut mappings = Vec::new();
    for exchange in &exchanges {
        let (host, path) = host_and_path(&exchange.url);
        let query = exchange.url.split_once('?').map_or("", |(_, query)| query);
        let url = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let mut request = json!({"method": exchange.method, "url": url});
        if !host.is_empty() {
            request["host"] = json!({"equalTo": host.split(':').next().unwrap_or(host)});
        }
        if !exchange.request_body.is_empty() {
            request["bodyPatterns"] = match (
                serde_json::from_slice::<Value>(&exchange.request_body),
                std::str::from_utf8(&exchange.request_body),
            ) {
                (Ok(value), _) => json!([{"equalToJson": value}]),
                (Err(_), Ok(text)) => json!([{"equalTo": text}]),
                (Err(_), Err(_)) => json!([{"binaryEqualTo": STANDARD.encode(&exchange.request_body)}]),
            };
        }
        let mut headers: Map<String, Value> = Map::new();
        for (name, value) in &exchange.response_headers {
            // What the server computes itself for the body that it sends.
            if ["content-length", "transfer-encoding", "content-encoding"]
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
            {
                continue;
            }
            match headers.get_mut(name) {
                Some(Value::Array(values)) => values.push(value.as_str().into()),
                Some(first) => *first = json!([first.clone(), value]),
                None => drop(headers.insert(name.clone(), value.as_str().into())),
            }
        }
        let is_json = header(&exchange.response_headers, "content-type").is_some_and(|kind| kind.contains("json"));
        let mut response = json!({"status": exchange.status, "headers": headers});
        match (serde_json::from_slice::<Value>(&exchange.response_body), std::str::from_utf8(&exchange.response_body)) {
            (Ok(value), _) if is_json => response["jsonBody"] = value,
            (_, Ok(text)) => response["body"] = text.into(),
            (_, Err(_)) => response["base64Body"] = STANDARD.encode(&exchange.response_body).into(),
        }
        let mut mapping = json!({"request": request, "response": response});
        if let Some((place, of)) = counts.get_mut(&key(exchange))
            && *of > 1
        {
            let state = |at: usize| if at == 0 { "Started".to_owned() } else { format!("answered {at}") };
            mapping["scenarioName"] = format!("{} {url}", exchange.method).into();
            mapping["requiredScenarioState"] = state(*place).into();
            if *place + 1 < *of {
                mapping["newScenarioState"] = state(*place + 1).into();
            }
            *place += 1;
        }
        mappings.push(mapping);
    }
    (json!({ "mappings": mappings }), losses)
}
