//! Documents out of a segment: one of them, or one after the other.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::format::{self, Block, FRAME_HEAD, FromEnd, Index, ReadIndex, Rest, SEALED, State};
use crate::backend::{Numbered, Part, Slot, Space};
use crate::{Document, DocumentId, Error, Store, document, place};

/// An index is nearly always within so many bytes from the end.
const END_BYTES: u64 = 8 << 10;

/// So many frames at most are looked for from the end, one after the other.
const FEW: u64 = 64;

/// Which document of a segment.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Frame {
    /// With so many before it.
    At(u32),
    /// With so many after it.
    FromEnd(u64),
}

/// What a segment is, as it was when it was looked at.
enum Contents {
    Sealed(Index),
    /// All bytes, and where frames are in them.
    Open(Vec<u8>, format::Frames),
}

/// How parts of a segment are come by.
type ReadPart<'a> = &'a dyn Fn(Part) -> Result<Option<Vec<u8>>, Error>;

/// The last bytes of a segment, and its index if it is sealed.
type End = (Vec<u8>, Option<Index>);

/// `None` if it went away.
fn end_of(read: ReadPart<'_>, origin: &str) -> Result<Option<End>, Error> {
    let Some(mut end) = read(Part::End(END_BYTES))? else { return Ok(None) };
    let mut sealed = format::index(&end, origin);
    if let Ok(ReadIndex::Needs(bytes)) = sealed {
        let Some(more) = read(Part::End(bytes))? else { return Ok(None) };
        end = more;
        sealed = format::index(&end, origin);
    }
    Ok(Some(match sealed {
        Ok(ReadIndex::Whole(index)) => (end, Some(index)),
        _ => (end, None),
    }))
}

/// `None` if it went away.
fn contents(read: ReadPart<'_>, origin: &str) -> Result<Option<Contents>, Error> {
    // The end tells of a sealed one all there is to know. One that is open is looked at as a whole, in one step, since
    // it may be sealed at any time.
    match end_of(read, origin)? {
        None => return Ok(None),
        Some((_, Some(index))) => return Ok(Some(Contents::Sealed(index))),
        Some((_, None)) => {}
    }
    let Some(all) = read(Part::All)? else { return Ok(None) };
    match format::state(&all, origin)? {
        State::Open(version) => {
            let frames = format::open_frames(&all, version);
            Ok(Some(Contents::Open(all, frames)))
        }
        State::Sealed => match format::index(&all, origin)? {
            ReadIndex::Whole(index) => Ok(Some(Contents::Sealed(index))),
            ReadIndex::Needs(_) => Err(Error::corrupt(origin, "its index is damaged".to_owned())),
        },
    }
}

/// The frame with so many after it in a segment that is open, by its end alone: its place and its bytes.
fn from_end(read: ReadPart<'_>, mut end: Vec<u8>, after: u64) -> Result<Option<(u32, Vec<u8>)>, Error> {
    // Frames nearly always fit into what was read; each turn brings another one.
    for _ in 0..8 {
        match format::from_end(&end, after) {
            FromEnd::Found(place, frame) => {
                end.truncate(frame.end);
                end.drain(..frame.start);
                return Ok(Some((place, end)));
            }
            FromEnd::Needs(bytes) if bytes <= 4 * END_BYTES + format::MAX_FRAME_BYTES as u64 => {
                let Some(more) = read(Part::End(bytes.next_multiple_of(END_BYTES)))? else { return Ok(None) };
                if more.len() <= end.len() {
                    return Ok(None);
                }
                end = more;
            }
            FromEnd::Needs(_) | FromEnd::Unknown => return Ok(None),
        }
    }
    Ok(None)
}

fn damaged(origin: &str, at: usize) -> Error {
    let why = format!("its frame at byte {at} is damaged, and what is behind it cannot be told apart");
    Error::corrupt(origin, why)
}

/// The frames of a block of a sealed segment; `None` if it went away.
fn block(read: ReadPart<'_>, block: Block, origin: &str) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let range = block.offset..block.offset.saturating_add(u64::from(block.bytes));
    let Some(bytes) = read(Part::Range(range))? else { return Ok(None) };
    format::unpack(&bytes, block.frames, origin).map(Some)
}

