//! `tracesnap mock import`: the document of an API, from recordings.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use tracesnap_mock::infer::{Inference, Inferred};
use tracesnap_record::file::read_each;

use crate::commands::Outcome;
use crate::commands::sessions::files_of;
use crate::output::{one_line, refuse_existing, style, tell, write_file};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock import captures/checkout.session.json -o api.yaml
  tracesnap mock import captures -o api.yaml --origin https://api.shop.example   # all sessions of a folder
  tracesnap mock import captures -o - | tracesnap mock inspect /dev/stdin
  tracesnap mock serve api.yaml                                                  # and it is served

HAR files and cassettes of other tools become sessions by `tracesnap sessions import`.";

/// Infers an OpenAPI document from recorded sessions.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    /// Session files, or folders of them.
    #[arg(value_name = "SESSION", required = true)]
    sessions: Vec<PathBuf>,
    /// Where the document goes; `-` is standard output.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// YAML or JSON [default: by the name of --output, else yaml]
    #[arg(short, long, value_enum)]
    format: Option<Form>,
    /// What the API is called. [default: its host]
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// The service it is of, or a part of its address. [default: the one with the most exchanges]
    #[arg(long, value_name = "ADDRESS")]
    origin: Option<String>,
    /// Replace the file if there is one.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people.
    Yaml,
    /// For programs.
    Json,
}

impl Import {
    pub(super) fn run(self) -> Result<Outcome> {
        let mut inference = Inference::new();
        if let Some(title) = self.title {
            inference = inference.title(title);
        }
        if let Some(origin) = &self.origin {
            inference = inference.origin(origin);
        }
        for path in &self.sessions {
            for file in files_of(path)? {
                read_each(file, |interaction| {
                    inference.add(&interaction);
                    ControlFlow::Continue(())
                })?;
            }
        }
        let inferred = inference.infer();
        if inferred.exchanges == 0 {
            bail!("nothing was recorded over HTTP there; `tracesnap sessions list` shows what was");
        }
        let by_name = self.output.extension().is_some_and(|extension| extension == "json");
        let text = match self.format {
            Some(Form::Json) => inferred.to_json() + "\n",
            None if by_name => inferred.to_json() + "\n",
            _ => inferred.to_yaml()?,
        };
        if self.output == Path::new("-") {
            std::io::stdout().lock().write_all(text.as_bytes())?;
        } else {
            refuse_existing(&self.output, self.force)?;
            write_file(&self.output, text.as_bytes())?;
            tell("wrote", &format!("`{}`", self.output.display()))?;
        }
        say(&inferred)?;
        Ok(Outcome::Fine)
    }
}

/// What was found, on standard error.
fn say(inferred: &Inferred) -> Result<()> {
    let mut to = anstream::stderr();
    let faint = style::FAINT;
    let (exchanges, operations) = (inferred.exchanges, inferred.operations.len());
    tell("read", &format!("{exchanges} exchanges of {operations} operations"))?;
    for one in &inferred.operations {
        let sure = if one.confidence < 1.0 { format!(", sure to {:.2}", one.confidence) } else { String::new() };
        let times = one.exchanges;
        writeln!(to, "  {:<7} {}  {faint}×{times}{sure}{faint:#}", one.method, one_line(&one.path))?;
    }
    let mut reasons: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    inferred.skipped.iter().for_each(|skipped| *reasons.entry(&skipped.reason).or_default() += 1);
    reasons.into_iter().try_for_each(|(reason, count)| tell("left out", &format!("{} ×{count}", one_line(reason))))
}
