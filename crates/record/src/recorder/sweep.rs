//! Removes blobs that nothing in a folder of recordings refers to.
//!
//! What refers to a blob is not understood but searched for: whatever file of the folder holds the hash of a blob keeps
//! it, be it a session, a journal, a set that waits, one that is damaged, or one of a later version. Where the folder
//! lies, a [`Storage`] knows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::BlobFolder;
use super::storage::{LocalStorage, Storage, StoredFile};
use crate::Error;
use crate::file::{JOURNAL_EXTENSION, read_from};

/// Blobs that were written later than this before a sweep stay: an hour. What refers to them may be on its way.
pub const DEFAULT_SETTLED: Duration = Duration::from_secs(3_600);

/// A blob that nothing refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreferenced {
    /// Where it lies: below the folder of recordings, where that is one of this machine its path.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    file: StoredFile,
}

/// What a sweep found, or removed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SweptBlobs {
    /// Blobs that nothing refers to, and what killed writers left, A to Z.
    pub removed: Vec<Unreferenced>,
    /// How much that is.
    pub bytes: u64,
    /// Blobs that something refers to.
    pub referenced: u64,
    /// Blobs that nothing refers to yet, and that stay: they were written a short while ago, or since a session began that
    /// has not ended.
    pub unsettled: u64,
    /// What could not be removed, and why.
    pub failed: Vec<(PathBuf, io::Error)>,
}

/// A folder that changes all the time is given up after so many looks.
const LOOKS: u32 = 10;

impl BlobFolder {
    /// As [`plan_sweep`], in this folder; `without` says which files do not count, by their paths.
    ///
    /// # Errors
    ///
    /// As [`plan_sweep`].
    pub fn plan_sweep(&self, settled: Duration, without: impl Fn(&Path) -> bool) -> Result<SweptBlobs, Error> {
        let root = self.recordings();
        let swept = plan_sweep(&LocalStorage::new(root), settled, |name| without(&root.join(name)))?;
        Ok(self.with_paths(swept))
    }

    /// As [`sweep`], in this folder.
    ///
    /// # Errors
    ///
    /// As [`plan_sweep`]; nothing is removed then.
    pub fn sweep(&self, settled: Duration) -> Result<SweptBlobs, Error> {
        Ok(self.with_paths(sweep(&LocalStorage::new(self.recordings()), settled)?))
    }

    /// The folder of recordings, beside which the blobs lie.
    fn recordings(&self) -> &Path {
        self.dir.parent().unwrap_or(Path::new(""))
    }

    fn with_paths(&self, mut swept: SweptBlobs) -> SweptBlobs {
        for path in
            swept.removed.iter_mut().map(|one| &mut one.path).chain(swept.failed.iter_mut().map(|one| &mut one.0))
        {
            *path = self.recordings().join(&*path);
        }
        swept
    }
}

/// Finds blobs that nothing refers to; `without` says which files do not count, since they are to be removed too.
///
/// A blob stays if it was written less than `settled` ago, or after the beginning of a session that has not ended: its
/// interaction may not be sealed yet. A session whose program was killed has not ended.
///
/// # Errors
///
/// If something of the folder cannot be read: then nobody knows what it refers to. If it changes all the time.
pub fn plan_sweep(
    storage: &impl Storage,
    settled: Duration,
    without: impl Fn(&str) -> bool,
) -> Result<SweptBlobs, Error> {
    let mut settled_before = SystemTime::now().checked_sub(settled).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut before = Listing::new(storage.files()?);
    let blobs = std::mem::take(&mut before.blobs);
    if blobs.is_empty() {
        return Ok(SweptBlobs::default());
    }
    let mut referenced = HashSet::new();
    for look in 1.. {
        for name in before.others.keys().filter(|name| !without(name)) {
            // One that is gone by now is told by the next listing.
            let Some(from) = storage.read(name)? else { continue };
            hashes_in(from, name, &mut referenced)?;
            if name.ends_with(JOURNAL_EXTENSION) {
                let written = before.journals.get(name).copied().unwrap_or_else(SystemTime::now);
                settled_before = settled_before.min(began(storage, name)?.unwrap_or(written));
            }
        }
        // A set may have gone from one place to another while we looked.
        let after = Listing::new(storage.files()?);
        if after.others == before.others {
            break;
        }
        if look == LOOKS {
            let why = "it changes all the time; try again when nothing is recorded";
            return Err(Error::read(Path::new("the folder of recordings"), io::Error::other(why)));
        }
        before = after;
    }
    follow_sessions(storage, &mut referenced)?;
    let mut swept = SweptBlobs::default();
    for (hash, file) in blobs {
        if hash.is_some_and(|hash| referenced.contains(&hash)) {
            swept.referenced += 1;
        } else if file.modified >= settled_before {
            swept.unsettled += 1;
        } else {
            swept.bytes += file.bytes;
            swept.removed.push(Unreferenced { path: PathBuf::from(&file.name), bytes: file.bytes, file });
        }
    }
    Ok(swept)
}

