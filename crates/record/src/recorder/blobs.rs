//! Bodies that are too large for a session file: beside it, under the hash of their content.
//!
//! ```text
//! captures/
//! ├── checkout-0198….session.json     {"type": "blob", "sha256": "9f86d081…", "bytes": 1073741824}
//! └── blobs/9f/86d081…
//! ```
//!
//! They are written as they come, in memory that does not grow, and are there when they are whole.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tracesnap_store::BlobId;

use crate::Error;

/// The blobs beside the sessions of a folder. Clones are the same folder.
#[derive(Clone, Debug)]
pub struct BlobFolder {
    pub(super) dir: Arc<Path>,
}

impl BlobFolder {
    /// The blobs of a folder of recordings, which need not be there yet.
    #[must_use]
    pub fn of(recordings: impl AsRef<Path>) -> Self {
        Self { dir: recordings.as_ref().join("blobs").into() }
    }

    fn path(&self, id: &BlobId) -> PathBuf {
        let name = id.to_string();
        self.dir.join(&name[..2]).join(&name[2..])
    }

    /// A new one, to be written.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written to.
    pub fn create(&self) -> Result<BlobWriter, Error> {
        let unfinished = self.dir.join(format!("unfinished-{}", uuid::Uuid::now_v7()));
        let failed = |source| Error::write(&unfinished, source);
        private_dir(&self.dir).map_err(failed)?;
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&unfinished).map_err(failed)?;
        Ok(BlobWriter {
            folder: self.clone(),
            unfinished,
            to: Some(BufWriter::with_capacity(1 << 16, file)),
            hash: Sha256::new(),
            bytes: 0,
        })
    }

    /// Opens a blob by its hash, as a [`Body::Blob`](crate::model::Body::Blob) has it. Whoever reads it to the end is told
    /// if it is not what the hash says.
    ///
    /// # Errors
    ///
    /// If it is no hash, or cannot be read.
    pub fn open(&self, sha256: &str) -> Result<BlobReader, Error> {
        let id: BlobId = sha256.parse()?;
        let path = self.path(&id);
        let failed = |source| Error::read(&path, source);
        let file = File::open(&path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        Ok(BlobReader { from: BufReader::with_capacity(1 << 16, file), hash: Some(Sha256::new()), id, bytes })
    }
}

fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// A blob that is being written. Dropped before [`finish`](Self::finish), there is none.
#[derive(Debug)]
pub struct BlobWriter {
    folder: BlobFolder,
    unfinished: PathBuf,
    to: Option<BufWriter<File>>,
    hash: Sha256,
    bytes: u64,
}

impl BlobWriter {
    /// Gives its hash and its size, and puts it in its place; one that is there already stays.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn finish(mut self) -> Result<(String, u64), Error> {
        let failed = |source| Error::write(&self.unfinished, source);
        if let Some(mut to) = self.to.take() {
            to.flush().map_err(failed)?;
        }
        let id = hex(&std::mem::take(&mut self.hash).finalize());
        let place = self.folder.path(&id.parse::<BlobId>()?);
        let moved = place.parent().map_or(Ok(()), private_dir).and_then(|()| fs::rename(&self.unfinished, &place));
        moved.map_err(|source| Error::write(&place, source))?;
        Ok((id, self.bytes))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(to) = &mut self.to else { return Err(io::Error::other("the blob is finished")) };
        let written = to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        // After `finish` it is not there any more.
        let _ = fs::remove_file(&self.unfinished);
    }
}

/// The hash and size of what is written, which is kept nowhere: what a blob would be called.
#[derive(Debug, Default)]
pub struct BlobHasher {
    hash: Sha256,
    bytes: u64,
}

impl BlobHasher {
    /// Hash and size.
    #[must_use]
    pub fn finish(self) -> (String, u64) {
        (hex(&self.hash.finalize()), self.bytes)
    }
}

impl Write for BlobHasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A blob that is read; its end is an error where its content is not what its name says.
#[derive(Debug)]
pub struct BlobReader {
    from: BufReader<File>,
    /// `None` when it was read to the end.
    hash: Option<Sha256>,
    id: BlobId,
    bytes: u64,
}

impl BlobReader {
    /// Its size.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.bytes
    }
}

impl Read for BlobReader {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(to)?;
        if read > 0 {
            if let Some(hash) = &mut self.hash {
                hash.update(&to[..read]);
            }
        } else if !to.is_empty()
            && let Some(hash) = self.hash.take()
            && hex(&hash.finalize()) != self.id.to_string()
        {
            let why = format!("blob `{}` is damaged: its content has another hash than its name", self.id);
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        Ok(read)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_read_back_under_its_hash_and_a_damaged_one_is_told() {
        let dir = tempfile::tempdir().expect("a folder");
        let blobs = BlobFolder::of(dir.path());
        let mut writer = blobs.create().expect("made");
        writer.write_all(b"large").expect("written");
        let (id, bytes) = writer.finish().expect("finished");
        let mut hasher = BlobHasher::default();
        hasher.write_all(b"large").expect("hashed");
        assert_eq!((id.clone(), bytes), hasher.finish());
        let read = |id: &str| {
            let mut text = String::new();
            blobs.open(id).map_err(|error| error.to_string())?.read_to_string(&mut text).map_err(|e| e.to_string())?;
            Ok::<_, String>(text)
        };
        assert_eq!(read(&id), Ok("large".to_owned()));
        let place = dir.path().join("blobs").join(&id[..2]).join(&id[2..]);
        fs::write(&place, "other").expect("written");
        assert!(read(&id).expect_err("damaged").contains("another hash"));
        for name in ["../../etc/passwd", "", &"0".repeat(63), &"A".repeat(64)] {
            assert!(blobs.open(name).is_err(), "{name}");
        }
        drop(blobs.create().expect("made"));
        let left = fs::read_dir(dir.path().join("blobs")).expect("there").count();
        assert_eq!(left, 1, "what was not finished is gone");
    }
}
