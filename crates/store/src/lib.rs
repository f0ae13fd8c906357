//! How a recording lives on disk: written whole or not at all, and kept no longer than wanted.
//!
//! What is in a file, and what must not be in it, is the business of those who write it.
//!
//! - [`AtomicFile`] is a writer. Its file is there when [`commit`](AtomicFile::commit) has returned, and not before;
//!   dropped, or killed in the middle, it leaves what was there.
//! - [`Retention`] says how much of a directory is kept, by number, size and age of its files.
//! - [`sweep`] removes what killed writers left. The first file that a process writes in a directory does so, too.
//!
//! ```
//! use std::io::Write;
//! use tracesnap_store::{AtomicFile, Retention};
//!
//! # let dir = tempfile::tempdir()?;
//! let mut file = AtomicFile::create(dir.path().join("run.txt"))?;
//! file.write_all(b"all of it")?;
//! file.commit()?;
//!
//! let keep: Retention = "100 files, 1 GiB, 7 days".parse()?;
//! let removed = keep.apply(dir.path(), |name| name.ends_with(".txt"))?;
//! assert!(removed.files.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod atomic;
mod error;
mod listing;
mod lock;
mod retention;
mod sweep;

pub use atomic::{AtomicFile, Durability, Options};
pub use error::Error;
pub use retention::{Removed, Retention};
pub use sweep::sweep;
