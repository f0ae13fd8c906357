//! Writes sessions, an interaction at a time.

use std::io::{self, Write};
use std::path::Path;

use tracesnap_store::AtomicFile;

use crate::Error;
use crate::model::{Interaction, Session, SessionHead};

/// Writes a session file as it comes.
#[derive(Debug)]
pub struct SessionWriter<W> {
    to: W,
    is_first: bool,
}

impl<W: Write> SessionWriter<W> {
    /// Writes the head, which must know how many interactions follow.
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn new(mut to: W, head: &SessionHead) -> io::Result<Self> {
        to.write_all(b"{\n")?;
        let mut line = |name: &str, value: &[u8]| -> io::Result<()> {
            to.write_all(b"  ")?;
            serde_json::to_writer(&mut to, name)?;
            to.write_all(b": ")?;
            to.write_all(value)?;
            to.write_all(b",\n")
        };
        line("session_id", &serde_json::to_vec(&head.session_id)?)?;
        line("timestamp", &serde_json::to_vec(&head.timestamp)?)?;
        line("total_interactions", &serde_json::to_vec(&head.total_interactions)?)?;
        let serde_json::Value::Object(fields) = serde_json::to_value(head)? else {
            return Err(io::Error::other("a head is an object"));
        };
        for (name, value) in &fields {
            if !["session_id", "timestamp", "total_interactions", "interactions"].contains(&name.as_str()) {
                line(name, &serde_json::to_vec(value)?)?;
            }
        }
        to.write_all(b"  \"interactions\": [")?;
        Ok(Self { to, is_first: true })
    }

    /// Writes the next interaction.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn push(&mut self, interaction: &Interaction) -> io::Result<()> {
        self.push_json(&serde_json::to_vec(interaction)?)
    }

    /// Writes an interaction that is JSON already.
    pub(crate) fn push_json(&mut self, json: &[u8]) -> io::Result<()> {
        let before: &[u8] = if std::mem::replace(&mut self.is_first, false) { b"\n" } else { b",\n" };
        self.to.write_all(before)?;
        self.to.write_all(json)
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.write_all(if self.is_first { b"]\n}\n" } else { b"\n  ]\n}\n" })?;
        Ok(self.to)
    }
}

/// The bytes of a session file.
///
/// # Panics
///
/// Never: what is written is JSON already, and memory does not refuse.
#[must_use]
pub fn to_bytes(session: &Session) -> Vec<u8> {
    let mut head = session.head.clone();
    head.total_interactions = session.interactions.len() as u64;
    let write = || -> io::Result<Vec<u8>> {
        let mut writer = SessionWriter::new(Vec::new(), &head)?;
        session.interactions.iter().try_for_each(|interaction| writer.push(interaction))?;
        writer.finish()
    };
    write().expect("JSON into memory")
}

/// Writes a session file, whole or not at all.
///
/// # Errors
///
/// [`Error::Write`], [`Error::Store`].
pub fn save(session: &Session, path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let mut file = AtomicFile::create(path)?;
    file.write_all(&to_bytes(session)).map_err(|source| Error::write(path, source))?;
    Ok(file.commit()?)
}
