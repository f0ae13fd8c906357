//! What a folder holds, all of it, to be looked through.

use std::path::Path;

/// All bytes of all files below a folder.
///
/// # Panics
///
/// If one of them cannot be read.
#[must_use]
pub fn everything(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() { folders.push(entry) } else { bytes.extend(std::fs::read(entry).expect("readable")) }
        }
    }
    bytes
}
