//! Named documents with versions: put in, found again, kept no longer than wanted.
//!
//! What is in a document, and what must not be, is the business of those who put it; where the bytes lie is that of a
//! [`Backend`].

mod builder;
#[cfg(feature = "encryption")]
mod encrypt;
mod listing;
mod prune;
mod review;
mod rewrite;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use builder::StoreBuilder;
#[cfg(feature = "encryption")]
pub use encrypt::Encrypted;
pub use listing::{Documents, Entries, Ids};
pub use prune::{Pruned, Removal};
pub use review::{PendingEntry, PendingId};
pub use rewrite::Renewed;

use crate::backend::{Backend, Item, Numbered, Part, Slot, Space};
use crate::document::{self, Document};
use crate::local::{LocalBackend, NewestNoted};
use crate::{Action, AuditLog, Blobs, DocumentId, Error, Metadata, Retention, name};

/// How often something that went away while it was being read is looked for again.
const ATTEMPTS: usize = 64;

/// Documents under names, each name with all its versions, the newest first.
///
/// A handle: clones are the same store. Any number of threads and processes use one at once.
///
/// **Order** is that of numbers: a document takes the next one when it is put, a segment when it begins. No clock has a
/// part in it. **Names** are any text of 1 to 4,096 bytes and stay inside the store.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
    /// Which numbered documents are meant: those that were put, or those that wait for a review.
    space: Space,
    /// Whether what is not encrypted is read beside a key.
    #[cfg(feature = "encryption")]
    allows_plain: bool,
}

#[derive(Debug)]
struct Inner {
    backend: Arc<dyn Backend>,
    /// The same, if it is a directory.
    local: Option<LocalBackend>,
    retention: Retention,
    total_retention: Retention,
    reads: BTreeMap<String, u32>,
    audit: Option<AuditLog>,
    #[cfg(feature = "encryption")]
    key: Option<crate::Key>,
}

impl Store {
    /// The store in this directory, which is made when something is put there.
    ///
    /// # Errors
    ///
    /// If something else than a directory is there.
    pub fn open(dir: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        Self::builder().open(dir)
    }

    /// Says more of how documents are kept.
    pub fn builder() -> StoreBuilder {
        StoreBuilder::default()
    }

