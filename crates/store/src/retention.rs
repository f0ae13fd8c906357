//! How much of a directory is kept.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::Error;
use crate::atomic::PREFIX;
use crate::listing::{Listed, list};

/// How many files are kept, how large together, how old: the newest stay. What is not said has no bound.
///
/// Files are compared by the time they were last written, then by name. Several processes may apply the same rule to a
/// directory at once. What is being written has no name yet and is left alone.
///
/// Its text is `1000 files, 1 GiB, 7 days`, in any order; a number alone counts files, `all` keeps everything.
/// Units are `B`, `KB`, `MB`, `GB` (thousands), `KiB`, `MiB`, `GiB` (1,024), and `s`, `min`, `h`, `d` or `days`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Retention {
    files: Option<usize>,
    bytes: Option<u64>,
    age: Option<Duration>,
}

/// What newer neighbours of a file take already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    files: usize,
    bytes: u64,
}

/// What was removed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Removed {
    /// The files, oldest first.
    pub files: Vec<PathBuf>,
    /// Their size together.
    pub bytes: u64,
    /// Number of files that were looked at and stay; 0 where everything does.
    pub kept: usize,
    /// Files that should have been removed and could not be.
    pub failed: Vec<(PathBuf, io::Error)>,
}

impl Retention {
    /// Keeps everything.
    pub const ALL: Self = Self { files: None, bytes: None, age: None };

    /// Keeps this number of files. Default: any number.
    pub const fn max_files(mut self, files: usize) -> Self {
        self.files = Some(files);
        self
    }

    /// Keeps files as long as they and all newer ones have this size together; the newest stays whatever its size.
    /// Default: any size.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Keeps files up to this age. Default: any age.
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// How many files are kept at most, if that is bounded.
    #[must_use]
    pub fn files(self) -> Option<usize> {
        self.files
    }

    /// The files it would remove, oldest first, of those whose name is `wanted`.
    ///
    /// # Errors
    ///
    /// If the directory cannot be read; one that is not there is empty.
    pub fn plan(&self, dir: impl AsRef<Path>, wanted: impl FnMut(&str) -> bool) -> Result<Vec<PathBuf>, Error> {
        Ok(self.excess(dir.as_ref(), wanted, SystemTime::now())?.1.into_iter().map(|file| file.path).collect())
    }

    /// Removes them.
    ///
    /// # Errors
    ///
    /// As [`plan`](Self::plan). Files that cannot be removed do not keep others from being: they are in
    /// [`Removed::failed`].
    pub fn apply(&self, dir: impl AsRef<Path>, wanted: impl FnMut(&str) -> bool) -> Result<Removed, Error> {
        let (kept, excess) = self.excess(dir.as_ref(), wanted, SystemTime::now())?;
        let mut removed = Removed { kept, ..Removed::default() };
        for file in excess {
            match fs::remove_file(&file.path) {
                Ok(()) => {
                    removed.bytes += file.bytes;
                    removed.files.push(file.path);
                }
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => removed.failed.push((file.path, error)),
            }
        }
        Ok(removed)
    }

    /// Whether the next older one stays beside those that were seen, which are all newer. It counts as `files`.
    pub(crate) fn keeps(
        &self,
        seen: &mut Seen,
        files: usize,
        bytes: u64,
        modified: SystemTime,
        now: SystemTime,
    ) -> bool {
        let newer = *seen;
        seen.files = seen.files.saturating_add(files);
        seen.bytes = seen.bytes.saturating_add(bytes);
        let is_young = |age| now.duration_since(modified).unwrap_or_default() <= age;
        self.files.is_none_or(|files| newer.files < files)
            && self.bytes.is_none_or(|most| newer.files == 0 || seen.bytes <= most)
            && self.age.is_none_or(is_young)
    }

