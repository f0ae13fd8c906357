//! `tracesnap captures export`: captures as a file for other tools.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tracesnap_store::AtomicFile;

use super::{Choice, Folder, functions};
use crate::commands::Outcome;

/// Writes captures as NDJSON, one document a line, oldest function first and latest capture first: for `jq`, DuckDB,
/// Polars and whatever else reads JSON lines.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures export -o captures.ndjson\n  tracesnap captures export process_order --where outcome=error | jq .kwargs"
)]
pub(crate) struct Export {
    /// The function [default: each].
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    choice: Choice,
    /// The file [default: standard output].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub(super) fn run(self) -> Result<Outcome> {
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

    fn write(&self, to: &mut impl Write) -> Result<()> {
        let loader = self.folder.open()?;
        for function in functions(&loader, self.function.as_deref())? {
            let mut failed = None;
            // One document in memory at a time, however many there are.
            loader.for_each(&function, |capture| {
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
