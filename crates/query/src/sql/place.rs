//! What lies in a folder, in a file or below a URL: recordings, or Parquet files.

use std::path::Path as LocalPath;
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tracesnap_store::Waiting;

use crate::Error;
use crate::far;

/// What lies there.
pub(super) enum Holds {
    Parquet(Files),
    Recordings,
}

/// A Parquet file, or all those below a path.
pub(super) struct Files {
    pub(super) store: Arc<dyn ObjectStore>,
    /// With a slash at its end if it is that of a folder.
    pub(super) path: String,
}

const EXTENSION: &str = ".parquet";

impl Files {
    pub(super) fn on(store: Arc<dyn ObjectStore>, path: &str) -> Result<Self, Error> {
        let key = Path::parse(path).map_err(|error| Error::place(path, error.into()))?;
        let path = match key.as_ref() {
            "" => String::new(),
            file if file.ends_with(EXTENSION) => file.to_owned(),
            folder => format!("{folder}/"),
        };
        Ok(Self { store, path })
    }
}

/// Whether it is a URL; a path has no such beginning.
pub(super) fn is_url(place: &str) -> bool {
    place.split_once("://").is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    })
}

/// Looks what is there. Files that end in `.parquet` go before recordings beside them.
pub(super) fn of(place: &str, waiting: &Waiting) -> Result<Holds, Error> {
    let (store, path) = if is_url(place) {
        let folder = far::open(place)?;
        (Arc::clone(folder.object_store()), folder.prefix().clone())
    } else {
        local(place)?
    };
    if path.as_ref().ends_with(EXTENSION) {
        let (store_, path_) = (Arc::clone(&store), path.clone());
        let found = waiting.wait(async move { store_.head(&path_).await });
        return match found {
            Some(Ok(_)) => Ok(Holds::Parquet(Files::on(store, path.as_ref())?)),
            Some(Err(error)) => Err(Error::place(place, error.into())),
            None => Err(Error::place(place, "the thread that looked for it ended".into())),
        };
    }
    let (store_, path_) = (Arc::clone(&store), path.clone());
    let listed = waiting.wait(async move { store_.list_with_delimiter(Some(&path_)).await });
    let is_parquet = listed.is_some_and(|listed| {
        // What cannot be listed may be a file, and who opens it says what is wrong.
        listed.is_ok_and(|listed| listed.objects.iter().any(|object| object.location.as_ref().ends_with(EXTENSION)))
    });
    Ok(if is_parquet { Holds::Parquet(Files::on(store, path.as_ref())?) } else { Holds::Recordings })
}

/// A folder or a file of this machine as an object store.
fn local(place: &str) -> Result<(Arc<dyn ObjectStore>, Path), Error> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| Error::place(place, source);
    let whole = LocalPath::new(place).canonicalize().map_err(|error| failed(error.into()))?;
    let (root, path) = match (whole.is_dir(), whole.parent(), whole.file_name().and_then(|name| name.to_str())) {
        (false, Some(dir), Some(name)) => (dir.to_owned(), Path::from(name)),
        _ => (whole, Path::default()),
    };
    let store = LocalFileSystem::new_with_prefix(root).map_err(|error| failed(error.into()))?;
    Ok((Arc::new(store), path))
}
