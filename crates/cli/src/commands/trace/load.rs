//! Reading trace files, with a sign of life where that takes long.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use indicatif::ProgressBar;
use tracesnap::tree::{Bytes, Time};
use tracesnap::{FileError, Trace};

pub(super) use crate::output::tell;

/// Files below this size are read before anybody wonders.
const LARGE: u64 = 8 << 20;

/// Reads a trace; where `partial`, what can be read of one that is not whole.
pub(super) fn load(path: &Path, partial: bool, verbose: bool) -> Result<Trace> {
    let begun = Instant::now();
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let _working = (size >= LARGE).then(|| working(format!("reading `{}` ({})", path.display(), Bytes(size))));
    let load = |path: &Path| if is_stdin(path) { Trace::read_partial(io::stdin()) } else { Trace::load_partial(path) };
    let trace = if partial {
        let (trace, damage) = load(path).map_err(nothing_left)?;
        if let Some(damage) = damage {
            let taken = match damage {
                FileError::Trailing { .. } => "what stands behind it is left out",
                _ => "what stands before is shown",
            };
            tell("warning", &format!("{}; {taken}", without_remedy(&damage.to_string())))?;
        }
        trace
    } else {
        match load(path)? {
            (trace, None) => trace,
            (_, Some(damage)) => return Err(damage.into()),
        }
    };
    if verbose {
        let (calls, events) = (trace.tree().len(), trace.stats().events);
        let took = Time(begun.elapsed());
        let bytes = if is_stdin(path) { String::new() } else { format!("{}, ", Bytes(size)) };
        tell("read", &format!("{}: {bytes}{calls} calls, {events} events, in {took}", shown(path)))?;
    }
    Ok(trace)
}

/// Whether a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// A file as it is spoken of.
fn shown(path: &Path) -> String {
    if is_stdin(path) { "standard input".into() } else { format!("`{}`", path.display()) }
}

/// Of two traces, one can come from standard input.
pub(super) fn only_one_stdin<'p>(files: impl IntoIterator<Item = &'p PathBuf>) -> Result<()> {
    let all = files.into_iter().filter(|file| is_stdin(file)).count();
    ensure!(all < 2, "only one of two traces can be read from standard input; name a file for the other");
    Ok(())
}

/// Turns on standard error until it is dropped, if that is a terminal.
pub(super) fn working(what: String) -> Working {
    let bar = ProgressBar::new_spinner().with_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    Working(bar)
}

/// See [`working`].
pub(super) struct Working(ProgressBar);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Where a part would do and there is none, the way out that the error names leads nowhere.
fn nothing_left(error: FileError) -> anyhow::Error {
    match error {
        FileError::Truncated { .. } | FileError::Damaged { .. } => {
            anyhow!("{}; no call stands before, so record it again", without_remedy(&error.to_string()))
        }
        error => error.into(),
    }
}

/// The way out that the error names was taken already.
fn without_remedy(error: &str) -> &str {
    error.rsplit_once(';').map_or(error, |(fault, _)| fault)
}

/// Says what a recording missed, since nobody can see that in the tree.
pub(super) fn warn_of_loss(trace: &Trace, path: &Path) -> Result<()> {
    let loss = trace.stats().loss();
    if loss.is_none() {
        return Ok(());
    }
    let name = shown(path);
    tell("warning", &format!("{name} is incomplete ({loss}): a call that is not here may have been made"))
}
