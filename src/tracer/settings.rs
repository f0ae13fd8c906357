//! What a recording is set to, where the builder says nothing: by the environment, by what the program has set for all of
//! its recordings, by `tracesnap.toml`.
//!
//! The order of these places, and how the file is found, is the business of `tracesnap-config`. What a setting does is told
//! where it is set: [`TracerBuilder`].

use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

use tracesnap_config::{Effective, Error as ConfigError, FromSetting, Key, Setting, Source, Sources};
use tracing_core::LevelFilter;

use super::TracerBuilder;
use super::builder::{
    CAPACITY, DEFAULT_CAPACITY, DEFAULT_MAX_DEPTH, DEFAULT_TEXT_CAPACITY, Limits, MAX_DEPTH, TEXT_CAPACITY, VALUE_LIMIT,
};
#[cfg(feature = "file")]
use crate::file::{DEFAULT_KEEP, Saving};
use crate::filter::{Modules, Pattern, Sampling};
use crate::layer::{DEFAULT_VALUE_LIMIT, MemoryReadings, OnFull};
use crate::{Error, Policy};

/// The section of `tracesnap.toml`.
pub const SECTION: &str = "trace";

/// What variables of the environment begin with; other parts of the project have some, too.
const PREFIX: &str = "TRACESNAP_";

const MODULES: Key = Key::new("modules")
    .variable("TRACESNAP_MODULES")
    .takes("module patterns with commas, such as `shop::**,!shop::db::**`")
    .default_is("every module")
    .means("what is recorded; of the patterns that match, the last decides");
const LEVEL: Key = Key::new("level")
    .variable("TRACESNAP_LEVEL")
    .takes("a level (`off`, `error`, `warn`, `info`, `debug` or `trace`)")
    .default_is("`trace`")
    .means("this level and the more severe ones");
const SAMPLE: Key = Key::new("sample")
    .variable("TRACESNAP_SAMPLE")
    .takes("`always`, a ratio like `0.1` or `0.1@7` (with a seed), `1/10` (every tenth) or `5/s` (five a second)")
    .default_is("`always`")
    .means("which roots are kept");
const DEPTH: Key = Key::new("max_depth")
    .variable("TRACESNAP_MAX_DEPTH")
    .takes(MAX_DEPTH.expected())
    .default_is("no limit")
    .means("calls with fewer calls above them");
const ROWS: Key = Key::new("capacity")
    .variable("TRACESNAP_CAPACITY")
    .takes(CAPACITY.expected())
    .default_is("`65536`")
    .means("rows a thread may write in a session");
const TEXT: Key = Key::new("text_capacity")
    .variable("TRACESNAP_TEXT_CAPACITY")
    .takes(TEXT_CAPACITY.expected())
    .default_is("`2097152`")
    .means("bytes of field text a thread may write in a session");
const VALUE: Key = Key::new("value_limit")
    .variable("TRACESNAP_VALUE_LIMIT")
    .takes(VALUE_LIMIT.expected())
    .default_is("`1024`")
    .means("bytes of one value");
const ON_FULL: Key = Key::new("on_full")
    .variable("TRACESNAP_ON_FULL")
    .takes("`drop_newest` or `overwrite_oldest`")
    .default_is("`drop_newest`; of a layer `overwrite_oldest`")
    .means("what gives way when a thread has written that much");
const MEMORY: Key = Key::new("memory")
    .variable("TRACESNAP_MEMORY")
    .takes("`off`, `process` or `allocations`")
    .default_is("`off`")
    .means("what is read of memory while calls run");
const TIMING: Key = Key::new("timing")
    .variable("TRACESNAP_TIMING")
    .takes("`on` or `off`")
    .default_is("`on`")
    .means("whether times are taken");
const SAVE: Key = Key::new("save")
    .variable("TRACESNAP_SAVE")
    .takes("a folder")
    .default_is("none")
    .means("every guard saves its trace there, however it ends");
const SAVE_KEEP: Key = Key::new("save_keep")
    .variable("TRACESNAP_SAVE_KEEP")
    .takes(
        "what is kept: a number of files (`100`), a size (`500 MB`), an age (`7 days`), several of them with commas, or \
         `all`",
    )
    .default_is("`1000 files, 1 GiB`")
    .means("how much of that folder is kept");
const LOG: Key = Key::new("log")
    .variable("TRACESNAP_LOG")
    .takes("`off`, `warn` or `debug`")
    .default_is("what could not be saved, once")
    .means("the tracer's own diagnosis on standard error");

/// Every setting: its name in `tracesnap.toml` (section [`SECTION`]), its variable, and what it takes.
pub const KEYS: [Key; 13] =
    [MODULES, LEVEL, SAMPLE, DEPTH, ROWS, TEXT, VALUE, ON_FULL, MEMORY, TIMING, SAVE, SAVE_KEEP, LOG];

static GLOBAL: RwLock<Option<TracerBuilder>> = RwLock::new(None);

