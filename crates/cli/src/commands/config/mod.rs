//! `tracesnap config …`: one file a command; what settings there are is in [`parts`].

mod list;
pub(crate) mod parts;
mod show;

use anyhow::Result;
use clap::Subcommand;

use super::Outcome;

#[cfg(test)]
pub(crate) use list::markdown;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    Show(show::Show),
    List(list::List),
}

impl ConfigCommand {
    pub(crate) fn run(self) -> Result<Outcome> {
        match self {
            Self::Show(show) => show.run(),
            Self::List(list) => list.run(),
        }
    }
}
