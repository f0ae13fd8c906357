//! A 64-bit hash that is the same on every machine and in every release: it breaks ties in the order of snapshots.

/// Multiplier whose bits are those of the golden ratio, odd, so that multiplying by it loses nothing.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hash of a text.
pub(super) fn of_text(text: &str) -> u64 {
    let mut words = text.as_bytes().chunks_exact(8);
    let mut hash = text.len() as u64;
    for word in &mut words {
        hash = add(hash, word.iter().rev().fold(0, |bits, byte| (bits << 8) | u64::from(*byte)));
    }
    add(hash, words.remainder().iter().rev().fold(0, |bits, byte| (bits << 8) | u64::from(*byte)))
}

/// Hash of a sequence, given that of all before and the next member.
///
/// The halves of a 128-bit product folded together: every input bit reaches every output bit.
pub(super) fn add(hash: u64, next: u64) -> u64 {
    let product = u128::from(hash.rotate_left(23) ^ next ^ MIX) * u128::from((MIX.rotate_left(17) ^ hash) | 1);
    (product as u64) ^ (product >> 64) as u64 ^ hash.rotate_left(41)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_pinned_because_the_order_of_snapshots_rests_on_it() {
        let hashes = [of_text(""), of_text("notify(id: 7)"), add(1, 2)];
        assert_eq!(hashes, [17_933_869_765_441_420_296, 17_156_630_890_861_090_446, 685_628_446_887_300_973]);
    }

    #[test]
    fn texts_and_sequences_that_differ_a_little_differ_in_their_hash() {
        let mut seen = std::collections::HashSet::new();
        for a in 0..200_u64 {
            for b in 0..200 {
                assert!(seen.insert(add(add(7, a), b)), "{a} {b}");
            }
            assert!(seen.insert(of_text(&format!("notify(id: {a})"))), "{a}");
        }
    }
}
