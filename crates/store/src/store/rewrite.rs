//! Documents that are changed where they are: same name, same number, same order.
//!
//! What is changed, and why, is the business of whoever asks.

use super::Store;
use super::listing::Items;
use crate::backend::{Item, Numbered, Part, Slot, Space};
use crate::document::Document;
use crate::{Action, DocumentId, Error, Metadata, name};

/// The body and metadata that a document is to have.
pub type Renewed = (Vec<u8>, Metadata);

impl Store {
    /// Changes documents of a name in their places, oldest first; the number of those that `change` gives something new
    /// for. With `dry_run` nothing is written.
    ///
    /// A document is exchanged in one step, a segment with all its documents in one: whenever the process is killed, each
    /// document is there once, as it was or as it is to be. Run again, it goes on with what is left, provided that `change`
    /// gives nothing for what it made.
    ///
    /// # Errors
    ///
    /// That of `change`; [`Error::Busy`] for a segment that is being written; if a document is damaged or cannot be
    /// written. Those before it are changed then.
    pub fn rewrite<E: From<Error>>(
        &self,
        name: &str,
        dry_run: bool,
        mut change: impl FnMut(&Document) -> Result<Option<Renewed>, E>,
    ) -> Result<u64, E> {
        name::check(name)?;
        #[cfg(feature = "segments")]
        if !dry_run {
            crate::segment::recover(self, name)?;
        }
        let line = Slot::new(Space::Documents, name);
        let mut changed = 0;
        let result = Items::oldest_first(self, line).try_for_each(|item| {
            let item = item?;
            changed += match item.item {
                Item::Document => self.rewrite_document(line, item, dry_run, &mut change)?,
                #[cfg(feature = "segments")]
                Item::Segment => crate::segment::rewrite(self, line, item, dry_run, &mut change)?,
                #[cfg(not(feature = "segments"))]
                Item::Segment => return Err(self.no_segments(line, item).into()),
            };
            Ok(())
        });
        if changed > 0 && !dry_run {
            self.audit_many(Action::Rewrite, name, changed)?;
        }
        result.map(|()| changed)
    }

    fn rewrite_document<E: From<Error>>(
        &self,
        line: Slot<'_>,
        item: Numbered,
        dry_run: bool,
        change: &mut impl FnMut(&Document) -> Result<Option<Renewed>, E>,
    ) -> Result<u64, E> {
        // What went away meanwhile needs no change.
        let Some(bytes) = self.backend().read(line, item, Part::All)? else { return Ok(0) };
        let origin = self.backend().item_origin(line, item);
        let document = self.decode(DocumentId::new(line.name, item.number), origin, bytes)?;
        let Some((body, metadata)) = change(&document)? else { return Ok(0) };
        if !dry_run {
            self.backend().overwrite(line, item, &self.encode(line.name, &body, metadata)?)?;
        }
        Ok(1)
    }
}
