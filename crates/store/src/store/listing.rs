//! Documents of a name one after the other, none of them held longer than it is looked at.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Store;
use crate::backend::{Item, Numbered, Part, Slot, Space, Walk};
use crate::document::{self, Document, Entry, MAX_METADATA};
use crate::{Action, DocumentId, Error, Metadata, name};

/// So many items are listed at a time.
const PAGE: usize = 1_024;

/// Metadata is nearly always within so many bytes.
const START: u64 = 4_096;

impl Store {
    /// The ids of all documents of a name, newest first. Files of documents are not opened.
    #[must_use]
    pub fn ids(&self, name: &str) -> Ids {
        Ids(Raw::new(self, self.line(name)))
    }

    /// What is known of all documents of a name, newest first; bodies are not read. A document that is damaged is an
    /// error in its place, and the next one follows.
    #[must_use]
    pub fn list(&self, name: &str) -> Entries {
        Entries(Raw::new(self, self.line(name)))
    }

    /// All documents of a name, newest first. A document that is damaged is an error in its place, and the next one
    /// follows.
    #[must_use]
    pub fn all(&self, name: &str) -> Documents<'static> {
        Documents { raw: Raw::new(self, self.line(name)), wanted: Box::new(|_| true), loaded: 0 }
    }

    /// The documents of a name whose metadata is wanted, newest first. Bodies of others are not read. A document that is
    /// damaged is an error in its place, and the next one follows.
    #[must_use]
    pub fn find<'a>(&self, name: &str, wanted: impl FnMut(&Metadata) -> bool + 'a) -> Documents<'a> {
        Documents { raw: Raw::new(self, self.line(name)), wanted: Box::new(wanted), loaded: 0 }
    }
}

/// The items of a line, a page at a time.
#[derive(Debug)]
pub(crate) struct Items {
    store: Store,
    space: Space,
    name: Arc<str>,
    /// Where the next page begins; `None` at the end.
    walk: Option<Walk>,
    page: VecDeque<Numbered>,
}

impl Items {
    pub(crate) fn newest_first(store: &Store, line: Slot<'_>) -> Self {
        let (store, space, name) = (store.clone(), line.space, line.name.into());
        Self { store, space, name, walk: Some(Walk::NewestFirst(None)), page: VecDeque::new() }
    }

    pub(crate) fn oldest_first(store: &Store, line: Slot<'_>) -> Self {
        Self { walk: Some(Walk::OldestFirst(None)), ..Self::newest_first(store, line) }
    }

    fn line(&self) -> Slot<'_> {
        Slot::new(self.space, &self.name)
    }
}

impl Iterator for Items {
    type Item = Result<Numbered, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty() {
            let walk = self.walk.take()?;
            match self.store.backend().page(self.line(), walk, PAGE) {
                Ok(page) => self.page = page.into(),
                Err(error) => return Some(Err(error)),
            }
            let last = self.page.back().map(|item| item.number);
            self.walk = last.map(|last| match walk {
                Walk::NewestFirst(_) => Walk::NewestFirst(Some(last)),
                Walk::OldestFirst(_) => Walk::OldestFirst(Some(last)),
            });
        }
        self.page.pop_front().map(Ok)
    }
}

/// A document that was found and not yet read.
#[derive(Debug)]
pub(crate) enum Found {
    /// With a file of its own.
    Alone(Numbered),
    /// In a segment, which was read.
    #[cfg(feature = "segments")]
    Framed { id: DocumentId, bytes: Vec<u8> },
}

/// Documents of a line, those of segments each in its turn.
#[derive(Debug)]
struct Raw {
    items: Items,
    is_checked: bool,
    is_backwards: bool,
    /// The segment that is being walked.
    #[cfg(feature = "segments")]
    segment: Option<(Numbered, crate::segment::Frames)>,
}

impl Raw {
    fn new(store: &Store, line: Slot<'_>) -> Self {
        Self {
            items: Items::newest_first(store, line),
            is_checked: false,
            is_backwards: true,
            #[cfg(feature = "segments")]
            segment: None,
        }
    }

    fn turn(&mut self) {
        self.items.walk = Some(Walk::OldestFirst(None));
        self.is_backwards = false;
    }

    fn next(&mut self) -> Option<Result<Found, Error>> {
        if !std::mem::replace(&mut self.is_checked, true)
            && let Err(error) = name::check(&self.items.name)
        {
            self.items.walk = None;
            return Some(Err(error));
        }
        #[cfg_attr(not(feature = "segments"), allow(clippy::never_loop, reason = "an empty segment is passed over"))]
        loop {
            #[cfg(feature = "segments")]
            if let Some((item, frames)) = &mut self.segment {
                match frames.next() {
                    Some(Ok((place, bytes))) => {
                        let id = DocumentId::in_segment(&*self.items.name, item.number, place);
                        return Some(Ok(Found::Framed { id, bytes }));
                    }
                    Some(Err(error)) => return Some(Err(error)),
                    None => self.segment = None,
                }
            }
            let item = match self.items.next()? {
                Ok(item) => item,
                Err(error) => return Some(Err(error)),
            };
            match item.item {
                Item::Document => return Some(Ok(Found::Alone(item))),
                #[cfg(feature = "segments")]
                Item::Segment => {
                    match crate::segment::frames(&self.items.store, self.items.line(), item, self.is_backwards) {
                        Ok(frames) => self.segment = frames.map(|frames| (item, frames)),
                        Err(error) => return Some(Err(error)),
                    }
                }
                #[cfg(not(feature = "segments"))]
                Item::Segment => return Some(Err(self.items.store.no_segments(self.items.line(), item))),
            }
        }
    }

