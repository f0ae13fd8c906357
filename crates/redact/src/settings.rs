//! Rules that stand in `tracesnap.toml` (section `[redact]`) or in the environment: they are added to the built-in ones,
//! for every part that has no policy of its own.
//!
//! Rules are not switched off there: what is written down although a rule says otherwise is the program's decision.
//!
//! ```
//! use tracesnap_config::Sources;
//! use tracesnap_redact::settings;
//!
//! let file = "[redact]\nnames = [\"loyalty_number\"]\nallow = [\"page_token\"]";
//! let policy = settings::policy(&Sources::new(settings::SECTION).with_file_text("tracesnap.toml", file)?)?;
//! assert!(policy.matches_name("loyaltyNumber").is_some() && policy.matches_name("page_token").is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::sync::{Mutex, PoisonError};

use tracesnap_config::{Effective, Key, Setting, Source, Sources};

use crate::{Error, Policy, PolicyBuilder};

/// The section of `tracesnap.toml`.
pub const SECTION: &str = "redact";

const NAMES: Key = Key::new("names")
    .variable("TRACESNAP_REDACT_NAMES")
    .takes("a list of names, in any convention")
    .default_is("none beside the built-in ones")
    .means("names whose values are secrets");
const ALLOW: Key = Key::new("allow")
    .variable("TRACESNAP_REDACT_ALLOW")
    .takes("a list of names, in any convention")
    .default_is("none")
    .means("names that look like secrets and are none");
const PATHS: Key = Key::new("paths")
    .variable("TRACESNAP_REDACT_PATHS")
    .takes("a list of paths such as `$.items[*].card`")
    .default_is("none")
    .means("places of documents whose values are secrets");
const KEY: Key = Key::new("key")
    .variable("TRACESNAP_REDACT_KEY")
    .takes("a secret text")
    .default_is("another one in each process")
    .means("gives equal values equal marks in all files (where values are looked for by patterns)")
    .secret();

/// Every setting: its name in the section [`SECTION`] of `tracesnap.toml`, its variable, and what it takes.
pub const KEYS: [Key; 4] = [NAMES, ALLOW, PATHS, KEY];

/// What was said, and not by default.
#[derive(Clone, PartialEq, Eq)]
struct Said {
    names: Setting<Vec<String>>,
    allow: Setting<Vec<String>>,
    paths: Setting<Vec<String>>,
    key: Setting<String>,
}

impl Said {
    fn of(sources: &Sources) -> Result<Self, Error> {
        let sources = sources.section(SECTION);
        let told = |error: tracesnap_config::Error| Error::Setting { message: error.to_string() };
        sources.check_near("TRACESNAP_REDACT_", &KEYS).map_err(told)?;
        let list = |key: &Key| sources.resolve(key, None, None, Vec::new()).map_err(told);
        Ok(Self {
            names: list(&NAMES)?,
            allow: list(&ALLOW)?,
            paths: list(&PATHS)?,
            key: sources.resolve(&KEY, None, None, String::new()).map_err(told)?,
        })
    }

    fn is_nothing(&self) -> bool {
        let sources = [&self.names.source, &self.allow.source, &self.paths.source, &self.key.source];
        sources.into_iter().all(|source| *source == Source::Default)
    }

    fn add_to(&self, builder: PolicyBuilder) -> PolicyBuilder {
        let builder = self.names.value.iter().fold(builder, PolicyBuilder::name);
        let builder = self.allow.value.iter().fold(builder, PolicyBuilder::allow);
        let builder = self.paths.value.iter().fold(builder, PolicyBuilder::path);
        #[cfg(feature = "patterns")]
        if self.key.source != Source::Default {
            return builder.key(&self.key.value);
        }
        builder
    }
}

/// The default policy, with what these places add.
///
/// # Errors
///
/// [`Error::Setting`] for a value that makes no sense and for a key that nobody reads; a rule that cannot be.
pub fn policy(sources: &Sources) -> Result<Policy, Error> {
    made(sources, false)
}

/// The policy of captured arguments and recorded conversations, with what these places add.
///
/// # Errors
///
/// As [`policy`].
pub fn policy_for_captures(sources: &Sources) -> Result<Policy, Error> {
    made(sources, true)
}

