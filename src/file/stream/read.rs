//! Reads the blocks of a file, up to the first that is not whole.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::Path;

use super::record::{About, Bytes, Row, Site, tag};
use super::{MAGIC, MAX_BLOCK, STREAM_VERSION};
use crate::file::FileError;
use crate::file::wire::ThreadLine;
use crate::tree::{Field, Stored, TextAt, TraceStats, Value};

/// What a file holds: rows as they stand in it, the same one perhaps more than once.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) about: About,
    /// In the order they stand in the file.
    pub(crate) rings: Vec<StreamedRing>,
    ring_at: HashMap<u32, usize>,
    /// Rings with rows of a moment that is not whole yet.
    in_work: Vec<usize>,
    pub(crate) callsites: HashMap<u32, Site<'static>>,
    pub(crate) fields: Vec<Field>,
    /// Of the fields.
    pub(crate) text: String,
    pub(crate) stats: TraceStats,
    /// Whether the recording was finished.
    pub(crate) is_finished: bool,
}

#[derive(Debug, Default)]
pub(crate) struct StreamedRing {
    pub(crate) number: u32,
    pub(crate) key: u64,
    pub(crate) name: Option<Box<str>>,
    /// With their fields, a range of [`Content::fields`].
    pub(crate) rows: Vec<(Row, Range<u32>)>,
    /// How many of them belong to a moment that is whole.
    whole: usize,
}

/// Whether a file is one of these, by its first bytes. One that cannot be read is none.
pub(crate) fn is_stream(path: &Path) -> bool {
    let mut head = [0; MAGIC.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *MAGIC
}

/// Reads a file. The error beside its content says what is wrong with the rest; an end that a process leaves that was
/// stopped is not wrong.
pub(crate) fn load(path: &Path) -> Result<(Content, Option<FileError>), FileError> {
    let cannot = |source| FileError::Read { path: Some(path.to_owned()), source };
    let file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    read(BufReader::new(file), size)
        .map(|(content, error)| (content, error.map(|e| e.at(path))))
        .map_err(|e| e.at(path))
}

/// The same of a file that was read already.
pub(crate) fn read_bytes(bytes: &[u8]) -> Result<(Content, Option<FileError>), FileError> {
    read(bytes, bytes.len() as u64)
}

/// The same from a reader of so many bytes.
fn read(mut from: impl Read, size: u64) -> Result<(Content, Option<FileError>), FileError> {
    let cannot = |source| FileError::Read { path: None, source };
    let mut head = [0; MAGIC.len() + 4];
    let got = fill(&mut from, &mut head).map_err(cannot)?;
    let (magic, version) = head.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(FileError::NotATrace { path: None, found: "no stream".into() });
    }
    let version = version.try_into().map_or(0, u32::from_le_bytes);
    let mut content = Content::default();
    if got < head.len() {
        return Ok((content.unfinished(), None));
    }
    if version == 0 || version > STREAM_VERSION {
        return Err(FileError::VersionTooNew { path: None, found: version.into(), supported: STREAM_VERSION });
    }
    let (mut block, mut blocks, mut at) = (Vec::new(), 0, head.len() as u64);
    let torn = loop {
        if content.is_finished {
            let goes_on = fill(&mut from, &mut [0]).map_err(cannot)? > 0;
            return Ok((content, goes_on.then_some(FileError::Trailing { path: None, line: None })));
        }
        let mut head = [0; 8];
        let got = fill(&mut from, &mut head).map_err(cannot)?;
        if got == 0 {
            break None;
        }
        let [length, crc] = [&head[..4], &head[4..]].map(|n| n.try_into().map_or(0, u32::from_le_bytes));
        let whole = got == head.len() && u64::from(length) <= size.saturating_sub(at + 8);
        let reason = match whole {
            false => Cow::from("it is not whole"),
            true if length as usize > MAX_BLOCK => format!("it says it has {length} bytes").into(),
            true => {
                block.resize(length as usize, 0);
                let got = fill(&mut from, &mut block).map_err(cannot)?;
                let mut found = flate2::Crc::new();
                found.update(&block);
                if got < block.len() {
                    "it is not whole".into()
                } else if found.sum() != crc {
                    "its checksum is another".into()
                } else if let Err(reason) = content.block(&block) {
                    reason
                } else {
                    (blocks, at) = (blocks + 1, at + 8 + u64::from(length));
                    continue;
                }
            }
        };
        break Some((reason, !whole || at + 8 + u64::from(length) >= size));
    };
    Ok(match torn {
        // A process that was stopped leaves a last block that is not whole, or none.
        None | Some((_, true)) => (content.unfinished(), None),
        Some((reason, false)) => {
            let reason = reason.into_owned();
            (
                content.unfinished(),
                Some(FileError::Torn { path: None, blocks, at, bytes: size.saturating_sub(at), reason }),
            )
        }
    })
}

