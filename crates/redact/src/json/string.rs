//! Strings of JSON: where they end, what they say, how they are written.

use std::borrow::Cow;

/// Where a string ends whose content begins at `from`.
pub(crate) enum End {
    /// Its closing quote, and whether there are backslashes in it.
    At(usize, bool),
    /// Not in these bytes.
    Missing,
    /// Something in it no string can hold, there.
    Broken(usize),
}

pub(crate) fn end_of_string(bytes: &[u8], from: usize) -> End {
    let (mut at, mut escaped) = (from, false);
    loop {
        let Some(ahead) = memchr::memchr2(b'"', b'\\', &bytes[at..]) else { return End::Missing };
        at += ahead;
        if bytes[at] == b'"' {
            break;
        }
        escaped = true;
        match bytes.get(at + 1) {
            None => return End::Missing,
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
            Some(b'u') => match bytes.get(at + 2..at + 6) {
                None => return End::Missing,
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => at += 6,
                Some(_) => return End::Broken(at),
            },
            Some(_) => return End::Broken(at),
        }
    }
    // One pass that the compiler makes wide; only broken ones pay for a second.
    let content = &bytes[from..at];
    if content.iter().fold(false, |low, &byte| low | (byte < 0x20)) {
        return End::Broken(from + content.iter().position(|&byte| byte < 0x20).unwrap_or(0));
    }
    End::At(at, escaped)
}

/// What a string says.
pub(crate) fn unescape<'b>(content: &'b str, escaped: bool) -> Cow<'b, str> {
    if !escaped {
        return Cow::Borrowed(content);
    }
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let letter = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        let mut length = 2;
        text.push(match letter {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (letter, read) = unicode(&rest[at..]);
                length = read;
                letter
            }
            letter => letter as char,
        });
        rest = rest.get(at + length..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The letter of `\u0041`, or of two of them, and how many bytes they take.
fn unicode(text: &str) -> (char, usize) {
    let unit = |at: usize| text.get(at + 2..at + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let high = unit(0).unwrap_or(0xfffd);
    if (0xd800..0xdc00).contains(&high)
        && text.get(6..8) == Some("\\u")
        && let Some(low @ 0xdc00..=0xdfff) = unit(6)
    {
        let letter = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(letter).unwrap_or(char::REPLACEMENT_CHARACTER), 12);
    }
    // Half of a letter is none.
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6)
}

/// Appends a text as a string, quotes included.
pub(crate) fn write(text: &str, to: &mut Vec<u8>) {
    to.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => to.extend(b"\\\""),
            b'\\' => to.extend(b"\\\\"),
            b'\n' => to.extend(b"\\n"),
            b'\r' => to.extend(b"\\r"),
            b'\t' => to.extend(b"\\t"),
            0..=31 => to.extend(format!("\\u{byte:04x}").bytes()),
            byte => to.push(byte),
        }
    }
    to.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_string_reads_back_as_it_was_written(text in any::<String>()) {
            let mut json = Vec::new();
            write(&text, &mut json);
            prop_assert_eq!(&serde_json::from_slice::<String>(&json).unwrap(), &text);
            let End::At(end, escaped) = end_of_string(&json, 1) else { panic!("it ends") };
            prop_assert_eq!(end, json.len() - 1);
            prop_assert_eq!(unescape(std::str::from_utf8(&json[1..end]).unwrap(), escaped), text);
        }

        #[test]
        fn escapes_are_read_as_the_usual_reader_does(units in prop::collection::vec(0_u16..=0xffff, 0..6)) {
            let content: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            if let Ok(text) = serde_json::from_str::<String>(&format!("\"{content}\"")) {
                prop_assert_eq!(unescape(&content, true), text);
            }
        }
    }
}
