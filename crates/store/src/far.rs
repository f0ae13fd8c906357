//! A store in what `object_store` reaches: S3, Google Cloud Storage, Azure, a directory, memory.
//!
//! Keys are those of a [directory](crate::Store::open), so that one can be copied into the other. There are no locks
//! there: a number is taken by creating its object where there is none, which such stores do in one step.

use std::future::Future;
use std::ops::Range;
use std::sync::Arc;

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion,
};

use crate::backend::{Backend, Item, Numbered, Part, Slot, Space, Stat, Walk};
use crate::objects::parse_url;
use crate::{Error, Waiting, document, name};

/// Numbers under one prefix, as a power of two.
const SHARD_BITS: u32 = 10;

/// A [`Backend`] in an object store.
///
/// It waits on a thread of its own, so that it is used as any other, also within a runtime; the thread that asks is
/// blocked meanwhile.
///
/// Where the store cannot replace under a condition, as the local file system of `object_store` cannot, of two who
/// accept at the same moment the last one wins.
#[derive(Debug)]
pub struct ObjectStoreBackend {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    waiting: Waiting,
}

/// What the head of a line says: no number from `next` on was given, `newest` was there. A hint that is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Noted {
    next: u64,
    newest: u64,
}

impl Noted {
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (next, newest) = std::str::from_utf8(bytes).ok()?.trim_end().split_once(' ')?;
        Some(Self { next: next.parse().ok()?, newest: newest.parse().ok()? })
    }
}

type Result<T, E = Error> = std::result::Result<T, E>;
type Answer<T> = object_store::Result<T>;

