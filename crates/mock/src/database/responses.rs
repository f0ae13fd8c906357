//! Answers that are stored, every version of them.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;

use super::Database;
use super::audit::Entry;
use super::connection::now;
use crate::Error;
use crate::cache::hexadecimal;
use crate::versions::{Difference, Draft, Version, between};

/// The answers that are stored for an API.
#[derive(Clone, Debug)]
pub struct Responses {
    database: Database,
    api: String,
}

/// A version without its body.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    pub(crate) id: i64,
    pub(crate) operation: String,
    pub(crate) target: String,
}

const COLUMNS: &str =
    "id, operation, target, version, is_active, status, headers, body, source, author, note, created_at";

/// Attempts to be the next version, where several are stored at once.
const ATTEMPTS: u32 = 50;

impl Database {
    /// The answers that are stored for an API, named as one likes; [`Responder`](crate::responder::Responder) takes the
    /// title of the document.
    #[must_use]
    pub fn responses(&self, api: &str) -> Responses {
        Responses { database: self.clone(), api: api.to_owned() }
    }
}

impl Responses {
    /// Stores an answer as the next version, which answers from now on. What the version that answers says already is
    /// not stored again: that version is returned.
    ///
    /// # Errors
    /// [`Error::Database`]; [`Error::Form`] for a status that is none.
    pub async fn save(&self, operation: &str, draft: &Draft) -> Result<Version, Error> {
        if let Some(active) = self.active(operation, &draft.target).await?
            && hash(&Draft::from(&active)) == hash(draft)
        {
            return Ok(active);
        }
        self.add(operation, draft, "save a response").await
    }

