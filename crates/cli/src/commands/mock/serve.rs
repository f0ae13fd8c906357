//! `tracesnap mock serve`: answers over HTTP as the API of a document would.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tracesnap::tree::Time;
use tracesnap_mock::MockServer;
use tracesnap_mock::engine::Validation;
use tracesnap_mock::generate::Quality;
use tracesnap_mock::serve::Faults;
use tracesnap_openapi::{Document, Reader};

use crate::commands::Outcome;
use crate::output::{one_line, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock serve openapi.yaml --port 8080
  tracesnap mock serve openapi.yaml --seed 7 --quality production
  tracesnap mock serve openapi.yaml --strict --credential test-key     # 401 and 404 by what was given out and created
  tracesnap mock serve openapi.yaml --validation warn                  # whatever is sent is answered
  tracesnap mock serve openapi.yaml --error-rate 0.1 --latency 200ms

  curl -i http://127.0.0.1:8080/orders/7
  curl -i http://127.0.0.1:8080/orders/7 -H 'prefer: code=404'         # any status of the document
  curl -i http://127.0.0.1:8080/orders/7 -H 'x-mock-explain: 1'        # and why the answer is what it is
  curl -i http://127.0.0.1:8080/orders -H 'x-mock-session: mine'       # what is created is seen in this session only
  curl -X POST http://127.0.0.1:8080/__mock/reset

The first line is `listening on http://ADDRESS:PORT`, as soon as it is so. What is created is listed, read, changed and
deleted as a real service would have it, and forgotten when the server ends. Paths are answered with and without the
base path of the document. Other addresses than those of this machine ask for an admin token.";

/// Answers over HTTP as the API of a document would.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// The document: Swagger 2.0 or OpenAPI 3, JSON or YAML.
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The port; 0 takes one that is free.
    #[arg(short, long, default_value_t = 0, value_name = "PORT")]
    port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// Another seed, other answers.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    seed: u64,
    /// How rich answers are.
    #[arg(long, value_enum, default_value_t)]
    quality: Rich,
    /// Only what was created or is there from the start exists; only credentials that were given out count.
    #[arg(long)]
    strict: bool,
    /// A token, a key or `user:password` that counts with `--strict`.
    #[arg(long, value_name = "CREDENTIAL")]
    credential: Vec<String>,
    /// What happens to requests that break the document.
    #[arg(long, value_enum, default_value_t)]
    validation: Checks,
    /// Items that collections begin with.
    #[arg(long, default_value_t = 25, value_name = "NUMBER")]
    items: usize,
    /// Nothing is remembered.
    #[arg(long)]
    stateless: bool,
    /// Checks one in so many answers against its schema; 0 checks none.
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    check_every: u64,
    /// What callers of `/__mock/…` must send in `x-mock-admin-token`.
    #[arg(long, env = "TRACESNAP_MOCK_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Option<String>,
    /// Every answer waits that long, as in `200ms`.
    #[arg(long, default_value = "0s", value_parser = humantime::parse_duration, value_name = "TIME")]
    latency: Duration,
    /// The share of requests that are answered with 503, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    error_rate: f64,
    /// The folder that references must not lead out of. [default: that of the document]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// How rich answers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rich {
    /// What the schema requires.
    Basic,
    /// Most of what it has, believable.
    #[default]
    Realistic,
    /// All that it has.
    Production,
    /// What was recorded, where something was.
    Exact,
}

impl From<Rich> for Quality {
    fn from(rich: Rich) -> Self {
        match rich {
            Rich::Basic => Self::Basic,
            Rich::Realistic => Self::Realistic,
            Rich::Production => Self::Production,
            Rich::Exact => Self::Exact,
        }
    }
}

/// What happens to requests that break the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Checks {
    /// They are not looked at.
    Off,
    /// They are answered, and a header says what is wrong.
    Warn,
    /// They are refused with all reasons.
    #[default]
    Enforce,
}

impl From<Checks> for Validation {
    fn from(checks: Checks) -> Self {
        match checks {
            Checks::Off => Self::Off,
            Checks::Warn => Self::Warn,
            Checks::Enforce => Self::Enforce,
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "expected a number from 0 to 1".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("expected a number from 0 to 1".to_owned()) }
}

/// Paths that are listed when the server begins.
const LISTED: usize = 12;

impl Serve {
    pub(super) fn run(self, verbose: bool) -> Result<Outcome> {
        let begun = Instant::now();
        let document = open(&self.spec, self.root.as_deref())?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start a runtime")?;
        runtime.block_on(async {
            let mut faults = Faults::default();
            (faults.latency, faults.error_rate, faults.seed) = (self.latency, self.error_rate, self.seed);
            let mut builder = MockServer::from_document(document)
                .host(self.host)
                .port(self.port)
                .seed(self.seed)
                .quality(self.quality.into())
                .strict(self.strict)
                .validation(self.validation.into())
                .start_items(self.items)
                .stateful(!self.stateless)
                .check_every(self.check_every)
                .faults(faults);
            if let Some(token) = self.admin_token {
                builder = builder.admin_token(token);
            }
            for credential in self.credential {
                builder = builder.credential(credential);
            }
            let server = builder.start().await?;
            let mut out = anstream::stdout();
            writeln!(out, "listening on {}", server.base_url())?;
            out.flush()?;
            list(&mut out, &server)?;
            if verbose {
                writeln!(anstream::stderr(), "started in {}", Time(begun.elapsed()))?;
            }
            tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
            let stats = server.stats();
            server.stop().await;
            let (requests, invalid) = (stats.answers.requests, stats.answers.invalid);
            let mut to = anstream::stderr();
            writeln!(to, "{requests} requests answered, {} refused", stats.answers.refused)?;
            if invalid > 0 {
                let warn = style::WARN;
                writeln!(
                    to,
                    "{warn}invalid:{warn:#} {invalid} answers broke their schemas; each said so in `x-mock-invalid`"
                )?;
            }
            Ok(Outcome::Fine)
        })
    }
}

/// A short list of what is served.
fn list(out: &mut impl Write, server: &MockServer) -> Result<()> {
    let document = server.mock().document();
    let faint = style::FAINT;
    let (operations, faults) = (document.operations(), document.faults().len());
    let title = one_line(document.title().unwrap_or("an API without a title"));
    let faulty = match faults {
        0 => String::new(),
        1 => "; 1 fault, see `tracesnap mock inspect`".to_owned(),
        several => format!("; {several} faults, see `tracesnap mock inspect`"),
    };
    writeln!(out, "{title}: {} operations{faulty}", operations.len())?;
    let left = operations.len().saturating_sub(LISTED);
    for operation in operations.take(LISTED) {
        let id = operation.id().map(|id| format!("  {faint}{}{faint:#}", one_line(id))).unwrap_or_default();
        writeln!(out, "  {:<7} {}{id}", operation.method(), one_line(operation.path()))?;
    }
    if left > 0 {
        writeln!(out, "  and {left} more: {}/__mock/operations", server.base_url())?;
    }
    out.flush()?;
    Ok(())
}

/// Reads a document.
pub(super) fn open(spec: &std::path::Path, root: Option<&std::path::Path>) -> Result<Document> {
    let reader = match root {
        Some(root) => Reader::new().root(root),
        None => Reader::new(),
    };
    Ok(reader.open(spec)?)
}
