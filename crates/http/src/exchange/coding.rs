//! Codings of bodies: `gzip`, `deflate`, `br`, `zstd`, and rows of them.
//!
//! Bodies are decoded to be read, and encoded again where something was redacted.

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// What a coded body may become: 64 MiB. What is larger is not looked into.
#[cfg(any(feature = "gzip", feature = "brotli", feature = "zstd"))]
pub(crate) const MOST_DECODED: u64 = 64 << 20;

/// A coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The codings of a message in the order in which they were applied. `Err` names one that is not known here.
pub(crate) fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, String> {
    let mut all = Vec::new();
    for value in headers.get_all(CONTENT_ENCODING) {
        for word in value.to_str().unwrap_or("?").split(',').map(str::trim) {
            all.push(match word.to_ascii_lowercase().as_str() {
                "" | "identity" => continue,
                "gzip" | "x-gzip" if cfg!(feature = "gzip") => Coding::Gzip,
                "deflate" if cfg!(feature = "gzip") => Coding::Deflate,
                "br" if cfg!(feature = "brotli") => Coding::Brotli,
                "zstd" if cfg!(feature = "zstd") => Coding::Zstd,
                _ => return Err(word.chars().take(40).collect()),
            });
        }
    }
    Ok(all)
}

/// The bytes as they were before they were coded; `None` if they are not what they are said to be, or too many.
pub(crate) fn decode(codings: &[Coding], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    for coding in codings.iter().rev() {
        bytes = coding.decode(&bytes)?;
    }
    Some(bytes)
}

/// The opposite.
pub(crate) fn encode(codings: &[Coding], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    for coding in codings {
        bytes = coding.encode(&bytes)?;
    }
    Some(bytes)
}

#[cfg_attr(
    not(any(feature = "gzip", feature = "brotli", feature = "zstd")),
    allow(unused_variables, clippy::unused_self, reason = "no coding is built")
)]
impl Coding {
    fn decode(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => read_all(flate2::read::MultiGzDecoder::new(bytes)),
            // Some servers leave the zlib header out.
            #[cfg(feature = "gzip")]
            Self::Deflate => read_all(flate2::read::ZlibDecoder::new(bytes))
                .or_else(|| read_all(flate2::read::DeflateDecoder::new(bytes))),
            #[cfg(feature = "brotli")]
            Self::Brotli => read_all(brotli::Decompressor::new(bytes, 1 << 14)),
            #[cfg(feature = "zstd")]
            Self::Zstd => {
                let mut rest = bytes;
                let mut all = Vec::new();
                // Frames follow each other.
                while !rest.is_empty() {
                    let frame = ruzstd::decoding::StreamingDecoder::new(&mut rest).ok()?;
                    all.extend(read_all(frame)?);
                    if all.len() as u64 > MOST_DECODED {
                        return None;
                    }
                }
                Some(all)
            }
            #[allow(unreachable_patterns, reason = "codings that are not built are never found")]
            _ => None,
        }
    }

    fn encode(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => {
                written(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()), bytes)?.finish().ok()
            }
            #[cfg(feature = "gzip")]
            Self::Deflate => {
                written(flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default()), bytes)?
                    .finish()
                    .ok()
            }
            #[cfg(feature = "brotli")]
            Self::Brotli => {
                Some(written(brotli::CompressorWriter::new(Vec::new(), 1 << 14, 5, 20), bytes)?.into_inner())
            }
            #[cfg(feature = "zstd")]
            Self::Zstd => Some(ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)),
            #[allow(unreachable_patterns, reason = "codings that are not built are never found")]
            _ => None,
        }
    }
}

#[cfg(any(feature = "gzip", feature = "brotli", feature = "zstd"))]
fn read_all(from: impl std::io::Read) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(from, MOST_DECODED + 1), &mut all).ok()?;
    (all.len() as u64 <= MOST_DECODED).then_some(all)
}

#[cfg(any(feature = "gzip", feature = "brotli"))]
fn written<W: std::io::Write>(mut to: W, bytes: &[u8]) -> Option<W> {
    to.write_all(bytes).ok()?;
    Some(to)
}

#[cfg(all(test, feature = "gzip", feature = "brotli", feature = "zstd"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_coded_is_read_back_also_in_rows() {
        let text = "a body that is coded ".repeat(500);
        for row in ["gzip", "deflate", "br", "zstd", "gzip, br", "identity", "x-gzip,zstd"] {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, row.parse().expect("a value"))]);
            let codings = codings(&headers).expect("known");
            let coded = encode(&codings, text.as_bytes()).expect("encoded");
            assert!(row == "identity" || coded.len() < text.len(), "{row}");
            assert_eq!(decode(&codings, &coded).expect("decoded"), text.as_bytes(), "{row}");
        }
    }

    #[test]
    fn what_is_not_what_it_says_is_not_decoded() {
        assert_eq!(decode(&[Coding::Gzip], b"plain"), None);
        assert_eq!(decode(&[Coding::Zstd], b"plain"), None);
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, "compress".parse().expect("a value"))]);
        assert_eq!(codings(&headers), Err("compress".to_owned()));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = Coding::Gzip.encode(&vec![0; 65 << 20]).expect("encoded");
        assert!(bomb.len() < 1 << 20);
        assert_eq!(decode(&[Coding::Gzip], &bomb), None);
    }
}
