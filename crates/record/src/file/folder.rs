//! Which files of a folder are recordings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{EXTENSION, JOURNAL_EXTENSION};

/// Whether a name is that of a recording: `*.session.json`, `*.session.journal`, or `capture*.json` as other tools call
/// theirs.
#[must_use]
pub fn is_recording(name: &str) -> bool {
    name.ends_with(EXTENSION)
        || name.ends_with(JOURNAL_EXTENSION)
        || (name.starts_with("capture") && name.ends_with(".json"))
}

/// The recordings right in a folder, A to Z.
///
/// # Errors
///
/// If it cannot be listed.
pub fn recordings_in(dir: impl AsRef<Path>) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| is_recording(&name.to_string_lossy())) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_told_by_their_names_from_what_else_lies_there() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["b.session.json", "a.session.journal", "capture_1.json", "notes.json", ".gitignore"] {
            fs::write(dir.path().join(name), "").expect("written");
        }
        fs::create_dir(dir.path().join("c.session.json")).expect("made");
        let names = recordings_in(dir.path()).expect("listed").into_iter();
        let names: Vec<_> = names.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
        assert_eq!(names, ["a.session.journal", "b.session.json", "capture_1.json"]);
    }
}
