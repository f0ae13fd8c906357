//! `tracesnap captures rescrub`: older captures under the redaction rules of today.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use serde_json::Value;
use tracesnap_capture::{Document, Error};
use tracesnap_redact::Policy;

use super::{Folder, functions, values};
use crate::commands::Outcome;
use crate::output::Screen;

/// Redacts captures anew with the rules of today, in place.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tracesnap captures rescrub --dry-run\n  tracesnap captures rescrub process_order")]
pub(crate) struct Rescrub {
    /// The function [default: each].
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    /// Only say how many would be changed.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Rescrub {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = self.folder.open()?;
        let policy = Policy::for_captures();
        let mut screen = Screen::new(None);
        let mut total = 0;
        for function in functions(&loader, self.function.as_deref())? {
            let changed = loader.rewrite(&function, self.dry_run, |document| scrub(&policy, document))?;
            if changed > 0 {
                writeln!(screen, "{changed} of {}", crate::output::one_line(&function))?;
            }
            total += changed;
        }
        writeln!(screen, "{} {total} captures", if self.dry_run { "would change" } else { "changed" })?;
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
