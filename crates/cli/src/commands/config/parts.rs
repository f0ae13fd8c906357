//! Which parts have settings: each says itself which, and what holds.

use anyhow::Result;
use clap::ValueEnum;
use tracesnap_config::{Effective, Environment, Error, FILE_VARIABLE, Key, Sources, nearest};

/// A part: a section of `tracesnap.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Traces.
    Trace,
    /// Captures.
    Capture,
    /// Recorded conversations.
    Record,
    /// Mocks.
    Mock,
    /// What must not be written down.
    Redact,
}

impl Part {
    pub(crate) const ALL: [Self; 5] = [Self::Trace, Self::Capture, Self::Record, Self::Mock, Self::Redact];

    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::Trace => tracesnap::settings::SECTION,
            Self::Capture => tracesnap_capture::config::SECTION,
            Self::Record => tracesnap_record::config::SECTION,
            Self::Mock => tracesnap_mock::config::SECTION,
            Self::Redact => tracesnap_redact::settings::SECTION,
        }
    }

    pub(crate) fn keys(self) -> &'static [Key] {
        match self {
            Self::Trace => &tracesnap::settings::KEYS,
            Self::Capture => &tracesnap_capture::config::KEYS,
            Self::Record => &tracesnap_record::config::KEYS,
            Self::Mock => &tracesnap_mock::config::KEYS,
            Self::Redact => &tracesnap_redact::settings::KEYS,
        }
    }

    /// What holds, by these places alone.
    pub(super) fn effective(self, sources: &Sources) -> Result<Vec<Effective>> {
        let sources = &sources.section(self.section());
        Ok(match self {
            Self::Trace => tracesnap::settings::effective(sources)?,
            Self::Capture => tracesnap_capture::config::effective(sources)?,
            Self::Record => tracesnap_record::config::effective(sources)?,
            Self::Mock => tracesnap_mock::config::effective(sources)?,
            Self::Redact => tracesnap_redact::settings::effective(sources)?,
        })
    }
}

/// What the environment says beside the settings of parts.
pub(crate) const VARIABLES: [Key; 4] = [
    Key::new("configuration")
        .variable(FILE_VARIABLE)
        .takes("a file")
        .default_is("the nearest `tracesnap.toml`, in the current folder or one above it")
        .means("the configuration file")
        .not_in_file(),
    Key::new("store_key")
        .variable(tracesnap_store::Key::VARIABLE)
        .takes("64 hexadecimal digits, as `openssl rand -hex 32` prints them")
        .default_is("none")
        .means("encrypts captures, and reads those that are encrypted")
        .secret(),
    Key::new("admin_token")
        .variable("TRACESNAP_MOCK_ADMIN_TOKEN")
        .takes("a text")
        .default_is("none")
        .means("what callers of `/__mock/…` must send to `tracesnap mock serve`")
        .secret(),
    Key::new("actor")
        .variable("TRACESNAP_ACTOR")
        .variable("USER")
        .variable("LOGNAME")
        .takes("a name")
        .default_is("nobody")
        .means("who is noted in the audit log of a library of mocks")
        .not_in_file(),
];

/// What variables of ours begin with.
const PREFIXES: [&str; 2] = ["TRACESNAP_", "SNAP_CAPTURE_"];

/// Those of the project's own tests.
const OF_TESTS: [&str; 3] = ["TRACESNAP_TEST_", "TRACESNAP_LEAK_", "TRACESNAP_UPDATE"];

/// Variables of our prefixes that nobody reads.
pub(super) fn unread(environment: &Environment) -> Vec<Error> {
    let known: Vec<_> =
        Part::ALL.iter().flat_map(|part| part.keys()).chain(&VARIABLES).flat_map(Key::variables).collect();
    let names = PREFIXES.into_iter().flat_map(|prefix| environment.names(prefix));
    let unread = names.filter(|name| !known.contains(name) && !OF_TESTS.iter().any(|own| name.starts_with(own)));
    unread
        .map(|name| {
            let alike =
                |known: &&&str| PREFIXES.iter().any(|prefix| name.starts_with(prefix) && known.starts_with(prefix));
            Error::UnknownVariable {
                name: name.to_owned(),
                meant: nearest(name, known.iter().copied()).map(Into::into),
                known: known.iter().filter(alike).map(|&name| name.to_owned()).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_of_the_file_has_its_part_and_every_setting_tells_all_of_itself() {
        assert_eq!(Part::ALL.map(Part::section), tracesnap_config::SECTIONS);
        for key in Part::ALL.iter().flat_map(|part| part.keys()).chain(&VARIABLES) {
            let told = [key.name(), key.form(), key.default_text(), key.meaning(), key.variable_name().unwrap_or("")];
            assert!(told.iter().all(|text| !text.is_empty()), "{key:?}");
        }
    }

    /// A part refuses what looks like a slip of its own variables: nobody else's may look so.
    #[test]
    fn no_part_takes_the_variables_of_another_for_its_own_misspelt() {
        for part in Part::ALL {
            let others = Part::ALL.into_iter().filter(|other| *other != part).flat_map(Part::keys).chain(&VARIABLES);
            let environment = Environment::of(others.flat_map(Key::variables).filter_map(|name| {
                // Values that every reader takes are not the matter here: only names are.
                name.starts_with("TRACESNAP_").then_some((name, "1"))
            }));
            let sources = Sources::new(part.section()).with_environment(environment);
            assert!(sources.check_near("TRACESNAP_", part.keys()).is_ok(), "{part:?}");
        }
    }
}
