//! Where recordings lie: a file, a folder, or an object store.
//!
//! What is in a recording, and what is done with it, commands decide; here it is found, fetched, and removed.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use tracesnap_record::file::recordings_in;
use tracesnap_record::recorder::{BlobFolder, DEFAULT_SETTLED, SweptBlobs};
use tracesnap_record::{PendingId, Sets};

use super::dir_or_default;
#[cfg(feature = "object-store")]
use super::far::{FarPlace, Fetched};
use super::files::cannot_list;

/// A place of recordings.
pub(super) enum Place {
    Local(PathBuf),
    #[cfg(feature = "object-store")]
    Far(FarPlace),
}

/// One recording of a place.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The name of the file.
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) modified: SystemTime,
    /// As people write it.
    pub(super) shown: String,
}

/// A set that waits for a review.
pub(super) struct Waiting {
    pub(super) id: PendingId,
    pub(super) time: SystemTime,
    pub(super) interactions: u64,
}

/// A recording that can be read as a file.
pub(super) enum Opened {
    Local(PathBuf),
    /// Removed when it is dropped.
    #[cfg(feature = "object-store")]
    Far(Fetched),
}

impl AsRef<Path> for Opened {
    fn as_ref(&self) -> &Path {
        match self {
            Self::Local(path) => path,
            #[cfg(feature = "object-store")]
            Self::Far(fetched) => fetched.as_ref(),
        }
    }
}

impl Place {
    /// What was given, or else the folder that recordings go to. What has a scheme is a URL.
    pub(super) fn of(given: Option<PathBuf>) -> Result<Self> {
        let path = dir_or_default(given)?;
        match path.to_str().filter(|text| is_url(text)) {
            None => Ok(Self::Local(path)),
            #[cfg(feature = "object-store")]
            Some(url) => Ok(Self::Far(FarPlace::open(url)?)),
            #[cfg(not(feature = "object-store"))]
            Some(url) => bail!(
                "`{url}` is an object store; `cargo install tracesnap-cli --features s3` (or `gcs`, `azure`, `object-store`) \
                 makes a program that reaches it"
            ),
        }
    }

