//! Where a process runs, and what that means where nobody says more.

use std::fmt;

use tracesnap_config::FromSetting;
use tracesnap_record::{Mode, OnMiss};

use super::CacheStrategy;
use crate::generate::Quality;

/// Where a process runs. Default: [`MockEnvironment::Development`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MockEnvironment {
    /// At somebody's desk: small answers, from the document alone.
    #[default]
    Development,
    /// In tests: what is stored, then the service, then the document.
    Testing,
    /// Beside real services, whose answers are recorded.
    Staging,
    /// In tests of the whole, which play back what was recorded.
    Integration,
    /// Where real services answer, and mocks do not.
    Production,
}

/// What holds in an environment where nobody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preset {
    /// Who answers.
    pub mode: Mode,
    /// How rich answers are.
    pub quality: Quality,
    /// Which tiers keep answers.
    pub cache_strategy: CacheStrategy,
}

impl MockEnvironment {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Development, Self::Testing, Self::Staging, Self::Integration, Self::Production];

    /// The name, as in `testing`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Testing => "testing",
            Self::Staging => "staging",
            Self::Integration => "integration",
            Self::Production => "production",
        }
    }

    /// What holds there where nobody says otherwise.
    ///
    /// | environment | mode | quality | cache |
    /// |---|---|---|---|
    /// | `development` | `mock` | `basic` | `memory` |
    /// | `testing` | `hybrid:forward` | `realistic` | `hybrid` |
    /// | `staging` | `record` | `production` | `database` |
    /// | `integration` | `playback` | `exact` | `database` |
    /// | `production` | `real` (`disabled`) | `exact` | `redis` |
    #[must_use]
    pub fn preset(self) -> Preset {
        let (mode, quality, cache_strategy) = match self {
            Self::Development => (Mode::Mock, Quality::Basic, CacheStrategy::Memory),
            Self::Testing => (Mode::Hybrid(OnMiss::Forward), Quality::Realistic, CacheStrategy::Hybrid),
            Self::Staging => (Mode::Record, Quality::Production, CacheStrategy::Database),
            Self::Integration => (Mode::Playback, Quality::Exact, CacheStrategy::Database),
            Self::Production => (Mode::Real, Quality::Exact, CacheStrategy::Redis),
        };
        Preset { mode, quality, cache_strategy }
    }
}

impl fmt::Display for MockEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromSetting for MockEnvironment {
    const EXPECTED: &'static str = "`development`, `testing`, `staging`, `integration` or `production`";

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text))
    }
}

impl FromSetting for Quality {
    const EXPECTED: &'static str = "`basic`, `realistic`, `production` or `exact`";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}
