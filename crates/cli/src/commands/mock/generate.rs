//! `tracesnap mock generate`: bodies of answers, printed; tests and fixtures of an API, written.

mod suite;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use tracesnap_mock::Mock;

use super::serve::Rich;
use super::spec::open;
use crate::commands::Outcome;

const EXAMPLES: &str = "\
Examples:
  tracesnap mock generate openapi.yaml listOrders
  tracesnap mock generate openapi.yaml 'GET /orders/{id}' --count 3 --seed 7
  tracesnap mock generate openapi.yaml createOrder --status 422
  tracesnap mock generate tests openapi.yaml -o tests/api.rs
  tracesnap mock generate fixtures openapi.yaml -o tests/fixtures

Each body stands on a line of its own, if it is JSON. A document that is called `tests` or `fixtures` is `./tests`.";

/// Prints bodies that an operation might answer with; or writes tests, or fixtures.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Generate {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    bodies: Option<Bodies>,
}

#[derive(Debug, Subcommand)]
enum What {
    Tests(suite::Tests),
    Fixtures(suite::Fixtures),
}

#[derive(Debug, Args)]
struct Bodies {
    /// The document: Swagger 2.0 or OpenAPI 3, JSON or YAML.
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The operation, by its id, or as in `GET /orders/{id}`.
    #[arg(value_name = "OPERATION")]
    operation: String,
    /// The status of the answer. [default: that of success]
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(100..=599))]
    status: Option<u16>,
    /// How many.
    #[arg(short, long, default_value_t = 1, value_name = "NUMBER")]
    count: u64,
    /// Another seed, other bodies.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    seed: u64,
    /// How rich they are.
    #[arg(long, value_enum, default_value_t)]
    quality: Rich,
    /// The folder that references must not lead out of. [default: that of the document]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl Generate {
    pub(super) fn run(self) -> Result<Outcome> {
        match (self.what, self.bodies) {
            (Some(What::Tests(tests)), _) => tests.run(),
            (Some(What::Fixtures(fixtures)), _) => fixtures.run(),
            (None, Some(bodies)) => bodies.run(),
            (None, None) => bail!("expected a document and an operation; `--help` has examples"),
        }
    }
}

impl Bodies {
    fn run(self) -> Result<Outcome> {
        let document = open(&self.spec, self.root.as_deref())?;
        let mock = Mock::from_document(document).seed(self.seed).quality(self.quality.into()).build();
        let operation = mock.operation(&self.operation)?;
        let mut out = std::io::stdout().lock();
        for number in 0..self.count {
            let Some(answer) = mock.sample(operation, self.status, number) else {
                bail!("the document says nothing of {} for `{}`", self.status.unwrap_or_default(), self.operation);
            };
            out.write_all(&answer.body)?;
            out.write_all(b"\n")?;
        }
        Ok(Outcome::Fine)
    }
}
