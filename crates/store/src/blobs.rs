//! Bytes under the hash of their content: kept once, however often they are put.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::backend::{Slot, Space};
use crate::{Error, Store};

/// Address of a blob: SHA-256 of its content. Its text is 64 hexadecimal digits, as `sha256sum` prints them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 32]);

impl BlobId {
    /// Where these bytes are, or would be.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({self})")
    }
}

impl FromStr for BlobId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let failed = || Error::Name {
            name: text.chars().take(80).collect(),
            why: "the address of a blob has 64 hexadecimal digits".to_owned(),
        };
        if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(failed());
        }
        let mut id = [0; 32];
        for (byte, digits) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| failed())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| failed())?;
        }
        Ok(Self(id))
    }
}

/// How an encrypted blob begins; the key's id follows. A plain one that begins so has its own hash for a name.
const ENCRYPTED: &str = "tracesnap-blob 1 ";

/// The blobs of a store.
///
/// They have no metadata and no retention: they go when their owner says so. In a store with a key they are encrypted; the
/// address, which is the hash of the plain content, is not.
#[derive(Clone, Copy, Debug)]
pub struct Blobs<'a> {
    pub(crate) store: &'a Store,
}

impl Blobs<'_> {
    /// Keeps these bytes, unless they are kept already, and gives their address. A kept blob that was damaged, or is plain in
    /// a store with a key, is written again.
    ///
    /// # Errors
    ///
    /// If they cannot be written.
    pub fn put(&self, content: &[u8]) -> Result<BlobId, Error> {
        let id = BlobId::of(content);
        let name = id.to_string();
        let object = Slot::new(Space::Blobs, &name);
        let backend = self.store.backend();
        // Two who put the same at once may find each other's; what counts is that it is there.
        loop {
            let found = match backend.stat_object(object)? {
                Some(_) => backend.load(object)?,
                None => None,
            };
            // Plain ones are encrypted even where they are read.
            let is_as_wanted = |found: &[u8]| !self.store.encrypts() || BlobId::of(found) != id;
            let is_kept = |found: &Vec<u8>| {
                is_as_wanted(found) && self.plain(&id, found.clone()).is_ok_and(|kept| kept == content)
            };
            if found.as_ref().is_some_and(is_kept) {
                return Ok(id);
            }
            if backend.replace(object, found.as_deref(), Some(&self.stored(&id, content)?))? {
                return Ok(id);
            }
        }
    }

    /// The bytes of this address, verified.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Corrupt`] if they are not what was put, [`Error::Key`] if they are encrypted and the
    /// store has not their key, or plain and it has one, or if they cannot be read.
    pub fn get(&self, id: &BlobId) -> Result<Vec<u8>, Error> {
        let name = id.to_string();
        let stored = self.store.backend().load(Slot::new(Space::Blobs, &name))?;
        let missing = || Error::NotFound { what: format!("blob `{name}`"), near: Vec::new() };
        self.plain(id, stored.ok_or_else(missing)?)
    }

    /// The bytes that are stored for this content.
    #[cfg_attr(
        not(feature = "encryption"),
        allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "only encryption asks")
    )]
    fn stored(&self, id: &BlobId, content: &[u8]) -> Result<Vec<u8>, Error> {
        #[cfg(feature = "encryption")]
        if let Some(key) = self.store.key() {
            let first = format!("{ENCRYPTED}{}\n", key.id());
            return Ok([first.as_bytes(), &key.seal(content, &id.0)?].concat());
        }
        let _ = id;
        Ok(content.to_vec())
    }

    /// The content of what is stored.
    fn plain(&self, id: &BlobId, stored: Vec<u8>) -> Result<Vec<u8>, Error> {
        let name = id.to_string();
        let origin = self.store.backend().object_origin(Slot::new(Space::Blobs, &name));
        if BlobId::of(&stored) == *id {
            self.store.refuse_plain(&origin)?;
            return Ok(stored);
        }
        let encrypted = stored.strip_prefix(ENCRYPTED.as_bytes()).and_then(|rest| {
            let end = rest.iter().position(|&byte| byte == b'\n')?;
            Some((String::from_utf8_lossy(&rest[..end]).into_owned(), &rest[end + 1..]))
        });
        if let Some((used, sealed)) = encrypted {
            let content = self.store.open_body(sealed, &id.0, &used, &origin)?;
            if BlobId::of(&content) == *id {
                return Ok(content);
            }
        }
        Err(Error::corrupt(&origin, "its content has another hash than its name".to_owned()))
    }

    /// Whether there is such a blob. Its content is not looked at.
    ///
    /// # Errors
    ///
    /// If it cannot be asked.
    pub fn contains(&self, id: &BlobId) -> Result<bool, Error> {
        let name = id.to_string();
        Ok(self.store.backend().stat_object(Slot::new(Space::Blobs, &name))?.is_some())
    }

    /// Removes a blob; whether there was one.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    pub fn remove(&self, id: &BlobId) -> Result<bool, Error> {
        let name = id.to_string();
        let object = Slot::new(Space::Blobs, &name);
        let backend = self.store.backend();
        loop {
            let Some(found) = backend.load(object)? else { return Ok(false) };
            if backend.replace(object, Some(&found), None)? {
                return Ok(true);
            }
        }
    }

    /// The addresses of all blobs, in order.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    pub fn ids(&self) -> Result<Vec<BlobId>, Error> {
        Ok(self.store.backend().names(Space::Blobs)?.iter().filter_map(|name| name.parse().ok()).collect())
    }
}
