//! Session files in an object store.
//!
//! Each is fetched into a private file while it is read: a journal is told from a session by its content, and both are
//! streamed from there.

use std::path::Path;

use tracesnap_record::file::is_recording;
use tracesnap_store::ObjectFolder;

use crate::Error;
use crate::recordings::{Part, Skipped};

/// Keys of sessions, A to Z: those directly below the prefix, or the prefix if that is one.
pub(super) fn sessions(folder: &ObjectFolder) -> Result<Vec<Part>, Error> {
    if is_recording(folder.file_name()) {
        return Ok(vec![Part(String::new())]);
    }
    let listed = folder.list().map_err(|error| Error::place(folder.prefix(), error.into()))?;
    Ok(listed.into_iter().filter(|found| is_recording(&found.name)).map(|found| Part(found.name)).collect())
}

/// Its whole key, by which people know it.
pub(super) fn origin(folder: &ObjectFolder, Part(name): &Part) -> String {
    match (folder.prefix().as_ref(), name.as_str()) {
        (prefix, "") => prefix.to_owned(),
        ("", name) => name.to_owned(),
        (prefix, name) => format!("{prefix}/{name}"),
    }
}

/// Gives an object as a file that is there meanwhile.
pub(super) fn read<T>(
    folder: &ObjectFolder,
    part: &Part,
    read: impl FnOnce(&Path) -> Result<T, tracesnap_record::Error>,
) -> Result<T, Skipped> {
    let file = folder.fetch(&part.0).map_err(|error| Skipped::of(&error))?;
    read(file.path()).map_err(|error| {
        let mut skipped = Skipped::of(&error);
        // Nobody knows the file by the name that it has here.
        skipped.why = skipped.why.replace(&file.path().display().to_string(), &origin(folder, part));
        skipped
    })
}
