//! What `object_store` reaches, with errors of ours.

use tracesnap_store::ObjectFolder;

use crate::Error;

/// What lies below a URL.
pub(crate) fn open(url: &str) -> Result<ObjectFolder, Error> {
    ObjectFolder::from_env(url).map_err(|error| Error::place(url, error.into()))
}
