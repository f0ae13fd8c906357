//! Captures of one folder, by the names of their functions.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tracesnap_store::Retention;

use super::Criteria;
use super::arguments::FromDocument;
use crate::document::{Document, OutcomeKind};
use crate::runtime::Captures;
use crate::storage::{CaptureSet, How, New, Shelf, Stored};
use crate::{Error, Options, distinct};

/// Captures of one folder, by the names of their functions.
///
/// A name is the whole one, `shop::orders::process_order`, or as much of its end as names one function: `process_order`.
#[derive(Clone, Debug)]
pub struct CaptureLoader {
    shelf: Arc<Shelf>,
}

/// A document that was found in a store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Capture {
    /// Which one it is in its store: the name of the function and a number that rises.
    pub key: String,
    /// What it holds.
    pub document: Document,
}

impl Capture {
    /// A document from elsewhere.
    #[must_use]
    pub fn of_document(document: Document) -> Self {
        Self { key: document.id.clone(), document }
    }
}

impl From<Stored> for Capture {
    fn from(stored: Stored) -> Self {
        Self { key: stored.key.to_string(), document: stored.document }
    }
}

/// What is known of a capture without reading it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listed {
    /// Which one it is in its store.
    pub key: String,
    /// Its id.
    pub id: String,
    /// When it was called.
    pub time: std::time::SystemTime,
    /// How it ended.
    pub outcome: Option<OutcomeKind>,
    /// The thread it was called on.
    pub thread: String,
    /// Bytes of the document as it is stored.
    pub bytes: u64,
}

/// What was removed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrunedCaptures {
    /// The keys, newest first.
    pub removed: Vec<String>,
    /// Their size together.
    pub bytes: u64,
}

