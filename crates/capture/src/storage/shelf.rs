//! The store of one folder, as captures use it.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tracesnap_store::{
    Backend, DocumentId, Metadata, PendingId, Removal, Retention, SegmentOptions, SegmentWriter, Store, StoreBuilder,
};

use crate::Error;
use crate::config::Layout;
use crate::document::{Document, KIND, VERSION};
use crate::serializer::Serializer;

/// A folder of captures.
#[derive(Debug)]
pub(crate) struct Shelf {
    store: Store,
    /// The same store, of which those documents are meant that are asked for; of accepted ones, that is of no account.
    documents: Store,
    path: PathBuf,
    /// Many documents a file, if that is wanted.
    segments: Option<Mutex<SegmentWriter>>,
    /// Asked in this order; JSON where there is none.
    serializers: Vec<Arc<dyn Serializer>>,
    set: CaptureSet,
    /// Captures of a function that may wait for a review.
    waiting: usize,
}

/// Which captures of a folder are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureSet {
    /// Those that were taken. Default.
    #[default]
    Recorded,
    /// Those that were taken for a review, and wait for it.
    Pending,
    /// The one of each function that a review accepted.
    Accepted,
}

impl CaptureSet {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Recorded, Self::Accepted, Self::Pending];

    /// Its name: `recorded`, `pending`, `accepted`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Pending => "pending",
            Self::Accepted => "accepted",
        }
    }
}

impl fmt::Display for CaptureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A document that waits for a review.
pub(crate) type Waiting = (PendingId, Document);

/// How captures are kept. Default: to be read, in files, all of them.
#[derive(Debug, Default)]
pub(crate) struct How {
    pub(crate) layout: Layout,
    pub(crate) retention: Retention,
    pub(crate) audit: bool,
    pub(crate) encrypt: bool,
    pub(crate) allow_plain: bool,
    pub(crate) reads: CaptureSet,
    pub(crate) serializers: Vec<Arc<dyn Serializer>>,
    pub(crate) backend: Option<Arc<dyn Backend>>,
}

/// Where a retention says nothing about a number.
const DEFAULT_WAITING: usize = 10;

/// The key by which captures are encrypted, and those that are encrypted are read. `required`: without one, nothing is.
#[cfg(feature = "encryption")]
fn with_key(builder: StoreBuilder, required: bool, allow_plain: bool) -> Result<StoreBuilder, Error> {
    use tracesnap_store::Key;

    let is_set = std::env::var_os(Key::VARIABLE).is_some();
    let key = (required || is_set).then(|| Key::from_env(Key::VARIABLE)).transpose()?;
    Ok(match key {
        Some(key) => builder.key(key).allow_plain(allow_plain),
        None => builder,
    })
}

#[cfg(not(feature = "encryption"))]
#[allow(clippy::unnecessary_wraps, reason = "with encryption, the key may be none")]
fn with_key(builder: StoreBuilder, _: bool, _: bool) -> Result<StoreBuilder, Error> {
    Ok(builder)
}

/// The store with those numbered documents that are meant.
fn documents(store: &Store, set: CaptureSet) -> Store {
    if set == CaptureSet::Pending { store.waiting() } else { store.clone() }
}

/// A document that is to be kept.
pub(crate) struct New<'n> {
    pub(crate) name: &'n str,
    pub(crate) json: &'n [u8],
    pub(crate) time: SystemTime,
    pub(crate) tags: Vec<(String, String)>,
    /// Whether it has to be there at once; else it is after [`Shelf::flush`].
    pub(crate) at_once: bool,
}

impl<'n> New<'n> {
    /// A document as it is, with this as its JSON.
    pub(crate) fn of_document(document: &'n Document, json: &'n str) -> Self {
        let metadata = &document.metadata;
        let mut tags = vec![("id".to_owned(), document.id.clone()), ("thread".into(), metadata.thread_id.clone())];
        tags.extend(document.outcome.as_ref().map(|outcome| ("outcome".to_owned(), outcome.kind.to_string())));
        let own = metadata.tags.iter();
        tags.extend(own.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))));
        tags.retain(|(_, value)| !value.is_empty());
        let time = document.time().unwrap_or_else(SystemTime::now);
        Self { name: document.function(), json: json.as_bytes(), time, tags, at_once: true }
    }
}

/// A document that was found.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) key: DocumentId,
    pub(crate) document: Document,
}

