//! Numbers that look random and are not: a function of where they are asked for.
//!
//! No generator is carried along: each place of an answer has dice of its own, so that leaving out one value changes no
//! other. The algorithm (`SplitMix64`) is ours to keep: the same on every machine, whatever libraries do.

/// Joins two numbers into one that looks like neither.
pub(super) fn mix(one: u64, other: u64) -> u64 {
    let mut mixed = one ^ other.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A number for a text; the same for ever.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// A row of numbers that begins with a seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0, 1)
    }

    /// A number below `end`; 0 if that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        let span = low.abs_diff(high);
        let offset = if span == u64::MAX { self.next() } else { self.below(span + 1) };
        low.wrapping_add_unsigned(offset)
    }

    /// From 0 to 1, 1 left out.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// One of a list that is not empty.
    pub(super) fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.index(list.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_are_the_same_for_ever() {
        let mut dice = Dice::new(7);
        assert_eq!([dice.below(1000), dice.below(1000), dice.below(1000)], [524, 377, 960]);
        assert_eq!(hash("order"), 7_774_916_592_154_454_519);
    }

    #[test]
    fn a_range_holds_both_ends_and_nothing_else() {
        let mut dice = Dice::new(1);
        let mut seen = [false; 4];
        for _ in 0..200 {
            let one = dice.between(-1, 2);
            seen[usize::try_from(one + 1).expect("in the range")] = true;
        }
        assert_eq!(seen, [true; 4]);
        assert_eq!(dice.between(5, 5), 5);
        let _ = dice.between(i64::MIN, i64::MAX);
    }
}
