//! What a session has made, changed and deleted.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::{IndexMap, IndexSet};
use serde_json::Value;

use crate::validate::requests::Upload;

/// Sessions that are remembered; the one used longest ago is forgotten for a new one.
pub const MAX_SESSIONS: usize = 1_000;
/// Items that a session has made or changed in one collection, and as many that it has deleted; the oldest goes first.
pub const MAX_ITEMS: usize = 10_000;
/// Collections a session has changed; those of different parents are different ones. The oldest goes first.
pub const MAX_COLLECTIONS: usize = 1_000;
/// Bytes of files that a session has uploaded; the oldest goes first.
pub const MAX_UPLOADED: usize = 64 << 20;
/// Tokens that a session has been given; the oldest goes first.
const MAX_TOKENS: usize = 1_000;
/// Bytes of a session's name that count.
const MAX_NAME: usize = 128;

/// All sessions of a mock, by name.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// The session of whoever names none; it is never forgotten for others.
    default: Arc<Mutex<Session>>,
    named: Mutex<IndexMap<String, Arc<Mutex<Session>>>>,
}

impl Sessions {
    pub(crate) fn get(&self, name: &str) -> Arc<Mutex<Session>> {
        let name = clean(name);
        if name.is_empty() {
            return Arc::clone(&self.default);
        }
        let mut named = lock(&self.named);
        if let Some(at) = named.get_index_of(name) {
            // The last one is the one used last.
            let last = named.len() - 1;
            named.move_index(at, last);
            return Arc::clone(&named[last]);
        }
        if named.len() >= MAX_SESSIONS {
            named.shift_remove_index(0);
        }
        Arc::clone(named.entry(name.to_owned()).or_default())
    }

    /// Names of those that did something, the one used last first; the empty one is the default's.
    pub(crate) fn names(&self) -> Vec<String> {
        let default = (!lock(&self.default).is_untouched()).then(String::new);
        let named = lock(&self.named);
        let named = named.iter().rev().filter(|(_, session)| !lock(session).is_untouched());
        default.into_iter().chain(named.map(|(name, _)| name.clone())).collect()
    }

    /// A session, if there is one; asking for it makes none.
    pub(super) fn peek(&self, name: &str) -> Option<Arc<Mutex<Session>>> {
        let name = clean(name);
        if name.is_empty() {
            return Some(Arc::clone(&self.default));
        }
        lock(&self.named).get(name).map(Arc::clone)
    }

    pub(crate) fn reset(&self) {
        *lock(&self.default) = Session::default();
        lock(&self.named).clear();
    }

    pub(crate) fn reset_one(&self, name: &str) {
        let name = clean(name);
        if name.is_empty() {
            *lock(&self.default) = Session::default();
        } else {
            lock(&self.named).shift_remove(name);
        }
    }
}

fn clean(name: &str) -> &str {
    let end = (0..=name.len().min(MAX_NAME)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    name[..end].trim()
}

/// A panic while it was held leaves a whole session behind: every change is one insertion or removal.
pub(crate) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one session did.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(super) collections: IndexMap<(usize, String), Collection>,
    pub(super) uploads: IndexMap<String, Upload>,
    uploaded: usize,
    pub(super) tokens: IndexSet<String>,
    /// Things made so far, whatever became of them: names what is made next.
    pub(crate) made: u64,
}

/// What is different in a collection from how it began.
#[derive(Debug, Default)]
pub(crate) struct Collection {
    /// Made or changed, by id.
    pub(crate) items: IndexMap<String, Value>,
    pub(super) deleted: IndexSet<String>,
    /// Ids of what was made by a create, so that making it again is a conflict.
    created: HashSet<String>,
    /// Everything it began with is deleted.
    pub(crate) is_cleared: bool,
}

impl Session {
    fn is_untouched(&self) -> bool {
        self.collections.is_empty() && self.uploads.is_empty() && self.tokens.is_empty()
    }

    pub(crate) fn collection(&self, resource: usize, parent: &str) -> Option<&Collection> {
        if self.collections.is_empty() {
            return None;
        }
        self.collections.get(&(resource, parent.to_owned()))
    }

    pub(crate) fn collection_mut(&mut self, resource: usize, parent: &str) -> &mut Collection {
        let key = (resource, parent.to_owned());
        if self.collections.len() >= MAX_COLLECTIONS && !self.collections.contains_key(&key) {
            self.collections.shift_remove_index(0);
        }
        self.collections.entry(key).or_default()
    }

    pub(crate) fn keep_upload(&mut self, path: String, upload: Upload) {
        self.forget_upload(&path);
        let size = upload.bytes.len();
        if size > MAX_UPLOADED {
            return;
        }
        while self.uploaded + size > MAX_UPLOADED || self.uploads.len() >= MAX_ITEMS {
            let Some((_, oldest)) = self.uploads.shift_remove_index(0) else { break };
            self.uploaded -= oldest.bytes.len();
        }
        self.uploaded += size;
        self.uploads.insert(path, upload);
    }

    pub(crate) fn upload(&self, path: &str) -> Option<&Upload> {
        self.uploads.get(path)
    }

    pub(crate) fn forget_upload(&mut self, path: &str) {
        if let Some(upload) = self.uploads.shift_remove(path) {
            self.uploaded -= upload.bytes.len();
        }
    }

    pub(crate) fn issue(&mut self, token: String) {
        if self.tokens.len() >= MAX_TOKENS {
            self.tokens.shift_remove_index(0);
        }
        self.tokens.insert(token);
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.tokens.shift_remove(token);
    }

    pub(crate) fn has_issued(&self, token: &str) -> bool {
        self.tokens.contains(token)
    }
}

impl Collection {
    pub(crate) fn is_deleted(&self, id: &str) -> bool {
        self.deleted.contains(id)
    }

    pub(crate) fn is_created(&self, id: &str) -> bool {
        self.created.contains(id)
    }

    pub(crate) fn put(&mut self, id: &str, item: Value) {
        self.deleted.shift_remove(id);
        if self.items.len() >= MAX_ITEMS
            && !self.items.contains_key(id)
            && let Some((oldest, _)) = self.items.shift_remove_index(0)
        {
            self.created.remove(&oldest);
        }
        self.items.insert(id.to_owned(), item);
    }

    pub(crate) fn create(&mut self, id: &str, item: Value) {
        self.put(id, item);
        self.created.insert(id.to_owned());
    }

    pub(crate) fn delete(&mut self, id: &str) {
        self.items.shift_remove(id);
        self.created.remove(id);
        if self.deleted.len() >= MAX_ITEMS {
            self.deleted.shift_remove_index(0);
        }
        self.deleted.insert(id.to_owned());
    }

    pub(crate) fn clear(&mut self) {
        let ids: Vec<String> = self.items.keys().cloned().collect();
        ids.iter().for_each(|id| self.delete(id));
        self.is_cleared = true;
    }
}
