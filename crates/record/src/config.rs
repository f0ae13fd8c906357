//! The settings of recordings by name, and what the program sets for all of them.
//!
//! In which order places are asked, and how the file is found, is the business of `tracesnap-config`; what a mode does is told
//! in [`mode`](crate::mode).

use std::fmt;
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use tracesnap_config::{Effective, Environment, Key, Setting, Source, Sources};
use tracesnap_store::Retention;

use crate::Error;
use crate::mode::{MOCK_MODE, Mode, TEST_MODE};
use crate::recorder::{CAPTURE_DIR, default_dir};

/// The section of `tracesnap.toml`.
pub const SECTION: &str = "record";

pub(crate) const MODE: Key = Key::new("mode")
    .variable(TEST_MODE)
    .variable(MOCK_MODE)
    .takes("a mode: `real`, `record`, `playback`, `hybrid:record`, `hybrid:forward`, `hybrid:fail`, `hybrid:mock`, `mock`, \
            `spy`, `verify` or `strict`")
    .default_is("`playback`")
    .means("what happens to a call of a service");
const DIR: Key = Key::new("dir")
    .variable(CAPTURE_DIR)
    .takes("a folder")
    .default_is("`tracesnap/sessions` in the user's folder for data")
    .means("where recordings lie");
const RETENTION: Key = Key::new("retention")
    .variable("TRACESNAP_RECORD_RETENTION")
    .takes("a number of files (`100`), a size (`500 MB`), an age (`7 days`), several of them with commas, or `all`")
    .default_is("`all`")
    .means("what is kept of the session files of the folder when a session ends");

/// Every setting: its name in the section [`SECTION`] of `tracesnap.toml`, its variables, and what it takes.
pub const KEYS: [Key; 3] = [MODE, DIR, RETENTION];

/// What a program sets for all its providers and recorders, by [`set_global_config`]. Builders and the environment win over
/// it; it wins over `tracesnap.toml` and the defaults.
///
/// ```
/// use tracesnap_record::config::{RecordConfig, set_global_config};
/// use tracesnap_record::{Mode, ServiceProvider};
///
/// set_global_config(RecordConfig::new().mode(Mode::Real));
/// # if std::env::var_os("TEST_MODE").is_none() && std::env::var_os("MOCK_MODE").is_none() {
/// assert_eq!(ServiceProvider::from_env()?.mode(), Mode::Real);
/// # }
/// # Ok::<(), tracesnap_record::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a configuration does nothing until it is set"]
pub struct RecordConfig {
    pub(crate) mode: Option<Mode>,
    dir: Option<PathBuf>,
    retention: Option<Retention>,
}

impl RecordConfig {
    /// A configuration that sets nothing.
    pub const fn new() -> Self {
        Self { mode: None, dir: None, retention: None }
    }

    /// What happens to a call. Default: [`Mode::Playback`].
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode: Some(mode), ..self }
    }

    /// The folder of recordings. Default: [`default_dir`].
    pub fn dir(self, dir: impl Into<PathBuf>) -> Self {
        Self { dir: Some(dir.into()), ..self }
    }

    /// What is kept of the session files of the folder. Default: everything.
    pub fn retention(self, retention: Retention) -> Self {
        Self { retention: Some(retention), ..self }
    }
}

static GLOBAL: RwLock<RecordConfig> = RwLock::new(RecordConfig::new());

/// Makes this hold for the whole process, for what is built from now on. What was set before is replaced.
pub fn set_global_config(config: RecordConfig) {
    *GLOBAL.write().unwrap_or_else(PoisonError::into_inner) = config;
}

pub(crate) fn global() -> RecordConfig {
    GLOBAL.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// The places of the process, where nobody misspelt anything.
pub(crate) fn process(environment: Option<Environment>) -> Result<Sources, Error> {
    let sources = Sources::process(SECTION)?;
    let sources = match environment {
        Some(environment) => sources.with_environment(environment),
        None => sources,
    };
    sources.check_near("TRACESNAP_", &KEYS)?;
    Ok(sources)
}

/// The folder of recordings that these places say, or else [`default_dir`].
///
/// # Errors
///
/// [`Error::Write`] where nobody says one, and there is no default.
pub fn dir(sources: &Sources) -> Result<Setting<PathBuf>, Error> {
    let said = sources.resolve(&DIR, None, global().dir.map(Some), None::<PathBuf>)?;
    match said {
        Setting { value: Some(value), source } => Ok(Setting { value, source }),
        _ => Ok(Setting { value: default_dir(sources.environment())?, source: Source::Default }),
    }
}

/// What is kept of session files.
pub(crate) fn retention(sources: &Sources) -> Result<Setting<Retention>, Error> {
    let read = |text: &str| text.parse().ok();
    Ok(sources.resolve_text(&RETENTION, None, global().retention, Retention::ALL, read)?)
}

/// What holds by these places, each setting with its source.
///
/// # Errors
///
/// A value that a setting does not take; a key of the file that nobody reads.
pub fn effective(sources: &Sources) -> Result<Vec<Effective>, Error> {
    sources.check_near("TRACESNAP_", &KEYS)?;
    Ok(vec![
        Effective::of(&MODE, &Mode::resolve(sources, None)?, Mode::to_string),
        Effective::of(&DIR, &dir(sources)?, |dir| dir.display().to_string()),
        Effective::of(&RETENTION, &retention(sources)?, Retention::to_string),
    ])
}

impl fmt::Display for RecordConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = self.mode.map(|mode| format!("mode {mode}"));
        let dir = self.dir.as_ref().map(|dir| format!("dir {}", dir.display()));
        let retention = self.retention.map(|retention| format!("retention {retention}"));
        f.write_str(&[mode, dir, retention].into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(variables: &[(&str, &str)], file: &str) -> Result<Vec<String>, String> {
        let sources = Sources::new(SECTION)
            .with_environment(Environment::of(variables.iter().copied()))
            .with_file_text("tracesnap.toml", file)
            .expect("TOML");
        let found = effective(&sources).map_err(|error| match std::error::Error::source(&error) {
            Some(source) => source.to_string(),
            None => error.to_string(),
        })?;
        Ok(found.iter().map(|one| format!("{} = {} ({})", one.key.name(), one.value, one.source)).collect())
    }

    #[test]
    fn each_setting_is_said_by_the_file_and_the_environment_wins_over_it() {
        let file = "[record]\nmode = \"spy\"\ndir = \"calls\"\nretention = 3";
        assert_eq!(
            shown(&[("TEST_CAPTURE_DIR", "/elsewhere")], file).expect("sound"),
            [
                "mode = spy (`record.mode` in `tracesnap.toml:2`)",
                "dir = /elsewhere (environment variable `TEST_CAPTURE_DIR`)",
                "retention = 3 files (`record.retention` in `tracesnap.toml:4`)",
            ]
        );
    }

    #[test]
    fn a_key_that_nobody_reads_is_an_error_with_the_one_that_was_meant() {
        let error = shown(&[("HOME", "/home/ada")], "[record]\nmodes = \"spy\"").unwrap_err();
        assert!(error.contains("did you mean `mode`?"), "{error}");
    }
}
