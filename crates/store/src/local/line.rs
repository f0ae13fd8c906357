//! Numbered files of a directory, in directories of 1,024, so that no listing is long and none is sorted as a whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::LocalBackend;
use super::head::{Head, Noted};
use crate::Error;
use crate::backend::{Item, Numbered, Part, Slot, Walk};
use crate::place::{self, is_missing};

/// Numbers of one directory, as a power of two.
const SHARD_BITS: u32 = 10;

/// Where an item of the line in `dir` is.
pub(super) fn path_of(dir: &Path, item: Numbered) -> PathBuf {
    let mut path = dir.join(format!("{:06}", item.number >> SHARD_BITS));
    path.push(format!("{:08}.{}", item.number, item.item.as_str()));
    path
}

/// A number as we write it, with at least so many digits.
fn number_in(text: &str, digits: usize) -> Option<u64> {
    let is_ours = text.len() >= digits
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() == digits || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_ours)
}

fn item_in(file_name: &str) -> Option<Numbered> {
    let (number, kind) = file_name.split_once('.')?;
    let item = [Item::Document, Item::Segment].into_iter().find(|item| item.as_str() == kind)?;
    Some(Numbered { number: number_in(number, 8).filter(|number| *number > 0)?, item })
}

/// The item of this number, if there is one.
fn item_at(dir: &Path, number: u64) -> Option<Numbered> {
    [Item::Document, Item::Segment]
        .map(|item| Numbered { number, item })
        .into_iter()
        .find(|item| fs::symlink_metadata(path_of(dir, *item)).is_ok())
}

/// The newest of what was placed and is not noted, because its writer was killed, or is about to note it.
fn not_noted(dir: &Path, noted: Noted) -> Option<Numbered> {
    (noted.next.max(1)..).map_while(|number| item_at(dir, number)).last()
}

/// What [`LocalBackend::newest_noted`] found.
pub(crate) enum NewestNoted {
    /// Its number, its file, and all that is in it.
    Document(u64, PathBuf, Vec<u8>),
    Segment(Numbered),
}

impl LocalBackend {
    /// Puts a file at the end of a line; gives its number and the file, still open.
    pub(crate) fn append_file(&self, line: Slot<'_>, item: Item, bytes: &[u8]) -> Result<(u64, File), Error> {
        let dir = self.line(line);
        let mut file = self.unfinished(bytes, &dir)?;
        let mut head = match Head::try_lock(&dir) {
            Err(error) if is_missing(&error) => {
                self.make(&dir)?;
                Head::lock(&dir)?
            }
            Err(_) => Head::lock(&dir)?,
            Ok(head) => head,
        };
        let mut number = match head.noted() {
            Some(noted) => noted.next.max(1),
            None => self.scanned(&dir)?.map_or(1, |newest| newest.number + 1),
        };
        let mut made = 0;
        loop {
            let path = path_of(&dir, Numbered { number, item });
            let shard = path.parent().unwrap_or(&dir);
            self.refuse_links(shard)?;
            if item_at(&dir, number).is_some() {
                number += 1;
                continue;
            }
            match place::place_new(file, &path, self.durability) {
                Ok(file) => {
                    head.note(Noted { next: number + 1, newest: Some(Numbered { number, item }) }, self.durability);
                    return Ok((number, file));
                }
                Err((error, same)) if error.kind() == io::ErrorKind::AlreadyExists => {
                    number += 1;
                    file = same;
                }
                // Whoever cleans up may remove an empty directory just when we need it, but not for ever.
                Err((error, same)) if is_missing(&error) && made < 100 => {
                    self.make(shard)?;
                    made += 1;
                    file = same;
                }
                Err((source, _)) => return Err(Error::Write { path, source }),
            }
        }
    }

    /// The newest item: by the head where that is right, by listing where it is not.
    pub(super) fn newest(&self, line: Slot<'_>) -> Result<Option<Numbered>, Error> {
        let dir = self.line(line);
        self.refuse_links(&dir)?;
        if let Some(noted) = Noted::read(&dir) {
            let noted_one = noted.newest.filter(|newest| item_at(&dir, newest.number) == Some(*newest));
            if let Some(newest) = not_noted(&dir, noted).or(noted_one) {
                return Ok(Some(newest));
            }
        }
        self.scanned(&dir)
    }

