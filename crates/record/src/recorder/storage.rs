//! Where recordings lie, as far as a [sweep](fn@super::sweep) needs to know: a folder, or whatever else somebody keeps them in.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::Error;

/// A file of a [`Storage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name below the folder of recordings, with `/`: `blobs/9f/86d081…`.
    pub name: String,
    /// Its size. **Unit:** bytes.
    pub bytes: u64,
    /// When it was written.
    pub modified: SystemTime,
    /// What is another when it is written anew, where that is known: an entity tag.
    pub tag: Option<String>,
}

/// Where recordings lie with their blobs. A folder of this machine is one ([`BlobFolder`](super::BlobFolder)); what is in an
/// object store can be another.
pub trait Storage {
    /// All files, however deep.
    ///
    /// # Errors
    ///
    /// If they cannot be listed: then nobody knows what is needed.
    fn files(&self) -> Result<Vec<StoredFile>, Error>;

    /// What is in a file; `None` if it is gone by now.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn read(&self, name: &str) -> Result<Option<Box<dyn Read + '_>>, Error>;

    /// Removes a file, unless it was written anew since it was listed; whether it is gone.
    ///
    /// # Errors
    ///
    /// If it stays.
    fn remove(&self, file: &StoredFile) -> io::Result<bool>;
}

/// A folder of this machine.
pub(super) struct LocalStorage {
    root: PathBuf,
}

impl LocalStorage {
    pub(super) fn new(root: &Path) -> Self {
        // What is nowhere is where the program runs.
        let here = root.as_os_str().is_empty();
        Self { root: if here { PathBuf::from(".") } else { root.to_owned() } }
    }
}

impl Storage for LocalStorage {
    fn files(&self) -> Result<Vec<StoredFile>, Error> {
        let mut files = Vec::new();
        let mut folders = vec![(self.root.clone(), String::new())];
        while let Some((folder, above)) = folders.pop() {
            for path in entries(&folder)? {
                // One may be gone by now.
                let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
                let own = path.file_name().unwrap_or_default().to_string_lossy();
                let name = if above.is_empty() { own.into_owned() } else { format!("{above}/{own}") };
                if metadata.is_dir() {
                    folders.push((path, name));
                    continue;
                }
                let modified = metadata.modified().map_err(|source| Error::read(&path, source))?;
                files.push(StoredFile { name, bytes: metadata.len(), modified, tag: None });
            }
        }
        Ok(files)
    }

    fn read(&self, name: &str) -> Result<Option<Box<dyn Read + '_>>, Error> {
        let path = self.root.join(name);
        match File::open(&path) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::read(&path, source)),
        }
    }

    fn remove(&self, file: &StoredFile) -> io::Result<bool> {
        let path = self.root.join(&file.name);
        // Looked at under a name of ours, so that nobody writes it between the look and the end.
        let aside = self.root.join("blobs").join(format!("unfinished-{}", uuid::Uuid::now_v7()));
        match fs::rename(&path, &aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            moved => moved?,
        }
        if fs::metadata(&aside)?.modified()? == file.modified {
            fs::remove_file(&aside)?;
            return Ok(true);
        }
        // Whoever wrote it once more since then wrote the same.
        fs::rename(aside, path)?;
        Ok(false)
    }
}

/// What is in a folder; nothing where there is none.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    match fs::read_dir(dir) {
        Ok(entries) => {
            entries.map(|entry| entry.map(|entry| entry.path()).map_err(|source| Error::read(dir, source))).collect()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(Error::read(dir, source)),
    }
}
