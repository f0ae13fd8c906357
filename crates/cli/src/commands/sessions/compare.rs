//! `tracesnap sessions compare`: a recording beside mocks, or another recording.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use tracesnap_record::compare::{Tier, compare_sessions, compare_with_mocks};
use tracesnap_record::file::load;
use tracesnap_record::{Error, Mocks};

use super::files::load_all;
use super::place::Place;
use super::{RangeArgs, ReportArgs};
use crate::commands::Outcome;
use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions compare captures/checkout-0198.session.json mocks.json
  tracesnap sessions compare captures mocks.json --fail-under 90 --format json -o accuracy.json
  tracesnap sessions compare old.session.json new.session.json --fail-on error

Overall = 100 x coverage x (0.3 x fidelity + 0.5 x type fidelity + 0.2 x status agreement).
Coverage: operations that have a mock. Fidelity: leaves of responses that are equal, without
those that differ between equal requests. Drift, between recordings: a new field or another
value is info, a field that is gone is a warning, another type or status an error.

Exit codes: 0; 1 if --fail-under or --fail-on say so; 2 if a file cannot be read.";

/// Compares a recording with mocks, or with another recording: coverage, fidelity, types, status, latency, what is missing
/// and what is stale.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Compare {
    /// The recording: a session file, a folder of them, or a URL of an object store.
    capture: PathBuf,
    /// Mocks (`{service: {operation: response}}`), or another recording.
    mocks: PathBuf,
    /// Exit with 1 if the overall percentage is lower.
    #[arg(long, value_name = "PERCENT")]
    fail_under: Option<f64>,
    /// Exit with 1 if something drifted so far, between recordings.
    #[arg(long, value_enum, value_name = "TIER")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    report: ReportArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Anything changed.
    Info,
    /// A field is gone, or a request is new.
    Warn,
    /// A type or a status changed.
    Error,
}

impl Compare {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let recorded = load_all(&Place::of(Some(self.capture))?, self.range.range())?;
        let with = Place::of(Some(self.mocks))?;
        let only = if with.has_many() { None } else { Some(with.open(&with.some_recordings()?[0])?) };
        let mocks = only.as_ref().filter(|file| load(file).is_err());
        let comparison = match mocks {
            None => compare_sessions(&recorded, &load_all(&with, self.range.range())?),
            Some(file) => match Mocks::load(file) {
                Ok(mocks) => compare_with_mocks(&recorded, &mocks),
                // It says it is a session: what is wrong with it then is what matters.
                Err(error @ Error::Malformed { .. }) => {
                    return Err(match load(file) {
                        Err(session @ Error::FormatTooNew { .. }) => session.into(),
                        _ => error.into(),
                    });
                }
                Err(error) => return Err(error.into()),
            },
        };
        self.report.write(&comparison, &comparison.report(verbose))?;
        let mut outcome = Outcome::Fine;
        if let (Some(least), Some(overall)) = (self.fail_under, comparison.overall)
            && overall < least
        {
            tell("failed", &format!("{overall:.1} % is under {least} %"))?;
            outcome = Outcome::Exceeded;
        }
        let worst = comparison.drift.as_ref().and_then(tracesnap_record::compare::Drift::worst);
        let limit = self.fail_on.map(|tier| match tier {
            FailOn::Info => Tier::Info,
            FailOn::Warn => Tier::Warn,
            FailOn::Error => Tier::Error,
        });
        if let (Some(limit), Some(worst)) = (limit, worst)
            && worst >= limit
        {
            tell("failed", &format!("there is drift of tier {}", format!("{worst:?}").to_lowercase()))?;
            outcome = Outcome::Exceeded;
        }
        Ok(outcome)
    }
}
