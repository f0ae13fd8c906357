//! A message's body by its type, as adapters of protocols write it into requests and responses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a body is. In JSON an object with `type` and what that type has.
///
/// The type says what the bytes mean, so that a body is diffed and redacted by its parts, and is read by people;
/// [`to_bytes`](Self::to_bytes) gives what goes over the wire before any encoding of the transport. A JSON body keeps
/// its text where it is not what serialising its value would write, so bytes come back as they were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Body {
    /// There is none, which is not the same as an empty one.
    None,
    /// A JSON document.
    Json {
        /// The document.
        value: Value,
        /// Its text, where it was written in another way than we write it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// A form, in its order, with repeated names.
    Form {
        /// Names and values, decoded.
        fields: Vec<(String, String)>,
        /// Its text, where it was encoded in another way than we encode it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Server-sent events.
    Sse {
        /// The whole stream; when its parts came, [`Stream`](super::Stream) knows.
        text: String,
    },
    /// Any other text, in UTF-8.
    Text {
        /// The text.
        text: String,
    },
    /// Messages of gRPC, each in a frame.
    Grpc {
        /// All of them, in their order.
        messages: Vec<GrpcMessage>,
    },
    /// A protobuf message whose descriptor is known.
    Protobuf {
        /// The message's full name.
        message: String,
        /// Its fields, as the official JSON form of protobuf has them.
        value: Value,
        /// The bytes.
        base64: String,
    },
    /// Bytes of any kind.
    Binary {
        /// In standard Base64.
        base64: String,
    },
    /// Kept beside the session, under its hash.
    Blob {
        /// SHA-256 of the content, 64 hexadecimal digits.
        sha256: String,
        /// Size of the content.
        bytes: u64,
    },
}

/// One message of gRPC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GrpcMessage {
    /// Its full name, where its descriptor is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its fields, as the official JSON form of protobuf has them, where its descriptor is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Whether its bytes are compressed by the coding that the headers name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compressed: bool,
    /// Its bytes, in standard Base64.
    pub base64: String,
}

impl GrpcMessage {
    /// The frame: a flag, the length in four bytes, the message. `None` for Base64 that is none.
    fn frame(&self) -> Option<Vec<u8>> {
        let message = STANDARD.decode(&self.base64).ok()?;
        let length = u32::try_from(message.len()).ok()?;
        let mut frame = Vec::with_capacity(message.len() + 5);
        frame.push(u8::from(self.compressed));
        frame.extend_from_slice(&length.to_be_bytes());
        frame.extend_from_slice(&message);
        Some(frame)
    }
}

impl Body {
    /// The body of these bytes, by the media type they came with and, without one, by what they are.
    #[must_use]
    pub fn of(bytes: &[u8], media_type: Option<&str>) -> Self {
        if bytes.is_empty() {
            return Self::None;
        }
        let kind = media_type.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let kind = kind.as_deref().unwrap_or_default();
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self::Binary { base64: STANDARD.encode(bytes) };
        };
        if kind == "text/event-stream" {
            return Self::Sse { text: text.to_owned() };
        }
        if kind == "application/x-www-form-urlencoded" {
            let fields = form::decode(text);
            let same = form::encode(&fields) == text;
            return Self::Form { fields, text: (!same).then(|| text.to_owned()) };
        }
        let may_be_json = kind.is_empty() || kind == "application/json" || kind.ends_with("+json");
        if may_be_json && let Ok(value) = serde_json::from_str::<Value>(text) {
            let same = serde_json::to_string(&value).is_ok_and(|ours| ours == text);
            return Self::Json { value, text: (!same).then(|| text.to_owned()) };
        }
        Self::Text { text: text.to_owned() }
    }

    /// The bytes; `None` for a blob, which lies elsewhere, and for Base64 that is none.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        Some(match self {
            Self::None => Vec::new(),
            Self::Json { text: Some(text), .. }
            | Self::Form { text: Some(text), .. }
            | Self::Sse { text }
            | Self::Text { text } => text.clone().into_bytes(),
            Self::Json { value, text: None } => serde_json::to_vec(value).ok()?,
            Self::Form { fields, text: None } => form::encode(fields).into_bytes(),
            Self::Protobuf { base64, .. } | Self::Binary { base64 } => STANDARD.decode(base64).ok()?,
            Self::Grpc { messages } => {
                let mut bytes = Vec::new();
                for message in messages {
                    bytes.extend(message.frame()?);
                }
                bytes
            }
            Self::Blob { .. } => return None,
        })
    }
}

/// `application/x-www-form-urlencoded`, as browsers write it.
mod form {
    pub(super) fn decode(text: &str) -> Vec<(String, String)> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (part(name), part(value))
            })
            .collect()
    }

    pub(super) fn encode(fields: &[(String, String)]) -> String {
        let mut text = String::new();
        for (name, value) in fields {
            if !text.is_empty() {
                text.push('&');
            }
            escape(name, &mut text);
            text.push('=');
            escape(value, &mut text);
        }
        text
    }

    fn part(text: &str) -> String {
        let bytes = text.as_bytes();
        let mut decoded = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let hex = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
            match (bytes[at], hex.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
                (b'%', Some(byte)) => {
                    decoded.push(byte);
                    at += 2;
                }
                (b'+', _) => decoded.push(b' '),
                (byte, _) => decoded.push(byte),
            }
            at += 1;
        }
        String::from_utf8_lossy(&decoded).into_owned()
    }

    fn escape(text: &str, to: &mut String) {
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => to.push(char::from(byte)),
                b' ' => to.push('+'),
                _ => to.push_str(&format!("%{byte:02X}")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_is_what_its_media_type_says_if_it_is_that() {
        let kind = |bytes: &[u8], media_type: &str| match Body::of(bytes, Some(media_type)) {
            Body::None => "none",
            Body::Json { .. } => "json",
            Body::Form { .. } => "form",
            Body::Sse { .. } => "sse",
            Body::Text { .. } => "text",
            Body::Binary { .. } => "binary",
            _ => "other",
        };
        assert_eq!(kind(b"{\"a\":1}", "application/problem+json; charset=utf-8"), "json");
        assert_eq!(kind(b"{\"a\":", "application/json"), "text");
        assert_eq!(kind(b"a=1&a=2", "application/x-www-form-urlencoded"), "form");
        assert_eq!(kind(b"data: 1\n\n", "text/event-stream"), "sse");
        assert_eq!(kind(b"\xff\x00", "text/plain"), "binary");
        assert_eq!(kind(b"", "application/json"), "none");
    }

    proptest! {
        #[test]
        fn bytes_come_back_whatever_they_are_said_to_be(
            bytes in prop_oneof![
                any::<Vec<u8>>(),
                "[a-z=&%+ 0-9]{0,30}".prop_map(String::into_bytes),
                r#"\{"a": ?[0-9]{1,3}(\.[0-9]{1,3})?, ?"b":"\PC{0,5}"\}"#.prop_map(String::into_bytes),
            ],
            kind in prop::option::of(prop::sample::select(vec![
                "application/json", "text/event-stream", "application/x-www-form-urlencoded", "text/plain", "image/png",
            ])),
        ) {
            let body = Body::of(&bytes, kind);
            let file = serde_json::to_string(&body).expect("JSON");
            let back: Body = serde_json::from_str(&file).expect("we wrote it");
            prop_assert_eq!(back.to_bytes().expect("no blob"), bytes);
        }
    }
}
