//! Files that commands write.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tracesnap_store::AtomicFile;

/// A file whole or not at all; a pipe or a device is written to as it is, and never replaced.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let special = std::fs::File::options().write(true).open(path);
        let written = special.and_then(|mut special| special.write_all(bytes));
        return written.with_context(|| format!("cannot write `{}`", path.display()));
    }
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
    Ok(file.commit()?)
}

/// Refuses to write over a file.
pub(crate) fn refuse_existing(path: &Path, force: bool) -> Result<()> {
    if !force && path.is_file() {
        bail!("`{}` exists; `--force` replaces it", path.display());
    }
    Ok(())
}
