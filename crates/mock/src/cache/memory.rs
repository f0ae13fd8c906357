//! The tier in this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;

use super::{CacheKey, Entry};

/// Answers in memory: the least used one goes where there are too many.
#[derive(Clone, Debug)]
pub struct MemoryTier {
    entries: Cache<CacheKey, Arc<Entry>>,
}

/// Each entry has its own time to live: a promoted one what is left of it.
struct ByEntry;

impl Expiry<CacheKey, Arc<Entry>> for ByEntry {
    fn expire_after_create(&self, _: &CacheKey, entry: &Arc<Entry>, _: Instant) -> Option<Duration> {
        Some(entry.left().unwrap_or_default()).filter(|left| *left < Duration::MAX)
    }

    fn expire_after_update(
        &self,
        _: &CacheKey,
        entry: &Arc<Entry>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.left().unwrap_or_default()).filter(|left| *left < Duration::MAX)
    }
}

impl MemoryTier {
    /// Holds that many entries.
    #[must_use]
    pub fn new(max_entries: u64) -> Self {
        Self { entries: Cache::builder().max_capacity(max_entries).expire_after(ByEntry).build() }
    }

    pub(crate) fn get(&self, key: &CacheKey) -> Option<Arc<Entry>> {
        // What is over is not given out, even where the clock of the process was set.
        self.entries.get(key).filter(|entry| entry.left().is_some())
    }

    pub(crate) fn put(&self, key: CacheKey, entry: Arc<Entry>) {
        self.entries.insert(key, entry);
    }

    pub(crate) fn remove(&self, key: &CacheKey) {
        self.entries.invalidate(key);
    }

    pub(crate) fn remove_tag(&self, tag: &str) -> u64 {
        let tagged: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.tags.iter().any(|one| one == tag))
            .map(|(key, _)| *key)
            .collect();
        tagged.iter().for_each(|key| self.entries.invalidate(key));
        tagged.len() as u64
    }

    pub(crate) fn clear(&self) {
        self.entries.invalidate_all();
    }

    pub(crate) fn size(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.entry_count()
    }
}
