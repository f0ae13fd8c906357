//! `tracesnap sessions import`, `export`: recordings of other tools, in and out.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use tracesnap::Trace;
use tracesnap_otlp::{Resource, SessionBatches, write_session_json};
use tracesnap_record::Session;
use tracesnap_record::file::{EXTENSION, load, to_bytes};
use tracesnap_record::interchange::{Format, Losses, import, to_curl, to_har, to_wiremock};
use tracesnap_redact::Policy;

use super::{refuse_existing, rows, write_file};
use crate::commands::Outcome;
use crate::output::tell;

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions import checkout.har
  tracesnap sessions import cassettes/login.yaml -o captures/login.session.json
  tracesnap sessions export captures/checkout-0198.session.json --to har
  tracesnap sessions export captures/checkout-0198.session.json --to curl -o -
  tracesnap sessions export captures/checkout-0198.session.json --to otlp --service shop --trace order.trace.json.gz
  tracesnap sessions export captures --to parquet -o calls.parquet";

/// Makes a session of a file of another tool: HAR, VCR.py, Ruby VCR, cassetter, WireMock, Hoverfly. It is redacted.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    /// The file.
    file: PathBuf,
    /// What it is [default: found out]
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: Option<From>,
    /// Where it goes; `-` is standard output. [default: named after the file, in this folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if there is one.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    /// HTTP Archive 1.2.
    Har,
    /// VCR.py, YAML or JSON.
    Vcrpy,
    /// Ruby VCR, YAML or JSON.
    Vcr,
    /// cassetter, YAML, TOML or JSON.
    Cassetter,
    /// WireMock mappings.
    Wiremock,
    /// Hoverfly v5.
    Hoverfly,
}

/// Writes a session for another tool: HAR, WireMock stubs, curl commands, spans of OpenTelemetry; all interactions of a
/// file or a folder as NDJSON or Parquet.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Export {
    /// The session file; for NDJSON and Parquet also a folder of them.
    file: PathBuf,
    /// The form of the file.
    #[arg(long, value_enum, value_name = "FORMAT", alias = "format")]
    to: To,
    /// OTLP: the service that is said to have asked [default: the session's name].
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// OTLP: the trace of the program that asked; interactions hang under its calls.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Where it goes; `-` is standard output. [default: named after the session and the format, in this folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if there is one.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum To {
    /// HTTP Archive 1.2, for browsers and proxies.
    Har,
    /// Stub mappings of WireMock.
    Wiremock,
    /// A shell script of curl commands.
    Curl,
    /// OTLP/JSON, for OpenTelemetry collectors and what reads their files.
    Otlp,
    /// One interaction a line, behind the id of its session.
    Ndjson,
    /// One row an interaction, for DuckDB, Polars, pandas and other engines.
    Parquet,
}

/// Calls an exchange as it would have been called if it had been recorded here, so that the two can be compared.
#[cfg(feature = "http")]
fn name(interaction: &mut tracesnap_record::Interaction) {
    let text = |name: &str| interaction.request.get(name)?.as_str();
    let (Some(method), Some(url)) = (text("method"), text("url")) else { return };
    let Ok(method) = method.parse() else { return };
    let pairs = interaction.request.get("headers").and_then(serde_json::Value::as_array).into_iter().flatten();
    let headers = pairs.filter_map(|pair| {
        let (name, value) = (pair.get(0)?.as_str()?, pair.get(1)?.as_str()?);
        Some((name.parse::<http::HeaderName>().ok()?, value.parse().ok()?))
    });
    let headers: http::HeaderMap = headers.collect();
    let call = tracesnap_http::profile::Call::new(&method, url, &headers);
    let named = tracesnap_http::profile::Profiles::default().name(&call);
    (interaction.service, interaction.operation) = (named.service, named.operation);
}

impl Import {
    pub(super) fn run(self) -> Result<Outcome> {
        let format = self.from.map(|from| match from {
            From::Har => Format::Har,
            From::Vcrpy => Format::VcrPy,
            From::Vcr => Format::VcrRuby,
            From::Cassetter => Format::Cassetter,
            From::Wiremock => Format::WireMock,
            From::Hoverfly => Format::Hoverfly,
        });
        #[cfg_attr(not(feature = "http"), allow(unused_mut, reason = "nobody else knows what calls are called"))]
        let mut imported = import(&self.file, format, &Policy::for_captures())?;
        #[cfg(feature = "http")]
        imported.session.interactions.iter_mut().for_each(name);
        let output = self.output.unwrap_or_else(|| PathBuf::from(format!("{}{EXTENSION}", stem(&self.file))));
        write(&output, &to_bytes(&imported.session), self.force)?;
        let count = imported.session.interactions.len();
        let redacted = imported.redacted;
        tell(
            "read",
            &format!(
                "`{}` as {}: {count} interactions, {redacted} values redacted",
                self.file.display(),
                imported.format
            ),
        )?;
        tell_losses(&imported.losses)?;
        Ok(Outcome::Fine)
    }
}

impl Export {
    pub(super) fn run(self) -> Result<Outcome> {
        match self.to {
            To::Ndjson => return rows::ndjson(&self.file, &self.output("ndjson"), self.force),
            To::Parquet => return rows::parquet(&self.file, &self.output("parquet"), self.force),
            To::Har | To::Wiremock | To::Curl | To::Otlp => {}
        }
        let session = load(&self.file)?;
        let json = |(value, losses): (serde_json::Value, Losses)| -> Result<_> {
            Ok((serde_json::to_string_pretty(&value)? + "\n", losses))
        };
        let ((text, losses), extension) = match self.to {
            To::Har => (json(to_har(&session))?, "har"),
            To::Wiremock => (json(to_wiremock(&session))?, "wiremock.json"),
            To::Otlp => ((self.otlp(&session)?, Losses::default()), "otlp.jsonl"),
            _ => (to_curl(&session), "curl.sh"),
        };
        let output = self.output(extension);
        write(&output, text.as_bytes(), self.force)?;
        tell_losses(&losses)?;
        Ok(Outcome::Fine)
    }

    fn output(&self, extension: &str) -> PathBuf {
        self.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.{extension}", stem(&self.file))))
    }
}

impl Export {
    fn otlp(&self, session: &Session) -> Result<String> {
        let resource = Resource::new(self.service.as_deref().unwrap_or(session.head.title()));
        let mut batches = SessionBatches::of(session, &resource);
        if let Some(trace) = &self.trace {
            let trace = Trace::load(trace)?;
            if !trace.tree().is_timed() {
                bail!("a trace without times has no spans for the session to hang under");
            }
            batches = batches.within(&trace);
        }
        let mut text = Vec::new();
        write_session_json(batches, &mut text)?;
        Ok(String::from_utf8(text)?)
    }
}

fn write(output: &Path, bytes: &[u8], force: bool) -> Result<()> {
    if output == Path::new("-") {
        return Ok(std::io::stdout().lock().write_all(bytes)?);
    }
    refuse_existing(output, force)?;
    write_file(output, bytes)?;
    tell("wrote", &format!("`{}`", output.display()))
}

fn tell_losses(losses: &Losses) -> Result<()> {
    losses.iter().try_for_each(|(what, count)| tell("lost", &format!("{what} ×{count}")))
}

fn stem(path: &Path) -> String {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    name.strip_suffix(EXTENSION).or_else(|| name.rsplit_once('.').map(|(stem, _)| stem)).unwrap_or(&name).to_owned()
}
