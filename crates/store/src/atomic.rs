//! A file that is written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{Error, lock, sweep};

/// Names of unfinished files: nobody else's, never too long, hidden where names with a dot are.
pub(crate) const PREFIX: &str = ".tracesnap-";
pub(crate) const SUFFIX: &str = ".part";

/// Writes are collected up to so many bytes.
const BUFFER: usize = 64 << 10;

/// What a committed file survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Durability {
    /// Loss of power: file and directory are on the disk when [`AtomicFile::commit`] returns. Costs what the disk takes
    /// for it, often a millisecond and more. The default.
    #[default]
    Synced,
    /// Loss of power, but for its name: what it holds is on the disk, the directory when the system sees fit. After a loss
    /// of power it is there whole or not at all. Costs about half of [`Synced`](Self::Synced).
    Data,
    /// The end of the process, however it ends. The system writes it to the disk when it sees fit; a loss of power
    /// before that may leave an empty or partial file.
    Buffered,
}

impl Durability {
    /// Waits for what this asks of a file's content.
    pub(crate) fn sync_file(self, file: &File) -> io::Result<()> {
        match self {
            Self::Synced => file.sync_all(),
            Self::Data => file.sync_data(),
            Self::Buffered => Ok(()),
        }
    }
}

/// How an [`AtomicFile`] is written.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Options {
    durability: Durability,
}

impl Options {
    /// What the file survives. Default: [`Durability::Synced`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Begins a file. As [`AtomicFile::create`].
    ///
    /// # Errors
    ///
    /// If the directory cannot be written to.
    pub fn create(self, path: impl Into<PathBuf>) -> Result<AtomicFile, Error> {
        AtomicFile::begin(path.into(), self)
    }
}

/// A writer whose file is there when [`commit`](Self::commit) has returned, and not before.
///
/// Until then the bytes go to a hidden file in the same directory. Dropped, it leaves no trace; of a process that was
/// killed the hidden file stays until it is [swept](crate::sweep). Readers see what was there before or all of the new
/// file. Writes are buffered. The file gets the permissions that any new file of the process has.
#[must_use = "without `commit` nothing is written"]
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    options: Options,
    file: BufWriter<NamedTempFile>,
    /// A write failed, so what is there is not all of it.
    broken: bool,
}

