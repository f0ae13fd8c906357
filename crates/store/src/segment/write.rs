//! Documents into segments, one writer after the other's frames.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use super::format::{self, MAX_FRAME_BYTES, OPEN, Rest};
use crate::backend::{Item, Numbered, Slot, Space};
use crate::{Action, Error, Metadata, Store};

/// When segments are written and sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct SegmentOptions {
    max_bytes: usize,
    max_age: Duration,
    buffer: usize,
    max_open: usize,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            max_bytes: Self::DEFAULT_MAX_BYTES,
            max_age: Self::DEFAULT_MAX_AGE,
            buffer: Self::DEFAULT_BUFFER,
            max_open: Self::DEFAULT_MAX_OPEN,
        }
    }
}

impl SegmentOptions {
    /// Of [`max_bytes`](Self::max_bytes).
    pub const DEFAULT_MAX_BYTES: usize = 8 << 20;
    /// Of [`max_age`](Self::max_age).
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(60);
    /// Of [`buffer`](Self::buffer).
    pub const DEFAULT_BUFFER: usize = 64 << 10;
    /// Of [`max_open`](Self::max_open).
    pub const DEFAULT_MAX_OPEN: usize = 128;

    /// A segment of so many bytes is sealed, and the next one begun. Default: 8 MiB.
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// A segment of this age is sealed when something is appended or flushed. Default: 60 s.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Documents are written when there are so many bytes of one name; until then they are lost with the process.
    /// Default: 64 KiB.
    pub fn buffer(mut self, bytes: usize) -> Self {
        self.buffer = bytes;
        self
    }

    /// Names whose segments are open at once; for one more, that which waits longest is sealed. Default: 128.
    pub fn max_open(mut self, names: usize) -> Self {
        self.max_open = names.max(1);
        self
    }
}

/// What a [`SegmentWriter`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentStats {
    /// Documents that were taken.
    pub documents: u64,
    /// Their bytes, before compression.
    pub bytes: u64,
    /// Segments that were sealed.
    pub sealed: u64,
    /// Their bytes, compressed.
    pub sealed_bytes: u64,
    /// Segments that could not be sealed. Their documents are there, uncompressed; [`Store::prune`] tries again.
    pub unsealed: u64,
}

/// Appends documents to segments, one open segment a name.
///
/// Each writer has segments of its own, so any number of them, in any number of processes, write at once. What was
/// appended is found by readers after [`flush`](Self::flush), or when the buffer was full. A process that is killed
/// loses what was not flushed, and nothing else. Dropped, a writer flushes and seals, and nobody hears of errors.
///
/// In a store that is no directory, a segment is put when it is sealed.
#[derive(Debug)]
#[must_use = "what is appended is not there before `flush` or `finish`"]
pub struct SegmentWriter {
    store: Store,
    options: SegmentOptions,
    open: HashMap<String, Open>,
    stats: SegmentStats,
}

/// A segment that is being written.
#[derive(Debug)]
struct Open {
    /// Frames that are not yet written.
    buffer: Vec<u8>,
    buffered: u64,
    /// Frames before the next one.
    frames: u32,
    /// Its number and file, and how much of that is good.
    placed: Option<(u64, File, u64)>,
    begun: Instant,
}

impl Store {
    /// Appends documents to segments.
    pub fn segment_writer(&self, options: SegmentOptions) -> SegmentWriter {
        SegmentWriter { store: self.clone(), options, open: HashMap::new(), stats: SegmentStats::default() }
    }
}

impl SegmentWriter {
    /// Takes a document.
    ///
    /// # Errors
    ///
    /// If the name is no name, the document is larger than [`MAX_FRAME_BYTES`], or the buffer is full and cannot be
    /// written. This document was not taken then; those before wait for the next attempt.
    pub fn append(&mut self, name: &str, body: impl AsRef<[u8]>, metadata: Metadata) -> Result<(), Error> {
        let frame = self.store.encode(name, body.as_ref(), metadata)?;
        if frame.len() > MAX_FRAME_BYTES {
            let why = format!("a document of {} bytes is too large for a segment; put it by itself", frame.len());
            return Err(Error::Name { name: name.chars().take(60).collect(), why });
        }
        if !self.open.contains_key(name) {
            self.make_room();
            self.open.insert(name.to_owned(), Open::new());
        }
        let Some(open) = self.open.get_mut(name) else { return Ok(()) };
        let before = open.buffer.len();
        format::push_frame(&mut open.buffer, &frame, open.frames);
        open.buffered += 1;
        open.frames += 1;
        if open.buffer.len() >= self.options.buffer && self.store.local().is_some() {
            open.write(&self.store, name).inspect_err(|_| {
                open.buffer.truncate(before);
                open.buffered -= 1;
                open.frames -= 1;
            })?;
        }
        self.stats.documents += 1;
        self.stats.bytes += frame.len() as u64;
        if open.bytes() >= self.options.max_bytes as u64 || open.begun.elapsed() >= self.options.max_age {
            self.seal(name)?;
        }
        // Elsewhere than in a directory all of it is held in memory.
        if self.store.local().is_none() && self.open.values().map(Open::bytes).sum::<u64>() >= self.most_held() {
            self.seal_all()?;
        }
        Ok(())
    }

    fn most_held(&self) -> u64 {
        4 * self.options.max_bytes as u64
    }

