//! Which tiers keep answers.

use std::fmt;

use tracesnap_config::FromSetting;

/// The tiers that keep answers. Default: [`CacheStrategy::Memory`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheStrategy {
    /// This process.
    #[default]
    Memory,
    /// Redis or Valkey, for several processes.
    Redis,
    /// SQLite or PostgreSQL: answers outlive processes.
    Database,
    /// All that there are, the fastest first; what a slow one has moves up to the faster ones.
    Hybrid,
}

impl CacheStrategy {
    /// All, fastest first.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Redis, Self::Database, Self::Hybrid];

    /// The name, as in `memory`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Redis => "redis",
            Self::Database => "database",
            Self::Hybrid => "hybrid",
        }
    }
}

impl fmt::Display for CacheStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromSetting for CacheStrategy {
    const EXPECTED: &'static str = "`memory`, `redis`, `database` or `hybrid`";

    fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text))
    }
}
