//! The same work under every tracer we know: what a span costs with each.
//!
//! [`run`] starts a process for each subject, workload and round; the process ([`measure`]) checks that the
//! [subject](subjects) records faithfully, times it, and prints its figures, which come back as [`table`]s or are held
//! against the [`gate`]s.

mod allocator;
mod command;
#[path = "../../common/mod.rs"]
mod common;
mod gate;
mod measure;
mod run;
mod subjects;
mod table;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: allocator::Switchable = allocator::Switchable;

fn main() -> ExitCode {
    command::Command::from_arguments().and_then(command::Command::execute).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
