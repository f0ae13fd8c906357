//! The files of a directory with their age and size.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::Error;

/// A regular file of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) path: PathBuf,
    pub(crate) modified: SystemTime,
    pub(crate) bytes: u64,
}

/// Regular files whose name is wanted; links are not followed. A directory that is not there has none, and a file that
/// goes away meanwhile was not there.
pub(crate) fn list(dir: &Path, mut wanted: impl FnMut(&str) -> bool) -> Result<Vec<Listed>, Error> {
    let failed = |source| Error::Directory { path: dir.to_owned(), source };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_str().is_some_and(&mut wanted) {
            continue;
        }
        // Of the entry itself: what a link points to is somebody else's.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push(Listed { path: entry.path(), modified, bytes: metadata.len() });
        }
    }
    Ok(files)
}
