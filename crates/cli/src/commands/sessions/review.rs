//! `tracesnap sessions review`, `accept`, `reject`: what was recorded becomes what is played back.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use tracesnap_record::compare::pair;
use tracesnap_record::matching::differences;
use tracesnap_record::{Interaction, Pending, PendingId, Session, Sets};

use super::{brief, dir_or_default};
use crate::commands::Outcome;
use crate::output::{Line, Screen, one_line, style, tell};

const EXAMPLES: &str = "\
Examples:
  TEST_MODE=record cargo test
  tracesnap sessions review                 # one interaction after the other
  tracesnap sessions review --list          # what is new, without being asked
  tracesnap sessions accept checkout        # all of the latest set of this name
  tracesnap sessions accept checkout#7 --only 0,3
  tracesnap sessions reject --all";

/// Reviews what was recorded, interaction by interaction; what is accepted is played back from then on.
///
/// The answers are read from standard input: `a` accepts, `r` leaves it as it was, `A` accepts it and all that follow,
/// `R` leaves them, `s` skips the set, `q` stops. A set is swapped in one step when its last interaction was answered.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Review {
    /// The folder [default: TEST_CAPTURE_DIR, or the user's]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Show what is new, and ask nothing.
    #[arg(long)]
    list: bool,
    /// Columns of text [default: those of the terminal].
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// Accepts what was recorded: it is played back from then on.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Accept {
    #[command(flatten)]
    which: Which,
    /// Only these interactions, by their numbers; the others stay as they were.
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', conflicts_with = "all")]
    only: Vec<u64>,
    /// Also if another set was accepted since it was recorded.
    #[arg(long)]
    force: bool,
}

/// Rejects what was recorded: what was played back stays.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Reject {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
struct Which {
    /// A set (`checkout#7`), or a name, which means its latest set.
    #[arg(required_unless_present = "all")]
    sets: Vec<String>,
    /// All that wait.
    #[arg(long, conflicts_with = "sets")]
    all: bool,
    /// The folder [default: TEST_CAPTURE_DIR, or the user's]
    #[arg(long)]
    dir: Option<PathBuf>,
}

impl Which {
    fn find(self) -> Result<(Sets, Vec<PendingId>)> {
        let sets = open(self.dir)?;
        let pending = sets.pending()?;
        if self.all {
            return Ok((sets, pending.into_iter().map(|one| one.id).collect()));
        }
        let mut found = Vec::new();
        for wanted in &self.sets {
            let latest = pending.iter().rev().find(|one| one.id.to_string() == *wanted || one.id.name() == wanted);
            let Some(latest) = latest else {
                let waiting: Vec<_> = pending.iter().map(|one| format!("`{}`", one.id)).collect();
                let waiting = if waiting.is_empty() {
                    "nothing waits".to_owned()
                } else {
                    format!("{} wait", waiting.join(", "))
                };
                bail!("no set `{wanted}` waits for a review; {waiting}");
            };
            found.push(latest.id.clone());
        }
        Ok((sets, found))
    }
}

fn open(dir: Option<PathBuf>) -> Result<Sets> {
    let dir = dir_or_default(dir)?;
    if !dir.is_dir() {
        bail!("`{}` is no folder; record something with `TEST_MODE=record`", dir.display());
    }
    Ok(Sets::open(dir)?)
}

impl Accept {
    pub(super) fn run(self) -> Result<Outcome> {
        let (sets, found) = self.which.find()?;
        for id in &found {
            if !self.only.is_empty() {
                let session = sets.load_pending(id)?;
                if let Some(unknown) =
                    self.only.iter().find(|id| !session.interactions.iter().any(|one| one.id == **id))
                {
                    bail!("`{id}` has no interaction {unknown}; it has {}", session.interactions.len());
                }
                sets.accept_some(id, &self.only, &[])?;
            } else if self.force {
                sets.accept_over(id)?;
            } else {
                sets.accept(id)
                    .with_context(|| format!("`{id}` was not accepted; `--force` accepts it nevertheless"))?;
            }
            tell("accepted", &id.to_string())?;
        }
        Ok(Outcome::Fine)
    }
}

