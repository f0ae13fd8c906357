//! Documents that are changed where they are: same name, same number, same order.
//!
//! What is changed, and why, is the business of whoever asks.

use super::Store;
use super::listing::Items;
use super::review::fingerprint;
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
        if !dry_run && self.space == Space::Documents {
            crate::segment::recover(self, name)?;
        }
        let line = self.line(name);
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
        let Some((body, mut metadata)) = change(&document)? else { return Ok(0) };
        // What is said of a review stays, whoever made the new metadata.
        metadata.replaces.clone_from(&document.metadata.replaces);
        if !dry_run {
            self.backend().overwrite(line, item, &self.encode(line.name, &body, metadata)?)?;
        }
        Ok(1)
    }

    /// Changes the accepted document of a name in its place; whether `change` gave something new for it. With `dry_run`
    /// nothing is written. What waits to replace it goes on to.
    ///
    /// # Errors
    ///
    /// That of `change`; [`Error::Superseded`] if another one is accepted meanwhile; if it is damaged or cannot be written.
    /// A name without an accepted document is not changed.
    pub fn rewrite_accepted<E: From<Error>>(
        &self,
        name: &str,
        dry_run: bool,
        mut change: impl FnMut(&Document) -> Result<Option<Renewed>, E>,
    ) -> Result<bool, E> {
        name::check(name)?;
        let object = Slot::new(Space::Accepted, name);
        let Some(bytes) = self.backend().load(object)? else { return Ok(false) };
        let id = DocumentId::new(name, 0);
        let document = self.decode(id.clone(), self.backend().object_origin(object), bytes.clone())?;
        let Some((body, mut metadata)) = change(&document)? else { return Ok(false) };
        if dry_run {
            return Ok(true);
        }
        metadata.replaces.clone_from(&document.metadata.replaces);
        let renewed = self.encode(name, &body, metadata)?;
        if !self.backend().replace(object, Some(&bytes), Some(&renewed))? {
            return Err(Error::Superseded { id: id.to_string(), name: name.to_owned() }.into());
        }
        // Killed here, it takes `accept_over` to accept what waits.
        let (before, after) = (fingerprint(Some(&bytes)), fingerprint(Some(&renewed)));
        let waiting = self.waiting();
        for item in Items::oldest_first(&waiting, waiting.line(name)) {
            waiting.replace_in_waiting(name, item?, &before, &after)?;
        }
        self.audit_one(Action::Rewrite, &id)?;
        Ok(true)
    }

    /// Notes that a document that waits replaces the accepted one as it is now. One that is damaged stays as it is.
    fn replace_in_waiting(&self, name: &str, item: Numbered, before: &str, after: &str) -> Result<(), Error> {
        let line = self.line(name);
        let Some(bytes) = self.backend().read(line, item, Part::All)? else { return Ok(()) };
        let origin = self.backend().item_origin(line, item);
        let Ok(document) = self.decode(DocumentId::new(name, item.number), origin, bytes) else { return Ok(()) };
        let Document { mut metadata, body, .. } = document;
        if metadata.replaces.as_deref() == Some(before) {
            metadata.replaces = Some(after.to_owned());
            self.backend().overwrite(line, item, &self.encode(name, &body, metadata)?)?;
        }
        Ok(())
    }
}
