//! A segment as bytes: frames one after the other while it is written, compressed blocks and an index when it is sealed.
//!
//! ```text
//! open                                        sealed
//! «tracesnap-segment 2 open\n»                «tracesnap-segment 1 sealed\n»
//! frame frame frame …                         block block …       zstd, each of about 32 KiB of bare frames; the last
//!                                                                 frame is a block of its own
//!                                             index               one entry a block: offset, bytes, frames
//!                                             trailer: frames u64, index bytes u32, CRC-32 of both u32, magic
//!
//! bare frame   length u32, CRC-32 u32, bytes
//! frame        length u32, CRC-32 u32 of place and bytes, bytes, place u32, !length u32
//! ```
//!
//! Numbers are little-endian. A block is decompressed alone, so that one frame costs no more than one block; and what is
//! asked for most, the newest, no more than itself. A frame that is not yet sealed is found from the end of the file as
//! from its beginning, so the newest of a segment that is being written costs no more either, and what was torn is told
//! from what was damaged: nothing whole stands behind a tear. Version 1 of an open segment had bare frames.

use std::ops::Range;

use crate::Error;

pub(super) const OPEN: &[u8] = b"tracesnap-segment 2 open\n";
const OPEN_1: &[u8] = b"tracesnap-segment 1 open\n";
pub(super) const SEALED: &[u8] = b"tracesnap-segment 1 sealed\n";

/// How all of them and those of later versions begin.
const ANY: &[u8] = b"tracesnap-segment ";

/// The newest version of an open segment.
pub(super) const VERSION: u32 = 2;

/// Last bytes of a sealed segment.
const MAGIC: [u8; 8] = *b"tsnpseal";

/// Length and checksum before a frame.
pub(super) const FRAME_HEAD: usize = 8;

/// Place and length behind a frame.
const FRAME_FOOT: usize = 8;

/// A frame is never longer: what claims to be is damage.
pub const MAX_FRAME_BYTES: usize = 64 << 20;

/// Frames of a block are about so many bytes together.
const BLOCK: usize = 32 << 10;

/// Bytes of an entry of the index.
const ENTRY: usize = 16;

/// Bytes of the trailer.
pub(super) const TRAILER: usize = 8 + 4 + 4 + 8;

/// Fast, and text halves at least.
const LEVEL: i32 = 1;

/// Length of a frame as it is written. The writer refuses what is longer.
fn length_of(frame: &[u8]) -> [u8; 4] {
    u32::try_from(frame.len()).unwrap_or(u32::MAX).to_le_bytes()
}

fn sum_of(place: u32, frame: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&place.to_le_bytes());
    sum.update(frame);
    sum.finalize()
}

/// Puts a frame behind others of an open segment, so many of which are before it.
pub(super) fn push_frame(buffer: &mut Vec<u8>, frame: &[u8], place: u32) {
    buffer.extend_from_slice(&length_of(frame));
    buffer.extend_from_slice(&sum_of(place, frame).to_le_bytes());
    buffer.extend_from_slice(frame);
    buffer.extend_from_slice(&place.to_le_bytes());
    // Turned around, so that no place is taken for a length where a tear is between them.
    buffer.extend_from_slice(&length_of(frame).map(|byte| !byte));
}

fn push_bare(buffer: &mut Vec<u8>, frame: &[u8]) {
    buffer.extend_from_slice(&length_of(frame));
    buffer.extend_from_slice(&crc32fast::hash(frame).to_le_bytes());
    buffer.extend_from_slice(frame);
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// The length that ends a frame whose last byte is before `end`.
fn foot_length(bytes: &[u8], end: usize) -> Option<usize> {
    Some(!u32_at(bytes, end.checked_sub(4)?)? as usize)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// How frames end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// With the last one, or so many bytes of one that was not written to its end.
    Torn(usize),
    /// Here is something else than was written.
    Damaged(usize),
}

/// Frames, as they lie one behind the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frames {
    pub(super) frames: Vec<Range<usize>>,
    pub(super) rest: Rest,
}

