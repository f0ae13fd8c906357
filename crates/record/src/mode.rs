//! What happens to a call: one table of modes for everything that talks to a service.
//!
//! | mode | is the service asked? | who answers | what is written |
//! |---|---|---|---|
//! | `real` | always | the service | nothing |
//! | `record` | always | the service | a set that waits for a review |
//! | `playback` | never | the recording; a miss is an error | nothing |
//! | `hybrid:record` | on a miss | the recording, else the service | what was missed, as a set that waits |
//! | `hybrid:forward` | on a miss | the recording, else the service | nothing |
//! | `hybrid:fail` | never | the recording; a miss is an error | nothing |
//! | `hybrid:mock` | never | the recording, else a mock | nothing |
//! | `mock` | never | a mock | nothing |
//! | `spy` | always | the service | a session file, to be looked at; nothing waits |
//! | `verify` | always | the service; what differs from the recording is told at the end | nothing |
//! | `strict` | never | the recording, to each task in its order, every interaction exactly once | nothing |
//!
//! # Where a mode comes from
//!
//! The first of these that says one: the builder, `TEST_MODE`, `MOCK_MODE`, what the program has set
//! ([`set_global_config`](crate::config::set_global_config)), `tracesnap.toml` (`mode` in `[record]`), the default: `playback`, so that nobody asks a real service by accident. Both variables take the same words, all of
//! the table and these:
//!
//! | word | is |
//! |---|---|
//! | `disabled`, `off`, `live` | `real` |
//! | `capture` | `record` |
//! | `replay` | `playback` |
//! | `mock_only` | `mock` |
//! | `hybrid` | `hybrid:forward` |

use std::fmt;
use std::str::FromStr;

use tracesnap_config::{FromSetting, Setting, Sources};

use crate::{Error, config};

/// What happens to a call: see the table of [`mode`](crate::mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// The service answers, nothing is written.
    Real,
    /// The service answers, and that is recorded.
    Record,
    /// The recording answers. The default.
    #[default]
    Playback,
    /// The recording answers what it can.
    Hybrid(OnMiss),
    /// A mock answers.
    Mock,
    /// The service answers, and a session file tells what was said.
    Spy,
    /// The service answers, and is compared with the recording.
    Verify,
    /// The recording answers, in its order, as a whole.
    Strict,
}

/// Who answers what was not recorded, in [`Mode::Hybrid`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnMiss {
    /// The service, and that is recorded.
    Record,
    /// The service. The default.
    #[default]
    Forward,
    /// Nobody: it is an error.
    Fail,
    /// A mock.
    Mock,
}

/// The variable that is asked first.
pub const TEST_MODE: &str = "TEST_MODE";

/// The variable that is asked next.
pub const MOCK_MODE: &str = "MOCK_MODE";

const MODES: [(&str, Mode); 11] = [
    ("real", Mode::Real),
    ("record", Mode::Record),
    ("playback", Mode::Playback),
    ("hybrid:record", Mode::Hybrid(OnMiss::Record)),
    ("hybrid:forward", Mode::Hybrid(OnMiss::Forward)),
    ("hybrid:fail", Mode::Hybrid(OnMiss::Fail)),
    ("hybrid:mock", Mode::Hybrid(OnMiss::Mock)),
    ("mock", Mode::Mock),
    ("spy", Mode::Spy),
    ("verify", Mode::Verify),
    ("strict", Mode::Strict),
];

const OTHER_WORDS: [(&str, Mode); 7] = [
    ("disabled", Mode::Real),
    ("off", Mode::Real),
    ("live", Mode::Real),
    ("capture", Mode::Record),
    ("replay", Mode::Playback),
    ("mock_only", Mode::Mock),
    ("hybrid", Mode::Hybrid(OnMiss::Forward)),
];

/// All words, in the order of the tables.
pub(crate) fn words() -> Vec<String> {
    MODES.iter().chain(&OTHER_WORDS).map(|(word, _)| format!("`{word}`")).collect()
}

impl Mode {
    /// The mode that holds, and where it comes from; `builder` is what was said at the place itself.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownMode`] for a word that is none, naming the place and all that there are.
    ///
    /// ```
    /// use tracesnap_config::{Environment, Sources};
    /// use tracesnap_record::Mode;
    ///
    /// let said = Environment::of([("MOCK_MODE", "hybrid"), ("TEST_MODE", "capture")]);
    /// let found = Mode::resolve(&Sources::new("record").with_environment(said), None)?;
    /// assert_eq!(found.value, Mode::Record);
    /// assert_eq!(found.source.to_string(), "environment variable `TEST_MODE`");
    /// # Ok::<(), tracesnap_record::Error>(())
    /// ```
    pub fn resolve(sources: &Sources, builder: Option<Self>) -> Result<Setting<Self>, Error> {
        let found = sources.resolve(&config::MODE, builder, config::global().mode, Self::default());
        found.map_err(|error| match error {
            tracesnap_config::Error::Value { found, source, .. } => unknown(&found, &source.to_string()),
            other => other.into(),
        })
    }