impl CaptureLoader {
    /// The captures of a folder.
    ///
    /// # Errors
    ///
    /// If it is no folder.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let shelf = Shelf::open(path.as_ref(), How::default())?;
        Ok(Self { shelf: Arc::new(shelf) })
    }

    /// As [`open`](Self::open); where `TRACESNAP_STORE_KEY` holds a key, captures that are not encrypted are read all the
    /// same.
    ///
    /// # Errors
    ///
    /// If it is no folder.
    pub fn open_with_plain(path: impl AsRef<Path>) -> Result<Self, Error> {
        let shelf = Shelf::open(path.as_ref(), How { allow_plain: true, ..How::default() })?;
        Ok(Self { shelf: Arc::new(shelf) })
    }

    /// The captures that hold on this thread, where no attribute says otherwise.
    ///
    /// # Errors
    ///
    /// If the folder cannot be opened.
    pub fn current() -> Result<Self, Error> {
        Self::of_options(&Options::NONE)
    }

    pub(crate) fn of_options(options: &Options) -> Result<Self, Error> {
        Ok(Self { shelf: Captures::current().shelf_of(options)? })
    }

    /// The captures of the same folder that a review accepted, one of each function: [`CaptureConfig::review`].
    ///
    /// [`CaptureConfig::review`]: crate::CaptureConfig::review
    #[must_use]
    pub fn accepted(&self) -> Self {
        Self { shelf: Arc::new(self.shelf.with_set(CaptureSet::Accepted)) }
    }

    /// Other captures of the same folder. [`CaptureConfig::review`] says how they come to be apart.
    ///
    /// All that a loader does, it does with those that are meant; but [`prune`](Self::prune) leaves accepted ones, and what is
    /// [`put`](Self::put) beside recorded ones waits for a review.
    ///
    /// [`CaptureConfig::review`]: crate::CaptureConfig::review
    #[must_use]
    pub fn of_set(&self, set: CaptureSet) -> Self {
        Self { shelf: Arc::new(self.shelf.with_set(set)) }
    }

    /// The captures that wait for a review, by function, then oldest first; a damaged one is an error in its place.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn pending(&self) -> Result<Vec<Result<Capture, Error>>, Error> {
        let pending = self.shelf.pending()?.into_iter();
        Ok(pending.map(|found| found.map(|(id, document)| Capture { key: id.to_string(), document })).collect())
    }

    /// Makes a capture that waits, by its key, the accepted one of its function.
    ///
    /// # Errors
    ///
    /// If another one was accepted since it was taken, if it is not there or damaged, or if it cannot be written.
    pub fn accept(&self, key: &str) -> Result<(), Error> {
        Ok(self.shelf.store().accept(&key.parse()?)?)
    }

    /// As [`accept`](Self::accept), whatever was accepted since it was taken.
    ///
    /// # Errors
    ///
    /// If it is not there or damaged, or cannot be written.
    pub fn accept_over(&self, key: &str) -> Result<(), Error> {
        Ok(self.shelf.store().accept_over(&key.parse()?)?)
    }

    /// Removes a capture that waits, by its key; whether there was one.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    pub fn reject(&self, key: &str) -> Result<bool, Error> {
        Ok(self.shelf.store().reject(&key.parse()?)?)
    }

    /// Encrypts everything in the folder that is plain, with the key in `TRACESNAP_STORE_KEY`; the number of captures. With
    /// `dry_run` nothing is written.
    ///
    /// # Errors
    ///
    /// If there is no key, if something is encrypted with another one, is damaged or cannot be written, or lies in a segment
    /// that a program is writing; those before it are encrypted then.
    #[cfg(feature = "encryption")]
    #[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
    pub fn encrypt(&self, dry_run: bool) -> Result<u64, Error> {
        Ok(self.shelf.store().encrypt(dry_run)?.documents)
    }

    /// Where they lie.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.shelf.path()
    }

    /// The names of all functions that have captures, A to Z.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn functions(&self) -> Result<Vec<String>, Error> {
        self.shelf.names()
    }

    /// The whole name of the function that is meant.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] with names that are near, [`Error::Ambiguous`].
    pub fn resolve(&self, name: &str) -> Result<String, Error> {
        // One question where the whole name was given, however many functions there are.
        if self.shelf.has(name)? {
            return Ok(name.into());
        }
        let names = self.shelf.names()?;
        let ends = |whole: &&String| whole.strip_suffix(name).is_some_and(|before| before.ends_with("::"));
        let fitting: Vec<_> = names.iter().filter(ends).cloned().collect();
        match &fitting[..] {
            [one] => Ok(one.clone()),
            [] => Err(self.not_found(name, &names)),
            _ => Err(Error::Ambiguous { function: name.into(), candidates: fitting }),
        }
    }

    fn not_found(&self, name: &str, names: &[String]) -> Error {
        let last = |name: &str| name.rsplit("::").next().unwrap_or(name).to_owned();
        let wanted = last(name);
        let mut near: BTreeSet<String> = BTreeSet::new();
        for other in names {
            let is_near = tracesnap_config::nearest(&wanted, [last(other).as_str()]).is_some()
                || tracesnap_config::nearest(name, [other.as_str()]).is_some();
            if is_near {
                near.insert(other.clone());
            }
        }
        Error::NotFound {
            function: name.into(),
            wanted: String::new(),
            present: 0,
            path: self.path().display().to_string(),
            near: near.into_iter().collect(),
        }
    }

    /// None of the captures that there are is meant.
    pub(crate) fn none_of(&self, name: &str, wanted: String) -> Error {
        let path = self.path().display().to_string();
        let present = self.shelf.count(name).unwrap_or(0);
        Error::NotFound { function: name.into(), wanted, present, path, near: Vec::new() }
    }

    /// How many captures a function has.
    ///
    /// # Errors
    ///
    /// If that cannot be asked; a function without any has 0.
    pub fn count(&self, name: &str) -> Result<usize, Error> {
        match self.resolve(name) {
            Ok(name) => self.shelf.count(&name),
            Err(Error::NotFound { .. }) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// The latest capture.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; otherwise if it cannot be read.
    pub fn latest(&self, name: &str) -> Result<Capture, Error> {
        self.by_index(name, 0)
    }

    /// The capture with so many newer ones: 0 is the latest.
    ///
    /// # Errors
    ///
    /// As [`latest`](Self::latest).
    pub fn by_index(&self, name: &str, index: usize) -> Result<Capture, Error> {
        // Mostly the whole name is given, and one question is enough.
        if let Ok(Some(found)) = self.shelf.by_index(name, index) {
            return Ok(found.into());
        }
        let name = self.resolve(name)?;
        let found = self.shelf.by_index(&name, index)?;
        found.map(Into::into).ok_or_else(|| self.none_of(&name, format!("has index {index}, counted from the latest")))
    }

    /// All captures, newest first, one in memory at a time; a damaged one is an error in its place.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    pub fn all(&self, name: &str) -> Result<impl Iterator<Item = Result<Capture, Error>> + use<>, Error> {
        self.find(name, &Criteria::new())
    }

    /// The captures that are meant, newest first, one in memory at a time; a damaged one is an error in its place. Those
    /// that cannot be meant by what is known of them are not read.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    pub fn find(
        &self,
        name: &str,
        criteria: &Criteria,
    ) -> Result<impl Iterator<Item = Result<Capture, Error>> + use<>, Error> {
        criteria.check()?;
        let name = self.resolve(name)?;
        let (known, read) = (criteria.clone(), criteria.clone());
        let found = self.shelf.find(&name, move |metadata| known.may_hold(metadata));
        let found = found.filter(move |found| found.as_ref().map_or(true, |found| read.holds(&found.document)));
        Ok(found.map(|found| found.map(Capture::from)))
    }

    /// Calls `each` with every capture, newest first, one in memory at a time.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve); that of `each`, which ends it.
    pub fn for_each(
        &self,
        name: &str,
        mut each: impl FnMut(Result<Capture, Error>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let name = self.resolve(name)?;
        self.shelf.all(&name).try_for_each(|found| each(found.map(Into::into)))
    }

    /// Calls `each` with what is known of every capture, newest first; none is read.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve); that of `each`, which ends it.
    pub fn list(
        &self,
        name: &str,
        mut each: impl FnMut(Result<Listed, Error>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let name = self.resolve(name)?;
        self.shelf.list(&name).try_for_each(|entry| {
            each(entry.map(|(key, metadata)| {
                let tag = |name: &str| metadata.tag(name).unwrap_or_default();
                Listed {
                    key: key.to_string(),
                    id: tag("id").into(),
                    time: metadata.time(),
                    outcome: tag("outcome").parse().ok(),
                    thread: tag("thread").into(),
                    bytes: metadata.bytes(),
                }
            }))
        })
    }

    /// One capture of each shape and outcome, the latest of each.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all); if one is damaged.
    pub fn distinct(&self, name: &str) -> Result<Vec<Capture>, Error> {
        self.all(name)?.collect::<Result<Vec<_>, _>>().map(|all| distinct::of(all, |capture| &capture.document))
    }

    /// Removes captures that a rule does not keep; with `dry_run` says which.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn prune(&self, name: &str, keep: Retention, dry_run: bool) -> Result<PrunedCaptures, Error> {
        let name = self.resolve(name)?;
        let removed = self.shelf.prune(&name, keep, dry_run)?;
        let mut pruned = PrunedCaptures::default();
        for removal in removed {
            pruned.removed.push(removal.id.to_string());
            pruned.bytes += removal.bytes;
        }
        Ok(pruned)
    }

    /// Puts a document into the folder, as the newest of its function: one of another program, or one that was changed.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn put(&self, document: &Document) -> Result<(), Error> {
        self.shelf.put(&New::of_document(document, &document.to_json()))
    }

    /// Changes documents of a function where they are, oldest first, one in memory at a time, or one segment. Gives the
    /// number of those that were changed; with `dry_run` of those that would be.
    ///
    /// Killed in the middle, each document is there once, as it was or as `change` made it; run again, it goes on.
    ///
    /// # Errors
    ///
    /// If one is damaged or cannot be written, or lies in a segment that a program is writing; those before it are changed
    /// then.
    pub fn rewrite(
        &self,
        name: &str,
        dry_run: bool,
        change: impl FnMut(&mut Document) -> Result<bool, Error>,
    ) -> Result<usize, Error> {
        let name = self.resolve(name)?;
        let changed = self.shelf.rewrite(&name, dry_run, change)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }
}

