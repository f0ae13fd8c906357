//! Who did what with which documents, when: a log that is only appended to.
//!
//! An entry names documents and says how many; what is in them is never written here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::metadata::rfc3339;
use crate::{DocumentId, Error, lock, place};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Action {
    /// Documents were written.
    Capture,
    /// Documents were read.
    Load,
    /// Documents were given to another program or place.
    Export,
    /// Documents were removed because of their age, number or size.
    Prune,
    /// A document was removed because somebody said so.
    Remove,
    /// Documents were changed where they are.
    Rewrite,
    /// A pending document was accepted.
    Accept,
    /// A pending document was rejected.
    Reject,
    /// Something a newer build knows.
    #[serde(other)]
    Other,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When, by the clock of who did it.
    #[serde(with = "rfc3339")]
    pub time: SystemTime,
    /// What.
    pub action: Action,
    /// The documents' name, or what else was asked for.
    pub name: String,
    /// The number of the one document, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// How many documents.
    pub documents: u64,
    /// The user, from `USER` or `LOGNAME` or `USERNAME`, unless the store was told another.
    pub user: String,
    /// File name of the program.
    pub program: String,
    /// Its process.
    pub pid: u32,
}

/// Lines longer than this are not ours.
const MAX_LINE: u64 = 64 << 10;

/// A log in a file of its own. Several processes may append to it at once; each line is whole.
#[derive(Clone, Debug)]
pub struct AuditLog {
    path: PathBuf,
    user: String,
    program: String,
}

impl AuditLog {
    /// The log in this file, which need not be there yet. Its directory must.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let user = variable("USER").or_else(|| variable("LOGNAME")).or_else(|| variable("USERNAME"));
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        Self { path: path.into(), user: user.unwrap_or_default(), program: program.unwrap_or_default() }
    }

    /// Who is said to do things. Default: the user of the environment.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes that something was done with so many documents of this name.
    ///
    /// # Errors
    ///
    /// If the line cannot be written whole; it is not there then.
    pub fn record(&self, action: Action, name: &str, documents: u64) -> Result<(), Error> {
        self.write(action, name, None, documents)
    }

    /// Notes that something was done with this document.
    ///
    /// # Errors
    ///
    /// As [`record`](Self::record).
    pub fn record_one(&self, action: Action, id: &DocumentId) -> Result<(), Error> {
        self.write(action, id.name(), Some(id.number()), 1)
    }

    fn write(&self, action: Action, name: &str, number: Option<u64>, documents: u64) -> Result<(), Error> {
        let entry = AuditEntry {
            time: SystemTime::now(),
            action,
            name: name.to_owned(),
            number,
            documents,
            user: self.user.clone(),
            program: self.program.clone(),
            pid: std::process::id(),
        };
        let failed = |source| Error::Write { path: self.path.clone(), source };
        let mut line = serde_json::to_vec(&entry).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.append(&line).map_err(failed)
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let mut file = place::options().read(true).append(true).create(true).open(&self.path)?;
        lock::wait(&file)?;
        let end = file.seek(SeekFrom::End(0))?;
        if end > 0 {
            let mut last = [0];
            file.seek(SeekFrom::Start(end - 1))?;
            file.read_exact(&mut last)?;
            // Somebody was killed within a line. It stays as it is, and ours begins a new one.
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        file.write_all(line).inspect_err(|_| {
            // Half a line is worse than none.
            let _ = file.set_len(end);
        })
    }

    /// Reads the log from its beginning. One that is not there is empty.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be opened.
    pub fn read(&self) -> Result<AuditEntries, Error> {
        match place::open_file(&self.path) {
            Ok(file) => Ok(AuditEntries { path: self.path.clone(), file: Some(BufReader::new(file)), torn: 0 }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(AuditEntries { path: self.path.clone(), file: None, torn: 0 })
            }
            Err(source) => Err(Error::Read { path: self.path.clone(), source }),
        }
    }
}

/// The entries of a log, oldest first. Lines that are no entries, as a killed process leaves, are counted and left out.
#[derive(Debug)]
pub struct AuditEntries {
    path: PathBuf,
    file: Option<BufReader<File>>,
    torn: u64,
}

impl AuditEntries {
    /// Number of lines up to here that are no entries.
    #[must_use]
    pub fn torn(&self) -> u64 {
        self.torn
    }
}

impl Iterator for AuditEntries {
    type Item = Result<AuditEntry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let file = self.file.as_mut()?;
        let mut line = Vec::new();
        loop {
            line.clear();
            match file.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(source) => {
                    self.file = None;
                    return Some(Err(Error::Read { path: self.path.clone(), source }));
                }
            }
            match serde_json::from_slice(&line) {
                // The last line is being written as long as nothing ends it.
                Ok(entry) if line.ends_with(b"\n") => return Some(Ok(entry)),
                _ => self.torn += 1,
            }
        }
    }
}
