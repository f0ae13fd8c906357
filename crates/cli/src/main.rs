//! The `tracesnap` program: looks at recorded traces, compares them, and tells a shell by its exit code.
//!
//! Commands are in [`commands`], a file each; how things look is in [`output`].

mod args;
mod commands;
mod failure;
#[cfg(test)]
mod manual;
mod output;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.color.apply();
    match commands::run(cli) {
        Ok(outcome) => outcome.into(),
        Err(error) if failure::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            failure::print(&error);
            ExitCode::from(2)
        }
    }
}