/// How many documents an item holds; none if it went away.
pub(crate) fn documents_in(store: &Store, line: Slot<'_>, item: Numbered) -> Result<u64, Error> {
    let origin = store.backend().item_origin(line, item);
    let read = |part| store.backend().read(line, item, part);
    let Some((end, index)) = end_of(&read, &origin)? else { return Ok(0) };
    if let Some(index) = index {
        return Ok(index.frames);
    }
    if let Some((place, _)) = from_end(&read, end, 0)? {
        return Ok(u64::from(place) + 1);
    }
    Ok(match contents(&read, &origin)? {
        None => 0,
        Some(Contents::Sealed(index)) => index.frames,
        Some(Contents::Open(_, found)) => found.frames.len() as u64,
    })
}

/// One document of a segment; `None` if there is no such one, or the segment went away.
pub(crate) fn read_document(
    store: &Store,
    line: Slot<'_>,
    item: Numbered,
    wanted: Frame,
) -> Result<Option<Document>, Error> {
    let origin = store.backend().item_origin(line, item);
    let read = |part| store.backend().read(line, item, part);
    let decode = |place: u64, bytes: Vec<u8>| {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        store.decode(DocumentId::in_segment(line.name, item.number, place), origin.clone(), bytes).map(Some)
    };
    let Some((end, index)) = end_of(&read, &origin)? else { return Ok(None) };
    let contents = match (index, wanted) {
        (Some(index), _) => Some(Contents::Sealed(index)),
        (None, Frame::FromEnd(after)) if after < FEW => match from_end(&read, end, after)? {
            Some((place, bytes)) => return decode(place.into(), bytes),
            None => contents(&read, &origin)?,
        },
        (None, _) => contents(&read, &origin)?,
    };
    let Some(contents) = contents else { return Ok(None) };
    let frames = match &contents {
        Contents::Sealed(index) => index.frames,
        Contents::Open(_, found) => found.frames.len() as u64,
    };
    let place = match (wanted, &contents) {
        // How many are behind the damage nobody knows.
        (Frame::FromEnd(_), Contents::Open(_, format::Frames { rest: Rest::Damaged(at), .. })) => {
            return Err(damaged(&origin, *at));
        }
        (Frame::At(place), _) if u64::from(place) < frames => Some(u64::from(place)),
        (Frame::At(_), Contents::Open(_, format::Frames { rest: Rest::Damaged(at), .. })) => {
            return Err(damaged(&origin, *at));
        }
        (Frame::At(_), _) => None,
        (Frame::FromEnd(after), _) => frames.checked_sub(after).and_then(|place| place.checked_sub(1)),
    };
    let Some(place) = place else { return Ok(None) };
    match contents {
        Contents::Open(mut all, found) => {
            let frame = found.frames[usize::try_from(place).unwrap_or(usize::MAX)].clone();
            all.truncate(frame.end);
            all.drain(..frame.start);
            decode(place, all)
        }
        Contents::Sealed(index) => {
            let mut first = 0;
            let holding = index.blocks.iter().find(|block| {
                first += u64::from(block.frames);
                place < first
            });
            let Some(holding) = holding else { return Ok(None) };
            let within = place - (first - u64::from(holding.frames));
            let Some(mut frames) = block(&read, *holding, &origin)? else { return Ok(None) };
            decode(place, frames.swap_remove(usize::try_from(within).unwrap_or(usize::MAX)))
        }
    }
}

/// Documents of a segment one after the other, each with its place. No more than a block is held.
#[derive(Debug)]
pub(crate) struct Frames {
    store: Store,
    space: Space,
    name: Arc<str>,
    item: Numbered,
    origin: String,
    is_backwards: bool,
    /// Blocks to come with the place of their first frame.
    blocks: VecDeque<(Block, u32)>,
    ready: VecDeque<(u32, Vec<u8>)>,
    /// Told behind the frames that are whole, or before them where the newest come first.
    damage: Option<Error>,
}

