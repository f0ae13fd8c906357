//! Whether a text is worth a search: most strings of most documents are words, and the longest are images.

use super::super::numbers::Hint;
use super::classes::{CLASS as WORDS, OTHER};

/// Whether anything could be found in this text: most strings of most documents are words.
pub(super) fn may_hold(text: &[u8], hint: Hint) -> bool {
    const PLAIN: u8 = 0;
    const UPPER: u8 = 1;
    const ODD: u8 = 2;
    static CLASS: [u8; 256] = {
        let mut class = [ODD; 256];
        let plain = b"abcdefghijklmnopqrstuvwxyz .,;!?_'\n";
        let mut at = 0;
        while at < plain.len() {
            class[plain[at] as usize] = PLAIN;
            at += 1;
        }
        let mut letter = b'A';
        while letter <= b'Z' {
            class[letter as usize] = UPPER;
            letter += 1;
        }
        let mut byte = 0x80;
        while byte < 256 {
            class[byte] = PLAIN;
            byte += 1;
        }
        class
    };
    if text.len() < 6 {
        return (hint.phone || hint.ssn) && text.len() > 4;
    }
    let mut seen = 0;
    // In pieces: a text with anything odd in it mostly has it soon.
    for piece in text.chunks(32) {
        seen |= piece.iter().fold(0, |seen, &byte| seen | CLASS[usize::from(byte)]);
        if seen & ODD != 0 {
            return true;
        }
    }
    if seen & UPPER == 0 {
        return false;
    }
    // A word with capitals inside may write something; `Bearer` stands before one.
    let mut length = 0;
    let mut inner = false;
    for &byte in text {
        if byte.is_ascii_alphabetic() || byte == b'_' {
            inner |= length > 0 && byte.is_ascii_uppercase();
            length += 1;
            if inner && length >= 6 {
                return true;
            }
        } else {
            (length, inner) = (0, false);
        }
    }
    false
}

/// Where Base64 begins that is all of a text, and too long to be anything but what it writes: `data:image/png;base64,…`.
pub(super) fn blob(text: &[u8]) -> Option<usize> {
    const SHORTEST: usize = 2048;
    if text.len() < SHORTEST {
        return None;
    }
    let start = match text.strip_prefix(b"data:") {
        Some(uri) => uri.iter().take(100).position(|&byte| byte == b',')? + b"data:".len() + 1,
        None => 0,
    };
    let body = &text[start..text.len() - text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count()];
    let pure = |part: &[u8]| part.iter().fold(true, |pure, &byte| pure & (WORDS[usize::from(byte)] != OTHER));
    body.chunks(64).all(pure).then_some(start)
}
