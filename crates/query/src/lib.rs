//! Captures and recorded conversations as tables: Arrow batches, Parquet files, SQL over very many of them.
//!
//! What a capture and a session are, [`tracesnap_capture`] and [`tracesnap_record`] know; where they lie, the store.
//!
//! ```text
//!  Captures, Sessions ──▶ rows ──▶ RecordBatch ──┬─▶ write_parquet ──▶ DuckDB, Polars, pandas, …
//!  (folder, file, object store)   bounded size    └─▶ Engine: SELECT ──▶ Answer
//!                                                        ▲
//!  Parquet files (folder, file, object store) ───────────┘
//! ```
//!
//! ```
//! use tracesnap_query::{Recordings, Sessions, write_parquet};
//!
//! # let dir = tempfile::tempdir()?;
//! # let session = tracesnap_record::Recorder::builder().dir(dir.path()).session("checkout")?;
//! # session.interaction("firestore", "collection.get", &serde_json::json!({})).response(&serde_json::json!({}));
//! # session.finish()?;
//! let sessions = Sessions::open(dir.path())?;
//! let mut rows = 0;
//! sessions.read(|batch| {
//!     rows += batch.num_rows();
//!     Ok(())
//! })?;
//! assert_eq!(rows, 1);
//!
//! let summary = write_parquet(&sessions, std::fs::File::create(dir.path().join("calls.parquet"))?)?;
//! assert_eq!((summary.rows, summary.skipped), (1, 0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the feature `sql`:
//!
//! ```
//! # #[cfg(feature = "sql")] {
//! use tracesnap_query::Engine;
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().to_str().expect("text");
//! let mut engine = Engine::new()?;
//! engine.sessions_at(path)?;
//! let slow = "SELECT service, operation, count(*) AS n FROM interactions WHERE duration_ms > 1000 GROUP BY service, operation";
//! for batch in engine.query(slow)? {
//!     println!("{} rows", batch?.num_rows());
//! }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What can be relied on
//!
//! - Memory is bounded: by [`MAX_BATCH_BYTES`], [`MAX_ROW_GROUP_BYTES`], and 1 GiB (`EngineBuilder::memory`) of
//!   a query; a session file of up to 256 MiB is held while it is read.
//! - What is damaged is named, and the others are rows: [`Summary::named`].
//! - What was recorded without our policy is redacted on its way, so no table shows what a recording would not.
//! - A query changes nothing, and reads nothing that was not given. What it cannot mean is not read: other functions,
//!   documents of other times, groups of rows of a Parquet file.
//!
//! # Features
//!
//! | name | what it brings | default |
//! |---|---|---|
//! | `sql` | `Engine`: `SELECT` over folders, files and object stores; builds DataFusion | |
//! | `object-store` | recordings in what `object_store` reaches: memory, a directory | |
//! | `s3`, `gcs`, `azure` | the same in Amazon S3 and what speaks it, Google Cloud Storage, Azure Blob Storage | |
#![doc = include_str!("../columns.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod captures;
mod column;
mod error;
#[cfg(feature = "object-store")]
mod far;
mod parquet;
mod recordings;
mod redaction;
mod sessions;
#[cfg(feature = "sql")]
mod sql;
mod wanted;

/// Rows, column by column: what tables and answers are given in.
pub use arrow_array::RecordBatch;
pub use batch::{MAX_BATCH_BYTES, MAX_BATCH_ROWS};
pub use captures::Captures;
pub use column::{Column, Kind};
pub use error::Error;
pub use parquet::{MAX_ROW_GROUP_BYTES, MAX_ROW_GROUP_ROWS, SCHEMA_VERSION, write_parquet};
pub use recordings::{MAX_NAMED, Recordings, Skipped, Summary};
pub use sessions::Sessions;
#[cfg(feature = "sql")]
#[cfg_attr(docsrs, doc(cfg(feature = "sql")))]
pub use sql::{Answer, DEFAULT_MEMORY, Engine, EngineBuilder};