/// The frames of an open segment of this version; places in `bytes` are those of `bytes`, which begin with the first line.
pub(super) fn open_frames(bytes: &[u8], version: u32) -> Frames {
    let frames = if version == 1 { bare_frames(bytes, OPEN_1.len()) } else { framed(bytes, OPEN.len()) };
    debug_assert_eq!(OPEN.len(), OPEN_1.len());
    frames
}

fn framed(bytes: &[u8], from: usize) -> Frames {
    let mut frames: Vec<Range<usize>> = Vec::new();
    let mut at = from;
    loop {
        let left = bytes.len().saturating_sub(at);
        let place = u32::try_from(frames.len()).unwrap_or(u32::MAX);
        let Some(length) = u32_at(bytes, at).map(|length| length as usize) else {
            return Frames { frames, rest: Rest::Torn(left) };
        };
        let end = at + FRAME_HEAD + length;
        if length <= MAX_FRAME_BYTES && end + FRAME_FOOT > bytes.len() {
            // What was torn ends with no whole frame, and not with the foot of one that begins here.
            let foot = foot_length(bytes, bytes.len());
            let is_all_there = foot.and_then(|length| length.checked_add(FRAME_HEAD + FRAME_FOOT)) == Some(left);
            let is_torn = !is_all_there && last_frame(&bytes[at..]).is_none();
            return Frames { frames, rest: if is_torn { Rest::Torn(left) } else { Rest::Damaged(at) } };
        }
        let frame = at + FRAME_HEAD..end;
        let is_whole = length > 0
            && length <= MAX_FRAME_BYTES
            && u32_at(bytes, end) == Some(place)
            && foot_length(bytes, end + FRAME_FOOT) == Some(length)
            && u32_at(bytes, at + 4) == Some(sum_of(place, &bytes[frame.clone()]));
        if !is_whole {
            // A loss of power may leave the room of what was to be written.
            let is_blank = bytes[at..].iter().all(|&byte| byte == 0);
            return Frames { frames, rest: if is_blank { Rest::Torn(left) } else { Rest::Damaged(at) } };
        }
        frames.push(frame);
        at = end + FRAME_FOOT;
    }
}

/// The whole frame at the end of these bytes of an open segment: its place, and where it begins with its head.
fn last_frame(bytes: &[u8]) -> Option<(u32, Range<usize>)> {
    let end = bytes.len().checked_sub(FRAME_FOOT)?;
    let (place, length) = (u32_at(bytes, end)?, foot_length(bytes, bytes.len())?);
    let start = end.checked_sub(length)?;
    let head = start.checked_sub(FRAME_HEAD)?;
    let is_whole = length > 0
        && u32_at(bytes, head)? as usize == length
        && u32_at(bytes, head + 4)? == sum_of(place, &bytes[start..end]);
    is_whole.then_some((place, start..end))
}

/// How a frame near the end of an open segment is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FromEnd {
    /// Its place, and where it is in the bytes.
    Found(u32, Range<usize>),
    /// So many bytes from the end are needed.
    Needs(u64),
    /// The end does not tell: it is torn, damaged, or of a segment of another version.
    Unknown,
}

/// The frame with `after` whole ones after it, in the last bytes of an open segment.
pub(super) fn from_end(end: &[u8], after: u64) -> FromEnd {
    let mut left = end;
    let mut after = after;
    loop {
        match last_frame(left) {
            Some((place, frame)) if after == 0 => return FromEnd::Found(place, frame),
            Some((_, frame)) => {
                after -= 1;
                left = &left[..frame.start - FRAME_HEAD];
            }
            None => {
                let length = foot_length(left, left.len());
                let needed = length.filter(|&length| length > 0 && length <= MAX_FRAME_BYTES);
                let needed = needed.map(|length| end.len() - left.len() + length + FRAME_HEAD + FRAME_FOOT);
                return match needed {
                    Some(needed) if needed > end.len() => FromEnd::Needs(needed as u64),
                    _ => FromEnd::Unknown,
                };
            }
        }
    }
}

