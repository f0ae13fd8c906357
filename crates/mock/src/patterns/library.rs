//! The words by which operations are recognised, and the rules of users: data, laid over each other.

use std::fmt;

use serde::Deserialize;

use super::Pattern;
use super::evidence::Evidence;
use super::verbs::Class;
use super::words::Text;

/// The words that ship with the crate.
pub(crate) const BUILT_IN: &str = include_str!("library.toml");

/// Words and rules by which operations are recognised.
///
/// ```
/// use tracesnap_mock::patterns::Library;
///
/// let library = Library::built_in().extended(r#"
/// [search]
/// params = ["suchwort", "!text"]      # one more, and one less
///
/// [[rule]]
/// pattern = "auth"
/// method = "POST"
/// path = "/badge/**"
/// confidence = 0.95
/// reason = "badges are how people sign in here"
/// "#)?;
/// # Ok::<(), tracesnap_mock::patterns::LibraryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Library {
    pub(super) verbs: Vec<(Class, Vec<String>)>,
    pub(super) crud: Words,
    pub(super) auth: Words,
    pub(super) pagination: Words,
    pub(super) search: Words,
    pub(super) file_upload: Words,
    rules: Vec<Rule>,
}

/// Lists of words by what they are for.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(Vec<(String, Vec<Text>)>);

impl Words {
    pub(super) fn list(&self, name: &str) -> &[Text] {
        self.0.iter().find(|(known, _)| known == name).map_or(&[], |(_, list)| list)
    }
}

/// What a user knows of an API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pattern: Pattern,
    method: Option<String>,
    path: Option<String>,
    #[serde(default)]
    words: Vec<String>,
    pub(super) confidence: f64,
    reason: Option<String>,
}

impl Rule {
    pub(super) fn reason(&self) -> String {
        self.reason.clone().unwrap_or_else(|| "a rule of the pattern library".to_owned())
    }

    fn matches(&self, evidence: &Evidence) -> bool {
        let method = self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&evidence.method));
        let path = self.path.as_ref().is_none_or(|glob| {
            let glob: Vec<&str> = glob.trim_matches('/').split('/').collect();
            let path: Vec<&str> = evidence.path.trim_matches('/').split('/').collect();
            matches(&glob, &path)
        });
        method && path && self.words.iter().all(|words| evidence.named.has(&Text::of(words)))
    }
}

/// Whether a path is of a form: `*` is one segment, `**` any number. Stars are tried greedily, which is linear.
fn matches(glob: &[&str], path: &[&str]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut retry = None;
    while place < path.len() {
        match glob.get(at) {
            Some(&"**") => {
                retry = Some((at, place));
                at += 1;
            }
            Some(&wanted) if wanted == "*" || wanted == path[place] => {
                at += 1;
                place += 1;
            }
            _ => match retry {
                Some((star, taken)) => {
                    at = star + 1;
                    place = taken + 1;
                    retry = Some((star, taken + 1));
                }
                None => return false,
            },
        }
    }
    glob[at..].iter().all(|rest| *rest == "**")
}

/// Why a library cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum LibraryError {
    /// It is no TOML, or of another form.
    Form {
        /// Line, from 1, where it is known.
        line: Option<usize>,
        /// What was found, and what was expected.
        message: String,
    },
    /// A section, list or verb class that does not exist.
    Unknown {
        /// What was found, as in `crud.computd`.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// A confidence that is no probability.
    Confidence {
        /// What was found.
        found: f64,
    },
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { line, message } => {
                f.write_str("the pattern library is not of the form that is expected: ")?;
                if let Some(line) = line {
                    write!(f, "line {line}: ")?;
                }
                f.write_str(message)
            }
            Self::Unknown { found, expected } => {
                write!(f, "the pattern library has `{found}`, expected one of {expected}")
            }
            Self::Confidence { found } => {
                write!(f, "a rule of the pattern library has the confidence {found}, expected 0 to 1")
            }
        }
    }
}

impl std::error::Error for LibraryError {}

impl LibraryError {
    fn form(error: &toml::de::Error, text: &str) -> Self {
        let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
        Self::Form { line, message: error.message().to_owned() }
    }
}

/// A library as it is written.
type Sections = std::collections::BTreeMap<String, toml::Value>;
type Lists = std::collections::BTreeMap<String, Vec<String>>;

impl Default for Library {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Library {
    /// The words that ship with the crate.
    ///
    /// # Panics
    /// Never: a test holds that file to its form.
    #[must_use]
    pub fn built_in() -> Self {
        let empty = Self {
            verbs: Class::ALL.into_iter().map(|class| (class, Vec::new())).collect(),
            crud: Words::default(),
            auth: Words::default(),
            pagination: Words::default(),
            search: Words::default(),
            file_upload: Words::default(),
            rules: Vec::new(),
        };
        empty.laid_over(BUILT_IN, true).expect("the file beside this one is of the form that is read here")
    }

