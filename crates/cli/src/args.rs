//! The command line: what all commands have in common.

use clap::{Parser, Subcommand, ValueEnum};

use crate::commands::captures::CapturesCommand;
use crate::commands::config::ConfigCommand;
use crate::commands::mock::MockCommand;
use crate::commands::redact::RedactCommand;
use crate::commands::sessions::SessionsCommand;
use crate::commands::trace::TraceCommand;

const EXAMPLES: &str = "\
Examples:
  TRACESNAP_SAVE=traces cargo test          # every test leaves its trace in a folder
  tracesnap trace list traces               # what is there
  tracesnap trace show traces/order.trace.json.gz
  tracesnap trace top traces/order.trace.json.gz --sort total
  tracesnap trace report traces/order.trace.json.gz -o order.html
  tracesnap trace export traces/order.trace.json.gz --to chrome    # for https://ui.perfetto.dev
  tracesnap trace diff before.trace.json after.trace.json --fail-on added,self=10%
  TEST_MODE=record cargo test               # every session is recorded
  tracesnap sessions review                 # and played back when it is accepted
  tracesnap redact --text < server.log      # without what must not be written down
  tracesnap config show                     # which settings hold here, and who said so

Exit codes:
  0  all went well
  1  traces, or recordings and mocks, differ by more than is allowed; `redact --check` found something
  2  something went wrong: a file that cannot be read, an option that makes no sense";

/// Looks at what a Rust program really did: its calls, their arguments, results, times and memory.
#[derive(Debug, Parser)]
#[command(name = "tracesnap", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 120)]
pub(crate) struct Cli {
    /// When to use colour; NO_COLOR and CLICOLOR_FORCE decide where this is `auto`.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Say on standard error what is being done, and how long it took.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Looks at traces: shows, ranks, lists, compares, exports them.
    #[command(subcommand)]
    Trace(TraceCommand),
    /// Looks at recorded conversations with services: lists, analyses, compares, reviews them, makes mocks of them.
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Looks at captures of functions: lists, shows, compares, reviews, prunes, audits, migrates, exports them.
    #[command(subcommand)]
    Captures(CapturesCommand),
    Redact(RedactCommand),
    /// Answers in place of an API: serves a document, generates and checks bodies, says what operations are.
    #[command(subcommand)]
    Mock(MockCommand),
    /// Says which settings hold here and who said so, and which there are.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Prints what a shell needs to complete commands and options.
    #[command(
        after_help = "Examples:\n  tracesnap completions bash > ~/.local/share/bash-completion/completions/tracesnap\n  \
                            tracesnap completions zsh > ~/.zfunc/_tracesnap"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page, of the program or of one of its commands.
    #[command(
        after_help = "Examples:\n  tracesnap man | man -l -\n  tracesnap man trace diff > tracesnap-trace-diff.1"
    )]
    Man {
        /// The command, as it is typed.
        command: Vec<String>,
    },
}

/// When colour is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// Where a terminal shows it.
    #[default]
    Auto,
    /// Also in a pipe or a file.
    Always,
    /// Nowhere.
    Never,
}

impl Color {
    /// Makes the choice hold for everything that is printed.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
