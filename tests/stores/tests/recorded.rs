//! A database as a service that is recorded: what is asked of SQLite is played back when there is none.

use std::cell::Cell;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use tracesnap_record::{Mode, ServiceProvider, Sets, recorded};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Account {
    id: i64,
    owner: String,
    cents: i64,
}

/// What can go wrong, kept whole in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum LedgerError {
    Overdrawn { id: i64, cents: i64 },
    Database(String),
}

impl std::fmt::Display for LedgerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Overdrawn { id, cents } => write!(f, "account {id} would have {cents} cents"),
            Self::Database(why) => f.write_str(why),
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<tracesnap_record::provider::Failure> for LedgerError {
    fn from(failure: tracesnap_record::provider::Failure) -> Self {
        Self::Database(failure.to_string())
    }
}

#[recorded(typed_errors)]
trait Ledger {
    #[recorded(name = "accounts.open")]
    fn open(&self, owner: &str, cents: i64) -> Result<Account, LedgerError>;
    #[recorded(name = "accounts.find")]
    fn find(&self, id: i64) -> Result<Option<Account>, LedgerError>;
    #[recorded(name = "accounts.transfer")]
    fn transfer(&mut self, from: i64, to: i64, cents: i64) -> Result<(), LedgerError>;
}

/// The real one.
struct Sqlite {
    connection: Connection,
    asked: Cell<u32>,
}

impl Sqlite {
    fn new() -> Result<Self, LedgerError> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, cents INTEGER NOT NULL)",
        )?;
        Ok(Self { connection, asked: Cell::new(0) })
    }
}

fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<Account>> {
    let row = |row: &rusqlite::Row<'_>| Ok(Account { id: row.get(0)?, owner: row.get(1)?, cents: row.get(2)? });
    connection.query_row("SELECT id, owner, cents FROM accounts WHERE id = ?1", [id], row).optional()
}

impl Ledger for Sqlite {
    fn open(&self, owner: &str, cents: i64) -> Result<Account, LedgerError> {
        self.asked.set(self.asked.get() + 1);
        self.connection.execute("INSERT INTO accounts (owner, cents) VALUES (?1, ?2)", params![owner, cents])?;
        Ok(Account { id: self.connection.last_insert_rowid(), owner: owner.to_owned(), cents })
    }

    fn find(&self, id: i64) -> Result<Option<Account>, LedgerError> {
        self.asked.set(self.asked.get() + 1);
        Ok(find(&self.connection, id)?)
    }

    fn transfer(&mut self, from: i64, to: i64, cents: i64) -> Result<(), LedgerError> {
        self.asked.set(self.asked.get() + 1);
        let transaction = self.connection.transaction()?;
        for (id, cents) in [(from, -cents), (to, cents)] {
            transaction.execute("UPDATE accounts SET cents = cents + ?2 WHERE id = ?1", params![id, cents])?;
        }
        match find(&transaction, from)? {
            Some(account) if account.cents < 0 => Err(LedgerError::Overdrawn { id: from, cents: account.cents }),
            _ => Ok(transaction.commit()?),
        }
    }
}

/// The program: it does not know who answers.
fn work(ledger: &mut impl Ledger) -> Result<Vec<String>, LedgerError> {
    let (ada, bob) = (ledger.open("ada", 1_000)?, ledger.open("bob", 0)?);
    ledger.transfer(ada.id, bob.id, 250)?;
    let overdrawn = ledger.transfer(bob.id, ada.id, 9_000).expect_err("it has not so much");
    assert_eq!(overdrawn, LedgerError::Overdrawn { id: bob.id, cents: -8_750 });
    Ok(vec![
        format!("{:?}", ledger.find(ada.id)?),
        format!("{:?}", ledger.find(bob.id)?),
        format!("{:?}", ledger.find(99)?),
    ])
}

#[test]
fn a_database_is_played_back_when_it_is_not_there_with_its_answers_and_its_errors() {
    let dir = tempfile::tempdir().expect("a folder");
    let provider = |mode| ServiceProvider::builder().dir(dir.path()).session("ledger").mode(mode).build();
    let recording = provider(Mode::Record).expect("a provider");
    let mut ledger: RecordedLedger<Sqlite> = recording.client("sqlite", Sqlite::new).expect("a database");
    let live = work(&mut ledger).expect("it works");
    assert_eq!(ledger.real().expect("this mode asks it").asked.get(), 7);
    let pending = recording.cleanup().expect("written").recorded.and_then(|recorded| recorded.pending);
    Sets::open(dir.path())
        .expect("a store")
        .accept(&pending.expect("it waits").parse().expect("an id"))
        .expect("accepted");

    let playing = provider(Mode::Strict).expect("a provider");
    let mut ledger = playing.client("sqlite", || -> Result<Sqlite, LedgerError> { panic!("nobody opens it") });
    assert_eq!(work(ledger.as_mut().expect("a client")).expect("it works"), live);
    playing.cleanup().expect("everything was asked");
}