/// Reads until the buffer is full or there is nothing left.
fn fill(from: &mut impl Read, mut buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while !buffer.is_empty() {
        match from.read(buffer) {
            Ok(0) => break,
            Ok(n) => {
                filled += n;
                buffer = &mut buffer[n..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl Content {
    /// Without what came after the last moment that is whole.
    fn unfinished(mut self) -> Self {
        self.stats.unfinished = 1;
        for ring in self.in_work.drain(..) {
            let ring = &mut self.rings[ring];
            ring.rows.truncate(ring.whole);
        }
        self
    }

    /// Takes in the records of a block.
    fn block(&mut self, block: &[u8]) -> Result<(), Cow<'static, str>> {
        let mut bytes = Bytes(block);
        let mut ring = None;
        while !bytes.0.is_empty() {
            match bytes.byte()? {
                tag::ABOUT => self.about = bytes.json()?,
                tag::THREAD => {
                    let number = bytes.small()?;
                    let thread: ThreadLine<'_> = bytes.json()?;
                    let at = self.ring(number);
                    (self.rings[at].key, self.rings[at].name) = (thread.key, thread.name.map(Into::into));
                }
                tag::CALLSITE => {
                    let number = bytes.small()?;
                    self.callsites.insert(number, bytes.json()?);
                }
                tag::IN => ring = Some(bytes.small()?).map(|number| self.ring(number)),
                tag::ROW => {
                    let (row, count) = bytes.row()?;
                    let first = self.fields.len() as u32;
                    for _ in 0..count {
                        let (field, cut, value) = bytes.field()?;
                        let value = self.stored(value);
                        self.fields.push(Field { name: u16::from(field), cut, value });
                    }
                    let fields =
                        first..u32::try_from(self.fields.len()).map_err(|_| "more fields than a tree holds")?;
                    let ring = ring.ok_or("a row of no ring")?;
                    let streamed = &mut self.rings[ring];
                    if streamed.whole == streamed.rows.len() {
                        self.in_work.push(ring);
                    }
                    streamed.rows.push((row, fields));
                }
                tag::COUNTS => {
                    self.stats = bytes.json()?;
                    for ring in self.in_work.drain(..) {
                        self.rings[ring].whole = self.rings[ring].rows.len();
                    }
                }
                tag::END => self.is_finished = true,
                other => return Err(format!("there is no record {other}").into()),
            }
        }
        Ok(())
    }

    fn ring(&mut self, number: u32) -> usize {
        *self.ring_at.entry(number).or_insert_with(|| {
            self.rings.push(StreamedRing { number, ..StreamedRing::default() });
            self.rings.len() - 1
        })
    }

    fn stored(&mut self, value: Value<'_>) -> Stored {
        let mut text = |text: &str| {
            let at = TextAt::new(self.text.len(), text.len());
            self.text.push_str(text);
            at
        };
        match value {
            Value::Bool(v) => Stored::Bool(v),
            Value::I64(v) => Stored::I64(v),
            Value::U64(v) => Stored::U64(v),
            Value::F64(v) => Stored::F64(v),
            Value::I128(v) => Stored::I128(text(&v.to_string())),
            Value::U128(v) => Stored::U128(text(&v.to_string())),
            Value::Str(v) => Stored::Str(text(v)),
            Value::Text(v) => Stored::Text(text(v)),
            Value::Redacted => Stored::Redacted,
            Value::Panicked => Stored::Panicked,
        }
    }
}
