//! Writes a table as a Parquet file.

use std::path::Path;

use anyhow::{Result, bail};
use tracesnap_query::{Recordings, Summary, write_parquet};
use tracesnap_store::AtomicFile;

use crate::commands::Outcome;
use crate::output::tell;

/// So many damaged files are named.
const MOST_NAMED: usize = 10;

/// Writes a table as a Parquet file, whole or not at all.
pub(crate) fn export(recordings: &impl Recordings, output: Option<&Path>) -> Result<Outcome> {
    let Some(output) = output.filter(|output| *output != Path::new("-")) else {
        bail!("a Parquet file is nothing for a terminal; give it a name: `-o {}.parquet`", recordings.table());
    };
    let mut file = AtomicFile::create(output)?;
    let summary = write_parquet(recordings, &mut file)?;
    file.commit()?;
    tell_skipped(&summary)?;
    tell("wrote", &format!("`{}`: {} rows", output.display(), summary.rows))?;
    Ok(Outcome::Fine)
}

/// Says what could not be read: the others were.
pub(super) fn tell_skipped(summary: &Summary) -> Result<()> {
    for skipped in summary.named.iter().take(MOST_NAMED) {
        tell("warning", &skipped.to_string())?;
    }
    match summary.skipped.saturating_sub(MOST_NAMED as u64) {
        0 => Ok(()),
        more => tell("warning", &format!("{more} more could not be read")),
    }
}
