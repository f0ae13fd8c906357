//! `tracesnap captures prune`: keeps as many captures as are wanted.

use std::io::Write;

use anyhow::{Result, ensure};
use clap::Args;
use tracesnap::tree::Bytes;
use tracesnap_store::Retention;

use super::{Folder, Found, Set, Which, mark};
use crate::commands::Outcome;
use crate::output::Screen;

/// Removes captures that a rule does not keep, of one function or of each: of those that were recorded, and of those that
/// wait for a review. Accepted ones stay.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures prune --keep 5 --dry-run\n  tracesnap captures prune process_order --keep '100, 7 days'"
)]
pub(crate) struct Prune {
    /// The function [default: each].
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    which: Which,
    /// What stays of each function: a number (`5`), a size (`1 MiB`), an age (`7 days`), several of them with commas.
    #[arg(short, long, value_name = "RULE")]
    keep: Retention,
    /// Only say what would be removed.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Prune {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = self.folder.open()?;
        let mut screen = Screen::new(None);
        let (mut captures, mut bytes) = (0, 0);
        ensure!(self.which.set != Set::Accepted, "accepted captures are not pruned; accept another one in their place");
        let found = self.which.find(&loader, self.function.as_deref())?;
        let each = found.iter().flat_map(|found| found.functions.iter().map(move |function| (found, function)));
        for (Found { set, loader, .. }, function) in each {
            let pruned = loader.prune(function, self.keep, self.dry_run)?;
            for key in &pruned.removed {
                let mark = match mark(*set) {
                    "" => String::new(),
                    mark => format!(" ({mark})"),
                };
                writeln!(screen, "{}{mark}", crate::output::one_line(key))?;
            }
            captures += pruned.removed.len();
            bytes += pruned.bytes;
        }
        let done = if self.dry_run { "would remove" } else { "removed" };
        writeln!(screen, "{done} {captures} documents and segments, {}", Bytes(bytes))?;
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}
