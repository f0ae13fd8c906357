//! `tracesnap config show`: what holds here, and who said so.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Error, Result, anyhow};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use tracesnap_config::{Effective, Source, Sources};
use tracesnap_redact::{Policy, Replacement};

use super::parts::{self, Part};
use crate::commands::Outcome;
use crate::failure;
use crate::output::{Align, Screen, Table, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap config show
  TRACESNAP_SAMPLE=1/10 tracesnap config show trace
  tracesnap config show --changed                     # what is not by default
  tracesnap config show --format json | jq '.settings[] | select(.source.kind == \"file\")'";

/// Shows every setting as it holds in this folder, with its source: the variable, the line of `tracesnap.toml`, or that
/// nobody said anything. What an attribute, a builder or the program itself sets wins over the file, and is not known here.
///
/// A key or a variable that nobody reads, or a value that cannot be, is an error. Secrets are not shown.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// The part [default: all of them].
    #[arg(value_enum)]
    part: Option<Part>,
    /// Only what is not by default.
    #[arg(long)]
    changed: bool,
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
}

impl Show {
    pub(super) fn run(self) -> Result<Outcome> {
        let sources = Sources::process("trace")?;
        let policy = Policy::builder().replacement(Replacement::Placeholder).build()?;
        let (mut rows, mut problems) = (Vec::new(), Vec::new());
        for part in Part::ALL.into_iter().filter(|part| self.part.is_none_or(|one| one == *part)) {
            match part.effective(&sources) {
                Ok(found) => rows.extend(found.into_iter().map(|one| (part.section(), one))),
                Err(error) => problems.push(told(&error)),
            }
        }
        for error in parts::unread(sources.environment()) {
            // The part that it looks like has said so already.
            let tracesnap_config::Error::UnknownVariable { name, .. } = &error else { continue };
            if !problems.iter().any(|problem| problem.contains(&format!("`{name}`"))) {
                problems.push(error.to_string());
            }
        }
        // What is wrong with the file as a whole, each part has said, some with words of their own before it.
        problems.sort_by_key(String::len);
        let mut distinct: Vec<String> = Vec::new();
        for problem in problems {
            if !distinct.iter().any(|other| problem.ends_with(other.as_str())) {
                distinct.push(problem);
            }
        }
        let problems: Vec<_> = distinct.iter().map(|problem| policy.redact_text(problem).into_owned()).collect();
        for (_, one) in &mut rows {
            if let Source::File { path, .. } = &mut one.source {
                *path = shown(path);
            }
        }
        rows.retain(|(_, one)| !self.changed || one.source != Source::Default);
        for (_, one) in &mut rows {
            one.value = policy.redact_text(&one.value).into_owned();
        }
        match self.format {
            Form::Text => text(&sources, &rows)?,
            Form::Json => json(&sources, &rows, &problems)?,
        }
        let Some((last, others)) = problems.split_last() else { return Ok(Outcome::Fine) };
        others.iter().for_each(|problem| failure::print(&anyhow!("{problem}")));
        Err(anyhow!("{last}"))
    }
}

/// As one would type it here, where it lies here or below.
fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path).to_owned()
}

/// What is wrong with a setting, without what each part says around it; else the error with its causes.
fn told(error: &Error) -> String {
    if let Some(cause) = error.chain().find_map(|cause| cause.downcast_ref::<tracesnap_config::Error>()) {
        return cause.to_string();
    }
    let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}

fn text(sources: &Sources, rows: &[(&'static str, Effective)]) -> Result<()> {
    let mut screen = Screen::new(None);
    match sources.file() {
        Some(file) => writeln!(screen, "configuration: {}", shown(file.path()).display())?,
        None => writeln!(screen, "configuration: no `tracesnap.toml` here or above")?,
    }
    let mut table =
        Table::new(&[("part", Align::Left), ("setting", Align::Left), ("value", Align::Left), ("source", Align::Left)]);
    for (part, one) in rows {
        let by_default = one.source == Source::Default;
        let (value, source) = if by_default { (style::PLAIN, style::FAINT) } else { (style::NAME, style::PLAIN) };
        table.row(vec![
            (style::FAINT, (*part).to_owned()),
            (style::PLAIN, one.key.name().to_owned()),
            (value, one.value.clone()),
            (source, one.source.to_string()),
        ]);
    }
    if !rows.is_empty() {
        for line in table.lines() {
            screen.line(&line)?;
        }
    }
    screen.finish()?;
    Ok(())
}

fn json(sources: &Sources, rows: &[(&'static str, Effective)], problems: &[String]) -> Result<()> {
    let settings: Vec<Value> = rows
        .iter()
        .map(|(part, one)| {
            let source = match &one.source {
                Source::Environment { variable } => json!({"kind": "environment", "variable": variable}),
                Source::File { path, key, line } => json!({"kind": "file", "file": path, "key": key, "line": line}),
                Source::Default => json!({"kind": "default"}),
                other => json!({"kind": other.to_string()}),
            };
            json!({"part": part, "name": one.key.name(), "value": one.value, "source": source})
        })
        .collect();
    let file = sources.file().map(|file| shown(file.path()));
    let document = json!({"file": file, "settings": settings, "problems": problems});
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &document)?;
    writeln!(out)?;
    Ok(())
}