impl Reject {
    pub(super) fn run(self) -> Result<Outcome> {
        let (sets, found) = self.which.find()?;
        for id in &found {
            sets.reject(id)?;
            tell("rejected", &id.to_string())?;
        }
        Ok(Outcome::Fine)
    }
}

/// What is to be done with the rest of a set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Accept,
    Leave,
    Skip,
    Quit,
}

impl Review {
    pub(super) fn run(self) -> Result<Outcome> {
        let sets = open(self.dir)?;
        let pending = sets.pending()?;
        let mut screen = Screen::new(self.width);
        if pending.is_empty() {
            writeln!(screen, "nothing waits for a review")?;
            screen.finish()?;
            return Ok(Outcome::Fine);
        }
        let mut input = std::io::stdin().lock();
        for one in &pending {
            let new = sets.load_pending(&one.id)?;
            let old = sets.accepted(one.id.name())?;
            let changes = changes(old.as_ref(), &new);
            head(&mut screen, one, old.as_ref(), &changes)?;
            if self.list {
                changes.iter().try_for_each(|change| change.print(&mut screen))?;
                continue;
            }
            match ask_all(&mut screen, &mut input, &changes)? {
                Reviewed::Accepted(accepted) if accepted.len() == changes.len() => {
                    sets.accept_over(&one.id)?;
                    writeln!(screen, "accepted {}", one.id)?;
                }
                Reviewed::Accepted(accepted) if accepted.is_empty() => {
                    sets.reject(&one.id)?;
                    writeln!(screen, "rejected {}", one.id)?;
                }
                Reviewed::Accepted(accepted) => {
                    let numbers: Vec<u64> = accepted.iter().filter_map(|change| Some(change.new?.id)).collect();
                    let gone = accepted.iter().filter(|change| change.new.is_none());
                    let gone: Vec<u64> = gone.filter_map(|change| Some(change.old?.id)).collect();
                    sets.accept_some(&one.id, &numbers, &gone)?;
                    writeln!(screen, "accepted {} of {} changes of {}", accepted.len(), changes.len(), one.id)?;
                }
                Reviewed::Skipped => {}
                Reviewed::Quit => break,
            }
        }
        screen.finish()?;
        Ok(Outcome::Fine)
    }
}

/// What came of a set.
enum Reviewed<'c, 's> {
    /// These changes of it were accepted, the others not.
    Accepted(Vec<&'c Change<'s>>),
    /// It waits on.
    Skipped,
    /// It waits on, and so do those after it.
    Quit,
}

/// Asks for each change.
fn ask_all<'c, 's>(
    screen: &mut Screen,
    input: &mut impl BufRead,
    changes: &'c [Change<'s>],
) -> Result<Reviewed<'c, 's>> {
    let mut accepted = Vec::new();
    let mut rest = None;
    for (at, change) in changes.iter().enumerate() {
        let answer = match rest {
            Some(answer) => answer,
            None => {
                writeln!(screen)?;
                change.print(screen)?;
                write!(
                    screen,
                    "[{} of {}] accept, reject, Accept all, Reject all, skip, quit (a/r/A/R/s/q)? ",
                    at + 1,
                    changes.len()
                )?;
                screen.flush()?;
                let (answer, is_for_all) = read_answer(screen, input)?;
                rest = is_for_all.then_some(answer);
                answer
            }
        };
        match answer {
            Answer::Accept => accepted.push(change),
            Answer::Leave => {}
            Answer::Skip => return Ok(Reviewed::Skipped),
            Answer::Quit => return Ok(Reviewed::Quit),
        }
    }
    Ok(Reviewed::Accepted(accepted))
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
            "r" => return Ok((Answer::Leave, false)),
            "A" => return Ok((Answer::Accept, true)),
            "R" => return Ok((Answer::Leave, true)),
            "s" => return Ok((Answer::Skip, true)),
            "q" => return Ok((Answer::Quit, true)),
            _ => {
                write!(screen, "a, r, A, R, s or q? ")?;
                screen.flush()?;
            }
        }
    }
}

