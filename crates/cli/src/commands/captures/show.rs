//! `tracesnap captures show`: one capture, to read.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::{Folder, Which, mark, one};
use crate::commands::Outcome;
use crate::output::{Line, Screen, style};

/// Shows one capture: arguments with what was kept of each, and how the call ended. An index counts recorded captures; where
/// there are none of the function, the accepted one, or those that wait for a review.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  tracesnap captures show process_order\n  tracesnap captures show process_order 2 --json"
)]
pub(crate) struct Show {
    /// The function: its whole name, or as much of its end as names one.
    function: String,
    /// Which capture: its index, counted from the latest, or the beginning of its id.
    #[arg(default_value = "0", value_name = "INDEX|ID")]
    which: String,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    which_set: Which,
    /// The whole document, as JSON.
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = self.folder.open()?;
        let found = self.which_set.find(&loader, Some(&self.function))?;
        let (set, capture) = one(&found, &self.function, &self.which)?;
        let document = capture.document;
        let mut screen = Screen::new(None);
        if self.json {
            serde_json::to_writer_pretty(&mut screen, &document)?;
            writeln!(screen)?;
            screen.finish()?;
            return Ok(Outcome::Fine);
        }
        let mut head = Line::new();
        head.push(style::NAME, document.function());
        screen.line(&head)?;
        let about = [
            ("set", mark(set).to_owned()),
            ("id", document.id.clone()),
            ("called", document.timestamp.clone()),
            ("thread", document.metadata.thread_id.clone()),
            ("depth", document.metadata.call_depth.to_string()),
            ("span", document.metadata.span.clone().unwrap_or_default()),
        ];
        for (name, value) in about.iter().filter(|(_, value)| !value.is_empty()) {
            let mut line = Line::new();
            line.push(style::FAINT, format!("  {name:<9}")).push(style::PLAIN, value);
            screen.line(&line)?;
        }
        for name in document.names() {
            let (tier, rules) = (document.tier(&name), document.redacted(&name));
            let value = document.argument(&name).map_or("missing".to_owned(), ToString::to_string);
            let mut line = Line::new();
            line.push(style::HEAD, format!("  {name}")).push(style::PLAIN, format!(" = {value}"));
            if tier.as_str() != "value" {
                let by = if rules.is_empty() { String::new() } else { format!(" by {}", rules.join(", ")) };
                line.push(style::WARN, format!("  [{tier}{by}]"));
            }
            screen.line(&line)?;
        }
        let mut line = Line::new();
        match &document.outcome {
            Some(outcome) => {
                let mark = if outcome.kind.as_str() == "returned" { style::GOOD } else { style::BAD };
                let took = humantime::format_duration(outcome.duration());
                line.push(mark, format!("  {}", outcome.kind))
                    .push(style::PLAIN, format!(" {} after {took}", outcome.value));
            }
            None => drop(line.push(style::FAINT, "  no outcome recorded")),
        }
        screen.line(&line)?;
        let missing: Vec<_> = document.missing().iter().map(ToString::to_string).collect();
        let mut line = Line::new();
        if missing.is_empty() {
            line.push(style::GOOD, "  replayable");
        } else {
            line.push(style::WARN, format!("  not replayable as it is: {}", missing.join(", ")));
        }
        screen.line(&line)?;
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}
