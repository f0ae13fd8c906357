//! `tracesnap mock serve`: answers over HTTP as the API of a document would.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use tracesnap::tree::Time;
use tracesnap_mock::engine::Validation;
use tracesnap_mock::generate::Quality;
use tracesnap_mock::graphql::GraphQlSchema;
use tracesnap_mock::serve::{Disturbance, Faults, Latency, Mutation, RateLimit};
use tracesnap_mock::{MockBuilder, MockServer};
use tracesnap_openapi::Document;
use tracesnap_record::file::load;

use super::settings::{self, Settings};
use super::spec::Spec;
use crate::commands::Outcome;
use crate::commands::sessions::files_of;
use crate::output::{one_line, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock serve openapi.yaml --port 8080
  tracesnap mock serve openapi.yaml --seed 7 --quality production
  tracesnap mock serve openapi.yaml --strict --credential test-key     # 401 and 404 by what was given out and created
  tracesnap mock serve openapi.yaml --validation warn                  # whatever is sent is answered
  tracesnap mock serve openapi.yaml --error-rate 0.1 --latency lognormal:40ms,0.5
  tracesnap mock serve openapi.yaml --mutate-rate 0.2                  # values at the edges of what schemas allow
  tracesnap mock serve openapi.yaml --fault 'createOrder:resets=0.5,latency=1s' --rate-limit 100/s
  MOCK_MODE=hybrid:mock CACHE_STRATEGY=redis tracesnap mock serve openapi.yaml
  tracesnap mock serve schema.graphql                                  # queries and mutations, at /graphql

  curl -i http://127.0.0.1:8080/orders/7
  curl -i http://127.0.0.1:8080/orders/7 -H 'prefer: code=404'         # any status of the document
  curl -i http://127.0.0.1:8080/orders/7 -H 'x-mock-explain: 1'        # and why the answer is what it is
  curl -i http://127.0.0.1:8080/orders -H 'x-mock-session: mine'       # what is created is seen in this session only
  curl -X POST http://127.0.0.1:8080/__mock/reset

The first line is `listening on http://ADDRESS:PORT`, as soon as it is so. A browser that opens /__mock/ there shows the
operations, tries calls, edits answers, and follows what is asked. What is created is listed, read, changed and
deleted as a real service would have it, and forgotten when the server ends. Paths are answered with and without the
base path of the document. With any of MOCK_MODE, MOCK_ENVIRONMENT, MOCK_QUALITY, MOCK_AUTO_DETECT, MOCK_CACHE_ENABLED,
CACHE_STRATEGY, CACHE_TTL (also with TRACESNAP_ before it, which wins) or `[mock]` in tracesnap.toml, answers are by that
mode, and kept where that says. Other addresses than those of this machine ask for an admin token.";

/// Answers over HTTP as the API of a document would.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    /// The document: Swagger 2.0 or OpenAPI 3, JSON or YAML; or a GraphQL schema, `*.graphql`.
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
    /// How rich answers are. [default: realistic, or what the settings say]
    #[arg(long, value_enum)]
    quality: Option<Rich>,
    /// Answers by what is stored there, too: `sqlite:PATH`, or `postgres://…` where this build has it. [default: as
    /// `MOCK_DATABASE_URL` says, if the settings ask for a database]
    #[arg(long, value_name = "URL")]
    database: Option<String>,
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
    /// How often each address may ask, as in `100/s` or `60/min`; more is answered with 429.
    #[arg(long, value_name = "RATE")]
    rate_limit: Option<RateLimit>,
    #[command(flatten)]
    faults: FaultArgs,
    /// Where a GraphQL schema is answered.
    #[arg(long, default_value = GraphQlSchema::DEFAULT_PATH, value_name = "PATH")]
    graphql_path: String,
    /// The folder that references must not lead out of. [default: that of the document]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// What goes wrong on purpose; the seed decides for which requests.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults")]
struct FaultArgs {
    /// How late answers are: `200ms`, `10ms..200ms`, or `lognormal:40ms,0.5`.
    #[arg(long, value_name = "TIME", default_value = "0s")]
    latency: Latency,
    /// Answers are as late as in these sessions, operation by operation.
    #[arg(long, value_name = "SESSION", conflicts_with = "latency")]
    latency_from: Vec<PathBuf>,
    /// The share of requests that are answered with --error-status, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    error_rate: f64,
    /// The status of those.
    #[arg(long, default_value_t = 503, value_parser = clap::value_parser!(u16).range(400..=599), value_name = "STATUS")]
    error_status: u16,
    /// The share of requests whose connection is reset.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    reset_rate: f64,
    /// The share of answers that end in the middle of their body.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    truncate_rate: f64,
    /// The share of answers with other values than they would have.
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    mutate_rate: f64,
    /// Which values those are: at the `edge` of what the schema allows, or `invalid`.
    #[arg(long, default_value = "edge", value_name = "KIND")]
    mutation: Mutation,
    /// Faults of one operation, in place of those above: `getOrder:errors=0.5,status=500,resets=0.1,latency=1s`.
    #[arg(long, value_parser = of_operation, value_name = "OPERATION:FAULTS")]
    fault: Vec<(String, Disturbance)>,
}

impl FaultArgs {
    fn faults(self, seed: u64, document: &Document) -> Result<Faults> {
        let mut faults = Faults::seeded(seed)
            .latency(self.latency)
            .errors(self.error_rate, self.error_status)
            .resets(self.reset_rate)
            .truncations(self.truncate_rate)
            .mutations(self.mutate_rate, self.mutation);
        for (operation, own) in self.fault {
            faults = faults.operation(operation, |_| own);
        }
        let mut seen = Vec::new();
        for path in &self.latency_from {
            for file in files_of(path)? {
                seen.extend(load(file)?.interactions);
            }
        }
        Ok(if self.latency_from.is_empty() { faults } else { faults.learn(document, &seen) })
    }
}

/// `getOrder:errors=0.5,status=500`. The last colon counts, since paths have some.
fn of_operation(text: &str) -> Result<(String, Disturbance), String> {
    let (operation, faults) =
        text.rsplit_once(':').ok_or("expected `OPERATION:FAULTS`, as in `getOrder:errors=0.5`")?;
    let mut own = Disturbance::default();
    let (mut errors, mut status) = (0.0, 503);
    for one in faults.split(',') {
        let (name, value) = one.split_once('=').ok_or_else(|| format!("`{one}` has no value, as in `errors=0.5`"))?;
        own = match name.trim() {
            "errors" => {
                errors = share(value)?;
                own
            }
            "status" => {
                status = value.parse().map_err(|_| format!("`{value}` is no status"))?;
                own
            }
            "resets" => own.resets(share(value)?),
            "truncations" => own.truncations(share(value)?),
            "edges" => own.mutations(share(value)?, Mutation::Edge),
            "invalid" => own.mutations(share(value)?, Mutation::Invalid),
            "latency" => own.latency(value.parse()?),
            other => {
                return Err(format!(
                    "unknown fault `{other}`, expected errors, status, resets, truncations, edges, invalid or latency"
                ));
            }
        };
    }
    Ok((operation.to_owned(), own.errors(errors, status)))
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
        let spec = Spec::open(&self.spec, self.root.as_deref(), &self.graphql_path)?;
        let document = spec.document.clone();
        spec.tell_faults()?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start a runtime")?;
        runtime.block_on(async {
            let faults = self.faults.faults(self.seed, &document)?;
            let set_up = |mock: MockBuilder| {
                let mock = spec.serve(mock).seed(self.seed).strict(self.strict).validation(self.validation.into());
                let mock = mock.start_items(self.items).stateful(!self.stateless).check_every(self.check_every);
                self.credential.iter().fold(mock, MockBuilder::credential)
            };
            let settings = Settings::of(self.quality, self.database.as_deref())?;
            let responder = match &settings {
                Some(settings) => Some(settings.responder(document.clone(), set_up).await?),
                None => None,
            };
            let mut builder = match &responder {
                Some(responder) => MockServer::from_responder(responder.clone()),
                None => {
                    let mock = set_up(spec.mock());
                    MockServer::from_mock(mock.quality(self.quality.unwrap_or_default().into()).build())
                }
            };
            builder = builder.host(self.host).port(self.port).faults(faults);
            if let Some(limit) = self.rate_limit {
                builder = builder.rate_limit(limit);
            }
            if let Some(token) = self.admin_token {
                builder = builder.admin_token(token);
            }
            let server = builder.start().await?;
            let mut out = anstream::stdout();
            writeln!(out, "listening on {}", server.base_url())?;
            out.flush()?;
            // Who asked for the address may read no further: the server is what was wanted, not the list.
            let _ = list(&mut out, &server).and_then(|()| match &settings {
                Some(settings) => settings.tell(&mut out),
                None => Ok(()),
            });
            if verbose {
                writeln!(anstream::stderr(), "started in {}", Time(begun.elapsed()))?;
            }
            tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
            let stats = server.stats();
            server.stop().await;
            if let Some(responder) = &responder {
                settings::end(responder).await;
            }
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
    writeln!(out, "  in a browser: {}/__mock/", server.base_url())?;
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
