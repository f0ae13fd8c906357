//! How a recording lives: documents with names and versions, written whole or not at all, and kept no longer than wanted.
//!
//! What is in a document, and what must not be in it, is the business of those who write it.
//!
//! - [`Store`] keeps documents under names: [`put`](Store::put), then [`latest`](Store::latest),
//!   [`by_index`](Store::by_index), [`find`](Store::find), [`all`](Store::all), [`list`](Store::list). Bytes under their
//!   hash are [`blobs`](Store::blobs).
//! - Reviews put documents aside as [pending](Store::put_pending) and [accept](Store::accept) them.
//! - [`AuditLog`] says who did what, when, never what was in it.
//! - [`Backend`] is what one's own store has to do; a directory is one.
//! - [`AtomicFile`] is a writer. Its file is there when [`commit`](AtomicFile::commit) has returned, and not before;
//!   dropped, or killed in the middle, it leaves what was there.
//! - [`Retention`] says how much is kept, by number, size and age.
//! - [`sweep`] removes what killed writers left.
//! - `ObjectFolder` is files in an object store, and `Waiting` waits for it (feature `object-store`).
//!
//! ```
//! # #[cfg(feature = "documents")] {
//! use tracesnap_store::{Metadata, Store};
//!
//! # let dir = tempfile::tempdir()?;
//! let store = Store::builder().retention("100 files, 7 days".parse()?).open(dir.path().join("captures"))?;
//! let returned = Metadata::of_kind("capture").with_tag("outcome", "returned");
//! let failed = Metadata::of_kind("capture").with_tag("outcome", "err");
//! store.put("shop::process_order", br#"{"items":2}"#, returned)?;
//! store.put("shop::process_order", br#"{"items":0}"#, failed)?;
//!
//! assert_eq!(store.latest("shop::process_order")?.body(), br#"{"items":0}"#);
//! assert_eq!(store.by_index("shop::process_order", 1)?.body(), br#"{"items":2}"#);
//! let mut whole = store.find("shop::process_order", |metadata| metadata.tag("outcome") == Some("returned"));
//! assert_eq!(whole.next().expect("there is one")?.id().to_string(), "shop::process_order#1");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A directory that is not a store is kept small as well:
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
//!
//! # Features
//!
//! | name | what it brings | default |
//! |---|---|---|
//! | `documents` | [`Store`] and what belongs to it | yes |
//! | `segments` | many documents in one compressed file, for high rates | |
//! | `encryption` | bodies that only the holder of a key reads | |
//! | `object-store` | a store in what `object_store` reaches: memory, a directory | |
//! | `s3`, `gcs`, `azure` | the same in Amazon S3 and what speaks it, Google Cloud Storage, Azure Blob Storage | |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod atomic;
#[cfg(feature = "documents")]
mod audit;
#[cfg(feature = "documents")]
mod backend;
#[cfg(feature = "documents")]
mod blobs;
#[cfg(feature = "documents")]
mod document;
#[cfg(feature = "encryption")]
mod encryption;
mod error;
#[cfg(feature = "object-store")]
mod far;
#[cfg(feature = "documents")]
mod id;
mod listing;
#[cfg(feature = "documents")]
mod local;
mod lock;
#[cfg(feature = "documents")]
mod metadata;
#[cfg(feature = "documents")]
mod name;
#[cfg(feature = "object-store")]
mod objects;
#[cfg(feature = "documents")]
mod place;
mod retention;
#[cfg(feature = "segments")]
mod segment;
#[cfg(feature = "documents")]
mod store;
mod sweep;
#[cfg(feature = "object-store")]
mod waiting;

#[cfg(feature = "segments")]
#[cfg_attr(docsrs, doc(cfg(feature = "segments")))]
pub use self::segment::{MAX_FRAME_BYTES, SegmentOptions, SegmentReader, SegmentStats, SegmentWriter};
#[cfg(feature = "documents")]
pub use self::{
    audit::{Action, AuditEntries, AuditEntry, AuditLog},
    backend::{Backend, Item, Numbered, Part, Slot, Space, Stat, Walk},
    blobs::{BlobId, Blobs},
    document::{Document, Entry},
    id::DocumentId,
    metadata::Metadata,
    name::MAX_NAME_BYTES,
    store::{Documents, Entries, Ids, PendingEntry, PendingId, Pruned, Removal, Renewed, Store, StoreBuilder},
};
#[cfg(feature = "encryption")]
#[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
pub use self::{encryption::Key, store::Encrypted};
#[cfg(feature = "object-store")]
#[cfg_attr(docsrs, doc(cfg(feature = "object-store")))]
pub use self::{
    far::ObjectStoreBackend,
    objects::{Object, ObjectFolder},
    waiting::Waiting,
};
pub use atomic::{AtomicFile, Durability, Options};
pub use error::Error;
pub use retention::{Removed, Retention};
pub use sweep::sweep;