impl Shelf {
    pub(crate) fn open(path: &Path, how: How) -> Result<Self, Error> {
        let How { layout, retention, audit, encrypt, allow_plain, reads: set, serializers, backend } = how;
        let waiting = retention.files().unwrap_or(DEFAULT_WAITING);
        let builder = Store::builder().retention(retention).reads(KIND, VERSION).audit(audit);
        let builder = with_key(builder, encrypt, allow_plain)?;
        let store = match backend {
            Some(backend) => builder.on(backend),
            None => builder.open(path)?,
        };
        let segments =
            (layout == Layout::Segments).then(|| Mutex::new(store.segment_writer(SegmentOptions::default())));
        let documents = documents(&store, set);
        Ok(Self { store, documents, path: path.into(), segments, serializers, set, waiting })
    }

    /// The same folder, of which other captures are meant.
    pub(crate) fn with_set(&self, set: CaptureSet) -> Self {
        let Self { store, path, serializers, waiting, .. } = self;
        let (store, path, serializers) = (store.clone(), path.clone(), serializers.clone());
        let documents = documents(&store, set);
        Self { store, documents, path, segments: None, serializers, set, waiting: *waiting }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn put(&self, new: &New<'_>) -> Result<(), Error> {
        let (body, metadata) = self.form(new)?;
        if self.set != CaptureSet::Recorded {
            self.store.put_pending(new.name, body, metadata)?;
            self.store.prune_pending(new.name, self.waiting)?;
            return Ok(());
        }
        let Some(segments) = &self.segments else {
            self.store.put(new.name, body, metadata)?;
            return Ok(());
        };
        let mut segments = segments.lock().unwrap_or_else(PoisonError::into_inner);
        segments.append(new.name, body, metadata)?;
        if new.at_once {
            segments.flush()?;
        }
        Ok(())
    }

    /// What is stored of a document.
    fn form<'n>(&self, new: &New<'n>) -> Result<(Cow<'n, [u8]>, Metadata), Error> {
        let mut metadata = Metadata::of_kind(KIND).with_format_version(VERSION).with_time(new.time);
        for (name, value) in &new.tags {
            metadata = metadata.with_tag(name, value);
        }
        Ok(match self.serialize(new)? {
            Some((content_type, body)) => (body.into(), metadata.with_content_type(content_type)),
            None => (new.json.into(), metadata),
        })
    }

    /// Changes documents of a function where they are, oldest first; how many.
    pub(crate) fn rewrite(
        &self,
        name: &str,
        dry_run: bool,
        mut change: impl FnMut(&mut Document) -> Result<bool, Error>,
    ) -> Result<u64, Error> {
        let renew = |found: &tracesnap_store::Document| {
            let mut document = self.read(found)?;
            if !change(&mut document)? {
                return Ok(None);
            }
            let json = document.to_json();
            let (body, metadata) = self.form(&New::of_document(&document, &json))?;
            Ok(Some((body.into_owned(), metadata)))
        };
        match self.set {
            CaptureSet::Accepted => self.store.rewrite_accepted(name, dry_run, renew).map(u64::from),
            CaptureSet::Recorded | CaptureSet::Pending => self.documents.rewrite(name, dry_run, renew),
        }
    }

    /// The document in the first form that can be had, and the name of the form; `None` where JSON is wanted.
    fn serialize(&self, new: &New<'_>) -> Result<Option<(&str, Vec<u8>)>, Error> {
        let mut failed = None;
        for serializer in &self.serializers {
            match serializer.store(new.json) {
                Ok(stored) => return Ok(Some((serializer.content_type(), stored))),
                // That of the first is the one to mend.
                Err(error) => failed = failed.or(Some((serializer.content_type(), error))),
            }
        }
        match failed {
            None => Ok(None),
            Some((content_type, error)) => Err(Error::Document {
                origin: new.name.into(),
                why: format!("the serializer for `{content_type}` failed: {error}"),
            }),
        }
    }

    /// Writes what lies in memory.
    pub(crate) fn flush(&self) -> Result<(), Error> {
        match &self.segments {
            Some(segments) => Ok(segments.lock().unwrap_or_else(PoisonError::into_inner).flush()?),
            None => Ok(()),
        }
    }

    pub(crate) fn names(&self) -> Result<Vec<String>, Error> {
        Ok(match self.set {
            CaptureSet::Recorded | CaptureSet::Pending => self.documents.names()?,
            CaptureSet::Accepted => self.store.accepted_names()?,
        })
    }

    /// Whether there is a capture of this name.
    pub(crate) fn has(&self, name: &str) -> Result<bool, Error> {
        match self.set {
            CaptureSet::Recorded | CaptureSet::Pending => Ok(self.documents.has(name)?),
            CaptureSet::Accepted => Ok(self.store.accepted_names()?.iter().any(|accepted| accepted == name)),
        }
    }

