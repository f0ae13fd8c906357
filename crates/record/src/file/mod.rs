//! A session in a file: one JSON document that people and other tools read.
//!
//! ```text
//! {
//!   "session_id": "0198…", "timestamp": "2026-02-03T04:05:06Z", "total_interactions": 2,
//!   "format": "tracesnap-session", "version": 1, "name": "checkout", …
//!   "interactions": [
//! {"id":0,"timestamp":"…","service":"firestore","operation":"collection.get","request":…,"response":…,"status":"success","duration_ms":145.2},
//! …
//! ```
//!
//! The fields `session_id`, `timestamp`, `total_interactions` and `interactions`, and of an interaction `id`,
//! `timestamp`, `service`, `operation`, `request`, `response`, `status` and `duration_ms`, are those that tools for such
//! captures have always read; a file that has no others is a session too. An interaction is one line, so that files are
//! compared and searched line by line.
//!
//! Reading believes nothing: depth is bounded by 128, one interaction by [`MAX_INTERACTION_BYTES`], and whatever is
//! wrong is an error that says where.

mod folder;
mod journal;
mod parallel;
mod read;
mod tail;
mod write;

pub use folder::{is_recording, recordings_in};
pub(crate) use journal::JournalWriter;
pub use journal::{JournalEnd, MAGIC as JOURNAL_MAGIC};
pub use read::{MAX_INTERACTION_BYTES, load, parse, read_each};
pub(crate) use read::{load_from, read_from};
pub use tail::JournalTail;
pub use write::{SessionWriter, save, to_bytes};

/// How names of session files end.
pub const EXTENSION: &str = ".session.json";

/// How names of journals end: sessions that are being recorded, or whose program was killed.
pub const JOURNAL_EXTENSION: &str = ".session.journal";
