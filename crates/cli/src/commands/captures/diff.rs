//! `tracesnap captures diff`: where two captures of a function differ.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use tracesnap_capture::Noise;

use super::{Folder, Which, one, values};
use crate::commands::Outcome;
use crate::output::Screen;

/// Compares arguments and outcomes of two captures of a function; exit code 1 where they differ.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures diff process_order 1 0\n  tracesnap captures diff process_order 1 0 --ignore '$.outcome.id'"
)]
pub(crate) struct Diff {
    /// The function: its whole name, or as much of its end as names one.
    function: String,
    /// The one capture: its index, counted from the latest, or the beginning of its id.
    #[arg(value_name = "INDEX|ID")]
    before: String,
    /// The other one.
    #[arg(value_name = "INDEX|ID")]
    after: String,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    which: Which,
    /// What may differ: `$.outcome.id`, `$.kwargs.items[*].at`.
    #[arg(long, value_name = "PLACE")]
    ignore: Vec<String>,
}

impl Diff {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = self.folder.open()?;
        let noise = self.ignore.iter().try_fold(Noise::new(), |noise, place| noise.ignore(place))?;
        let found = self.which.find(&loader, Some(&self.function))?;
        let before = one(&found, &self.function, &self.before)?.1.document;
        let after = one(&found, &self.function, &self.after)?.1.document;
        let mut screen = Screen::new(None);
        let kind = |document: &tracesnap_capture::Document| document.outcome.as_ref().map(|outcome| outcome.kind);
        let mut differs = false;
        if kind(&before) != kind(&after) {
            let told = |document| kind(document).map_or("nothing", |kind| kind.as_str());
            writeln!(screen, "ended: {} before, {} after", told(&before), told(&after))?;
            differs = true;
        }
        for difference in noise.compare(&values(&before), &values(&after)) {
            let told =
                |value: &Option<serde_json::Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
            let (was, is) = (told(&difference.recorded), told(&difference.replayed));
            writeln!(
                screen,
                "{}",
                crate::output::one_line(&format!("{}: {was} before, {is} after", difference.place))
            )?;
            differs = true;
        }
        if !differs {
            writeln!(screen, "no difference")?;
        }
        screen.finish()?;
        Ok(if differs { Outcome::Exceeded } else { Outcome::Fine })
    }
}
