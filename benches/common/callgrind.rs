//! Counts instructions with valgrind's callgrind, inside [`measured_loop`](super::slice::measured_loop) only.
//!
//! The counts repeat to a fraction of a percent on any machine of one kind, whoever else is using it: the only figure
//! about cost that a shared build machine can be strict about.

use std::path::Path;
use std::process::Command;

/// Whether `valgrind` can be started here.
pub(crate) fn available() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Runs `program` with `arguments` under callgrind and returns the instructions of its measured loop.
///
/// # Errors
///
/// The program's own words when it fails, or callgrind's when it counted nothing.
pub(crate) fn instructions(program: &Path, arguments: &[String]) -> Result<u64, String> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*measured_loop*", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot start valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let counted = said
        .lines()
        .filter_map(|line| line.split_once("Collected :"))
        .find_map(|(_, count)| count.trim().parse::<u64>().ok())
        .filter(|&count| count > 0);
    match counted {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("no instructions counted for {arguments:?} ({}): {said}", output.status)),
    }
}
