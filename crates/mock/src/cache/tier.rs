//! What a tier does.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{CacheKey, Entry};

/// What a tier does takes time, and may fail.
pub type TierFuture<'t, T> = BoxFuture<'t, Result<T, TierError>>;

/// A place outside of the process that keeps answers. One's own is added with
/// [`CacheBuilder::tier`](super::CacheBuilder::tier).
pub trait Tier: fmt::Debug + Send + Sync {
    /// The name, as in `redis`.
    fn name(&self) -> &'static str;

    /// The entry of that key, if there is one that is not over.
    fn get<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, Option<Entry>>;

    /// Keeps an entry for that long.
    fn put<'t>(&'t self, key: &'t CacheKey, entry: &'t Entry, ttl: Duration) -> TierFuture<'t, ()>;

    /// Forgets an entry; one that is not there is no failure.
    fn remove<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, ()>;

    /// Forgets all entries with that tag; how many there were.
    fn remove_tag<'t>(&'t self, tag: &'t str) -> TierFuture<'t, u64>;

    /// Forgets all entries of mocks, and nothing else that may be kept in the same place.
    fn clear(&self) -> TierFuture<'_, ()>;

    /// How many entries there are; those that are over may be among them.
    fn size(&self) -> TierFuture<'_, u64>;
}

/// Why a tier could not do something.
#[derive(Debug)]
pub struct TierError {
    doing: &'static str,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TierError {
    /// It failed at that, as in `read an entry`.
    pub fn new(doing: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { doing, source: Some(source.into()) }
    }

    /// It took too long.
    pub(crate) fn late(doing: &'static str) -> Self {
        Self { doing, source: None }
    }

    /// With all of its causes, for a report.
    pub(crate) fn sentence(&self) -> String {
        let mut sentence = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            sentence.push_str(": ");
            sentence.push_str(&error.to_string());
            cause = error.source();
        }
        sentence
    }
}

impl fmt::Display for TierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Some(_) => write!(f, "cannot {}", self.doing),
            None => write!(f, "cannot {} in time", self.doing),
        }
    }
}

impl std::error::Error for TierError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