    /// Its recordings, A to Z: those of a folder, or the one file.
    pub(super) fn recordings(&self) -> Result<Vec<Found>> {
        match self {
            Self::Local(path) if path.is_dir() => local(path),
            Self::Local(path) => {
                let metadata = std::fs::metadata(path);
                Ok(vec![Found {
                    name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                    size: metadata.as_ref().map_or(0, std::fs::Metadata::len),
                    modified: metadata.and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH),
                    shown: path.display().to_string(),
                }])
            }
            #[cfg(feature = "object-store")]
            Self::Far(folder) => folder.recordings(),
        }
    }

    /// The same, where there must be some.
    pub(super) fn some_recordings(&self) -> Result<Vec<Found>> {
        let all = self.recordings()?;
        if all.is_empty() {
            let remedy = match self {
                Self::Local(dir) => {
                    format!("; `TEST_CAPTURE_DIR={} TEST_MODE=record cargo test` puts some there", dir.display())
                }
                #[cfg(feature = "object-store")]
                Self::Far(_) => String::new(),
            };
            bail!("no sessions in `{self}`{remedy}");
        }
        Ok(all)
    }

    /// Whether one that is damaged does not keep the others from being looked at.
    pub(super) fn has_many(&self) -> bool {
        match self {
            Self::Local(path) => path.is_dir(),
            #[cfg(feature = "object-store")]
            Self::Far(folder) => folder.has_many(),
        }
    }

    /// A recording as a file; of an object store it is fetched.
    pub(super) fn open(&self, found: &Found) -> Result<Opened> {
        match self {
            Self::Local(path) if path.is_dir() => Ok(Opened::Local(path.join(&found.name))),
            Self::Local(path) => Ok(Opened::Local(path.clone())),
            #[cfg(feature = "object-store")]
            Self::Far(folder) => folder.fetch(&found.name).map(Opened::Far),
        }
    }

    /// Refuses one file where a folder is meant.
    pub(super) fn folder(&self) -> Result<&Self> {
        if let Self::Local(path) = self
            && !path.is_dir()
        {
            bail!(
                "cannot list `{}`: it is no folder; give one, or record something with `TEST_MODE=record`",
                path.display()
            );
        }
        #[cfg(feature = "object-store")]
        if let Self::Far(folder) = self
            && !folder.has_many()
        {
            bail!("`{folder}` is one recording; give the prefix above it");
        }
        Ok(self)
    }

    /// Sets that wait for a review.
    pub(super) fn pending(&self) -> Result<Vec<Waiting>> {
        let of = |id: &PendingId, time, interactions| Waiting { id: id.clone(), time, interactions };
        match self {
            Self::Local(dir) if dir.join("sets").is_dir() => {
                let pending = Sets::open(dir)?.pending()?;
                Ok(pending.iter().map(|one| of(&one.id, one.time, one.interactions)).collect())
            }
            Self::Local(_) => Ok(Vec::new()),
            #[cfg(feature = "object-store")]
            Self::Far(folder) => {
                let mut all = Vec::new();
                for entry in folder.sets()?.pending()? {
                    let entry = entry?;
                    let interactions = entry.metadata.tag("interactions").and_then(|count| count.parse().ok());
                    all.push(of(&entry.id, entry.metadata.time(), interactions.unwrap_or(0)));
                }
                Ok(all)
            }
        }
    }

    /// Names of sets that are played back.
    pub(super) fn accepted(&self) -> Result<Vec<String>> {
        match self {
            Self::Local(dir) if dir.join("sets").is_dir() => Ok(Sets::open(dir)?.names()?),
            Self::Local(_) => Ok(Vec::new()),
            #[cfg(feature = "object-store")]
            Self::Far(folder) => Ok(folder.sets()?.accepted_names()?),
        }
    }

    /// Removes a set that waits.
    pub(super) fn reject(&self, id: &PendingId) -> Result<bool> {
        match self {
            Self::Local(dir) => Ok(Sets::open(dir)?.reject(id)?),
            #[cfg(feature = "object-store")]
            Self::Far(folder) => Ok(folder.sets()?.reject(id)?),
        }
    }

    /// Removes large bodies that nothing refers to any more, or says which ones; `planned` are to be removed before.
    pub(super) fn sweep(&self, planned: &[Found], is_dry: bool) -> Result<SweptBlobs> {
        let goes = |name: &str| planned.iter().any(|found| found.name == name);
        match (self, is_dry) {
            (Self::Local(dir), true) => {
                let below = |path: &Path| path.strip_prefix(dir).ok().and_then(Path::to_str).is_some_and(goes);
                Ok(BlobFolder::of(dir).plan_sweep(DEFAULT_SETTLED, below)?)
            }
            (Self::Local(dir), false) => Ok(BlobFolder::of(dir).sweep(DEFAULT_SETTLED)?),
            #[cfg(feature = "object-store")]
            (Self::Far(folder), _) => folder.sweep(goes, is_dry),
        }
    }

    pub(super) fn remove(&self, found: &Found) -> Result<()> {
        match self {
            Self::Local(dir) => match std::fs::remove_file(dir.join(&found.name)) {
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed.with_context(|| format!("cannot remove `{}`", found.shown)),
            },
            #[cfg(feature = "object-store")]
            Self::Far(folder) => folder.remove(&found.name),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            #[cfg(feature = "object-store")]
            Self::Far(folder) => folder.fmt(f),
        }
    }
}

/// `s3://bucket/prefix`, but no path.
pub(super) fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

fn local(dir: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in recordings_in(dir).with_context(|| cannot_list(dir))? {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        // One may have gone meanwhile: a session that ended.
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        found.push(Found { name, size: metadata.len(), modified, shown: path.display().to_string() });
    }
    Ok(found)
}