    /// The line of a name, among the documents that are meant.
    pub(crate) fn line<'a>(&self, name: &'a str) -> Slot<'a> {
        Slot::new(self.space, name)
    }

    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.inner.backend
    }

    #[cfg_attr(not(feature = "segments"), allow(dead_code, reason = "only segments are written in place"))]
    pub(crate) fn local(&self) -> Option<&LocalBackend> {
        self.inner.local.as_ref()
    }

    /// Keeps a document as the newest of its name.
    ///
    /// It is there whole when this returns, and after that survives what the store's [`Durability`](crate::Durability)
    /// says. If the store has a [retention](StoreBuilder::retention), older ones may go.
    ///
    /// # Errors
    ///
    /// If the name is no name, or it could not be written; it is not there then. Where there is an audit log that cannot
    /// be written to, the document stays and the error says so.
    pub fn put(&self, name: &str, body: impl AsRef<[u8]>, metadata: Metadata) -> Result<DocumentId, Error> {
        if self.space == Space::Pending {
            return self.put_pending(name, body, metadata).map(PendingId::into_document);
        }
        let bytes = self.encode(name, body.as_ref(), metadata)?;
        let number = self.backend().append(self.line(name), Item::Document, &bytes)?;
        let id = DocumentId::new(name, number);
        self.prune_after(name, number);
        self.audit_one(Action::Capture, &id)?;
        Ok(id)
    }

    /// The newest document of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], naming what looks like it; [`Error::Corrupt`] if it is there and damaged: an older one is
    /// never given in its place. Otherwise if it cannot be read.
    pub fn latest(&self, name: &str) -> Result<Document, Error> {
        self.by_index(name, 0)
    }

    /// The document that has so many newer ones: 0 is the latest, 1 the one before.
    ///
    /// # Errors
    ///
    /// As [`latest`](Self::latest).
    pub fn by_index(&self, name: &str, index: usize) -> Result<Document, Error> {
        name::check(name)?;
        let line = self.line(name);
        // The short way: what the head names, in as few steps as there can be.
        if index == 0
            && let Some(local) = self.local()
            && let Some(noted) = local.newest_noted(line)?
        {
            let document = match noted {
                NewestNoted::Document(number, path, bytes) => {
                    Some(self.decode(DocumentId::new(name, number), path.display().to_string(), bytes)?)
                }
                NewestNoted::Segment(item) => {
                    self.read_located(line, &Located { item, from_end: Some(0), place: None })?
                }
            };
            if let Some(document) = document {
                self.audit_one(Action::Load, &document.id)?;
                return Ok(document);
            }
        }
        for attempt in 0..ATTEMPTS {
            let Some(found) = self.locate(line, index, attempt == 0)? else {
                let what = match index {
                    0 => format!("document `{name}`"),
                    _ => format!("document {index} of `{name}`, which has fewer newer ones"),
                };
                return Err(Error::NotFound { what, near: self.near(name) });
            };
            // What retention removes just now is looked for again, further on.
            if let Some(document) = self.read_located(line, &found)? {
                self.audit_one(Action::Load, &document.id)?;
                return Ok(document);
            }
        }
        Err(Error::NotFound { what: format!("document `{name}` that stays while it is read"), near: Vec::new() })
    }

    /// This document.
    ///
    /// # Errors
    ///
    /// As [`latest`](Self::latest).
    pub fn load(&self, id: &DocumentId) -> Result<Document, Error> {
        let document = self.peek(id)?;
        self.audit_one(Action::Load, id)?;
        Ok(document)
    }

    /// Whether there is a document of this name.
    ///
    /// # Errors
    ///
    /// If it cannot be asked.
    pub fn has(&self, name: &str) -> Result<bool, Error> {
        name::check(name)?;
        Ok(self.backend().latest(self.line(name))?.is_some())
    }

    /// All names that have documents, in order.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        self.backend().names(self.space)
    }

    /// Removes a document, or with the id of a segment all its documents; whether there was one. A document of a segment
    /// cannot be removed alone.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    pub fn remove(&self, id: &DocumentId) -> Result<bool, Error> {
        name::check(id.name())?;
        let line = self.line(id.name());
        let mut removed = false;
        if id.place().is_none() {
            for item in [Item::Document, Item::Segment] {
                removed |= self.backend().remove(line, Numbered { number: id.number(), item })?;
            }
        }
        if removed {
            self.audit_one(Action::Remove, id)?;
        }
        Ok(removed)
    }

    /// Bytes under the hash of their content.
    #[must_use]
    pub fn blobs(&self) -> Blobs<'_> {
        Blobs { store: self }
    }

    /// The log of who did what, if the store [has one](StoreBuilder::audit).
    #[must_use]
    pub fn audit(&self) -> Option<&AuditLog> {
        self.inner.audit.as_ref()
    }

    pub(crate) fn audit_one(&self, action: Action, id: &DocumentId) -> Result<(), Error> {
        self.audit().map_or(Ok(()), |log| log.record_one(action, id))
    }

    pub(crate) fn audit_many(&self, action: Action, name: &str, documents: u64) -> Result<(), Error> {
        self.audit().map_or(Ok(()), |log| log.record(action, name, documents))
    }

    /// The bytes of a document.
    pub(crate) fn encode(&self, name: &str, body: &[u8], mut metadata: Metadata) -> Result<Vec<u8>, Error> {
        name::check(name)?;
        name.clone_into(&mut metadata.name);
        metadata.key = None;
        #[cfg(feature = "encryption")]
        if let Some(key) = &self.inner.key {
            metadata.key = Some(key.id().to_owned());
            let line = line_of(&metadata)?;
            return Ok(document::encode(&line, &key.seal(body, &line)?));
        }
        Ok(document::encode(&line_of(&metadata)?, body))
    }

    /// Reads a document's bytes, with everything that is asked of it.
    pub(crate) fn decode(&self, id: DocumentId, origin: String, bytes: Vec<u8>) -> Result<Document, Error> {
        let (parts, stored) = document::decode(&bytes, &origin)?;
        self.check(&id, &parts.metadata, &origin)?;
        let body = match &parts.metadata.key {
            None => {
                self.refuse_plain(&origin)?;
                None
            }
            Some(used) => Some(self.open_body(stored, parts.line, used, &origin)?),
        };
        let (metadata, at, length) = (parts.metadata, parts.body_at, stored.len());
        let body = body.unwrap_or_else(|| {
            let mut bytes = bytes;
            bytes.drain(..at);
            debug_assert_eq!(bytes.len(), length);
            bytes
        });
        Ok(Document { id, metadata, body, origin })
    }

    /// The same store, which reads what is not encrypted all the same.
    #[cfg(feature = "encryption")]
    fn allowing_plain(&self) -> Self {
        Self { allows_plain: true, ..self.clone() }
    }

    /// Refuses what is not encrypted where everything should be: nothing vouches for it.
    #[cfg(feature = "encryption")]
    pub(crate) fn refuse_plain(&self, origin: &str) -> Result<(), Error> {
        match self.key() {
            Some(_) if !self.allows_plain => Err(crate::Key::needless(origin)),
            _ => Ok(()),
        }
    }

    #[cfg(not(feature = "encryption"))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "with encryption, the key is asked")]
    pub(crate) fn refuse_plain(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    #[cfg(feature = "encryption")]
    pub(crate) fn key(&self) -> Option<&crate::Key> {
        self.inner.key.as_ref()
    }

    /// Whether what is put is encrypted.
    #[cfg_attr(not(feature = "encryption"), allow(clippy::unused_self, reason = "only encryption asks"))]
    pub(crate) fn encrypts(&self) -> bool {
        #[cfg(feature = "encryption")]
        return self.inner.key.is_some();
        #[cfg(not(feature = "encryption"))]
        return false;
    }

    /// Decrypts what the key of this id encrypted beside `line`.
    #[cfg(feature = "encryption")]
    pub(crate) fn open_body(&self, sealed: &[u8], line: &[u8], used: &str, origin: &str) -> Result<Vec<u8>, Error> {
        self.key().ok_or_else(|| crate::Key::missing(origin))?.open(sealed, line, used, origin)
    }

    #[cfg(not(feature = "encryption"))]
    #[allow(clippy::unused_self, reason = "with encryption, the key is asked")]
    pub(crate) fn open_body(&self, _: &[u8], _: &[u8], _: &str, origin: &str) -> Result<Vec<u8>, Error> {
        let why = "is encrypted, which this build cannot read; build with the feature `encryption`".to_owned();
        Err(Error::Key { origin: origin.to_owned(), why })
    }

    /// Refuses what says it is something else, and what a newer build wrote.
    fn check(&self, id: &DocumentId, metadata: &Metadata, origin: &str) -> Result<(), Error> {
        if metadata.name() != id.name() {
            let why = format!("it says it is of `{}` and lies with `{}`", metadata.name(), id.name());
            return Err(Error::corrupt(origin, why));
        }
        match self.inner.reads.get(metadata.kind()) {
            Some(&supported) if metadata.format_version() > supported => Err(Error::FormatTooNew {
                origin: origin.to_owned(),
                what: metadata.kind().to_owned(),
                found: metadata.format_version(),
                supported,
            }),
            _ => Ok(()),
        }
    }

    fn peek(&self, id: &DocumentId) -> Result<Document, Error> {
        name::check(id.name())?;
        let line = self.line(id.name());
        let found = match id.place() {
            None => {
                Located { item: Numbered { number: id.number(), item: Item::Document }, from_end: None, place: None }
            }
            Some(place) => Located {
                item: Numbered { number: id.number(), item: Item::Segment },
                from_end: None,
                place: Some(place),
            },
        };
        let document = self.read_located(line, &found)?;
        document.ok_or_else(|| Error::NotFound { what: format!("document `{id}`"), near: self.near(id.name()) })
    }

    /// Where the document with so many newer ones is; `is_first`, when it was not looked for before.
    fn locate(&self, line: Slot<'_>, index: usize, is_first: bool) -> Result<Option<Located>, Error> {
        let mut left = index as u64;
        if left == 0 && is_first {
            return Ok(self.backend().latest(line)?.map(|item| Located { item, from_end: Some(0), place: None }));
        }
        for item in listing::Items::newest_first(self, line) {
            let item = item?;
            let documents = match item.item {
                Item::Document => 1,
                Item::Segment => self.documents_in(line, item)?,
            };
            if left < documents {
                return Ok(Some(Located { item, from_end: Some(left), place: None }));
            }
            left -= documents;
        }
        Ok(None)
    }

    #[cfg(feature = "segments")]
    pub(crate) fn documents_in(&self, line: Slot<'_>, item: Numbered) -> Result<u64, Error> {
        crate::segment::documents_in(self, line, item)
    }

    #[cfg(not(feature = "segments"))]
    pub(crate) fn documents_in(&self, line: Slot<'_>, item: Numbered) -> Result<u64, Error> {
        Err(self.no_segments(line, item))
    }

    #[cfg(not(feature = "segments"))]
    pub(crate) fn no_segments(&self, line: Slot<'_>, item: Numbered) -> Error {
        Error::Key {
            origin: self.backend().item_origin(line, item),
            why: "is a segment, which this build cannot read; build with the feature `segments`".to_owned(),
        }
    }

    /// Reads a document that was located; `None` if it went away.
    fn read_located(&self, line: Slot<'_>, found: &Located) -> Result<Option<Document>, Error> {
        let backend = self.backend();
        match found.item.item {
            Item::Document => {
                let Some(bytes) = backend.read(line, found.item, Part::All)? else { return Ok(None) };
                let id = DocumentId::new(line.name, found.item.number);
                self.decode(id, backend.item_origin(line, found.item), bytes).map(Some)
            }
            #[cfg(feature = "segments")]
            Item::Segment => {
                let wanted = match (found.place, found.from_end) {
                    (Some(place), _) => crate::segment::Frame::At(place),
                    (None, from_end) => crate::segment::Frame::FromEnd(from_end.unwrap_or_default()),
                };
                crate::segment::read_document(self, line, found.item, wanted)
            }
            #[cfg(not(feature = "segments"))]
            Item::Segment => Err(self.no_segments(line, found.item)),
        }
    }

    fn near(&self, name: &str) -> Vec<String> {
        nearest(name, self.names().unwrap_or_default())
    }
}

