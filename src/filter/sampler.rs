//! Decides about one root after the other, as a [`Sampling`] says.
//!
//! It runs inside the traced program: it takes no lock, allocates nothing and reads a clock only where a rate needs one.

use std::sync::atomic::{AtomicU64, Ordering};

use tracing_core::Metadata;

use super::Sampling;
use super::sampling::Rate;

/// The state behind one [`Sampling`] of one session, shared by its threads.
#[derive(Debug)]
pub(crate) struct Sampler(Decision);

#[derive(Debug)]
enum Decision {
    Always,
    Ratio {
        seed: u64,
        /// Hashes below it are kept, of the 2^53 there are.
        below: u64,
    },
    EveryNth {
        n: u64,
        seen: AtomicU64,
    },
    PerSecond {
        limit: u32,
        /// The current second in the upper half, how many it has kept in the lower one.
        window: AtomicU64,
    },
}

impl Sampler {
    /// A sampler at its beginning. The sampling was [validated](Sampling::validate).
    pub(crate) fn new(sampling: &Sampling) -> Self {
        Self(match sampling.0 {
            _ if sampling.is_always() => Decision::Always,
            Rate::Always => Decision::Always,
            Rate::Ratio { ratio, seed } => Decision::Ratio { seed, below: (ratio * HASHES) as u64 },
            Rate::EveryNth(n) => Decision::EveryNth { n: n.max(1), seen: AtomicU64::new(0) },
            Rate::PerSecond(limit) => Decision::PerSecond { limit, window: AtomicU64::new(0) },
        })
    }

    /// Whether every root is kept.
    pub(crate) fn is_always(&self) -> bool {
        matches!(self.0, Decision::Always)
    }

    /// Whether this root is kept.
    ///
    /// `callsite` is a [`callsite_hash`], `ordinal` the number of roots this callsite had before; only a ratio looks at
    /// them. `now_ns` counts nanoseconds from any fixed moment; only a rate per second asks.
    pub(crate) fn keep(&self, callsite: u64, ordinal: u64, now_ns: impl FnOnce() -> u64) -> bool {
        match &self.0 {
            Decision::Always => true,
            &Decision::Ratio { seed, below } => hash(seed, callsite, ordinal) >> (64 - HASH_BITS) < below,
            Decision::EveryNth { n, seen } => seen.fetch_add(1, Ordering::Relaxed) % n == 0,
            Decision::PerSecond { limit, window } => take(*limit, window, now_ns()),
        }
    }
}

/// A number for this callsite that is the same in every run and on every platform: of its name, module and target, not
/// of its address or line.
pub(crate) fn callsite_hash(metadata: &Metadata<'_>) -> u64 {
    hash_parts([metadata.module_path().unwrap_or_default(), metadata.target(), metadata.name()])
}

fn hash_parts(parts: [&str; 3]) -> u64 {
    parts.into_iter().fold(ODD[0], |hash, part| {
        // The length sets ("ab", "c") apart from ("a", "bc").
        part.bytes().fold(scramble(hash, part.len() as u64), |hash, byte| scramble(hash, u64::from(byte)))
    })
}

/// As many bits as an `f64` holds exactly.
const HASH_BITS: u32 = 53;
const HASHES: f64 = (1_u64 << HASH_BITS) as f64;

/// Numbers without a pattern: the first 64 bits of the fractions of π and e, made odd.
const ODD: [u64; 2] = [0x243F_6A88_85A3_08D3, 0xB7E1_5162_8AED_2A6B];

fn hash(seed: u64, callsite: u64, ordinal: u64) -> u64 {
    scramble(scramble(scramble(seed, callsite), ordinal), ODD[1])
}

/// Every bit of the result depends on every bit of both: a product's upper half folded onto its lower one.
fn scramble(state: u64, more: u64) -> u64 {
    let mixed = (state ^ more.rotate_left(32)).wrapping_add(ODD[1]);
    let product = u128::from(mixed) * u128::from(ODD[0]);
    let folded = (product as u64) ^ ((product >> 64) as u64);
    // The last word keeps two inputs apart whose sums meet.
    folded ^ more.wrapping_mul(ODD[1])
}

