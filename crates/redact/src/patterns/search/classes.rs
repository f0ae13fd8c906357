//! Bytes by what they are to words.

/// Of each byte.
pub(super) static CLASS: [u8; 256] = {
    let mut class = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        if (byte as u8).is_ascii_alphanumeric() {
            class[byte] = WORD;
        } else if matches!(byte as u8, b'+' | b'/' | b'-' | b'_') {
            class[byte] = JOINT;
        }
        byte += 1;
    }
    class
};
pub(super) const OTHER: u8 = 0;
pub(super) const WORD: u8 = 1;
pub(super) const JOINT: u8 = 2;

pub(super) fn end_of_class(bytes: &[u8], from: usize, class: u8) -> usize {
    let mut at = from;
    while at < bytes.len() && CLASS[usize::from(bytes[at])] == class {
        at += 1;
    }
    at
}
