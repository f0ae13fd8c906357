//! What is plain is encrypted, where a store is given a key.
//!
//! Who may read plain documents until then is the business of [`allow_plain`](super::StoreBuilder::allow_plain).

use super::{Renewed, Store};
use crate::backend::{Slot, Space};
use crate::{BlobId, Document, Error, Key};

/// What was encrypted, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encrypted {
    /// Documents, those that wait for a review, and those that one accepted.
    pub documents: u64,
    /// Blobs.
    pub blobs: u64,
}

/// A document as it is, if it is plain.
#[allow(clippy::unnecessary_wraps, reason = "whoever rewrites may fail")]
fn plain(document: &Document) -> Result<Option<Renewed>, Error> {
    let is_plain = !document.metadata().is_encrypted();
    Ok(is_plain.then(|| (document.body().to_vec(), document.metadata().clone())))
}

impl Store {
    /// Encrypts what is plain with the store's key, in its place: documents, those that wait for a review, accepted ones,
    /// blobs. `dry_run` writes nothing and reports the same.
    ///
    /// It vouches for what it finds: whoever doubts who wrote that looks at it before. What is encrypted by another key is
    /// refused. Killed in the middle, each document is there once, plain or encrypted; run again, it goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if the store has no key, or something is encrypted with another; [`Error::Busy`] for a segment that is
    /// being written; if something is damaged or cannot be written. What was before that is encrypted then.
    pub fn encrypt(&self, dry_run: bool) -> Result<Encrypted, Error> {
        if self.key().is_none() {
            return Err(Key::none());
        }
        let store = self.allowing_plain();
        let mut encrypted = Encrypted::default();
        for numbered in [store.recorded(), store.waiting()] {
            for name in numbered.names()? {
                encrypted.documents += numbered.rewrite(&name, dry_run, plain)?;
            }
        }
        for name in store.accepted_names()? {
            encrypted.documents += u64::from(store.rewrite_accepted(&name, dry_run, plain)?);
        }
        for id in store.blobs().ids()? {
            let name = id.to_string();
            let stored = store.backend().load(Slot::new(Space::Blobs, &name))?;
            let Some(content) = stored.filter(|stored| BlobId::of(stored) == id) else { continue };
            if !dry_run {
                store.blobs().put(&content)?;
            }
            encrypted.blobs += 1;
        }
        Ok(encrypted)
    }
}