    /// This library with another one laid over it: its words are added, those that begin with `!` are taken away, its
    /// rules are asked before those that were there.
    ///
    /// # Errors
    /// The text is no TOML, names a list that does not exist, or has a rule whose confidence is no probability.
    pub fn extended(self, toml: &str) -> Result<Self, LibraryError> {
        self.laid_over(toml, false)
    }

    fn laid_over(mut self, toml: &str, new_lists: bool) -> Result<Self, LibraryError> {
        let sections: Sections = toml::from_str(toml).map_err(|error| LibraryError::form(&error, toml))?;
        for (section, value) in sections {
            if section == "rule" {
                let rules: Vec<Rule> = value.try_into().map_err(|error| LibraryError::form(&error, toml))?;
                if let Some(rule) = rules.iter().find(|rule| !(0.0..=1.0).contains(&rule.confidence)) {
                    return Err(LibraryError::Confidence { found: rule.confidence });
                }
                self.rules.splice(0..0, rules);
                continue;
            }
            let lists: Lists = value.try_into().map_err(|error| LibraryError::form(&error, toml))?;
            if section == "verbs" {
                for (name, words) in lists {
                    let Some((_, known)) = self.verbs.iter_mut().find(|(class, _)| class.as_str() == name) else {
                        let names: Vec<_> = Class::ALL.iter().map(|class| class.as_str()).collect();
                        let found = format!("verbs.{name}");
                        return Err(LibraryError::Unknown { found, expected: names.join(", ") });
                    };
                    lay(known, words, |word| word);
                }
                continue;
            }
            let Some(known) = self.section(&section) else {
                let expected = "verbs, crud, auth, pagination, search, file_upload, rule".to_owned();
                return Err(LibraryError::Unknown { found: section, expected });
            };
            for (name, words) in lists {
                let list = match known.0.iter_mut().position(|(list, _)| *list == name) {
                    Some(at) => &mut known.0[at].1,
                    None if new_lists => {
                        known.0.push((name, Vec::new()));
                        let at = known.0.len() - 1;
                        &mut known.0[at].1
                    }
                    None => {
                        let names: Vec<_> = known.0.iter().map(|(name, _)| name.as_str()).collect();
                        let expected = names.join(", ");
                        return Err(LibraryError::Unknown { found: format!("{section}.{name}"), expected });
                    }
                };
                lay(list, words, |word| Text::of(&word));
            }
        }
        Ok(self)
    }

    fn section(&mut self, name: &str) -> Option<&mut Words> {
        match Pattern::parse(name)? {
            Pattern::Crud => Some(&mut self.crud),
            Pattern::Auth => Some(&mut self.auth),
            Pattern::Pagination => Some(&mut self.pagination),
            Pattern::Search => Some(&mut self.search),
            Pattern::FileUpload => Some(&mut self.file_upload),
        }
    }

    /// The first rule for a pattern that an operation falls under.
    pub(super) fn rule(&self, pattern: Pattern, evidence: &Evidence) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.pattern == pattern && rule.matches(evidence))
    }
}

fn lay<T: PartialEq>(list: &mut Vec<T>, words: Vec<String>, of: impl Fn(String) -> T) {
    for word in words {
        match word.strip_prefix('!') {
            Some(gone) => {
                let gone = of(gone.to_owned());
                list.retain(|known| *known != gone);
            }
            None => list.push(of(word)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_is_of_the_form_that_is_read() {
        let library = Library::built_in();
        assert!(library.auth.list("strong").len() > 50);
        assert!(library.rules.is_empty());
    }

    #[test]
    fn a_library_adds_words_and_takes_others_away() {
        let library = Library::built_in().extended("[search]\nparams = ['suchwort', '!q']").expect("it is read");
        let has = |word: &str| library.search.list("params").contains(&Text::of(word));
        assert!(has("suchwort") && !has("q") && has("query"));
    }

    #[test]
    fn what_does_not_exist_is_told_with_what_does() {
        let error = |text: &str| Library::built_in().extended(text).expect_err("it is refused").to_string();
        assert!(error("[crud]\ncomputd = ['x']").contains("`crud.computd`, expected one of"));
        assert!(error("[storage]\nx = ['x']").contains("expected one of verbs, crud"));
        assert!(error("[[rule]]\npattern = 'auth'\nconfidence = 3.0").contains("confidence 3, expected 0 to 1"));
        assert!(error("nonsense").contains("not of the form"));
    }

    #[test]
    fn paths_of_rules_are_globs_over_segments() {
        let matched = |glob: &str, path: &str| {
            matches(&glob.split('/').collect::<Vec<_>>(), &path.split('/').collect::<Vec<_>>())
        };
        assert!(matched("a/*/c", "a/b/c") && !matched("a/*", "a/b/c"));
        assert!(matched("a/**", "a/b/c") && matched("**/c", "a/b/c") && matched("**", "a") && matched("a/**/c", "a/c"));
        assert!(!matched("**/d", "a/b/c"));
    }
}
