//! Removes blobs that nothing in a folder of recordings refers to.
//!
//! What refers to a blob is not understood but searched for: whatever file of the folder holds the hash of a blob keeps
//! it, be it a session, a journal, a set that waits, one that is damaged, or one of a later version.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::BlobFolder;
use crate::Error;
use crate::file::{JOURNAL_EXTENSION, JournalTail};

/// Blobs that were written later than this before a sweep stay: an hour. What refers to them may be on its way.
pub const DEFAULT_SETTLED: Duration = Duration::from_secs(3_600);

/// A blob that nothing refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreferenced {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    modified: SystemTime,
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

/// What is in the folder beside the blobs: size and time of each file, but for journals, which grow.
type Listing = BTreeMap<PathBuf, Option<(u64, SystemTime)>>;

/// A folder that changes all the time is given up after so many looks.
const LOOKS: u32 = 10;

impl BlobFolder {
    /// Finds blobs that nothing refers to; `without` says which files do not count, since they are to be removed too.
    ///
    /// A blob stays if it was written less than `settled` ago, or after the beginning of a session that has not ended:
    /// its interaction may not be sealed yet. A session whose program was killed has not ended.
    ///
    /// # Errors
    ///
    /// If something of the folder cannot be read: then nobody knows what it refers to. If it changes all the time.
    pub fn plan_sweep(&self, settled: Duration, without: impl Fn(&Path) -> bool) -> Result<SweptBlobs, Error> {
        let Some(recordings) = self.dir.parent() else { return Ok(SweptBlobs::default()) };
        let mut settled_before = SystemTime::now().checked_sub(settled).unwrap_or(SystemTime::UNIX_EPOCH);
        let blobs = self.files()?;
        if blobs.is_empty() {
            return Ok(SweptBlobs::default());
        }
        let mut referenced = HashSet::new();
        let mut before = self.list(recordings)?;
        for look in 1.. {
            for path in before.keys().filter(|path| !without(path)) {
                // One that is gone by now is told by the next listing.
                hashes_in(path, &mut referenced)?;
                if path.as_os_str().to_string_lossy().ends_with(JOURNAL_EXTENSION) {
                    settled_before = settled_before.min(began(path));
                }
            }
            // A set may have gone from one place to another while we looked.
            let after = self.list(recordings)?;
            if after == before {
                break;
            }
            if look == LOOKS {
                let why = "it changes all the time; try again when nothing is recorded";
                return Err(Error::read(recordings, io::Error::other(why)));
            }
            before = after;
        }
        self.follow_sessions(&mut referenced)?;
        let mut swept = SweptBlobs::default();
        for (path, name, bytes, modified) in blobs {
            if name.is_some_and(|name| referenced.contains(&name)) {
                swept.referenced += 1;
            } else if modified >= settled_before {
                swept.unsettled += 1;
            } else {
                swept.bytes += bytes;
                swept.removed.push(Unreferenced { path, bytes, modified });
            }
        }
        Ok(swept)
    }

    /// Removes blobs that nothing refers to. Killed in the middle, it has removed fewer.
    ///
    /// # Errors
    ///
    /// As [`plan_sweep`](Self::plan_sweep); nothing is removed then.
    pub fn sweep(&self, settled: Duration) -> Result<SweptBlobs, Error> {
        let mut swept = self.plan_sweep(settled, |_| false)?;
        let aside = self.dir.join(format!("unfinished-{}", uuid::Uuid::now_v7()));
        for found in std::mem::take(&mut swept.removed) {
            match remove(&found, &aside) {
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

    /// All blobs and what killed writers left: path, hash, size, when it was written.
    #[expect(clippy::type_complexity, reason = "it goes no further than this file")]
    fn files(&self) -> Result<Vec<(PathBuf, Option<String>, u64, SystemTime)>, Error> {
        let mut all = Vec::new();
        for path in entries(&self.dir)? {
            let within = if path.is_dir() { entries(&path)? } else { vec![path] };
            for path in within {
                let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
                let own = path.strip_prefix(&self.dir).unwrap_or(&path).to_string_lossy().replace(['/', '\\'], "");
                let name = (own.len() == 64 && own.bytes().all(is_hex)).then(|| own.clone());
                // What else lies here is not ours.
                if metadata.is_file() && (name.is_some() || own.starts_with("unfinished-")) {
                    let modified = metadata.modified().map_err(|source| Error::read(&path, source))?;
                    all.push((path, name, metadata.len(), modified));
                }
            }
        }
        all.sort();
        Ok(all)
    }

    fn list(&self, recordings: &Path) -> Result<Listing, Error> {
        let mut listing = Listing::new();
        let mut folders = vec![recordings.to_owned()];
        while let Some(folder) = folders.pop() {
            for path in entries(&folder)? {
                if *path == *self.dir {
                    continue;
                }
                let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
                if metadata.is_dir() {
                    folders.push(path);
                    continue;
                }
                let grows = path.as_os_str().to_string_lossy().ends_with(JOURNAL_EXTENSION);
                let modified = metadata.modified().map_err(|source| Error::read(&path, source))?;
                listing.insert(path, (!grows).then_some((metadata.len(), modified)));
            }
        }
        Ok(listing)
    }

    /// A blob may be a session that was too large for the store, and refer to others.
    fn follow_sessions(&self, referenced: &mut HashSet<String>) -> Result<(), Error> {
        let mut new: Vec<String> = referenced.iter().cloned().collect();
        while let Some(name) = new.pop() {
            let path = self.dir.join(&name[..2]).join(&name[2..]);
            let mut start = [0; 16];
            let is_session = File::open(&path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
                && start.starts_with(b"{\n  \"session_id\"");
            if is_session {
                let mut within = HashSet::new();
                hashes_in(&path, &mut within)?;
                new.extend(within.into_iter().filter(|name| referenced.insert(name.clone())));
            }
        }
        Ok(())
    }
}

/// Removes a blob unless it was written anew since it was looked at.
fn remove(found: &Unreferenced, aside: &Path) -> io::Result<bool> {
    // Looked at under a name of ours, so that nobody writes it between the look and the end.
    match fs::rename(&found.path, aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        moved => moved?,
    }
    if fs::metadata(aside)?.modified()? == found.modified {
        fs::remove_file(aside)?;
        return Ok(true);
    }
    // Whoever wrote it once more since then wrote the same.
    fs::rename(aside, &found.path)?;
    Ok(false)
}

/// When the session of a journal began; where it does not say so, when it was written.
fn began(journal: &Path) -> SystemTime {
    let mut tail = JournalTail::open(journal).ok();
    let head = tail.as_mut().and_then(|tail| tail.head().ok().flatten().map(|head| head.timestamp.time()));
    let modified = || fs::metadata(journal).and_then(|metadata| metadata.modified());
    head.or_else(|| modified().ok()).unwrap_or_else(SystemTime::now)
}

/// What is in a folder; nothing where there is none.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    match fs::read_dir(dir) {
        Ok(entries) => {
            entries.map(|entry| entry.map(|entry| entry.path()).map_err(|source| Error::read(dir, source))).collect()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(Error::read(dir, source)),
    }
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Collects all runs of exactly 64 hexadecimal digits of a file, in memory that does not grow with it.
fn hashes_in(path: &Path, found: &mut HashSet<String>) -> Result<(), Error> {
    let failed = |source| Error::read(path, source);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let mut from = BufReader::with_capacity(1 << 18, file);
    // The digits that are open, `None` when there are too many of them.
    let mut open = Some(Vec::with_capacity(64));
    loop {
        let bytes = from.fill_buf().map_err(failed)?;
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
