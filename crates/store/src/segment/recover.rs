//! Seals the segments that killed writers left open.

use std::io::{Read, Seek, SeekFrom};

use super::format::{self, OPEN};
use crate::backend::{Backend, Item, Slot, Space, Walk};
use crate::lock::{self, Writer};
use crate::{Error, Store, place};

/// What became of segments whose writers are gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recovered {
    /// So many were sealed.
    pub(crate) sealed: u64,
    /// So many bytes at their ends were no whole frame.
    pub(crate) torn: u64,
}

/// Seals what nobody writes any more. Elsewhere than in a directory, segments are put whole.
pub(crate) fn recover(store: &Store, name: &str) -> Result<Recovered, Error> {
    let mut recovered = Recovered::default();
    let Some(local) = store.local() else { return Ok(recovered) };
    let line = Slot::new(Space::Documents, name);
    let mut walk = Walk::OldestFirst(None);
    loop {
        let page = local.page(line, walk, 1_024)?;
        let Some(last) = page.last() else { return Ok(recovered) };
        walk = Walk::OldestFirst(Some(last.number));
        for item in page.into_iter().filter(|item| item.item == Item::Segment) {
            let path = local.path_of(line, item);
            let failed = |source| Error::Read { path: path.clone(), source };
            let Ok(mut file) = place::open_file(&path) else { continue };
            let mut start = vec![0; OPEN.len()];
            if file.read_exact(&mut start).is_err() || start != OPEN || lock::try_hold(&file) != Writer::Gone {
                continue;
            }
            // It was another's until now, who may have sealed it: then it is no longer the file of that name.
            let Ok(mut same) = place::open_file(&path) else { continue };
            if same.read_exact(&mut start).is_err() || start != OPEN {
                continue;
            }
            let mut frames = Vec::new();
            file.seek(SeekFrom::Start(OPEN.len() as u64)).map_err(failed)?;
            file.read_to_end(&mut frames).map_err(failed)?;
            let whole = format::frames_in(&frames).last().map_or(0, |frame| frame.end);
            recovered.torn += (frames.len() - whole) as u64;
            if whole == 0 {
                local.remove(line, item)?;
                continue;
            }
            let sealed = format::seal(&frames).map_err(|source| Error::Write { path: path.clone(), source })?;
            local.overwrite(&sealed, &path)?;
            recovered.sealed += 1;
        }
    }
}
