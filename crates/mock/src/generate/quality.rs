//! How much is made of an answer.

use std::fmt;
use std::str::FromStr;

/// How rich an answer is. Default: [`Quality::Realistic`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quality {
    /// What the schema requires, and little more: small, and fast to make.
    Basic,
    /// As a service would answer: optional properties are there, and values agree with each other.
    #[default]
    Realistic,
    /// As a service answers after years: longer lists, rarer values, `null` where it may be.
    Production,
    /// What was recorded, where something was; else as [`Quality::Realistic`].
    Exact,
}

/// A quality that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownQuality {
    found: String,
}

impl Quality {
    /// All, poorest first.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Realistic, Self::Production, Self::Exact];

    /// Its name, as settings have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Realistic => "realistic",
            Self::Production => "production",
            Self::Exact => "exact",
        }
    }

    /// The quality of that name, capitals or not.
    ///
    /// # Errors
    /// There is none; the message lists all.
    pub fn parse(text: &str) -> Result<Self, UnknownQuality> {
        let found = text.trim();
        let known = Self::ALL.into_iter().find(|quality| quality.as_str().eq_ignore_ascii_case(found));
        known.ok_or_else(|| UnknownQuality { found: found.chars().take(100).collect() })
    }
}

impl FromStr for Quality {
    type Err = UnknownQuality;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for UnknownQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Quality::ALL.map(Quality::as_str).join(", ");
        write!(f, "unknown quality `{}`; expected one of {names}", self.found)
    }
}

impl std::error::Error for UnknownQuality {}
