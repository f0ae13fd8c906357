//! Documents in a SQLite database.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use tracesnap_store::{Backend, Error, Item, Numbered, Part, Slot, Space, Stat, Walk};

/// How long one waits for another process that writes.
const BUSY: Duration = Duration::from_secs(60);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS items (
        space TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, is_segment INTEGER NOT NULL,
        modified INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (space, name, number)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS lines (
        space TEXT NOT NULL, name TEXT NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (space, name)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS objects (
        space TEXT NOT NULL, name TEXT NOT NULL, modified INTEGER NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (space, name)
    ) WITHOUT ROWID;
";

/// A [`Backend`] in one database file, which several processes may use.
#[derive(Debug)]
pub struct SqliteBackend {
    connection: Mutex<Connection>,
}

impl SqliteBackend {
    /// Opens a database, or makes it.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let open = || {
            let connection = Connection::open(path.as_ref())?;
            connection.busy_timeout(BUSY)?;
            connection.execute_batch(SCHEMA)?;
            Ok(Self { connection: Mutex::new(connection) })
        };
        open().map_err(|error: rusqlite::Error| failed(&format!("open `{}`", path.as_ref().display()), error))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(what: &str, error: rusqlite::Error) -> Error {
    Error::backend(what, error)
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

fn stat(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stat> {
    let (bytes, modified): (i64, i64) = (row.get(0)?, row.get(1)?);
    let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(modified.max(0).unsigned_abs());
    Ok(Stat { bytes: bytes.max(0).unsigned_abs(), modified })
}

fn numbered(row: &rusqlite::Row<'_>) -> rusqlite::Result<Numbered> {
    let (number, is_segment): (i64, bool) = (row.get(0)?, row.get(1)?);
    let item = if is_segment { Item::Segment } else { Item::Document };
    Ok(Numbered { number: number.unsigned_abs(), item })
}

/// SQLite's numbers end sooner; no line is so long.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Backend for SqliteBackend {
    fn append(&self, line: Slot<'_>, item: Item, bytes: &[u8]) -> Result<u64, Error> {
        let space = line.space.as_str();
        let mut connection = self.lock();
        let mut append = || {
            // Immediate: two who read the next number and then write would both have to give up.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let number: i64 = transaction.query_row(
                "INSERT INTO lines VALUES (?1, ?2, 2) ON CONFLICT DO UPDATE SET next = next + 1 RETURNING next - 1",
                params![space, line.name],
                |row| row.get(0),
            )?;
            transaction.execute(
                "INSERT INTO items VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![space, line.name, number, item == Item::Segment, now(), bytes],
            )?;
            transaction.commit()?;
            Ok(number.unsigned_abs())
        };
        append().map_err(|error| failed(&format!("write a document of `{}`", line.name), error))
    }

    fn latest(&self, line: Slot<'_>) -> Result<Option<Numbered>, Error> {
        Ok(self.page(line, Walk::NewestFirst(None), 1)?.first().copied())
    }

    fn page(&self, line: Slot<'_>, walk: Walk, about: usize) -> Result<Vec<Numbered>, Error> {
        let (condition, bound, order) = match walk {
            Walk::NewestFirst(below) => ("<", below.map_or(i64::MAX, signed), "DESC"),
            Walk::OldestFirst(above) => (">", above.map_or(0, signed), "ASC"),
        };
        let query = format!(
            "SELECT number, is_segment FROM items WHERE space = ?1 AND name = ?2 AND number {condition} ?3 \
             ORDER BY number {order} LIMIT ?4"
        );
        let connection = self.lock();
        let page = || -> rusqlite::Result<Vec<Numbered>> {
            let mut query = connection.prepare_cached(&query)?;
            query
                .query_map(params![line.space.as_str(), line.name, bound, signed(about.max(1) as u64)], numbered)?
                .collect()
        };
        page().map_err(|error| failed(&format!("list `{}`", line.name), error))
    }

    fn read(&self, line: Slot<'_>, item: Numbered, part: Part) -> Result<Option<Vec<u8>>, Error> {
        let query = "SELECT bytes FROM items WHERE space = ?1 AND name = ?2 AND number = ?3 AND is_segment = ?4";
        let key = params![line.space.as_str(), line.name, signed(item.number), item.item == Item::Segment];
        let bytes: Option<Vec<u8>> = self
            .lock()
            .query_row(query, key, |row| row.get(0))
            .optional()
            .map_err(|error| failed(&format!("read `{}`", self.item_origin(line, item)), error))?;
        Ok(bytes.map(|bytes| {
            let range = part.of(bytes.len() as u64);
            let index = |at| usize::try_from(at).unwrap_or(usize::MAX);
            bytes[index(range.start)..index(range.end)].to_vec()
        }))
    }

    fn stat(&self, line: Slot<'_>, item: Numbered) -> Result<Option<Stat>, Error> {
        let query = "SELECT length(bytes), modified FROM items \
                     WHERE space = ?1 AND name = ?2 AND number = ?3 AND is_segment = ?4";
        let key = params![line.space.as_str(), line.name, signed(item.number), item.item == Item::Segment];
        let found = self.lock().query_row(query, key, stat).optional();
        found.map_err(|error| failed(&format!("read `{}`", self.item_origin(line, item)), error))
    }

    fn remove(&self, line: Slot<'_>, item: Numbered) -> Result<bool, Error> {
        let query = "DELETE FROM items WHERE space = ?1 AND name = ?2 AND number = ?3 AND is_segment = ?4";
        let key = params![line.space.as_str(), line.name, signed(item.number), item.item == Item::Segment];
        let removed = self.lock().execute(query, key);
        removed
            .map(|rows| rows > 0)
            .map_err(|error| failed(&format!("remove `{}`", self.item_origin(line, item)), error))
    }

    fn overwrite(&self, line: Slot<'_>, item: Numbered, bytes: &[u8]) -> Result<bool, Error> {
        let query = "UPDATE items SET bytes = ?5 WHERE space = ?1 AND name = ?2 AND number = ?3 AND is_segment = ?4";
        let row = params![line.space.as_str(), line.name, signed(item.number), item.item == Item::Segment, bytes];
        let rows = self.lock().execute(query, row);
        rows.map(|rows| rows > 0).map_err(|error| failed(&format!("write `{}`", self.item_origin(line, item)), error))
    }

    fn load(&self, object: Slot<'_>) -> Result<Option<Vec<u8>>, Error> {
        let query = "SELECT bytes FROM objects WHERE space = ?1 AND name = ?2";
        let found =
            self.lock().query_row(query, params![object.space.as_str(), object.name], |row| row.get(0)).optional();
        found.map_err(|error| failed(&format!("read `{}`", self.object_origin(object)), error))
    }

    fn replace(&self, object: Slot<'_>, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool, Error> {
        let (space, name) = (object.space.as_str(), object.name);
        let connection = self.lock();
        // One statement each, so the condition holds when it is done.
        let rows = match (expected, new) {
            (None, None) => return Ok(self.load_with(&connection, object)?.is_none()),
            (None, Some(new)) => connection.execute(
                "INSERT INTO objects VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![space, name, now(), new],
            ),
            (Some(expected), Some(new)) => connection.execute(
                "UPDATE objects SET bytes = ?4, modified = ?3 WHERE space = ?1 AND name = ?2 AND bytes = ?5",
                params![space, name, now(), new, expected],
            ),
            (Some(expected), None) => connection.execute(
                "DELETE FROM objects WHERE space = ?1 AND name = ?2 AND bytes = ?3",
                params![space, name, expected],
            ),
        };
        rows.map(|rows| rows > 0).map_err(|error| failed(&format!("write `{}`", self.object_origin(object)), error))
    }

    fn stat_object(&self, object: Slot<'_>) -> Result<Option<Stat>, Error> {
        let query = "SELECT length(bytes), modified FROM objects WHERE space = ?1 AND name = ?2";
        let found = self.lock().query_row(query, params![object.space.as_str(), object.name], stat).optional();
        found.map_err(|error| failed(&format!("read `{}`", self.object_origin(object)), error))
    }

    fn names(&self, space: Space) -> Result<Vec<String>, Error> {
        let query = match space {
            Space::Documents | Space::Pending => "SELECT DISTINCT name FROM items WHERE space = ?1 ORDER BY name",
            _ => "SELECT name FROM objects WHERE space = ?1 ORDER BY name",
        };
        let connection = self.lock();
        let names = || -> rusqlite::Result<Vec<String>> {
            connection.prepare_cached(query)?.query_map([space.as_str()], |row| row.get(0))?.collect()
        };
        names().map_err(|error| failed(&format!("list the {}", space.as_str()), error))
    }
}

impl SqliteBackend {
    fn load_with(&self, connection: &Connection, object: Slot<'_>) -> Result<Option<Vec<u8>>, Error> {
        let query = "SELECT bytes FROM objects WHERE space = ?1 AND name = ?2";
        let found =
            connection.query_row(query, params![object.space.as_str(), object.name], |row| row.get(0)).optional();
        found.map_err(|error| failed(&format!("read `{}`", self.object_origin(object)), error))
    }
}
