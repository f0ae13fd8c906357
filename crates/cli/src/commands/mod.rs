//! What the program can do, a file for each command.

pub(crate) mod captures;
pub(crate) mod config;
pub(crate) mod mock;
mod query;
pub(crate) mod redact;
pub(crate) mod sessions;
pub(crate) mod trace;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::CommandFactory;

use crate::args::{Cli, Command};

/// How a command ended that did what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fine,
    /// What was compared differs by more than was allowed; what was checked is not clean.
    Exceeded,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Fine => Self::SUCCESS,
            Outcome::Exceeded => Self::from(1),
        }
    }
}

pub(crate) fn run(cli: Cli) -> Result<Outcome> {
    match cli.command {
        Command::Trace(command) => command.run(cli.verbose),
        Command::Sessions(command) => command.run(cli.verbose),
        Command::Captures(command) => command.run(),
        Command::Redact(command) => command.run(),
        Command::Mock(command) => command.run(cli.verbose),
        Command::Config(command) => command.run(),
        Command::Completions { shell } => completions(shell),
        Command::Man { command } => man(&command),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tracesnap", &mut script);
    if shell == clap_complete::Shell::Bash {
        let registered =
            String::from_utf8(script)?.replace("complete -F _tracesnap ", "complete -F _tracesnap_or_files ");
        script = [BASH_FILES, registered.as_str()].concat().into_bytes();
    }
    std::io::stdout().write_all(&script)?;
    Ok(Outcome::Fine)
}

/// The script for bash offers options where a file is expected and nothing is typed yet. Without a reply, bash offers
/// files by itself.
const BASH_FILES: &str = "\
_tracesnap_or_files() {
    _tracesnap \"$@\"
    local reply
    [[ \"${COMP_WORDS[COMP_CWORD]}\" == -* ]] && return
    for reply in \"${COMPREPLY[@]}\"; do
        [[ \"$reply\" == -* ]] || return 0
    done
    COMPREPLY=()
}

";

fn man(names: &[String]) -> Result<Outcome> {
    let mut command = Cli::command();
    command.build();
    let mut found = &command;
    for name in names {
        match found.find_subcommand(name) {
            Some(inner) => found = inner,
            None => bail!("there is no command `{}`; `tracesnap --help` lists them", names.join(" ")),
        }
    }
    let title = found.get_display_name().unwrap_or(found.get_name()).to_owned();
    let mut page = Vec::new();
    clap_mangen::Man::new(found.clone()).title(title).render(&mut page)?;
    std::io::stdout().write_all(&page)?;
    Ok(Outcome::Fine)
}