/// Whether a function has a capture; `false` too where that cannot be asked.
#[must_use]
pub fn has_capture(name: &str) -> bool {
    CaptureLoader::current().and_then(|loader| loader.count(name)).is_ok_and(|count| count > 0)
}

/// The arguments of the latest capture of a function that no path can name here: as a struct whose fields are called as
/// the parameters, or a tuple in their order.
///
/// # Errors
///
/// [`Error::NotFound`]; [`Error::NotReplayable`], [`Error::Argument`] if it has not these arguments.
///
/// ```
/// # use tracesnap_capture::{CaptureConfig, Captures, capture, load_named};
/// # mod vendor { #[tracesnap_capture::capture] pub fn area(width: u32, height: u32) -> u32 { width * height } }
/// # let dir = tempfile::tempdir()?;
/// # let captures = Captures::builder().config(CaptureConfig::new().path(dir.path())).build()?;
/// # let _captures = captures.enter();
/// # vendor::area(3, 4);
/// let (width, height) = load_named::<(u32, u32)>("vendor::area")?;
/// assert_eq!((width, height), (3, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load_named<A: DeserializeOwned>(name: &str) -> Result<A, Error> {
    let capture = CaptureLoader::current()?.latest(name)?;
    arguments_of(&capture.document)
}

/// The same as JSON: an object by the names of the parameters. Arguments that were kept back are placeholders.
///
/// # Errors
///
/// [`Error::NotFound`]; otherwise if it cannot be read.
pub fn load_named_json(name: &str) -> Result<Map<String, Value>, Error> {
    let capture = CaptureLoader::current()?.latest(name)?;
    Ok(object(&capture.document))
}

/// All arguments by name.
pub(crate) fn object(document: &Document) -> Map<String, Value> {
    let names = document.names().into_iter();
    names.filter_map(|name| document.argument(&name).cloned().map(|value| (name, value))).collect()
}

/// All arguments as a struct or a tuple.
pub(crate) fn arguments_of<A: DeserializeOwned>(document: &Document) -> Result<A, Error> {
    FromDocument::check(document)?;
    let by_name = Value::Object(object(document));
    let failed = match serde_path_to_error::deserialize(&by_name) {
        Ok(args) => return Ok(args),
        Err(error) => error,
    };
    let in_order = Value::Array(document.names().iter().filter_map(|name| document.argument(name).cloned()).collect());
    let of_tuple = match serde_path_to_error::deserialize(&in_order) {
        Ok(args) => return Ok(args),
        Err(error) => error,
    };
    // What wants a tuple says so of an object.
    let is_tuple = failed.to_string().contains("invalid type: map");
    let error = if is_tuple { of_tuple } else { failed };
    Err(Error::Argument {
        function: document.function().into(),
        id: document.id.clone(),
        name: error.path().to_string(),
        ty: std::any::type_name::<A>().into(),
        why: error.into_inner().to_string(),
    })
}

impl fmt::Display for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)
    }
}
