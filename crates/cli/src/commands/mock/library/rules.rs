//! `tracesnap mock rules`: what is changed in answers that are made up.

use std::io::Write;

use anstyle::Style;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::Value;
use tracesnap_mock::database::{Action, Rule};

use super::Library;
use crate::commands::Outcome;
use crate::output::{Align, Screen, Table, one_line};

/// Changes values in answers that are made up, by rules that are stored.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  tracesnap mock rules add /currency set '\"EUR\"'
  tracesnap mock rules add '/items/*/status' one_of '[\"open\", \"paid\"]' --operation 'GET /orders'
  tracesnap mock rules list
  tracesnap mock rules disable 1

A rule that would make an answer break its schema is left out there, and the header `x-mock-warning` says so.")]
pub(crate) enum RulesCommand {
    /// Lists them in the order in which they act.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        library: Library,
    },
    Add(Add),
    /// Lets a rule act.
    Enable(Which),
    /// Lets a rule rest.
    Disable(Which),
    /// Forgets a rule.
    Remove(Which),
}

/// A rule.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Its number.
    #[arg(value_name = "NUMBER")]
    id: i64,
    #[command(flatten)]
    library: Library,
}

/// Adds a rule.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The place, as a JSON pointer; `*` is every item of a list.
    #[arg(value_name = "POINTER")]
    pointer: String,
    /// What is done there: set, one_of or remove.
    #[arg(value_name = "ACTION")]
    action: Action,
    /// The value as JSON, or the list of values of which one is chosen.
    #[arg(value_name = "VALUE", default_value = "null")]
    value: String,
    /// The operation, as in `GET /orders/{id}`. [default: all]
    #[arg(long, value_name = "OPERATION", default_value = "")]
    operation: String,
    /// Rules with a higher one act later.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, allow_negative_numbers = true)]
    priority: i64,
    #[command(flatten)]
    library: Library,
}

impl RulesCommand {
    pub(crate) fn run(self) -> Result<Outcome> {
        match self {
            Self::List { json, library } => list(json, &library)?,
            Self::Add(add) => {
                let value: Value = serde_json::from_str(&add.value)
                    .with_context(|| format!("`{}` is no JSON; a text stands in quotes, as in '\"EUR\"'", add.value))?;
                let mut rule = Rule::new(add.operation, add.pointer, add.action, value);
                rule.priority = add.priority;
                let id = add
                    .library
                    .with(async |open| Ok(open.database.rules(&open.api).add(&rule, &open.actor).await?))?;
                writeln!(anstream::stdout(), "rule {id} acts")?;
            }
            Self::Enable(which) => which.enable(true)?,
            Self::Disable(which) => which.enable(false)?,
            Self::Remove(which) => {
                let id = which.id;
                which.library.with(async |open| Ok(open.database.rules(&open.api).remove(id, &open.actor).await?))?;
                writeln!(anstream::stdout(), "rule {id} is gone")?;
            }
        }
        Ok(Outcome::Fine)
    }
}

impl Which {
    fn enable(&self, enabled: bool) -> Result<()> {
        let id = self.id;
        self.library.with(async |open| Ok(open.database.rules(&open.api).enable(id, enabled, &open.actor).await?))?;
        writeln!(anstream::stdout(), "rule {id} {}", if enabled { "acts" } else { "rests" })?;
        Ok(())
    }
}

fn list(json: bool, library: &Library) -> Result<()> {
    let rules = library.with(async |open| Ok(open.database.rules(&open.api).all().await?))?;
    let mut screen = Screen::new(None);
    if json {
        writeln!(screen, "{}", serde_json::to_string_pretty(&rules)?)?;
    } else {
        let columns = ["rule", "operation", "pointer", "action", "value", "priority", "acts"];
        let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
        for rule in &rules {
            let operation = if rule.operation.is_empty() { "all" } else { &rule.operation };
            let cells = [
                rule.id.to_string(),
                operation.to_owned(),
                rule.pointer.clone(),
                rule.action.to_string(),
                rule.value.to_string(),
                rule.priority.to_string(),
                if rule.is_enabled { "yes" } else { "" }.to_owned(),
            ];
            table.row(cells.into_iter().map(|cell| (Style::new(), one_line(&cell))).collect());
        }
        for line in table.lines() {
            screen.line(&line)?;
        }
    }
    screen.finish()?;
    Ok(())
}
