//! `tracesnap captures migrate`: captures of an older signature made into those of the new one.

use std::io::Write;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;
use tracesnap_capture::Migration;

use super::{Folder, Which};
use crate::commands::Outcome;
use crate::output::Screen;

/// Changes the arguments of all captures of a function, in place. What was done already is not done twice.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures migrate process_order --rename customer=customer_id --retype customer_id=u64 --dry-run\n  tracesnap captures migrate process_order --add currency='\"EUR\"' --remove verbose"
)]
pub(crate) struct Migrate {
    /// The function: its whole name, or as much of its end as names one.
    function: String,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    which: Which,
    /// Calls an argument by another name.
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// Adds an argument with a value, as JSON.
    #[arg(long, value_name = "NAME=JSON")]
    add: Vec<String>,
    /// Removes an argument.
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// Notes the type that a parameter has now.
    #[arg(long, value_name = "NAME=TYPE")]
    retype: Vec<String>,
    /// Only say how many would be changed.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Migrate {
    pub(super) fn run(self) -> Result<Outcome> {
        let pair = |text: &str| -> Result<(String, String)> {
            let (name, value) = text.split_once('=').with_context(|| format!("`{text}` has no `=`"))?;
            Ok((name.trim().into(), value.trim().into()))
        };
        let mut migration = Migration::new();
        for (old, new) in self.rename.iter().map(|text| pair(text)).collect::<Result<Vec<_>>>()? {
            migration = migration.rename(old, new);
        }
        for (name, json) in self.add.iter().map(|text| pair(text)).collect::<Result<Vec<_>>>()? {
            let value: Value = serde_json::from_str(&json).with_context(|| {
                format!("`{json}` is no JSON; a text needs quotes of its own: `--add {name}='\"…\"'`")
            })?;
            migration = migration.add(name, value);
        }
        for name in &self.remove {
            migration = migration.remove(name);
        }
        for (name, ty) in self.retype.iter().map(|text| pair(text)).collect::<Result<Vec<_>>>()? {
            migration = migration.retype(name, ty);
        }
        anyhow::ensure!(!migration.is_empty(), "nothing to do; say `--rename`, `--add`, `--remove` or `--retype`");
        let mut changed = 0;
        for found in self.which.find(&self.folder.open()?, Some(&self.function))? {
            for function in &found.functions {
                changed += found.loader.rewrite(function, self.dry_run, |document| migration.apply(document))?;
            }
        }
        let mut screen = Screen::new(None);
        writeln!(screen, "{} {changed} captures: {migration}", if self.dry_run { "would change" } else { "changed" })?;
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}
