//! A document as bytes: two lines that tell what it is, then its body.
//!
//! ```text
//! tracesnap-document 1 9c1f03aa 27 5be0cd19        version, CRC-32 of the next line, bytes of the body, their CRC-32
//! {"name":"shop::pay","kind":"capture","time":"2026-02-03T04:05:06.000000007Z","tags":{"outcome":"returned"}}
//! {"args":{"amount":30},"id":7}
//! ```
//!
//! Every byte is covered by a checksum, so damage is told from content; the body is whatever its writer put there.

use serde::de::DeserializeOwned;

use crate::{DocumentId, Error, Metadata};

/// First word of a document.
const MAGIC: &str = "tracesnap-document";

/// The version of the two lines that this build writes, and the newest it reads.
const VERSION: u32 = 1;

/// A first line is never longer.
const MAX_FIRST_LINE: usize = 80;

/// Metadata is never longer, so that hostile files do not make us read on.
pub(crate) const MAX_METADATA: usize = 1 << 20;

/// A document that was read: whole, verified, decrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    pub(crate) id: DocumentId,
    pub(crate) metadata: Metadata,
    pub(crate) body: Vec<u8>,
    pub(crate) origin: String,
}

impl Document {
    /// Which document it is.
    #[must_use]
    pub fn id(&self) -> &DocumentId {
        &self.id
    }

    /// What is known of it.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What was put in.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What was put in, without a copy.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// The body read as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] naming the file, if the body is no such JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::corrupt(&self.origin, format!("its body is not the JSON that was expected ({error})"))
        })
    }

    /// The file, or whatever held it, for messages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// A document that was found: what is known of it without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Which document it is.
    pub id: DocumentId,
    /// What is known of it.
    pub metadata: Metadata,
}

/// The bytes of a document. `body` is as it is stored.
pub(crate) fn encode(metadata: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAX_FIRST_LINE + metadata.len() + body.len() + 1);
    let line = u64::from(crc32fast::hash(metadata));
    bytes.extend_from_slice(first_line(line, body.len() as u64, crc32fast::hash(body)).as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(metadata);
    bytes.push(b'\n');
    bytes.extend_from_slice(body);
    bytes
}

fn first_line(line_sum: u64, length: u64, sum: u32) -> String {
    format!("{MAGIC} {VERSION} {line_sum:08x} {length} {sum:08x}")
}

/// A document's parts, borrowed from its bytes.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) metadata: Metadata,
    /// Its text, which an encrypted body vouches for.
    pub(crate) line: &'a [u8],
    /// Where the body begins.
    pub(crate) body_at: usize,
}

/// Reads the two lines; `Ok(None)` if they go on beyond `bytes`. `origin` is who is to blame.
pub(crate) fn decode_start<'a>(bytes: &'a [u8], origin: &str) -> Result<Option<Parts<'a>>, Error> {
    let corrupt = |why: String| Error::corrupt(origin, why);
    let start = &bytes[..bytes.len().min(MAX_FIRST_LINE)];
    let Some(end) = start.iter().position(|&byte| byte == b'\n') else {
        let is_ours = start.starts_with(MAGIC.as_bytes()) || MAGIC.as_bytes().starts_with(start);
        return if is_ours && start.len() < MAX_FIRST_LINE {
            Ok(None)
        } else {
            Err(corrupt("it does not begin as a document does".to_owned()))
        };
    };
    let first = std::str::from_utf8(&start[..end]).unwrap_or_default();
    let mut words = first.split(' ');
    if words.next() != Some(MAGIC) {
        return Err(corrupt("it does not begin as a document does".to_owned()));
    }
    let mut word = |radix| words.next().and_then(|word| u64::from_str_radix(word, radix).ok());
    let damaged = || corrupt("its first line is damaged".to_owned());
    let version = word(10).ok_or_else(damaged)?;
    if version != u64::from(VERSION) {
        return Err(Error::FormatTooNew {
            origin: origin.to_owned(),
            what: "document".to_owned(),
            found: version.min(u64::from(u32::MAX)) as u32,
            supported: VERSION,
        });
    }
    let line_sum = word(16).ok_or_else(damaged)?;
    let length = word(10).ok_or_else(damaged)?;
    let sum = word(16).and_then(|sum| u32::try_from(sum).ok()).ok_or_else(damaged)?;
    // Only as we write it: a damaged byte must not go by as another way to write the same.
    if first != first_line(line_sum, length, sum) {
        return Err(damaged());
    }
    let rest = &bytes[end + 1..];
    let Some(line_end) = rest.iter().take(MAX_METADATA).position(|&byte| byte == b'\n') else {
        return if rest.len() < MAX_METADATA { Ok(None) } else { Err(corrupt("its metadata does not end".to_owned())) };
    };
    let line = &rest[..line_end];
    if u64::from(crc32fast::hash(line)) != line_sum {
        return Err(corrupt("its metadata is damaged: the checksum is another".to_owned()));
    }
    let mut metadata: Metadata =
        serde_json::from_slice(line).map_err(|error| corrupt(format!("its metadata cannot be read ({error})")))?;
    metadata.bytes = length;
    metadata.checksum = sum;
    Ok(Some(Parts { metadata, line, body_at: end + 1 + line_end + 1 }))
}

