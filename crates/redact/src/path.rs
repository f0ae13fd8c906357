//! Rules by place: `$.items[*].card`.
//!
//! What walks over a document is others' matter; they tell which name or index they enter, and keep the answer.

use crate::{Error, RuleId};

/// One rule by place.
#[derive(Clone, Debug)]
struct PathRule {
    id: RuleId,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `.name`, `['name']`
    Name(String),
    /// `[3]`
    Index(usize),
    /// `.*`, `[*]`
    Any,
    /// `..`: any number of names and indices.
    Deep,
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
                let steps = steps(path)
                    .filter(|steps| steps.last().is_some_and(|last| *last != Step::Deep))
                    .ok_or_else(|| Error::Path { path: path.clone() })?;
                Ok(PathRule { id: RuleId::new(&format!("path/{path}")), steps })
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
            let steps = &self.0[usize::from(rule)].steps;
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

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            steps.push(Step::Deep);
            rest = after;
            if !rest.starts_with('[') {
                rest = plain(rest, &mut steps)?;
            }
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = plain(after, &mut steps)?;
        } else {
            rest = bracket(rest.strip_prefix('[')?, &mut steps)?;
        }
    }
    Some(steps)
}

/// `name` or `*`, up to the next `.` or `[`.
fn plain<'a>(text: &'a str, steps: &mut Vec<Step>) -> Option<&'a str> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    steps.push(match &text[..end] {
        "" => return None,
        "*" => Step::Any,
        name => Step::Name(name.to_owned()),
    });
    Some(&text[end..])
}

/// `*]`, `3]`, `'name']`, `"name"]`.
fn bracket<'a>(text: &'a str, steps: &mut Vec<Step>) -> Option<&'a str> {
    if let Some(quote) = text.chars().next().filter(|mark| matches!(mark, '\'' | '"')) {
        let (name, rest) = text[1..].split_once(quote)?;
        steps.push(Step::Name(name.to_owned()));
        return rest.strip_prefix(']');
    }
    let (inside, rest) = text.split_once(']')?;
    steps.push(if inside == "*" { Step::Any } else { Step::Index(inside.parse().ok()?) });
    Some(rest)
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