/// Removes blobs that nothing refers to: see [`plan_sweep`]. Killed in the middle, it has removed fewer.
///
/// # Errors
///
/// As [`plan_sweep`]; nothing is removed then.
pub fn sweep(storage: &impl Storage, settled: Duration) -> Result<SweptBlobs, Error> {
    let mut swept = plan_sweep(storage, settled, |_| false)?;
    for found in std::mem::take(&mut swept.removed) {
        match storage.remove(&found.file) {
            Ok(true) => swept.removed.push(found),
            Ok(false) => {
                swept.bytes -= found.bytes;
                swept.unsettled += 1;
            }
            Err(error) => {
                swept.bytes -= found.bytes;
                swept.failed.push((found.path, error));
            }
        }
    }
    Ok(swept)
}

/// What lies in a folder of recordings.
struct Listing {
    /// Blobs and what killed writers left, A to Z; of a blob its hash.
    blobs: Vec<(Option<String>, StoredFile)>,
    /// What else there is: size and time of each file, but for journals, which grow.
    others: BTreeMap<String, Option<(u64, SystemTime)>>,
    /// When each journal was written.
    journals: HashMap<String, SystemTime>,
}

impl Listing {
    fn new(files: Vec<StoredFile>) -> Self {
        let mut listing = Self { blobs: Vec::new(), others: BTreeMap::new(), journals: HashMap::new() };
        for file in files {
            let Some(below) = file.name.strip_prefix("blobs/") else {
                let grows = file.name.ends_with(JOURNAL_EXTENSION);
                if grows {
                    listing.journals.insert(file.name.clone(), file.modified);
                }
                listing.others.insert(file.name, (!grows).then_some((file.bytes, file.modified)));
                continue;
            };
            let hash = below.replacen('/', "", 1);
            let is_hash = hash.len() == 64 && hash.bytes().all(is_hex);
            // What else lies here is not ours.
            if is_hash || below.starts_with("unfinished-") {
                listing.blobs.push((is_hash.then_some(hash), file));
            }
        }
        listing.blobs.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        listing
    }
}

/// A blob may be a session that was too large for the store, and refer to others.
fn follow_sessions(storage: &impl Storage, referenced: &mut HashSet<String>) -> Result<(), Error> {
    const START: &[u8] = b"{\n  \"session_id\"";
    let mut new: Vec<String> = referenced.iter().cloned().collect();
    while let Some(hash) = new.pop() {
        let name = format!("blobs/{}/{}", &hash[..2], &hash[2..]);
        // A hash of something else is that of no blob.
        let Some(mut from) = storage.read(&name)? else { continue };
        let mut start = [0; START.len()];
        if from.read_exact(&mut start).is_ok() && start == START {
            let mut within = HashSet::new();
            hashes_in(from, &name, &mut within)?;
            new.extend(within.into_iter().filter(|hash| referenced.insert(hash.clone())));
        }
    }
    Ok(())
}

/// When the session of a journal began, `None` where it does not say so.
fn began(storage: &impl Storage, journal: &str) -> Result<Option<SystemTime>, Error> {
    let Some(from) = storage.read(journal)? else { return Ok(None) };
    let head = read_from(BufReader::new(from), journal, &mut |_| ControlFlow::Break(()));
    Ok(head.ok().map(|head| head.timestamp.time()))
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Collects all runs of exactly 64 hexadecimal digits of a file, in memory that does not grow with it.
fn hashes_in(from: impl Read, name: &str, found: &mut HashSet<String>) -> Result<(), Error> {
    let mut from = BufReader::with_capacity(1 << 18, from);
    // The digits that are open, `None` when there are too many of them.
    let mut open = Some(Vec::with_capacity(64));
    loop {
        let bytes = from.fill_buf().map_err(|source| Error::read(Path::new(name), source))?;
        if bytes.is_empty() {
            break;
        }
        for &byte in bytes {
            match (&mut open, is_hex(byte)) {
                (Some(digits), true) if digits.len() == 64 => open = None,
                (Some(digits), true) => digits.push(byte),
                (None, true) => {}
                (digits, false) => close(digits, found),
            }
        }
        let read = bytes.len();
        from.consume(read);
    }
    close(&mut open, found);
    Ok(())
}

fn close(open: &mut Option<Vec<u8>>, found: &mut HashSet<String>) {
    match open {
        Some(digits) => {
            if digits.len() == 64
                && let Ok(hash) = String::from_utf8(digits.clone())
            {
                found.insert(hash);
            }
            digits.clear();
        }
        None => *open = Some(Vec::with_capacity(64)),
    }
}
