//! Paths of rules: `$.items[*].name`, and how well they fit a place.

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Field(String),
    Index(usize),
    /// Any member, or any item.
    Any,
}

/// The steps of a path; `None` where it cannot be read.
pub(super) fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = &after[..end];
            if name.is_empty() {
                return None;
            }
            steps.push(if name == "*" { Step::Any } else { Step::Field(name.to_owned()) });
            rest = &after[end..];
        } else if let Some(after) = rest.strip_prefix("['") {
            let end = after.find("']")?;
            steps.push(Step::Field(after[..end].to_owned()));
            rest = &after[end + 2..];
        } else {
            let after = rest.strip_prefix('[')?;
            let end = after.find(']')?;
            steps.push(match &after[..end] {
                "*" => Step::Any,
                index => Step::Index(index.parse().ok()?),
            });
            rest = &after[end + 1..];
        }
    }
    Some(steps)
}

/// How well a rule's path fits a place, more for what is named than for what may be any; `None` where it does not fit. A
/// path that ends above the place fits what lies below it.
pub(super) fn weight(rule: &[Step], place: &[Step]) -> Option<usize> {
    if rule.len() > place.len() {
        return None;
    }
    rule.iter().zip(place).try_fold(2, |weight, (rule, place)| match (rule, place) {
        (Step::Any, _) => Some(weight),
        (rule, place) if rule == place => Some(weight * 2),
        _ => None,
    })
}

/// As it is written.
pub(super) fn text(place: &[Step]) -> String {
    let mut out = "$".to_owned();
    for step in place {
        match step {
            Step::Field(name)
                if !name.is_empty()
                    && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-') =>
            {
                out.push('.');
                out.push_str(name);
            }
            Step::Field(name) => out.push_str(&format!("['{name}']")),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
            Step::Any => out.push_str("[*]"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_written() {
        for path in ["$", "$.a", "$.a[0].b", "$['x y'][3]", "$.items[*].id"] {
            assert_eq!(text(&parse(path).expect(path)), path);
        }
        assert_eq!(parse("a.b"), None);
        assert_eq!(parse("$.a["), None);
    }

    #[test]
    fn what_is_named_fits_better_than_what_may_be_any() {
        let (place, any) = (parse("$.a[0]").expect("a path"), parse("$.a[*]").expect("a path"));
        assert!(weight(&place, &place) > weight(&any, &place));
        assert!(weight(&parse("$").expect("a path"), &place).is_some());
        assert_eq!(weight(&parse("$.b").expect("a path"), &place), None);
    }
}