/// Takes one of this second's places, if there is one left.
fn take(limit: u32, window: &AtomicU64, now_ns: u64) -> bool {
    let now = u32::try_from(now_ns / 1_000_000_000).unwrap_or(u32::MAX);
    let mut current = window.load(Ordering::Relaxed);
    loop {
        let (second, kept) = ((current >> 32) as u32, current as u32);
        // Another thread may have read a later second already; this root then counts there.
        let (second, kept) = if now > second { (now, 0) } else { (second, kept) };
        if kept >= limit {
            return false;
        }
        let next = (u64::from(second) << 32) | u64::from(kept + 1);
        match window.compare_exchange_weak(current, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return true,
            Err(changed) => current = changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn no_clock() -> u64 {
        panic!("this sampling has no use for a clock")
    }

    fn kept(sampling: &Sampling, callsite: u64, ordinals: std::ops::Range<u64>) -> Vec<u64> {
        let sampler = Sampler::new(sampling);
        ordinals.filter(|&ordinal| sampler.keep(callsite, ordinal, no_clock)).collect()
    }

    #[test]
    fn always_keeps_all_and_a_ratio_of_zero_keeps_none() {
        assert_eq!(kept(&Sampling::always(), 1, 0..100).len(), 100);
        assert_eq!(kept(&Sampling::ratio(1.0), 1, 0..100).len(), 100);
        assert!(kept(&Sampling::ratio(0.0), 1, 0..10_000).is_empty());
    }

    #[test]
    fn every_nth_keeps_the_first_of_each_n() {
        assert_eq!(kept(&Sampling::every_nth(4), 1, 0..10), [0, 4, 8]);
    }

    #[test]
    fn a_rate_keeps_the_first_of_each_second() {
        let sampler = Sampler::new(&Sampling::per_second(2));
        let at = |now| sampler.keep(1, 0, || now);
        assert_eq!([at(0), at(1), at(2)], [true, true, false]);
        assert_eq!([at(SECOND), at(SECOND + 5), at(2 * SECOND - 1)], [true, true, false]);
        // After a pause nothing has piled up.
        assert_eq!([at(9 * SECOND), at(9 * SECOND), at(9 * SECOND)], [true, true, false]);
    }

    #[test]
    fn a_clock_read_before_another_threads_counts_in_the_later_second() {
        let sampler = Sampler::new(&Sampling::per_second(1));
        assert!(sampler.keep(1, 0, || 5 * SECOND));
        assert!(!sampler.keep(1, 0, || 4 * SECOND));
    }

    #[test]
    fn a_rate_of_zero_keeps_none() {
        assert!(!Sampler::new(&Sampling::per_second(0)).keep(1, 0, || 5 * SECOND));
    }

    #[test]
    fn threads_share_a_rate_and_a_count() {
        let rate = Sampler::new(&Sampling::per_second(100));
        let nth = Sampler::new(&Sampling::every_nth(10));
        let totals = std::thread::scope(|scope| {
            let work = || {
                let by_rate = (0..1_000).filter(|_| rate.keep(1, 0, || 7)).count();
                let by_count = (0..1_000).filter(|_| nth.keep(1, 0, no_clock)).count();
                (by_rate, by_count)
            };
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
        });
        assert_eq!(totals, (100, 400));
    }

    #[test]
    fn a_ratio_keeps_the_same_roots_in_every_build() {
        // Recordings made by different versions compare only as long as this stays.
        assert_eq!(kept(&Sampling::ratio(0.1).seed(7), 0xC0FFEE, 0..100), [7, 12, 14, 20, 23, 36, 38, 53, 90, 95]);
    }

    #[test]
    fn a_callsites_number_is_the_same_in_every_build_and_tells_its_parts_apart() {
        let of = |module, target, name| hash_parts([module, target, name]);
        assert_eq!(of("shop::cart", "shop::cart", "checkout"), 11_423_884_219_341_846_797);
        assert_ne!(of("shop", "shop", "ab"), of("shop", "shopa", "b"));
        assert_ne!(of("shop", "audit", "a"), of("audit", "shop", "a"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_ratio_is_met_and_repeats(ratio in 0.0..=1.0_f64, seed in any::<u64>(), callsite in any::<u64>()) {
            const ROOTS: u64 = 20_000;
            let sampling = Sampling::ratio(ratio).seed(seed);
            let first = kept(&sampling, callsite, 0..ROOTS);
            prop_assert_eq!(&first, &kept(&sampling, callsite, 0..ROOTS));
            // Six standard deviations.
            let tolerance = 6.0 * (ratio * (1.0 - ratio) / ROOTS as f64).sqrt();
            let share = first.len() as f64 / ROOTS as f64;
            prop_assert!((share - ratio).abs() <= tolerance + 1e-9, "{share} of {ratio}");
        }

        #[test]
        fn callsites_and_seeds_choose_independently(seed in any::<u64>(), callsite in any::<u64>()) {
            const ROOTS: u64 = 20_000;
            let half = Sampling::ratio(0.5).seed(seed);
            let one = kept(&half, callsite, 0..ROOTS);
            for other in [kept(&half, callsite ^ 1, 0..ROOTS), kept(&half.clone().seed(seed ^ 1), callsite, 0..ROOTS)] {
                let both = one.iter().filter(|ordinal| other.binary_search(ordinal).is_ok()).count() as f64;
                prop_assert!((both / ROOTS as f64 - 0.25).abs() < 0.03, "{both} of {ROOTS} chosen by both");
            }
        }

        #[test]
        fn the_roots_kept_are_not_spaced_evenly(seed in any::<u64>(), callsite in any::<u64>()) {
            // Of neighbours, both are kept as often as chance has it.
            const ROOTS: u64 = 20_000;
            let kept = kept(&Sampling::ratio(0.5).seed(seed), callsite, 0..ROOTS);
            let neighbours = kept.windows(2).filter(|pair| pair[1] == pair[0] + 1).count() as f64;
            prop_assert!((neighbours / ROOTS as f64 - 0.25).abs() < 0.03, "{neighbours} neighbours of {ROOTS}");
        }
    }
}
