//! A store of one's own: [`SqliteBackend`] keeps all documents in one database.
//!
//! It is the example of a [`Backend`](tracesnap_store::Backend), and its tests are what a backend has to do.

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use sqlite::SqliteBackend;
