//! The newest number of a line, in a file, so that nobody lists a directory to find it.
//!
//! The head is a hint that is checked wherever it is used: what a killed writer placed and did not note is found by
//! looking at the next number; what somebody removed is found by listing.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::backend::{Item, Numbered};
use crate::place::{self, open_file, options};
use crate::{Durability, Error, lock};

/// What the head of a line says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    /// No number from here on was given.
    pub(super) next: u64,
    /// The newest item, if there is one.
    pub(super) newest: Option<Numbered>,
}

/// As it is written: always as long, so that it is overwritten in place.
const LENGTH: usize = 20 + 1 + 20 + 1 + 1 + 1 + 8 + 1;

impl Noted {
    fn encode(self) -> String {
        let (newest, kind) = match self.newest {
            None => (0, '-'),
            Some(Numbered { number, item: Item::Document }) => (number, 'd'),
            Some(Numbered { number, item: Item::Segment }) => (number, 's'),
        };
        let numbers = format!("{:020} {newest:020} {kind}", self.next);
        format!("{numbers} {:08x}\n", crc32fast::hash(numbers.as_bytes()))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let (numbers, sum) = text.rsplit_once(' ')?;
        if u32::from_str_radix(sum, 16) != Ok(crc32fast::hash(numbers.as_bytes())) {
            return None;
        }
        let (next, newest) = numbers.split_once(' ')?;
        let (number, kind) = newest.split_once(' ')?;
        let number = number.parse().ok()?;
        let newest = match kind {
            "-" => None,
            "d" => Some(Numbered { number, item: Item::Document }),
            "s" => Some(Numbered { number, item: Item::Segment }),
            _ => return None,
        };
        Some(Self { next: next.parse().ok()?, newest })
    }

    /// What the head in this directory says; `None` if there is none, or a writer is just writing it.
    pub(super) fn read(dir: &Path) -> Option<Self> {
        let mut bytes = [0; LENGTH];
        open_file(&dir.join("head")).ok()?.read_exact(&mut bytes).ok()?;
        Self::decode(&bytes)
    }
}

/// The head while nobody else changes the line. Dropped, or its process killed, it is free again.
#[derive(Debug)]
pub(super) struct Head {
    file: File,
}

impl Head {
    /// Waits for the line's lock. The directory must be there.
    pub(super) fn lock(dir: &Path) -> Result<Self, Error> {
        Self::try_lock(dir).map_err(|source| match place::refuse_link(&dir.join("head")) {
            Err(link) => link,
            Ok(_) => Error::Write { path: dir.join("head"), source },
        })
    }

    /// As [`lock`](Self::lock), with the error as it came.
    pub(super) fn try_lock(dir: &Path) -> io::Result<Self> {
        let file = options().read(true).write(true).create(true).truncate(false).open(dir.join("head"))?;
        lock::wait(&file)?;
        Ok(Self { file })
    }

    pub(super) fn noted(&mut self) -> Option<Noted> {
        let mut bytes = [0; LENGTH];
        self.file.seek(SeekFrom::Start(0)).ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        Noted::decode(&bytes)
    }

    /// Notes what was done. It is done already: a head that cannot be written is a hint that is missing.
    pub(super) fn note(&mut self, noted: Noted, durability: Durability) {
        let mut write = || -> io::Result<()> {
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(noted.encode().as_bytes())?;
            durability.sync_file(&self.file)
        };
        if write().is_err() {
            // Half a number must not be taken for one; its checksum sees to that, this to the rest.
            let _ = self.file.set_len(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_is_read() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(Noted::read(dir.path()), None);
        let mut head = Head::lock(dir.path()).expect("it is free");
        assert_eq!(head.noted(), None);
        let newest = |number, item| Some(Numbered { number, item });
        for noted in [
            Noted { next: 8, newest: newest(7, Item::Document) },
            Noted { next: u64::MAX, newest: newest(u64::MAX - 1, Item::Segment) },
            Noted { next: 3, newest: None },
        ] {
            head.note(noted, Durability::Buffered);
            assert_eq!((head.noted(), Noted::read(dir.path())), (Some(noted), Some(noted)));
        }
    }

    #[test]
    fn a_damaged_head_says_nothing() {
        let noted = Noted { next: 8, newest: Some(Numbered { number: 7, item: Item::Document }) };
        let text = noted.encode();
        assert_eq!((text.len(), Noted::decode(text.as_bytes())), (LENGTH, Some(noted)));
        for at in 0..LENGTH {
            let mut damaged = text.clone().into_bytes();
            damaged[at] ^= 1;
            assert_eq!(Noted::decode(&damaged), None, "{at}");
            assert_eq!(Noted::decode(&text.as_bytes()[..at]), None, "{at}");
        }
    }
}
