//! What waits for a review, and what a review accepted.
//!
//! A name has one accepted document, which nothing replaces but [`Store::accept`]; what is recorded anew waits beside it.

use std::fmt;
use std::str::FromStr;

use super::listing::Items;
use super::{Entries, Store};
use crate::backend::{Item, Numbered, Part, Slot, Space};
use crate::document::{Document, Entry};
use crate::{Action, BlobId, DocumentId, Error, Metadata, name};

/// Names one document that waits for a review. Its text is `shop::process_order#7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PendingId(DocumentId);

impl PendingId {
    /// The name it would be accepted under.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Its number among those that wait under this name, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number()
    }

    pub(super) fn into_document(self) -> DocumentId {
        self.0
    }

    fn item(&self) -> Numbered {
        Numbered { number: self.number(), item: Item::Document }
    }

    fn line(&self) -> Slot<'_> {
        Slot::new(Space::Pending, self.name())
    }
}

impl fmt::Display for PendingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PendingId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self)
    }
}

/// A document that waits, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingEntry {
    /// Which document it is.
    pub id: PendingId,
    /// What is known of it.
    pub metadata: Metadata,
}

/// Stands for «there was none» where a pending document says which accepted one it would replace.
const NONE: &str = "none";

impl Store {
    /// The same store, whose documents are those that wait for a review: they are listed, read, rewritten, pruned and removed
    /// as others are.
    ///
    /// What is put there waits as well. Segments are never among them.
    ///
    /// ```
    /// # use tracesnap_store::{Metadata, Store};
    /// # let dir = tempfile::tempdir()?;
    /// let store = Store::open(dir.path())?;
    /// store.put_pending("shop::pay", "new", Metadata::of_kind("capture"))?;
    /// assert_eq!(store.waiting().latest("shop::pay")?.body(), b"new");
    /// assert!(store.names()?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn waiting(&self) -> Self {
        Self { space: Space::Pending, ..self.clone() }
    }

    /// The documents that were put, of a store that is [`waiting`](Self::waiting).
    #[cfg(feature = "encryption")]
    pub(super) fn recorded(&self) -> Self {
        Self { space: Space::Documents, ..self.clone() }
    }

    /// Keeps a document for a review. The accepted one stays as it is.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn put_pending(&self, name: &str, body: impl AsRef<[u8]>, mut metadata: Metadata) -> Result<PendingId, Error> {
        name::check(name)?;
        let accepted = self.backend().load(Slot::new(Space::Accepted, name))?;
        metadata.replaces = Some(fingerprint(accepted.as_deref()));
        let bytes = self.encode(name, body.as_ref(), metadata)?;
        let number = self.backend().append(Slot::new(Space::Pending, name), Item::Document, &bytes)?;
        let id = PendingId(DocumentId::new(name, number));
        self.audit_one(Action::Capture, &id.0)?;
        Ok(id)
    }

    /// All that wait, by name, then oldest first. One that is damaged is an error in its place.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    pub fn pending(&self) -> Result<Vec<Result<PendingEntry, Error>>, Error> {
        let mut pending = Vec::new();
        for name in self.backend().names(Space::Pending)? {
            let entries = Entries::of(self, Slot::new(Space::Pending, &name)).oldest_first();
            pending.extend(
                entries.map(|entry| entry.map(|Entry { id, metadata }| PendingEntry { id: PendingId(id), metadata })),
            );
        }
        Ok(pending)
    }

    /// A document that waits.
    ///
    /// # Errors
    ///
    /// As [`latest`](Self::latest).
    pub fn load_pending(&self, id: &PendingId) -> Result<Document, Error> {
        let document =
            self.decode(id.0.clone(), self.backend().item_origin(id.line(), id.item()), self.bytes_of(id)?)?;
        self.audit_one(Action::Load, &id.0)?;
        Ok(document)
    }

    fn bytes_of(&self, id: &PendingId) -> Result<Vec<u8>, Error> {
        name::check(id.name())?;
        let bytes = self.backend().read(id.line(), id.item(), Part::All)?;
        bytes.ok_or_else(|| Error::NotFound { what: format!("pending document `{id}`"), near: Vec::new() })
    }

    /// Makes a document that waits the accepted one of its name, in one step: a reader finds the one before or this.
    /// Killed in the middle, it can be accepted again.
    ///
    /// # Errors
    ///
    /// [`Error::Superseded`] if the accepted one is another than there was when this was put; [`Error::Corrupt`] if it is
    /// damaged; otherwise if it cannot be read or written. It still waits then.
    pub fn accept(&self, id: &PendingId) -> Result<(), Error> {
        self.accept_where(id, |replaces, accepted| replaces == Some(&fingerprint(accepted)))
    }

    /// As [`accept`](Self::accept), whatever is the accepted one.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept), but for [`Error::Superseded`], unless others accept at the same time.
    pub fn accept_over(&self, id: &PendingId) -> Result<(), Error> {
        self.accept_where(id, |_, _| true)
    }

    fn accept_where(&self, id: &PendingId, is_fit: impl Fn(Option<&str>, Option<&[u8]>) -> bool) -> Result<(), Error> {
        let bytes = self.bytes_of(id)?;
        let origin = self.backend().item_origin(id.line(), id.item());
        // Decrypted too, where it is: what nobody vouches for is not accepted.
        let metadata = self.decode(id.0.clone(), origin, bytes.clone())?.metadata;
        let object = Slot::new(Space::Accepted, id.name());
        let accepted = self.backend().load(object)?;
        // Equal when whoever accepted it was killed before it was taken away here.
        if accepted.as_deref() != Some(&bytes) {
            let is_fit = is_fit(metadata.replaces.as_deref(), accepted.as_deref());
            if !is_fit || !self.backend().replace(object, accepted.as_deref(), Some(&bytes))? {
                return Err(Error::Superseded { id: id.to_string(), name: id.name().to_owned() });
            }
        }
        self.backend().remove(id.line(), id.item())?;
        self.audit_one(Action::Accept, &id.0)
    }

    /// Removes all but the newest `keep` of the documents that wait under a name; how many.
    ///
    /// # Errors
    ///
    /// If they cannot be listed, or one stays.
    pub fn prune_pending(&self, name: &str, keep: usize) -> Result<u64, Error> {
        name::check(name)?;
        let line = Slot::new(Space::Pending, name);
        let mut removed = 0;
        for item in Items::newest_first(self, line).skip(keep) {
            removed += u64::from(self.backend().remove(line, item?)?);
        }
        if removed > 0 {
            self.audit_many(Action::Prune, name, removed)?;
        }
        Ok(removed)
    }

    /// Removes a document that waits; whether there was one.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    pub fn reject(&self, id: &PendingId) -> Result<bool, Error> {
        name::check(id.name())?;
        let was_there = self.backend().remove(id.line(), id.item())?;
        if was_there {
            self.audit_one(Action::Reject, &id.0)?;
        }
        Ok(was_there)
    }

    /// The accepted document of this name. The number of its id is 0.
    ///
    /// # Errors
    ///
    /// As [`latest`](Self::latest).
    pub fn accepted(&self, name: &str) -> Result<Document, Error> {
        name::check(name)?;
        let object = Slot::new(Space::Accepted, name);
        let Some(bytes) = self.backend().load(object)? else {
            let near = self.accepted_names().unwrap_or_default();
            let near = super::nearest(name, near);
            return Err(Error::NotFound { what: format!("accepted document `{name}`"), near });
        };
        let document = self.decode(DocumentId::new(name, 0), self.backend().object_origin(object), bytes)?;
        self.audit_one(Action::Load, &document.id)?;
        Ok(document)
    }

    /// All names that have an accepted document, in order.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    pub fn accepted_names(&self) -> Result<Vec<String>, Error> {
        self.backend().names(Space::Accepted)
    }

    /// Removes the accepted document of this name; whether there was one.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    pub fn remove_accepted(&self, name: &str) -> Result<bool, Error> {
        name::check(name)?;
        let object = Slot::new(Space::Accepted, name);
        loop {
            let Some(accepted) = self.backend().load(object)? else { return Ok(false) };
            if self.backend().replace(object, Some(&accepted), None)? {
                self.audit_one(Action::Remove, &DocumentId::new(name, 0))?;
                return Ok(true);
            }
        }
    }
}

/// Names an accepted document as it is.
pub(super) fn fingerprint(accepted: Option<&[u8]>) -> String {
    accepted.map_or(NONE.to_owned(), |bytes| BlobId::of(bytes).to_string())
}
