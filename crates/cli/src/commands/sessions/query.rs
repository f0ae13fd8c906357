//! `tracesnap sessions query`: SQL over recorded interactions.

use anyhow::{Context, Result};
use clap::Args;

use super::dir_or_default;
use crate::commands::Outcome;
use crate::commands::query::{Asked, Table};

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions query \"SELECT service, operation, count(*), avg(duration_ms) FROM interactions GROUP BY 1, 2\"
  tracesnap sessions query \"SELECT error, count(*) AS n FROM interactions WHERE status = 'error' GROUP BY error\" captures
  tracesnap sessions query \"SELECT response->'body' FROM interactions WHERE status_code >= 500\" s3://recordings/sessions
  tracesnap sessions query \"DESCRIBE interactions\"";

/// Answers SELECT over the table `interactions`: a folder of sessions, a session file, Parquet files, or a URL of any of
/// these. `DESCRIBE interactions` shows the columns.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Query {
    #[command(flatten)]
    asked: Asked,
    /// The folder, file or URL [default: TEST_CAPTURE_DIR, or the user's]
    #[arg(value_name = "DIR|FILE|URL")]
    place: Option<String>,
}

impl Query {
    pub(super) fn run(self) -> Result<Outcome> {
        let place = match self.place {
            Some(place) => place,
            None => {
                dir_or_default(None)?.into_os_string().into_string().ok().context("the folder's name is no text")?
            }
        };
        self.asked.run(Table::Interactions, &place)
    }
}
