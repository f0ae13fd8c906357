//! Answers that are kept for a while.

use super::Database;
use super::connection::now;
use crate::cache::{CacheKey, Entry, now as clock};

/// The rows of `mock_cache_entries`.
#[derive(Clone, Debug)]
pub(crate) struct CachedEntries {
    database: Database,
}

impl CachedEntries {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    pub(crate) async fn get(&self, key: &CacheKey) -> Result<Option<Vec<u8>>, sqlx::Error> {
        use sqlx::Row;
        let sql = "SELECT entry FROM mock_cache_entries WHERE cache_key = $1 AND expires_at > $2";
        let row = sqlx::query(sql).bind(key.to_string()).bind(now()).fetch_optional(self.database.pool()).await?;
        row.map(|row| row.try_get("entry")).transpose()
    }

    pub(crate) async fn put(&self, key: &CacheKey, entry: &Entry, bytes: Vec<u8>) -> Result<(), sqlx::Error> {
        let key = key.to_string();
        let mut transaction = self.database.pool().begin().await?;
        sqlx::query(
            "INSERT INTO mock_cache_entries (cache_key, response_id, entry, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (cache_key) DO UPDATE SET response_id = excluded.response_id, \
             entry = excluded.entry, created_at = excluded.created_at, expires_at = excluded.expires_at",
        )
        .bind(key.clone())
        .bind(entry.response_id)
        .bind(bytes)
        .bind(now())
        .bind(i64::try_from(entry.expires_at.unwrap_or_else(clock)).unwrap_or(i64::MAX))
        .execute(&mut *transaction)
        .await?;
        for tag in &entry.tags {
            let sql =
                "INSERT INTO mock_cache_tags (cache_key, tag) VALUES ($1, $2) ON CONFLICT (tag, cache_key) DO NOTHING";
            sqlx::query(sql).bind(key.clone()).bind(tag.clone()).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }

    pub(crate) async fn remove(&self, key: &CacheKey) -> Result<(), sqlx::Error> {
        let query = sqlx::query("DELETE FROM mock_cache_entries WHERE cache_key = $1").bind(key.to_string());
        query.execute(self.database.pool()).await.map(|_| ())
    }

    pub(crate) async fn remove_tag(&self, tag: &str) -> Result<u64, sqlx::Error> {
        let sql =
            "DELETE FROM mock_cache_entries WHERE cache_key IN (SELECT cache_key FROM mock_cache_tags WHERE tag = $1)";
        Ok(sqlx::query(sql).bind(tag.to_owned()).execute(self.database.pool()).await?.rows_affected())
    }

    pub(crate) async fn remove_expired(&self) -> Result<u64, sqlx::Error> {
        let query = sqlx::query("DELETE FROM mock_cache_entries WHERE expires_at <= $1").bind(now());
        Ok(query.execute(self.database.pool()).await?.rows_affected())
    }

    pub(crate) async fn clear(&self) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM mock_cache_entries").execute(self.database.pool()).await.map(|_| ())
    }

    pub(crate) async fn size(&self) -> Result<u64, sqlx::Error> {
        use sqlx::Row;
        let row =
            sqlx::query("SELECT COUNT(*) AS size FROM mock_cache_entries").fetch_one(self.database.pool()).await?;
        row.try_get::<i64, _>("size").map(|size| u64::try_from(size).unwrap_or_default())
    }
}

impl Database {
    /// How many answers are kept for a while.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn cache_size(&self) -> Result<u64, crate::Error> {
        let size = CachedEntries::new(self.clone()).size().await;
        size.map_err(|error| self.failed("count what is kept", error))
    }

    /// Forgets all answers that are kept for a while.
    ///
    /// # Errors
    /// [`crate::Error::Database`].
    pub async fn clear_cache(&self) -> Result<(), crate::Error> {
        let cleared = CachedEntries::new(self.clone()).clear().await;
        cleared.map_err(|error| self.failed("forget what is kept", error))
    }
}
