//! Tells a file that is being written from one whose writer was killed.
//!
//! A writer holds an advisory lock, which the system takes back when the process ends, however it ends.

use std::fs::File;
use std::path::Path;

/// What is known of a file's writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    /// Has it open.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "only the locks of Unix can be tried without keeping readers out")
    )]
    Alive,
    /// Is gone.
    Gone,
    /// Cannot be told: the file system has no locks, or the file cannot be opened.
    Unknown,
}

/// Marks a file as being written, until it is closed. Where that is not possible, the file's age has to do.
#[cfg(unix)]
pub(crate) fn hold(file: &File) {
    use rustix::fs::{FlockOperation, flock};
    // Nobody else has it yet, so this does not wait.
    let _ = flock(file, FlockOperation::NonBlockingLockExclusive);
}

pub(crate) fn writer_of(path: &Path) -> Writer {
    File::open(path).map_or(Writer::Unknown, |file| try_hold(&file))
}

/// Takes a file over from its writer, if that is gone.
#[cfg(unix)]
pub(crate) fn try_hold(file: &File) -> Writer {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Writer::Gone,
        Err(Errno::WOULDBLOCK) => Writer::Alive,
        Err(_) => Writer::Unknown,
    }
}

/// A lock of Windows keeps readers out of the file, too, and what is being written is read meanwhile.
#[cfg(not(unix))]
pub(crate) fn hold(_: &File) {}

#[cfg(not(unix))]
pub(crate) fn try_hold(_: &File) -> Writer {
    Writer::Unknown
}

/// Waits until nobody else has the lock, which is held until the file is closed. Where the file system has no locks,
/// there is nothing to wait for.
#[cfg(all(unix, feature = "documents"))]
pub(crate) fn wait(file: &File) -> std::io::Result<()> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    loop {
        match flock(file, FlockOperation::LockExclusive) {
            Err(Errno::INTR) => {}
            Ok(()) | Err(Errno::NOSYS | Errno::OPNOTSUPP) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(all(windows, feature = "documents"))]
pub(crate) fn wait(file: &File) -> std::io::Result<()> {
    fs4::FileExt::lock(file)
}

/// Where there are no processes, there is nobody to wait for.
#[cfg(all(not(any(unix, windows)), feature = "documents"))]
pub(crate) fn wait(_: &File) -> std::io::Result<()> {
    Ok(())
}
