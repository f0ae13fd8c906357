//! Who changed what.

use serde::Serialize;
use sqlx::AnyConnection;

use super::Database;
use super::connection::now;
use crate::Error;
use crate::config::Change;

/// A change of configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Audited {
    /// Its number; later ones are higher.
    pub id: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// Who did it, as far as they said.
    pub actor: String,
    /// What was done, as in `save a response`.
    pub action: String,
    /// To what, as in `shop GET /orders`.
    pub subject: String,
    /// What it was; empty for nothing.
    pub before: String,
    /// What it is; empty for nothing.
    pub after: String,
}

/// A change that is about to be made.
pub(crate) struct Entry<'e> {
    pub(crate) actor: &'e str,
    pub(crate) action: &'e str,
    pub(crate) subject: &'e str,
    pub(crate) before: &'e str,
    pub(crate) after: &'e str,
}

impl Entry<'_> {
    /// Writes it, in the transaction of the change itself.
    pub(crate) async fn write(&self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO mock_audit_log (at, actor, action, subject, before, after) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(now())
        .bind(self.actor.to_owned())
        .bind(self.action.to_owned())
        .bind(self.subject.to_owned())
        .bind(self.before.to_owned())
        .bind(self.after.to_owned())
        .execute(connection)
        .await?;
        Ok(())
    }
}

impl Database {
    /// The last changes of configuration, newest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn audit_log(&self, limit: u32) -> Result<Vec<Audited>, Error> {
        let rows = sqlx::query(
            "SELECT id, at, actor, action, subject, before, after FROM mock_audit_log ORDER BY id DESC LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await
        .map_err(|error| self.failed("read the audit log", error))?;
        let read = |row| {
            Ok(Audited {
                id: self.read(row, "id")?,
                at: self.read(row, "at")?,
                actor: self.read(row, "actor")?,
                action: self.read(row, "action")?,
                subject: self.read(row, "subject")?,
                before: self.read(row, "before")?,
                after: self.read(row, "after")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Notes that settings were changed in a running process: see [`Switch::update`](crate::config::Switch::update).
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn audit_changes(&self, actor: &str, changes: &[Change]) -> Result<(), Error> {
        let failed = |error| self.failed("write the audit log", error);
        let mut transaction = self.pool().begin().await.map_err(failed)?;
        for change in changes {
            let (before, after) = (&change.before, &change.after);
            let entry = Entry { actor, action: "switch a setting", subject: change.setting, before, after };
            entry.write(&mut transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}
