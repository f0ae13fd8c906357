//! Writes records as blocks, a whole one at a time.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::record::{About, FieldBuffer, Row, Site, number, tag};
use super::{MAGIC, MAX_BLOCK, STREAM_VERSION};
use crate::file::FileError;
use crate::file::wire::ThreadLine;
use crate::tree::TraceStats;

/// A block is written when its content has so many bytes.
const ENOUGH: usize = 256 << 10;

/// A file in the making. What was not [flushed](Self::flush) is not in it.
#[derive(Debug)]
pub(crate) struct Writer {
    path: PathBuf,
    file: File,
    /// Length and checksum, to be filled in, and the content so far.
    block: Vec<u8>,
    /// The ring that rows written now would be of.
    ring: u32,
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
}

const HEAD: usize = 8;

impl Writer {
    /// Begins a file that is not there yet.
    pub(crate) fn create(path: &Path) -> Result<Self, FileError> {
        let begin = || {
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            let mut head = MAGIC.to_vec();
            head.extend(STREAM_VERSION.to_le_bytes());
            file.write_all(&head)?;
            Ok(Self { path: path.to_owned(), file, block: vec![0; HEAD], ring: 0, blocks: 0, bytes: head.len() as u64 })
        };
        begin().map_err(|source| not_written(path, source))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn about(&mut self, about: &About) -> Result<(), FileError> {
        self.json(tag::ABOUT, None, about)
    }

    pub(crate) fn thread(&mut self, ring: u32, key: u64, name: Option<&str>) -> Result<(), FileError> {
        self.json(tag::THREAD, Some(ring), &ThreadLine { name: name.map(Into::into), key })
    }

    pub(crate) fn callsite(&mut self, callsite: u32, site: &Site<'_>) -> Result<(), FileError> {
        self.json(tag::CALLSITE, Some(callsite), site)
    }

    pub(crate) fn counts(&mut self, stats: &TraceStats) -> Result<(), FileError> {
        self.json(tag::COUNTS, None, stats)
    }

    /// Writes a row of a ring. It is in the file after the next [`flush`](Self::flush), or before.
    pub(crate) fn row(&mut self, ring: u32, row: &Row, fields: &FieldBuffer) -> Result<(), FileError> {
        if self.ring != ring {
            self.ring = ring;
            self.block.push(tag::IN);
            number(&mut self.block, u64::from(ring));
        }
        self.block.push(tag::ROW);
        row.write(fields, &mut self.block);
        self.flush_if(ENOUGH)
    }

    /// Ends the file: it is on the disk when this returns.
    pub(crate) fn end(mut self) -> Result<(), FileError> {
        self.block.push(tag::END);
        self.flush()?;
        self.file.sync_all().map_err(|source| not_written(&self.path, source))
    }

    fn json(&mut self, tag: u8, of: Option<u32>, what: &impl Serialize) -> Result<(), FileError> {
        let json = serde_json::to_vec(what).map_err(|error| not_written(&self.path, error.into()))?;
        self.block.push(tag);
        of.into_iter().for_each(|of| number(&mut self.block, u64::from(of)));
        number(&mut self.block, json.len() as u64);
        self.block.extend(json);
        self.flush_if(ENOUGH)
    }

    /// Writes what there is as a block. It survives the end of the process from here on, however that ends.
    pub(crate) fn flush(&mut self) -> Result<(), FileError> {
        self.flush_if(1)
    }

    fn flush_if(&mut self, enough: usize) -> Result<(), FileError> {
        let content = self.block.len() - HEAD;
        if content < enough {
            return Ok(());
        }
        debug_assert!(content <= MAX_BLOCK, "a row is much shorter than a block");
        let mut crc = flate2::Crc::new();
        crc.update(&self.block[HEAD..]);
        self.block[..4].copy_from_slice(&(content as u32).to_le_bytes());
        self.block[4..HEAD].copy_from_slice(&crc.sum().to_le_bytes());
        self.file.write_all(&self.block).map_err(|source| not_written(&self.path, source))?;
        self.blocks += 1;
        self.bytes += self.block.len() as u64;
        self.block.truncate(HEAD);
        self.ring = 0;
        Ok(())
    }
}

fn not_written(path: &Path, source: io::Error) -> FileError {
    FileError::Write { path: Some(path.to_owned()), source: source.into() }
}
