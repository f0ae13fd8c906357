//! Texts inside texts: Base64, hexadecimal digits, percent signs; out of their writing and back into it.

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, Engine};

/// How bytes were written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    Base64 { url_safe: bool, padded: bool },
    Hex { upper: bool },
}

const fn engine(alphabet: &alphabet::Alphabet, padded: bool) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(padded)
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

static STANDARD: GeneralPurpose = engine(&alphabet::STANDARD, true);
static STANDARD_BARE: GeneralPurpose = engine(&alphabet::STANDARD, false);
static URL_SAFE: GeneralPurpose = engine(&alphabet::URL_SAFE, true);
static URL_SAFE_BARE: GeneralPurpose = engine(&alphabet::URL_SAFE, false);

/// The text that these letters and digits write, if they write one: UTF-8 without control characters.
pub(crate) fn decode(run: &[u8]) -> Option<(Writing, String)> {
    decode_hex(run).or_else(|| decode_base64(run))
}

fn decode_hex(run: &[u8]) -> Option<(Writing, String)> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    if run.len() < 12 || !run.len().is_multiple_of(2) || !is_text_byte((digit(run[0])? * 16 + digit(run[1])?) as u8) {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        run.chunks_exact(2).map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)).collect();
    let text = text(bytes?)?;
    Some((Writing::Hex { upper: run.iter().any(u8::is_ascii_uppercase) }, text))
}

fn decode_base64(run: &[u8]) -> Option<(Writing, String)> {
    let padded = run.ends_with(b"=");
    let bare = &run[..run.len() - run.iter().rev().take_while(|&&byte| byte == b'=').count()];
    if bare.len() < 8 || bare.len() % 4 == 1 {
        return None;
    }
    let url_safe = bare.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if url_safe { &URL_SAFE } else { &STANDARD };
    // Nearly all words are none by their first letters, and images by theirs.
    let mut head = [0; 48];
    let opening = &bare[..bare.len().min(64) / 4 * 4];
    let length = engine.decode_slice(opening, &mut head).ok()?;
    if !head[..length].iter().all(|&byte| is_text_byte(byte)) {
        return None;
    }
    match std::str::from_utf8(&head[..length]) {
        Err(error) if error.error_len().is_some() => return None,
        _ => {}
    }
    let text = text(engine.decode(run).ok()?)?;
    Some((Writing::Base64 { url_safe, padded: padded || bare.len().is_multiple_of(4) }, text))
}

fn is_text_byte(byte: u8) -> bool {
    !matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 127)
}

fn text(bytes: Vec<u8>) -> Option<String> {
    if !bytes.iter().all(|&byte| is_text_byte(byte)) {
        return None;
    }
    String::from_utf8(bytes).ok()
}

impl Writing {
    /// The text in the same writing.
    pub(crate) fn encode(self, text: &str) -> String {
        match self {
            Self::Base64 { url_safe, padded } => {
                let engine = match (url_safe, padded) {
                    (false, true) => &STANDARD,
                    (false, false) => &STANDARD_BARE,
                    (true, true) => &URL_SAFE,
                    (true, false) => &URL_SAFE_BARE,
                };
                Engine::encode(engine, text)
            }
            Self::Hex { upper } => {
                let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
                let digits = text
                    .bytes()
                    .flat_map(|byte| [byte >> 4, byte & 15])
                    .map(|digit| digits[usize::from(digit)] as char);
                digits.collect()
            }
        }
    }
}

/// A text without its percent signs, and for each of its bytes where it stood.
pub(crate) struct Unescaped {
    pub(crate) text: String,
    /// One more than bytes: the last one is the end.
    pub(crate) from: Vec<u32>,
}

/// Takes `%40` for `@`, and `+` for a space where asked; `None` where there is neither, or no text comes out.
pub(crate) fn unescape_percent(text: &str, plus: bool) -> Option<Unescaped> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|&byte| (byte as char).to_digit(16));
    let escaped = |at: usize| match (bytes[at], digit(at + 1), digit(at + 2)) {
        (b'%', Some(high), Some(low)) => Some((high * 16 + low) as u8),
        _ => None,
    };
    let is_there = memchr::memchr_iter(b'%', bytes).any(|at| escaped(at).is_some());
    if !(is_there || (plus && memchr::memchr(b'+', bytes).is_some())) || u32::try_from(bytes.len()).is_err() {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = Vec::with_capacity(bytes.len() + 1);
    let mut at = 0;
    while at < bytes.len() {
        from.push(at as u32);
        match escaped(at) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(if plus && bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    from.push(at as u32);
    // A broken character is no reason to look away: it is replaced by as many question marks as it has bytes.
    let text = String::from_utf8(out).unwrap_or_else(|error| {
        let mut bytes = error.into_bytes();
        while let Err(error) = std::str::from_utf8(&bytes) {
            let at = error.valid_up_to();
            let length = error.error_len().unwrap_or(bytes.len() - at);
            bytes[at..at + length].fill(b'?');
        }
        String::from_utf8(bytes).unwrap_or_default()
    });
    Some(Unescaped { text, from })
}

/// A part of a form as it is meant.
pub(crate) fn unescaped(text: &str) -> std::borrow::Cow<'_, str> {
    match unescape_percent(text, true) {
        Some(view) => view.text.into(),
        None => text.into(),
    }
}

/// The text with percent signs for all that means something in a URL or a form.
///
/// What stands for a secret is written as it is: whoever reads the query knows it again, and so do we.
pub(crate) fn escape_percent(text: &str) -> String {
    use std::fmt::Write as _;
    if text == crate::PLACEHOLDER {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_its_writing_and_goes_back_into_it() {
        for run in ["YWRhQGV4YW1wbGUuY29t", "YWRhQGV4YW1wbGUuY28=", "Pz8_YWRhQA", "6164614065786d", "6164614065786D6F"]
        {
            let (writing, text) = decode(run.as_bytes()).expect(run);
            assert_eq!(writing.encode(&text), run);
        }
    }

    #[test]
    fn what_writes_no_text_is_none() {
        for run in
            ["iVBORw0KGgoAAAANSUhEUgAA", "keyboard", "0123456789abcdef0123456789abcdef", "AAAAAAAAAAAAAAAA", "abc", ""]
        {
            assert!(decode(run.as_bytes()).is_none(), "{run}");
        }
    }

    #[test]
    fn percent_signs_go_and_their_places_are_known() {
        let view = unescape_percent("a%40b+c", true).unwrap();
        assert_eq!(view.text, "a@b c");
        assert_eq!(view.from, [0, 1, 4, 5, 6, 7]);
        assert!(unescape_percent("100% of it", false).is_none());
        assert_eq!(unescape_percent("%ff%41", false).unwrap().text, "?A");
        assert_eq!(escape_percent("‹a b›"), "%E2%80%B9a%20b%E2%80%BA");
    }
}
