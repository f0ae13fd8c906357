//! What holds for one function, after all places were asked.

use std::path::PathBuf;

use tracesnap_config::{Effective, Error as ConfigError, FromSetting, Setting, Source, Sources};
use tracesnap_store::Retention;

use super::{CaptureConfig, keys};
use crate::{Error, OnError, Options};

/// How captures lie on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// One file a capture: for projects that check some of them in.
    #[default]
    Files,
    /// Many captures a file: for high rates.
    Segments,
}

impl FromSetting for Layout {
    const EXPECTED: &'static str = "`files` or `segments`";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "files" => Some(Self::Files),
            "segments" => Some(Self::Segments),
            _ => None,
        }
    }
}

/// What holds for one function, each with the place it came from.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is described where it is set: `CaptureConfig`")]
pub struct Settings {
    pub enabled: Setting<bool>,
    pub path: Setting<PathBuf>,
    pub retention: Setting<String>,
    pub ignore_args: Setting<Vec<String>>,
    pub production_mode: Setting<bool>,
    pub sample: Setting<f64>,
    pub seed: Setting<u64>,
    pub max_bytes: Setting<u64>,
    pub background: Setting<bool>,
    pub layout: Setting<Layout>,
    pub queue: Setting<usize>,
    pub on_error: Setting<OnError>,
    pub debug_tier: Setting<bool>,
    pub no_outcome: Setting<bool>,
    pub ignore_large_objects: Setting<bool>,
    pub debug_mode: Setting<bool>,
    pub audit: Setting<bool>,
    pub encrypt: Setting<bool>,
    pub allow_plain: Setting<bool>,
    pub review: Setting<bool>,
}

