//! Recordings in what `object_store` reaches: S3, Google Cloud Storage, Azure, a directory, memory.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use tempfile::NamedTempFile;
use tracesnap_record::file::is_recording;
use tracesnap_record::recorder::{self, DEFAULT_SETTLED, Storage, StoredFile, SweptBlobs};
use tracesnap_store::{Object, ObjectFolder, Store};

use super::place::Found;

/// The recordings below a URL, or the one that it names.
pub(super) struct FarPlace {
    url: String,
    folder: ObjectFolder,
    /// It names one recording, and no prefix.
    is_file: bool,
}

/// An object as a file, removed when this is dropped.
pub(super) struct Fetched(NamedTempFile);

impl AsRef<Path> for Fetched {
    fn as_ref(&self) -> &Path {
        self.0.path()
    }
}

impl FarPlace {
    pub(super) fn open(url: &str) -> Result<Self> {
        let folder = ObjectFolder::from_env(url).with_context(|| format!("cannot reach `{url}`"))?;
        let is_file = is_recording(folder.file_name()) || folder.file_name().ends_with(".json");
        Ok(Self { url: url.trim_end_matches('/').to_owned(), folder, is_file })
    }

    pub(super) fn has_many(&self) -> bool {
        !self.is_file
    }

    /// Recordings right below the prefix, A to Z, or the one file.
    pub(super) fn recordings(&self) -> Result<Vec<Found>> {
        let found = |object: Object| Found {
            size: object.bytes,
            modified: object.modified,
            shown: self.shown(&object.name),
            name: object.name,
        };
        if self.is_file {
            let object = self.folder.stat("")?.with_context(|| format!("there is no `{}`", self.url))?;
            return Ok(vec![found(object)]);
        }
        let listed = self.folder.list().with_context(|| format!("cannot list `{}`", self.url))?;
        Ok(listed.into_iter().filter(|object| is_recording(&object.name)).map(found).collect())
    }

    pub(super) fn fetch(&self, name: &str) -> Result<Fetched> {
        self.folder.fetch(name).map(Fetched).with_context(|| format!("cannot read `{}`", self.shown(name)))
    }

    pub(super) fn remove(&self, name: &str) -> Result<()> {
        self.folder.remove(name).map(drop).with_context(|| format!("cannot remove `{}`", self.shown(name)))
    }

    /// Large bodies that nothing refers to; `goes` says what is to be removed before.
    pub(super) fn sweep(&self, goes: impl Fn(&str) -> bool, is_dry: bool) -> Result<SweptBlobs> {
        let mut swept = if is_dry {
            recorder::plan_sweep(self, DEFAULT_SETTLED, goes)?
        } else {
            recorder::sweep(self, DEFAULT_SETTLED)?
        };
        let paths = swept.removed.iter_mut().map(|one| &mut one.path);
        for path in paths.chain(swept.failed.iter_mut().map(|(path, _)| path)) {
            *path = PathBuf::from(self.shown(&path.display().to_string()));
        }
        Ok(swept)
    }

    fn shown(&self, name: &str) -> String {
        if name.is_empty() { self.url.clone() } else { format!("{}/{name}", self.url) }
    }

    /// The sets beside the recordings: those that wait, and those that are played back.
    pub(super) fn sets(&self) -> Result<Store> {
        Ok(Store::builder().on(Arc::new(self.folder.backend("sets")?)))
    }

    fn failed(&self, name: &str, error: tracesnap_store::Error) -> tracesnap_record::Error {
        tracesnap_record::Error::Read { path: self.shown(name).into(), source: io::Error::other(error) }
    }
}

impl Storage for FarPlace {
    fn files(&self) -> Result<Vec<StoredFile>, tracesnap_record::Error> {
        let objects = self.folder.list_all().map_err(|error| self.failed("", error))?;
        let file = |Object { name, bytes, modified, tag, .. }| StoredFile { name, bytes, modified, tag };
        Ok(objects.into_iter().map(file).collect())
    }

    fn read(&self, name: &str) -> Result<Option<Box<dyn Read + '_>>, tracesnap_record::Error> {
        let failed = |error| self.failed(name, error);
        if self.folder.stat(name).map_err(failed)?.is_none() {
            return Ok(None);
        }
        Ok(Some(Box::new(self.folder.fetch(name).map_err(failed)?)))
    }

    fn remove(&self, file: &StoredFile) -> io::Result<bool> {
        // There is no name of ours that it could be looked at under; but who writes it anew writes the same, and what
        // refers to it was not there a moment ago.
        match self.folder.stat(&file.name).map_err(io::Error::other)? {
            None => Ok(true),
            Some(now) if now.tag != file.tag || now.modified != file.modified => Ok(false),
            Some(_) => self.folder.remove(&file.name).map(|_| true).map_err(io::Error::other),
        }
    }
}

impl fmt::Display for FarPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
