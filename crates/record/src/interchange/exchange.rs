//! An exchange of HTTP between its two shapes: a session's interaction, and what other tools write.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::{Body, Interaction, Status, Timestamp};

/// Names and values, in their order.
pub(super) type Headers = Vec<(String, String)>;

/// One request and its response.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) request_headers: Headers,
    pub(super) request_body: Vec<u8>,
    pub(super) status: u16,
    pub(super) response_headers: Headers,
    pub(super) response_body: Vec<u8>,
    pub(super) began: Option<Timestamp>,
    pub(super) duration_ms: f64,
    /// Bodies that lie beside the session, and are empty here: of the request, of the response.
    pub(super) is_beside: (bool, bool),
}

/// What is lost where a body lies beside the session.
pub(super) const BESIDE: &str = "a large body, which lies beside the session";

pub(super) fn header<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

impl Exchange {
    pub(super) fn into_interaction(self, id: u64) -> Interaction {
        let (host, path) = host_and_path(&self.url);
        let method = self.method.to_ascii_uppercase();
        let body = |bytes: &[u8], headers: &Headers| Body::of(bytes, header(headers, "content-type"));
        let mut interaction = Interaction::new(
            id,
            if host.is_empty() { "http" } else { host },
            format!("{method} {path}"),
            json!({
                "method": method,
                "url": self.url,
                "headers": self.request_headers,
                "body": body(&self.request_body, &self.request_headers),
            }),
        );
        interaction.response = json!({
            "status": self.status,
            "headers": self.response_headers,
            "body": body(&self.response_body, &self.response_headers),
        });
        if self.status >= 400 {
            interaction.status = Status::Error;
            interaction.error = Some(format!("HTTP {}", self.status));
        }
        if let Some(began) = self.began {
            interaction.timestamp = began;
        }
        interaction.duration_ms = if self.duration_ms.is_finite() { self.duration_ms.max(0.0) } else { 0.0 };
        interaction
    }

    /// `None` if it is no exchange of HTTP.
    pub(super) fn of(interaction: &Interaction) -> Option<Self> {
        let (request, response) = (&interaction.request, &interaction.response);
        let is_beside = |message: &Value| message.pointer("/body/type").is_some_and(|of_type| of_type == "blob");
        Some(Self {
            is_beside: (is_beside(request), is_beside(response)),
            method: request.get("method")?.as_str()?.to_owned(),
            url: request.get("url")?.as_str()?.to_owned(),
            request_headers: headers_of(request.get("headers")),
            request_body: body_of(request.get("body"))?,
            status: status_of(response).unwrap_or(0),
            response_headers: headers_of(response.get("headers")),
            response_body: body_of(response.get("body"))?,
            began: Some(interaction.timestamp),
            duration_ms: interaction.duration_ms,
        })
    }
}

fn body_of(body: Option<&Value>) -> Option<Vec<u8>> {
    match body {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::String(text)) => Some(text.clone().into_bytes()),
        Some(body) => match serde_json::from_value::<Body>(body.clone()) {
            Ok(Body::Blob { .. }) => Some(Vec::new()),
            Ok(body) => body.to_bytes(),
            Err(_) => serde_json::to_vec(body).ok(),
        },
    }
}

/// The status that a response says.
pub(super) fn status_of(response: &Value) -> Option<u16> {
    response.get("status")?.as_u64()?.try_into().ok()
}

/// Headers as pairs, as an object of texts or lists, or as objects with `name` and `value`.
pub(super) fn headers_of(headers: Option<&Value>) -> Headers {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match headers {
        Some(Value::Object(fields)) => fields
            .iter()
            .flat_map(|(name, value)| match value {
                Value::Array(values) => values.iter().map(|value| (name.clone(), text(value))).collect::<Vec<_>>(),
                value => vec![(name.clone(), text(value))],
            })
            .collect(),
        Some(Value::Array(pairs)) => pairs
            .iter()
            .filter_map(|pair| {
                let name = pair.get("name").or_else(|| pair.get(0))?.as_str()?;
                let value = pair.get("value").or_else(|| pair.get(1))?;
                Some((name.to_owned(), text(value)))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// `https://api.example.com:8080/v1/x?y#z` is of `api.example.com:8080` and `/v1/x`; never the user's name and password.
pub(super) fn host_and_path(url: &str) -> (&str, &str) {
    let Some((_, rest)) = url.split_once("://") else {
        return ("", url.split(['?', '#']).next().unwrap_or_default());
    };
    let (authority, path) = rest.find(['/', '?', '#']).map_or((rest, "/"), |at| rest.split_at(at));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    (host, if path.is_empty() { "/" } else { path })
}

/// Base64 with line breaks, as YAML folds it.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    STANDARD.decode(text).ok()
}

/// A time of RFC 3339 or of HTTP.
pub(super) fn time_of(value: Option<&Value>) -> Option<Timestamp> {
    let text = value?.as_str()?;
    text.parse().ok().or_else(|| Some(httpdate::parse_http_date(text).ok()?.into()))
}
