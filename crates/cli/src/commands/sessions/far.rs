//! Recordings in what `object_store` reaches: S3, Google Cloud Storage, Azure, a directory, memory.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;
use tracesnap_store::{ObjectStoreBackend, Store};

use super::place::Found;

/// The recordings below a URL, or the one that it names.
pub(super) struct ObjectFolder {
    url: String,
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    /// It names one recording, and no prefix.
    is_file: bool,
    runtime: Runtime,
}

/// An object as a file, removed when this is dropped.
pub(super) struct Fetched(NamedTempFile);

impl AsRef<Path> for Fetched {
    fn as_ref(&self) -> &Path {
        self.0.path()
    }
}

impl ObjectFolder {
    /// Credentials and addresses are those of the environment, by the names that `object_store` knows: `AWS_…`, `GOOGLE_…`,
    /// `AZURE_…`.
    pub(super) fn open(url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let parsed = url::Url::parse(url).with_context(|| format!("`{url}` is no URL"))?;
        let (store, prefix) = object_store::parse_url_opts(&parsed, options()).with_context(|| {
            format!(
                "cannot reach `{url}`; this program reaches what its features `s3`, `gcs`, `azure`, `object-store` say"
            )
        })?;
        let name = prefix.filename().unwrap_or_default();
        let is_file = super::files::is_session(name) || name.ends_with(".json");
        Ok(Self { url: url.trim_end_matches('/').to_owned(), store: store.into(), prefix, is_file, runtime })
    }

    pub(super) fn has_many(&self) -> bool {
        !self.is_file
    }

    /// Objects right below the prefix, A to Z.
    pub(super) fn recordings(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Found>> {
        let metas = if self.is_file {
            vec![
                self.runtime
                    .block_on(self.store.head(&self.prefix))
                    .with_context(|| format!("cannot read `{}`", self.url))?,
            ]
        } else {
            let listed = self.runtime.block_on(self.store.list_with_delimiter(Some(&self.prefix)));
            listed.with_context(|| format!("cannot list `{}`", self.url))?.objects
        };
        let mut found: Vec<Found> = metas
            .into_iter()
            .filter_map(|meta| {
                let name = meta.location.filename()?.to_owned();
                let shown = if self.is_file { self.url.clone() } else { format!("{}/{name}", self.url) };
                Some(Found { size: meta.size, modified: meta.last_modified.into(), shown, name })
            })
            .filter(|found| self.is_file || is_wanted(&found.name))
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    fn key(&self, name: &str) -> Key {
        if self.is_file { self.prefix.clone() } else { self.prefix.clone().join(name) }
    }

    /// Fetches an object as it comes.
    pub(super) fn fetch(&self, name: &str) -> Result<Fetched> {
        let key = self.key(name);
        // Readers know recordings by how they begin, not by their names.
        let mut file = tempfile::Builder::new().prefix("tracesnap-").tempfile()?;
        let fetched = self.runtime.block_on(async {
            let mut parts = self.store.get(&key).await?.into_stream();
            while let Some(part) = parts.try_next().await? {
                file.write_all(&part)?;
            }
            anyhow::Ok(())
        });
        fetched.with_context(|| format!("cannot read `{}`", self.shown(name)))?;
        file.flush()?;
        Ok(Fetched(file))
    }

    pub(super) fn remove(&self, name: &str) -> Result<()> {
        match self.runtime.block_on(self.store.delete(&self.key(name))) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("cannot remove `{}`", self.shown(name))),
        }
    }

    fn shown(&self, name: &str) -> String {
        if self.is_file { self.url.clone() } else { format!("{}/{name}", self.url) }
    }

    /// The sets beside the recordings: those that wait, and those that are played back.
    pub(super) fn sets(&self) -> Result<Store> {
        let backend = ObjectStoreBackend::from_url(&format!("{}/sets", self.url), options())?;
        Ok(Store::builder().on(Arc::new(backend)))
    }
}

fn options() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?.to_ascii_lowercase(), value.into_string().ok()?)))
}

impl fmt::Display for ObjectFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
