//! All interactions of a file or a folder, one after the other, for tools that read lines or rows.

use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use tracesnap_record::Interaction;
use tracesnap_record::file::read_each;
use tracesnap_store::AtomicFile;

use super::files::files_of;
use super::refuse_existing;
use crate::commands::Outcome;
use crate::output::tell;

/// An interaction behind the id of its session.
#[derive(Serialize)]
struct Line<'l> {
    session_id: &'l str,
    #[serde(flatten)]
    interaction: &'l Interaction,
}

/// Writes them as NDJSON.
pub(super) fn ndjson(path: &Path, output: &Path, force: bool) -> Result<Outcome> {
    if output == Path::new("-") {
        let mut out = BufWriter::new(std::io::stdout().lock());
        lines(path, &mut out)?;
        out.flush()?;
        return Ok(Outcome::Fine);
    }
    refuse_existing(output, force)?;
    let mut file = BufWriter::new(AtomicFile::create(output)?);
    lines(path, &mut file)?;
    let file = file.into_inner().with_context(|| format!("cannot write `{}`", output.display()))?;
    file.commit()?;
    tell("wrote", &format!("`{}`", output.display()))?;
    Ok(Outcome::Fine)
}

fn lines(path: &Path, to: &mut impl Write) -> Result<()> {
    for file in files_of(path)? {
        let mut failed = None;
        // What a session says of itself is given when its interactions have been.
        let read = read_each(&file, |_| ControlFlow::Break(())).and_then(|head| {
            read_each(&file, |interaction| {
                let line = Line { session_id: &head.session_id, interaction: &interaction };
                let written = serde_json::to_writer(&mut *to, &line).map_err(Into::into).and_then(|()| writeln!(to));
                written.map_or_else(
                    |error| {
                        failed = Some(error);
                        ControlFlow::Break(())
                    },
                    ControlFlow::Continue,
                )
            })
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        match read {
            Ok(_) => {}
            // One that is damaged does not keep the others from being written.
            Err(error) if path.is_dir() => tell("warning", &format!("{error}; what stands before is written"))?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Writes them as Parquet.
#[cfg(feature = "parquet")]
pub(super) fn parquet(path: &Path, output: &Path, force: bool) -> Result<Outcome> {
    files_of(path)?;
    refuse_existing(output, force)?;
    crate::commands::query::export(&tracesnap_query::Sessions::open(path)?, Some(output))
}

#[cfg(not(feature = "parquet"))]
pub(super) fn parquet(_: &Path, _: &Path, _: bool) -> Result<Outcome> {
    crate::commands::query::without("Parquet", "parquet")
}
