//! Runs a test of the same program as a process of its own, and kills it while it works.
//!
//! What the process has written down for good, it tells on a line of its own: `written 17`. Whoever killed it then looks
//! whether at least that much is there.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Starts the test of this name with these variables of the environment, waits until it told of so many, and kills it;
/// how many it told of.
///
/// On Unix by SIGKILL: nothing of the process runs any more, no destructor and no handler.
///
/// # Panics
///
/// If it cannot be started, or ends before it told of so many.
pub fn kill_after<V: AsRef<OsStr>>(at_least: u64, test: &str, environment: &[(&str, V)]) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", test, "--nocapture"])
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let told = lines.map(|line| line.expect("text")).filter_map(|line| line.strip_prefix("written ")?.parse().ok());
    let told = told.into_iter().find(|&told: &u64| told >= at_least);
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    told.unwrap_or_else(|| panic!("`{test}` ended before it had written {at_least}"))
}
