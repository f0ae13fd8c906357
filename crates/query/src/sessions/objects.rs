//! Session files in an object store.
//!
//! Each is fetched into a private file while it is read: a journal is told from a session by its content, and both are
//! streamed from there.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use tempfile::NamedTempFile;

use super::source::is_session;
use crate::Error;
use crate::far::Waiting;
use crate::recordings::{Part, Skipped};

/// The objects below a prefix.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Key,
    waiting: Arc<Waiting>,
}

impl Objects {
    pub(super) fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Result<Self, Error> {
        let prefix = Key::parse(prefix).map_err(|error| Error::place(prefix, error.into()))?;
        Ok(Self { store, prefix, waiting: Arc::new(Waiting::start(1)?) })
    }

    /// Keys of sessions, A to Z: those directly below the prefix, or the prefix if that is one.
    pub(super) fn sessions(&self) -> Result<Vec<Part>, Error> {
        if self.prefix.filename().is_some_and(is_session) {
            return Ok(vec![Part(self.prefix.to_string())]);
        }
        let (store, prefix) = (Arc::clone(&self.store), self.prefix.clone());
        let listed = self.waiting.wait(async move { store.list_with_delimiter(Some(&prefix)).await });
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::place(&self.prefix, source);
        let listed = listed.ok_or_else(|| failed("the thread that listed it ended".into()))?;
        let objects = listed.map_err(|error| failed(error.into()))?.objects;
        let keys = objects.into_iter().map(|object| object.location);
        let mut keys: Vec<_> = keys.filter(|key| key.filename().is_some_and(is_session)).map(String::from).collect();
        keys.sort_unstable();
        Ok(keys.into_iter().map(Part).collect())
    }

    /// Gives an object as a file that is there meanwhile.
    pub(super) fn read<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Path) -> Result<T, tracesnap_record::Error>,
    ) -> Result<T, Skipped> {
        let file = self.fetch(key).map_err(|why| Skipped { why: format!("cannot read `{key}`: {why}") })?;
        read(file.path()).map_err(|error| {
            let mut skipped = Skipped::of(&error);
            // Nobody knows the file by the name that it has here.
            skipped.why = skipped.why.replace(&file.path().display().to_string(), key);
            skipped
        })
    }

    fn fetch(&self, key: &str) -> Result<NamedTempFile, String> {
        let (store, at) = (Arc::clone(&self.store), Key::parse(key).map_err(|error| error.to_string())?);
        let fetched = self.waiting.wait(async move {
            // Its permissions are 0600.
            let mut file = NamedTempFile::new().map_err(|error| error.to_string())?;
            let mut chunks = store.get(&at).await.map_err(|error| error.to_string())?.into_stream();
            while let Some(chunk) = chunks.try_next().await.map_err(|error| error.to_string())? {
                file.write_all(&chunk).map_err(|error| error.to_string())?;
            }
            Ok(file)
        });
        fetched.unwrap_or_else(|| Err("the thread that fetched it ended".to_owned()))
    }
}
