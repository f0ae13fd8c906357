//! What holds in one environment: settings, and versions of answers that are pinned there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Database;
use super::audit::Entry;
use super::connection::now;
use crate::Error;
use crate::config::{MockEnvironment, checked};

/// What the database holds for one environment.
#[derive(Clone, Debug)]
pub struct Environments {
    database: Database,
    environment: MockEnvironment,
}

/// Something that holds in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stored {
    /// The environment, as in `testing`.
    pub environment: String,
    /// The setting, as in `quality`; `response API OPERATION TARGET` for a version that is pinned.
    pub setting: String,
    /// Its value, or the number of the version.
    pub value: String,
    /// Who said so.
    pub updated_by: String,
}

/// Begins the name of what is a pinned version, not a setting.
const PIN: &str = "response ";

impl Database {
    /// What holds in an environment.
    #[must_use]
    pub fn environment(&self, environment: MockEnvironment) -> Environments {
        Environments { database: self.clone(), environment }
    }

    /// What holds in all environments.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn environments(&self) -> Result<Vec<Stored>, Error> {
        let sql = "SELECT environment, setting, value, updated_by FROM mock_environment_configs \
                   ORDER BY environment, setting";
        let rows = sqlx::query(sql).fetch_all(self.pool()).await;
        let rows = rows.map_err(|error| self.failed("read what holds in an environment", error))?;
        let read = |row| {
            Ok(Stored {
                environment: self.read(row, "environment")?,
                setting: self.read(row, "setting")?,
                value: self.read(row, "value")?,
                updated_by: self.read(row, "updated_by")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

impl Environments {
    /// The settings, for [`MockConfigBuilder::stored`](crate::config::MockConfigBuilder::stored).
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn settings(&self) -> Result<BTreeMap<String, String>, Error> {
        let all = self.database.environments().await?.into_iter();
        let own = all.filter(|one| one.environment == self.environment.as_str() && !one.setting.starts_with(PIN));
        Ok(own.map(|one| (one.setting, one.value)).collect())
    }

    /// Says what a setting is here, where neither environment variables nor files say otherwise.
    ///
    /// # Errors
    /// [`Error::UnknownSetting`], [`Error::Setting`], [`Error::Record`] for what makes no sense; [`Error::Database`].
    pub async fn set(&self, setting: &str, value: &str, actor: &str) -> Result<(), Error> {
        let value = checked(setting, value)?;
        self.write(setting, &value, None, "set a setting", actor).await
    }

    /// Lets the preset decide again.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn unset(&self, setting: &str, actor: &str) -> Result<(), Error> {
        self.erase(setting, "unset a setting", actor).await
    }

    /// Lets a version answer here, whichever answers elsewhere.
    ///
    /// # Errors
    /// As [`Responses::version`](super::Responses::version).
    pub async fn pin(&self, api: &str, operation: &str, target: &str, version: i64, actor: &str) -> Result<(), Error> {
        let found = self.database.responses(api).version(operation, target, version).await?;
        let name = format!("{PIN}{api} {operation} {target}");
        self.write(name.trim_end(), &version.to_string(), Some(found.id), "pin a response", actor).await
    }

    /// Lets that version answer here which answers elsewhere.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn unpin(&self, api: &str, operation: &str, target: &str, actor: &str) -> Result<(), Error> {
        self.erase(format!("{PIN}{api} {operation} {target}").trim_end(), "unpin a response", actor).await
    }

    async fn before(&self, setting: &str) -> Result<String, Error> {
        let all = self.database.environments().await?.into_iter();
        let mut own = all.filter(|one| one.environment == self.environment.as_str() && one.setting == setting);
        Ok(own.next().map(|one| one.value).unwrap_or_default())
    }

    async fn write(
        &self,
        setting: &str,
        value: &str,
        response: Option<i64>,
        action: &str,
        actor: &str,
    ) -> Result<(), Error> {
        let before = self.before(setting).await?;
        let failed = |error| self.database.failed("say what holds in an environment", error);
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        // A NULL has no type, and PostgreSQL would go on to take the parameter for what it was at first. Ids begin at 1.
        sqlx::query(
            "INSERT INTO mock_environment_configs (environment, setting, value, response_id, updated_by, updated_at) \
             VALUES ($1, $2, $3, NULLIF($4, 0), $5, $6) ON CONFLICT (environment, setting) DO UPDATE SET \
             value = excluded.value, response_id = excluded.response_id, updated_by = excluded.updated_by, \
             updated_at = excluded.updated_at",
        )
        .bind(self.environment.as_str().to_owned())
        .bind(setting.to_owned())
        .bind(value.to_owned())
        .bind(response.unwrap_or(0))
        .bind(actor.to_owned())
        .bind(now())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        let subject = format!("{} {setting}", self.environment);
        let entry = Entry { actor, action, subject: &subject, before: &before, after: value };
        entry.write(&mut transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn erase(&self, setting: &str, action: &str, actor: &str) -> Result<(), Error> {
        let before = self.before(setting).await?;
        let failed = |error| self.database.failed("say what holds in an environment", error);
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        let query = sqlx::query("DELETE FROM mock_environment_configs WHERE environment = $1 AND setting = $2");
        let query = query.bind(self.environment.as_str().to_owned()).bind(setting.to_owned());
        query.execute(&mut *transaction).await.map_err(failed)?;
        let subject = format!("{} {setting}", self.environment);
        let entry = Entry { actor, action, subject: &subject, before: &before, after: "" };
        entry.write(&mut transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}
