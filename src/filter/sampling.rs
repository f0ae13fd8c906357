//! Says how many of the recorded callsites' roots are kept, and reads that from text.
//!
//! Counting and deciding while the program runs is `Sampler`'s matter.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// How many calls are kept. Decided at roots and inherited: a kept root brings all that happens under it. Default:
/// [`always`](Self::always).
///
/// | built | written | keeps |
/// |---|---|---|
/// | `Sampling::always()` | `always` | every root |
/// | `Sampling::ratio(0.1)` | `0.1` | about one in ten, the same ones in every run |
/// | `Sampling::ratio(0.1).seed(7)` | `0.1@7` | about one in ten, other ones |
/// | `Sampling::every_nth(10)` | `1/10` | the first, the eleventh, … |
/// | `Sampling::per_second(5)` | `5/s` | the first five of each second |
///
/// ```
/// use tracesnap::filter::Sampling;
///
/// assert_eq!("0.1@7".parse::<Sampling>()?, Sampling::ratio(0.1).seed(7));
/// assert_eq!(Sampling::every_nth(10).to_string(), "1/10");
///
/// let error = "1.5".parse::<Sampling>().unwrap_err();
/// assert_eq!(error.to_string(), "`sampling` is set to `1.5`, but takes a ratio from 0 to 1, such as 0.1");
/// # Ok::<(), tracesnap::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling(pub(super) Rate);

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Rate {
    #[default]
    Always,
    Ratio {
        ratio: f64,
        seed: u64,
    },
    EveryNth(u64),
    PerSecond(u32),
}

impl Sampling {
    /// The seed of a ratio that was not given one.
    pub const DEFAULT_SEED: u64 = 0;

    /// Keeps every root.
    #[must_use]
    pub fn always() -> Self {
        Self(Rate::Always)
    }

    /// Keeps about this part of the roots of each callsite, from 0 (none) to 1 (all).
    ///
    /// Which ones depends on nothing but the [`seed`](Self::seed), the callsite and how many of its roots came before,
    /// so every run keeps the same.
    #[must_use]
    pub fn ratio(ratio: f64) -> Self {
        Self(Rate::Ratio { ratio, seed: Self::DEFAULT_SEED })
    }

    /// Keeps the first root and then every `n`th one, counted over all callsites of this sampling.
    #[must_use]
    pub fn every_nth(n: u64) -> Self {
        Self(Rate::EveryNth(n))
    }

    /// Keeps the first `n` roots of every second of the recording, 0 for none.
    ///
    /// Seconds are counted from the start of the recording's clock, so a burst across the end of one can bring up to
    /// `2 n` within less than a second.
    #[must_use]
    pub fn per_second(n: u32) -> Self {
        Self(Rate::PerSecond(n))
    }

    /// Chooses which roots a ratio keeps; the other samplings have nothing to choose. Default:
    /// [`DEFAULT_SEED`](Self::DEFAULT_SEED).
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        match self.0 {
            Rate::Ratio { ratio, .. } => Self(Rate::Ratio { ratio, seed }),
            other => Self(other),
        }
    }

    /// Checks the numbers that were given. A recording does so when it starts.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for a ratio that is not between 0 and 1, and for every 0th.
    pub fn validate(&self) -> Result<(), Error> {
        match self.0 {
            Rate::Ratio { ratio, .. } if !(0.0..=1.0).contains(&ratio) => Err(self.refused(RATIO_FORM)),
            Rate::EveryNth(0) => Err(self.refused(NTH_FORM)),
            _ => Ok(()),
        }
    }

    /// Whether every root is kept, so that nobody need ask.
    #[must_use]
    pub fn is_always(&self) -> bool {
        match self.0 {
            Rate::Always | Rate::EveryNth(1) => true,
            Rate::Ratio { ratio, .. } => ratio == 1.0,
            Rate::EveryNth(_) | Rate::PerSecond(_) => false,
        }
    }

    fn refused(&self, expected: &'static str) -> Error {
        Error::Setting { name: "sampling", found: self.to_string(), expected }
    }
}