    /// The versions for an operation and a target, newest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn versions(&self, operation: &str, target: &str) -> Result<Vec<Version>, Error> {
        self.select("operation = $2 AND target = $3 ORDER BY version DESC", &[operation, target]).await
    }

    /// All versions that answer.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn all_active(&self) -> Result<Vec<Version>, Error> {
        self.select("is_active = 1 ORDER BY operation, target", &[]).await
    }

    /// All versions, those of one operation and target together, oldest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn all(&self) -> Result<Vec<Version>, Error> {
        self.select("1 = 1 ORDER BY operation, target, version", &[]).await
    }

    /// The version that answers, if there is one.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn active(&self, operation: &str, target: &str) -> Result<Option<Version>, Error> {
        let found = self.select("operation = $2 AND target = $3 AND is_active = 1", &[operation, target]).await?;
        Ok(found.into_iter().next())
    }

    /// One version.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is none; [`Error::Database`].
    pub async fn version(&self, operation: &str, target: &str, version: i64) -> Result<Version, Error> {
        let all = self.versions(operation, target).await?;
        let newest = all.first().map_or(0, |newest| newest.version);
        all.into_iter().find(|one| one.version == version).ok_or_else(|| Error::Missing {
            what: format!("version {version} of `{operation}`"),
            hint: match newest {
                0 => "nothing is stored for it".to_owned(),
                newest => format!("there are 1 to {newest}"),
            },
        })
    }

    /// A version by its number in the database.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub(crate) async fn by_id(&self, id: i64) -> Result<Option<Version>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM mock_responses WHERE id = $1");
        let row = sqlx::query(&sql).bind(id).fetch_optional(self.database.pool()).await;
        let row = row.map_err(|error| self.database.failed("read a response", error))?;
        row.as_ref().map(|row| self.read(row)).transpose()
    }

    /// What differs between two versions.
    ///
    /// # Errors
    /// As [`version`](Self::version).
    pub async fn diff(&self, operation: &str, target: &str, from: i64, to: i64) -> Result<Vec<Difference>, Error> {
        let from = self.version(operation, target, from).await?;
        let to = self.version(operation, target, to).await?;
        Ok(between(&from, &to))
    }

    /// Stores what an older version says as the next one, which answers from now on. Nothing is lost.
    ///
    /// # Errors
    /// As [`version`](Self::version).
    pub async fn rollback(&self, operation: &str, target: &str, to: i64, author: &str) -> Result<Version, Error> {
        let old = self.version(operation, target, to).await?;
        let draft = Draft::from(&old).by(author).note(format!("as version {to}"));
        self.add(operation, &draft, "roll back").await
    }

    /// Lets no version answer any more; all are kept. Whether one did.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn retire(&self, operation: &str, target: &str, author: &str) -> Result<bool, Error> {
        let failed = |error| self.database.failed("retire a response", error);
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        let sql = "UPDATE mock_responses SET is_active = 0 \
                   WHERE api = $1 AND operation = $2 AND target = $3 AND is_active = 1";
        let query = sqlx::query(sql).bind(self.api.clone()).bind(operation.to_owned()).bind(target.to_owned());
        let did = query.execute(&mut *transaction).await.map_err(failed)?.rows_affected() > 0;
        if did {
            let subject = self.subject(operation, target);
            let entry =
                Entry { actor: author, action: "retire a response", subject: &subject, before: "answers", after: "" };
            entry.write(&mut transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(did)
    }

    /// All that answer, without their bodies; where an environment pins a version, that one.
    pub(crate) async fn heads(&self, environment: &str) -> Result<Vec<Active>, Error> {
        let sql = "SELECT id, operation, target FROM mock_responses r WHERE api = $1 AND (EXISTS (\
                       SELECT 1 FROM mock_environment_configs c WHERE c.response_id = r.id AND c.environment = $2\
                   ) OR is_active = 1 AND NOT EXISTS (\
                       SELECT 1 FROM mock_environment_configs c JOIN mock_responses p ON p.id = c.response_id \
                       WHERE c.environment = $2 AND p.api = r.api AND p.operation = r.operation AND p.target = r.target\
                   ))";
        let query = sqlx::query(sql).bind(self.api.clone()).bind(environment.to_owned());
        let rows = query.fetch_all(self.database.pool()).await;
        let rows = rows.map_err(|error| self.database.failed("list responses", error))?;
        let read = |row| {
            Ok(Active {
                id: self.database.read(row, "id")?,
                operation: self.database.read(row, "operation")?,
                target: self.database.read(row, "target")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn add(&self, operation: &str, draft: &Draft, action: &str) -> Result<Version, Error> {
        if !(100..=599).contains(&draft.status) {
            let message = format!("its status is {}, expected 100 to 599", draft.status);
            return Err(Error::Form { what: "the response", message });
        }
        let mut attempt = 1;
        loop {
            match self.try_add(operation, draft, action).await {
                Ok(version) => return Ok(version),
                // Somebody else was the next version.
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(self.database.failed("save a response", error)),
            }
        }
    }

    async fn try_add(&self, operation: &str, draft: &Draft, action: &str) -> Result<Version, sqlx::Error> {
        let created_at = now();
        let headers = serde_json::to_string(&draft.headers).map_err(|error| sqlx::Error::Encode(error.into()))?;
        let mut transaction = self.database.pool().begin().await?;
        // It writes first: a transaction that reads before it writes is refused where another one wrote meanwhile.
        let sql = "INSERT INTO mock_responses (pattern_id, api, operation, target, version, is_active, status, headers, \
                   body, source, content_hash, author, note, created_at) \
                   SELECT (SELECT id FROM mock_patterns WHERE api = $1 AND operation = $2 \
                           ORDER BY confidence DESC, id LIMIT 1), \
                   $1, $2, $3, COALESCE(MAX(version), 0) + 1, 0, $4, $5, $6, $7, $8, $9, $10, $11 \
                   FROM mock_responses WHERE api = $1 AND operation = $2 AND target = $3 RETURNING id, version";
        let row = sqlx::query(sql)
            .bind(self.api.clone())
            .bind(operation.to_owned())
            .bind(draft.target.clone())
            .bind(i64::from(draft.status))
            .bind(headers)
            .bind(draft.body.to_vec())
            .bind(draft.source.clone())
            .bind(hash(draft))
            .bind(draft.author.clone())
            .bind(draft.note.clone())
            .bind(created_at)
            .fetch_one(&mut *transaction)
            .await?;
        use sqlx::Row;
        let (id, version): (i64, i64) = (row.try_get("id")?, row.try_get("version")?);
        // One version answers, and an index holds everybody to that: so the old one steps back first.
        let step_back = "UPDATE mock_responses SET is_active = 0 \
                         WHERE api = $1 AND operation = $2 AND target = $3 AND is_active = 1";
        let query = sqlx::query(step_back).bind(self.api.clone()).bind(operation.to_owned());
        query.bind(draft.target.clone()).execute(&mut *transaction).await?;
        let step_in = sqlx::query("UPDATE mock_responses SET is_active = 1 WHERE id = $1");
        step_in.bind(id).execute(&mut *transaction).await?;
        let subject = self.subject(operation, &draft.target);
        let after = format!("version {version}: {}", hash(draft));
        let entry = Entry { actor: &draft.author, action, subject: &subject, before: "", after: &after };
        entry.write(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Version {
            id,
            operation: operation.to_owned(),
            target: draft.target.clone(),
            version,
            is_active: true,
            status: draft.status,
            headers: draft.headers.clone(),
            body: draft.body.clone(),
            source: draft.source.clone(),
            author: draft.author.clone(),
            note: draft.note.clone(),
            created_at,
        })
    }

    fn subject(&self, operation: &str, target: &str) -> String {
        let subject = format!("{} {operation}", self.api);
        if target.is_empty() { subject } else { format!("{subject} ({target})") }
    }

    async fn select(&self, condition: &str, values: &[&str]) -> Result<Vec<Version>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM mock_responses WHERE api = $1 AND {condition}");
        let query = sqlx::query(&sql).bind(self.api.clone());
        let query = values.iter().fold(query, |query, value| query.bind((*value).to_owned()));
        let rows = query.fetch_all(self.database.pool()).await;
        let rows = rows.map_err(|error| self.database.failed("read responses", error))?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    fn read(&self, row: &AnyRow) -> Result<Version, Error> {
        let database = &self.database;
        let body: Vec<u8> = database.read(row, "body")?;
        Ok(Version {
            id: database.read(row, "id")?,
            operation: database.read(row, "operation")?,
            target: database.read(row, "target")?,
            version: database.read(row, "version")?,
            is_active: database.read::<i64>(row, "is_active")? == 1,
            status: u16::try_from(database.read::<i64>(row, "status")?).unwrap_or(500),
            headers: database.read_json(row, "headers")?,
            body: Bytes::from(body),
            source: database.read(row, "source")?,
            author: database.read(row, "author")?,
            note: database.read(row, "note")?,
            created_at: database.read(row, "created_at")?,
        })
    }
}

/// What an answer says, told from what others say.
fn hash(draft: &Draft) -> String {
    let mut hash = Sha256::new();
    let headers = serde_json::to_vec(&draft.headers).unwrap_or_default();
    for part in [&draft.status.to_le_bytes()[..], &headers, &draft.body] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hexadecimal(&hash.finalize())
}