    /// The mode of this process.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve); if `tracesnap.toml` cannot be read.
    pub fn from_env() -> Result<Self, Error> {
        Ok(Self::resolve(&Sources::process("record")?, None)?.value)
    }

    /// Whether a recording is needed.
    #[must_use]
    pub fn plays(self) -> bool {
        matches!(self, Self::Playback | Self::Hybrid(_) | Self::Verify | Self::Strict)
    }

    /// Whether something may be written.
    #[must_use]
    pub fn records(self) -> bool {
        matches!(self, Self::Record | Self::Spy | Self::Hybrid(OnMiss::Record))
    }

    /// Whether the service may be asked.
    #[must_use]
    pub fn asks_service(self) -> bool {
        matches!(
            self,
            Self::Real | Self::Record | Self::Spy | Self::Verify | Self::Hybrid(OnMiss::Record | OnMiss::Forward)
        )
    }
}

fn unknown(found: &str, place: &str) -> Error {
    let accepted = MODES.iter().chain(&OTHER_WORDS).map(|(word, _)| *word);
    Error::UnknownMode {
        found: found.chars().take(40).collect(),
        place: place.to_owned(),
        meant: tracesnap_config::nearest(found, accepted),
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = MODES.iter().find(|(_, mode)| mode == self).map_or("real", |(word, _)| word);
        f.pad(word)
    }
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_text(text.trim()).ok_or_else(|| unknown(text, "a mode that was given"))
    }
}

impl FromSetting for Mode {
    const EXPECTED: &'static str = "a mode";

    fn from_text(text: &str) -> Option<Self> {
        let word = text.to_ascii_lowercase().replace('-', "_");
        MODES.iter().chain(&OTHER_WORDS).find(|(known, _)| *known == word).map(|(_, mode)| *mode)
    }
}

#[cfg(test)]
mod tests {
    use tracesnap_config::Environment;

    use super::*;

    fn resolve(variables: &[(&str, &str)], file: &str, builder: Option<Mode>) -> Result<(Mode, String), String> {
        let sources = Sources::new("record")
            .with_environment(Environment::of(variables.iter().copied()))
            .with_file_text("tracesnap.toml", file)
            .expect("TOML");
        let found = Mode::resolve(&sources, builder).map_err(|error| error.to_string())?;
        Ok((found.value, found.source.to_string()))
    }

    #[test]
    fn builder_wins_over_test_mode_over_mock_mode_over_the_file_over_the_default() {
        let both = [("TEST_MODE", "capture"), ("MOCK_MODE", "mock_only")];
        let file = "[record]\nmode = \"spy\"";
        let mode = |found: Result<(Mode, String), String>| found.map(|(mode, _)| mode);
        assert_eq!(mode(resolve(&both, file, Some(Mode::Strict))), Ok(Mode::Strict));
        assert_eq!(mode(resolve(&both, file, None)), Ok(Mode::Record));
        assert_eq!(mode(resolve(&both[1..], file, None)), Ok(Mode::Mock));
        assert_eq!(mode(resolve(&[], file, None)), Ok(Mode::Spy));
        assert_eq!(resolve(&[], "", None), Ok((Mode::Playback, "default".to_owned())));
    }

    #[test]
    fn a_word_that_is_no_mode_is_an_error_that_lists_them_and_says_where_it_stands() {
        let error = resolve(&[("TEST_MODE", "recrod")], "", None).expect_err("none");
        assert!(
            error.starts_with("`recrod` (environment variable `TEST_MODE`) is no mode; did you mean `record`?"),
            "{error}"
        );
        assert!(error.contains("`hybrid:mock`") && error.contains("`mock_only`"), "{error}");
        let error = resolve(&[("MOCK_MODE", "x")], "", None).expect_err("none");
        assert!(error.contains("`MOCK_MODE`"), "{error}");
    }

    #[test]
    fn every_mode_is_read_back_from_its_word() {
        for (word, mode) in MODES {
            assert_eq!((mode.to_string().as_str(), word.parse::<Mode>().expect("a mode")), (word, mode));
        }
    }
}
