//! `tracesnap captures audit`: whether a secret slipped into a capture.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::{Folder, Found, Which, mark, policy, values};
use crate::commands::Outcome;
use crate::output::Screen;

/// Looks for secrets in all captures with the rules of today, also in those that wait for a review; exit code 1 where there
/// are any, or one cannot be read. Rules and places are told, values never.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures audit\n  tracesnap captures audit --dir tests/captures && git add tests/captures"
)]
pub(crate) struct Audit {
    /// The function [default: each].
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    which: Which,
}

impl Audit {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = self.folder.open()?;
        let policy = policy()?;
        let mut screen = Screen::new(None);
        let (mut captures, mut findings, mut damaged) = (0_u64, 0_u64, 0_u64);
        let found = self.which.find(&loader, self.function.as_deref())?;
        let each = found.iter().flat_map(|found| found.functions.iter().map(move |function| (found, function)));
        for (Found { set, loader, .. }, function) in each {
            loader.for_each(function, |capture| {
                let capture = match capture {
                    Ok(capture) => capture,
                    Err(error) => {
                        damaged += 1;
                        let cause =
                            std::error::Error::source(&error).map_or(String::new(), |cause| format!(": {cause}"));
                        let text = crate::output::one_line(&format!("✗ {error}{cause}"));
                        // Whoever closed our output is told at the end.
                        let _ = writeln!(screen, "{text}");
                        return Ok(());
                    }
                };
                captures += 1;
                for finding in policy.scan(values(&capture.document).to_string().as_bytes()) {
                    findings += 1;
                    let told = match mark(*set) {
                        "" => format!("✗ {capture}: {finding}"),
                        mark => format!("✗ {capture} ({mark}): {finding}"),
                    };
                    let text = crate::output::one_line(&told);
                    let _ = writeln!(screen, "{text}");
                }
                Ok(())
            })?;
        }
        let secrets = if findings == 1 { "1 secret".to_owned() } else { format!("{findings} secrets") };
        writeln!(
            screen,
            "{secrets} in {captures} captures{}",
            if damaged > 0 { format!(", {damaged} damaged") } else { String::new() }
        )?;
        if findings > 0 {
            writeln!(
                screen,
                "`tracesnap captures rescrub` takes them out; what was leaked should be renewed all the same"
            )?;
        }
        screen.finish()?;
        Ok(if findings + damaged > 0 { Outcome::Exceeded } else { Outcome::Fine })
    }
}
