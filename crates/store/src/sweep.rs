//! Removes what killed writers left.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::Error;
use crate::atomic::{PREFIX, SUFFIX};
use crate::listing::list;
use crate::lock::{Writer, writer_of};

/// A file younger than this may have been made and not yet been locked.
const GRACE: Duration = Duration::from_secs(60);

/// Where locks tell nothing, a file that nobody wrote to for so long is left over.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes unfinished files of [`AtomicFile`](crate::AtomicFile)s whose process is gone, and gives their paths.
///
/// A file is left over when nobody holds its lock and it is older than a minute; where the file system has no locks,
/// when nobody wrote to it for a day. What a living process writes stays, however long that takes.
///
/// # Errors
///
/// If the directory cannot be read. One that is not there has nothing left over; what cannot be removed stays.
pub fn sweep(dir: impl AsRef<Path>) -> Result<Vec<PathBuf>, Error> {
    sweep_at(dir.as_ref(), SystemTime::now())
}

fn sweep_at(dir: &Path, now: SystemTime) -> Result<Vec<PathBuf>, Error> {
    let mut removed = Vec::new();
    for file in list(dir, |name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))? {
        let age = now.duration_since(file.modified).unwrap_or_default();
        let is_left_over = age > GRACE
            && match writer_of(&file.path) {
                Writer::Gone => true,
                Writer::Alive => false,
                Writer::Unknown => age > ABANDONED,
            };
        if is_left_over && fs::remove_file(&file.path).is_ok() {
            removed.push(file.path);
        }
    }
    Ok(removed)
}

/// Sweeps a directory the first time this process writes there.
pub(crate) fn once(dir: &Path) {
    /// A program that writes into more directories than this sweeps some of them again.
    const REMEMBERED: usize = 1_024;
    static SWEPT: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);
    {
        let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let swept = swept.get_or_insert_default();
        if swept.len() >= REMEMBERED {
            swept.clear();
        }
        if !swept.insert(dir.to_owned()) {
            return;
        }
    }
    // Whether the directory can be used is found out by whoever writes there.
    let _ = sweep(dir);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AtomicFile;

    #[test]
    fn what_nobody_writes_any_more_is_swept_and_what_somebody_writes_is_not() {
        let dir = tempfile::tempdir().expect("a directory");
        let living = AtomicFile::create(dir.path().join("a.txt")).expect("it begins");
        let left_over = dir.path().join(".tracesnap-AbCdEf.part");
        fs::write(&left_over, "half").expect("it is written");
        let somebodys = dir.path().join("b.txt");
        fs::write(&somebodys, "whole").expect("it is written");

        assert!(sweep(dir.path()).expect("it is read").is_empty(), "too young to tell");
        let later = SystemTime::now() + 2 * GRACE;
        let removed = sweep_at(dir.path(), later).expect("it is read");
        if cfg!(unix) {
            assert_eq!(removed, std::slice::from_ref(&left_over));
        }
        living.commit().expect("its file was not touched");
        if cfg!(not(unix)) {
            let removed = sweep_at(dir.path(), SystemTime::now() + 2 * ABANDONED).expect("it is read");
            assert_eq!(removed, [left_over]);
        }
        assert!(somebodys.exists());
    }

    #[test]
    fn a_directory_that_is_not_there_has_nothing_left_over() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(sweep(dir.path().join("missing")).expect("nothing to read").is_empty());
        fs::write(dir.path().join("file"), "").expect("it is written");
        let error = sweep(dir.path().join("file")).expect_err("it is none");
        assert!(error.to_string().contains("cannot use the directory"), "{error}");
    }
}