    /// Writes what was taken, so that readers find it and it survives what the store's
    /// [`Durability`](crate::Durability) says; seals what is old enough.
    ///
    /// # Errors
    ///
    /// If something cannot be written; it waits for the next attempt. The others are written all the same.
    pub fn flush(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        let old: Vec<_> = self
            .open
            .iter()
            .filter(|(_, open)| open.begun.elapsed() >= self.options.max_age || self.store.local().is_none())
            .map(|(name, _)| name.clone())
            .collect();
        for name in old {
            result = result.and(self.seal(&name));
        }
        for (name, open) in &mut self.open {
            result = result.and(open.write(&self.store, name));
        }
        result
    }

    /// Writes and seals all of it.
    ///
    /// # Errors
    ///
    /// If something cannot be written; the others are all the same.
    pub fn finish(mut self) -> Result<SegmentStats, Error> {
        self.seal_all()?;
        Ok(self.stats)
    }

    /// What was done up to here.
    #[must_use]
    pub fn stats(&self) -> SegmentStats {
        self.stats
    }

    fn seal_all(&mut self) -> Result<(), Error> {
        let names: Vec<_> = self.open.keys().cloned().collect();
        let mut result = Ok(());
        for name in names {
            result = result.and(self.seal(&name));
        }
        result
    }

    /// Seals the one that waits longest, if as many are open as may be.
    fn make_room(&mut self) {
        if self.open.len() < self.options.max_open {
            return;
        }
        let longest = self.open.iter().min_by_key(|(_, open)| open.begun).map(|(name, _)| name.clone());
        if let Some(name) = longest
            && self.seal(&name).is_err()
        {
            self.stats.unsealed += 1;
            self.open.remove(&name);
        }
    }

    /// Ends the open segment of a name.
    fn seal(&mut self, name: &str) -> Result<(), Error> {
        let Some(mut open) = self.open.remove(name) else { return Ok(()) };
        let line = Slot::new(Space::Documents, name);
        let documents = open.buffered;
        let Some(local) = self.store.local() else {
            let sealed = sealed_form(&[format::OPEN, &open.buffer].concat())
                .map_err(|error| Error::backend(format!("compress a segment of `{name}`"), error));
            let put = sealed.and_then(|sealed| {
                self.store.backend().append(line, Item::Segment, &sealed)?;
                Ok(sealed.len() as u64)
            });
            return match put {
                Ok(bytes) => {
                    self.stats.sealed += 1;
                    self.stats.sealed_bytes += bytes;
                    self.store.prune_after_segment(name);
                    self.store.audit_many(Action::Capture, name, documents)
                }
                Err(error) => {
                    self.open.insert(name.to_owned(), open);
                    Err(error)
                }
            };
        };
        if let Err(error) = open.write(&self.store, name) {
            self.open.insert(name.to_owned(), open);
            return Err(error);
        }
        let Some((number, mut file, length)) = open.placed else { return Ok(()) };
        let path = local.path_of(line, Numbered { number, item: Item::Segment });
        let mut seal = || -> Result<u64, Error> {
            let mut all = Vec::new();
            file.seek(SeekFrom::Start(0))
                .and_then(|_| (&file).take(length).read_to_end(&mut all))
                .map_err(|source| Error::Read { path: path.clone(), source })?;
            let sealed = sealed_form(&all).map_err(|source| Error::Write { path: path.clone(), source })?;
            // Retention may have taken it away; it does not come back.
            if path.exists() {
                local.replace_file(&sealed, &path)?;
            }
            Ok(sealed.len() as u64)
        };
        match seal() {
            Ok(bytes) => {
                self.stats.sealed += 1;
                self.stats.sealed_bytes += bytes;
            }
            // All documents are there.
            Err(_) => self.stats.unsealed += 1,
        }
        self.store.prune_after_segment(name);
        Ok(())
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        let _ = self.seal_all();
    }
}

/// The sealed form of an open segment of ours.
fn sealed_form(open: &[u8]) -> std::io::Result<Vec<u8>> {
    let found = format::open_frames(open, format::VERSION);
    if found.rest != Rest::Torn(0) {
        // Somebody else wrote into it. Left open, nothing of it is lost.
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let frames: Vec<&[u8]> = found.frames.into_iter().map(|frame| &open[frame]).collect();
    format::seal(&frames)
}

impl Open {
    fn new() -> Self {
        Self { buffer: Vec::new(), buffered: 0, frames: 0, placed: None, begun: Instant::now() }
    }

    fn bytes(&self) -> u64 {
        self.buffer.len() as u64 + self.placed.as_ref().map_or(0, |(_, _, length)| *length)
    }

    /// Writes what is buffered. What could not be written whole is not there.
    fn write(&mut self, store: &Store, name: &str) -> Result<(), Error> {
        let Some(local) = store.local() else { return Ok(()) };
        if self.buffer.is_empty() {
            return Ok(());
        }
        let line = Slot::new(Space::Documents, name);
        match &mut self.placed {
            // Its first frames come with it, so that no segment is without a document.
            None => {
                let bytes = [OPEN, &self.buffer].concat();
                let (number, file) = local.append_file(line, Item::Segment, &bytes)?;
                self.placed = Some((number, file, bytes.len() as u64));
            }
            Some((number, file, length)) => {
                let written = file.write_all(&self.buffer).and_then(|()| local.durability().sync_file(file));
                if let Err(source) = written {
                    // What is behind half a frame would be lost with it.
                    let _ = file.set_len(*length).and_then(|()| file.seek(SeekFrom::Start(*length)));
                    let path = local.path_of(line, Numbered { number: *number, item: Item::Segment });
                    return Err(Error::Write { path, source });
                }
                *length += self.buffer.len() as u64;
            }
        }
        self.buffer.clear();
        let documents = std::mem::take(&mut self.buffered);
        store.audit_many(Action::Capture, name, documents)
    }
}
