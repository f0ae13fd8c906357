//! Files below a prefix of what `object_store` reaches: S3, Google Cloud Storage, Azure, a directory, memory.
//!
//! They are whatever was copied there; a store of ours in such a place is an [`ObjectStoreBackend`].

use std::future::Future;
use std::io::{Seek, Write};
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use tempfile::NamedTempFile;

use crate::{Error, ObjectStoreBackend, Waiting};

/// What lies below a prefix of an object store. Clones are the same.
///
/// Whoever asks is blocked until the store has answered, within a runtime too.
#[derive(Clone, Debug)]
pub struct ObjectFolder {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    waiting: Arc<Waiting>,
}

/// A file of an [`ObjectFolder`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// Its name below the prefix: `checkout.session.json`, `blobs/9f/86d081…`. Of the prefix itself it is empty.
    pub name: String,
    /// Its size. **Unit:** bytes.
    pub bytes: u64,
    /// When it was written, by the clock of the store.
    pub modified: SystemTime,
    /// What is another when it is written anew, where the store says so.
    pub tag: Option<String>,
}

impl Object {
    /// The last part of its name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}

/// The store of a URL, and the path in it: `s3://bucket/prefix`, `gs://…`, `az://…`, `file:///…`, `memory:///`.
pub(crate) fn parse_url(
    url: &str,
    options: impl IntoIterator<Item = (String, String)>,
) -> Result<(Arc<dyn ObjectStore>, Path), Error> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        let what = format!("use `{url}` as a store; this build reaches what its features `s3`, `gcs`, `azure` say");
        Error::backend(what, error)
    };
    let parsed = url::Url::parse(url).map_err(|error| failed(error.into()))?;
    let options = options.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value));
    let (store, path) = object_store::parse_url_opts(&parsed, options).map_err(|error| failed(error.into()))?;
    Ok((store.into(), path))
}

impl ObjectFolder {
    /// Below this prefix, which may be empty.
    ///
    /// # Errors
    ///
    /// If it is no path, or no thread can be started.
    pub fn on(store: Arc<dyn ObjectStore>, prefix: &str) -> Result<Self, Error> {
        let prefix =
            Path::parse(prefix).map_err(|error| Error::backend(format!("use the prefix `{prefix}`"), error))?;
        Self::at(store, prefix)
    }

    fn at(store: Arc<dyn ObjectStore>, prefix: Path) -> Result<Self, Error> {
        Ok(Self { store, prefix, waiting: Arc::new(Waiting::start("tracesnap-store")?) })
    }

    /// Below a URL, with options as [`ObjectStoreBackend::from_url`] takes them.
    ///
    /// # Errors
    ///
    /// If the URL is none of a store this build reaches: features `s3`, `gcs`, `azure`.
    pub fn from_url(url: &str, options: impl IntoIterator<Item = (String, String)>) -> Result<Self, Error> {
        let (store, prefix) = parse_url(url, options)?;
        Self::at(store, prefix)
    }

    /// Below a URL. Credentials and addresses are those of the environment, by the names that `object_store` knows: `AWS_…`,
    /// `GOOGLE_…`, `AZURE_…`.
    ///
    /// # Errors
    ///
    /// As [`from_url`](Self::from_url).
    pub fn from_env(url: &str) -> Result<Self, Error> {
        let texts =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self::from_url(url, texts)
    }

