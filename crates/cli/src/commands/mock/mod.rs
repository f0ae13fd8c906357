//! `tracesnap mock …`: one file a command. A new one is a module here, a variant below, and a line in `run`.

mod inspect;

use anyhow::Result;
use clap::Subcommand;

use super::Outcome;

#[derive(Debug, Subcommand)]
pub(crate) enum MockCommand {
    Inspect(inspect::Inspect),
}

impl MockCommand {
    pub(crate) fn run(self, verbose: bool) -> Result<Outcome> {
        match self {
            Self::Inspect(inspect) => inspect.run(verbose),
        }
    }
}