    /// The document that a review accepted, if there is one and it is asked for.
    fn accepted(&self, name: &str) -> Result<Option<tracesnap_store::Document>, Error> {
        match self.store.accepted(name) {
            Ok(found) => Ok(Some(found)),
            Err(tracesnap_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The document with so many newer ones; `None` where there are not so many.
    pub(crate) fn by_index(&self, name: &str, index: usize) -> Result<Option<Stored>, Error> {
        if self.set == CaptureSet::Accepted {
            let found = if index == 0 { self.accepted(name)? } else { None };
            return found.map(|found| self.stored(found)).transpose();
        }
        match self.documents.by_index(name, index) {
            Ok(found) => self.stored(found).map(Some),
            Err(tracesnap_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn count(&self, name: &str) -> Result<usize, Error> {
        if self.set == CaptureSet::Accepted {
            return Ok(usize::from(self.has(name)?));
        }
        let mut count = 0;
        for id in self.documents.ids(name) {
            id?;
            count += 1;
        }
        Ok(count)
    }

    /// All documents of a function, newest first; a damaged one is an error in its place.
    pub(crate) fn all(self: &Arc<Self>, name: &str) -> impl Iterator<Item = Result<Stored, Error>> + use<> {
        self.find(name, |_| true)
    }

    /// The documents of a function whose tags and time are wanted, newest first; others are not read.
    pub(crate) fn find<W: FnMut(&Metadata) -> bool + 'static>(
        self: &Arc<Self>,
        name: &str,
        mut wanted: W,
    ) -> impl Iterator<Item = Result<Stored, Error>> + use<W> {
        let shelf = Arc::clone(self);
        let (accepted, all) = match self.set {
            CaptureSet::Recorded | CaptureSet::Pending => {
                (None, Some(self.documents.find(name, wanted).map(move |found| shelf.stored(found?))))
            }
            CaptureSet::Accepted => {
                let found = self.accepted(name).map(|found| found.filter(|found| wanted(found.metadata())));
                (found.and_then(|found| found.map(|found| self.stored(found)).transpose()).transpose(), None)
            }
        };
        accepted.into_iter().chain(all.into_iter().flatten())
    }

    /// What is known of the documents of a function without reading them, newest first.
    pub(crate) fn list<'s>(
        &'s self,
        name: &'s str,
    ) -> impl Iterator<Item = Result<(DocumentId, Metadata), Error>> + 's {
        let (accepted, all) = match self.set {
            CaptureSet::Recorded | CaptureSet::Pending => {
                (None, Some(self.documents.list(name).map(|entry| entry.map(|entry| (entry.id, entry.metadata)))))
            }
            CaptureSet::Accepted => {
                let found = self.accepted(name).transpose();
                (found.map(|found| found.map(|found| (found.id().clone(), found.metadata().clone()))), None)
            }
        };
        accepted.into_iter().chain(all.into_iter().flatten().map(|entry| Ok(entry?)))
    }

    /// Those that wait for a review, by function, then oldest first; a damaged one is an error in its place.
    pub(crate) fn pending(&self) -> Result<Vec<Result<Waiting, Error>>, Error> {
        let read = |id: PendingId| {
            let document = self.read(&self.store.load_pending(&id)?)?;
            Ok((id, document))
        };
        Ok(self.store.pending()?.into_iter().map(|entry| read(entry?.id)).collect())
    }

    pub(crate) fn prune(&self, name: &str, retention: Retention, dry_run: bool) -> Result<Vec<Removal>, Error> {
        Ok(match self.set {
            CaptureSet::Recorded | CaptureSet::Pending => self.documents.prune_to(name, retention, dry_run)?.removed,
            // There is one of each, which somebody wanted.
            CaptureSet::Accepted => Vec::new(),
        })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    fn stored(&self, found: tracesnap_store::Document) -> Result<Stored, Error> {
        Ok(Stored { key: found.id().clone(), document: self.read(&found)? })
    }

    fn read(&self, found: &tracesnap_store::Document) -> Result<Document, Error> {
        let content_type = found.metadata().content_type();
        let json = match self.serializers.iter().find(|serializer| serializer.content_type() == content_type) {
            Some(serializer) => Some(serializer.load(found.body()).map_err(|error| Error::Document {
                origin: found.origin().into(),
                why: format!("the serializer for `{content_type}` failed: {error}"),
            })?),
            _ if content_type == "application/json" => None,
            #[cfg(feature = "messagepack")]
            _ if content_type == crate::MessagePack.content_type() => {
                Some(crate::MessagePack.load(found.body()).map_err(|error| Error::Document {
                    origin: found.origin().into(),
                    why: format!("its MessagePack cannot be read: {error}"),
                })?)
            }
            _ => {
                return Err(Error::Document {
                    origin: found.origin().into(),
                    why: format!("it is stored as `{content_type}`; read it with the serializer that wrote it"),
                });
            }
        };
        Document::from_json(json.as_deref().unwrap_or(found.body()), found.origin())
    }
}