    /// The prefix.
    #[must_use]
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The last part of the prefix.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.prefix.filename().unwrap_or_default()
    }

    /// What `object_store` itself reaches it by.
    #[must_use]
    pub fn object_store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// A store of ours below it.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn backend(&self, below: &str) -> Result<ObjectStoreBackend, Error> {
        ObjectStoreBackend::new(Arc::clone(&self.store), self.key(below)?.as_ref())
    }

    /// The files right below the prefix, A to Z.
    ///
    /// # Errors
    ///
    /// If it cannot be listed.
    pub fn list(&self) -> Result<Vec<Object>, Error> {
        let (store, prefix) = (Arc::clone(&self.store), self.prefix.clone());
        let listed =
            self.wait(async move { store.list_with_delimiter(Some(&prefix)).await }, || self.what("list", ""))?;
        Ok(self.objects(listed.objects))
    }

    /// All files below the prefix, however deep, A to Z.
    ///
    /// # Errors
    ///
    /// If it cannot be listed.
    pub fn list_all(&self) -> Result<Vec<Object>, Error> {
        let (store, prefix) = (Arc::clone(&self.store), self.prefix.clone());
        let listed =
            self.wait(async move { store.list(Some(&prefix)).try_collect().await }, || self.what("list", ""))?;
        Ok(self.objects(listed))
    }

    /// What is known of a file; an empty name is that of the prefix itself. `None` if there is none.
    ///
    /// # Errors
    ///
    /// If it cannot be asked.
    pub fn stat(&self, name: &str) -> Result<Option<Object>, Error> {
        let (store, key) = (Arc::clone(&self.store), self.key(name)?);
        let found = self.wait(async move { found(store.head(&key).await) }, || self.what("read", name))?;
        Ok(found.and_then(|meta| self.objects(vec![meta]).pop()))
    }

    /// A file as one of this machine, to be read from its beginning: its reader's alone, and removed when it is dropped.
    /// It is written as it comes.
    ///
    /// # Errors
    ///
    /// If there is none, it cannot be read, or there is no room for it.
    pub fn fetch(&self, name: &str) -> Result<NamedTempFile, Error> {
        let (store, key) = (Arc::clone(&self.store), self.key(name)?);
        let fetched = self.wait(
            async move {
                let full = |error: std::io::Error| object_store::Error::Generic {
                    store: "a file of this machine",
                    source: error.into(),
                };
                let mut file = tempfile::Builder::new().prefix("tracesnap-").tempfile().map_err(full)?;
                let mut parts = store.get(&key).await?.into_stream();
                while let Some(part) = parts.try_next().await? {
                    file.write_all(&part).map_err(full)?;
                }
                file.rewind().map_err(full)?;
                Ok(file)
            },
            || self.what("read", name),
        )?;
        Ok(fetched)
    }

    /// Writes a file; one that is there is replaced as a whole.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn put(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Result<(), Error> {
        let (store, key, bytes) = (Arc::clone(&self.store), self.key(name)?, bytes.into());
        self.wait(async move { store.put(&key, bytes.into()).await.map(drop) }, || self.what("write", name))
    }

    /// Removes a file; whether there was one, as far as the store says so.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    pub fn remove(&self, name: &str) -> Result<bool, Error> {
        let (store, key) = (Arc::clone(&self.store), self.key(name)?);
        let removed = self.wait(async move { found(store.delete(&key).await) }, || self.what("remove", name))?;
        Ok(removed.is_some())
    }

    fn wait<T: Send + 'static>(
        &self,
        ask: impl Future<Output = object_store::Result<T>> + Send + 'static,
        what: impl FnOnce() -> String,
    ) -> Result<T, Error> {
        match self.waiting.wait(ask) {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(Error::backend(what(), error)),
            None => Err(Error::backend(what(), "the thread of the object store ended")),
        }
    }

    fn what(&self, what: &str, name: &str) -> String {
        let prefix = self.prefix.as_ref();
        let slash = if name.is_empty() || prefix.is_empty() { "" } else { "/" };
        format!("{what} `{prefix}{slash}{name}`")
    }

    fn key(&self, name: &str) -> Result<Path, Error> {
        let failed = |error| Error::backend(self.what("use", name), error);
        match (self.prefix.as_ref().is_empty(), name.is_empty()) {
            (_, true) => Ok(self.prefix.clone()),
            (true, false) => Path::parse(name).map_err(failed),
            (false, false) => Path::parse(format!("{}/{name}", self.prefix)).map_err(failed),
        }
    }

    fn objects(&self, metas: Vec<ObjectMeta>) -> Vec<Object> {
        let own = |key: &Path| {
            let below = key.as_ref().strip_prefix(self.prefix.as_ref()).unwrap_or_else(|| key.as_ref());
            below.trim_start_matches('/').to_owned()
        };
        let object = |meta: ObjectMeta| Object {
            name: own(&meta.location),
            bytes: meta.size,
            modified: meta.last_modified.into(),
            tag: meta.e_tag.or(meta.version),
        };
        let mut objects: Vec<_> = metas.into_iter().map(object).collect();
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        objects
    }
}

/// `None` where there is nothing.
fn found<T>(answer: object_store::Result<T>) -> object_store::Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_a_prefix_are_listed_read_and_removed_and_those_beside_it_are_not() {
        let store: Arc<dyn ObjectStore> = Arc::new(object_store::memory::InMemory::new());
        let above = ObjectFolder::on(Arc::clone(&store), "").expect("a folder");
        above.put("team/a.json", "beside").expect("written");
        let folder = ObjectFolder::on(store, "team/runs").expect("a folder");
        folder.put("b.json", "two").expect("written");
        folder.put("a.json", "one").expect("written");
        folder.put("blobs/9f/86", "deep").expect("written");
        let names = |objects: Vec<Object>| objects.into_iter().map(|object| object.name).collect::<Vec<_>>();
        assert_eq!(names(folder.list().expect("listed")), ["a.json", "b.json"]);
        assert_eq!(names(folder.list_all().expect("listed")), ["a.json", "b.json", "blobs/9f/86"]);
        assert_eq!(names(above.list_all().expect("listed")).len(), 4);
        assert_eq!(folder.stat("b.json").expect("asked").expect("there").bytes, 3);
        assert_eq!(std::fs::read_to_string(folder.fetch("a.json").expect("there").path()).expect("read"), "one");
        assert!(folder.remove("a.json").expect("removed") && folder.stat("a.json").expect("asked").is_none());
        let error = folder.fetch("a.json").expect_err("gone").to_string();
        assert_eq!(error, "cannot read `team/runs/a.json`");
        let file = ObjectFolder::on(Arc::clone(above.object_store()), "team/a.json").expect("a file");
        assert_eq!((file.file_name(), file.stat("").expect("asked").expect("there").name.as_str()), ("a.json", ""));
    }
}
