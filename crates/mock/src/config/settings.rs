//! All settings of a process, resolved.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tracesnap_config::{Effective, FileValue, FromSetting, Key, Setting, Source, Sources};
use tracesnap_record::Mode;

use super::{CacheStrategy, MockEnvironment};
use crate::Error;
use crate::generate::Quality;

/// The section of `tracesnap.toml`.
pub const SECTION: &str = "mock";

const MODE: Key = Key::new("mode")
    .variable("TRACESNAP_MOCK_MODE")
    .variable(tracesnap_record::mode::TEST_MODE)
    .variable(tracesnap_record::mode::MOCK_MODE)
    .takes("a mode: `disabled`, `mock_only`, `hybrid:mock`, `record`, `playback`, and all others of recordings")
    .default_is("that of the environment's preset")
    .means("who answers");
const ENVIRONMENT: Key = Key::new("environment")
    .variable("TRACESNAP_MOCK_ENVIRONMENT")
    .variable("MOCK_ENVIRONMENT")
    .takes(MockEnvironment::EXPECTED)
    .default_is("`development`")
    .means("where the process runs: a preset of the others");
const QUALITY: Key = Key::new("quality")
    .variable("TRACESNAP_MOCK_QUALITY")
    .variable("MOCK_QUALITY")
    .takes(Quality::EXPECTED)
    .default_is("that of the environment's preset")
    .means("how rich answers are");
const AUTO_DETECT: Key = Key::new("auto_detect")
    .variable("TRACESNAP_MOCK_AUTO_DETECT")
    .variable("MOCK_AUTO_DETECT")
    .takes(bool::EXPECTED)
    .default_is("`true`")
    .means("whether operations are recognised; without, none remembers what was created");
const CACHE_ENABLED: Key = Key::new("cache_enabled")
    .variable("TRACESNAP_MOCK_CACHE_ENABLED")
    .variable("MOCK_CACHE_ENABLED")
    .takes(bool::EXPECTED)
    .default_is("`true`")
    .means("whether answers are kept");
const CACHE_STRATEGY: Key = Key::new("cache_strategy")
    .variable("TRACESNAP_CACHE_STRATEGY")
    .variable("CACHE_STRATEGY")
    .takes(CacheStrategy::EXPECTED)
    .default_is("that of the environment's preset")
    .means("where answers are kept");
const CACHE_TTL: Key = Key::new("cache_ttl")
    .variable("TRACESNAP_CACHE_TTL")
    .variable("CACHE_TTL")
    .takes(Ttl::EXPECTED)
    .default_is("`3600`")
    .means("how long answers are kept");
const REDIS_URL: Key = Key::new("redis_url")
    .variable("TRACESNAP_MOCK_REDIS_URL")
    .variable("MOCK_REDIS_URL")
    .takes("`redis://HOST:PORT`")
    .default_is("`redis://127.0.0.1:6379`")
    .means("Redis or Valkey");
const DATABASE_URL: Key = Key::new("database_url")
    .variable("TRACESNAP_MOCK_DATABASE_URL")
    .variable("MOCK_DATABASE_URL")
    .takes("`sqlite:PATH` or `postgres://…`")
    .default_is("`sqlite:target/tracesnap/mock.sqlite`")
    .means("the database");

/// Every setting: its name in the section [`SECTION`] of `tracesnap.toml`, its variables, and what it takes.
pub const KEYS: [Key; 9] =
    [MODE, ENVIRONMENT, QUALITY, AUTO_DETECT, CACHE_ENABLED, CACHE_STRATEGY, CACHE_TTL, REDIS_URL, DATABASE_URL];

static GLOBAL: RwLock<MockConfigBuilder> = RwLock::new(MockConfigBuilder::new());

