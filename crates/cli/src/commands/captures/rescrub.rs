//! `tracesnap captures rescrub`: older captures under the redaction rules of today.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::Value;
use tracesnap_capture::{Document, Error};
use tracesnap_redact::Policy;

use super::{Folder, Found, Which, mark, policy, values};
use crate::commands::Outcome;
use crate::output::Screen;

/// Redacts captures anew with the rules of today, in place, also those that wait for a review.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures rescrub --dry-run\n  tracesnap captures rescrub process_order\n  TRACESNAP_STORE_KEY=… tracesnap captures rescrub --encrypt"
)]
pub(crate) struct Rescrub {
    /// The function [default: each].
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    which: Which,
    /// Encrypts captures that are plain, too, with the key in TRACESNAP_STORE_KEY: all of the folder that there are.
    #[arg(long)]
    encrypt: bool,
    /// Only say how many would be changed.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Rescrub {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = if self.encrypt { self.folder.open_with_plain()? } else { self.folder.open()? };
        let policy = policy()?;
        let mut screen = Screen::new(None);
        let mut total = 0;
        // Not after secrets were looked for: a key that is missing is told before anything is done.
        let plain = if self.encrypt { loader.encrypt(true)? } else { 0 };
        let found = self.which.find(&loader, self.function.as_deref())?;
        let each = found.iter().flat_map(|found| found.functions.iter().map(move |function| (found, function)));
        for (Found { set, loader, .. }, function) in each {
            let changed = loader.rewrite(function, self.dry_run, |document| scrub(&policy, document))?;
            if changed > 0 {
                let mark = match mark(*set) {
                    "" => String::new(),
                    mark => format!(" ({mark})"),
                };
                writeln!(screen, "{changed} of {}{mark}", crate::output::one_line(function))?;
            }
            total += changed;
        }
        writeln!(screen, "{} {total} captures", if self.dry_run { "would change" } else { "changed" })?;
        if self.encrypt {
            if !self.dry_run {
                loader.encrypt(false)?;
            }
            writeln!(screen, "{} {plain} that were plain", if self.dry_run { "would encrypt" } else { "encrypted" })?;
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}

fn scrub(policy: &Policy, document: &mut Document) -> Result<bool, Error> {
    let before = values(document);
    let mut clean = Vec::new();
    let report = policy.redact_json(before.to_string().as_bytes(), &mut clean)?;
    let Ok(after) = serde_json::from_slice::<Value>(&clean) else { return Ok(false) };
    if after == before {
        return Ok(false);
    }
    let rules: Vec<Value> = report.redacted().map(|(rule, _)| rule.to_string().into()).collect();
    for name in document.names() {
        let changed = document.kwargs.get(&name) != after["kwargs"].get(&name);
        if changed {
            document.metadata.tiers.insert(name.clone(), "redacted".into());
            document.metadata.redacted.insert(name, Value::Array(rules.clone()));
        }
    }
    if let Value::Object(kwargs) = &after["kwargs"] {
        document.kwargs.clone_from(kwargs);
    }
    if let Value::Array(args) = &after["args"] {
        document.args.clone_from(args);
    }
    if let Some(outcome) = &mut document.outcome {
        outcome.value = after["outcome"].clone();
    }
    document.metadata.policy = policy.id();
    Ok(true)
}
