//! A folder that every guard leaves its trace in, and how much of it is kept.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::SystemTime;

use tracesnap_redact::Policy;
use tracesnap_store::{Error, Removed, Retention};

use super::{About, FileError, write};
use crate::tree::{CallTree, TraceStats};

/// What is kept of a folder where `TRACESNAP_SAVE_KEEP` does not say it.
pub(crate) const DEFAULT_KEEP: Retention = Retention::ALL.max_files(1_000).max_bytes(1 << 30);

/// A folder is looked at again when a process saved this part of what is there.
const SHARE: u64 = 32;

const EXTENSION: &str = ".trace.json.gz";

/// Bytes of a file's name that tell whose trace it is. With the rest it stays well below the 255 that file systems allow.
const NAME: usize = 100;

/// Files this process saved, which numbers them.
static SAVED: AtomicU64 = AtomicU64::new(0);

/// The file of this process that the folder is looked at again with.
static NEXT_LOOK: AtomicU64 = AtomicU64::new(0);

/// Where guards save their traces.
#[derive(Clone, Debug)]
pub(crate) struct Saving {
    dir: PathBuf,
    keep: Retention,
}

impl Saving {
    /// Into this folder, which is made where it is missing. A relative one is looked for from where the process is now.
    pub(crate) fn new(dir: PathBuf, keep: Retention) -> Self {
        Self { dir: std::path::absolute(&dir).unwrap_or(dir), keep }
    }

    /// Saves the trace of this thread, and removes what is no longer kept; what became of that is told beside the path.
    pub(crate) fn save(
        &self,
        tree: &CallTree,
        stats: &TraceStats,
        about: &About,
    ) -> Result<(PathBuf, Result<Removed, Error>), FileError> {
        fs::create_dir_all(&self.dir)
            .map_err(|source| FileError::Write { path: Some(self.dir.clone()), source: source.into() })?;
        let started = about.started.unwrap_or_else(SystemTime::now);
        let number = SAVED.fetch_add(1, Relaxed);
        let path = self.dir.join(file_name(&whose(), started, process::id(), number));
        write::save_new(&path, tree, stats, about)?;
        Ok((path, self.tidy(number)))
    }

    /// Removes what is no longer kept. Looking at a file costs a few microseconds; a thousand of them with each file saved
    /// would cost more than saving it, so that is done once for every [`SHARE`]th of what is there.
    fn tidy(&self, number: u64) -> Result<Removed, Error> {
        if number < NEXT_LOOK.load(Relaxed) {
            return Ok(Removed::default());
        }
        let removed = self.keep.apply(&self.dir, is_saved)?;
        NEXT_LOOK.store(number + 1 + removed.kept as u64 / SHARE, Relaxed);
        Ok(removed)
    }
}

/// The thread's name, which for a test is the test's; of a program's first thread that of the program.
fn whose() -> String {
    match thread::current().name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => {
            let program = env::current_exe().ok();
            let stem = program.as_deref().and_then(Path::file_stem);
            stem.map_or_else(|| "unnamed".to_owned(), |stem| stem.to_string_lossy().into_owned())
        }
    }
}

/// `shop.tests.pays-20261121T131032.123456Z-4711-0.trace.json.gz`: letters, digits, `.`, `_` and `-`, which every file
/// system takes; the process's number beside its own keeps processes apart.
fn file_name(whose: &str, started: SystemTime, process: u32, number: u64) -> String {
    let clean = Policy::default();
    let clean = clean.scrub_debug(whose).replace("::", ".");
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let safe: String = clean.chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    // The end of a path tells more than its beginning; a dot first would hide the file.
    let name = safe[safe.len().saturating_sub(NAME)..].trim_start_matches('.');
    let name = if name.is_empty() { "unnamed" } else { name };
    format!("{name}-{}-{process}-{number}{EXTENSION}", stamp(started))
}

/// `20261121T131032.123456Z`.
fn stamp(time: SystemTime) -> String {
    let in_range = super::write::date(time).is_some();
    let time = if in_range { time } else { SystemTime::UNIX_EPOCH };
    humantime::format_rfc3339_micros(time).to_string().replace(['-', ':'], "")
}

/// Whether a name is one that [`file_name`] makes: what a user saved beside them stays.
fn is_saved(name: &str) -> bool {
    let Some(mut parts) = name.strip_suffix(EXTENSION).map(|name| name.rsplitn(4, '-')) else { return false };
    let mut digits = || parts.next().is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let numbers = digits() && digits();
    let is_stamp = |part: &str| {
        let shape: String = part.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape == "00000000T000000.000000Z"
    };
    numbers && parts.next().is_some_and(is_stamp) && parts.next().is_some_and(|whose| !whose.is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn name(whose: &str) -> String {
        let started = SystemTime::UNIX_EPOCH + Duration::from_micros(1_795_266_632_123_456);
        file_name(whose, started, 4_711, 3)
    }

    #[test]
    fn a_file_says_whose_trace_it_is_when_it_began_and_of_which_process() {
        assert_eq!(name("shop::tests::pays"), "shop.tests.pays-20261121T131032.123456Z-4711-3.trace.json.gz");
        assert_eq!(name(""), "unnamed-20261121T131032.123456Z-4711-3.trace.json.gz");
    }

    #[test]
    fn a_name_is_safe_for_any_file_system() {
        assert!(name("../../etc/passwd").starts_with("_.._etc_passwd-2026"));
        assert!(name("a b\\c:d*e?\"<>|\n\0é").starts_with("a_b_c_d_e________-2026"), "{}", name("é"));
        assert!(name("CON").starts_with("CON-"), "no device of its own on any system");
        let long = name(&format!("{}::pays", "x".repeat(1_000)));
        assert!(long.contains("xxx.pays-2026") && long.len() < 160, "{long}");
    }

    #[test]
    fn what_looks_like_a_secret_is_not_in_a_name() {
        let secret = "AKIAQYLPMN5HHHFPZAM2";
        assert!(!name(&format!("worker {secret}")).contains(secret));
    }

    #[test]
    fn a_time_that_has_no_date_is_no_reason_to_fail() {
        let odd =
            [SystemTime::UNIX_EPOCH - Duration::from_secs(1), SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40)];
        assert!(odd.into_iter().all(|time| is_saved(&file_name("a", time, 1, 1))));
    }

    #[test]
    fn what_a_user_saved_beside_them_is_not_theirs() {
        for name in ["run.trace.json.gz", "a-b-c-d.trace.json.gz", "notes.txt", "-1-2.trace.json.gz", "", "-"] {
            assert!(!is_saved(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_safe_and_known_again(whose in any::<String>(), process in any::<u32>(), number in any::<u64>()) {
            let name = file_name(&whose, SystemTime::now(), process, number);
            prop_assert!(is_saved(&name), "{}", name);
            prop_assert!(name.len() < 255 && name.is_ascii() && !name.starts_with('.'));
            prop_assert!(!name.contains(['/', '\\', ':', '\0']));
        }
    }
}
