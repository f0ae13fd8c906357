//! `tracesnap mock versions`: the answers that are stored, every version of them.

use std::io::{Read, Write};
use std::path::PathBuf;

use anstyle::Style;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use tracesnap_mock::database::{Draft, Version};

use super::Library;
use super::transfer::Import;
use crate::commands::Outcome;
use crate::commands::trace::Format;
use crate::output::{Align, Screen, Table, one_line};

/// Looks at stored answers, stores more, and goes back to older ones.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  tracesnap mock versions list
  tracesnap mock versions save 'GET /orders' orders.json --note 'one order less'
  tracesnap mock versions list 'GET /orders'
  tracesnap mock versions diff 'GET /orders' 1 2
  tracesnap mock versions rollback 'GET /orders' 1

An operation is named as in `GET /orders/{id}`. What is stored answers from the next second on, wherever a server with the
same database runs; with `--target` only the request with that path and query.")]
pub(crate) enum VersionsCommand {
    List(List),
    Show(Show),
    Save(Save),
    Diff(Diff),
    Rollback(Rollback),
    Retire(Retire),
    Import(Import),
}

/// The answer that is meant.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The operation, as in `GET /orders/{id}`.
    #[arg(value_name = "OPERATION")]
    operation: String,
    /// Path and query of the only request it is for.
    #[arg(long, value_name = "PATH", default_value = "")]
    target: String,
    #[command(flatten)]
    library: Library,
}

/// Lists all versions that answer, or all versions for one operation.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The operation, as in `GET /orders/{id}`. [default: those that answer, of each]
    #[arg(value_name = "OPERATION")]
    operation: Option<String>,
    /// Text, JSON or CSV.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    library: Library,
}

/// Prints the body of a version.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
    /// Its number. [default: the one that answers]
    #[arg(long, value_name = "NUMBER")]
    version: Option<i64>,
}

/// Stores a body as the next version, which answers from now on.
#[derive(Debug, Args)]
pub(crate) struct Save {
    #[command(flatten)]
    which: Which,
    /// The body; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The status.
    #[arg(long, default_value_t = 200, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(100..=599))]
    status: u16,
    /// The type of the body.
    #[arg(long, default_value = "application/json", value_name = "TYPE")]
    content_type: String,
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
}

/// Says what differs between two versions; exit code 1 where they do.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[command(flatten)]
    which: Which,
    /// The older one.
    #[arg(value_name = "FROM")]
    from: i64,
    /// The newer one.
    #[arg(value_name = "TO")]
    to: i64,
}

/// Stores what an older version says as the next one. Nothing is lost.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    #[command(flatten)]
    which: Which,
    /// The version.
    #[arg(value_name = "VERSION")]
    version: i64,
}

/// Lets no version answer any more; all are kept.
#[derive(Debug, Args)]
pub(crate) struct Retire {
    #[command(flatten)]
    which: Which,
}

impl VersionsCommand {
    pub(crate) fn run(self) -> Result<Outcome> {
        match self {
            Self::List(list) => list.run(),
            Self::Show(show) => show.run(),
            Self::Save(save) => save.run(),
            Self::Diff(diff) => diff.run(),
            Self::Rollback(rollback) => rollback.run(),
            Self::Retire(retire) => retire.run(),
            Self::Import(import) => import.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<Outcome> {
        let versions = self.library.with(async |open| {
            let responses = open.database.responses(&open.api);
            let all = match &self.operation {
                Some(operation) => {
                    let mut all = responses.all().await?;
                    all.retain(|version| version.operation == *operation);
                    all
                }
                None => responses.all_active().await?,
            };
            Ok(all)
        })?;
        let mut screen = Screen::new(None);
        match self.format {
            Format::Json => writeln!(screen, "{}", serde_json::to_string_pretty(&versions)?)?,
            Format::Csv => {
                let mut rows = csv::Writer::from_writer(Vec::new());
                rows.write_record(["operation", "target", "version", "answers", "status", "source", "author", "note"])?;
                for version in &versions {
                    rows.write_record(row(version))?;
                }
                screen.write_all(&rows.into_inner()?)?;
            }
            Format::Text => {
                let columns = ["operation", "target", "version", "answers", "status", "source", "author", "note"];
                let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
                for version in &versions {
                    table.row(row(version).into_iter().map(|cell| (Style::new(), one_line(&cell))).collect());
                }
                for line in table.lines() {
                    screen.line(&line)?;
                }
            }
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}

fn row(version: &Version) -> Vec<String> {
    vec![
        version.operation.clone(),
        version.target.clone(),
        version.version.to_string(),
        if version.is_active { "yes".to_owned() } else { String::new() },
        version.status.to_string(),
        version.source.clone(),
        version.author.clone(),
        version.note.clone(),
    ]
}

impl Show {
    fn run(self) -> Result<Outcome> {
        let Which { operation, target, library } = &self.which;
        let version = library.with(async |open| {
            let responses = open.database.responses(&open.api);
            Ok(match self.version {
                Some(number) => responses.version(operation, target, number).await?,
                None => match responses.active(operation, target).await? {
                    Some(active) => active,
                    None => anyhow::bail!("nothing that is stored answers `{operation}`"),
                },
            })
        })?;
        let mut out = std::io::stdout().lock();
        out.write_all(&version.body)?;
        out.write_all(b"\n")?;
        Ok(Outcome::Fine)
    }
}

impl Save {
    fn run(self) -> Result<Outcome> {
        let mut body = Vec::new();
        if self.file.as_os_str() == "-" {
            std::io::stdin().lock().read_to_end(&mut body).context("cannot read standard input")?;
        } else {
            body = std::fs::read(&self.file).with_context(|| format!("cannot read `{}`", self.file.display()))?;
        }
        let body = body.trim_ascii().to_vec();
        let version = self.which.library.with(async |open| {
            let draft = Draft::new(self.status, &self.content_type, body).target(&self.which.target);
            let draft = draft.by(&open.actor).note(&self.note);
            Ok(open.database.responses(&open.api).save(&self.which.operation, &draft).await?)
        })?;
        tell(&version)
    }
}

impl Diff {
    fn run(self) -> Result<Outcome> {
        let Which { operation, target, library } = &self.which;
        let diff = library.with(async |open| {
            Ok(open.database.responses(&open.api).diff(operation, target, self.from, self.to).await?)
        })?;
        let mut out = anstream::stdout();
        for difference in &diff {
            writeln!(out, "{}", one_line(&difference.to_string()))?;
        }
        Ok(if diff.is_empty() { Outcome::Fine } else { Outcome::Exceeded })
    }
}

impl Rollback {
    fn run(self) -> Result<Outcome> {
        let Which { operation, target, library } = &self.which;
        let version = library.with(async |open| {
            let responses = open.database.responses(&open.api);
            Ok(responses.rollback(operation, target, self.version, &open.actor).await?)
        })?;
        tell(&version)
    }
}

impl Retire {
    fn run(self) -> Result<Outcome> {
        let Which { operation, target, library } = &self.which;
        let did = library
            .with(async |open| Ok(open.database.responses(&open.api).retire(operation, target, &open.actor).await?))?;
        let what =
            if did { "nothing that is stored answers it any more" } else { "nothing that is stored answered it" };
        writeln!(anstream::stdout(), "{}: {what}", one_line(operation))?;
        Ok(Outcome::Fine)
    }
}

fn tell(version: &Version) -> Result<Outcome> {
    writeln!(anstream::stdout(), "{}: version {} answers", one_line(&version.operation), version.version)?;
    Ok(Outcome::Fine)
}