/// Makes these settings hold for the whole process, where neither a builder nor the environment says others, for what is
/// resolved from now on by [`MockConfig::from_env`]. What was set before is replaced.
///
/// ```
/// use tracesnap_mock::config::{MockConfig, set_global_config};
///
/// set_global_config(MockConfig::builder().auto_detect(false));
/// # if std::env::var_os("MOCK_AUTO_DETECT").is_none() {
/// assert!(!MockConfig::from_env()?.auto_detect);
/// # }
/// # Ok::<(), tracesnap_mock::Error>(())
/// ```
pub fn set_global_config(config: MockConfigBuilder) {
    *GLOBAL.write().unwrap_or_else(PoisonError::into_inner) = config;
}

/// What holds by these places, each setting with its source. Passwords in URLs are left out.
///
/// # Errors
/// As [`MockConfigBuilder::resolve`]; for a variable that looks like one of ours, misspelt.
pub fn effective(sources: &Sources) -> Result<Vec<Effective>, Error> {
    sources.check_near("TRACESNAP_", &KEYS)?;
    let config = MockConfig::builder().resolve(sources)?;
    let described: BTreeMap<_, _> = config.describe().into_iter().collect();
    let one = |key: &Key| {
        let value = described.get(key.name()).cloned().unwrap_or_default();
        Effective::of(key, &Setting { value, source: config.source(key.name()).clone() }, Clone::clone)
    };
    Ok(KEYS.iter().map(one).collect())
}

/// The settings that [`MockConfig`] has, by name.
pub const SETTINGS: [&str; 9] = [
    "mode",
    "environment",
    "quality",
    "auto_detect",
    "cache_enabled",
    "cache_strategy",
    "cache_ttl",
    "redis_url",
    "database_url",
];

/// How mocks are used in a process: see the table of [`config`](crate::config).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockConfig {
    /// Who answers. Default: that of the environment's preset.
    pub mode: Mode,
    /// Where the process runs. Default: [`MockEnvironment::Development`].
    pub environment: MockEnvironment,
    /// How rich answers are. Default: that of the environment's preset.
    pub quality: Quality,
    /// Whether operations are recognised: without, none remembers what was created, and schemas alone count. Default: yes.
    pub auto_detect: bool,
    /// Whether answers are kept. Default: yes.
    pub cache_enabled: bool,
    /// Where answers are kept. Default: that of the environment's preset.
    pub cache_strategy: CacheStrategy,
    /// How long. Default: [`MockConfig::DEFAULT_CACHE_TTL`].
    pub cache_ttl: Duration,
    /// Redis or Valkey. Default: [`MockConfig::DEFAULT_REDIS_URL`].
    pub redis_url: String,
    /// The database. Default: [`MockConfig::DEFAULT_DATABASE_URL`].
    pub database_url: String,
    origins: Vec<(&'static str, Source)>,
}

/// Says settings at the place itself: they win over every other place.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is resolved until `resolve`"]
pub struct MockConfigBuilder {
    mode: Option<Mode>,
    environment: Option<MockEnvironment>,
    quality: Option<Quality>,
    auto_detect: Option<bool>,
    cache_enabled: Option<bool>,
    cache_strategy: Option<CacheStrategy>,
    cache_ttl: Option<Duration>,
    redis_url: Option<String>,
    database_url: Option<String>,
    stored: BTreeMap<String, String>,
    global: Option<Box<MockConfigBuilder>>,
}

impl MockConfig {
    /// An hour.
    pub const DEFAULT_CACHE_TTL: Duration = Duration::from_secs(3_600);
    /// This machine, the usual port.
    pub const DEFAULT_REDIS_URL: &'static str = "redis://127.0.0.1:6379";
    /// A file in the folder of what is built.
    pub const DEFAULT_DATABASE_URL: &'static str = "sqlite:target/tracesnap/mock.sqlite";

    /// Says settings at the place itself. Default: none.
    pub fn builder() -> MockConfigBuilder {
        MockConfigBuilder::default()
    }

    /// The settings of this process, by its environment and `tracesnap.toml`.
    ///
    /// # Errors
    /// As [`MockConfigBuilder::resolve`]; if `tracesnap.toml` cannot be read.
    pub fn from_env() -> Result<Self, Error> {
        let global = GLOBAL.read().unwrap_or_else(PoisonError::into_inner).clone();
        let sources = Sources::process(SECTION)?;
        sources.check_near("TRACESNAP_", &KEYS)?;
        Self::builder().global(global).resolve(&sources)
    }

