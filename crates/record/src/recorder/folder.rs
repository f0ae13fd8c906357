//! Where recordings lie.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracesnap_config::Environment;
use tracesnap_store::Store;

use crate::Error;

/// The variable that names the folder of recordings.
pub const CAPTURE_DIR: &str = "TEST_CAPTURE_DIR";

/// The folder of recordings where nobody says another: what `TEST_CAPTURE_DIR` names, or else `tracesnap/sessions` in the
/// user's folder for data (`$XDG_DATA_HOME`, `~/.local/share`, `%LOCALAPPDATA%`). Never one that users share.
///
/// # Errors
///
/// [`Error::Write`] where none of these variables is set.
pub fn default_dir(environment: &Environment) -> Result<PathBuf, Error> {
    if let Some(dir) = environment.get(CAPTURE_DIR) {
        return Ok(dir.into());
    }
    let data = [("XDG_DATA_HOME", ""), ("LOCALAPPDATA", ""), ("HOME", ".local/share")]
        .into_iter()
        .find_map(|(variable, below)| Some(Path::new(environment.get(variable)?).join(below)));
    let source = || io::Error::new(io::ErrorKind::NotFound, format!("no folder is known; set `{CAPTURE_DIR}`"));
    let data = data.ok_or_else(|| Error::write(Path::new("tracesnap/sessions"), source()))?;
    Ok(data.join("tracesnap").join("sessions"))
}

/// Makes the folder if it is not there: for its owner alone, and ignored by git, since what is recorded is nobody's to
/// publish by accident.
pub(crate) fn make_private(dir: &Path) -> Result<(), Error> {
    if dir.is_dir() {
        return Ok(());
    }
    let failed = |source| Error::write(dir, source);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(failed)?;
    let ignore = "# Recordings are private until somebody decides otherwise: remove this file to commit them.\n*\n";
    match fs::OpenOptions::new().write(true).create_new(true).open(dir.join(".gitignore")) {
        Ok(mut file) => io::Write::write_all(&mut file, ignore.as_bytes()).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The store of a folder: sets that wait for a review, and those that were accepted.
pub(crate) fn store(dir: &Path) -> Result<Store, Error> {
    Ok(Store::builder().reads(crate::sets::KIND, crate::model::VERSION).open(dir.join("sets"))?)
}
