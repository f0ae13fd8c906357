//! One recorded exchange, as far as a document of the API can be read from it.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tracesnap_record::Interaction;
use tracesnap_record::model::Body;

use crate::recorded;

/// A request and its response.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) method: String,
    /// As in `https://shop.example`; empty where the recording has the path only.
    pub(super) origin: String,
    /// Parts of the path as they were sent.
    pub(super) segments: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) request_headers: Vec<(String, String)>,
    pub(super) request: Content,
    pub(super) status: u16,
    pub(super) response_headers: Vec<(String, String)>,
    pub(super) response: Content,
}

/// A body by what can be said of it.
#[derive(Debug)]
pub(super) enum Content {
    None,
    Json {
        media: String,
        value: Value,
    },
    /// Names and values of a form, as an object of texts.
    Form {
        value: Value,
    },
    Text {
        media: String,
    },
    /// Bytes, or what was not kept.
    Bytes {
        media: String,
    },
}

const METHODS: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];

impl Exchange {
    /// Takes an interaction apart; says why where it is no exchange of HTTP with an answer.
    pub(super) fn of(interaction: &Interaction) -> Result<Self, &'static str> {
        let (request, response) = (&interaction.request, &interaction.response);
        let text = |name: &str| request.get(name).and_then(Value::as_str);
        let (Some(method), Some(url)) = (text("method"), text("url")) else { return Err("no exchange of HTTP") };
        let method = method.to_ascii_uppercase();
        if !METHODS.contains(&method.as_str()) {
            return Err("a method that documents have no place for");
        }
        let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let Some(status @ 200..=599) = status else { return Err("no answer") };
        let (origin, target) = split(url);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request_headers = recorded::headers(request);
        let response_headers = recorded::headers(response);
        Ok(Self {
            method,
            origin,
            segments: path.split('/').skip(1).map(str::to_owned).collect(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            request: Content::of(request, &request_headers),
            request_headers,
            status,
            response: Content::of(response, &response_headers),
            response_headers,
        })
    }

    pub(super) fn is_success(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// A part of the path, decoded.
    pub(super) fn value_at(&self, depth: usize) -> String {
        let raw = self.segments.get(depth).map_or("", String::as_str);
        percent_decode_str(raw).decode_utf8_lossy().into_owned()
    }
}

impl Content {
    fn of(message: &Value, headers: &[(String, String)]) -> Self {
        let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let media = header.map(|(_, value)| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let media = media.filter(|media| media.contains('/'));
        let or = |default: &str| media.clone().unwrap_or_else(|| default.to_owned());
        if message.get("withheld").is_some() {
            return Self::Bytes { media: or("application/octet-stream") };
        }
        match recorded::body(message) {
            Body::None => Self::None,
            Body::Json { value, .. } => Self::Json { media: or("application/json"), value },
            Body::Form { fields, .. } => {
                let fields = fields.into_iter().map(|(name, value)| (name, Value::String(value)));
                Self::Form { value: Value::Object(fields.collect::<Map<_, _>>()) }
            }
            Body::Sse { .. } => Self::Text { media: or("text/event-stream") },
            Body::Text { .. } => Self::Text { media: or("text/plain") },
            _ => Self::Bytes { media: or("application/octet-stream") },
        }
    }

    pub(super) fn media(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Form { .. } => Some("application/x-www-form-urlencoded"),
            Self::Json { media, .. } | Self::Text { media } | Self::Bytes { media } => Some(media),
        }
    }

    /// The body as a value, where it is one.
    pub(super) fn value(&self) -> Option<&Value> {
        match self {
            Self::Json { value, .. } | Self::Form { value } => Some(value),
            _ => None,
        }
    }
}

/// `https://shop.example` and `/orders?page=2`. Names of this machine are one, since their ports are whatever was free.
fn split(url: &str) -> (String, &str) {
    let url = url.split('#').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return (String::new(), url) };
    let (authority, target) = rest.find(['/', '?']).map_or((rest, "/"), |at| rest.split_at(at));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let is_here = matches!(name, "localhost" | "[::1]" | "0.0.0.0") || name.starts_with("127.");
    (if is_here { String::new() } else { format!("{scheme}://{host}") }, target)
}
