//! A file that is written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Writes a file beside its place and then puts it there, so that a reader never meets half of one.
///
/// # Errors
///
/// What `write` or the file system reports. The file that stood there before, if any, is then still there.
pub(super) fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let beside = beside(path)?;
    let written = File::create_new(&beside).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.into_inner()?.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&beside, path));
    if placed.is_err() {
        // What went wrong first is what matters; a rest that cannot be removed is said by nobody's error.
        let _ = fs::remove_file(&beside);
    }
    placed
}

/// A name in the same directory that no other writer uses: renaming does not cross file systems.
fn beside(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().ok_or_else(|| {
        let message = format!("`{}` does not name a file to write", path.display());
        io::Error::new(io::ErrorKind::InvalidInput, message)
    })?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{}.part", process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of its own for a test, empty, removed at the end.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("tracesnap-whole-file-{name}-{}", process::id()));
            fs::create_dir_all(&path).expect("a directory for temporary files");
            Self(path)
        }

        fn names(&self) -> Vec<OsString> {
            fs::read_dir(&self.0).expect("it exists").map(|entry| entry.expect("readable").file_name()).collect()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_file_takes_the_place_of_the_older_one() {
        let directory = Directory::new("replaces");
        let path = directory.0.join("page.html");
        for text in ["old", "new"] {
            write_whole(&path, |file| file.write_all(text.as_bytes())).expect("there is room");
        }
        assert_eq!(fs::read_to_string(&path).expect("it was written"), "new");
        assert_eq!(directory.names(), ["page.html"]);
    }

    #[test]
    fn a_writer_that_fails_leaves_the_older_file_and_nothing_else() {
        let directory = Directory::new("fails");
        let path = directory.0.join("page.html");
        fs::write(&path, "old").expect("there is room");
        let result = write_whole(&path, |file| {
            file.write_all(b"half of it")?;
            Err(io::Error::other("no more"))
        });
        assert_eq!(result.expect_err("the writer failed").to_string(), "no more");
        assert_eq!(fs::read_to_string(&path).expect("it is still there"), "old");
        assert_eq!(directory.names(), ["page.html"]);
    }

    #[test]
    fn a_path_without_a_file_name_is_an_error_that_names_it() {
        let error = write_whole(Path::new(".."), |_| Ok(())).expect_err("nothing can be written there");
        assert_eq!(error.to_string(), "`..` does not name a file to write");
    }
}
