//! `tracesnap captures review`, `accept`, `reject`: what was captured becomes what tests take up.

use std::io::{BufRead, Write};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use tracesnap_capture::{Capture, CaptureLoader, CaptureSet, Document, Error, Noise};

use super::{Folder, values};
use crate::commands::Outcome;
use crate::output::{Line, Screen, one_line, style, tell};

const EXAMPLES: &str = "\
Examples:
  SNAP_CAPTURE_REVIEW=true cargo run
  tracesnap captures review                 # one capture after the other
  tracesnap captures review --list          # what is new, without being asked
  tracesnap captures accept process_order   # the latest of this function; those before it go
  tracesnap captures accept shop::process_order#7
  tracesnap captures reject --all";

/// Reviews captures that wait, each beside the accepted one of its function; what is accepted is loaded and replayed from then
/// on.
///
/// The answers are read from standard input: `a` accepts, `r` rejects, `A` accepts it and all that follow, `R` rejects them,
/// `s` leaves it waiting, `q` stops.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Review {
    /// The function [default: each].
    function: Option<String>,
    #[command(flatten)]
    folder: Folder,
    /// Show what is new, and ask nothing.
    #[arg(long)]
    list: bool,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// Accepts captures that wait: they are loaded and replayed from then on.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Accept {
    #[command(flatten)]
    which: Waiting,
    /// Also if another one was accepted since it was captured.
    #[arg(long)]
    force: bool,
}

/// Rejects captures that wait: the accepted ones stay.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Reject {
    #[command(flatten)]
    which: Waiting,
}

#[derive(Debug, Args)]
struct Waiting {
    /// A capture (`process_order#7`), or a function, which means all of it that wait: the latest is accepted, and those before
    /// it go; or all are rejected.
    #[arg(required_unless_present = "all")]
    captures: Vec<String>,
    /// All functions.
    #[arg(long, conflicts_with = "captures")]
    all: bool,
    #[command(flatten)]
    folder: Folder,
}

/// Captures that wait, by their keys.
enum Wanted {
    One(String),
    /// All of a function, oldest first.
    Function(Vec<String>),
}

impl Waiting {
    fn find(self) -> Result<(CaptureLoader, Vec<Wanted>)> {
        let loader = self.folder.open()?;
        let pending = loader.of_set(CaptureSet::Pending);
        let names = if self.all { pending.functions()? } else { self.captures };
        let wanted = names.iter().map(|wanted| {
            // The names of functions have no `#`.
            let Some((name, number)) = wanted.rsplit_once('#') else {
                return Ok(Wanted::Function(keys(&pending, &resolve(&pending, wanted)?)?));
            };
            Ok(Wanted::One(format!("{}#{number}", resolve(&pending, name)?)))
        });
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        Ok((loader, wanted))
    }
}

/// The whole name of a function of which captures wait.
fn resolve(pending: &CaptureLoader, name: &str) -> Result<String> {
    match pending.resolve(name) {
        Err(Error::NotFound { .. }) => {
            let names = pending.functions()?;
            let waiting = match &names[..] {
                [] => "nothing waits".to_owned(),
                names => format!("captures of `{}` wait", names.join("`, `")),
            };
            bail!("no capture of `{name}` waits for a review; {waiting}")
        }
        found => Ok(found?),
    }
}

/// The keys of what waits of a function, oldest first.
fn keys(pending: &CaptureLoader, name: &str) -> Result<Vec<String>> {
    let mut keys = Vec::new();
    pending.list(name, |entry| {
        keys.push(entry?.key);
        Ok(())
    })?;
    keys.reverse();
    Ok(keys)
}

impl Accept {
    pub(super) fn run(self) -> Result<Outcome> {
        let (loader, wanted) = self.which.find()?;
        let accept = |key: &str| {
            let accepted = if self.force { loader.accept_over(key) } else { loader.accept(key) };
            accepted.with_context(|| match self.force {
                false => format!("`{key}` was not accepted; `--force` accepts it over another one"),
                true => format!("`{key}` was not accepted"),
            })?;
            tell("accepted", key)
        };
        for wanted in wanted {
            match wanted {
                Wanted::One(key) => accept(&key)?,
                Wanted::Function(keys) => {
                    let Some((latest, before)) = keys.split_last() else { continue };
                    accept(latest)?;
                    before.iter().try_for_each(|key| reject(&loader, key))?;
                }
            }
        }
        Ok(Outcome::Fine)
    }
}

impl Reject {
    pub(super) fn run(self) -> Result<Outcome> {
        let (loader, wanted) = self.which.find()?;
        for wanted in wanted {
            match wanted {
                Wanted::One(key) => reject(&loader, &key)?,
                Wanted::Function(keys) => keys.iter().try_for_each(|key| reject(&loader, key))?,
            }
        }
        Ok(Outcome::Fine)
    }
}

