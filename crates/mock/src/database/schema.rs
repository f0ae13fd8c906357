//! The tables, step by step, for both kinds of databases.

use std::borrow::Cow;

use futures_util::future::BoxFuture;
use sqlx::error::BoxDynError;
use sqlx::migrate::{Migration, MigrationSource, MigrationType};

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Number, name, and the statements for SQLite and for PostgreSQL. A step that was released never changes.
const STEPS: [(i64, &str, &str, &str); 1] = [(
    1,
    "library",
    include_str!("../../migrations/sqlite/0001_library.sql"),
    include_str!("../../migrations/postgres/0001_library.sql"),
)];

impl MigrationSource<'static> for Kind {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let step = move |(number, name, sqlite, postgres): (i64, &'static str, &'static str, &'static str)| {
            let statements = if self == Self::Sqlite { sqlite } else { postgres };
            Migration::new(number, Cow::Borrowed(name), MigrationType::Simple, Cow::Borrowed(statements), false)
        };
        Box::pin(async move { Ok(STEPS.into_iter().map(step).collect()) })
    }
}
