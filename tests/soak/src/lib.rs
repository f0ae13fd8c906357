//! All four jobs in one process at the same time: a program that traces, captures, records and asks a mock, for hours if
//! one likes.
//!
//! Each job looks at its own answers as it goes, and keeps no more files than it may. At the end every file that is left is
//! read, and [`Memory`] says whether the process has grown. What each part promises by itself is tested where it stands.

mod capturing;
mod memory;
mod recording;
mod serving;
mod tracing;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

pub use memory::{Growth, Memory};

/// Files that a job leaves at most.
const KEPT: usize = 50;

/// What a job did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its name.
    pub job: &'static str,
    /// How often it did it: recordings, captured calls, sessions, requests.
    pub rounds: u64,
    /// Files that were left, and are whole.
    pub files: u64,
}

/// What a soak found.
#[derive(Debug)]
pub struct Soaked {
    /// What each job did.
    pub jobs: Vec<Done>,
    /// Resident memory over time.
    pub memory: Memory,
}

/// When the jobs end: after a while, or with the first that fails.
struct Until {
    end: Instant,
    failed: AtomicBool,
}

impl Until {
    fn is_over(&self) -> bool {
        self.failed.load(Relaxed) || Instant::now() >= self.end
    }

    /// Goes round after round. Says how many there were.
    fn rounds(&self, mut round: impl FnMut(u64) -> Result<()>) -> Result<u64> {
        let mut rounds = 0;
        while !self.is_over() {
            round(rounds).with_context(|| format!("in round {rounds}"))?;
            rounds += 1;
        }
        Ok(rounds)
    }
}

/// Runs all jobs at once in folders of `dir`.
///
/// # Errors
///
/// If a job was answered wrongly, lost something, or left a file that cannot be read.
pub fn soak(dir: &Path, time: Duration) -> Result<Soaked> {
    type Job = fn(&Path, &Until) -> Result<Done>;
    const JOBS: [(&str, Job); 4] = [
        ("traces", self::tracing::run),
        ("captures", capturing::run),
        ("sessions", recording::run),
        ("mock", serving::run),
    ];
    let until = Until { end: Instant::now() + time, failed: AtomicBool::new(false) };
    let mut memory = Memory::default();
    let jobs = thread::scope(|scope| {
        let run = |(name, job): (&'static str, Job)| {
            let until = &until;
            let work = move || {
                let dir = dir.join(name);
                let done = std::fs::create_dir_all(&dir).map_err(Into::into).and_then(|()| job(&dir, until));
                until.failed.fetch_or(done.is_err(), Relaxed);
                done.with_context(|| name)
            };
            thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, work)
        };
        let running = JOBS.into_iter().map(run).collect::<Result<Vec<_>, _>>()?;
        while !until.is_over() {
            memory.read();
            thread::sleep((time / 400).clamp(Duration::from_millis(10), Duration::from_secs(1)));
        }
        let ended = running.into_iter().map(|job| job.join().map_err(|_| anyhow!("a job panicked"))?);
        ended.collect::<Result<Vec<_>>>()
    })?;
    Ok(Soaked { jobs, memory })
}

/// Files of a folder with this ending, those with the first names first.
fn files(dir: &Path, ending: &str) -> Result<Vec<std::path::PathBuf>> {
    let mut found: Vec<_> = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    found.retain(|path| path.to_string_lossy().ends_with(ending));
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_a_few_seconds_everything_goes_on_at_once_and_every_file_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let soaked = soak(dir.path(), Duration::from_secs(4)).unwrap();
        assert_eq!(soaked.jobs.len(), 4);
        assert!(soaked.jobs.iter().all(|job| job.rounds > 0), "{soaked:?}");
        assert!(soaked.jobs.iter().filter(|job| job.files > 0).count() >= 3, "{soaked:?}");
    }
}
