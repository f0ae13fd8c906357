//! Decides by module path and target, through an ordered list of patterns.
//!
//! Levels and the user's own function are [`Filter`](super::Filter)'s matter.

use std::fmt;
use std::str::FromStr;

use super::pattern::{Pattern, split_list};
use super::pattern_set::PatternSet;
use crate::Error;

/// An ordered list of [`Pattern`]s: which modules and targets are wanted. Default: everything.
///
/// **Precedence:** of the patterns that cover a place, the *last* one decides; a later pattern refines or takes back
/// what an earlier one said. Where no pattern covers it, the place is left out, unless the list has nothing but `!`
/// patterns: such a list means everything else, and an empty list means everything.
///
/// | list | wanted |
/// |---|---|
/// | `shop::**, !shop::db::**` | `shop` without `shop::db` |
/// | `shop::**, !shop::db::**, shop::db::orders` | the same, but `shop::db::orders` |
/// | `!shop::db::**, shop::**` | all of `shop`: the last one covers `shop::db` too |
/// | `!h2::**, !hyper::**` | everything but these two |
///
/// As one text, which is also what [`Display`](fmt::Display) writes, patterns are separated by commas.
///
/// ```
/// use tracesnap::filter::Modules;
///
/// let modules: Modules = "shop::**, !shop::db::**, shop::db::orders".parse()?;
/// assert!(modules.matches("shop::cart", "shop::cart"));
/// assert!(!modules.matches("shop::db::pool", "shop::db::pool"));
/// assert!(modules.matches("shop::db::orders", "shop::db::orders"));
/// assert!(!modules.matches("hyper::proto", "hyper::proto"));
/// # Ok::<(), tracesnap::Error>(())
/// ```
#[derive(Clone)]
pub struct Modules {
    patterns: PatternSet,
    /// The answer where no pattern speaks.
    otherwise: bool,
}

impl Modules {
    /// Compiles a list of patterns.
    ///
    /// # Errors
    ///
    /// [`Error::Pattern`] if the list as a whole is too large to compile, which takes megabytes of patterns.
    pub fn new(patterns: impl IntoIterator<Item = Pattern>) -> Result<Self, Error> {
        let patterns: Vec<Pattern> = patterns.into_iter().collect();
        let otherwise = patterns.iter().all(Pattern::is_exclusion);
        Ok(Self { patterns: PatternSet::new(patterns)?, otherwise })
    }

    /// Reads and compiles a list of patterns, each given as text.
    ///
    /// # Errors
    ///
    /// [`Error::Pattern`] for the first one that cannot be read.
    pub fn parse(patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Self, Error> {
        Self::new(patterns.into_iter().map(|text| text.as_ref().parse()).collect::<Result<Vec<Pattern>, Error>>()?)
    }

    /// The patterns, in their order.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        self.patterns.patterns()
    }

    /// Whether spans and events of this module and target are wanted.
    #[must_use]
    pub fn matches(&self, module_path: &str, target: &str) -> bool {
        match self.patterns.last_match(module_path, target) {
            Some(index) => !self.patterns()[index].is_exclusion(),
            None => self.otherwise,
        }
    }
}

impl Default for Modules {
    fn default() -> Self {
        Self::new([]).expect("an empty list compiles")
    }
}

/// An empty text is an empty list.
///
/// # Errors
///
/// [`Error::Pattern`] for the first pattern that cannot be read; an item with nothing in it is one.
impl FromStr for Modules {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim() {
            "" => Ok(Self::default()),
            list => Self::parse(split_list(list)),
        }
    }
}

impl fmt::Display for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pattern) in self.patterns().iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{pattern}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Modules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.patterns().iter().map(Pattern::as_str)).finish()
    }
}

impl PartialEq for Modules {
    fn eq(&self, other: &Self) -> bool {
        self.patterns() == other.patterns()
    }
}

impl Eq for Modules {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pattern::tests::pattern_text;
    use super::*;

    fn wanted(list: &[&str], module: &str) -> bool {
        Modules::parse(list).unwrap().matches(module, module)
    }

    #[test]
    fn an_empty_list_means_everything() {
        assert!(wanted(&[], "shop::db"));
        assert!(Modules::default().matches("", ""));
        assert!("  ".parse::<Modules>().unwrap().matches("a", "a"));
    }

    #[test]
    fn a_list_of_exclusions_means_everything_else() {
        assert!(wanted(&["!h2::**", "!hyper::**"], "shop"));
        assert!(!wanted(&["!h2::**", "!hyper::**"], "h2::codec"));
    }

    #[test]
    fn with_one_inclusion_what_nobody_names_is_left_out() {
        assert!(!wanted(&["shop::**"], "h2"));
        assert!(!wanted(&["!h2", "shop::**"], "hyper"));
    }

    #[test]
    fn the_last_pattern_that_covers_a_module_decides() {
        assert!(!wanted(&["shop::**", "!shop::db::**"], "shop::db::pool"));
        assert!(wanted(&["!shop::db::**", "shop::**"], "shop::db::pool"));
        assert!(wanted(&["shop::**", "!shop::db::**", "shop::db::orders"], "shop::db::orders"));
        assert!(!wanted(&["shop::**", "!shop::db::**", "shop::db::orders"], "shop::db::carts"));
    }

    #[test]
    fn a_target_pattern_can_take_back_what_a_module_pattern_gave() {
        let modules = Modules::parse(["shop::**", "!target:audit"]).unwrap();
        assert!(modules.matches("shop::cart", "shop::cart"));
        assert!(!modules.matches("shop::cart", "audit"));
    }

    #[test]
    fn an_empty_item_of_a_list_is_refused() {
        assert!(matches!("shop,,db".parse::<Modules>(), Err(Error::Pattern { pattern, .. }) if pattern.is_empty()));
    }

    proptest! {
        #[test]
        fn a_list_is_read_back_as_it_is_shown(patterns in prop::collection::vec(pattern_text(), 0..6)) {
            let modules = Modules::parse(&patterns).unwrap();
            prop_assert_eq!(modules.to_string().parse::<Modules>().unwrap(), modules);
        }

        #[test]
        fn every_readable_pattern_can_stand_in_a_list(text in any::<String>()) {
            if let Ok(pattern) = text.parse::<Pattern>() {
                let modules = Modules::new(["a".parse().unwrap(), pattern, "b".parse().unwrap()]).unwrap();
                prop_assert_eq!(modules.to_string().parse::<Modules>().unwrap(), modules);
            }
        }
    }
}
