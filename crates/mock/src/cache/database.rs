//! The tier that outlives processes: a table of the library.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::{CacheKey, Entry, Tier, TierError, TierFuture};
use crate::database::{CachedEntries, Database};

/// Answers in the database of the library, SQLite or PostgreSQL.
#[derive(Debug)]
pub struct DatabaseTier {
    entries: CachedEntries,
    writes: AtomicU64,
}

/// Writes after which entries that are over are thrown away.
const SWEEP_EVERY: u64 = 1_000;

impl DatabaseTier {
    /// A tier there.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { entries: CachedEntries::new(database), writes: AtomicU64::new(0) }
    }
}

impl Tier for DatabaseTier {
    fn name(&self) -> &'static str {
        "database"
    }

    fn get<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, Option<Entry>> {
        Box::pin(async move {
            let found = self.entries.get(key).await;
            let found = found.map_err(|error| TierError::new("read an entry from the database", error))?;
            Ok(found.map(Bytes::from).as_ref().and_then(Entry::from_bytes))
        })
    }

    fn put<'t>(&'t self, key: &'t CacheKey, entry: &'t Entry, _: Duration) -> TierFuture<'t, ()> {
        Box::pin(async move {
            let Some(bytes) = entry.to_bytes() else { return Ok(()) };
            let failed = |error| TierError::new("keep an entry in the database", error);
            if self.writes.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
                self.entries.remove_expired().await.map_err(failed)?;
            }
            self.entries.put(key, entry, bytes.to_vec()).await.map_err(failed)
        })
    }

    fn remove<'t>(&'t self, key: &'t CacheKey) -> TierFuture<'t, ()> {
        Box::pin(async move {
            let removed = self.entries.remove(key).await;
            removed.map_err(|error| TierError::new("forget an entry in the database", error))
        })
    }

    fn remove_tag<'t>(&'t self, tag: &'t str) -> TierFuture<'t, u64> {
        Box::pin(async move {
            let removed = self.entries.remove_tag(tag).await;
            removed.map_err(|error| TierError::new("forget entries in the database by their tag", error))
        })
    }

    fn clear(&self) -> TierFuture<'_, ()> {
        Box::pin(async move {
            let cleared = self.entries.clear().await;
            cleared.map_err(|error| TierError::new("forget all entries in the database", error))
        })
    }

    fn size(&self) -> TierFuture<'_, u64> {
        Box::pin(async move {
            let size = self.entries.size().await;
            size.map_err(|error| TierError::new("count the entries in the database", error))
        })
    }
}
