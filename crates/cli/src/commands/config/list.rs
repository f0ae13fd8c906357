//! `tracesnap config list`: which settings there are.

use std::io::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tracesnap_config::Key;

use super::parts::{Part, VARIABLES};
use crate::commands::Outcome;
use crate::output::{Align, Screen, Table, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap config list capture
  tracesnap config list --format markdown > settings.md";

/// Lists every setting that there is: its key in `tracesnap.toml`, its variables, what it takes, its default.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct List {
    /// The part [default: all of them].
    #[arg(value_enum)]
    part: Option<Part>,
    /// How it is printed.
    #[arg(short, long, value_enum, default_value_t)]
    format: Form,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A table.
    #[default]
    Text,
    /// One document.
    Json,
    /// Tables for a page.
    Markdown,
}

impl List {
    pub(super) fn run(self) -> Result<Outcome> {
        let parts: Vec<Part> = Part::ALL.into_iter().filter(|part| self.part.is_none_or(|one| one == *part)).collect();
        match self.format {
            Form::Text => text(&parts)?,
            Form::Json => {
                let settings: Vec<Value> = parts
                    .iter()
                    .flat_map(|part| part.keys().iter().map(|key| setting(part.section(), key)))
                    .chain(VARIABLES.iter().filter(|_| self.part.is_none()).map(|key| setting("", key)))
                    .collect();
                let mut out = std::io::stdout().lock();
                serde_json::to_writer_pretty(&mut out, &settings)?;
                writeln!(out)?;
            }
            Form::Markdown => write!(std::io::stdout().lock(), "{}", markdown(&parts))?,
        }
        Ok(Outcome::Fine)
    }
}

fn text(parts: &[Part]) -> Result<()> {
    let mut screen = Screen::new(None);
    let mut table = Table::new(&[
        ("key", Align::Left),
        ("environment", Align::Left),
        ("default", Align::Left),
        ("meaning", Align::Left),
    ]);
    for part in parts {
        for key in part.keys() {
            let name = if key.is_in_file() { format!("{}.{}", part.section(), key.name()) } else { String::new() };
            table.row(vec![
                (style::NAME, name),
                (style::PLAIN, key.variables().collect::<Vec<_>>().join(", ")),
                (style::PLAIN, key.default_text().replace('`', "")),
                (style::FAINT, key.meaning().replace('`', "")),
            ]);
        }
    }
    for line in table.lines() {
        screen.line(&line)?;
    }
    screen.finish()?;
    Ok(())
}

fn setting(section: &str, key: &Key) -> Value {
    json!({
        "part": section,
        "key": key.is_in_file().then_some(key.name()),
        "variables": key.variables().collect::<Vec<_>>(),
        "takes": key.form(),
        "default": key.default_text(),
        "meaning": key.meaning(),
        "secret": key.is_secret(),
    })
}

/// The tables of these parts; with all of them, also that of the variables that are no part's.
pub(crate) fn markdown(parts: &[Part]) -> String {
    let mut page = String::new();
    for part in parts {
        let section = part.section();
        page.push_str(&format!(
            "## `[{section}]`\n\n| key | environment | takes | default | meaning |\n|---|---|---|---|---|\n"
        ));
        part.keys().iter().for_each(|key| page.push_str(&row(key)));
        page.push('\n');
    }
    if parts.len() == Part::ALL.len() {
        page.push_str("## In the environment only\n\n| environment | takes | default | meaning |\n|---|---|---|---|\n");
        for key in &VARIABLES {
            page.push_str(row(key).strip_prefix("| – ").unwrap_or_default());
        }
    }
    page
}

fn row(key: &Key) -> String {
    let name = if key.is_in_file() { format!("`{}`", key.name()) } else { "–".to_owned() };
    let variables: Vec<_> = key.variables().map(|name| format!("`{name}`")).collect();
    format!("| {name} | {} | {} | {} | {} |\n", variables.join(", "), key.form(), key.default_text(), key.meaning())
}
