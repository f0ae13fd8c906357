//! Bodies and headers as JSON has them.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};

/// Adds `body`, a text, or `body_base64` where it is none.
pub(super) fn write(body: &Bytes, to: &mut Map<String, Value>) {
    use base64::Engine;
    match std::str::from_utf8(body) {
        Ok(text) => to.insert("body".to_owned(), text.into()),
        Err(_) => to.insert("body_base64".to_owned(), base64::engine::general_purpose::STANDARD.encode(body).into()),
    };
    to.insert("bytes".to_owned(), body.len().into());
}

/// The other way round; the error says what is wrong.
pub(super) fn read(text: Option<&str>, base64: Option<&str>) -> Result<Bytes, String> {
    use base64::Engine;
    match (text, base64) {
        (Some(_), Some(_)) => Err("`body` and `body_base64` are both there, expected one".to_owned()),
        (Some(text), None) => Ok(Bytes::copy_from_slice(text.as_bytes())),
        (None, Some(text)) => base64::engine::general_purpose::STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(|error| format!("`body_base64` cannot be read: {error}")),
        (None, None) => Ok(Bytes::new()),
    }
}

/// Names and values, one pair a header.
pub(super) fn headers(headers: &HeaderMap) -> Value {
    headers.iter().map(|(name, value)| Value::from(vec![name.as_str().into(), text(value.as_bytes())])).collect()
}

fn text(bytes: &[u8]) -> Value {
    String::from_utf8_lossy(bytes).into()
}