fn reject(loader: &CaptureLoader, key: &str) -> Result<()> {
    if !loader.reject(key)? {
        bail!("`{key}` does not wait for a review; `tracesnap captures review --list` shows what does");
    }
    tell("rejected", key)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

impl Review {
    pub(super) fn run(self) -> Result<Outcome> {
        let loader = self.folder.open()?;
        let pending = loader.of_set(CaptureSet::Pending);
        let names = match &self.function {
            Some(name) => vec![resolve(&pending, name)?],
            None => pending.functions()?,
        };
        let mut waiting = Vec::new();
        for name in &names {
            let mut of_function = Vec::new();
            pending.for_each(name, |capture| {
                of_function.push(capture);
                Ok(())
            })?;
            waiting.extend(of_function.into_iter().rev());
        }
        let mut screen = Screen::new(self.width);
        if waiting.is_empty() {
            writeln!(screen, "nothing waits for a review")?;
            screen.finish()?;
            return Ok(Outcome::Fine);
        }
        let accepted = loader.accepted();
        let mut input = std::io::stdin().lock();
        let (mut rest, mut damaged, count) = (None, 0_u64, waiting.len());
        for (at, capture) in waiting.into_iter().enumerate() {
            let new = match capture {
                Ok(capture) => capture,
                // It can be rejected by its key.
                Err(error) => {
                    damaged += 1;
                    let cause = std::error::Error::source(&error).map_or(String::new(), |cause| format!(": {cause}"));
                    line(&mut screen, style::BAD, &format!("✗ {error}{cause}"))?;
                    continue;
                }
            };
            let old = match accepted.latest(new.document.function()) {
                Ok(old) => Some(old.document),
                Err(Error::NotFound { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            print(&mut screen, &new, old.as_ref())?;
            if self.list {
                continue;
            }
            let answer = match rest {
                Some(answer) => answer,
                None => {
                    let asked = "accept, reject, Accept all, Reject all, skip, quit (a/r/A/R/s/q)";
                    write!(screen, "[{} of {count}] {asked}? ", at + 1)?;
                    screen.flush()?;
                    let (answer, is_for_all) = read_answer(&mut screen, &mut input)?;
                    rest = is_for_all.then_some(answer);
                    answer
                }
            };
            match answer {
                Answer::Accept => {
                    // It was looked at beside this one; where that is another meanwhile, it was not.
                    let now = accepted.latest(new.document.function()).ok().map(|now| now.document.id);
                    if now != old.map(|old| old.id) {
                        bail!("another capture of `{}` was accepted meanwhile; review again", new.document.function());
                    }
                    loader.accept_over(&new.key)?;
                    line(&mut screen, style::PLAIN, &format!("accepted {}", new.key))?;
                }
                Answer::Reject => {
                    loader.reject(&new.key)?;
                    line(&mut screen, style::PLAIN, &format!("rejected {}", new.key))?;
                }
                Answer::Skip => {}
                Answer::Quit => break,
            }
        }
        screen.finish()?;
        Ok(if damaged > 0 { Outcome::Exceeded } else { Outcome::Fine })
    }
}

fn read_answer(screen: &mut Screen, input: &mut impl BufRead) -> Result<(Answer, bool)> {
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            writeln!(screen)?;
            return Ok((Answer::Quit, true));
        }
        match line.trim() {
            "a" => return Ok((Answer::Accept, false)),
            "r" => return Ok((Answer::Reject, false)),
            "A" => return Ok((Answer::Accept, true)),
            "R" => return Ok((Answer::Reject, true)),
            "s" => return Ok((Answer::Skip, false)),
            "q" => return Ok((Answer::Quit, true)),
            _ => {
                write!(screen, "a, r, A, R, s or q? ")?;
                screen.flush()?;
            }
        }
    }
}

/// A capture beside the accepted one: what is otherwise, or all of it.
fn print(screen: &mut Screen, new: &Capture, old: Option<&Document>) -> Result<()> {
    let beside = match old {
        Some(old) => format!("beside the accepted one of {}", old.timestamp),
        None => "nothing is accepted yet".to_owned(),
    };
    let document = &new.document;
    line(screen, style::HEAD, &format!("{} captured {}; {beside}", new.key, document.timestamp))?;
    let Some(old) = old else {
        for name in document.names() {
            let value = document.argument(&name).map_or("nothing".to_owned(), Value::to_string);
            line(screen, style::GOOD, &format!("  + {name} = {value}"))?;
        }
        return line(screen, style::GOOD, &format!("  + {}", ended(document)));
    };
    let differences = Noise::new().compare(&values(old), &values(document));
    let kind = |document: &Document| document.outcome.as_ref().map(|outcome| outcome.kind);
    if kind(old) != kind(document) {
        line(screen, style::BAD, &format!("  - {}", ended(old)))?;
        line(screen, style::GOOD, &format!("  + {}", ended(document)))?;
    } else if differences.is_empty() {
        line(screen, style::FAINT, "  arguments and outcome are the same")?;
    }
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    for difference in &differences {
        let place = difference.place.strip_prefix("$.").unwrap_or(&difference.place);
        line(screen, style::BAD, &format!("  - {place}: {}", shown(difference.recorded.as_ref())))?;
        line(screen, style::GOOD, &format!("  + {place}: {}", shown(difference.replayed.as_ref())))?;
    }
    Ok(())
}

/// How a call ended.
fn ended(document: &Document) -> String {
    match &document.outcome {
        Some(outcome) => format!("{} {}", outcome.kind, outcome.value),
        None => "no outcome recorded".to_owned(),
    }
}

fn line(screen: &mut Screen, style: anstyle::Style, text: &str) -> Result<()> {
    let mut line = Line::new();
    line.push(style, one_line(text));
    Ok(screen.line(&line)?)
}
