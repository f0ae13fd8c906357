//! Finds the last pattern of a list that covers a callsite.
//!
//! What that pattern then means, inclusion or a rate, is its owner's matter.

use globset::{GlobSet, GlobSetBuilder};
use regex::Regex;

use super::pattern::{Matcher, Pattern, Subject, as_glob_path};
use crate::Error;

/// An ordered list of patterns, compiled together.
#[derive(Clone, Debug)]
pub(super) struct PatternSet {
    patterns: Vec<Pattern>,
    over_modules: Compiled,
    over_targets: Compiled,
}

/// The matchers over one subject, each with the index of its pattern.
#[derive(Clone, Debug)]
struct Compiled {
    globs: GlobSet,
    glob_owner: Vec<usize>,
    regexes: Vec<(usize, Regex)>,
}

impl PatternSet {
    /// # Errors
    ///
    /// [`Error::Pattern`] with the whole list, if its globs together exceed what can be compiled.
    pub(super) fn new(patterns: Vec<Pattern>) -> Result<Self, Error> {
        let over_modules = Compiled::new(&patterns, Subject::ModulePath)?;
        let over_targets = Compiled::new(&patterns, Subject::Target)?;
        Ok(Self { patterns, over_modules, over_targets })
    }

    pub(super) fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// The index of the last pattern that covers this module path or this target.
    pub(super) fn last_match(&self, module_path: &str, target: &str) -> Option<usize> {
        self.over_modules.last_match(module_path).max(self.over_targets.last_match(target))
    }
}

impl Compiled {
    fn new(patterns: &[Pattern], subject: Subject) -> Result<Self, Error> {
        let mut globs = GlobSetBuilder::new();
        let mut glob_owner = Vec::new();
        let mut regexes = Vec::new();
        for (index, pattern) in patterns.iter().enumerate().filter(|(_, pattern)| pattern.subject() == subject) {
            match pattern.matcher() {
                Matcher::Globs(several) => {
                    for glob in several {
                        globs.add(glob.clone());
                        glob_owner.push(index);
                    }
                }
                Matcher::Regex(regex) => regexes.push((index, regex.clone())),
            }
        }
        let globs = globs.build().map_err(|error| Error::Pattern {
            pattern: patterns.iter().map(Pattern::as_str).collect::<Vec<_>>().join(", "),
            reason: format!("the globs do not compile together: {}; give fewer or shorter ones", error.kind()),
        })?;
        Ok(Self { globs, glob_owner, regexes })
    }

    fn last_match(&self, subject: &str) -> Option<usize> {
        let by_glob = match self.globs.is_empty() {
            true => None,
            false => self.globs.matches(as_glob_path(subject)).into_iter().map(|glob| self.glob_owner[glob]).max(),
        };
        let by_regex = self.regexes.iter().rev().find(|(_, regex)| regex.is_match(subject)).map(|&(index, _)| index);
        by_glob.max(by_regex)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pattern::tests::glob_text;
    use super::*;

    fn covers(pattern: &str, module_path: &str, target: &str) -> bool {
        let patterns = vec![pattern.parse().unwrap()];
        PatternSet::new(patterns).unwrap().last_match(module_path, target).is_some()
    }

    #[test]
    fn globs_cover_what_the_table_of_pattern_says() {
        let table: [(&str, &[&str], &[&str]); 9] = [
            ("shop", &["shop"], &["shop::cart", "workshop", "shopping", ""]),
            ("shop::*", &["shop::cart", "shop::db"], &["shop", "shop::db::pool"]),
            ("shop::db_*", &["shop::db_", "shop::db_pool"], &["shop::db", "shop::db_pool::inner", "shop::xdb_pool"]),
            ("shop::**", &["shop", "shop::cart", "shop::db::pool"], &["shopping", "my::shop"]),
            ("**::tests", &["tests", "a::tests", "a::b::tests"], &["tests::a", "mytests"]),
            ("a::**::z", &["a::z", "a::b::z", "a::b::c::z"], &["a", "z", "a::b", "a::bz"]),
            ("**", &["a", "a::b", ""], &[]),
            ("**::**::a::**::**", &["a", "x::a::y"], &["b"]),
            ("re:^a::[bc]$", &["a::b", "a::c"], &["a::d", "x::a::b", "a::b::c"]),
        ];
        for (pattern, covered, left_out) in table {
            for path in covered {
                assert!(covers(pattern, path, ""), "`{pattern}` should cover `{path}`");
            }
            for path in left_out {
                assert!(!covers(pattern, path, "elsewhere"), "`{pattern}` should not cover `{path}`");
            }
        }
    }

    #[test]
    fn target_patterns_look_at_the_target_only() {
        assert!(covers("target:h2::**", "app::net", "h2::codec"));
        assert!(!covers("target:h2::**", "h2::codec", "app"));
        assert!(!covers("h2::**", "app", "h2::codec"));
        assert!(covers("target:re:^h2", "app", "h2-client"));
    }

    #[test]
    fn dots_slashes_and_backslashes_in_targets_are_plain_characters() {
        assert!(covers("target:http/1.1", "", "http/1.1"));
        assert!(covers("target:**::a.", "", "x::a."));
        assert!(covers("target:*", "", r"a/b\c.d"));
        assert!(!covers("target:http::1.1", "", "http/1.1"));
    }

    #[test]
    fn the_last_pattern_is_found_whatever_its_kind() {
        let of = |list: &[&str]| PatternSet::new(list.iter().map(|text| text.parse().unwrap()).collect()).unwrap();
        assert_eq!(of(&["re:a", "target:t", "a", "b"]).last_match("a", "t"), Some(2));
        assert_eq!(of(&["a", "target:t", "re:a"]).last_match("a", "t"), Some(2));
        assert_eq!(of(&["a", "re:a", "target:t"]).last_match("a", "t"), Some(2));
        assert_eq!(of(&["a"]).last_match("b", "t"), None);
        assert_eq!(of(&[]).last_match("a", "t"), None);
    }

    /// The definition, written down as recursion over segments.
    fn naive(glob: &[&str], path: &[&str]) -> bool {
        match (glob, path) {
            ([], []) => true,
            (["**", rest @ ..], _) => (0..=path.len()).any(|skipped| naive(rest, &path[skipped..])),
            ([segment, glob @ ..], [name, path @ ..]) => naive_segment(segment, name) && naive(glob, path),
            _ => false,
        }
    }

    fn naive_segment(glob: &str, name: &str) -> bool {
        match glob.split_once('*') {
            None => glob == name,
            Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
                rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| naive_segment(after, &rest[at..]))
            }),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn globs_agree_with_the_definition(glob in glob_text(), path in prop::collection::vec("[ab]{1,3}", 1..6)) {
            let expected = naive(&glob.split("::").collect::<Vec<_>>(), &path.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(covers(&glob, &path.join("::"), "elsewhere"), expected);
        }
    }
}