/// `None` if it went away.
pub(crate) fn frames(
    store: &Store,
    line: Slot<'_>,
    item: Numbered,
    is_backwards: bool,
) -> Result<Option<Frames>, Error> {
    let origin = store.backend().item_origin(line, item);
    let Some(contents) = contents(&|part| store.backend().read(line, item, part), &origin)? else { return Ok(None) };
    let (blocks, ready, damage) = (VecDeque::new(), VecDeque::new(), None);
    let (store, space, name) = (store.clone(), line.space, line.name.into());
    let mut found = Frames { store, space, name, item, origin, is_backwards, blocks, ready, damage };
    match contents {
        Contents::Sealed(index) => {
            let mut first = 0_u32;
            for block in index.blocks {
                found.blocks.push_back((block, first));
                first = first.saturating_add(block.frames);
            }
        }
        Contents::Open(all, format::Frames { frames, rest }) => {
            let frames = (0_u32..).zip(frames).map(|(place, frame)| (place, all[frame].to_vec()));
            found.ready.extend(frames);
            if let Rest::Damaged(at) = rest {
                found.damage = Some(damaged(&found.origin, at));
            }
        }
    }
    Ok(Some(found))
}

impl Iterator for Frames {
    type Item = Result<(u32, Vec<u8>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_backwards
            && let Some(damage) = self.damage.take()
        {
            return Some(Err(damage));
        }
        while self.ready.is_empty() {
            let next = if self.is_backwards { self.blocks.pop_back() } else { self.blocks.pop_front() };
            let Some((next, first)) = next else { return self.damage.take().map(Err) };
            let line = Slot::new(self.space, &self.name);
            match block(&|part| self.store.backend().read(line, self.item, part), next, &self.origin) {
                Ok(Some(frames)) => self.ready.extend((first..).zip(frames)),
                Ok(None) => self.blocks.clear(),
                Err(error) => return Some(Err(error)),
            }
        }
        if self.is_backwards { self.ready.pop_back() } else { self.ready.pop_front() }.map(Ok)
    }
}

/// The name that the first document of a segment says it has.
pub(crate) fn name_in(start: &[u8]) -> Option<String> {
    let frame = if let Ok(State::Open(_)) = format::state(start, "") {
        start.get(format::OPEN.len() + FRAME_HEAD..)?.to_vec()
    } else {
        let blocks = zstd::stream::read::Decoder::new(start.strip_prefix(SEALED)?).ok()?;
        let mut raw = Vec::new();
        // The rest may be missing.
        let _ = blocks.take(2 * document::MAX_METADATA as u64).read_to_end(&mut raw);
        raw.get(FRAME_HEAD..)?.to_vec()
    };
    Some(document::decode_start(&frame, "").ok()??.metadata.name().to_owned())
}

/// A segment in a file of its own, read without a store.
#[derive(Debug)]
pub struct SegmentReader {
    documents: Vec<Vec<u8>>,
    is_sealed: bool,
    torn: u64,
}

impl SegmentReader {
    /// Reads a segment whole, up to the last whole frame.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no segment, or is damaged. What a killed writer left at its end is no error:
    /// [`torn`](Self::torn).
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let mut all = Vec::new();
        place::open_file(path).and_then(|mut file| file.read_to_end(&mut all)).map_err(failed)?;
        let origin = path.display().to_string();
        let read = |part: Part| {
            let range = part.of(all.len() as u64);
            let index = |at| usize::try_from(at).unwrap_or(usize::MAX);
            Ok(Some(all[index(range.start)..index(range.end)].to_vec()))
        };
        let gone = || Error::corrupt(&origin, "it is empty".to_owned());
        match contents(&read, &origin)?.ok_or_else(gone)? {
            Contents::Open(_, format::Frames { rest: Rest::Damaged(at), .. }) => Err(damaged(&origin, at)),
            Contents::Open(all, format::Frames { frames, rest: Rest::Torn(torn) }) => {
                let documents = frames.into_iter().map(|frame| all[frame].to_vec()).collect();
                Ok(Self { documents, is_sealed: false, torn: torn as u64 })
            }
            Contents::Sealed(index) => {
                let mut documents = Vec::new();
                for found in index.blocks {
                    documents.extend(block(&read, found, &origin)?.unwrap_or_default());
                }
                Ok(Self { documents, is_sealed: true, torn: 0 })
            }
        }
    }

    /// Its frames, oldest first: documents as they are stored.
    #[must_use]
    pub fn frames(&self) -> &[Vec<u8>] {
        &self.documents
    }

    /// Whether it is finished and compressed; otherwise it is being written, or its writer was killed.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.is_sealed
    }

    /// Bytes at its end that are no whole frame: being written, or torn.
    #[must_use]
    pub fn torn(&self) -> u64 {
        self.torn
    }
}
