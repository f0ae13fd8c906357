//! Breaks of lines inside of a text, also as `Debug` and JSON write them: a backslash and a letter.

use crate::secrets::is_escaped_space;

/// Backslashes before one letter: a print in a print in a print.
const MOST_BACKSLASHES: usize = 8;

/// The length of the break at the beginning of these bytes, 0 where there is none.
pub(super) fn line_break(bytes: &[u8]) -> usize {
    let first = one(bytes, b"\r\n");
    // `\r\n` is one break, and two of any other kind are an empty line.
    let second = if first > 0 { one(&bytes[first..], b"\n") } else { 0 };
    first + second
}

fn one(bytes: &[u8], of: &[u8]) -> usize {
    let escapes: &[u8] = if of.len() == 1 { b"n" } else { b"rn" };
    let backslashes = bytes.iter().take(MOST_BACKSLASHES).take_while(|&&byte| byte == b'\\').count();
    match bytes.get(backslashes) {
        Some(byte) if backslashes == 0 && of.contains(byte) => 1,
        Some(byte) if backslashes > 0 && escapes.contains(byte) => backslashes + 1,
        _ => 0,
    }
}

/// The bytes without their breaks.
pub(super) fn without_line_breaks(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match line_break(&bytes[at..]) {
            0 => {
                whole.push(bytes[at]);
                at += 1;
            }
            length => at += length,
        }
    }
    whole
}

/// Whether the letter here ends an escape for white space: it is none of the word that follows.
pub(super) fn is_escape(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1] == b'\\' && bytes.get(at).is_some_and(|&letter| is_escaped_space(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_are_found_as_they_are_and_as_they_are_printed() {
        for (text, length) in [
            ("\nx", 1),
            ("\r\nx", 2),
            (r"\nx", 2),
            (r"\r\nx", 4),
            (r"\\r\\nx", 6),
            ("\n\nx", 2),
            ("nx", 0),
            (r"\tx", 0),
        ] {
            assert_eq!(line_break(text.as_bytes()), length, "{text:?}");
        }
        assert_eq!(without_line_breaks(br"ab\r\ncd\ne"), b"abcde");
        assert!(is_escape(br"a\nb", 2) && !is_escape(b"anb", 1) && !is_escape(b"n", 0));
    }
}