const ANY_FORM: &str = "`always`, a ratio such as `0.1` or `0.1@7` with a seed, `1/10` for every tenth, or `5/s`";
const RATIO_FORM: &str = "a ratio from 0 to 1, such as 0.1";
const NTH_FORM: &str = "every first or later one, such as `1/10` for every tenth";

/// # Errors
///
/// [`Error::Setting`], named `sampling`, for what has none of the written forms and for what
/// [`validate`](Sampling::validate) refuses.
impl FromStr for Sampling {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |expected| Error::Setting { name: "sampling", found: text.to_owned(), expected };
        let read = || {
            let text = text.trim();
            if text == "always" {
                return Some(Self::always());
            }
            if let Some(n) = text.strip_suffix("/s") {
                return Some(Self::per_second(n.parse().ok()?));
            }
            if let Some(n) = text.strip_prefix("1/") {
                return Some(Self::every_nth(n.parse().ok()?));
            }
            match text.split_once('@') {
                Some((ratio, seed)) => Some(Self::ratio(ratio.parse().ok()?).seed(seed.parse().ok()?)),
                None => Some(Self::ratio(text.parse().ok()?)),
            }
        };
        let sampling = read().ok_or_else(|| refused(ANY_FORM))?;
        sampling.validate().map(|()| sampling)
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Rate::Always => f.write_str("always"),
            Rate::Ratio { ratio, seed: Self::DEFAULT_SEED } => write!(f, "{ratio}"),
            Rate::Ratio { ratio, seed } => write!(f, "{ratio}@{seed}"),
            Rate::EveryNth(n) => write!(f, "1/{n}"),
            Rate::PerSecond(n) => write!(f, "{n}/s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_make_no_sense_are_refused_by_value() {
        let message = |sampling: Sampling| sampling.validate().unwrap_err().to_string();
        let ratio = "but takes a ratio from 0 to 1, such as 0.1";
        assert_eq!(message(Sampling::ratio(1.5)), format!("`sampling` is set to `1.5`, {ratio}"));
        assert_eq!(message(Sampling::ratio(-0.1).seed(3)), format!("`sampling` is set to `-0.1@3`, {ratio}"));
        assert_eq!(message(Sampling::ratio(f64::NAN)), format!("`sampling` is set to `NaN`, {ratio}"));
        assert_eq!(
            message(Sampling::every_nth(0)),
            "`sampling` is set to `1/0`, but takes every first or later one, such as `1/10` for every tenth"
        );
    }

    #[test]
    fn the_limits_of_each_number_are_allowed() {
        for sampling in [Sampling::ratio(0.0), Sampling::ratio(1.0), Sampling::every_nth(1), Sampling::per_second(0)] {
            sampling.validate().unwrap();
        }
    }

    #[test]
    fn text_of_another_form_is_refused_with_all_forms() {
        for text in ["", "often", "3/10", "1/", "5/m", "0.1@", "0.1@x", "-5/s", "10%", "1/2.5"] {
            let error = text.parse::<Sampling>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`sampling` is set to `{text}`, but takes `always`")), "{error}");
        }
        for text in ["NaN", "inf", "1.5", "-1"] {
            assert!(text.parse::<Sampling>().unwrap_err().to_string().contains("a ratio from 0 to 1"), "{text}");
        }
    }

    #[test]
    fn what_keeps_everything_knows_it() {
        for text in ["always", "1", "1.0@9", "1/1"] {
            assert!(text.parse::<Sampling>().unwrap().is_always(), "{text}");
        }
        for text in ["0.999", "0", "1/2", "5/s"] {
            assert!(!text.parse::<Sampling>().unwrap().is_always(), "{text}");
        }
    }

    pub(super) fn sampling() -> impl Strategy<Value = Sampling> {
        prop_oneof![
            Just(Sampling::always()),
            (0.0..=1.0_f64, any::<u64>()).prop_map(|(ratio, seed)| Sampling::ratio(ratio).seed(seed)),
            (0.0..=1.0_f64).prop_map(Sampling::ratio),
            (1..u64::MAX).prop_map(Sampling::every_nth),
            any::<u32>().prop_map(Sampling::per_second),
        ]
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back_as_the_same_sampling(sampling in sampling()) {
            prop_assert_eq!(sampling.to_string().parse::<Sampling>().unwrap(), sampling);
        }
    }
}
