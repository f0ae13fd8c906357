//! What a session has of a response, read: status, headers, body, parts.
//!
//! Sessions come from other tools and from hands, so nothing is believed, and what is missing has a sensible value.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use serde_json::Value;
use tracesnap_record::model::{Body, Direction, Part};
use tracesnap_record::{Interaction, Status};

use crate::Error;
use crate::exchange::coding;
use crate::exchange::message::{ENCODED, WITHHELD};

/// A response that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Source,
    /// Time since the request, and length.
    pub(crate) parts: Vec<(Duration, u64)>,
    /// When the head came.
    pub(crate) head_at: Duration,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) end: End,
    /// When it ended.
    pub(crate) end_at: Duration,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Bytes(Bytes),
    Blob(String, u64),
}

impl Source {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Blob(_, bytes) => *bytes,
        }
    }
}

/// How it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// With an error.
    Cut(String),
}

impl Answer {
    /// The response of an interaction.
    pub(crate) fn played(interaction: &Interaction, method: &Method) -> Result<Self, Error> {
        if interaction.response.is_null() {
            let message = match (&interaction.error, &interaction.status) {
                (Some(message), _) => message.clone(),
                (None, Status::Cancelled) => "nobody waited for the response when this was recorded".to_owned(),
                (None, status) => format!("it ended as `{status}` when it was recorded"),
            };
            return Err(Error::Recorded { message });
        }
        let is_whole = interaction.stream.as_ref().is_none_or(|stream| stream.is_whole(Direction::Response));
        let mut answer = Self::of(&interaction.response, method, is_whole).map_err(|why| Error::Response {
            interaction: format!("{} {}", interaction.id, interaction.title()),
            why,
        })?;
        answer.end_at = interaction.duration();
        answer.head_at = answer.end_at;
        if let Some(stream) = &interaction.stream {
            answer.parts = stream.lengths(Direction::Response).collect();
            answer.head_at = stream
                .time_of(Direction::Response, |part| *part == Part::Start)
                .or_else(|| answer.parts.first().map(|(at, _)| *at))
                .unwrap_or(answer.end_at)
                .min(answer.end_at);
            let end = stream.moments().iter().rev().find_map(|moment| match &moment.part {
                Part::End if moment.direction == Direction::Response => Some((moment.at, End::Whole)),
                Part::Error(message) => Some((moment.at, End::Cut(message.clone()))),
                Part::Cancelled if moment.direction == Direction::Response => {
                    Some((moment.at, End::Cut("nobody read on when it was recorded".to_owned())))
                }
                _ => None,
            });
            if let Some((at, end)) = end {
                (answer.end_at, answer.end) = (at, end);
            }
        }
        Ok(answer)
    }

    /// A response as a session has it, or any other document, which is then the body.
    pub(crate) fn of(response: &Value, method: &Method, is_whole: bool) -> Result<Self, String> {
        let Some(status) =
            response.get("status").filter(|_| response.get("body").is_some() || response.get("headers").is_some())
        else {
            return Ok(Self::json(response));
        };
        let status = status.as_u64().and_then(|code| u16::try_from(code).ok());
        let status = status.and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.ok_or_else(|| format!("its status is {}", response["status"]))?;
        if let Some(why) = response.get(WITHHELD).and_then(Value::as_str) {
            return Err(format!("its body was not kept: {why}"));
        }
        let mut headers = headers(response.get("headers"))?;
        let body = body(response, &mut headers)?;
        let has_body = body.len() > 0;
        // Of `HEAD`, and of what has not changed, the length is that of a body that is not there.
        // One that was cut said how long it was to be.
        if is_whole && (has_body || (*method != Method::HEAD && status != StatusCode::NOT_MODIFIED)) {
            fix_length(&mut headers, body.len());
        }
        let trailers = match response.get("trailers") {
            None | Some(Value::Null) => None,
            found => Some(self::headers(found)?),
        };
        Ok(Self {
            status,
            version: version(response.get("version")),
            headers,
            body,
            parts: Vec::new(),
            head_at: Duration::ZERO,
            trailers,
            end: End::Whole,
            end_at: Duration::ZERO,
        })
    }

    /// A document as a response.
    fn json(document: &Value) -> Self {
        let bytes = if document.is_null() { Vec::new() } else { serde_json::to_vec(document).unwrap_or_default() };
        let mut headers = HeaderMap::new();
        if !bytes.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Self {
            status: StatusCode::OK,
            version: Version::HTTP_11,
            headers,
            body: Source::Bytes(bytes.into()),
            parts: Vec::new(),
            head_at: Duration::ZERO,
            trailers: None,
            end: End::Whole,
            end_at: Duration::ZERO,
        }
    }
}

fn version(version: Option<&Value>) -> Version {
    match version.and_then(Value::as_str) {
        Some("HTTP/0.9") => Version::HTTP_09,
        Some("HTTP/1.0") => Version::HTTP_10,
        Some("HTTP/2") => Version::HTTP_2,
        Some("HTTP/3") => Version::HTTP_3,
        _ => Version::HTTP_11,
    }
}

/// Says the length that it has, if it says one.
fn fix_length(headers: &mut HeaderMap, bytes: u64) {
    if headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, bytes.into());
    }
}

