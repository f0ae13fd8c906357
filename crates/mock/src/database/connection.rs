//! A database that is open.

use std::fmt;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sqlx::any::{AnyPoolOptions, AnyRow, install_default_drivers};
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, Executor, Row};

use super::schema::Kind;
use crate::Error;
use crate::config::without_password;

/// The library of mocks in a database. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Database {
    pool: AnyPool,
    kind: Kind,
    url: String,
}

/// What of a path is escaped in a URL.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'#').add(b'%').add(b'?');
/// Connections at once.
const MAX_CONNECTIONS: u32 = 8;
/// Time that is waited for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

impl Database {
    /// Opens a database, makes its tables, or brings them up to date.
    ///
    /// `sqlite:PATH` or a path is a file, made where it is not there, with the folders above it; `sqlite::memory:` is
    /// forgotten when it is closed; `postgres://USER:PASSWORD@HOST:PORT/NAME` is a database of a server.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be reached, or its tables are of a newer version.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let database = Self::connect(url).await?;
        let failed = |error: sqlx::migrate::MigrateError| database.failed("bring the tables up to date", error);
        let migrator = Migrator::new(database.kind).await.map_err(failed)?;
        migrator.run(&database.pool).await.map_err(failed)?;
        database.pattern_library().keep_built_in().await?;
        Ok(database)
    }

    async fn connect(url: &str) -> Result<Self, Error> {
        install_default_drivers();
        let postgres = url.starts_with("postgres:") || url.starts_with("postgresql:");
        let kind = if postgres { Kind::Postgres } else { Kind::Sqlite };
        let shown = without_password(url);
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::Database {
            doing: "connect",
            url: shown.clone(),
            source,
        };
        let mut options = AnyPoolOptions::new().acquire_timeout(PATIENCE).max_connections(MAX_CONNECTIONS);
        let url = match kind {
            Kind::Postgres => url.to_owned(),
            Kind::Sqlite => {
                let path = url.strip_prefix("sqlite:").unwrap_or(url);
                let path = path.strip_prefix("//").unwrap_or(path);
                if path == ":memory:" {
                    // Each connection would have a memory of its own.
                    options = options.max_connections(1).idle_timeout(None).max_lifetime(None);
                    "sqlite::memory:".to_owned()
                } else {
                    let (path, query) = path.split_once('?').unwrap_or((path, "mode=rwc"));
                    let folder = std::path::Path::new(path).parent().filter(|dir| !dir.as_os_str().is_empty());
                    if let Some(folder) = folder {
                        std::fs::create_dir_all(folder).map_err(|error| failed(error.into()))?;
                    }
                    let path = utf8_percent_encode(path, ESCAPED);
                    format!("sqlite://{path}?{query}")
                }
            }
        };
        options = options.after_connect(move |connection, _| {
            Box::pin(async move {
                if kind == Kind::Sqlite {
                    // Readers and a writer at once, and a commit that is on the disk when it is said to be.
                    connection.execute("PRAGMA journal_mode = WAL").await?;
                    connection.execute("PRAGMA synchronous = FULL").await?;
                    connection.execute("PRAGMA foreign_keys = ON").await?;
                    connection.execute("PRAGMA busy_timeout = 10000").await?;
                }
                Ok(())
            })
        });
        let pool = options.connect(&url).await.map_err(|error| failed(error.into()))?;
        Ok(Self { pool, kind, url: shown })
    }

    /// Where it is, without a password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes all connections; other clones have none either.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A number that grows with each change of configuration, by whomever: how many rows the audit log has. (Numbers of
    /// rows need not be seen in their order where several write.)
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn revision(&self) -> Result<i64, Error> {
        let found = sqlx::query("SELECT COUNT(*) AS revision FROM mock_audit_log");
        let row = found.fetch_one(&self.pool).await.map_err(|error| self.failed("read the revision", error))?;
        self.read(&row, "revision")
    }

    /// The APIs that something is stored for, A to Z.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn apis(&self) -> Result<Vec<String>, Error> {
        let sql = "SELECT api FROM mock_patterns UNION SELECT api FROM mock_responses \
                   UNION SELECT api FROM mock_generation_rules UNION SELECT api FROM mock_analytics ORDER BY api";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await.map_err(|error| self.failed("list APIs", error))?;
        rows.iter().map(|row| self.read(row, "api")).collect()
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    pub(crate) fn failed(
        &self,
        doing: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error::Database { doing, url: self.url.clone(), source: source.into() }
    }

    /// A column of a row.
    pub(crate) fn read<'r, T>(&self, row: &'r AnyRow, column: &str) -> Result<T, Error>
    where
        T: sqlx::Decode<'r, sqlx::Any> + sqlx::Type<sqlx::Any>,
    {
        row.try_get(column).map_err(|error| self.failed("understand a row", error))
    }

    /// A column that holds JSON.
    pub(crate) fn read_json<T: serde::de::DeserializeOwned>(&self, row: &AnyRow, column: &str) -> Result<T, Error> {
        let text: String = self.read(row, column)?;
        serde_json::from_str(&text).map_err(|error| self.failed("understand a row", error))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    i64::try_from(crate::cache::now()).unwrap_or(i64::MAX)
}
