//! `tracesnap captures query`: SQL over captures.

use anyhow::{Context, Result};
use clap::Args;

use crate::commands::Outcome;
use crate::commands::query::{Asked, Table};

const EXAMPLES: &str = "\
Examples:
  tracesnap captures query \"SELECT function, count(*) AS calls, max(duration_ns) AS longest FROM captures GROUP BY function\"
  tracesnap captures query \"SELECT args->>'customer_id' AS customer FROM captures WHERE outcome = 'error'\" --format csv
  tracesnap captures query \"SELECT * FROM captures WHERE timestamp > now() - interval '1 day'\" captures.parquet
  tracesnap captures query \"DESCRIBE captures\"";

/// Answers SELECT over the table `captures`: a folder of captures, a file of documents, Parquet files, or a URL of any of
/// these. `DESCRIBE captures` shows the columns.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Query {
    #[command(flatten)]
    asked: Asked,
    /// The folder, file or URL [default: as SNAP_CAPTURE_DEFAULT_PATH or tracesnap.toml says, else `captures`].
    #[arg(value_name = "DIR|FILE|URL")]
    place: Option<String>,
}

impl Query {
    pub(super) fn run(self) -> Result<Outcome> {
        let place = match self.place {
            Some(place) => place,
            None => {
                super::default_dir()?.into_os_string().into_string().ok().context("the folder's name is no text")?
            }
        };
        self.asked.run(Table::Captures, &place)
    }
}
