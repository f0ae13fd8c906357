//! How a store is opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Inner, Store};
use crate::backend::{Backend, Space};
use crate::local::LocalBackend;
use crate::{AuditLog, Durability, Error, Retention};

/// Says how documents are kept, then opens a [`Store`].
#[derive(Clone, Debug)]
#[must_use]
pub struct StoreBuilder {
    durability: Durability,
    retention: Retention,
    total_retention: Retention,
    reads: BTreeMap<String, u32>,
    audit: Audit,
    user: Option<String>,
    #[cfg(feature = "encryption")]
    key: Option<crate::Key>,
    #[cfg(feature = "encryption")]
    allows_plain: bool,
}

#[derive(Clone, Debug)]
enum Audit {
    Off,
    Inside,
    At(PathBuf),
}

impl Default for StoreBuilder {
    fn default() -> Self {
        Self {
            durability: Durability::Buffered,
            retention: Retention::ALL,
            total_retention: Retention::ALL,
            reads: BTreeMap::new(),
            audit: Audit::Off,
            user: None,
            #[cfg(feature = "encryption")]
            key: None,
            #[cfg(feature = "encryption")]
            allows_plain: false,
        }
    }
}

impl StoreBuilder {
    /// What a document that was put survives. Default: [`Durability::Buffered`], since recordings can be made again; a
    /// document that a loss of power tore is refused by its checksum.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// What is kept of each name. Documents are put under a rule that is applied now and then, at least when a tenth more
    /// is there than should be, and by [`Store::prune`]. Default: everything.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// What is kept of all names together, by the time items were written. Applied by [`Store::prune`] alone. Default:
    /// everything.
    pub fn total_retention(mut self, retention: Retention) -> Self {
        self.total_retention = retention;
        self
    }

    /// The newest format of this kind of document that the program reads; what is newer is refused with the way out.
    /// Default: bodies are given whatever their version.
    pub fn reads(mut self, kind: impl Into<String>, version: u32) -> Self {
        self.reads.insert(kind.into(), version);
        self
    }

    /// Notes who did what, in `audit.ndjson` of the store's directory. Default: not noted.
    pub fn audit(mut self, is_on: bool) -> Self {
        self.audit = if is_on { Audit::Inside } else { Audit::Off };
        self
    }

    /// Notes who did what, in this file; for stores that are no directory. Default: not noted.
    pub fn audit_at(mut self, path: impl Into<PathBuf>) -> Self {
        self.audit = Audit::At(path.into());
        self
    }

    /// Who is said to do things. Default: the user of the environment.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Encrypts the bodies of what is put, and reads those that were. Without a key, encrypted bodies are refused. With one,
    /// plain bodies are: nobody vouches for them, so that whoever can write into the store could exchange what was encrypted.
    /// What is there when a key is introduced, [`Store::encrypt`] takes over. Default: plain.
    #[cfg(feature = "encryption")]
    #[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
    pub fn key(mut self, key: crate::Key) -> Self {
        self.key = Some(key);
        self
    }

    /// With a [key](Self::key), reads bodies that are not encrypted all the same: while what was put without it is not yet
    /// [encrypted](Store::encrypt). Default: `false`.
    #[cfg(feature = "encryption")]
    #[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
    pub fn allow_plain(mut self, allow: bool) -> Self {
        self.allows_plain = allow;
        self
    }

    /// Opens the store in this directory, which is made when something is put there.
    ///
    /// # Errors
    ///
    /// If something else than a directory is there, or it cannot be made.
    pub fn open(self, dir: impl AsRef<Path>) -> Result<Store, Error> {
        let dir = dir.as_ref();
        let failed = |source| Error::Directory { path: dir.to_owned(), source };
        // The directory itself may be reached by links, as its user likes; what is below may not.
        let root = match dir.canonicalize() {
            Ok(root) if root.is_dir() => root,
            Ok(_) => return Err(failed(std::io::ErrorKind::NotADirectory.into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => std::path::absolute(dir).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        };
        let local = LocalBackend::new(&root, self.durability);
        Ok(self.build(Arc::new(local.clone()), Some(local), &root))
    }

    /// Opens a store whose bytes lie elsewhere.
    pub fn on(self, backend: Arc<dyn Backend>) -> Store {
        self.build(backend, None, Path::new(""))
    }

    fn build(self, backend: Arc<dyn Backend>, local: Option<LocalBackend>, root: &Path) -> Store {
        let audit = match self.audit {
            Audit::At(path) => Some(path),
            Audit::Inside if local.is_some() => Some(root.join("audit.ndjson")),
            Audit::Inside | Audit::Off => None,
        };
        let audit = audit.map(|path| match &self.user {
            Some(user) => AuditLog::new(path).with_user(user),
            None => AuditLog::new(path),
        });
        Store {
            inner: Arc::new(Inner {
                backend,
                local,
                retention: self.retention,
                total_retention: self.total_retention,
                reads: self.reads,
                audit,
                #[cfg(feature = "encryption")]
                key: self.key,
            }),
            space: Space::Documents,
            #[cfg(feature = "encryption")]
            allows_plain: self.allows_plain,
        }
    }
}
