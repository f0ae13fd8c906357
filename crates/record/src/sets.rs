//! Sets of interactions that wait for a review, and those that were accepted and are played back.
//!
//! Recording never touches what is played back. It puts a set beside it, under the session's name; accepting it swaps
//! the two in one step.
//!
//! A store keeps documents in memory while it writes them. So a session of more than [`INLINE_BYTES`] is a blob beside
//! the sessions, and the store's document says which.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracesnap_store::{Document, Metadata, PendingId, Store};

use crate::model::{Body, Session, SessionHead, VERSION};
use crate::recorder::BlobFolder;
use crate::{Error, file, recorder};

/// The kind of documents in the store.
pub(crate) const KIND: &str = "session";

/// Sessions of more bytes are kept as blobs: 1 MiB.
const INLINE_BYTES: u64 = 1 << 20;

/// The document of a session that is a blob.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    session_id: String,
    format: String,
    version: u32,
    session: Body,
}

/// The `format` of such a document.
const REFERENCE: &str = "tracesnap-session-blob";

/// The sets of a folder of recordings.
#[derive(Clone, Debug)]
pub struct Sets {
    store: Store,
    dir: PathBuf,
}

/// A set that waits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pending {
    /// Which one: `checkout#7`.
    pub id: PendingId,
    /// When it was recorded.
    pub time: std::time::SystemTime,
    /// How many interactions it has.
    pub interactions: u64,
}

