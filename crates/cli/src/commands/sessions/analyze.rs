//! `tracesnap sessions analyze`: use, success, errors, times, sizes, growth.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tracesnap_record::analysis::Analyzer;

use super::place::Place;
use super::{RangeArgs, ReportArgs};
use crate::commands::Outcome;
use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions analyze                                    # all of the folder
  tracesnap sessions analyze captures --since 7d --format markdown
  tracesnap sessions analyze captures/checkout-0198.session.json -o report.html
  tracesnap sessions analyze s3://bucket/captures --since 7d    # built with `--features s3`";

/// Analyses recordings: use per service and operation, success, errors, slowest and fastest, percentiles, sizes, growth,
/// what was otherwise than in earlier sessions.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Analyze {
    /// A session file, a folder of them, or the URL of either in an object store [default: TEST_CAPTURE_DIR, or the user's]
    path: Option<PathBuf>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    report: ReportArgs,
}

impl Analyze {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let place = Place::of(self.path)?;
        let mut analyzer = Analyzer::new(self.range.range());
        for found in place.some_recordings()? {
            match analyzer.add_file_as(place.open(&found)?, &found.name) {
                Ok(head) if verbose => tell("read", &format!("`{}`: {}", found.shown, head.title()))?,
                Ok(_) => {}
                // One that is damaged does not keep the others from being looked at.
                Err(error) if place.has_many() => tell("warning", &format!("{error}; what stands before is counted"))?,
                Err(error) => return Err(error.into()),
            }
        }
        let analysis = analyzer.finish();
        self.report.write(&analysis, &analysis.report())?;
        Ok(Outcome::Fine)
    }
}
