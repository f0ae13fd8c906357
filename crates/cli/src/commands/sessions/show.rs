//! `tracesnap sessions show`: the interactions of a recording.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use tracesnap::tree::Time;
use tracesnap_record::Interaction;
use tracesnap_record::file::read_each;

use super::brief;
use crate::commands::Outcome;
use crate::output::{Line, Screen, one_line, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap sessions show captures/checkout-0198.session.json
  tracesnap sessions show captures/checkout-0198.session.json --service gemini
  tracesnap sessions show captures/checkout-0198.session.json --id 7";

/// Shows the interactions of a recording, a line each; of one, everything.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Show {
    /// The session file.
    file: PathBuf,
    /// Only this interaction, with request and response.
    #[arg(long, value_name = "NUMBER")]
    id: Option<u64>,
    /// Only those of this service.
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Only those of this operation.
    #[arg(long, value_name = "NAME")]
    operation: Option<String>,
    /// Only those that did not succeed.
    #[arg(long)]
    failed: bool,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

impl Show {
    pub(super) fn run(self) -> Result<Outcome> {
        let mut screen = Screen::new(self.width);
        let mut shown = 0_u64;
        let mut failure = None;
        let read = read_each(&self.file, |interaction| {
            if !self.wants(&interaction) {
                return ControlFlow::Continue(());
            }
            shown += 1;
            let written = match self.id {
                Some(_) => whole(&mut screen, &interaction),
                None => screen.line(&line(&interaction)).map_err(Into::into),
            };
            match written {
                Ok(()) if self.id.is_none() => ControlFlow::Continue(()),
                Ok(()) => ControlFlow::Break(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(error) = failure {
            return Err(error);
        }
        read?;
        screen.finish()?;
        if let (0, Some(id)) = (shown, self.id) {
            bail!("there is no interaction {id} in `{}`", self.file.display());
        }
        Ok(Outcome::Fine)
    }

    fn wants(&self, interaction: &Interaction) -> bool {
        self.id.is_none_or(|id| interaction.id == id)
            && self.service.as_ref().is_none_or(|service| interaction.service == *service)
            && self.operation.as_ref().is_none_or(|operation| interaction.operation == *operation)
            && !(self.failed && interaction.is_success())
    }
}

fn line(interaction: &Interaction) -> Line {
    let mut line = Line::new();
    line.push(style::FAINT, format!("{:>5}  ", interaction.id));
    line.push(style::PLAIN, format!("{:>8}  ", Time(interaction.duration()).to_string()));
    line.push(style::NAME, interaction.title());
    line.push(style::PLAIN, one_line(&format!(" {}", brief::request_below(interaction))));
    let (style, mark) = if interaction.is_success() { (style::GOOD, "→") } else { (style::BAD, "✗") };
    line.push(style, one_line(&format!(" {mark} {}", brief::outcome(interaction))));
    line
}

fn whole(screen: &mut Screen, interaction: &Interaction) -> Result<()> {
    serde_json::to_writer_pretty(&mut *screen, interaction)?;
    Ok(writeln!(screen)?)
}
