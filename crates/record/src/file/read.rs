//! Reads sessions, an interaction at a time.

use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{journal, parallel};
use crate::Error;
use crate::model::{FORMAT, Interaction, Session, SessionHead, VERSION};

/// An interaction that is larger is refused: 256 MiB. Large bodies lie beside the session as blobs.
pub const MAX_INTERACTION_BYTES: u64 = 256 << 20;

/// Files up to this size are read as a whole, which is faster.
const WHOLE: u64 = 256 << 20;

/// Reads a session file or a journal.
///
/// # Errors
///
/// [`Error::Read`], [`Error::Malformed`] with line and column, [`Error::FormatTooNew`].
pub fn load(path: impl AsRef<Path>) -> Result<Session, Error> {
    let path = path.as_ref();
    let (mut file, bytes) = open(path)?;
    let mut session = load_from(&mut file, bytes, &path.display().to_string())?;
    if session.head.total_interactions == 0 {
        session.head.total_interactions = session.interactions.len() as u64;
    }
    // Another tool may have written them in the order in which they ended.
    if !session.interactions.is_sorted_by_key(|interaction| interaction.id) {
        session.interactions.sort_by_key(|interaction| interaction.id);
    }
    Ok(session)
}

/// Reads a session or a journal of about so many bytes.
pub(crate) fn load_from(from: &mut dyn Read, bytes: u64, origin: &str) -> Result<Session, Error> {
    if bytes <= WHOLE {
        return parse(&whole(from, bytes, origin)?, origin);
    }
    let mut interactions = Vec::new();
    let head = read_sized(from, bytes, origin, &mut |interaction| {
        interactions.push(interaction);
        ControlFlow::Continue(())
    })?;
    Ok(Session { head, interactions })
}

fn open(path: &Path) -> Result<(File, u64), Error> {
    let failed = |source| Error::read(path, source);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok((file, metadata.len()))
}

/// All bytes of what has about so many.
fn whole(from: &mut dyn Read, bytes: u64, origin: &str) -> Result<Vec<u8>, Error> {
    let mut whole = Vec::with_capacity(bytes as usize + 1);
    from.take(WHOLE + 1).read_to_end(&mut whole).map_err(|error| match error.kind() {
        // It was read, and is not what it should be.
        io::ErrorKind::InvalidData => Error::malformed(origin, "session", error.to_string()),
        _ => Error::read(Path::new(origin), error),
    })?;
    Ok(whole)
}

/// Reads the bytes of a session file or a journal; `origin` is who is to blame.
///
/// # Errors
///
/// As [`load`].
pub fn parse(bytes: &[u8], origin: &str) -> Result<Session, Error> {
    if let Some(session) = parallel::parse(bytes, origin) {
        return Ok(session);
    }
    let mut interactions = Vec::new();
    let mut each = |interaction| {
        interactions.push(interaction);
        ControlFlow::Continue(())
    };
    let is_journal = bytes.starts_with(journal::MAGIC.as_bytes());
    let head =
        if is_journal { journal::read(bytes, origin, &mut each)?.0 } else { from_slice(bytes, origin, &mut each)? };
    if is_journal {
        interactions.sort_by_key(|interaction| interaction.id);
    }
    Ok(Session { head, interactions })
}

/// Reads a session file or a journal, an interaction at a time, in memory that does not grow with the file where that is
/// larger than 256 MiB; `each` may break off. Gives the head, of which what stands behind the interactions is missing if
/// it was broken off.
///
/// # Errors
///
/// As [`load`]; interactions before the damage were given.
pub fn read_each(
    path: impl AsRef<Path>,
    mut each: impl FnMut(Interaction) -> ControlFlow<()>,
) -> Result<SessionHead, Error> {
    let path = path.as_ref();
    let (mut file, bytes) = open(path)?;
    read_sized(&mut file, bytes, &path.display().to_string(), &mut each)
}

/// Reads a session or a journal of about so many bytes: all of it at once where that is little, else as it comes.
fn read_sized(
    from: &mut dyn Read,
    bytes: u64,
    origin: &str,
    each: &mut dyn FnMut(Interaction) -> ControlFlow<()>,
) -> Result<SessionHead, Error> {
    if bytes > WHOLE {
        return read_from(BufReader::with_capacity(1 << 20, from), origin, each);
    }
    let whole = whole(from, bytes, origin)?;
    if whole.starts_with(journal::MAGIC.as_bytes()) {
        return Ok(journal::read(&whole[..], origin, each)?.0);
    }
    from_slice(&whole, origin, each)
}

/// Reads a session or a journal as it comes.
pub(crate) fn read_from(
    mut reader: impl io::BufRead,
    origin: &str,
    each: &mut dyn FnMut(Interaction) -> ControlFlow<()>,
) -> Result<SessionHead, Error> {
    let start = reader.fill_buf().map_err(|source| Error::read(Path::new(origin), source))?;
    if start.starts_with(journal::MAGIC.as_bytes()) {
        return Ok(journal::read(reader, origin, each)?.0);
    }
    let left = Rc::new(Cell::new(MAX_INTERACTION_BYTES));
    let metered = Metered { inner: reader, left: Rc::clone(&left) };
    let mut from = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, metered));
    read_session(&mut from, origin, each, Some(&left))
}