impl Sets {
    /// The sets of this folder.
    ///
    /// # Errors
    ///
    /// If something else than a folder is there.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, Error> {
        let dir = dir.as_ref();
        Ok(Self { store: recorder::store(dir)?, dir: dir.to_owned() })
    }

    /// Puts a session up for review, and gives its id. It is kept as it is: whoever made it has redacted it.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn propose(&self, session: &Session) -> Result<PendingId, Error> {
        let bytes = file::to_bytes(session);
        let bytes = if bytes.len() as u64 > INLINE_BYTES { self.refer(&bytes[..], &session.head)? } else { bytes };
        Ok(self.store.put_pending(name_of(&session.head), bytes, metadata(&session.head))?)
    }

    /// As [`propose`](Self::propose), in memory that does not grow with the session.
    pub(crate) fn propose_file(&self, path: &Path, head: &SessionHead) -> Result<String, Error> {
        let failed = |source| Error::read(path, source);
        let mut file = File::open(path).map_err(failed)?;
        let bytes = if file.metadata().map_err(failed)?.len() > INLINE_BYTES {
            self.refer(file, head)?
        } else {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(failed)?;
            bytes
        };
        Ok(self.store.put_pending(name_of(head), bytes, metadata(head))?.to_string())
    }

    /// Keeps a session as a blob, and gives the document that says which.
    fn refer(&self, mut session: impl Read, head: &SessionHead) -> Result<Vec<u8>, Error> {
        let mut blob = BlobFolder::of(&self.dir).create()?;
        io::copy(&mut session, &mut blob).map_err(|source| Error::write(&self.dir, source))?;
        let (sha256, bytes) = blob.finish()?;
        let reference = Reference {
            session_id: head.session_id.clone(),
            format: REFERENCE.to_owned(),
            version: VERSION,
            session: Body::Blob { sha256, bytes },
        };
        serde_json::to_vec(&reference).map_err(|error| Error::write(&self.dir, error.into()))
    }

    fn session_of(&self, document: &Document) -> Result<Session, Error> {
        let body = document.body();
        let reference = match body.len() {
            0..4_096 => serde_json::from_slice::<Reference>(body).ok().filter(|found| found.format == REFERENCE),
            _ => None,
        };
        let Some(reference) = reference else { return file::parse(body, document.origin()) };
        let Body::Blob { sha256, .. } = reference.session else {
            return Err(Error::malformed(document.origin(), "session", "it is to be a blob, and is none"));
        };
        let mut blob = BlobFolder::of(&self.dir).open(&sha256)?;
        let bytes = blob.size();
        file::load_from(&mut blob, bytes, document.origin())
    }

    /// All that wait, by name, oldest first.
    ///
    /// # Errors
    ///
    /// If they cannot be listed, or one is damaged.
    pub fn pending(&self) -> Result<Vec<Pending>, Error> {
        let mut all = Vec::new();
        for entry in self.store.pending()? {
            let entry = entry?;
            let interactions = entry.metadata.tag("interactions").and_then(|count| count.parse().ok()).unwrap_or(0);
            all.push(Pending { id: entry.id, time: entry.metadata.time(), interactions });
        }
        Ok(all)
    }

    /// A set that waits.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be read.
    pub fn load_pending(&self, id: &PendingId) -> Result<Session, Error> {
        self.session_of(&self.store.load_pending(id)?)
    }

    /// What is played back under this name, `None` if nothing is.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn accepted(&self, name: &str) -> Result<Option<Session>, Error> {
        match self.store.accepted(name) {
            Ok(document) => self.session_of(&document).map(Some),
            Err(tracesnap_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// All names that have an accepted set.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        Ok(self.store.accepted_names()?)
    }

    /// Makes a set that waits the one that is played back, in one step.
    ///
    /// # Errors
    ///
    /// If another was accepted since it was recorded, or it cannot be written; it still waits then.
    pub fn accept(&self, id: &PendingId) -> Result<(), Error> {
        Ok(self.store.accept(id)?)
    }

    /// The same, whatever was accepted since.
    ///
    /// # Errors
    ///
    /// If it cannot be written; it still waits then.
    pub fn accept_over(&self, id: &PendingId) -> Result<(), Error> {
        Ok(self.store.accept_over(id)?)
    }

    /// Accepts some interactions of a set, by their numbers: they take the place of those that they pair with, and are
    /// added where there are none. Those that were accepted before with a number of `gone` are taken out; all others
    /// stay. See [`pair`](crate::compare::pair).
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept).
    pub fn accept_some(&self, id: &PendingId, numbers: &[u64], gone: &[u64]) -> Result<(), Error> {
        let new = self.load_pending(id)?;
        let old = self.accepted(id.name())?.unwrap_or_else(|| {
            let mut empty = new.clone();
            empty.interactions.clear();
            empty
        });
        let merged = merge(old, new, numbers, gone);
        let merged = self.propose(&merged)?;
        self.accept(&merged)?;
        self.reject(id)?;
        Ok(())
    }

    /// Removes a set that waits; whether there was one.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    pub fn reject(&self, id: &PendingId) -> Result<bool, Error> {
        Ok(self.store.reject(id)?)
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

fn merge(old: Session, new: Session, numbers: &[u64], gone: &[u64]) -> Session {
    let pairs = crate::compare::pair(&old.interactions, &new.interactions);
    let is_gone: Vec<bool> = old.interactions.iter().map(|one| gone.contains(&one.id)).collect();
    let mut merged = Session { head: new.head, interactions: old.interactions };
    for (before, after) in pairs {
        let Some(after) = after.filter(|&at| numbers.contains(&new.interactions[at].id)) else { continue };
        let interaction = new.interactions[after].clone();
        match before {
            Some(before) => merged.interactions[before] = interaction,
            None => merged.interactions.push(interaction),
        }
    }
    let mut at = 0;
    merged.interactions.retain(|_| {
        at += 1;
        !is_gone.get(at - 1).copied().unwrap_or(false)
    });
    for (id, interaction) in merged.interactions.iter_mut().enumerate() {
        interaction.id = id as u64;
    }
    merged.head.total_interactions = merged.interactions.len() as u64;
    merged
}

fn name_of(head: &SessionHead) -> &str {
    head.title()
}

fn metadata(head: &SessionHead) -> Metadata {
    Metadata::of_kind(KIND)
        .with_format_version(VERSION)
        .with_time(head.timestamp.time())
        .with_tag("session_id", &head.session_id)
        .with_tag("interactions", head.total_interactions.to_string())
}
