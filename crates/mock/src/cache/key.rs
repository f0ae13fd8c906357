//! The key of an answer: the same for the same question, on every machine.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::engine::Request;

/// What an answer is kept under. Nobody finds two questions with the same key on purpose, since keys are shared with
/// whoever shares a tier.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

/// A key that is being put together. Parts are set apart from each other, so `ab`, `c` is not `a`, `bc`.
#[derive(Clone)]
#[must_use = "it is no key until `finish`"]
pub struct KeyBuilder(Sha256);

/// Headers that decide nothing about an answer: who asks, how it travels, which trace it belongs to.
const IGNORED: [&str; 17] = [
    "accept-encoding",
    "cache-control",
    "connection",
    "content-length",
    "date",
    "dnt",
    "forwarded",
    "keep-alive",
    "pragma",
    "priority",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-request-id",
];

impl CacheKey {
    /// Begins a key of that kind.
    pub fn of(kind: &str) -> KeyBuilder {
        KeyBuilder(Sha256::new()).text(kind)
    }
}

impl KeyBuilder {
    /// Adds a text.
    pub fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    /// Adds bytes.
    pub fn bytes(mut self, part: &[u8]) -> Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// Adds all of a request that may decide its answer: method, path, query, headers and body.
    ///
    /// The order of headers does not matter, nor that of parameters with different names. Headers that name the program
    /// that asks, or how the request travelled, are left out.
    pub fn request(self, request: &Request) -> Self {
        let uri = request.uri();
        let mut key = self.text(request.method().as_str()).text(uri.path());
        let query = uri.query().unwrap_or_default();
        if query.contains('&') {
            let mut pairs: Vec<&str> = query.split('&').collect();
            // Those of one name keep their order: they may be a list.
            pairs.sort_by_key(|pair| pair.split('=').next().unwrap_or_default());
            key = pairs.into_iter().fold(key, Self::text);
        } else {
            key = key.text(query);
        }
        let mut headers: Vec<_> =
            request.headers().iter().filter(|(name, _)| !IGNORED.contains(&name.as_str())).collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        key = key.bytes(&headers.len().to_le_bytes());
        for (name, value) in headers {
            key = key.text(name.as_str()).bytes(value.as_bytes());
        }
        key.bytes(request.body())
    }

    /// The key.
    #[must_use]
    pub fn finish(self) -> CacheKey {
        CacheKey(self.0.finalize().into())
    }
}

impl fmt::Debug for KeyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyBuilder").finish_non_exhaustive()
    }
}

/// In hexadecimal digits, as it stands in Redis and in the database.
impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheKey({self})")
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn key(target: &str, headers: &[(&str, &str)], body: &'static str) -> CacheKey {
        let mut request = http::Request::post(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        CacheKey::of("").request(&request.body(Bytes::from(body)).expect("a request")).finish()
    }

    #[test]
    fn what_cannot_decide_an_answer_does_not_change_its_key() {
        let one = key("/a?x=1&y=2", &[("accept", "text/plain"), ("prefer", "code=404")], "b");
        let headers = [("prefer", "code=404"), ("user-agent", "curl"), ("accept", "text/plain")];
        assert_eq!(one, key("/a?y=2&x=1", &headers, "b"));
        assert_eq!(one.to_string().len(), 64);
    }

    #[test]
    fn what_may_decide_an_answer_changes_its_key() {
        let plain = key("/a?x=1&x=2", &[], "b");
        let others = [
            key("/a?x=2&x=1", &[], "b"),
            key("/a", &[], "b"),
            key("/a?x=1&x=2", &[("authorization", "Bearer 1")], "b"),
            key("/a?x=1&x=2", &[("x-mock-session", "mine")], "b"),
            key("/a?x=1&x=2", &[], "c"),
        ];
        assert!(others.into_iter().all(|other| other != plain));
    }
}