    /// The number of files that stay, and those that do not.
    fn excess(
        &self,
        dir: &Path,
        mut wanted: impl FnMut(&str) -> bool,
        now: SystemTime,
    ) -> Result<(usize, Vec<Listed>), Error> {
        if *self == Self::ALL {
            return Ok((0, Vec::new()));
        }
        let mut files = list(dir, |name| !name.starts_with(PREFIX) && wanted(name))?;
        files.sort_by(|a, b| (b.modified, &b.path).cmp(&(a.modified, &a.path)));
        let mut seen = Seen::default();
        let kept = files.iter().take_while(|file| self.keeps(&mut seen, 1, file.bytes, file.modified, now)).count();
        let mut excess = files.split_off(kept);
        excess.reverse();
        Ok((kept, excess))
    }
}

/// Units of size and age, largest of each system first: the written form uses the first that divides evenly.
const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];
const AGES: [(&str, u64); 8] =
    [("days", 86_400), ("day", 86_400), ("d", 86_400), ("h", 3_600), ("min", 60), ("m", 60), ("sec", 1), ("s", 1)];

impl FromStr for Retention {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let failed = || Error::Retention { found: text.to_owned() };
        if text.trim().eq_ignore_ascii_case("all") {
            return Ok(Self::ALL);
        }
        let mut retention = Self::ALL;
        for part in text.split(',').map(str::trim) {
            let unit_at = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let number: u64 = part[..unit_at].parse().map_err(|_| failed())?;
            let unit = part[unit_at..].trim();
            let among = |units: &[(&str, u64)]| {
                let (_, factor) = units.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
                Some(number.checked_mul(*factor))
            };
            let (was_said, said) = if unit.is_empty() || ["file", "files"].contains(&unit) {
                (retention.files.is_some(), retention.max_files(usize::try_from(number).map_err(|_| failed())?))
            } else if let Some(bytes) = among(&SIZES) {
                (retention.bytes.is_some(), retention.max_bytes(bytes.ok_or_else(failed)?))
            } else {
                let seconds = among(&AGES).flatten().ok_or_else(failed)?;
                (retention.age.is_some(), retention.max_age(Duration::from_secs(seconds)))
            };
            if was_said {
                return Err(failed());
            }
            retention = said;
        }
        Ok(retention)
    }
}

