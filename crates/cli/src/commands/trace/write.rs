//! Writing what somebody asked for: a file whole or not at all, a pipe or a device as it comes.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use tracesnap_store::AtomicFile;

/// Writes to `output`; `-` is standard output. Files that were `read` are not written over.
pub(super) fn write(output: &Path, read: &[&Path], write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    if output == Path::new("-") {
        return write(&mut io::stdout().lock());
    }
    let shown = output.display();
    if let Some(folder) = output.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        bail!("cannot write `{shown}`: there is no folder `{}`; make it first", folder.display());
    }
    if output.is_dir() {
        bail!("cannot write `{shown}`: it is a folder; name a file in it");
    }
    if read.iter().any(|read| is_same(read, output)) {
        bail!("cannot write `{shown}`: it is the trace that is read; give another name");
    }
    let cannot = || format!("cannot write `{shown}`");
    if fs::metadata(output).is_ok_and(|found| !found.is_file()) {
        let to = File::options().write(true).open(output).with_context(cannot)?;
        let mut to = BufWriter::new(to);
        write(&mut to).with_context(cannot)?;
        return to.flush().with_context(cannot);
    }
    let mut file = AtomicFile::create(output)?;
    write(&mut file).with_context(cannot)?;
    file.commit()?;
    Ok(())
}

/// Whether two names are those of one file.
fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}