    /// Where a setting comes from; [`Source::Default`] for a preset, what the database holds, and whatever was changed since.
    #[must_use]
    pub fn source(&self, setting: &str) -> &Source {
        self.origins.iter().find(|(name, _)| *name == setting).map_or(&Source::Default, |(_, source)| source)
    }

    /// Whether anybody said anything, be it in the builder, the environment or the file.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        self.origins.iter().any(|(_, source)| *source != Source::Default)
    }

    /// The settings as text, by name. Passwords in URLs are left out.
    #[must_use]
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        vec![
            ("mode", self.mode.to_string()),
            ("environment", self.environment.to_string()),
            ("quality", self.quality.to_string()),
            ("auto_detect", self.auto_detect.to_string()),
            ("cache_enabled", self.cache_enabled.to_string()),
            ("cache_strategy", self.cache_strategy.to_string()),
            ("cache_ttl", format!("{} s", self.cache_ttl.as_secs_f64())),
            ("redis_url", without_password(&self.redis_url)),
            ("database_url", without_password(&self.database_url)),
        ]
    }
}

impl Default for MockConfig {
    /// As the preset of [`MockEnvironment::Development`] has it; nothing is read.
    fn default() -> Self {
        let environment = MockEnvironment::default();
        let preset = environment.preset();
        Self {
            mode: preset.mode,
            environment,
            quality: preset.quality,
            auto_detect: true,
            cache_enabled: true,
            cache_strategy: preset.cache_strategy,
            cache_ttl: Self::DEFAULT_CACHE_TTL,
            redis_url: Self::DEFAULT_REDIS_URL.to_owned(),
            database_url: Self::DEFAULT_DATABASE_URL.to_owned(),
            origins: Vec::new(),
        }
    }
}

impl MockConfigBuilder {
    const fn new() -> Self {
        Self {
            mode: None,
            environment: None,
            quality: None,
            auto_detect: None,
            cache_enabled: None,
            cache_strategy: None,
            cache_ttl: None,
            redis_url: None,
            database_url: None,
            stored: BTreeMap::new(),
            global: None,
        }
    }

    /// What the program has set for all: it wins over the file and what comes after it. Default: nothing.
    pub fn global(self, global: Self) -> Self {
        Self { global: Some(Box::new(global)), ..self }
    }