/// An interaction that is new, gone, or otherwise than it was.
struct Change<'s> {
    old: Option<&'s Interaction>,
    new: Option<&'s Interaction>,
}

fn changes<'s>(old: Option<&'s Session>, new: &'s Session) -> Vec<Change<'s>> {
    let none: &[Interaction] = &[];
    let old = old.map_or(none, |old| &old.interactions);
    let pairs = pair(old, &new.interactions)
        .into_iter()
        .map(|(before, after)| Change { old: before.map(|at| &old[at]), new: after.map(|at| &new.interactions[at]) });
    pairs.filter(|change| !change.is_none()).collect()
}

impl Change<'_> {
    /// Whether it is what it was, but for times.
    fn is_none(&self) -> bool {
        let (Some(old), Some(new)) = (self.old, self.new) else { return false };
        old.request == new.request
            && brief::is_same_response(&old.response, &new.response)
            && old.status == new.status
            && old.error == new.error
    }

    fn print(&self, screen: &mut Screen) -> Result<()> {
        match (self.old, self.new) {
            (None, Some(new)) => {
                line(screen, style::GOOD, &format!("+ {} {}", new.id, new.title()))?;
                line(screen, style::PLAIN, &format!("  request   {}", brief::request(&new.request)))?;
                line(screen, style::PLAIN, &format!("  response  {}", outcome(new)))?;
            }
            (Some(old), None) => {
                line(screen, style::BAD, &format!("- {} {}", old.id, old.title()))?;
                line(screen, style::PLAIN, &format!("  request   {}", brief::request(&old.request)))?;
            }
            (Some(old), Some(new)) => {
                line(screen, style::WARN, &format!("~ {} {}", new.id, new.title()))?;
                for (part, a, b) in
                    [("request", &old.request, &new.request), ("response", &old.response, &new.response)]
                {
                    for difference in differences(a, b, 20) {
                        let path = difference.path.strip_prefix('$').unwrap_or_default();
                        line(
                            screen,
                            style::BAD,
                            &format!("  - {part}{path}: {}", shown(difference.expected.as_ref())),
                        )?;
                        line(screen, style::GOOD, &format!("  + {part}{path}: {}", shown(difference.found.as_ref())))?;
                    }
                }
                if old.status != new.status || old.error != new.error {
                    line(screen, style::BAD, &format!("  - {}", outcome(old)))?;
                    line(screen, style::GOOD, &format!("  + {}", outcome(new)))?;
                }
            }
            (None, None) => {}
        }
        Ok(())
    }
}

fn head(screen: &mut Screen, pending: &Pending, old: Option<&Session>, changes: &[Change<'_>]) -> Result<()> {
    let count = |of: fn(&Change<'_>) -> bool| changes.iter().filter(|change| of(change)).count();
    let new = count(|change| change.old.is_none());
    let gone = count(|change| change.new.is_none());
    let changed = changes.len() - new - gone;
    let recorded = humantime::format_rfc3339_seconds(pending.time);
    let beside = match old {
        Some(old) => format!("beside {} that are played back", old.interactions.len()),
        None => "nothing is played back yet".to_owned(),
    };
    line(
        screen,
        style::HEAD,
        &format!("{} recorded {recorded}: {new} new, {changed} changed, {gone} gone; {beside}", pending.id),
    )
}

fn outcome(interaction: &Interaction) -> String {
    let said = brief::outcome(interaction);
    if interaction.is_success() { said } else { format!("{}: {said}", interaction.status) }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

fn line(screen: &mut Screen, style: anstyle::Style, text: &str) -> Result<()> {
    let mut line = Line::new();
    line.push(style, one_line(text));
    Ok(screen.line(&line)?)
}