    /// The newest item, if the head knows of it; a document is read already. Whatever else is the case takes the long
    /// way.
    pub(crate) fn newest_noted(&self, line: Slot<'_>) -> Result<Option<NewestNoted>, Error> {
        let dir = self.line(line);
        let Some(noted) = Noted::read(&dir) else { return Ok(None) };
        match not_noted(&dir, noted).or(noted.newest) {
            Some(newest) if newest.item == Item::Document => {
                let path = path_of(&dir, newest);
                let bytes = self.read_path(&path, &Part::All)?;
                Ok(bytes.map(|bytes| NewestNoted::Document(newest.number, path, bytes)))
            }
            newest => Ok(newest.map(NewestNoted::Segment)),
        }
    }

    fn scanned(&self, dir: &Path) -> Result<Option<Numbered>, Error> {
        Ok(self.page_of(dir, Walk::NewestFirst(None), 1)?.first().copied())
    }

    /// Some items in order: those of whole directories, until there are enough.
    pub(super) fn page_of(&self, dir: &Path, walk: Walk, about: usize) -> Result<Vec<Numbered>, Error> {
        self.refuse_links(dir)?;
        let mut shards: Vec<u64> = place::names(dir)?.iter().filter_map(|name| number_in(name, 6)).collect();
        shards.sort_unstable();
        let is_wanted = |number: u64| match walk {
            Walk::NewestFirst(below) => below.is_none_or(|below| number < below),
            Walk::OldestFirst(above) => above.is_none_or(|above| number > above),
        };
        match walk {
            Walk::NewestFirst(below) => {
                shards.retain(|shard| below.is_none_or(|below| *shard <= below >> SHARD_BITS));
                shards.reverse();
            }
            Walk::OldestFirst(above) => {
                shards.retain(|shard| above.is_none_or(|above| *shard >= above >> SHARD_BITS));
            }
        }
        let mut page = Vec::new();
        for shard in shards {
            let path = dir.join(format!("{shard:06}"));
            place::refuse_link(&path)?;
            let from = page.len();
            let names = place::names(&path)?;
            page.extend(
                names
                    .iter()
                    .filter_map(|name| item_in(name))
                    .filter(|item| item.number >> SHARD_BITS == shard && is_wanted(item.number)),
            );
            page[from..].sort_unstable();
            if matches!(walk, Walk::NewestFirst(_)) {
                page[from..].reverse();
            }
            if page.len() >= about.max(1) {
                break;
            }
        }
        Ok(page)
    }

    /// Removes an item; if it is the newest, the one before is noted.
    pub(super) fn remove_item(&self, line: Slot<'_>, item: Numbered) -> Result<bool, Error> {
        let dir = self.line(line);
        let path = path_of(&dir, item);
        self.refuse_links(path.parent().unwrap_or(&dir))?;
        let remove = || match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(source) => Err(Error::Write { path: path.clone(), source }),
        };
        let is_older =
            |noted: Noted| noted.newest.is_some_and(|newest| item.number < newest.number && newest.number < noted.next);
        let removed = if Noted::read(&dir).is_some_and(is_older) {
            remove()?
        } else {
            if item_at(&dir, item.number) != Some(item) {
                return Ok(false);
            }
            let mut head = Head::lock(&dir)?;
            let next = head.noted().map_or(0, |noted| noted.next);
            let next = match next {
                0 => self.scanned(&dir)?.map_or(1, |newest| newest.number + 1),
                next => next.max(item.number + 1),
            };
            // The number is spent before it is free: killed in between, nobody gets it again.
            head.note(Noted { next, newest: Some(item) }, self.durability);
            let removed = remove()?;
            let newest = self.scanned(&dir)?;
            let next = next.max(newest.map_or(0, |newest| newest.number + 1));
            head.note(Noted { next, newest }, self.durability);
            removed
        };
        // Taken away when it is empty; when it is not, the system refuses.
        if let Some(shard) = path.parent().filter(|_| removed) {
            let _ = fs::remove_dir(shard);
        }
        Ok(removed)
    }
}