    /// As [`MockConfig::mode`].
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode: Some(mode), ..self }
    }

    /// As [`MockConfig::environment`].
    pub fn environment(self, environment: MockEnvironment) -> Self {
        Self { environment: Some(environment), ..self }
    }

    /// As [`MockConfig::quality`].
    pub fn quality(self, quality: Quality) -> Self {
        Self { quality: Some(quality), ..self }
    }

    /// As [`MockConfig::auto_detect`].
    pub fn auto_detect(self, auto_detect: bool) -> Self {
        Self { auto_detect: Some(auto_detect), ..self }
    }

    /// As [`MockConfig::cache_enabled`].
    pub fn cache_enabled(self, enabled: bool) -> Self {
        Self { cache_enabled: Some(enabled), ..self }
    }

    /// As [`MockConfig::cache_strategy`].
    pub fn cache_strategy(self, strategy: CacheStrategy) -> Self {
        Self { cache_strategy: Some(strategy), ..self }
    }

    /// As [`MockConfig::cache_ttl`].
    pub fn cache_ttl(self, ttl: Duration) -> Self {
        Self { cache_ttl: Some(ttl), ..self }
    }

    /// As [`MockConfig::redis_url`].
    pub fn redis_url(self, url: impl Into<String>) -> Self {
        Self { redis_url: Some(url.into()), ..self }
    }

    /// As [`MockConfig::database_url`].
    pub fn database_url(self, url: impl Into<String>) -> Self {
        Self { database_url: Some(url.into()), ..self }
    }

    /// What the database holds for the environment, by name of the setting: it wins over presets and defaults only.
    /// `environment`, `redis_url` and `database_url` cannot be said there. Default: nothing.
    pub fn stored(self, settings: BTreeMap<String, String>) -> Self {
        Self { stored: settings, ..self }
    }

    /// The settings, from the first place that has each of them.
    ///
    /// # Errors
    /// [`Error::Setting`] and [`Error::Record`] for a value that makes no sense, with what would; for a key of `[mock]` that
    /// nobody reads.
    pub fn resolve(self, sources: &Sources) -> Result<MockConfig, Error> {
        if let Some(file) = sources.file() {
            file.check_sections()?;
            file.check(SECTION, &SETTINGS)?;
        }
        let mut origins = Vec::with_capacity(SETTINGS.len());
        let global = self.global.map_or_else(Self::new, |global| *global);
        let mut from = Resolver { sources, stored: &self.stored, origins: &mut origins };
        let environment =
            from.setting(&ENVIRONMENT, self.environment, global.environment, MockEnvironment::default())?;
        let preset = environment.preset();
        let mode = from.mode(self.mode, global.mode, preset.mode)?;
        let quality = from.setting(&QUALITY, self.quality, global.quality, preset.quality)?;
        let auto_detect = from.setting(&AUTO_DETECT, self.auto_detect, global.auto_detect, true)?;
        let cache_enabled = from.setting(&CACHE_ENABLED, self.cache_enabled, global.cache_enabled, true)?;
        let cache_strategy =
            from.setting(&CACHE_STRATEGY, self.cache_strategy, global.cache_strategy, preset.cache_strategy)?;
        let ttl = Ttl(MockConfig::DEFAULT_CACHE_TTL);
        let ttl = from.setting(&CACHE_TTL, self.cache_ttl.map(Ttl), global.cache_ttl.map(Ttl), ttl)?;
        let redis_url = MockConfig::DEFAULT_REDIS_URL.to_owned();
        let redis_url = from.setting(&REDIS_URL, self.redis_url, global.redis_url, redis_url)?;
        let database_url = MockConfig::DEFAULT_DATABASE_URL.to_owned();
        let database_url = from.setting(&DATABASE_URL, self.database_url, global.database_url, database_url)?;
        Ok(MockConfig {
            mode,
            environment,
            quality,
            auto_detect,
            cache_enabled,
            cache_strategy,
            cache_ttl: ttl.0,
            redis_url,
            database_url,
            origins,
        })
    }
}

/// Checks a value that the database is to hold for an environment, and says how it is written.
///
/// # Errors
/// There is no such setting, or it cannot be said there, or it does not take the value.
#[cfg(feature = "database")]
pub(crate) fn checked(setting: &str, value: &str) -> Result<String, Error> {
    let known = SETTINGS.iter().find(|name| **name == setting && !FIXED.contains(name));
    let Some(name) = known else {
        let known: Vec<_> = SETTINGS.into_iter().filter(|name| !FIXED.contains(name)).collect();
        return Err(Error::UnknownSetting { found: setting.to_owned(), known });
    };
    let config = MockConfig::builder().stored(BTreeMap::from([(setting.to_owned(), value.to_owned())]));
    let config = config.resolve(&Sources::new("mock"))?;
    let described = config.describe().into_iter().find(|(one, _)| one == name).map(|(_, text)| text);
    Ok(described.unwrap_or_default())
}

/// What the database cannot say: where it is, and where we are.
const FIXED: [&str; 3] = ["environment", "redis_url", "database_url"];

struct Resolver<'r> {
    sources: &'r Sources,
    stored: &'r BTreeMap<String, String>,
    origins: &'r mut Vec<(&'static str, Source)>,
}

