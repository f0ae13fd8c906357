//! `tracesnap captures export`: captures as a file for other tools.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
#[cfg(feature = "parquet")]
use tracesnap_capture::CaptureSet;
use tracesnap_store::AtomicFile;

use super::{Choice, Folder, Found, Which};
use crate::commands::Outcome;

const EXAMPLES: &str = "\
Examples:
  tracesnap captures export -o captures.ndjson
  tracesnap captures export process_order --where outcome=error | jq .kwargs
  tracesnap captures export -o captures.parquet";

/// Writes captures for other tools, functions A to Z and of each the latest first: as NDJSON, one document a line, for
/// `jq` and whatever else reads JSON lines; as Parquet, one row each, for DuckDB, Polars, pandas and other engines. Recorded
/// captures come first, then accepted ones, then those that wait for a review.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    /// The function [default: each].
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    which: Which,
    /// NDJSON or Parquet [default: by the name of --output, else NDJSON]
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// The file [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One document a line.
    Ndjson,
    /// One row a capture, compressed.
    Parquet,
}

impl Export {
    pub(super) fn run(self) -> Result<Outcome> {
        let extension = self.output.as_deref().and_then(Path::extension).unwrap_or_default();
        let by_name = if extension == "parquet" { Format::Parquet } else { Format::Ndjson };
        if self.format.unwrap_or(by_name) == Format::Parquet {
            return self.parquet();
        }
        match &self.output {
            Some(path) => {
                let mut file = BufWriter::new(AtomicFile::create(path)?);
                self.write(&mut file)?;
                let file = file.into_inner().with_context(|| format!("cannot write `{}`", path.display()))?;
                file.commit()?;
            }
            None => {
                let mut out = BufWriter::new(std::io::stdout().lock());
                self.write(&mut out)?;
                out.flush()?;
            }
        }
        Ok(Outcome::Fine)
    }

    #[cfg(feature = "parquet")]
    fn parquet(&self) -> Result<Outcome> {
        let found = self.which.find(&self.folder.open()?, self.function.as_deref())?;
        if found.iter().all(|found| found.set == CaptureSet::Recorded) {
            let captures = tracesnap_query::Captures::open(self.folder.open()?.path())?
                .functions(found.into_iter().flat_map(|found| found.functions))
                .matching(self.choice.criteria.clone());
            return crate::commands::query::export(&captures, self.output.as_deref());
        }
        // A table is made of what a store has recorded, or of a file.
        let mut lines = tempfile::Builder::new().prefix("tracesnap-").suffix(".ndjson").tempfile()?;
        let mut buffered = BufWriter::new(lines.as_file_mut());
        self.write(&mut buffered)?;
        buffered.flush()?;
        drop(buffered);
        let captures = tracesnap_query::Captures::open(lines.path())?;
        crate::commands::query::export(&captures, self.output.as_deref())
    }

    #[cfg(not(feature = "parquet"))]
    fn parquet(&self) -> Result<Outcome> {
        crate::commands::query::without("Parquet", "parquet")
    }

    fn write(&self, to: &mut impl Write) -> Result<()> {
        let found = self.which.find(&self.folder.open()?, self.function.as_deref())?;
        let each = found.iter().flat_map(|found| found.functions.iter().map(move |function| (found, function)));
        for (Found { loader, .. }, function) in each {
            let mut failed = None;
            // One document in memory at a time, however many there are.
            loader.for_each(function, |capture| {
                let document = capture?.document;
                if failed.is_none() && self.choice.criteria.holds(&document) {
                    failed = writeln!(to, "{}", document.to_json()).err();
                }
                Ok(())
            })?;
            if let Some(error) = failed {
                return Err(error.into());
            }
        }
        Ok(())
    }
}