    fn origin(&self, found: &Found) -> String {
        let item = match found {
            Found::Alone(item) => *item,
            #[cfg(feature = "segments")]
            Found::Framed { id, .. } => Numbered { number: id.number(), item: Item::Segment },
        };
        self.items.store.backend().item_origin(self.items.line(), item)
    }

    /// The beginning of a document with its metadata; `None` if it went away.
    fn start(&self, found: &Found, origin: &str) -> Result<Option<(Entry, Vec<u8>)>, Error> {
        let store = &self.items.store;
        let (id, mut bytes, is_whole) = match found {
            Found::Alone(item) => {
                let Some(bytes) = store.backend().read(self.items.line(), *item, Part::Start(START))? else {
                    return Ok(None);
                };
                (DocumentId::new(&*self.items.name, item.number), bytes, false)
            }
            #[cfg(feature = "segments")]
            Found::Framed { id, bytes } => (id.clone(), bytes.clone(), true),
        };
        let mut parts = document::decode_start(&bytes, origin)?.map(|parts| parts.metadata);
        if parts.is_none()
            && !is_whole
            && let Found::Alone(item) = found
        {
            let Some(more) = store.backend().read(self.items.line(), *item, Part::Start(2 * MAX_METADATA as u64))?
            else {
                return Ok(None);
            };
            bytes = more;
            parts = document::decode_start(&bytes, origin)?.map(|parts| parts.metadata);
        }
        let metadata = parts.ok_or_else(|| Error::corrupt(origin, "it ends within its metadata".to_owned()))?;
        if metadata.name() != id.name() {
            let why = format!("it says it is of `{}` and lies with `{}`", metadata.name(), id.name());
            return Err(Error::corrupt(origin, why));
        }
        Ok(Some((Entry { id, metadata }, bytes)))
    }
}

/// Ids of documents, as [`Store::ids`] gives them.
#[derive(Debug)]
pub struct Ids(Raw);

impl Ids {
    /// Turns the order around.
    #[must_use]
    pub fn oldest_first(mut self) -> Self {
        self.0.turn();
        self
    }
}

impl Iterator for Ids {
    type Item = Result<DocumentId, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let name = Arc::clone(&self.0.items.name);
        Some(self.0.next()?.map(|found| match found {
            Found::Alone(item) => DocumentId::new(&*name, item.number),
            #[cfg(feature = "segments")]
            Found::Framed { id, .. } => id,
        }))
    }
}

/// What is known of documents, as [`Store::list`] gives it.
#[derive(Debug)]
pub struct Entries(Raw);

impl Entries {
    pub(super) fn of(store: &Store, line: Slot<'_>) -> Self {
        Self(Raw::new(store, line))
    }

    /// Turns the order around.
    #[must_use]
    pub fn oldest_first(mut self) -> Self {
        self.0.turn();
        self
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = match self.0.next()? {
                Ok(found) => found,
                Err(error) => return Some(Err(error)),
            };
            // Where there is none, it went away meanwhile.
            if let Some(entry) = self.0.start(&found, &self.0.origin(&found)).transpose() {
                return Some(entry.map(|(entry, _)| entry));
            }
        }
    }
}

/// Documents, as [`Store::all`] and [`Store::find`] give them.
pub struct Documents<'a> {
    raw: Raw,
    wanted: Box<dyn FnMut(&Metadata) -> bool + 'a>,
    loaded: u64,
}

impl std::fmt::Debug for Documents<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("raw", &self.raw).field("loaded", &self.loaded).finish_non_exhaustive()
    }
}

impl Documents<'_> {
    /// Turns the order around.
    #[must_use]
    pub fn oldest_first(mut self) -> Self {
        self.raw.turn();
        self
    }

    /// Reads a document, if it is wanted.
    fn read(&mut self, found: Found) -> Result<Option<Document>, Error> {
        let origin = self.raw.origin(&found);
        let Some((entry, start)) = self.raw.start(&found, &origin)? else { return Ok(None) };
        if !(self.wanted)(&entry.metadata) {
            return Ok(None);
        }
        let store = &self.raw.items.store;
        let bytes = match &found {
            Found::Alone(item) if start.len() as u64 >= START => {
                match store.backend().read(self.raw.items.line(), *item, Part::All)? {
                    Some(bytes) => bytes,
                    None => return Ok(None),
                }
            }
            // That was all of it.
            _ => start,
        };
        store.decode(entry.id, origin, bytes).map(Some)
    }

    fn note(&mut self) -> Result<(), Error> {
        match std::mem::take(&mut self.loaded) {
            0 => Ok(()),
            loaded => self.raw.items.store.audit_many(Action::Load, &self.raw.items.name, loaded),
        }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Document, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = match self.raw.next() {
                Some(Ok(found)) => found,
                Some(Err(error)) => return Some(Err(error)),
                None => return self.note().err().map(Err),
            };
            if let Some(document) = self.read(found).transpose() {
                self.loaded += u64::from(document.is_ok());
                return Some(document);
            }
        }
    }
}

/// One line in the log for all that were read, however many that were.
impl Drop for Documents<'_> {
    fn drop(&mut self) {
        // Whoever reads to the end is told of a log that cannot be written to.
        let _ = self.note();
    }
}