/// As it is read back. Parts of a second are left out.
impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_units = |number: u64, units: &[(&str, u64)]| {
            let fitting = units.iter().find(|(_, factor)| number >= *factor && number.is_multiple_of(*factor));
            let (name, factor) = fitting.copied().unwrap_or((units[units.len() - 1].0, 1));
            format!("{} {name}", number / factor)
        };
        let files = self.files.map(|files| format!("{files} files"));
        let bytes = self.bytes.map(|bytes| in_units(bytes, &SIZES));
        let age = self.age.map(|age| in_units(age.as_secs(), &AGES));
        let parts: Vec<_> = [files, bytes, age].into_iter().flatten().collect();
        f.pad(if parts.is_empty() { "all".to_owned() } else { parts.join(", ") }.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(1_700_000_000);

    /// Files `(name, bytes, age in seconds)`.
    fn directory(files: &[(&str, usize, u64)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a directory");
        for (name, bytes, age) in files {
            let path = dir.path().join(name);
            fs::write(&path, vec![b'x'; *bytes]).expect("it is written");
            let modified = SystemTime::UNIX_EPOCH + NOW - Duration::from_secs(*age);
            File::options().write(true).open(&path).and_then(|file| file.set_modified(modified)).expect("it is dated");
        }
        dir
    }

    fn excess(keep: Retention, files: &[(&str, usize, u64)]) -> Vec<String> {
        let dir = directory(files);
        let wanted = |name: &str| name.ends_with(".json");
        let (kept, excess) = keep.excess(dir.path(), wanted, SystemTime::UNIX_EPOCH + NOW).expect("it is read");
        assert_eq!(kept + excess.len(), 4, "those whose name is wanted");
        excess.iter().map(|file| file.path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
    }

    const FILES: [(&str, usize, u64); 6] = [
        ("old.json", 10, 300),
        ("b.json", 20, 100),
        ("a.json", 20, 100),
        ("new.json", 30, 0),
        ("notes.txt", 999, 999_999),
        (".tracesnap-x.json", 999, 999_999),
    ];

    #[test]
    fn the_newest_files_are_kept_by_number() {
        assert_eq!(excess(Retention::ALL.max_files(3), &FILES), ["old.json"]);
        assert_eq!(
            excess(Retention::ALL.max_files(2), &FILES),
            ["old.json", "a.json"],
            "of two as old, the later name"
        );
        assert_eq!(excess(Retention::ALL.max_files(0), &FILES), ["old.json", "a.json", "b.json", "new.json"]);
        assert!(excess(Retention::ALL.max_files(4), &FILES).is_empty());
    }

    #[test]
    fn the_newest_files_are_kept_by_their_size_together() {
        assert_eq!(excess(Retention::ALL.max_bytes(70), &FILES), ["old.json"]);
        assert_eq!(excess(Retention::ALL.max_bytes(69), &FILES), ["old.json", "a.json"]);
        assert_eq!(excess(Retention::ALL.max_bytes(0), &FILES).len(), 3, "the newest stays whatever its size");
    }

    #[test]
    fn files_are_kept_by_age() {
        assert_eq!(excess(Retention::ALL.max_age(Duration::from_secs(100)), &FILES), ["old.json"]);
        assert_eq!(excess(Retention::ALL.max_age(Duration::ZERO), &FILES), ["old.json", "a.json", "b.json"]);
    }

    #[test]
    fn what_breaks_one_of_several_rules_goes_with_all_that_is_older() {
        let keep = Retention::ALL.max_files(3).max_bytes(50).max_age(Duration::from_secs(1_000));
        assert_eq!(excess(keep, &FILES), ["old.json", "a.json"]);
    }

    #[test]
    fn applying_removes_what_was_planned_and_says_so() {
        let dir = directory(&FILES);
        let keep = Retention::ALL.max_files(1);
        let wanted = |name: &str| name.ends_with(".json");
        let plan = keep.plan(dir.path(), wanted).expect("it is read");
        let removed = keep.apply(dir.path(), wanted).expect("it is read");
        assert_eq!((&removed.files, removed.bytes, removed.kept, removed.failed.len()), (&plan, 50, 1, 0));
        let left = list(dir.path(), |_| true).expect("it is read").len();
        assert_eq!(left, 3);
        assert!(keep.apply(dir.path().join("missing"), wanted).expect("nothing to read").files.is_empty());
    }

    #[test]
    #[cfg(unix)]
    fn links_and_directories_are_nobodys_files() {
        let dir = directory(&[("old.json", 1, 10)]);
        std::os::unix::fs::symlink(dir.path().join("old.json"), dir.path().join("link.json")).expect("a link");
        fs::create_dir(dir.path().join("dir.json")).expect("a directory");
        let removed = Retention::ALL.max_files(0).apply(dir.path(), |_| true).expect("it is read");
        assert_eq!(removed.files, [dir.path().join("old.json")]);
    }

    #[test]
    fn a_rule_is_read_as_people_write_it() {
        let read = |text: &str| text.parse::<Retention>().expect("it is one");
        assert_eq!(read("100"), Retention::ALL.max_files(100));
        assert_eq!(read("100 files,1GiB"), Retention::ALL.max_files(100).max_bytes(1 << 30));
        assert_eq!(read(" 7d , 500 mb "), Retention::ALL.max_bytes(500_000_000).max_age(Duration::from_secs(604_800)));
        assert_eq!(read("all"), Retention::ALL);
        assert_eq!(read("1000, 1 GiB").to_string(), "1000 files, 1 GiB");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_what_would_be() {
        for text in ["", "many", "-1", "1.5 GB", "10 parsecs", "5, 6", "99999999999999999999", "99999999999 GiB", ","] {
            let error = text.parse::<Retention>().expect_err("it is none").to_string();
            assert!(error.starts_with(&format!("`{text}` ")) && error.contains("`7 days`"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn the_written_form_is_read_back(
            files in prop::option::of(any::<usize>()),
            bytes in prop::option::of(any::<u64>()),
            age in prop::option::of(any::<u64>()),
        ) {
            let retention = Retention { files, bytes, age: age.map(Duration::from_secs) };
            prop_assert_eq!(retention.to_string().parse::<Retention>().expect("we wrote it"), retention);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*|[0-9 a-zA-Z,]*") {
            let _ = text.parse::<Retention>();
        }
    }
}