impl Resolver<'_> {
    fn setting<T: FromSetting>(
        &mut self,
        key: &Key,
        builder: Option<T>,
        global: Option<T>,
        preset: T,
    ) -> Result<T, Error> {
        let found = self.sources.resolve(key, builder, global, preset)?;
        self.keep(key.name(), found)
    }

    fn mode(&mut self, builder: Option<Mode>, global: Option<Mode>, preset: Mode) -> Result<Mode, Error> {
        let found = match (builder, self.sources.variable(&MODE), global) {
            // The variable of mocks alone; those of recordings read themselves, and say what modes there are.
            (None, Some((variable, text)), _) if Some(variable) == MODE.variable_name() => {
                Setting { value: text.parse()?, source: Source::Environment { variable: variable.to_owned() } }
            }
            (None, None, Some(value)) => Setting { value, source: Source::Global },
            _ => Mode::resolve(self.sources, builder)?,
        };
        let found = if found.source == Source::Default { Setting { value: preset, ..found } } else { found };
        self.keep("mode", found)
    }

    /// What the database holds stands between the file and the preset.
    fn keep<T: FromSetting>(&mut self, name: &'static str, found: Setting<T>) -> Result<T, Error> {
        let mut value = found.value;
        if found.source == Source::Default
            && !FIXED.contains(&name)
            && let Some(text) = self.stored.get(name)
        {
            let wrong = || tracesnap_config::Error::Value {
                name: name.to_owned(),
                found: text.clone(),
                expected: T::EXPECTED,
                source: Source::Global,
            };
            value = T::from_text(text.trim()).ok_or_else(wrong)?;
        }
        self.origins.push((name, found.source));
        Ok(value)
    }
}

/// A time that is a number of seconds where it has no unit.
struct Ttl(Duration);

impl FromSetting for Ttl {
    const EXPECTED: &'static str = "a whole number of seconds from 1, or a time such as `500 ms` or `10 min`";

    fn from_text(text: &str) -> Option<Self> {
        let seconds = u64::from_text(text).map(Duration::from_secs);
        seconds.or_else(|| Duration::from_text(text)).filter(|ttl| !ttl.is_zero()).map(Self)
    }

    fn from_file(value: FileValue<'_>) -> Option<Self> {
        match value {
            FileValue::Integer(seconds) => u64::try_from(seconds)
                .ok()
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Self(Duration::from_secs(seconds))),
            FileValue::Text(text) => Self::from_text(text.trim()),
            _ => None,
        }
    }
}

/// A URL that may be shown.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((who, _)) => {
            let name = who.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:…@{}", &rest[who.len() + 1..])
        }
        None => url.to_owned(),
    }
}

