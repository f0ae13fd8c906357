//! `tracesnap mock pact`: what a consumer expects of a provider, from recordings.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use tracesnap_mock::pact::{PactWriter, Specification};
use tracesnap_record::file::read_each;

use crate::commands::Outcome;
use crate::commands::sessions::files_of;
use crate::output::{refuse_existing, tell, write_file};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock pact captures/checkout.session.json --consumer till --provider shop -o till-shop.pact.json
  tracesnap mock pact captures --consumer till --provider shop --origin https://shop.example
  tracesnap mock verify till-shop.pact.json openapi.yaml                # and it is held against a document

Answers are expected to have the same members of the same types; moments, dates and UUIDs, the same form; lists, one item
at least. What was redacted is expected to be of its type.";

/// Writes a pact of recorded sessions.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WritePact {
    /// Session files, or folders of them.
    #[arg(value_name = "SESSION", required = true)]
    sessions: Vec<PathBuf>,
    /// Who asks.
    #[arg(long, value_name = "NAME")]
    consumer: String,
    /// Who answers.
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// Only what was asked of an address that holds this.
    #[arg(long, value_name = "ADDRESS")]
    origin: Option<String>,
    /// What the provider should be like.
    #[arg(long, value_name = "STATE")]
    given: Option<String>,
    /// Answers are expected value by value.
    #[arg(long)]
    exact: bool,
    /// The version of the specification.
    #[arg(long, value_enum, default_value_t)]
    pact_version: Version,
    /// Where it goes; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Replace the file if there is one.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Version {
    /// 3.0.0.
    #[value(name = "3")]
    V3,
    /// 4.0.
    #[default]
    #[value(name = "4")]
    V4,
}

impl WritePact {
    pub(super) fn run(self) -> Result<Outcome> {
        let mut writer = PactWriter::new(self.consumer, self.provider).exact(self.exact);
        if let Some(state) = self.given {
            writer = writer.given(state);
        }
        for path in &self.sessions {
            for file in files_of(path)? {
                read_each(file, |interaction| {
                    let url = interaction.request.get("url").and_then(serde_json::Value::as_str).unwrap_or_default();
                    if self.origin.as_deref().is_none_or(|origin| url.contains(origin)) {
                        writer.add(&interaction);
                    }
                    ControlFlow::Continue(())
                })?;
            }
        }
        let pact = writer.build();
        if pact.interactions.is_empty() {
            bail!("nothing was recorded over HTTP there; `tracesnap sessions list` shows what was");
        }
        let version = match self.pact_version {
            Version::V3 => Specification::V3,
            Version::V4 => Specification::V4,
        };
        let text = serde_json::to_string_pretty(&pact.to_json(version))? + "\n";
        if self.output == Path::new("-") {
            std::io::stdout().lock().write_all(text.as_bytes())?;
        } else {
            refuse_existing(&self.output, self.force)?;
            write_file(&self.output, text.as_bytes())?;
            tell("wrote", &format!("`{}`: {} interactions", self.output.display(), pact.interactions.len()))?;
        }
        if !pact.skipped.is_empty() {
            tell("left out", &format!("{} that are no exchanges over HTTP with an answer", pact.skipped.len()))?;
        }
        Ok(Outcome::Fine)
    }
}
