//! A segment as bytes: frames one after the other while it is written, compressed blocks and an index when it is sealed.
//!
//! ```text
//! open                                        sealed
//! «tracesnap-segment 1 open\n»                «tracesnap-segment 1 sealed\n»
//! frame frame frame …                         block block …       zstd, each of about 32 KiB of frames
//!                                             index               one entry a block: offset, bytes, frames
//! frame: length u32, CRC-32 u32, bytes        trailer: frames u64, index bytes u32, CRC-32 of both u32, magic
//! ```
//!
//! Numbers are little-endian. A block is decompressed alone, so that one frame costs no more than one block.

use crate::Error;

pub(super) const OPEN: &[u8] = b"tracesnap-segment 1 open\n";
pub(super) const SEALED: &[u8] = b"tracesnap-segment 1 sealed\n";

/// How both of them and those of later versions begin.
const ANY: &[u8] = b"tracesnap-segment ";

/// Last bytes of a sealed segment.
const MAGIC: [u8; 8] = *b"tsnpseal";

/// Length and checksum before a frame.
pub(super) const FRAME_HEAD: usize = 8;

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

/// Puts a frame behind others.
pub(super) fn push_frame(buffer: &mut Vec<u8>, frame: &[u8]) {
    // The writer refuses longer ones.
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&crc32fast::hash(frame).to_le_bytes());
    buffer.extend_from_slice(frame);
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// Where the whole frames of these bytes are; the rest is torn.
pub(super) fn frames_in(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some(frame) = frame_at(bytes, at) {
        at = frame.end;
        frames.push(frame);
    }
    frames
}

fn frame_at(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let length = u32_at(bytes, at)? as usize;
    let sum = u32_at(bytes, at + 4)?;
    let start = at + FRAME_HEAD;
    let frame = start..start.checked_add(length)?;
    (length <= MAX_FRAME_BYTES && crc32fast::hash(bytes.get(frame.clone())?) == sum).then_some(frame)
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

/// The sealed form of frames, as they lie one behind the other.
pub(super) fn seal(frames: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut sealed = SEALED.to_vec();
    let mut index = Vec::new();
    let mut total = 0_u64;
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    let whole = frames_in(frames);
    let mut rest = &whole[..];
    let mut begin = 0;
    while !rest.is_empty() {
        let count = rest.iter().take_while(|frame| frame.end - begin <= BLOCK).count().max(1);
        let end = rest[count - 1].end;
        let block = compressor.compress(&frames[begin..end])?;
        index.extend_from_slice(&(sealed.len() as u64).to_le_bytes());
        index.extend_from_slice(&(block.len() as u32).to_le_bytes());
        index.extend_from_slice(&(count as u32).to_le_bytes());
        sealed.extend_from_slice(&block);
        total += count as u64;
        begin = end;
        rest = &rest[count..];
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
    let frames = frames_in(&raw);
    if frames.len() != expected as usize || frames.last().map_or(0, |frame| frame.end) != raw.len() {
        return Err(damaged(format!("{} whole frames where {expected} were written", frames.len())));
    }
    Ok(frames.into_iter().map(|frame| raw[frame].to_vec()).collect())
}

/// What a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Sealed,
}

/// Tells from the first bytes.
pub(super) fn state(start: &[u8], origin: &str) -> Result<State, Error> {
    if start.starts_with(OPEN) {
        return Ok(State::Open);
    }
    if start.starts_with(SEALED) {
        return Ok(State::Sealed);
    }
    let version = start.strip_prefix(ANY).and_then(|rest| {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
    });
    match version {
        Some(found) if found > 1 => {
            Err(Error::FormatTooNew { origin: origin.to_owned(), what: "segment".to_owned(), found, supported: 1 })
        }
        _ => Err(Error::corrupt(origin, "it does not begin as a segment does".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        frames.iter().for_each(|frame| push_frame(&mut bytes, frame));
        bytes
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
        let frames = vec![b"one".to_vec(), Vec::new(), b"three".to_vec()];
        let bytes = written(&frames);
        let ends: Vec<_> = frames_in(&bytes).iter().map(|frame| frame.end).collect();
        for at in 0..=bytes.len() {
            let whole = frames_in(&bytes[..at]);
            assert_eq!(whole.len(), ends.iter().filter(|end| **end <= at).count(), "torn at {at}");
        }
    }

    #[test]
    fn no_damage_of_a_sealed_segment_is_taken_for_content() {
        let frames: Vec<_> = (0..40_u8).map(|n| vec![n; 10]).collect();
        let sealed = seal(&written(&frames)).expect("it is compressed");
        assert_eq!(read(&sealed).expect("we wrote it"), frames);
        for at in SEALED.len()..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 0x10;
            // Where a bit of the compression's own frame means nothing, all is as it was.
            assert!(read(&damaged).is_err() || read(&damaged).expect("it is read") == frames, "{at}");
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
            let sealed = seal(&written(&frames)).expect("it is compressed");
            prop_assert_eq!(read(&sealed).expect("we wrote it"), frames);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>(), count: u32) {
            let _ = (state(&bytes, "here"), index(&bytes, "here"), unpack(&bytes, count, "here"), frames_in(&bytes));
            let ended = [&bytes[..], &MAGIC].concat();
            let _ = index(&ended, "here");
        }
    }
}