pub(super) fn from_slice(
    bytes: &[u8],
    origin: &str,
    each: &mut dyn FnMut(Interaction) -> ControlFlow<()>,
) -> Result<SessionHead, Error> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        let why = "it is empty: whatever wrote it was stopped; record it again";
        return Err(Error::malformed(origin, "session", why));
    }
    read_session(&mut serde_json::Deserializer::from_slice(bytes), origin, each, None)
}

fn read_session<'de, R: serde_json::de::Read<'de>>(
    from: &mut serde_json::Deserializer<R>,
    origin: &str,
    each: &mut dyn FnMut(Interaction) -> ControlFlow<()>,
    left: Option<&Cell<u64>>,
) -> Result<SessionHead, Error> {
    let mut too_new = None;
    let mut is_done = false;
    let mut fields = Map::new();
    let seed = SessionSeed { each, fields: &mut fields, too_new: &mut too_new, is_done: &mut is_done, left };
    let read = seed.deserialize(&mut *from);
    if let Some(found) = too_new {
        return Err(Error::FormatTooNew { origin: origin.to_owned(), found, supported: VERSION });
    }
    let malformed = |error: serde_json::Error| {
        if let Some(kind) = error.io_error_kind()
            && kind != io::ErrorKind::InvalidData
        {
            return Error::read(Path::new(origin), error.into());
        }
        Error::malformed(origin, "session", error.to_string())
    };
    if !is_done {
        read.and_then(|()| from.end()).map_err(malformed)?;
    }
    if is_done && !fields.contains_key("session_id") {
        return Ok(SessionHead::new("", crate::Timestamp::from(std::time::SystemTime::UNIX_EPOCH)));
    }
    let head = SessionHead::deserialize(Value::Object(fields))
        .map_err(|error| Error::malformed(origin, "session", error.to_string()))?;
    match head.format.as_deref() {
        None | Some(FORMAT) => Ok(head),
        Some(other) => {
            let why = format!("its format is `{}`, expected `{FORMAT}`", other.chars().take(60).collect::<String>());
            Err(Error::malformed(origin, "session", why))
        }
    }
}

struct SessionSeed<'a> {
    each: &'a mut dyn FnMut(Interaction) -> ControlFlow<()>,
    /// All fields but the interactions, also those before the place where `each` broke off.
    fields: &'a mut Map<String, Value>,
    /// A version that is not known, as it stands there.
    too_new: &'a mut Option<String>,
    /// `each` broke off.
    is_done: &'a mut bool,
    left: Option<&'a Cell<u64>>,
}

impl SessionSeed<'_> {
    fn refuse_unknown_version<E: serde::de::Error>(&mut self) -> Result<(), E> {
        match self.fields.get("version") {
            Some(version) if version.as_u64().is_none_or(|version| version > u64::from(VERSION)) => {
                *self.too_new = Some(version.to_string().chars().take(20).collect());
                Err(E::custom("a version that is not known"))
            }
            _ => Ok(()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for SessionSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for SessionSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `session_id` and `interactions`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut has_interactions = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == "interactions" {
                if std::mem::replace(&mut has_interactions, true) {
                    return Err(A::Error::duplicate_field("interactions"));
                }
                map.next_value_seed(Each { each: &mut *self.each, is_done: &mut *self.is_done, left: self.left })?;
                continue;
            }
            let value: Value = map.next_value()?;
            self.fields.insert(name, value);
            // As soon as it is known to be a session: what follows may be of a shape that nobody can read here.
            if self.fields.contains_key("session_id") {
                self.refuse_unknown_version()?;
            }
        }
        if !has_interactions {
            return Err(A::Error::missing_field("interactions"));
        }
        self.refuse_unknown_version()
    }
}

struct Each<'a> {
    each: &'a mut dyn FnMut(Interaction) -> ControlFlow<()>,
    is_done: &'a mut bool,
    left: Option<&'a Cell<u64>>,
}

impl<'de> DeserializeSeed<'de> for Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of interactions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(interaction) = seq.next_element::<Interaction>()? {
            if let Some(left) = self.left {
                left.set(MAX_INTERACTION_BYTES);
            }
            if (self.each)(interaction).is_break() {
                *self.is_done = true;
                // The rest is not even looked at; whoever called knows why this is an error.
                return Err(A::Error::custom("broken off"));
            }
        }
        Ok(())
    }
}

/// A reader that ends with an error when too much was read since the allowance was set last.
struct Metered<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(to)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => {
                let why = format!("one interaction has more than {} MiB", MAX_INTERACTION_BYTES >> 20);
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
        Ok(read)
    }
}
