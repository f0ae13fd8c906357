//! `tracesnap mock inspect`: what the operations of an API document are, and what is wrong with it.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anstyle::Style;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tracesnap::tree::Time;
use tracesnap_mock::graphql::GraphQlSchema;
use tracesnap_mock::patterns::{Library, Model, Recognition, Recognizer, Strategy};
use tracesnap_openapi::{Document, Reader};

use super::spec::is_graphql;
use crate::commands::Outcome;
use crate::output::{Align, Screen, Table, one_line, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock inspect openapi.yaml
  tracesnap mock inspect openapi.yaml --format json | jq '.[] | select(.strategy == \"fallback\")'
  tracesnap mock inspect contracts/shop/openapi.yaml --root contracts    # references may lead to contracts/shared
  tracesnap mock inspect openapi.yaml --library words.toml
  tracesnap mock inspect schema.graphql                      # what its queries and mutations are taken for

Patterns: crud, auth, pagination, search, file_upload; an operation may have several, or none. Confidence is a
probability: of ten operations with 0.9, nine are what it says. The strategy follows from the highest one: template
above 0.9, intelligent from 0.7 on, else fallback, where the schema alone decides.

JSON: [{\"method\", \"path\", \"operation_id\", \"patterns\": [{\"pattern\", \"confidence\", \"reasons\"}], \"strategy\"}], an object an
operation, in the order of the document.

Faults of the document go to standard error, a line each: file, line, JSON pointer, what is wrong. What they leave
unharmed is inspected all the same.";

/// Says what each operation of an API document is: CRUD, authentication, pagination, search, file upload; how sure that
/// is, and why.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Inspect {
    /// The document: Swagger 2.0 or OpenAPI 3, JSON or YAML; or a GraphQL schema, `*.graphql`.
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// Text or JSON.
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
    /// A pattern library (TOML) to lay over the one that is built in.
    #[arg(short, long, value_name = "FILE")]
    library: Option<PathBuf>,
    /// The folder that references must not lead out of. [default: that of the document]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// In which form operations are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl Inspect {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        if is_graphql(&self.spec) {
            return self.run_graphql();
        }
        let begun = Instant::now();
        let library = self.library()?;
        let reader = match &self.root {
            Some(root) => Reader::new().root(root),
            None => Reader::new(),
        };
        let document = reader.open(&self.spec)?;
        let recognised = Recognizer::new(library, Model::default()).document(&document);
        tell_faults(&document)?;
        if verbose {
            let (name, operations) = (self.spec.display(), recognised.len());
            let took = Time(begun.elapsed());
            let mut to = anstream::stderr().lock();
            writeln!(to, "read: `{name}`: version {}, {operations} operations, in {took}", document.version())?;
        }
        let mut screen = Screen::new(self.width);
        match self.format {
            Format::Text => text(&mut screen, &document, &recognised)?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut screen, &recognised)?;
                writeln!(screen)?;
            }
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }

    /// What the fields of a GraphQL schema are taken for.
    fn run_graphql(&self) -> Result<Outcome> {
        let schema = GraphQlSchema::open(&self.spec)?;
        let mut to = anstream::stderr().lock();
        for fault in schema.faults() {
            let warn = style::WARN;
            writeln!(to, "{warn}schema:{warn:#} {}", one_line(fault))?;
        }
        let mut screen = Screen::new(self.width);
        if self.format == Format::Json {
            serde_json::to_writer_pretty(&mut screen, &schema.fields())?;
            writeln!(screen)?;
        } else {
            let left = Align::Left;
            let mut table =
                Table::new(&[("operation", left), ("field", left), ("does", left), ("about", left), ("type", left)]);
            for one in schema.fields() {
                table.row(vec![
                    (style::PLAIN, one.operation.to_owned()),
                    (style::NAME, one.field),
                    (style::GOOD, one.does.to_owned()),
                    (style::PLAIN, one.about.unwrap_or_default()),
                    (style::FAINT, one.ty),
                ]);
            }
            table.lines().iter().try_for_each(|line| screen.line(line))?;
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }

    fn library(&self) -> Result<Library> {
        let Some(path) = &self.library else { return Ok(Library::built_in()) };
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        Library::built_in().extended(&text).with_context(|| format!("cannot use `{}`", path.display()))
    }
}

fn tell_faults(document: &Document) -> Result<()> {
    let mut to = anstream::stderr().lock();
    for fault in document.faults() {
        let warn = style::WARN;
        writeln!(to, "{warn}{}:{warn:#} {}", fault.kind, one_line(&fault.to_string()))?;
    }
    Ok(())
}

fn text(screen: &mut Screen, document: &Document, recognised: &[Recognition]) -> Result<()> {
    if recognised.is_empty() {
        writeln!(screen, "no operations in `{}`", document.title().unwrap_or("the document"))?;
        return Ok(());
    }
    let left = Align::Left;
    let mut table = Table::new(&[
        ("strategy", left),
        ("method", left),
        ("path", left),
        ("operation", left),
        ("patterns", left),
        ("because", left),
    ]);
    for one in recognised {
        let patterns: Vec<_> =
            one.patterns.iter().map(|found| format!("{} {:.2}", found.pattern, found.confidence)).collect();
        let reason = one.patterns.first().and_then(|found| found.reasons.first());
        table.row(vec![
            (strategy_style(one.strategy), one.strategy.as_str().to_owned()),
            (style::PLAIN, one.method.clone()),
            (style::NAME, one.path.clone()),
            (style::PLAIN, one.operation_id.clone().unwrap_or_default()),
            (style::PLAIN, patterns.join(", ")),
            (style::FAINT, reason.cloned().unwrap_or_default()),
        ]);
    }
    table.lines().iter().try_for_each(|line| screen.line(line))?;
    Ok(())
}

fn strategy_style(strategy: Strategy) -> Style {
    match strategy {
        Strategy::Template => style::GOOD,
        Strategy::Intelligent => style::MOVED,
        _ => style::FAINT,
    }
}
