//! How mocks are used in a process: the settings by name, and where each comes from.
//!
//! What a mode does to a call is for `tracesnap-record`, which has the table of them; who follows it is
//! [`Responder`](crate::responder::Responder).
//!
//! | setting | in `[mock]` of `tracesnap.toml` | variable | the same, prefixed | takes |
//! |---|---|---|---|---|
//! | mode | `mode` | `MOCK_MODE` | `TRACESNAP_MOCK_MODE` | a [`Mode`](tracesnap_record::Mode): `disabled`, `mock_only`, `hybrid` (and `hybrid:mock`, …), `record`, `playback`, … |
//! | environment | `environment` | `MOCK_ENVIRONMENT` | `TRACESNAP_MOCK_ENVIRONMENT` | a [`MockEnvironment`] |
//! | quality | `quality` | `MOCK_QUALITY` | `TRACESNAP_MOCK_QUALITY` | a [`Quality`](crate::generate::Quality) |
//! | auto_detect | `auto_detect` | `MOCK_AUTO_DETECT` | `TRACESNAP_MOCK_AUTO_DETECT` | `true` or `false` |
//! | cache_enabled | `cache_enabled` | `MOCK_CACHE_ENABLED` | `TRACESNAP_MOCK_CACHE_ENABLED` | `true` or `false` |
//! | cache_strategy | `cache_strategy` | `CACHE_STRATEGY` | `TRACESNAP_CACHE_STRATEGY` | a [`CacheStrategy`] |
//! | cache_ttl | `cache_ttl` | `CACHE_TTL` | `TRACESNAP_CACHE_TTL` | seconds from 1, or a time such as `10 min` |
//! | redis_url | `redis_url` | `MOCK_REDIS_URL` | `TRACESNAP_MOCK_REDIS_URL` | `redis://HOST:PORT` |
//! | database_url | `database_url` | `MOCK_DATABASE_URL` | `TRACESNAP_MOCK_DATABASE_URL` | `sqlite:PATH` or `postgres://…` |
//!
//! The **prefixed variable wins** over the other one, so that a variable which another program reads, too, can be
//! overruled for this one. The first of these that says something counts: the builder, the variables, what the program has set
//! ([`set_global_config`]), the file, what the database holds for the environment, the [preset](MockEnvironment::preset) of the environment. `TEST_MODE`, which
//! chooses the mode of recordings, stands between the two variables of the mode, so that a process has one mode.
//!
//! A value that makes no sense is an error that lists what would, and says where it stands.

mod environment;
mod settings;
mod strategy;
mod switch;

pub use environment::{MockEnvironment, Preset};
pub use settings::{KEYS, MockConfig, MockConfigBuilder, SECTION, SETTINGS, effective, set_global_config};
pub use strategy::CacheStrategy;
pub use switch::{Change, Switch};

#[cfg(feature = "database")]
pub(crate) use settings::checked;
#[cfg(any(feature = "database", feature = "redis"))]
pub(crate) use settings::without_password;
