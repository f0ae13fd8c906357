//! Versions in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::diff::between;
use super::{Difference, Draft, Version};

/// Versions of answers, by the place of their operation in the document. They are gone with the process.
///
/// At most [`History::MAX_BYTES`] of bodies, and [`History::MAX_VERSIONS`] versions of each operation, are kept: the
/// oldest that does not answer goes first. Targets of drafts are passed over: a version is for all requests of its
/// operation.
#[derive(Debug, Default)]
pub struct History {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Oldest first.
    by_operation: BTreeMap<usize, Vec<Version>>,
    /// Versions so far, whatever became of them.
    made: i64,
}

impl History {
    /// 64 MiB.
    pub const MAX_BYTES: usize = 64 << 20;
    /// 100 versions.
    pub const MAX_VERSIONS: usize = 100;

    /// Keeps an answer as the next version, which answers from now on. What the version that answers says already is not
    /// kept again: that version is returned.
    pub fn save(&self, operation: usize, label: &str, draft: &Draft) -> Version {
        let mut kept = self.lock();
        let active = kept.by_operation.get(&operation).and_then(|all| all.iter().find(|one| one.is_active));
        if let Some(active) = active.filter(|active| {
            (active.status, &active.headers, &active.body) == (draft.status, &draft.headers, &draft.body)
        }) {
            return active.clone();
        }
        kept.add(operation, label, draft)
    }

    /// The versions of an operation, newest first.
    #[must_use]
    pub fn versions(&self, operation: usize) -> Vec<Version> {
        let kept = self.lock();
        kept.by_operation.get(&operation).into_iter().flatten().rev().cloned().collect()
    }

    /// One version.
    #[must_use]
    pub fn version(&self, operation: usize, version: i64) -> Option<Version> {
        let kept = self.lock();
        kept.by_operation.get(&operation)?.iter().find(|one| one.version == version).cloned()
    }

    /// What differs between two versions; `None` if one of them is not there.
    #[must_use]
    pub fn diff(&self, operation: usize, from: i64, to: i64) -> Option<Vec<Difference>> {
        Some(between(&self.version(operation, from)?, &self.version(operation, to)?))
    }

    /// Keeps what an older version says as the next one, which answers from now on; `None` if there is none.
    pub fn rollback(&self, operation: usize, to: i64, author: &str) -> Option<Version> {
        let mut kept = self.lock();
        let old = kept.by_operation.get(&operation)?.iter().find(|one| one.version == to)?.clone();
        let draft = Draft::from(&old).by(author).note(format!("as version {to}"));
        Some(kept.add(operation, &old.operation, &draft))
    }

    /// Lets no version of an operation answer any more; all are kept. Whether one did.
    pub fn retire(&self, operation: usize) -> bool {
        let mut kept = self.lock();
        let all = kept.by_operation.get_mut(&operation).into_iter().flatten();
        let mut did = false;
        for one in all {
            did |= std::mem::replace(&mut one.is_active, false);
        }
        did
    }

    /// Lets no version answer any more; all are kept.
    pub fn retire_all(&self) {
        let mut kept = self.lock();
        kept.by_operation.values_mut().flatten().for_each(|one| one.is_active = false);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, operation: usize, label: &str, draft: &Draft) -> Version {
        self.made += 1;
        let id = self.made;
        let all = self.by_operation.entry(operation).or_default();
        all.iter_mut().for_each(|one| one.is_active = false);
        let version = Version {
            id,
            operation: label.to_owned(),
            target: String::new(),
            version: all.last().map_or(1, |last| last.version + 1),
            is_active: true,
            status: draft.status,
            headers: draft.headers.clone(),
            body: draft.body.clone(),
            source: draft.source.clone(),
            author: draft.author.clone(),
            note: draft.note.clone(),
            created_at: now(),
        };
        all.push(version.clone());
        if all.len() > History::MAX_VERSIONS {
            all.remove(0);
        }
        self.make_room();
        version
    }

    /// Forgets the oldest versions that do not answer until the rest fits.
    fn make_room(&mut self) {
        let size = |all: &[Version]| all.iter().map(|one| one.body.len()).sum::<usize>();
        let mut total: usize = self.by_operation.values().map(|all| size(all)).sum();
        while total > History::MAX_BYTES {
            let old = self.by_operation.values().flatten().filter(|one| !one.is_active).min_by_key(|one| one.id);
            let Some((id, bytes)) = old.map(|old| (old.id, old.body.len())) else { break };
            self.by_operation.values_mut().for_each(|all| all.retain(|one| one.id != id));
            total -= bytes;
        }
    }
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(size: usize) -> Draft {
        Draft::new(200, "text/plain", vec![b'x'; size])
    }

    #[test]
    fn the_newest_version_answers_and_what_it_says_is_kept_once() {
        let history = History::default();
        let first = history.save(3, "GET /a", &draft(1));
        assert_eq!(history.save(3, "GET /a", &draft(1)).id, first.id);
        history.save(3, "GET /a", &draft(2));
        let told: Vec<_> = history.versions(3).iter().map(|one| (one.version, one.is_active)).collect();
        assert_eq!(told, [(2, true), (1, false)]);
        assert!(history.retire(3) && !history.retire(3));
        assert_eq!(history.versions(4), []);
    }

    #[test]
    fn the_oldest_that_does_not_answer_makes_room() {
        let history = History::default();
        let large = History::MAX_BYTES / 2;
        history.save(1, "GET /a", &draft(large));
        history.save(1, "GET /a", &draft(large - 1));
        history.save(2, "GET /b", &draft(large - 2));
        assert_eq!(history.versions(1).len(), 1);
        assert!(history.versions(1)[0].is_active);

        let history = History::default();
        for size in 0..History::MAX_VERSIONS * 2 {
            history.save(3, "GET /c", &draft(size % 7 + 1));
        }
        assert_eq!(history.versions(3).len(), History::MAX_VERSIONS);
    }
}
