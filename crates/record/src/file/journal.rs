//! What is written while a session is recorded, so that it is there when the program is killed.
//!
//! ```text
//! tracesnap-journal 1
//! 5be0cd19 {"session_id":"…",…}                  the head, behind the CRC-32 of its text
//! 9c1f03aa {"id":0,"timestamp":"…",…}            an interaction, when it has ended
//! ```
//!
//! A line is appended by one write and is sealed by its checksum: what a killed program left behind ends, at worst, in
//! the middle of a line, which is told from those before it.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{MAX_INTERACTION_BYTES, SessionWriter};
use crate::Error;
use crate::model::{Interaction, SessionHead, VERSION};

/// How a journal begins.
pub const MAGIC: &str = "tracesnap-journal ";

/// How a journal ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEnd {
    /// Interactions that are whole.
    pub sealed: u64,
    /// What is wrong with the rest, if there is one: its writer was killed within a line.
    pub torn: Option<String>,
}

/// Appends to a journal, and makes a session file of it at the end.
#[derive(Debug)]
pub(crate) struct JournalWriter {
    path: PathBuf,
    file: File,
    /// Where the next line begins.
    end: u64,
    /// Of each interaction: its number, where its JSON begins, and its length.
    index: Vec<(u64, u64, u32)>,
}

impl JournalWriter {
    pub(crate) fn create(path: PathBuf, head: &SessionHead) -> Result<Self, Error> {
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = |source| Error::write(&path, source);
        let file = options.open(&path).map_err(failed)?;
        let mut journal = Self { path: path.clone(), file, end: 0, index: Vec::new() };
        let mut start = format!("{MAGIC}{VERSION}\n").into_bytes();
        let head = serde_json::to_vec(head).map_err(|error| failed(error.into()))?;
        start.extend_from_slice(&line(&head));
        journal.append(&start).map_err(failed)?;
        Ok(journal)
    }

    /// Seals an interaction.
    pub(crate) fn push(&mut self, id: u64, json: &[u8]) -> io::Result<()> {
        let length = u32::try_from(json.len()).map_err(|_| io::Error::other("an interaction has more than 4 GiB"))?;
        // `xxxxxxxx ` stands before it.
        let at = self.end + 9;
        self.append(&line(json))?;
        self.index.push((id, at, length));
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let appended = self.file.write_all(bytes);
        match appended {
            Ok(()) => self.end += bytes.len() as u64,
            // Half a line would make those after it unreadable.
            Err(_) => {
                self.file.set_len(self.end)?;
                self.file.seek(SeekFrom::Start(self.end))?;
            }
        }
        appended
    }

    pub(crate) fn len(&self) -> u64 {
        self.index.len() as u64
    }

    /// Writes all interactions in the order of their numbers.
    pub(crate) fn copy_to<W: Write>(&mut self, writer: &mut SessionWriter<W>) -> io::Result<()> {
        self.index.sort_unstable();
        let mut json = Vec::new();
        for &(_, at, length) in &self.index {
            json.resize(length as usize, 0);
            self.file.seek(SeekFrom::Start(at))?;
            self.file.read_exact(&mut json)?;
            writer.push_json(&json)?;
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        Ok(())
    }

    pub(crate) fn remove(self) -> io::Result<()> {
        let Self { path, file, .. } = self;
        drop(file);
        std::fs::remove_file(path)
    }
}

fn line(json: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(json.len() + 10);
    line.extend_from_slice(format!("{:08x} ", crc32fast::hash(json)).as_bytes());
    line.extend_from_slice(json);
    line.push(b'\n');
    line
}

/// Reads a journal up to where it is whole.
pub(super) fn read(
    mut from: impl BufRead,
    origin: &str,
    mut each: impl FnMut(Interaction) -> ControlFlow<()>,
) -> Result<(SessionHead, JournalEnd), Error> {
    let malformed = |why: &str| Error::malformed(origin, "journal", why);
    let mut text = Vec::new();
    let mut next = |text: &mut Vec<u8>| -> Result<bool, Error> {
        text.clear();
        let mut limited = from.by_ref().take(MAX_INTERACTION_BYTES);
        limited.read_until(b'\n', text).map_err(|source| Error::read(Path::new(origin), source))?;
        Ok(!text.is_empty())
    };
    next(&mut text)?;
    check_version(&text, origin)?;
    next(&mut text)?;
    let head = unsealed(&text).map_err(|why| malformed(&format!("its head {why}")))?;
    let mut head: SessionHead =
        serde_json::from_slice(head).map_err(|error| malformed(&format!("its head cannot be read: {error}")))?;
    let mut end = JournalEnd::default();
    while next(&mut text)? {
        match interaction_of(&text) {
            Ok(interaction) => {
                end.sealed += 1;
                if each(interaction).is_break() {
                    break;
                }
            }
            Err(why) => {
                end.torn = Some(format!("interaction {} {why}", end.sealed));
                break;
            }
        }
    }
    head.total_interactions = end.sealed;
    if let Some(torn) = &end.torn {
        head.extra.insert("torn".to_owned(), torn.as_str().into());
    }
    Ok((head, end))
}

/// Refuses what does not begin as a journal of ours.
pub(super) fn check_version(line: &[u8], origin: &str) -> Result<(), Error> {
    match line.strip_prefix(MAGIC.as_bytes()).map(|rest| String::from_utf8_lossy(rest).trim().to_owned()) {
        Some(found) if found != VERSION.to_string() => {
            let found = found.chars().take(20).collect();
            Err(Error::FormatTooNew { origin: origin.to_owned(), found, supported: VERSION })
        }
        Some(_) => Ok(()),
        None => Err(Error::malformed(origin, "journal", "it does not begin as a journal does")),
    }
}

pub(super) fn interaction_of(line: &[u8]) -> Result<Interaction, String> {
    serde_json::from_slice(unsealed(line)?).map_err(|error| format!("cannot be read: {error}"))
}

/// The JSON of a line, if its seal holds.
pub(super) fn unsealed(line: &[u8]) -> Result<&[u8], &'static str> {
    let Some(line) = line.strip_suffix(b"\n") else { return Err("ends in the middle: its writer was stopped") };
    let Some((seal, json)) = line.split_at_checked(9) else { return Err("has no checksum") };
    if format!("{:08x} ", crc32fast::hash(json)).as_bytes() == seal { Ok(json) } else { Err("has another checksum") }
}
