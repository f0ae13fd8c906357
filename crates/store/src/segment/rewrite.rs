//! Exchanges documents of a sealed segment, all in one step.

use super::format;
use super::read::frames;
use crate::backend::{Numbered, Part, Slot};
use crate::document::Document;
use crate::store::Renewed;
use crate::{DocumentId, Error, Store};

/// How many documents `change` gave something new for. A segment of which nothing is changed is left as it is.
pub(crate) fn rewrite<E: From<Error>>(
    store: &Store,
    line: Slot<'_>,
    item: Numbered,
    dry_run: bool,
    change: &mut impl FnMut(&Document) -> Result<Option<Renewed>, E>,
) -> Result<u64, E> {
    let origin = store.backend().item_origin(line, item);
    // What went away meanwhile needs no change.
    let Some(found) = frames(store, line, item, false)? else { return Ok(0) };
    let mut changed = 0;
    let mut all: Vec<Vec<u8>> = Vec::new();
    for frame in found {
        let (place, bytes) = frame?;
        let id = DocumentId::in_segment(line.name, item.number, place);
        let document = store.decode(id, origin.clone(), bytes.clone())?;
        all.push(match change(&document)? {
            None => bytes,
            Some((body, mut metadata)) => {
                metadata.replaces.clone_from(&document.metadata.replaces);
                changed += 1;
                store.encode(line.name, &body, metadata)?
            }
        });
    }
    if changed == 0 || dry_run {
        return Ok(changed);
    }
    let start = store.backend().read(line, item, Part::Start(format::SEALED.len() as u64))?.unwrap_or_default();
    if format::state(&start, &origin)? != format::State::Sealed {
        // Its writer would go on with the file that was here before.
        return Err(Error::Busy { origin }.into());
    }
    let frames: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    let sealed = format::seal(&frames).map_err(|error| Error::backend(format!("compress `{origin}`"), error))?;
    store.backend().overwrite(line, item, &sealed)?;
    Ok(changed)
}