impl ObjectStoreBackend {
    /// Keeps everything below this prefix, which may be empty.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Result<Self> {
        let prefix = prefix.trim_matches('/').to_owned();
        Ok(Self { store, prefix, waiting: Waiting::start("tracesnap-store")? })
    }

    /// Keeps everything below a URL, as `s3://bucket/prefix`, `gs://…`, `az://…`, `file:///…`, `memory:///`, with the
    /// options that `object_store` knows: keys and values as `aws_access_key_id`, `aws_endpoint`. Options may come from
    /// [`std::env::vars`]; those it does not know are passed over.
    ///
    /// # Errors
    ///
    /// If the URL is none of a store this build reaches: features `s3`, `gcs`, `azure`.
    pub fn from_url(url: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let (store, path) = parse_url(url, options)?;
        Self::new(store, path.as_ref())
    }

    /// Waits for an answer of the store.
    fn wait<T: Send + 'static>(
        &self,
        ask: impl Future<Output = Answer<T>> + Send + 'static,
        what: impl FnOnce() -> String,
    ) -> Result<T> {
        match self.waiting.wait(ask) {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(Error::backend(what(), error)),
            None => Err(Error::backend(what(), "the thread of the object store ended")),
        }
    }

    /// The path of a key below the prefix. Keys are made of harmless characters only.
    fn path(&self, key: &str) -> Result<Path> {
        let whole = if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        Path::parse(&whole).map_err(|error| Error::backend(format!("use the key `{whole}`"), error))
    }

    fn line_key(line: Slot<'_>) -> String {
        format!("{}/{}", line.space.as_str(), line.file_name())
    }

    fn item_key(line: Slot<'_>, item: Numbered) -> String {
        let shard = item.number >> SHARD_BITS;
        format!("{}/{shard:06}/{:08}.{}", Self::line_key(line), item.number, item.item.as_str())
    }

    fn object_key(object: Slot<'_>) -> String {
        let file_name = object.file_name();
        match object.space {
            Space::Blobs => {
                let (first, rest) = file_name.split_at(file_name.len().min(2));
                format!("blobs/{first}/{rest}")
            }
            space => format!("{}/{file_name}.document", space.as_str()),
        }
    }

    /// Bytes of an object with what tells its version.
    fn get(&self, key: &str, range: Option<GetRange>) -> Result<Option<(Vec<u8>, ObjectMeta)>> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let ask = async move {
            let options = GetOptions { range, ..GetOptions::default() };
            match store.get_opts(&path, options).await {
                Ok(found) => {
                    let meta = found.meta.clone();
                    Ok(Some((found.bytes().await?.to_vec(), meta)))
                }
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.wait(ask, || format!("read `{key}`"))
    }

    fn head(&self, key: &str) -> Result<Option<ObjectMeta>> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let ask = async move {
            match store.head(&path).await {
                Ok(found) => Ok(Some(found)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.wait(ask, || format!("read `{key}`"))
    }

    /// Whether it was put; `false` if the condition of `mode` does not hold.
    fn put(&self, key: &str, bytes: &[u8], mode: PutMode) -> Result<bool> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let payload = PutPayload::from(bytes.to_vec());
        let ask = async move {
            match store
                .put_opts(&path, payload.clone(), PutOptions { mode: mode.clone(), ..PutOptions::default() })
                .await
            {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => Ok(false),
                Err(object_store::Error::NotImplemented { .. }) if matches!(mode, PutMode::Update(_)) => {
                    store.put(&path, payload).await.map(|_| true)
                }
                Err(error) => Err(error),
            }
        };
        self.wait(ask, || format!("write `{key}`"))
    }

    fn delete(&self, key: &str) -> Result<()> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let ask = async move {
            match store.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        };
        self.wait(ask, || format!("remove `{key}`"))
    }

    /// Last parts of the keys directly below `key`: those of prefixes, those of objects.
    fn below(&self, key: &str) -> Result<(Vec<String>, Vec<String>)> {
        let (store, path) = (Arc::clone(&self.store), self.path(key)?);
        let ask = async move { store.list_with_delimiter(Some(&path)).await };
        let found = self.wait(ask, || format!("list `{key}`"))?;
        let last = |path: &Path| path.filename().map(str::to_owned);
        Ok((
            found.common_prefixes.iter().filter_map(last).collect(),
            found.objects.iter().filter_map(|meta| last(&meta.location)).collect(),
        ))
    }

    fn noted(&self, line: Slot<'_>) -> Result<Option<Noted>> {
        let head = self.get(&format!("{}/head", Self::line_key(line)), None)?;
        Ok(head.and_then(|(bytes, _)| Noted::decode(&bytes)))
    }

    fn note(&self, line: Slot<'_>, noted: Noted) -> Result<()> {
        let text = format!("{} {}\n", noted.next, noted.newest);
        self.put(&format!("{}/head", Self::line_key(line)), text.as_bytes(), PutMode::Overwrite).map(drop)
    }

    fn item_at(&self, line: Slot<'_>, number: u64) -> Result<Option<Numbered>> {
        for item in [Item::Segment, Item::Document].map(|item| Numbered { number, item }) {
            if self.head(&Self::item_key(line, item))?.is_some() {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    fn scanned(&self, line: Slot<'_>) -> Result<Option<Numbered>> {
        Ok(self.page(line, Walk::NewestFirst(None), 1)?.first().copied())
    }

    fn name_of_line(&self, line: &str) -> Result<Option<String>> {
        let (store, path) = (Arc::clone(&self.store), self.path(line)?);
        let ask = async move {
            let found = store.list(Some(&path)).try_filter(|meta| {
                let is_document = meta.location.as_ref().ends_with(".document");
                std::future::ready(is_document || meta.location.as_ref().ends_with(".segment"))
            });
            let mut found = std::pin::pin!(found);
            let Some(meta) = found.try_next().await? else { return Ok(None) };
            let range = 0..meta.size.min(document::MAX_METADATA as u64);
            Ok(Some(store.get_range(&meta.location, range).await?))
        };
        let start = self.wait(ask, || format!("list `{line}`"))?;
        Ok(start.and_then(|bytes| name_in(&bytes)))
    }
}

fn name_in(bytes: &[u8]) -> Option<String> {
    #[cfg(feature = "segments")]
    if let Some(name) = crate::segment::name_in(bytes) {
        return Some(name);
    }
    Some(document::decode_start(bytes, "").ok()??.metadata.name().to_owned())
}

fn item_in(file_name: &str) -> Option<Numbered> {
    let (number, kind) = file_name.split_once('.')?;
    let item = [Item::Document, Item::Segment].into_iter().find(|item| item.as_str() == kind)?;
    Some(Numbered { number: number.parse().ok().filter(|number| *number > 0)?, item })
}

fn range(part: &Part) -> Option<GetRange> {
    match part {
        Part::All => None,
        Part::Start(most) => Some(GetRange::Bounded(0..*most)),
        Part::End(most) => Some(GetRange::Suffix(*most)),
        Part::Range(Range { start, end }) => Some(GetRange::Bounded(*start..*end)),
    }
}

impl Backend for ObjectStoreBackend {
    fn append(&self, line: Slot<'_>, item: Item, bytes: &[u8]) -> Result<u64> {
        let mut number = match self.noted(line)? {
            Some(noted) => noted.next.max(1),
            None => self.scanned(line)?.map_or(1, |newest| newest.number + 1),
        };
        loop {
            let taken = Numbered { number, item };
            if self.put(&Self::item_key(line, taken), bytes, PutMode::Create)? {
                break;
            }
            number += 1;
        }
        // It is there already: a head that is behind is found out by whoever looks further.
        let _ = self.note(line, Noted { next: number + 1, newest: number });
        Ok(number)
    }

    fn latest(&self, line: Slot<'_>) -> Result<Option<Numbered>> {
        if let Some(noted) = self.noted(line)? {
            let mut newest = if noted.newest > 0 { self.item_at(line, noted.newest)? } else { None };
            let mut next = noted.next.max(1);
            while let Some(item) = self.item_at(line, next)? {
                newest = Some(item);
                next += 1;
            }
            if newest.is_some() {
                return Ok(newest);
            }
        }
        self.scanned(line)
    }

    fn page(&self, line: Slot<'_>, walk: Walk, about: usize) -> Result<Vec<Numbered>> {
        let key = Self::line_key(line);
        let (shards, _) = self.below(&key)?;
        let mut shards: Vec<u64> = shards.iter().filter_map(|shard| shard.parse().ok()).collect();
        shards.sort_unstable();
        let is_wanted = |number: u64| match walk {
            Walk::NewestFirst(below) => below.is_none_or(|below| number < below),
            Walk::OldestFirst(above) => above.is_none_or(|above| number > above),
        };
        let is_backwards = matches!(walk, Walk::NewestFirst(_));
        match walk {
            Walk::NewestFirst(below) => shards.retain(|shard| below.is_none_or(|below| *shard <= below >> SHARD_BITS)),
            Walk::OldestFirst(above) => shards.retain(|shard| above.is_none_or(|above| *shard >= above >> SHARD_BITS)),
        }
        if is_backwards {
            shards.reverse();
        }
        let mut page = Vec::new();
        for shard in shards {
            let from = page.len();
            let (_, names) = self.below(&format!("{key}/{shard:06}"))?;
            page.extend(names.iter().filter_map(|name| item_in(name)).filter(|item| is_wanted(item.number)));
            page[from..].sort_unstable();
            if is_backwards {
                page[from..].reverse();
            }
            if page.len() >= about.max(1) {
                break;
            }
        }
        Ok(page)
    }

    fn read(&self, line: Slot<'_>, item: Numbered, part: Part) -> Result<Option<Vec<u8>>> {
        Ok(self.get(&Self::item_key(line, item), range(&part))?.map(|(bytes, _)| bytes))
    }

    fn stat(&self, line: Slot<'_>, item: Numbered) -> Result<Option<Stat>> {
        let found = self.head(&Self::item_key(line, item))?;
        Ok(found.map(|meta| Stat { bytes: meta.size, modified: meta.last_modified.into() }))
    }

    fn remove(&self, line: Slot<'_>, item: Numbered) -> Result<bool> {
        let key = Self::item_key(line, item);
        if self.head(&key)?.is_none() {
            return Ok(false);
        }
        let noted = self.noted(line)?.unwrap_or_default();
        let is_newest = item.number >= noted.newest;
        let next = noted.next.max(item.number + 1);
        if is_newest {
            // The number is spent before it is free.
            self.note(line, Noted { next, newest: item.number })?;
        }
        self.delete(&key)?;
        if is_newest {
            let newest = self.scanned(line)?.map_or(0, |newest| newest.number);
            self.note(line, Noted { next: next.max(newest + 1), newest })?;
        }
        Ok(true)
    }

    fn overwrite(&self, line: Slot<'_>, item: Numbered, bytes: &[u8]) -> Result<bool> {
        let key = Self::item_key(line, item);
        let Some(meta) = self.head(&key)? else { return Ok(false) };
        let version = UpdateVersion { e_tag: meta.e_tag, version: meta.version };
        self.put(&key, bytes, PutMode::Update(version))
    }

    fn load(&self, object: Slot<'_>) -> Result<Option<Vec<u8>>> {
        Ok(self.get(&Self::object_key(object), None)?.map(|(bytes, _)| bytes))
    }

    fn replace(&self, object: Slot<'_>, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool> {
        let key = Self::object_key(object);
        let found = self.get(&key, None)?;
        if found.as_ref().map(|(bytes, _)| &bytes[..]) != expected {
            return Ok(false);
        }
        match (found, new) {
            (None, None) => Ok(true),
            (None, Some(new)) => self.put(&key, new, PutMode::Create),
            (Some(_), None) => self.delete(&key).map(|()| true),
            (Some((_, meta)), Some(new)) => {
                let version = UpdateVersion { e_tag: meta.e_tag, version: meta.version };
                self.put(&key, new, PutMode::Update(version))
            }
        }
    }

    fn stat_object(&self, object: Slot<'_>) -> Result<Option<Stat>> {
        let found = self.head(&Self::object_key(object))?;
        Ok(found.map(|meta| Stat { bytes: meta.size, modified: meta.last_modified.into() }))
    }

    fn names(&self, space: Space) -> Result<Vec<String>> {
        let (prefixes, objects) = self.below(space.as_str())?;
        let mut names = Vec::new();
        match space {
            Space::Documents | Space::Pending => {
                for file_name in prefixes {
                    match name::decode(&file_name) {
                        name::Decoded::Name(name) => {
                            if self.latest(Slot::new(space, &name))?.is_some() {
                                names.push(name);
                            }
                        }
                        name::Decoded::Hashed => {
                            names.extend(self.name_of_line(&format!("{}/{file_name}", space.as_str()))?);
                        }
                        name::Decoded::Foreign => {}
                    }
                }
            }
            Space::Accepted => {
                for key in objects {
                    let Some(file_name) = key.strip_suffix(".document") else { continue };
                    match name::decode(file_name) {
                        name::Decoded::Name(name) => names.push(name),
                        name::Decoded::Hashed => {
                            let bytes = self.get(&format!("accepted/{key}"), None)?;
                            names.extend(bytes.and_then(|(bytes, _)| name_in(&bytes)));
                        }
                        name::Decoded::Foreign => {}
                    }
                }
            }
            Space::Blobs => {
                for first in prefixes {
                    let (_, rest) = self.below(&format!("blobs/{first}"))?;
                    names.extend(rest.iter().map(|rest| format!("{first}{rest}")));
                }
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn item_origin(&self, line: Slot<'_>, item: Numbered) -> String {
        format!("{} {}/{}", self.store, self.prefix, Self::item_key(line, item))
    }

    fn object_origin(&self, object: Slot<'_>) -> String {
        format!("{} {}/{}", self.store, self.prefix, Self::object_key(object))
    }
}