impl Settings {
    /// Asks attribute, environment, configuration, file and defaults.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a value that makes no sense, with the place where it stands.
    pub fn resolve(options: &Options, sources: &Sources, config: &CaptureConfig) -> Result<Self, Error> {
        let no = None::<bool>;
        let production_mode = sources.resolve(&keys::PRODUCTION_MODE, no, config.production_mode, false)?;
        let production = production_mode.value;
        let by_mode = |production_value: bool| production == production_value;
        let number = |here: u64, there: u64| if production { there } else { here };
        let retention = options.retention.map(String::from);
        let layout = if production { Layout::Segments } else { Layout::Files };
        let default_sample = if production { 0.01 } else { 1.0 };
        let settings = Self {
            enabled: sources.resolve(&keys::ENABLED, no, config.enabled, true)?,
            path: sources.resolve(
                &keys::PATH,
                options.path.map(PathBuf::from),
                config.path.clone(),
                PathBuf::from("captures"),
            )?,
            retention: sources.resolve_text(
                &keys::RETENTION,
                retention,
                config.retention.clone(),
                number(10, 1).to_string(),
                |text| Some(text.to_owned()),
            )?,
            ignore_args: sources.resolve(&keys::IGNORE_ARGS, None, config.ignore_args.clone(), Vec::new())?,
            sample: sources.resolve(&keys::SAMPLE, options.sample, config.sample, default_sample)?,
            seed: sources.resolve(&keys::SEED, None, config.seed, fastrand::u64(..))?,
            max_bytes: sources.resolve(&keys::MAX_BYTES, options.max_bytes, config.max_bytes, number(65_536, 1_024))?,
            background: sources.resolve(&keys::BACKGROUND, options.background, config.background, by_mode(true))?,
            layout: sources.resolve(&keys::LAYOUT, None, config.layout, layout)?,
            queue: sources.resolve(&keys::QUEUE, None, config.queue, 8_192)?,
            on_error: sources.resolve(&keys::ON_ERROR, options.on_error, config.on_error, OnError::Warn)?,
            debug_tier: sources.resolve(&keys::DEBUG_TIER, None, config.debug_tier, by_mode(false))?,
            no_outcome: sources.resolve(
                &keys::NO_OUTCOME,
                options.no_outcome.then_some(true),
                config.no_outcome,
                false,
            )?,
            ignore_large_objects: sources.resolve(&keys::IGNORE_LARGE, no, config.ignore_large, by_mode(true))?,
            debug_mode: sources.resolve(&keys::DEBUG_MODE, no, config.debug_mode, false)?,
            audit: sources.resolve(&keys::AUDIT, no, config.audit, false)?,
            encrypt: sources.resolve(&keys::ENCRYPT, no, config.encrypt, false)?,
            allow_plain: sources.resolve(&keys::ALLOW_PLAIN, no, config.allow_plain, false)?,
            review: sources.resolve(&keys::REVIEW, no, config.review, false)?,
            production_mode,
        };
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&self.sample.value) {
            return Err(wrong("sample", &self.sample, "a share from 0 to 1"));
        }
        if self.retention.value.parse::<Retention>().is_err() {
            return Err(wrong(
                "retention",
                &self.retention,
                "a number of captures (`5`), a size (`1 MiB`), an age (`7 days`), several of them with commas, or `all`",
            ));
        }
        if self.encrypt.value && cfg!(not(feature = "encryption")) {
            return Err(wrong("encrypt", &self.encrypt, "`false`, or a build with the feature `encryption`"));
        }
        if self.queue.value == 0 {
            return Err(wrong("queue", &self.queue, "a number of captures from 1"));
        }
        Ok(())
    }

    /// Every setting as a text, with the place it came from.
    #[must_use]
    pub fn effective(&self) -> Vec<Effective> {
        let bool = bool::to_string;
        let layout = |layout: &Layout| match layout {
            Layout::Files => "files".to_owned(),
            Layout::Segments => "segments".to_owned(),
        };
        let on_error = |on_error: &OnError| format!("{on_error:?}").to_lowercase();
        let names = |names: &Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(",") };
        let seed = |seed: &u64| match self.seed.source {
            Source::Default => "at random".to_owned(),
            _ => seed.to_string(),
        };
        vec![
            Effective::of(&keys::ENABLED, &self.enabled, bool),
            Effective::of(&keys::PATH, &self.path, |path| path.display().to_string()),
            Effective::of(&keys::RETENTION, &self.retention, Clone::clone),
            Effective::of(&keys::IGNORE_ARGS, &self.ignore_args, names),
            Effective::of(&keys::PRODUCTION_MODE, &self.production_mode, bool),
            Effective::of(&keys::SAMPLE, &self.sample, f64::to_string),
            Effective::of(&keys::SEED, &self.seed, seed),
            Effective::of(&keys::MAX_BYTES, &self.max_bytes, u64::to_string),
            Effective::of(&keys::BACKGROUND, &self.background, bool),
            Effective::of(&keys::LAYOUT, &self.layout, layout),
            Effective::of(&keys::QUEUE, &self.queue, usize::to_string),
            Effective::of(&keys::ON_ERROR, &self.on_error, on_error),
            Effective::of(&keys::DEBUG_TIER, &self.debug_tier, bool),
            Effective::of(&keys::NO_OUTCOME, &self.no_outcome, bool),
            Effective::of(&keys::IGNORE_LARGE, &self.ignore_large_objects, bool),
            Effective::of(&keys::DEBUG_MODE, &self.debug_mode, bool),
            Effective::of(&keys::AUDIT, &self.audit, bool),
            Effective::of(&keys::ENCRYPT, &self.encrypt, bool),
            Effective::of(&keys::ALLOW_PLAIN, &self.allow_plain, bool),
            Effective::of(&keys::REVIEW, &self.review, bool),
        ]
    }

    pub(crate) fn retention(&self) -> Retention {
        // Checked when it was resolved.
        self.retention.value.parse().unwrap_or_default()
    }
}

fn wrong<T: std::fmt::Debug>(name: &str, setting: &Setting<T>, expected: &'static str) -> Error {
    ConfigError::Value {
        name: name.into(),
        found: format!("{:?}", setting.value),
        expected,
        source: setting.source.clone(),
    }
    .into()
}

/// What holds by these places where no attribute says anything, each setting with its source. What the program has set by
/// [`set_global_config`](crate::set_global_config) is [`Captures::settings`](crate::Captures::settings)'s to tell.
///
/// # Errors
///
/// [`Error::Config`] for a value that makes no sense, and for a key or variable that nobody reads.
pub fn effective(sources: &Sources) -> Result<Vec<Effective>, Error> {
    sources.check(keys::PREFIX, &keys::KEYS)?;
    Ok(Settings::resolve(&Options::NONE, sources, &CaptureConfig::new())?.effective())
}