/// Reads a whole document and verifies its body.
pub(crate) fn decode<'a>(bytes: &'a [u8], origin: &str) -> Result<(Parts<'a>, &'a [u8]), Error> {
    let parts =
        decode_start(bytes, origin)?.ok_or_else(|| Error::corrupt(origin, "it ends within its metadata".to_owned()))?;
    let body = &bytes[parts.body_at..];
    if body.len() as u64 != parts.metadata.bytes {
        let why = format!("its body has {} bytes where {} were written", body.len(), parts.metadata.bytes);
        return Err(Error::corrupt(origin, why));
    }
    if crc32fast::hash(body) != parts.metadata.checksum {
        return Err(Error::corrupt(origin, "its body is damaged: the checksum is another".to_owned()));
    }
    Ok((parts, body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(body: &[u8]) -> Vec<u8> {
        let metadata = Metadata::of_kind("capture").with_tag("outcome", "returned");
        encode(&serde_json::to_vec(&metadata).expect("it is plain"), body)
    }

    #[test]
    fn a_document_is_two_lines_and_its_body() {
        let bytes = sample(b"{\"id\":7}");
        let text = String::from_utf8(bytes.clone()).expect("text");
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("tracesnap-document 1 ") && lines[0].contains(" 8 "), "{text}");
        assert_eq!(lines[2], "{\"id\":7}");
        let (parts, body) = decode(&bytes, "here").expect("we wrote it");
        assert_eq!((body, parts.metadata.tag("outcome")), (b"{\"id\":7}".as_slice(), Some("returned")));
    }

    #[test]
    fn no_damaged_byte_goes_unnoticed() {
        let bytes = sample(b"body");
        for at in 0..bytes.len() {
            for bit in [1, 0x20, 0x80] {
                let mut damaged = bytes.clone();
                damaged[at] ^= bit;
                let error = decode(&damaged, "here").expect_err("it is damaged").to_string();
                assert!(error.contains("`here`"), "{error}");
            }
            assert!(decode(&bytes[..at], "here").is_err(), "cut at {at}");
        }
        assert!(decode(&[&bytes[..], b"x"].concat(), "here").is_err());
    }

    #[test]
    fn a_newer_version_is_refused_with_the_way_out() {
        let bytes = sample(b"body");
        let newer = [b"tracesnap-document 2", &bytes[20..]].concat();
        let error = decode(&newer, "here").expect_err("it is newer").to_string();
        assert_eq!(
            error,
            "`here` is a document of format 2, but this build reads up to 1; upgrade, or record it again"
        );
    }

    proptest! {
        #[test]
        fn any_body_comes_back(body in any::<Vec<u8>>()) {
            let bytes = sample(&body);
            prop_assert_eq!(decode(&bytes, "here").expect("we wrote it").1, &body[..]);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>(), text in "(tracesnap-document 1 )?[0-9a-f \n{}]*") {
            let _ = decode(&bytes, "here");
            let _ = decode(text.as_bytes(), "here");
        }
    }
}
