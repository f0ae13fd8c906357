//! What operations were recognised as, and how much each is used.

use serde::Serialize;

use super::Database;
use super::connection::now;
use crate::Error;
use crate::patterns::Recognition;

/// What the operations of an API were recognised as.
#[derive(Clone, Debug)]
pub struct Patterns {
    database: Database,
    api: String,
}

/// An operation that is of a pattern.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StoredPattern {
    /// Its number in the database.
    pub id: i64,
    /// The operation, as in `GET /orders/{id}`.
    pub operation: String,
    /// The pattern, as in `crud`.
    pub pattern: String,
    /// How sure that is, from 0 to 1.
    pub confidence: f64,
    /// How the operation is answered, as in `template`.
    pub strategy: String,
    /// Why it is of that pattern.
    pub reasons: Vec<String>,
    /// Answers of the operation so far.
    pub usage_count: i64,
}

impl Database {
    /// What the operations of an API were recognised as.
    #[must_use]
    pub fn patterns(&self, api: &str) -> Patterns {
        Patterns { database: self.clone(), api: api.to_owned() }
    }
}

impl Patterns {
    /// Stores what was recognised. What is not recognised any more goes.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn save(&self, recognised: &[Recognition]) -> Result<(), Error> {
        let failed = |error| self.database.failed("save patterns", error);
        let at = now();
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        for recognition in recognised {
            let operation = format!("{} {}", recognition.method, recognition.path);
            for found in &recognition.patterns {
                let reasons = serde_json::to_string(&found.reasons).unwrap_or_default();
                sqlx::query(
                    "INSERT INTO mock_patterns (api, operation, pattern, confidence, strategy, reasons, usage_count, \
                     created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7) \
                     ON CONFLICT (api, operation, pattern) DO UPDATE SET confidence = excluded.confidence, \
                     strategy = excluded.strategy, reasons = excluded.reasons, updated_at = excluded.updated_at",
                )
                .bind(self.api.clone())
                .bind(operation.clone())
                .bind(found.pattern.as_str().to_owned())
                .bind(found.confidence)
                .bind(recognition.strategy.as_str().to_owned())
                .bind(reasons)
                .bind(at)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            }
        }
        let gone = sqlx::query("DELETE FROM mock_patterns WHERE api = $1 AND updated_at < $2");
        gone.bind(self.api.clone()).bind(at).execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Those that are used most.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn popular(&self, limit: u32) -> Result<Vec<StoredPattern>, Error> {
        let rows = sqlx::query(
            "SELECT id, operation, pattern, confidence, strategy, reasons, usage_count FROM mock_patterns \
             WHERE api = $1 ORDER BY usage_count DESC, operation, pattern LIMIT $2",
        )
        .bind(self.api.clone())
        .bind(i64::from(limit))
        .fetch_all(self.database.pool())
        .await
        .map_err(|error| self.database.failed("read patterns", error))?;
        let read = |row| {
            Ok(StoredPattern {
                id: self.database.read(row, "id")?,
                operation: self.database.read(row, "operation")?,
                pattern: self.database.read(row, "pattern")?,
                confidence: self.database.read(row, "confidence")?,
                strategy: self.database.read(row, "strategy")?,
                reasons: self.database.read_json(row, "reasons")?,
                usage_count: self.database.read(row, "usage_count")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
