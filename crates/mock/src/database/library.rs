//! The pattern library, as it is stored: the one that ships, and what users have added.

use serde::{Deserialize, Serialize};

use super::Database;
use super::audit::Entry;
use super::connection::now;
use crate::Error;
use crate::patterns::{BUILT_IN, Library};

/// The pattern library.
#[derive(Clone, Debug)]
pub struct PatternLibrary {
    database: Database,
}

/// A part of the pattern library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LibraryEntry {
    /// Its name.
    pub name: String,
    /// Words and rules: see [`Library`].
    pub definition: String,
    /// Whether it ships with the program, and so cannot be changed.
    pub is_built_in: bool,
}

/// The name of what ships with the program.
const OWN: &str = "built-in";

impl Database {
    /// The pattern library.
    #[must_use]
    pub fn pattern_library(&self) -> PatternLibrary {
        PatternLibrary { database: self.clone() }
    }
}

impl PatternLibrary {
    /// All parts, in the order of their names; the one that ships first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn entries(&self) -> Result<Vec<LibraryEntry>, Error> {
        let sql = "SELECT name, definition, is_built_in FROM mock_pattern_library ORDER BY is_built_in DESC, name";
        let rows = sqlx::query(sql).fetch_all(self.database.pool()).await;
        let rows = rows.map_err(|error| self.database.failed("read the pattern library", error))?;
        let read = |row| {
            Ok(LibraryEntry {
                name: self.database.read(row, "name")?,
                definition: self.database.read(row, "definition")?,
                is_built_in: self.database.read::<i64>(row, "is_built_in")? == 1,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Stores a part of one's own, instead of one of that name.
    ///
    /// # Errors
    /// [`Error::Form`] if it is no pattern library, or has the name of the one that ships; [`Error::Database`].
    pub async fn save(&self, name: &str, definition: &str, actor: &str) -> Result<(), Error> {
        let form = |message: String| Error::Form { what: "the pattern library", message };
        if name == OWN {
            return Err(form(format!("`{OWN}` is the name of the one that ships")));
        }
        Library::built_in().extended(definition).map_err(|error| form(error.to_string()))?;
        self.write(name, definition, false, Some(actor)).await
    }

    /// All parts as one.
    ///
    /// # Errors
    /// [`Error::Form`] if parts do not fit this version of the program; [`Error::Database`].
    pub async fn library(&self) -> Result<Library, Error> {
        let own = self.entries().await?.into_iter().filter(|entry| !entry.is_built_in);
        own.into_iter().try_fold(Library::built_in(), |library, entry| {
            let message = |error: crate::patterns::LibraryError| format!("`{}`: {error}", entry.name);
            library
                .extended(&entry.definition)
                .map_err(|error| Error::Form { what: "the pattern library", message: message(error) })
        })
    }

    /// Stores what ships with this version, if it is another one.
    pub(crate) async fn keep_built_in(&self) -> Result<(), Error> {
        let entries = self.entries().await?;
        if entries.iter().any(|entry| entry.is_built_in && entry.definition == BUILT_IN) {
            return Ok(());
        }
        self.write(OWN, BUILT_IN, true, None).await
    }

    async fn write(&self, name: &str, definition: &str, built_in: bool, actor: Option<&str>) -> Result<(), Error> {
        let failed = |error| self.database.failed("save the pattern library", error);
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        sqlx::query(
            "INSERT INTO mock_pattern_library (name, definition, is_built_in, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $4) ON CONFLICT (name) DO UPDATE SET \
             definition = excluded.definition, updated_at = excluded.updated_at",
        )
        .bind(name.to_owned())
        .bind(definition.to_owned())
        .bind(i64::from(built_in))
        .bind(now())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        if let Some(actor) = actor {
            let entry = Entry { actor, action: "save a pattern library", subject: name, before: "", after: definition };
            entry.write(&mut transaction).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }
}
