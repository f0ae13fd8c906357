//! Seals the segments that killed writers left open.

use std::fs::File;
use std::io::Read;

use super::format::{self, Rest, State};
use crate::backend::{Backend, Item, Part, Slot, Space, Walk};
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
            let is_open = |file: &mut File| {
                let mut start = [0; 64];
                let read = file.read(&mut start).unwrap_or(0);
                matches!(format::state(&start[..read], ""), Ok(State::Open(_)))
            };
            let Ok(mut file) = place::open_file(&path) else { continue };
            if !is_open(&mut file) || lock::try_hold(&file) != Writer::Gone {
                continue;
            }
            // It was another's until now, who may have sealed it: then it is no longer the file of that name.
            let Ok(mut same) = place::open_file(&path) else { continue };
            if !is_open(&mut same) {
                continue;
            }
            let Some(all) = local.read(line, item, Part::All)? else { continue };
            let origin = path.display().to_string();
            let State::Open(version) = format::state(&all, &origin)? else { continue };
            let found = format::open_frames(&all, version);
            match found.rest {
                Rest::Torn(torn) => recovered.torn += torn as u64,
                // Behind the damage may be documents that somebody can save; sealed, they would be gone.
                Rest::Damaged(_) => continue,
            }
            if found.frames.is_empty() {
                local.remove(line, item)?;
                continue;
            }
            let frames: Vec<&[u8]> = found.frames.into_iter().map(|frame| &all[frame]).collect();
            let sealed = format::seal(&frames).map_err(|source| Error::Write { path: path.clone(), source })?;
            local.replace_file(&sealed, &path)?;
            recovered.sealed += 1;
        }
    }
}
