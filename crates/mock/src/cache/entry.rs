//! An answer as it is kept, in memory and as bytes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use crate::engine::{Answer, Source};

/// Bytes of an entry; what is larger is not kept.
pub const MAX_ENTRY: usize = 4 << 20;

/// Begins every entry, and changes with its form.
const MAGIC: &[u8; 4] = b"TSM1";

/// An answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Where the answer came from when it was made.
    pub source: Source,
    /// The operation that answered, as in `GET /orders/{id}`.
    pub operation: Option<String>,
    /// The stored response it is a copy of.
    pub response_id: Option<i64>,
    /// Whether it was checked against its schema when it was made.
    pub is_checked: bool,
    /// What it is invalidated by.
    pub tags: Vec<String>,
    /// When it ceases to be an answer, in milliseconds since 1970; `None` before it is kept.
    pub expires_at: Option<u64>,
}

/// All but the body.
#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    source: String,
    operation: Option<String>,
    response_id: Option<i64>,
    is_checked: bool,
    tags: Vec<String>,
    expires_at: Option<u64>,
}

impl Entry {
    /// An answer with that status and body.
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(value) = crate::engine::header_value(content_type) {
            headers.insert("content-type", value);
        }
        Self {
            status,
            headers,
            body: body.into(),
            source: Source::Generated,
            operation: None,
            response_id: None,
            is_checked: false,
            tags: Vec::new(),
            expires_at: None,
        }
    }

    /// An answer as it is to be kept.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status.as_u16(),
            headers: answer.headers.clone(),
            body: answer.body.clone(),
            source: answer.source,
            operation: answer.operation.clone(),
            response_id: None,
            is_checked: answer.is_checked,
            tags: Vec::new(),
            expires_at: None,
        }
    }

    /// The answer it was. Its place among the operations is the caller's to say.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let mut answer = Answer::new(StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK), self.source);
        answer.headers = self.headers.clone();
        answer.body = self.body.clone();
        answer.operation = self.operation.clone();
        answer.is_checked = self.is_checked;
        answer
    }

    /// The time it has left to live; `None` when it is over.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        match self.expires_at {
            None => Some(Duration::MAX),
            Some(at) => at.checked_sub(now()).filter(|left| *left > 0).map(Duration::from_millis),
        }
    }

    /// As bytes, for tiers outside of the process: `TSM1`, the length of the head as four bytes, little end first, the
    /// head as JSON, the body. `None` if it is larger than [`MAX_ENTRY`].
    #[must_use]
    pub fn to_bytes(&self) -> Option<Bytes> {
        let head = Head {
            status: self.status,
            headers: self.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
            source: self.source.as_str().to_owned(),
            operation: self.operation.clone(),
            response_id: self.response_id,
            is_checked: self.is_checked,
            tags: self.tags.clone(),
            expires_at: self.expires_at,
        };
        let head = serde_json::to_vec(&head).ok()?;
        let length = MAGIC.len() + 4 + head.len() + self.body.len();
        if length > MAX_ENTRY {
            return None;
        }
        let mut bytes = BytesMut::with_capacity(length);
        bytes.put_slice(MAGIC);
        bytes.put_u32_le(u32::try_from(head.len()).ok()?);
        bytes.put_slice(&head);
        bytes.put_slice(&self.body);
        Some(bytes.freeze())
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has written; `None` for whatever else somebody put there.
    #[must_use]
    pub fn from_bytes(bytes: &Bytes) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let head: Head = serde_json::from_slice(rest.get(..length)?).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in head.headers {
            headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value).ok()?);
        }
        StatusCode::from_u16(head.status).ok()?;
        Some(Self {
            status: head.status,
            headers,
            body: bytes.slice(MAGIC.len() + 4 + length..),
            source: Source::parse(&head.source)?,
            operation: head.operation,
            response_id: head.response_id,
            is_checked: head.is_checked,
            tags: head.tags,
            expires_at: head.expires_at,
        })
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_is_read_back_as_it_was() {
        let mut entry = Entry::new(201, "application/json", vec![0, 159, 146, 150]);
        entry.headers.append("set-cookie", HeaderValue::from_static("a=1"));
        entry.headers.append("set-cookie", HeaderValue::from_static("b=2"));
        entry.tags = vec!["operation:POST /orders".to_owned()];
        entry.expires_at = Some(now() + 1_000);
        let bytes = entry.to_bytes().expect("small");
        assert_eq!(Entry::from_bytes(&bytes), Some(entry));
        assert_eq!(Entry::from_bytes(&bytes.slice(..20)), None);
    }

    #[test]
    fn what_is_too_large_is_not_written() {
        assert!(Entry::new(200, "text/plain", vec![0; MAX_ENTRY]).to_bytes().is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(tail: Vec<u8>, length: u32) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend(length.to_le_bytes());
            bytes.extend(&tail);
            let _ = (Entry::from_bytes(&Bytes::from(bytes)), Entry::from_bytes(&Bytes::from(tail)));
        }
    }
}
