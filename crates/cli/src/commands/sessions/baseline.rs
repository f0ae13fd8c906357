//! `tracesnap sessions baseline`: mocks made of a recording.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tracesnap_record::Mocks;
use tracesnap_record::compare::baseline;

use super::files::load_all;
use super::place::Place;
use super::{RangeArgs, refuse_existing};
use crate::commands::Outcome;
use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions baseline captures/checkout-0198.session.json mocks.json
  tracesnap sessions baseline captures mocks.json --min-confidence 0.8 --force

A mock says how sure it is: {\"$mock\": {\"confidence\": 0.9, \"observed\": 9, ...}, \"response\": ...};
n / (n + 1) of n interactions, times how far they agree.";

/// Makes mocks of a recording: of each operation the response that came most often, with a confidence.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Baseline {
    /// The recording: a session file, a folder of them, or a URL of an object store.
    capture: PathBuf,
    /// The file of mocks to write.
    new_mocks: PathBuf,
    /// Leave out mocks that are less sure, from 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    min_confidence: f64,
    /// Write responses alone: `{service: {operation: response}}`.
    #[arg(long)]
    plain: bool,
    /// Replace the file if there is one.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    range: RangeArgs,
}

impl Baseline {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        refuse_existing(&self.new_mocks, self.force)?;
        let recorded = load_all(&Place::of(Some(self.capture))?, self.range.range())?;
        let all = baseline(&recorded.interactions);
        let mut mocks = Mocks::default();
        for (service, operation, mock) in all.iter() {
            let is_sure = mock.confidence.is_none_or(|confidence| confidence >= self.min_confidence);
            if verbose {
                let (confidence, seen) = (mock.confidence.unwrap_or_default(), mock.observed.unwrap_or_default());
                let told = if is_sure { "mock" } else { "unsure" };
                tell(told, &format!("{confidence:.3}  {service} {operation}, of {seen} interactions"))?;
            }
            if !is_sure {
                continue;
            }
            let mut mock = mock.clone();
            if self.plain {
                (mock.confidence, mock.observed, mock.latency_ms) = (None, None, None);
                mock.noise.clear();
            }
            mocks.insert(service, operation, mock);
        }
        mocks.save(&self.new_mocks)?;
        let left_out = all.len() - mocks.len();
        let left_out = if left_out == 0 { String::new() } else { format!(", {left_out} left out as too unsure") };
        tell("wrote", &format!("`{}`: {} mocks{left_out}", self.new_mocks.display(), mocks.len()))?;
        Ok(Outcome::Fine)
    }
}
