//! `tracesnap mock export` and `versions import`: the library as one document.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use tracesnap_mock::database::Transfer;

use super::Library;
use crate::commands::Outcome;

/// Writes all that is stored for an API into one document: versions of answers, rules, pattern libraries.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap mock export > library.json\n  tracesnap mock versions import library.json"
)]
pub(crate) struct Export {
    /// The file. [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    library: Library,
}

/// Takes in what `export` has written; what is there just so is left as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tracesnap mock versions import library.json --database postgres://ada@db/mocks")]
pub(crate) struct Import {
    /// The document.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    library: Library,
}

impl Export {
    pub(crate) fn run(self) -> Result<Outcome> {
        let transfer = self.library.with(async |open| Ok(open.database.export(&open.api).await?))?;
        let mut text = serde_json::to_vec_pretty(&transfer)?;
        text.push(b'\n');
        match &self.output {
            Some(path) => {
                std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
            }
            None => std::io::stdout().lock().write_all(&text)?,
        }
        Ok(Outcome::Fine)
    }
}

impl Import {
    pub(crate) fn run(mut self) -> Result<Outcome> {
        let text = std::fs::read(&self.file).with_context(|| format!("cannot read `{}`", self.file.display()))?;
        let transfer = Transfer::parse(&text)?;
        if self.library.api.is_empty() {
            self.library.api.clone_from(&transfer.api);
        }
        let imported =
            self.library.with(async |open| Ok(open.database.import(&open.api, &transfer, &open.actor).await?))?;
        writeln!(
            anstream::stdout(),
            "{} versions of answers, {} rules, {} pattern libraries taken in",
            imported.responses,
            imported.rules,
            imported.library
        )?;
        Ok(Outcome::Fine)
    }
}