/// Makes what this builder says hold for every recording of the process that its own builder, and the environment, say
/// nothing of: settings and [`redact`](TracerBuilder::redact). Recordings that go on are left as they are. What was set
/// before is replaced.
///
/// Filter functions, `sampling_at`, `scoped` and `process_wide` belong to one recording, and are not taken over.
///
/// ```
/// use tracesnap::{Tracer, set_global_config};
///
/// set_global_config(Tracer::builder().max_depth(1));
/// let (_, trace) = Tracer::builder().trace(|| {
///     tracing::info_span!("order").in_scope(|| tracing::info_span!("item").in_scope(|| ()));
/// })?;
/// assert_eq!(trace.tree().len(), 1);
/// # Ok::<(), tracesnap::Error>(())
/// ```
pub fn set_global_config(builder: TracerBuilder) {
    *GLOBAL.write().unwrap_or_else(PoisonError::into_inner) = Some(builder);
}

/// What holds for a recording that says nothing itself, by these places and [`set_global_config`], each setting with its
/// source.
///
/// ```
/// use tracesnap::settings;
/// use tracesnap_config::{Environment, Sources};
///
/// let sources = Sources::new(settings::SECTION)
///     .with_environment(Environment::of([("TRACESNAP_SAMPLE", "1/10")]))
///     .with_file_text("tracesnap.toml", "[trace]\nmodules = [\"shop::**\"]")?;
/// let found = settings::effective(&sources)?;
/// let shown: Vec<_> = found.iter().map(|one| format!("{} = {} ({})", one.key.name(), one.value, one.source)).collect();
/// assert_eq!(shown[0], "modules = shop::** (`trace.modules` in `tracesnap.toml:2`)");
/// assert_eq!(shown[2], "sample = 1/10 (environment variable `TRACESNAP_SAMPLE`)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// A value that a setting does not take; a key of the file, or a variable, that nobody reads.
pub fn effective(sources: &Sources) -> Result<Vec<Effective>, Error> {
    sources.check_near(PREFIX, &KEYS)?;
    let found = Settings::resolve(&TracerBuilder::new(), sources, OnFull::default())?;
    let all = |modules: &Vec<String>| if modules.is_empty() { "**".to_owned() } else { modules.join(",") };
    let depth = |depth: &usize| if *depth == DEFAULT_MAX_DEPTH { "none".to_owned() } else { depth.to_string() };
    let memory = |memory: &MemoryReadings| match memory {
        MemoryReadings::Off => "off".to_owned(),
        MemoryReadings::Process => "process".to_owned(),
        MemoryReadings::Allocations => "allocations".to_owned(),
    };
    let on_full = |on_full: &OnFull| match on_full {
        OnFull::DropNewest => "drop_newest".to_owned(),
        OnFull::OverwriteOldest => "overwrite_oldest".to_owned(),
    };
    let timing = |timed: &bool| if *timed { "on".to_owned() } else { "off".to_owned() };
    let as_text = |key: &Key, default: &str| {
        let setting = sources.resolve_text(key, None, None, default.to_owned(), |text| Some(text.to_owned()))?;
        Ok::<_, Error>(Effective::of(key, &setting, Clone::clone))
    };
    #[cfg(feature = "file")]
    let _ = keep(sources)?;
    Ok(vec![
        Effective::of(&MODULES, &found.modules, all),
        Effective::of(&LEVEL, &found.max_level, LevelFilter::to_string),
        Effective::of(&SAMPLE, &found.sampling, Sampling::to_string),
        Effective::of(&DEPTH, &found.max_depth, depth),
        Effective::of(&ROWS, &found.capacity, usize::to_string),
        Effective::of(&TEXT, &found.text_capacity, usize::to_string),
        Effective::of(&VALUE, &found.value_limit, usize::to_string),
        Effective::of(&ON_FULL, &found.on_full, on_full),
        Effective::of(&MEMORY, &found.memory, memory),
        Effective::of(&TIMING, &found.timing, timing),
        as_text(&SAVE, "none")?,
        as_text(&SAVE_KEEP, "1000 files, 1 GiB")?,
        as_text(&LOG, "unset")?,
    ])
}

/// What holds for one recording, each with the place it came from.
pub(super) struct Settings {
    pub(super) modules: Setting<Vec<String>>,
    pub(super) max_level: Setting<LevelFilter>,
    pub(super) max_depth: Setting<usize>,
    pub(super) capacity: Setting<usize>,
    pub(super) text_capacity: Setting<usize>,
    pub(super) value_limit: Setting<usize>,
    pub(super) on_full: Setting<OnFull>,
    pub(super) sampling: Setting<Sampling>,
    pub(super) memory: Setting<MemoryReadings>,
    pub(super) timing: Setting<bool>,
    pub(super) policy: Policy,
}

/// The environment of the process, and the file that holds for its current folder.
pub(super) fn process() -> Result<Sources, Error> {
    let sources = Sources::process(SECTION)?;
    sources.check_near(PREFIX, &KEYS)?;
    Ok(sources)
}

