//! `tracesnap mock reset`: forgets what was kept and counted, never what was stored.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::Library;
use crate::commands::Outcome;

/// Forgets answers that are kept for a while in the database, and what was counted. Versions and rules stay.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tracesnap mock reset
  tracesnap mock reset --analytics
  curl -X POST http://127.0.0.1:8080/__mock/reset     # what was created in a server that runs")]
pub(crate) struct Reset {
    /// What was counted, too, in the environment that MOCK_ENVIRONMENT names.
    #[arg(long)]
    analytics: bool,
    #[command(flatten)]
    library: Library,
}

impl Reset {
    pub(crate) fn run(self) -> Result<Outcome> {
        let entries = self.library.with(async |open| {
            let entries = open.database.cache_size().await?;
            open.database.clear_cache().await?;
            if self.analytics {
                open.database.analytics(open.environment, &open.api).reset().await?;
            }
            Ok(entries)
        })?;
        writeln!(anstream::stdout(), "{entries} answers that were kept are forgotten")?;
        Ok(Outcome::Fine)
    }
}
