//! Captures in a database, and what a database is good for: questions in SQL.
//!
//! The backend itself, eleven small functions, is that of `tests/stores`, where it is held against all that a store has
//! to promise: killed writers, two processes, retention.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tracesnap_capture::CaptureConfig;
use tracesnap_stores::SqliteBackend;

/// Captures go into this database. Its file is made if it is not there.
///
/// # Errors
///
/// If it cannot be opened.
pub fn captures_in(path: impl AsRef<Path>) -> anyhow::Result<CaptureConfig> {
    Ok(CaptureConfig::new().backend(Arc::new(SqliteBackend::open(path)?)))
}

/// How many captures each function has, and how large they are, asked beside the library: name, number, bytes.
///
/// # Errors
///
/// If the database cannot be read.
pub fn sizes(path: impl AsRef<Path>) -> anyhow::Result<Vec<(String, u64, u64)>> {
    let connection = Connection::open(path)?;
    let mut question = connection.prepare(
        "SELECT name, count(*), sum(length(bytes)) FROM items WHERE space = 'documents' GROUP BY name ORDER BY name",
    )?;
    let number = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(i64::unsigned_abs);
    let rows = question.query_map([], |row| Ok((row.get(0)?, number(row, 1)?, number(row, 2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