/// Bare frames, up to the first that is none.
fn bare_frames(bytes: &[u8], from: usize) -> Frames {
    let frame_at = |at: usize| {
        let length = u32_at(bytes, at)? as usize;
        let sum = u32_at(bytes, at + 4)?;
        let start = at + FRAME_HEAD;
        let frame = start..start.checked_add(length)?;
        (length <= MAX_FRAME_BYTES && crc32fast::hash(bytes.get(frame.clone())?) == sum).then_some(frame)
    };
    let mut frames = Vec::new();
    let mut at = from;
    while let Some(frame) = frame_at(at) {
        at = frame.end;
        frames.push(frame);
    }
    Frames { frames, rest: Rest::Torn(bytes.len().saturating_sub(at)) }
}

/// A block of a sealed segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// Its compressed bytes.
    pub(super) bytes: u32,
    /// Frames in it.
    pub(super) frames: u32,
}

/// The sealed form of frames.
pub(super) fn seal(frames: &[&[u8]]) -> std::io::Result<Vec<u8>> {
    let mut sealed = SEALED.to_vec();
    let mut index = Vec::new();
    let mut total = 0_u64;
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    let (mut raw, mut count) = (Vec::with_capacity(BLOCK), 0_u32);
    for (at, frame) in frames.iter().enumerate() {
        push_bare(&mut raw, frame);
        count += 1;
        // The last frame has a block of its own.
        let goes_on = match frames.get(at + 1) {
            Some(next) => raw.len() + FRAME_HEAD + next.len() <= BLOCK && at + 2 < frames.len(),
            None => false,
        };
        if goes_on {
            continue;
        }
        let block = compressor.compress(&raw)?;
        index.extend_from_slice(&(sealed.len() as u64).to_le_bytes());
        index.extend_from_slice(&(block.len() as u32).to_le_bytes());
        index.extend_from_slice(&count.to_le_bytes());
        sealed.extend_from_slice(&block);
        total += u64::from(count);
        raw.clear();
        count = 0;
    }
    let mut trailer = total.to_le_bytes().to_vec();
    trailer.extend_from_slice(&(index.len() as u32).to_le_bytes());
    let mut sum = crc32fast::Hasher::new();
    sum.update(&index);
    sum.update(&trailer);
    sealed.extend_from_slice(&index);
    sealed.extend_from_slice(&trailer);
    sealed.extend_from_slice(&sum.finalize().to_le_bytes());
    sealed.extend_from_slice(&MAGIC);
    Ok(sealed)
}

/// What the end of a sealed segment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) blocks: Vec<Block>,
    pub(super) frames: u64,
}

/// How an index is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadIndex {
    Whole(Index),
    /// So many bytes from the end are needed.
    Needs(u64),
}

/// Reads the index from the last bytes of a segment.
pub(super) fn index(end: &[u8], origin: &str) -> Result<ReadIndex, Error> {
    let damaged = || Error::corrupt(origin, "its index is damaged".to_owned());
    let trailer_at = end.len().checked_sub(TRAILER).ok_or_else(damaged)?;
    if end[trailer_at + 16..] != MAGIC {
        return Err(damaged());
    }
    let frames = u64_at(end, trailer_at).ok_or_else(damaged)?;
    let length = u32_at(end, trailer_at + 8).ok_or_else(damaged)? as usize;
    let sum = u32_at(end, trailer_at + 12).ok_or_else(damaged)?;
    let Some(index_at) = trailer_at.checked_sub(length) else {
        return Ok(ReadIndex::Needs((length + TRAILER) as u64));
    };
    if crc32fast::hash(&end[index_at..trailer_at + 12]) != sum || !length.is_multiple_of(ENTRY) {
        return Err(damaged());
    }
    let blocks: Option<Vec<_>> = end[index_at..trailer_at]
        .chunks_exact(ENTRY)
        .map(|entry| Some(Block { offset: u64_at(entry, 0)?, bytes: u32_at(entry, 8)?, frames: u32_at(entry, 12)? }))
        .collect();
    let blocks = blocks.ok_or_else(damaged)?;
    if blocks.iter().map(|block| u64::from(block.frames)).sum::<u64>() != frames {
        return Err(damaged());
    }
    Ok(ReadIndex::Whole(Index { blocks, frames }))
}

