//! Reads a journal while it grows.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::MAX_INTERACTION_BYTES;
use super::journal::{check_version, interaction_of, unsealed};
use crate::Error;
use crate::model::{Interaction, SessionHead};

/// A journal that is read while its session is recorded: each [`read`](Self::read) gives what was sealed since the last.
#[derive(Debug)]
pub struct JournalTail {
    path: PathBuf,
    from: BufReader<File>,
    /// Where the first line begins that was not given.
    at: u64,
    /// The version was read and is ours.
    is_ours: bool,
    head: Option<SessionHead>,
    sealed: u64,
    unread: Option<String>,
}

impl JournalTail {
    /// Opens the journal of a session that is being recorded, or whose program was killed.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_owned();
        let file = File::open(&path).map_err(|source| Error::read(&path, source))?;
        let from = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path, from, at: 0, is_ours: false, head: None, sealed: 0, unread: None })
    }

    /// What the session says of itself; `None` before that is written, in the first moment of a session.
    ///
    /// # Errors
    ///
    /// If it is no journal, one of a later version, or cannot be read.
    pub fn head(&mut self) -> Result<Option<&SessionHead>, Error> {
        let origin = self.path.display().to_string();
        while self.head.is_none() {
            let Some(line) = self.line()? else { return Ok(None) };
            if self.is_ours {
                let failed = |why: String| Error::malformed(&origin, "journal", format!("its head {why}"));
                let head = unsealed(&line).map_err(|why| failed(why.to_owned()))?;
                self.head = Some(serde_json::from_slice(head).map_err(|e| failed(format!("cannot be read: {e}")))?);
            } else {
                check_version(&line, &origin)?;
                self.is_ours = true;
            }
            self.at += line.len() as u64;
        }
        Ok(self.head.as_ref())
    }

    /// Gives the interactions that were sealed since the last time, in the order in which they ended, and says how many.
    ///
    /// A line that is not whole is what a program is writing right now, or what one that was killed left
    /// ([`unread`](Self::unread)); the next call looks at it again.
    ///
    /// # Errors
    ///
    /// As [`head`](Self::head).
    pub fn read(&mut self, mut each: impl FnMut(Interaction)) -> Result<u64, Error> {
        if self.head()?.is_none() {
            return Ok(0);
        }
        let before = self.sealed;
        self.unread = None;
        while let Some(line) = self.line()? {
            match interaction_of(&line) {
                Ok(interaction) => each(interaction),
                Err(why) => {
                    self.unread = Some(format!("interaction {} {why}", self.sealed));
                    break;
                }
            }
            self.at += line.len() as u64;
            self.sealed += 1;
        }
        Ok(self.sealed - before)
    }

    /// How many interactions were given.
    #[must_use]
    pub fn sealed(&self) -> u64 {
        self.sealed
    }

    /// What is wrong with what stands behind the last interaction that was given, if something does.
    #[must_use]
    pub fn unread(&self) -> Option<&str> {
        self.unread.as_deref()
    }

    /// Whether the session has ended: its journal is gone. What it held can still be [read](Self::read) where open files
    /// outlive their names.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !self.path.exists()
    }

    /// The journal.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line at `at`, `None` if it is not whole yet.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let failed = |source| Error::read(&self.path, source);
        // The buffer may hold what a writer took back since.
        if self.from.stream_position().map_err(failed)? != self.at {
            self.from.seek(SeekFrom::Start(self.at)).map_err(failed)?;
        }
        let mut line = Vec::new();
        self.from.by_ref().take(MAX_INTERACTION_BYTES).read_until(b'\n', &mut line).map_err(failed)?;
        if line.len() as u64 == MAX_INTERACTION_BYTES {
            let why = format!("interaction {} has more than {} MiB", self.sealed, MAX_INTERACTION_BYTES >> 20);
            return Err(Error::malformed(&self.path.display().to_string(), "journal", why));
        }
        Ok(line.ends_with(b"\n").then_some(line))
    }
}