/// Names like this one, nearest first.
fn nearest(name: &str, names: Vec<String>) -> Vec<String> {
    let last = |name: &str| name.rsplit("::").next().unwrap_or_default().to_lowercase();
    let likeness = |other: &str| {
        let whole = strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
        whole.max(strsim::jaro_winkler(&last(name), &last(other)))
    };
    let mut near: Vec<_> = names.into_iter().map(|other| (likeness(&other), other)).collect();
    near.retain(|(likeness, _)| *likeness > 0.8);
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    near.truncate(3);
    near.into_iter().map(|(_, name)| name).collect()
}

/// Where a document is: an item, and in a segment the place there.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "segments"), allow(dead_code, reason = "only segments have places"))]
struct Located {
    item: Numbered,
    from_end: Option<u64>,
    place: Option<u32>,
}

fn line_of(metadata: &Metadata) -> Result<Vec<u8>, Error> {
    let refused = |why: String| Error::Name { name: metadata.name().chars().take(60).collect(), why };
    let line =
        serde_json::to_vec(metadata).map_err(|error| refused(format!("its metadata cannot be written ({error})")))?;
    if line.len() >= document::MAX_METADATA {
        return Err(refused(format!("its metadata has {} bytes; they are for search, and end at 1 MiB", line.len())));
    }
    Ok(line)
}
