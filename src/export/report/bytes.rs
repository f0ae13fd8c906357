//! Numbers and texts as a page reads them: variable-length integers and lengths before texts.

/// The largest number a page reads exactly: signed differences take one bit more, and its numbers have 53.
///
/// In nanoseconds, 52 days.
const MAX: u64 = (1 << 52) - 1;

/// Bytes of one column, or of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl Bytes {
    /// Seven bits a byte, lowest first, the high bit set on all but the last. What is over [`MAX`] becomes that.
    pub(super) fn uint(&mut self, value: u64) {
        self.raw(value.min(MAX));
    }

    /// Several of them.
    pub(super) fn uints<const N: usize>(&mut self, values: [u64; N]) {
        values.into_iter().for_each(|value| self.uint(value));
    }

    /// `to - from`, the sign in the lowest bit: what differs little takes one byte, whatever its size.
    pub(super) fn difference(&mut self, from: u64, to: u64) {
        let (from, to) = (from.min(MAX), to.min(MAX));
        self.raw(if to >= from { (to - from) << 1 } else { ((from - to) << 1) - 1 });
    }

    /// A text after the number of its bytes.
    pub(super) fn text(&mut self, text: &str) {
        self.uint(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Other bytes after their number.
    pub(super) fn block(&mut self, block: &[u8]) {
        self.uint(block.len() as u64);
        self.0.extend_from_slice(block);
    }

    fn raw(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Bytes)) -> Vec<u8> {
        let mut bytes = Bytes::default();
        write(&mut bytes);
        bytes.0
    }

    #[test]
    fn small_numbers_take_one_byte() {
        assert_eq!(written(|b| b.uint(0)), [0]);
        assert_eq!(written(|b| b.uint(127)), [127]);
        assert_eq!(written(|b| b.uint(300)), [0b1010_1100, 0b10]);
    }

    #[test]
    fn differences_are_small_in_both_directions() {
        assert_eq!(written(|b| b.difference(1_000, 1_003)), [6]);
        assert_eq!(written(|b| b.difference(1_003, 1_000)), [5]);
        assert_eq!(written(|b| b.difference(7, 7)), [0]);
    }

    #[test]
    fn what_a_page_could_not_hold_becomes_the_largest_number_it_can() {
        assert_eq!(written(|b| b.uint(u64::MAX)), written(|b| b.uint(MAX)));
        assert_eq!(written(|b| b.difference(0, u64::MAX)).len(), 8);
    }

    #[test]
    fn a_text_follows_its_length() {
        assert_eq!(written(|b| b.text("né")), [3, b'n', 0xc3, 0xa9]);
    }
}
