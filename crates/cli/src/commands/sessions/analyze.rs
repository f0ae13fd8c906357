//! `tracesnap sessions analyze`: use, success, errors, times, sizes, growth.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tracesnap_record::analysis::Analyzer;

use super::files::files_of;
use super::{RangeArgs, ReportArgs, dir_or_default};
use crate::commands::Outcome;
use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions analyze                                    # all of the folder
  tracesnap sessions analyze captures --since 7d --format markdown
  tracesnap sessions analyze captures/checkout-0198.session.json -o report.html";

/// Analyses recordings: use per service and operation, success, errors, slowest and fastest, percentiles, sizes, growth,
/// what was otherwise than in earlier sessions.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Analyze {
    /// A session file, or a folder of them [default: TEST_CAPTURE_DIR, or the user's]
    path: Option<PathBuf>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    report: ReportArgs,
}

impl Analyze {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let path = dir_or_default(self.path)?;
        let mut analyzer = Analyzer::new(self.range.range());
        let is_folder = path.is_dir();
        for file in files_of(&path)? {
            match analyzer.add_file(&file) {
                Ok(head) if verbose => tell("read", &format!("`{}`: {}", file.display(), head.title()))?,
                Ok(_) => {}
                // One that is damaged does not keep the others from being looked at.
                Err(error) if is_folder => tell("warning", &format!("{error}; what stands before is counted"))?,
                Err(error) => return Err(error.into()),
            }
        }
        let analysis = analyzer.finish();
        self.report.write(&analysis, &analysis.report())?;
        Ok(Outcome::Fine)
    }
}
