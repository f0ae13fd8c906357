//! Gives each callsite the sampler of its module.
//!
//! Which roots a sampler then keeps is [`Sampler`]'s matter.

use super::pattern_set::PatternSet;
use super::{Pattern, Sampler, Sampling};
use crate::Error;

/// One sampling for all, and others for the modules that patterns name; of those that cover a callsite, the last wins.
///
/// A callsite looks up its index once; all callsites of one rule share one sampler.
#[derive(Debug)]
pub(crate) struct SamplingRules {
    patterns: PatternSet,
    /// The default first, then one for each pattern.
    samplers: Vec<Sampler>,
}

impl SamplingRules {
    /// # Errors
    ///
    /// [`Error::Setting`] for a sampling that [`Sampling::validate`] refuses, [`Error::Pattern`] for a `!` pattern:
    /// excluding is the filter's word.
    pub(crate) fn new(default: &Sampling, rules: Vec<(Pattern, Sampling)>) -> Result<Self, Error> {
        default.validate()?;
        let mut samplers = vec![Sampler::new(default)];
        let mut patterns = Vec::with_capacity(rules.len());
        for (pattern, sampling) in rules {
            sampling.validate()?;
            if pattern.is_exclusion() {
                return Err(Error::Pattern {
                    reason: format!(
                        "a sampling cannot exclude; write `{}` with a ratio of 0, or give `{pattern}` to the modules",
                        &pattern.as_str()[1..]
                    ),
                    pattern: pattern.to_string(),
                });
            }
            samplers.push(Sampler::new(&sampling));
            patterns.push(pattern);
        }
        Ok(Self { patterns: PatternSet::new(patterns)?, samplers })
    }

    /// Which sampler decides about roots of this module and target.
    pub(crate) fn index_for(&self, module_path: &str, target: &str) -> usize {
        self.patterns.last_match(module_path, target).map_or(0, |index| index + 1)
    }

    /// The sampler of an index that [`index_for`](Self::index_for) gave.
    pub(crate) fn sampler(&self, index: usize) -> &Sampler {
        &self.samplers[index]
    }

    /// Whether the sampler of this index keeps everything, so that nobody need ask it.
    pub(crate) fn is_always(&self, index: usize) -> bool {
        self.samplers[index].is_always()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(default: Sampling, rules: &[(&str, Sampling)]) -> Result<SamplingRules, Error> {
        let rules = rules.iter().map(|(pattern, sampling)| (pattern.parse().unwrap(), sampling.clone())).collect();
        SamplingRules::new(&default, rules)
    }

    #[test]
    fn the_last_rule_that_covers_a_callsite_gives_its_sampler() {
        let rules = rules(
            Sampling::ratio(0.5),
            &[
                ("shop::**", Sampling::every_nth(2)),
                ("shop::cart", Sampling::always()),
                ("target:h2", Sampling::ratio(0.0)),
            ],
        )
        .unwrap();
        let of = |module| rules.index_for(module, module);
        assert_eq!([of("other"), of("shop::db"), of("shop::cart")], [0, 1, 2]);
        assert_eq!(rules.index_for("shop::cart", "h2"), 3);
        assert_eq!([0, 1, 2, 3].map(|index| rules.is_always(index)), [false, false, true, false]);
        // Two modules under one rule share its counter.
        let keep = |module| rules.sampler(of(module)).keep(1, 0, || 0);
        assert_eq!([keep("shop::db"), keep("shop::mail"), keep("shop::db")], [true, false, true]);
    }

    #[test]
    fn without_rules_everything_takes_the_default() {
        let rules = rules(Sampling::always(), &[]).unwrap();
        assert_eq!(rules.index_for("any", "any"), 0);
        assert!(rules.is_always(0));
    }

    #[test]
    fn bad_samplings_and_exclusions_are_refused_at_the_start() {
        assert!(rules(Sampling::ratio(2.0), &[]).is_err());
        assert!(rules(Sampling::always(), &[("a", Sampling::every_nth(0))]).is_err());
        let error = rules(Sampling::always(), &[("!shop", Sampling::always())]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "module pattern `!shop`: a sampling cannot exclude; write `shop` with a ratio of 0, or give `!shop` to the modules"
        );
    }
}
