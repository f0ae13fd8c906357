//! `tracesnap mock …`: one file a command. A new one is a module here, a variant below, and a line in `run`.

mod generate;
mod import;
mod inspect;
mod serve;
mod validate;

use anyhow::Result;
use clap::Subcommand;

use super::Outcome;

#[derive(Debug, Subcommand)]
pub(crate) enum MockCommand {
    Inspect(inspect::Inspect),
    Serve(serve::Serve),
    Generate(generate::Generate),
    Validate(validate::Validate),
    Import(import::Import),
}

impl MockCommand {
    pub(crate) fn run(self, verbose: bool) -> Result<Outcome> {
        match self {
            Self::Inspect(inspect) => inspect.run(verbose),
            Self::Serve(serve) => serve.run(verbose),
            Self::Generate(generate) => generate.run(),
            Self::Validate(validate) => validate.run(),
            Self::Import(import) => import.run(),
        }
    }
}