/// Adds what these places say to a policy that is being built.
///
/// # Errors
///
/// [`Error::Setting`] for a value that makes no sense and for a key that nobody reads.
pub fn add_to(builder: PolicyBuilder, sources: &Sources) -> Result<PolicyBuilder, Error> {
    Ok(Said::of(sources)?.add_to(builder))
}

/// What holds by these places, each setting with its source; the key is not shown.
///
/// # Errors
///
/// As [`policy`].
pub fn effective(sources: &Sources) -> Result<Vec<Effective>, Error> {
    policy(sources)?;
    let said = Said::of(sources)?;
    let list = |list: &Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(",") };
    Ok(vec![
        Effective::of(&NAMES, &said.names, list),
        Effective::of(&ALLOW, &said.allow, list),
        Effective::of(&PATHS, &said.paths, list),
        Effective::of(&KEY, &said.key, Clone::clone),
    ])
}

/// Policies are made of automata, and every recording asks for one: the last few are kept.
static MADE: Mutex<Vec<(Said, bool, Policy)>> = Mutex::new(Vec::new());
const KEPT: usize = 8;

fn made(sources: &Sources, in_captures: bool) -> Result<Policy, Error> {
    let said = Said::of(sources)?;
    if said.is_nothing() {
        return Ok(if in_captures { Policy::for_captures() } else { Policy::default() });
    }
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((.., policy)) = made.iter().find(|(one, captures, _)| (one, *captures) == (&said, in_captures)) {
        return Ok(policy.clone());
    }
    let builder = if in_captures { Policy::builder().for_captures() } else { Policy::builder() };
    let policy = said.add_to(builder).build()?;
    if made.len() == KEPT {
        made.remove(0);
    }
    made.push((said, in_captures, policy.clone()));
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use tracesnap_config::Environment;

    use super::*;

    fn sources(variables: &[(&str, &str)], file: &str) -> Sources {
        let environment = Environment::of(variables.iter().copied());
        Sources::new("trace").with_environment(environment).with_file_text("tracesnap.toml", file).expect("TOML")
    }

    #[test]
    fn names_of_file_and_environment_are_added_whatever_section_was_asked_before() {
        let file = "[redact]\nnames = [\"loyalty_number\"]\npaths = [\"$.card\"]";
        let by_file = policy(&sources(&[], file)).expect("sound");
        assert!(by_file.matches_name("loyalty_number").is_some() && by_file.matches_name("password").is_some());
        let by_both =
            policy_for_captures(&sources(&[("TRACESNAP_REDACT_NAMES", "ref_no,plate")], file)).expect("sound");
        assert!(by_both.matches_name("plate").is_some() && by_both.matches_name("loyalty_number").is_none());
        assert!(by_both.matches_name("auth").is_some() && by_file.matches_name("auth").is_none());
    }

    #[test]
    fn the_same_words_make_the_same_policy_and_nothing_said_is_the_default() {
        let id = |file: &str| policy(&sources(&[], file)).expect("sound").id();
        assert_eq!(id("[redact]\nnames = [\"a\"]"), id("[redact]\nnames = [\"a\"]"));
        assert_eq!(id(""), Policy::default().id());
        assert_ne!(id("[redact]\nnames = [\"a\"]"), id(""));
    }

    #[test]
    fn what_cannot_be_is_told_with_its_place_and_never_with_the_key() {
        let error =
            |variables: &[(&str, &str)], file: &str| policy(&sources(variables, file)).expect_err("wrong").to_string();
        assert!(error(&[], "[redact]\nname = [\"a\"]").contains("`tracesnap.toml:2` has a key `redact.name`"));
        assert!(error(&[], "[redact]\nnames = 3").contains("`redact.names` in `tracesnap.toml:2`"));
        assert!(error(&[("TRACESNAP_REDACT_NAME", "a")], "").contains("did you mean `TRACESNAP_REDACT_NAMES`?"));
        assert!(error(&[("TRACESNAP_REDACT_PATHS", "card")], "").contains("names no place"));
        let shown = effective(&sources(&[("TRACESNAP_REDACT_KEY", "hunter2")], "")).expect("sound");
        assert_eq!(shown[3].value, "set");
    }
}
