//! Rules by place.
//!
//! What walks over a document is others' matter; they tell which name or index they enter, and keep the answer.

use crate::json_path::{JsonPath, Step};
use crate::{Error, RuleId};

/// One rule by place.
#[derive(Clone, Debug)]
struct PathRule {
    id: RuleId,
    path: JsonPath,
}

/// All rules by place of a policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct PathRules(Vec<PathRule>);

/// How far each rule has come on the way to where the walk is. Empty where no rule can match below.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Option<Box<[(u16, u16)]>>);

/// What a walk enters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Enter<'a> {
    Name(&'a str),
    Index(usize),
}

impl PathRules {
    pub(crate) fn parse(paths: &[String]) -> Result<Self, Error> {
        paths
            .iter()
            .map(|path| {
                let names_a_part = |parsed: &JsonPath| path.starts_with('$') && !parsed.steps().is_empty();
                let parsed = JsonPath::parse(path)?;
                if !names_a_part(&parsed) {
                    return Err(Error::Path { path: path.clone() });
                }
                Ok(PathRule { id: RuleId::new(&format!("path/{path}")), path: parsed })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &RuleId> {
        self.0.iter().map(|rule| &rule.id)
    }

    /// The trail at the document itself.
    pub(crate) fn start(&self) -> Trail {
        Trail(
            (!self.is_empty())
                .then(|| (0..self.0.len()).map(|rule| (u16::try_from(rule).unwrap_or(u16::MAX), 0)).collect()),
        )
    }

    /// The trail one level further, and the rule that holds right there.
    pub(crate) fn enter(&self, trail: &Trail, into: Enter<'_>) -> (Trail, Option<&RuleId>) {
        let mut next = Vec::new();
        let mut found = None;
        let mut add = |rule: u16, step: u16, steps: usize| {
            if usize::from(step) == steps {
                found = found.or(Some(rule));
            } else if !next.contains(&(rule, step)) {
                next.push((rule, step));
            }
        };
        for &(rule, step) in trail.0.iter().flatten() {
            let steps = self.0[usize::from(rule)].path.steps();
            let mut at = step;
            if steps[usize::from(at)] == Step::Deep {
                add(rule, at, steps.len());
                at += 1;
            }
            if steps.get(usize::from(at)).is_some_and(|step| step.takes(into)) {
                add(rule, at + 1, steps.len());
            }
        }
        (Trail((!next.is_empty()).then(|| next.into_boxed_slice())), found.map(|rule| &self.0[usize::from(rule)].id))
    }
}

impl Step {
    fn takes(&self, into: Enter<'_>) -> bool {
        match (self, into) {
            (Self::Any, _) => true,
            (Self::Name(name), Enter::Name(entered)) => name == entered,
            (Self::Index(index), Enter::Index(entered)) => *index == entered,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &str, way: &[Enter<'_>]) -> bool {
        let rules = PathRules::parse(&[rule.to_owned()]).unwrap();
        let (mut trail, mut last) = (rules.start(), None);
        for &into in way {
            (trail, last) = rules.enter(&trail, into);
        }
        last.is_some()
    }

    #[test]
    fn a_path_holds_where_it_says_and_nowhere_else() {
        use Enter::{Index, Name};
        let card = [Name("items"), Index(3), Name("card")];
        for rule in
            ["$.items[*].card", "$.items[3].card", "$..card", "$.*.*.card", "$['items'][3][\"card\"]", "$..[3].card"]
        {
            assert!(found(rule, &card), "{rule}");
        }
        for rule in
            ["$.items[4].card", "$.card", "$.items.card", "$.items", "$.items[*]", "$..cards", "$.items[*].card.pan"]
        {
            assert!(!found(rule, &card), "{rule}");
        }
        assert!(found("$..a..b", &[Name("a"), Name("x"), Name("a"), Index(1), Name("b")]));
    }

    #[test]
    fn a_path_that_names_no_place_is_refused() {
        for path in ["", "$", "items", "$.", "$..", "$.a..", "$[", "$[x]", "$['a'", "$.a[1", "$a"] {
            assert!(PathRules::parse(&[path.to_owned()]).is_err(), "{path}");
        }
    }
}