impl Settings {
    /// Asks builder, environment, what the program has set, file and defaults.
    pub(super) fn resolve(set: &TracerBuilder, sources: &Sources, on_full: OnFull) -> Result<Self, Error> {
        let global = GLOBAL.read().unwrap_or_else(PoisonError::into_inner);
        let unset = TracerBuilder::default();
        let global = global.as_ref().unwrap_or(&unset);
        let ask = Asking { sources };
        Ok(Self {
            modules: ask.modules(set, global)?,
            max_level: ask.parsed(&LEVEL, set.max_level, global.max_level, LevelFilter::TRACE)?,
            max_depth: ask.number(&DEPTH, set.max_depth, global.max_depth, DEFAULT_MAX_DEPTH, &MAX_DEPTH)?,
            capacity: ask.number(&ROWS, set.capacity, global.capacity, DEFAULT_CAPACITY, &CAPACITY)?,
            text_capacity: ask.number(
                &TEXT,
                set.text_capacity,
                global.text_capacity,
                DEFAULT_TEXT_CAPACITY,
                &TEXT_CAPACITY,
            )?,
            value_limit: ask.number(&VALUE, set.value_limit, global.value_limit, DEFAULT_VALUE_LIMIT, &VALUE_LIMIT)?,
            on_full: ask.parsed(&ON_FULL, set.on_full, global.on_full, on_full)?,
            sampling: ask.parsed(&SAMPLE, set.sampling.clone(), global.sampling.clone(), Sampling::always())?,
            memory: ask.parsed(&MEMORY, set.memory, global.memory, MemoryReadings::Off)?,
            timing: ask.by(&TIMING, set.timing, global.timing, true, bool::from_text)?,
            policy: match set.policy.as_ref().or(global.policy.as_ref()) {
                Some(policy) => policy.clone(),
                None => tracesnap_redact::settings::policy(sources)?,
            },
        })
    }
}

struct Asking<'s> {
    sources: &'s Sources,
}

impl Asking<'_> {
    /// An error that stands in the environment is told by its variable, as users know it.
    fn by<T>(
        &self,
        key: &Key,
        set: Option<T>,
        global: Option<T>,
        default: T,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Setting<T>, Error> {
        self.sources.resolve_text(key, set, global, default, read).map_err(|error| match error {
            ConfigError::Value { found, source: Source::Environment { variable }, .. } => {
                let name = key.variables().find(|name| *name == variable).unwrap_or(key.name());
                Error::Setting { name, found, expected: key.form() }
            }
            other => Error::Config(other),
        })
    }

    fn parsed<T: FromStr>(
        &self,
        key: &Key,
        set: Option<T>,
        global: Option<T>,
        default: T,
    ) -> Result<Setting<T>, Error> {
        self.by(key, set, global, default, |text| text.parse().ok())
    }

    fn number(
        &self,
        key: &Key,
        set: Option<usize>,
        global: Option<usize>,
        default: usize,
        limits: &Limits,
    ) -> Result<Setting<usize>, Error> {
        self.by(key, set, global, default, |text| limits.read(key.name(), text).ok())
    }

    /// An error says where the pattern stands, since it may not be in the program.
    fn modules(&self, set: &TracerBuilder, global: &TracerBuilder) -> Result<Setting<Vec<String>>, Error> {
        if let Some(value) = set.modules.clone() {
            return Ok(Setting { value, source: Source::Attribute });
        }
        // As a text first: a pattern may have commas of its own.
        let unread = |text: &str| Some(vec![text.to_owned()]);
        let found = self.by(&MODULES, None, global.modules.clone(), Vec::new(), unread)?;
        let place = match &found.source {
            Source::Environment { variable } => format!("`{variable}`"),
            Source::File { .. } => found.source.to_string(),
            _ => return Ok(found),
        };
        match found.value.concat().parse::<Modules>() {
            Ok(modules) => {
                let value = modules.patterns().iter().map(Pattern::to_string).collect();
                Ok(Setting { value, source: found.source })
            }
            Err(Error::Pattern { pattern, reason }) => {
                Err(Error::Pattern { pattern, reason: format!("{reason}; it stands in {place}") })
            }
            Err(other) => Err(other),
        }
    }
}

/// What [`SAVE_KEEP`] keeps.
#[cfg(feature = "file")]
fn keep(sources: &Sources) -> Result<tracesnap_store::Retention, Error> {
    Ok(Asking { sources }.parsed(&SAVE_KEEP, None, None, DEFAULT_KEEP)?.value)
}

/// Where traces of guards are to be saved, and how much is kept of them there.
#[cfg(feature = "file")]
pub(super) fn saving(sources: &Sources) -> Result<Option<Saving>, Error> {
    let keep = keep(sources)?;
    // A path need not be text.
    let by_variable = std::env::var_os("TRACESNAP_SAVE").filter(|dir| !dir.is_empty());
    let dir = match by_variable {
        Some(dir) => Some(dir.into()),
        None => sources.resolve(&SAVE, None, None, None::<std::path::PathBuf>)?.value,
    };
    Ok(dir.map(|dir| Saving::new(dir, keep)))
}

/// What the diagnosis is set to, where anybody says so.
pub(super) fn log() -> Option<String> {
    let none = |sources: Sources| sources.resolve(&LOG, None, None, None::<String>).ok()?.value;
    // A file that cannot be read is an error of whoever starts a recording.
    Sources::process(SECTION).ok().and_then(none)
}
