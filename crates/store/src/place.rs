//! Files put in their place, for their owner alone, and never through a link.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::atomic::{PREFIX, SUFFIX, sync_directory};
use crate::{Durability, Error, lock};

/// Also where something that is no directory stands in the way: nothing of ours is there.
pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Opens a file for reading; a link is not followed.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    options().read(true).open(path)
}

/// Opens a file for reading if no part of its path is a link, in one step where the system can.
#[cfg(target_os = "linux")]
pub(crate) fn open_without_links(path: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?.into())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn open_without_links(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
pub(crate) fn options() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = File::options();
    // A pipe or terminal of that name must not make us wait either.
    options.mode(0o600).custom_flags((rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32);
    options
}

#[cfg(not(unix))]
pub(crate) fn options() -> fs::OpenOptions {
    File::options()
}

/// Whether something is there; a link is an error.
pub(crate) fn refuse_link(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(Error::Link { path: path.to_owned() }),
        Ok(_) => Ok(true),
        // Whatever else is wrong is found by who uses it.
        Err(_) => Ok(false),
    }
}

/// Makes a directory and those above it that are missing.
pub(crate) fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Names of a directory's entries; one that is not there has none, and names that are no text are nobody's.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>, Error> {
    let failed = |source| Error::Directory { path: dir.to_owned(), source };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if is_missing(&error) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(failed)?.file_name().into_string());
    }
    Ok(names)
}

/// A file of these bytes that has no place yet.
pub(crate) fn unfinished_file(dir: &Path, bytes: &[u8], durability: Durability) -> io::Result<NamedTempFile> {
    // Its permissions are 0600.
    let mut file = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(dir)?;
    lock::hold(file.as_file());
    file.write_all(bytes)?;
    durability.sync_file(file.as_file())?;
    Ok(file)
}

/// Puts a file where there is none; gives it back where there is one.
pub(crate) fn place_new(
    file: NamedTempFile,
    path: &Path,
    durability: Durability,
) -> Result<File, (io::Error, NamedTempFile)> {
    let file = file.persist_noclobber(path).map_err(|failed| (failed.error, failed.file))?;
    // Whether the name survives a loss of power is not known then; that the file is there is.
    let _ = sync_parent(path, durability);
    Ok(file)
}

/// Puts a file in the place of whatever is there.
pub(crate) fn replace(file: NamedTempFile, path: &Path, durability: Durability) -> io::Result<()> {
    file.persist(path).map_err(|failed| failed.error)?;
    sync_parent(path, durability)
}

fn sync_parent(path: &Path, durability: Durability) -> io::Result<()> {
    match path.parent() {
        Some(dir) if durability == Durability::Synced => sync_directory(dir),
        _ => Ok(()),
    }
}