impl AtomicFile {
    /// Begins a file, beside its place. The directory must exist. The first file of a process in a directory
    /// [sweeps](crate::sweep) it.
    ///
    /// # Errors
    ///
    /// If the directory cannot be written to.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Options::default().create(path)
    }

    /// Says more of how it is written.
    pub fn options() -> Options {
        Options::default()
    }

    fn begin(path: PathBuf, options: Options) -> Result<Self, Error> {
        let failed = |source| Error::Write { path: path.clone(), source };
        if path.file_name().is_none() {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it names no file")));
        }
        let dir = directory_of(&path);
        sweep::once(dir);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(dir).map_err(failed)?;
        lock::hold(file.as_file());
        Ok(Self { path, options, file: BufWriter::with_capacity(BUFFER, file), broken: false })
    }

    /// Where the file will be.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place; one that is there already is replaced.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or a write before failed. What was there is still there then.
    pub fn commit(self) -> Result<(), Error> {
        self.finish(|file, path| file.persist(path).map_err(|failed| failed.error))
    }

    /// Puts the file in its place if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] if there is one; otherwise as [`commit`](Self::commit).
    pub fn commit_new(self) -> Result<(), Error> {
        self.finish(|file, path| file.persist_noclobber(path).map_err(|failed| failed.error))
    }

    fn finish(self, persist: impl FnOnce(NamedTempFile, &Path) -> io::Result<File>) -> Result<(), Error> {
        let Self { path, options, file, broken } = self;
        let place = || -> io::Result<()> {
            if broken {
                return Err(io::Error::other("a write before failed, so the file would not be whole"));
            }
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            options.durability.sync_file(file.as_file())?;
            persist(file, &path)?;
            if options.durability == Durability::Synced {
                sync_directory(directory_of(&path))?;
            }
            Ok(())
        };
        place().map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists { path: path.clone() },
            _ => Error::Write { path: path.clone(), source },
        })
    }

    fn noting<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        // Interrupted writes are tried again by whoever called.
        self.broken |= result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.noting(result)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let result = self.file.write_all(bytes);
        self.noting(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.noting(result)
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// A new name is on the disk when its directory is. Directories cannot be opened everywhere; there the system sees to it.
#[cfg(unix)]
pub(crate) fn sync_directory(dir: &Path) -> io::Result<()> {
    match fs::File::open(dir)?.sync_all() {
        // Some file systems do not know how, and say so.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).expect("the directory is there");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_when_it_was_committed_and_not_before() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.txt");
        let mut file = AtomicFile::create(&path).expect("it begins");
        file.write_all(&[b'x'; 3 * BUFFER]).expect("it is written");
        file.flush().expect("it is flushed");
        assert!(!path.exists());
        file.commit().expect("it is committed");
        assert_eq!(fs::read(&path).expect("it is there"), vec![b'x'; 3 * BUFFER]);
        assert_eq!(names(dir.path()), ["a.txt"]);
    }

    #[test]
    fn a_file_that_was_dropped_leaves_what_was_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.txt");
        fs::write(&path, "old").expect("it is written");
        AtomicFile::create(&path).expect("it begins").write_all(b"new").expect("it is written");
        assert_eq!(fs::read(&path).expect("it is there"), b"old");
        assert_eq!(names(dir.path()), ["a.txt"]);
    }

    #[test]
    fn commit_replaces_and_commit_new_refuses() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.txt");
        let file = |text: &str| {
            let mut file = AtomicFile::options().durability(Durability::Buffered).create(&path).expect("it begins");
            file.write_all(text.as_bytes()).expect("it is written");
            file
        };
        file("one").commit_new().expect("there is none");
        let refused = file("two").commit_new().expect_err("there is one");
        assert!(matches!(&refused, Error::Exists { path: found } if *found == path), "{refused:?}");
        assert_eq!(fs::read(&path).expect("it is there"), b"one");
        file("three").commit().expect("it is replaced");
        assert_eq!(fs::read(&path).expect("it is there"), b"three");
        assert_eq!(names(dir.path()), ["a.txt"]);
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        for path in [dir.path().join("missing/a.txt"), dir.path().join("..")] {
            let error = AtomicFile::create(&path).expect_err("it cannot be");
            assert_eq!(error.to_string(), format!("cannot write `{}`", path.display()));
            assert!(std::error::Error::source(&error).is_some());
        }
        // A directory stands where the file should be.
        let path = dir.path().join("taken");
        fs::create_dir(&path).expect("a directory");
        let error = AtomicFile::create(&path).expect("it begins").commit().expect_err("it cannot be");
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(names(dir.path()), ["taken"]);
    }

    #[test]
    fn a_file_that_lost_a_write_is_not_committed() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.txt");
        let mut file = AtomicFile::create(&path).expect("it begins");
        let lost = file.noting::<()>(Err(io::Error::from(io::ErrorKind::StorageFull)));
        assert!(lost.is_err());
        file.write_all(b"the rest").expect("there is room again");
        assert!(matches!(file.commit(), Err(Error::Write { .. })));
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_an_error_and_leaves_what_was_there() {
        // The system refuses what would make a file larger than this, as it refuses what finds no room.
        let dir = tempfile::tempdir().expect("a directory");
        let script =
            "ulimit -f 64; trap '' XFSZ; exec \"$0\" --exact atomic::tests::writes_more_than_it_may --nocapture";
        let child = std::process::Command::new("sh")
            .args(["-c", script])
            .arg(std::env::current_exe().expect("this test has a file"))
            .env("STORE_TEST_DIR", dir.path())
            .output()
            .expect("a shell");
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        assert_eq!(names(dir.path()), ["a.txt"]);
        assert_eq!(fs::read(dir.path().join("a.txt")).expect("it is there"), b"old");
    }

    /// The part of the test above that runs in a process with less room.
    #[test]
    fn writes_more_than_it_may() {
        let Some(dir) = std::env::var_os("STORE_TEST_DIR") else { return };
        let path = Path::new(&dir).join("a.txt");
        fs::write(&path, "old").expect("there is room");
        let mut file = AtomicFile::create(&path).expect("it begins");
        let written = file.write_all(&vec![b'x'; 1 << 20]);
        assert!(written.is_err(), "there is no room for a megabyte");
        assert!(matches!(file.commit(), Err(Error::Write { .. })));
    }
}
