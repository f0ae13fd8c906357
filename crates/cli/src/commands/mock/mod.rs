//! `tracesnap mock …`: one file a command. A new one is a module here, a variant below, and a line in `run`.

mod generate;
mod import;
mod inspect;
#[cfg(feature = "database")]
mod library;
mod pact;
mod serve;
mod settings;
mod spec;
mod validate;
mod verify;

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
    Pact(pact::WritePact),
    Verify(verify::Verify),
    #[cfg(feature = "database")]
    #[command(subcommand)]
    Versions(library::VersionsCommand),
    #[cfg(feature = "database")]
    #[command(subcommand)]
    Rules(library::RulesCommand),
    #[cfg(feature = "database")]
    Stats(library::Stats),
    #[cfg(feature = "database")]
    Export(library::Export),
    #[cfg(feature = "database")]
    Reset(library::Reset),
}

impl MockCommand {
    pub(crate) fn run(self, verbose: bool) -> Result<Outcome> {
        match self {
            Self::Inspect(inspect) => inspect.run(verbose),
            Self::Serve(serve) => serve.run(verbose),
            Self::Generate(generate) => generate.run(),
            Self::Validate(validate) => validate.run(),
            Self::Import(import) => import.run(),
            Self::Pact(pact) => pact.run(),
            Self::Verify(verify) => verify.run(),
            #[cfg(feature = "database")]
            Self::Versions(versions) => versions.run(),
            #[cfg(feature = "database")]
            Self::Rules(rules) => rules.run(),
            #[cfg(feature = "database")]
            Self::Stats(stats) => stats.run(),
            #[cfg(feature = "database")]
            Self::Export(export) => export.run(),
            #[cfg(feature = "database")]
            Self::Reset(reset) => reset.run(),
        }
    }
}