impl fmt::Display for MockConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self.describe().into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
        f.write_str(&all.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use tracesnap_config::Environment;

    use super::*;

    fn resolve(variables: &[(&str, &str)], file: &str, builder: MockConfigBuilder) -> Result<MockConfig, String> {
        let sources = Sources::new("mock")
            .with_environment(Environment::of(variables.iter().copied()))
            .with_file_text("tracesnap.toml", file)
            .expect("TOML");
        builder
            .resolve(&sources)
            .map_err(|error| std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string))
    }

    fn found(variables: &[(&str, &str)]) -> MockConfig {
        resolve(variables, "", MockConfig::builder()).expect("sound settings")
    }

    #[test]
    fn each_setting_is_read_by_both_of_its_names_and_the_prefixed_one_wins() {
        let plain = [
            ("MOCK_MODE", "hybrid"),
            ("MOCK_ENVIRONMENT", "staging"),
            ("MOCK_QUALITY", "exact"),
            ("MOCK_AUTO_DETECT", "false"),
            ("MOCK_CACHE_ENABLED", "false"),
            ("CACHE_STRATEGY", "redis"),
            ("CACHE_TTL", "60"),
            ("MOCK_REDIS_URL", "redis://one"),
            ("MOCK_DATABASE_URL", "sqlite:one"),
        ];
        let say = |config: &MockConfig| config.describe().into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        let plainly =
            ["hybrid:forward", "staging", "exact", "false", "false", "redis", "60 s", "redis://one", "sqlite:one"];
        assert_eq!(say(&found(&plain)), plainly);
        let over = [
            ("TRACESNAP_MOCK_MODE", "mock_only"),
            ("TRACESNAP_MOCK_ENVIRONMENT", "testing"),
            ("TRACESNAP_MOCK_QUALITY", "basic"),
            ("TRACESNAP_MOCK_AUTO_DETECT", "true"),
            ("TRACESNAP_MOCK_CACHE_ENABLED", "yes"),
            ("TRACESNAP_CACHE_STRATEGY", "Hybrid"),
            ("TRACESNAP_CACHE_TTL", "10 min"),
            ("TRACESNAP_MOCK_REDIS_URL", "redis://two"),
            ("TRACESNAP_MOCK_DATABASE_URL", "sqlite:two"),
        ];
        let both: Vec<_> = plain.into_iter().chain(over).collect();
        let config = found(&both);
        let prefixed = ["mock", "testing", "basic", "true", "true", "hybrid", "600 s", "redis://two", "sqlite:two"];
        assert_eq!(say(&config), prefixed);
        assert_eq!(config.source("cache_ttl").to_string(), "environment variable `TRACESNAP_CACHE_TTL`");
    }

    #[test]
    fn an_environment_brings_its_preset_and_whoever_says_more_wins_over_it() {
        let preset = |environment: &str| {
            let config = found(&[("MOCK_ENVIRONMENT", environment)]);
            format!("{} {} {}", config.mode, config.quality, config.cache_strategy)
        };
        assert_eq!(preset("development"), "mock basic memory");
        assert_eq!(preset("testing"), "hybrid:forward realistic hybrid");
        assert_eq!(preset("staging"), "record production database");
        assert_eq!(preset("integration"), "playback exact database");
        assert_eq!(preset("production"), "real exact redis");
        let file = "[mock]\nquality = \"realistic\"\ncache_ttl = 5";
        let stored =
            BTreeMap::from([("quality".to_owned(), "exact".to_owned()), ("mode".to_owned(), "playback".to_owned())]);
        let builder = || MockConfig::builder().stored(stored.clone());
        let config = resolve(&[("MOCK_ENVIRONMENT", "production")], file, builder()).expect("sound");
        assert_eq!((config.quality, config.mode), (Quality::Realistic, Mode::Playback));
        assert_eq!(config.cache_ttl, Duration::from_secs(5));
        let config = resolve(&[], file, builder().quality(Quality::Production)).expect("sound");
        assert_eq!(config.quality, Quality::Production);
        assert!(config.is_chosen() && !found(&[]).is_chosen());
        assert_eq!(found(&[]), MockConfig { origins: found(&[]).origins, ..MockConfig::default() });
    }

    #[test]
    fn a_value_that_does_not_exist_is_an_error_that_lists_those_that_do() {
        let error = |variables: &[(&str, &str)]| resolve(variables, "", MockConfig::builder()).expect_err("none");
        let mode = error(&[("TRACESNAP_MOCK_MODE", "hybird")]);
        assert!(mode.contains("did you mean `hybrid`") && mode.contains("`mock_only`"), "{mode}");
        let mode = error(&[("MOCK_MODE", "x")]);
        assert!(mode.contains("`MOCK_MODE`") && mode.contains("`playback`"), "{mode}");
        assert_eq!(
            error(&[("CACHE_STRATEGY", "disk")]),
            "`cache_strategy` is `disk` (environment variable `CACHE_STRATEGY`), but takes `memory`, `redis`, `database` \
             or `hybrid`"
        );
        let wrong =
            [("MOCK_ENVIRONMENT", "live"), ("MOCK_QUALITY", "good"), ("CACHE_TTL", "0"), ("MOCK_AUTO_DETECT", "2")];
        for (variable, value) in wrong {
            let error = error(&[(variable, value)]);
            assert!(
                error.contains(&format!("is `{value}` (environment variable `{variable}`), but takes ")),
                "{error}"
            );
        }
        let unread = resolve(&[], "[mock]\nmoed = \"record\"", MockConfig::builder()).expect_err("unread");
        assert!(unread.contains("did you mean `mode`?"), "{unread}");
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(without_password("postgres://me:secret@db/mocks"), "postgres://me:…@db/mocks");
        assert_eq!(without_password("redis://127.0.0.1:6379"), "redis://127.0.0.1:6379");
        assert_eq!(without_password("redis://:p@ss@h"), "redis://:…@h");
    }
}
