//! Removes what is kept no longer, and says what that was.

use std::path::PathBuf;
use std::time::SystemTime;

use super::Store;
use super::listing::Items;
use crate::backend::{Item, Numbered, Stat};
use crate::retention::Seen;
use crate::{Action, DocumentId, Error, Retention};

/// What was removed, or would be.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Pruned {
    /// Documents and segments, by name, newest first.
    pub removed: Vec<Removal>,
    /// Their size together.
    pub bytes: u64,
    /// Number of documents that stay.
    pub kept: u64,
    /// What should have been removed and could not be, or could not be looked at.
    pub failed: Vec<Error>,
    /// Files that killed writers left.
    pub unfinished: Vec<PathBuf>,
    /// Segments of killed writers that were sealed.
    pub sealed: u64,
    /// Bytes at the ends of those that were no whole document.
    pub torn: u64,
}

/// A document or segment that was removed, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removal {
    /// Its name and number.
    pub id: DocumentId,
    /// How many documents it holds.
    pub documents: u64,
    /// Its size.
    pub bytes: u64,
    /// When it was written.
    pub modified: SystemTime,
}

/// An item with what retention asks of it.
struct Kept<'a> {
    name: &'a str,
    item: Numbered,
    documents: u64,
    stat: Stat,
}

impl Store {
    /// Removes what the store's [retention](super::StoreBuilder::retention) does not keep, of each name and of all
    /// together, and what killed writers left. `dry_run` removes nothing and reports the same.
    ///
    /// Segments go as a whole, when their newest document is not kept.
    ///
    /// # Errors
    ///
    /// If names cannot be listed. What goes wrong with one document or name does not keep others: it is in
    /// [`Pruned::failed`].
    pub fn prune(&self, dry_run: bool) -> Result<Pruned, Error> {
        let mut pruned = Pruned::default();
        let names = self.names()?;
        let inner = &*self.inner;
        #[cfg(feature = "segments")]
        if !dry_run {
            for name in &names {
                match crate::segment::recover(self, name) {
                    Ok(recovered) => {
                        pruned.sealed += recovered.sealed;
                        pruned.torn += recovered.torn;
                    }
                    Err(error) => pruned.failed.push(error),
                }
            }
        }
        let mut left = Vec::new();
        for name in &names {
            self.prune_name(name, inner.retention, dry_run, &mut pruned, &mut left)?;
        }
        if inner.total_retention != Retention::ALL {
            left.sort_by_key(|kept| std::cmp::Reverse((kept.stat.modified, kept.item)));
            let before: u64 = left.iter().map(|kept| kept.documents).sum();
            let left = self.prune_items(left, inner.total_retention, dry_run, &mut pruned)?;
            pruned.kept -= before - left.iter().map(|kept| kept.documents).sum::<u64>();
        }
        if let Some(local) = self.local().filter(|_| !dry_run) {
            match local.sweep() {
                Ok(unfinished) => pruned.unfinished = unfinished,
                Err(error) => pruned.failed.push(error),
            }
        }
        Ok(pruned)
    }

    /// Applies a rule to a name, other than the store's own.
    ///
    /// # Errors
    ///
    /// As [`prune`](Self::prune).
    pub fn prune_to(&self, name: &str, retention: Retention, dry_run: bool) -> Result<Pruned, Error> {
        crate::name::check(name)?;
        let mut pruned = Pruned::default();
        self.prune_name(name, retention, dry_run, &mut pruned, &mut Vec::new())?;
        Ok(pruned)
    }

    /// The store's rule for each name, now and then.
    pub(crate) fn prune_after(&self, name: &str, number: u64) {
        let retention = self.inner.retention;
        let is_due = match retention.files() {
            _ if retention == Retention::ALL => false,
            Some(files) => number.is_multiple_of(files as u64 / 10 + 1),
            None => number.is_multiple_of(64),
        };
        if is_due {
            // The document that was just put is there whether or not older ones can be removed.
            let _ = self.prune_to(name, retention, false);
        }
    }

    /// The store's rule for a name of which a segment was ended: that is thousands of documents.
    #[cfg(feature = "segments")]
    pub(crate) fn prune_after_segment(&self, name: &str) {
        if self.inner.retention != Retention::ALL {
            // As above.
            let _ = self.prune_to(name, self.inner.retention, false);
        }
    }

    fn prune_name<'a>(
        &'a self,
        name: &'a str,
        retention: Retention,
        dry_run: bool,
        pruned: &mut Pruned,
        left: &mut Vec<Kept<'a>>,
    ) -> Result<(), Error> {
        let line = self.line(name);
        let must_stat = self.inner.total_retention != Retention::ALL || retention != Retention::ALL;
        let mut items = Vec::new();
        for item in Items::newest_first(self, line) {
            let item = match item {
                Ok(item) => item,
                Err(error) => {
                    pruned.failed.push(error);
                    continue;
                }
            };
            let documents = match item.item {
                Item::Document => Ok(1),
                Item::Segment => self.documents_in(line, item),
            };
            let documents = documents.unwrap_or_else(|error| {
                pruned.failed.push(error);
                1
            });
            if !must_stat {
                pruned.kept += documents;
                continue;
            }
            match self.backend().stat(line, item) {
                Ok(Some(stat)) => items.push(Kept { name, item, documents, stat }),
                Ok(None) => {}
                Err(error) => pruned.failed.push(error),
            }
        }
        let stay = self.prune_items(items, retention, dry_run, pruned)?;
        pruned.kept += stay.iter().map(|kept| kept.documents).sum::<u64>();
        if self.inner.total_retention != Retention::ALL {
            left.extend(stay);
        }
        Ok(())
    }

    /// Removes those of the items, newest first, that are not kept; gives the others.
    fn prune_items<'a>(
        &self,
        items: Vec<Kept<'a>>,
        retention: Retention,
        dry_run: bool,
        pruned: &mut Pruned,
    ) -> Result<Vec<Kept<'a>>, Error> {
        let mut seen = Seen::default();
        let now = SystemTime::now();
        let mut left = Vec::new();
        let mut gone: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
        let mut is_kept = true;
        for kept in items {
            let files = usize::try_from(kept.documents).unwrap_or(usize::MAX);
            // What breaks a rule goes with all that is older.
            is_kept = is_kept && retention.keeps(&mut seen, files, kept.stat.bytes, kept.stat.modified, now);
            if is_kept {
                left.push(kept);
                continue;
            }
            let removed = if dry_run { Ok(true) } else { self.backend().remove(self.line(kept.name), kept.item) };
            match removed {
                Ok(true) => {
                    pruned.bytes += kept.stat.bytes;
                    *gone.entry(kept.name).or_default() += kept.documents;
                    pruned.removed.push(Removal {
                        id: DocumentId::new(kept.name, kept.item.number),
                        documents: kept.documents,
                        bytes: kept.stat.bytes,
                        modified: kept.stat.modified,
                    });
                }
                // Another process was faster.
                Ok(false) => {}
                Err(error) => pruned.failed.push(error),
            }
        }
        for (name, documents) in gone.into_iter().filter(|_| !dry_run) {
            self.audit_many(Action::Prune, name, documents)?;
        }
        Ok(left)
    }
}