/// The frames of a block.
pub(super) fn unpack(block: &[u8], expected: u32, origin: &str) -> Result<Vec<Vec<u8>>, Error> {
    let damaged = |why: String| Error::corrupt(origin, format!("a block is damaged: {why}"));
    // One frame may be larger than a block; more than one may not be together.
    let most = BLOCK.max(MAX_FRAME_BYTES + FRAME_HEAD);
    let size = zstd::zstd_safe::get_frame_content_size(block).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= most);
    let size = size.ok_or_else(|| damaged("its size is none we write".to_owned()))?;
    let raw = zstd::bulk::decompress(block, size).map_err(|error| damaged(error.to_string()))?;
    let Frames { frames, rest } = bare_frames(&raw, 0);
    if frames.len() != expected as usize || rest != Rest::Torn(0) {
        return Err(damaged(format!("{} whole frames where {expected} were written", frames.len())));
    }
    Ok(frames.into_iter().map(|frame| raw[frame].to_vec()).collect())
}

/// What a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Of this version.
    Open(u32),
    Sealed,
}

/// Tells from the first bytes.
pub(super) fn state(start: &[u8], origin: &str) -> Result<State, Error> {
    if start.starts_with(OPEN) {
        return Ok(State::Open(VERSION));
    }
    if start.starts_with(OPEN_1) {
        return Ok(State::Open(1));
    }
    if start.starts_with(SEALED) {
        return Ok(State::Sealed);
    }
    let version = start.strip_prefix(ANY).and_then(|rest| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
    });
    match version {
        Some(found) if found > VERSION => {
            let (origin, what) = (origin.to_owned(), "segment".to_owned());
            Err(Error::FormatTooNew { origin, what, found, supported: VERSION })
        }
        _ => Err(Error::corrupt(origin, "it does not begin as a segment does".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = OPEN.to_vec();
        (0..).zip(frames).for_each(|(place, frame)| push_frame(&mut bytes, frame, place));
        bytes
    }

    fn sealed(frames: &[Vec<u8>]) -> Vec<u8> {
        let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        seal(&frames).expect("it is compressed")
    }

    fn read(sealed: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
        assert_eq!(state(sealed, "here")?, State::Sealed);
        let ReadIndex::Whole(found) = index(sealed, "here")? else {
            return Err(Error::corrupt("here", "it has all bytes".to_owned()));
        };
        let mut frames = Vec::new();
        for block in found.blocks {
            let range = usize::try_from(block.offset).unwrap_or(usize::MAX)..;
            let bytes = sealed.get(range).and_then(|bytes| bytes.get(..block.bytes as usize));
            let bytes = bytes.ok_or_else(|| Error::corrupt("here", "a block is outside".to_owned()))?;
            frames.extend(unpack(bytes, block.frames, "here")?);
        }
        Ok(frames)
    }

    #[test]
    fn a_torn_end_is_left_out_wherever_it_is_torn() {
        let bytes = written(&[b"one".to_vec(), b"2".to_vec(), b"three".to_vec()]);
        let ends: Vec<_> = open_frames(&bytes, 2).frames.iter().map(|frame| frame.end + FRAME_FOOT).collect();
        assert_eq!(ends.last(), Some(&bytes.len()));
        for at in OPEN.len()..=bytes.len() {
            let found = open_frames(&bytes[..at], 2);
            let whole = ends.iter().filter(|end| **end <= at).count();
            let begun = ends[..whole].last().map_or(OPEN.len(), |end| *end);
            assert_eq!((found.frames.len(), found.rest), (whole, Rest::Torn(at - begun)), "torn at {at}");
        }
        let blank = [&bytes[..], &[0; 4_096]].concat();
        assert_eq!(open_frames(&blank, 2).rest, Rest::Torn(4_096), "as a loss of power leaves it");
    }

    #[test]
    fn no_bit_that_turned_is_taken_for_a_tear() {
        let bytes = written(&[b"one".to_vec(), b"2".to_vec(), b"three".to_vec()]);
        for bit in OPEN.len() * 8..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(open_frames(&damaged, 2).rest, Rest::Damaged(_)), "bit {bit}");
        }
    }

    #[test]
    fn the_newest_frames_are_found_from_the_end_alone() {
        let frames = [b"one".to_vec(), vec![2; 3_000], b"three".to_vec()];
        let bytes = written(&frames);
        for (after, expected) in frames.iter().rev().enumerate() {
            let FromEnd::Found(place, range) = from_end(&bytes, after as u64) else { panic!("{after}") };
            assert_eq!((place as usize, &bytes[range]), (2 - after, &expected[..]));
        }
        assert_eq!(from_end(&bytes, 3), FromEnd::Unknown);
        assert_eq!(from_end(&bytes[bytes.len() - 100..], 1), FromEnd::Needs(21 + 3_016));
        assert_eq!(from_end(&bytes[..bytes.len() - 1], 0), FromEnd::Unknown, "torn");
    }

    #[test]
    fn an_open_segment_of_version_1_is_read() {
        let mut bytes = OPEN_1.to_vec();
        [b"one".as_slice(), b"", b"three"].iter().for_each(|frame| push_bare(&mut bytes, frame));
        assert_eq!(state(&bytes, "here").expect("it is one"), State::Open(1));
        let found = open_frames(&bytes[..bytes.len() - 1], 1);
        assert_eq!((found.frames.len(), found.rest), (2, Rest::Torn(12)));
        assert_eq!(&bytes[found.frames[0].clone()], b"one");
    }

    #[test]
    fn no_damage_of_a_sealed_segment_is_taken_for_content() {
        let frames: Vec<_> = (0..40_u8).map(|n| vec![n; 10]).collect();
        let sealed = sealed(&frames);
        assert_eq!(read(&sealed).expect("we wrote it"), frames);
        for at in SEALED.len()..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 0x10;
            // Where a bit of the compression's own frame means nothing, all is as it was.
            assert!(read(&damaged).is_err() || read(&damaged).expect("it is read") == frames, "{at}");
        }
    }

    #[test]
    fn the_newest_frame_of_a_sealed_segment_is_a_block_of_its_own() {
        for count in [1, 2, 5, 9_000] {
            let frames: Vec<_> = (0..count).map(|n: usize| n.to_string().into_bytes()).collect();
            let ReadIndex::Whole(found) = index(&sealed(&frames), "here").expect("we wrote it") else { panic!() };
            assert_eq!(found.blocks.last().expect("there is one").frames, 1);
        }
    }

    #[test]
    fn a_newer_version_is_refused_with_the_way_out() {
        let error = state(b"tracesnap-segment 12 sealed\n", "here").expect_err("it is newer").to_string();
        assert!(error.contains("format 12") && error.contains("upgrade"), "{error}");
        assert!(state(b"tracesnap-segment x", "here").expect_err("it is none").to_string().contains("begin"));
    }

    proptest! {
        #[test]
        fn frames_come_back_from_a_sealed_segment(
            sizes in prop::collection::vec((0..60_000_usize, any::<u8>()), 0..12),
        ) {
            let frames: Vec<_> = sizes.into_iter().map(|(size, byte)| vec![byte; size]).collect();
            prop_assert_eq!(read(&sealed(&frames)).expect("we wrote it"), frames);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>(), count: u32, after in 0..4_u64) {
            let _ = (state(&bytes, "here"), index(&bytes, "here"), unpack(&bytes, count, "here"));
            let _ = (open_frames(&bytes, 1), open_frames(&bytes, 2), from_end(&bytes, after));
            let ended = [&bytes[..], &MAGIC].concat();
            let _ = index(&ended, "here");
        }
    }
}