/// Headers as pairs, or as an object of texts or lists.
fn headers(headers: Option<&Value>) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::new();
    let mut add = |name: &str, value: &Value, is_latin: bool| -> Result<(), String> {
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no name of a header"))?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let bytes = if is_latin { text.chars().map(|letter| letter as u32 as u8).collect() } else { text.into_bytes() };
        let value =
            HeaderValue::from_bytes(&bytes).map_err(|_| format!("the header `{name}` has no sendable value"))?;
        map.append(header, value);
        Ok(())
    };
    match headers {
        Some(Value::Array(pairs)) => {
            for pair in pairs {
                let name = pair.get(0).or_else(|| pair.get("name")).and_then(Value::as_str);
                let value = pair.get(1).or_else(|| pair.get("value"));
                let (Some(name), Some(value)) = (name, value) else { return Err(format!("{pair} is no header")) };
                add(name, value, pair.get(2).is_some())?;
            }
        }
        Some(Value::Object(fields)) => {
            for (name, value) in fields {
                match value {
                    Value::Array(values) => values.iter().try_for_each(|value| add(name, value, false))?,
                    value => add(name, value, false)?,
                }
            }
        }
        _ => {}
    }
    Ok(map)
}

/// The bytes of the wire.
fn body(response: &Value, headers: &mut HeaderMap) -> Result<Source, String> {
    if let Some(encoded) = response.get(ENCODED).and_then(Value::as_str) {
        let bytes = STANDARD.decode(encoded).map_err(|_| "`encoded` is no Base64".to_owned())?;
        return Ok(Source::Bytes(bytes.into()));
    }
    let content = match response.get("body") {
        None | Some(Value::Null) => return Ok(Source::Bytes(Bytes::new())),
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(found) => match simple(found) {
            Some(bytes) => bytes,
            None => match serde_json::from_value::<Body>(found.clone()) {
                Ok(Body::Blob { sha256, bytes }) => return Ok(Source::Blob(sha256, bytes)),
                Ok(body) => body.to_bytes().ok_or_else(|| "its body is no Base64".to_owned())?,
                // A document without a type: that is what somebody writes by hand.
                Err(_) => serde_json::to_vec(found).map_err(|error| error.to_string())?,
            },
        },
    };
    if !content.is_empty() && headers.contains_key(CONTENT_ENCODING) {
        // As other tools keep it: decoded, under headers that say it is coded.
        match coding::codings(headers).ok().and_then(|codings| coding::encode(&codings, &content)) {
            Some(coded) => return Ok(Source::Bytes(coded.into())),
            None => {
                headers.remove(CONTENT_ENCODING);
            }
        }
    }
    Ok(Source::Bytes(content.into()))
}

/// The bytes of a body that is a text, or a document without one: nearly all are, and need no copy of it to be read.
fn simple(body: &Value) -> Option<Vec<u8>> {
    match (body.get("type")?.as_str()?, body.get("text")) {
        ("none", _) => Some(Vec::new()),
        ("json" | "form" | "sse" | "text", Some(Value::String(text))) => Some(text.clone().into_bytes()),
        ("json", None) => serde_json::to_vec(body.get("value")?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(response: &Value) -> Result<Answer, String> {
        Answer::of(response, &Method::GET, true)
    }

    fn bytes(answer: &Answer) -> &[u8] {
        match &answer.body {
            Source::Bytes(bytes) => bytes,
            Source::Blob(..) => b"blob",
        }
    }

    #[test]
    fn what_is_no_response_is_a_document_that_is_sent() {
        let sent = answer(&json!({"id": 7, "status": "paid"})).expect("sent");
        assert_eq!((sent.status.as_u16(), bytes(&sent)), (200, br#"{"id":7,"status":"paid"}"#.as_slice()));
        assert_eq!(sent.headers[CONTENT_TYPE], "application/json");
        assert!(bytes(&answer(&Value::Null).expect("sent")).is_empty());
    }

    #[test]
    fn headers_of_any_shape_keep_order_and_number() {
        let pairs =
            json!({"status": 200, "headers": [["set-cookie", "a"], ["x", "\u{e4}", "latin-1"], ["set-cookie", "b"]]});
        let sent = answer(&pairs).expect("sent");
        assert_eq!(sent.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(sent.headers["x"].as_bytes(), b"\xe4");
        let object = json!({"status": 200, "headers": {"set-cookie": ["a", "b"], "content-length": 5}, "body": "ü"});
        let sent = answer(&object).expect("sent");
        assert_eq!(sent.headers.get_all("set-cookie").iter().count(), 2);
        assert_eq!(sent.headers[CONTENT_LENGTH], "2");
    }

    #[test]
    fn what_cannot_be_sent_is_told() {
        for (response, told) in [
            (json!({"status": 99, "body": null}), "its status is 99"),
            (json!({"status": 200, "headers": [["a b", "c"]]}), "`a b` is no name of a header"),
            (json!({"status": 200, "headers": [["a", "b\nc"]]}), "the header `a` has no sendable value"),
            (json!({"status": 200, "headers": [7]}), "7 is no header"),
            (json!({"status": 200, "body": {"type": "binary", "base64": "?"}}), "its body is no Base64"),
            (json!({"status": 200, "body": null, "withheld": "its coding"}), "its body was not kept: its coding"),
        ] {
            assert_eq!(answer(&response).expect_err("not sent"), told);
        }
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn a_body_that_another_tool_decoded_is_coded_again_as_its_headers_say() {
        let sent =
            answer(&json!({"status": 200, "headers": {"content-encoding": "gzip"}, "body": "text"})).expect("sent");
        assert_eq!(coding::decode(&[coding::Coding::Gzip], bytes(&sent)).as_deref(), Some(&b"text"[..]));
        let sent =
            answer(&json!({"status": 200, "headers": {"content-encoding": "x-own"}, "body": "text"})).expect("sent");
        assert!(!sent.headers.contains_key(CONTENT_ENCODING));
    }
}
