//! `tracesnap sessions cleanup`: recordings that nobody needs any more.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use clap::Args;
use tracesnap::tree::Bytes;
use tracesnap_record::Sets;
use tracesnap_store::Retention;

use super::files::is_session;
use super::{age, dir_or_default};
use crate::commands::Outcome;
use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions cleanup --older-than 7d --dry-run
  tracesnap sessions cleanup captures --keep 100 --max-size '500 MB'
  tracesnap sessions cleanup captures --older-than 30d --pending

What is played back is never removed.";

/// Removes session files by age, number and size; oldest first.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Cleanup {
    /// The folder [default: TEST_CAPTURE_DIR, or the user's]
    dir: Option<PathBuf>,
    /// What is older: `12h`, `7d`.
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,
    /// All but so many.
    #[arg(long, value_name = "NUMBER")]
    keep: Option<usize>,
    /// What is beyond this size: `500 MB`, `1 GiB`.
    #[arg(long, value_name = "SIZE")]
    max_size: Option<Retention>,
    /// Also sets that wait for a review and are older than --older-than.
    #[arg(long, requires = "older_than")]
    pending: bool,
    /// Say what would be removed, and remove nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Cleanup {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let dir = dir_or_default(self.dir)?;
        if self.older_than.is_none() && self.keep.is_none() && self.max_size.is_none() {
            bail!("say what may go: `--older-than 7d`, `--keep 100` or `--max-size '500 MB'`");
        }
        if !dir.is_dir() {
            bail!("`{}` is no folder", dir.display());
        }
        let mut retention = self.max_size.unwrap_or(Retention::ALL);
        if let Some(age) = self.older_than {
            retention = retention.max_age(age);
        }
        if let Some(most) = self.keep {
            retention = retention.max_files(most);
        }
        let planned = retention.plan(&dir, is_session)?;
        let bytes: u64 = planned.iter().filter_map(|path| Some(std::fs::metadata(path).ok()?.len())).sum();
        let mut out = std::io::stdout().lock();
        if self.dry_run {
            for path in &planned {
                writeln!(out, "{}", path.display())?;
            }
            writeln!(out, "would remove {} session files, {}", planned.len(), Bytes(bytes))?;
        } else {
            let removed = retention.apply(&dir, is_session)?;
            for (path, error) in &removed.failed {
                tell("warning", &format!("`{}` stays: {error}", path.display()))?;
            }
            if verbose {
                for path in &removed.files {
                    tell("removed", &path.display().to_string())?;
                }
            }
            writeln!(out, "removed {} session files, {}", removed.files.len(), Bytes(removed.bytes))?;
        }
        if let (true, Some(age)) = (self.pending && dir.join("sets").is_dir(), self.older_than) {
            let sets = Sets::open(&dir)?;
            let is_old = |time: SystemTime| time.elapsed().is_ok_and(|elapsed| elapsed > age);
            let old: Vec<_> = sets.pending()?.into_iter().filter(|one| is_old(one.time)).collect();
            for one in &old {
                if !self.dry_run {
                    sets.reject(&one.id)?;
                }
            }
            let word = if self.dry_run { "would remove" } else { "removed" };
            writeln!(out, "{word} {} sets that wait", old.len())?;
        }
        Ok(Outcome::Fine)
    }
}
