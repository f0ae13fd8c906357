//! What tests share: documents that tell whether they are whole, and processes that are killed.

use tempfile::TempDir;
use tracesnap_store::{Metadata, Store};

pub(crate) fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

pub(crate) fn open(dir: &TempDir) -> Store {
    Store::open(dir.path()).expect("it is a directory")
}

pub(crate) fn capture() -> Metadata {
    Metadata::of_kind("capture")
}

/// A body that says who wrote it when, and is longer than one page of memory now and then.
pub(crate) fn body(writer: usize, round: usize) -> Vec<u8> {
    let filler = (writer * 31 + round * 7) % 6_000;
    format!("{writer} {round} {}", "x".repeat(filler)).into_bytes()
}

/// Who wrote it when. Panics if it is not whole.
pub(crate) fn writer_and_round(bytes: &[u8]) -> (usize, usize) {
    let text = std::str::from_utf8(bytes).expect("text");
    let mut words = text.splitn(3, ' ');
    let mut number = || words.next().and_then(|word| word.parse().ok()).expect("a number");
    let (writer, round) = (number(), number());
    assert!(body(writer, round) == bytes, "not what writer {writer} wrote in round {round}");
    (writer, round)
}

/// Numbers from a seed, the same each time.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}
