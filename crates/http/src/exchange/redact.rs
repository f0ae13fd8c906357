//! Takes secrets out of the parts of an exchange, each by what it is.
//!
//! What a secret is, [`tracesnap_redact`] knows. Headers, URLs and bodies are redacted as such, so that what is clean
//! stays as it was, byte for byte.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use tracesnap_redact::Policy;

use super::multipart;

/// A policy that counts what it keeps back.
#[derive(Debug)]
pub(crate) struct Redaction<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) count: u64,
}

impl<'p> Redaction<'p> {
    pub(crate) fn new(policy: &'p Policy) -> Self {
        Self { policy, count: 0 }
    }

    fn counted<'t>(&mut self, text: Cow<'t, str>) -> Cow<'t, str> {
        self.count += u64::from(matches!(text, Cow::Owned(_)));
        text
    }

    pub(crate) fn url(&mut self, url: &str) -> String {
        if self.policy.is_none() {
            return url.to_owned();
        }
        let clean = self.policy.redact_url(url);
        self.counted(clean).into_owned()
    }

    pub(crate) fn text(&mut self, text: &str) -> String {
        if self.policy.is_none() {
            return text.to_owned();
        }
        let clean = self.policy.redact_text(text);
        self.counted(clean).into_owned()
    }

    /// `[[name, value], …]`; a value that is no UTF-8 is read as Latin-1, and says so in a third place.
    pub(crate) fn headers(&mut self, headers: &HeaderMap) -> Value {
        let pairs = headers.iter().map(|(name, value)| {
            let (text, is_latin) = text_of(value);
            let clean = if self.policy.is_none() { Cow::Borrowed(&*text) } else { self.header(name.as_str(), &text) };
            let mut pair = vec![Value::from(name.as_str()), Value::from(clean.into_owned())];
            if is_latin {
                pair.push("latin-1".into());
            }
            Value::Array(pair)
        });
        Value::Array(pairs.collect())
    }

    fn header<'v>(&mut self, name: &str, value: &'v str) -> Cow<'v, str> {
        // They say how a body is read or sent, and have nothing to hide; and they are nearly all of most messages.
        const PLAIN: [&str; 12] = [
            "accept",
            "accept-encoding",
            "cache-control",
            "connection",
            "content-encoding",
            "content-length",
            "date",
            "server",
            "te",
            "transfer-encoding",
            "vary",
            "grpc-status",
        ];
        let is_short = value.len() <= 64 && value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if PLAIN.contains(&name) && is_short && !value.contains(['=', '@', '_']) {
            return Cow::Borrowed(value);
        }
        // Whole addresses stand in some.
        let clean = match name {
            "location" | "content-location" | "referer" => self.policy.redact_url(value),
            _ => self.policy.redact_header(name, value),
        };
        self.counted(clean)
    }

    /// The content of a body, decoded. Borrowed where it is clean.
    pub(crate) fn content<'b>(&mut self, bytes: &'b [u8], media_type: Option<&str>) -> Cow<'b, [u8]> {
        if self.policy.is_none() || bytes.is_empty() {
            return Cow::Borrowed(bytes);
        }
        if let Some(boundary) = multipart::boundary(media_type)
            && let Some(clean) = self.multipart(bytes, boundary)
        {
            return clean;
        }
        let Ok(text) = std::str::from_utf8(bytes) else { return self.binary(bytes) };
        let kind = media_type.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return match self.policy.redact_form(text) {
                Cow::Borrowed(_) => Cow::Borrowed(bytes),
                Cow::Owned(clean) => {
                    self.count += 1;
                    Cow::Owned(clean.into_bytes())
                }
            };
        }
        if text.trim_start().starts_with(['{', '[', '"']) {
            let mut clean = Vec::new();
            if let Ok(report) = self.policy.redact_json(bytes, &mut clean) {
                self.count += report.count();
                return if report.is_clean() { Cow::Borrowed(bytes) } else { Cow::Owned(clean) };
            }
        }
        let by_lines = if text.contains("data:") { self.events(text) } else { None };
        let text = by_lines.as_deref().unwrap_or(text);
        match (self.policy.redact_text(text), by_lines.is_some()) {
            (Cow::Borrowed(_), false) => Cow::Borrowed(bytes),
            (Cow::Borrowed(text), true) => Cow::Owned(text.as_bytes().to_vec()),
            (Cow::Owned(clean), _) => {
                self.count += 1;
                Cow::Owned(clean.into_bytes())
            }
        }
    }

    /// Server-sent events whose data is JSON: each as the document it is. `None` where nothing was found.
    fn events(&mut self, text: &str) -> Option<String> {
        let mut whole = String::with_capacity(text.len());
        let mut found = false;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches(['\r', '\n']);
            let data = content.strip_prefix("data:").map(str::trim_start).filter(|data| data.starts_with(['{', '[']));
            let mut clean = Vec::new();
            match data.map(|data| (data, self.policy.redact_json(data.as_bytes(), &mut clean))) {
                Some((data, Ok(report))) if !report.is_clean() => {
                    found = true;
                    self.count += report.count();
                    whole.push_str(&content[..content.len() - data.len()]);
                    whole.push_str(&String::from_utf8_lossy(&clean));
                    whole.push_str(&line[content.len()..]);
                }
                _ => whole.push_str(line),
            }
        }
        found.then_some(whole)
    }

    /// Bytes that are no text, as a whole: texts within them are looked at, and what must not be written is covered by as
    /// many `*`, since lengths stand beside texts in whatever format this is.
    pub(crate) fn binary<'b>(&mut self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        /// Shorter ones are no secrets that could be told from chance.
        const SHORTEST: usize = 8;
        let mut clean: Option<Vec<u8>> = None;
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            let valid = chunk.valid();
            let mut start = at;
            // Control characters end a text: lengths and tags of formats are among them.
            for run in
                valid.split_inclusive(|letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
            {
                let text = run.trim_end_matches(|letter: char| letter.is_control());
                if text.len() >= SHORTEST
                    && let Cow::Owned(redacted) = self.policy.redact_text(text)
                {
                    let first = text.bytes().zip(redacted.bytes()).take_while(|(a, b)| a == b).count();
                    let last = text.bytes().rev().zip(redacted.bytes().rev()).take_while(|(a, b)| a == b).count();
                    let last = last.min(text.len() - first);
                    let covered = start + first..start + text.len() - last;
                    clean.get_or_insert_with(|| bytes.to_vec())[covered].fill(b'*');
                    self.count += 1;
                }
                start += run.len();
            }
            at += valid.len() + chunk.invalid().len();
        }
        clean.map_or(Cow::Borrowed(bytes), Cow::Owned)
    }
}

/// The text of a header, and whether it had to be read as Latin-1.
pub(crate) fn text_of(value: &HeaderValue) -> (Cow<'_, str>, bool) {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (Cow::Owned(value.as_bytes().iter().map(|&byte| char::from(byte)).collect()), true),
    }
}

/// The media type of a message.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok())
}
