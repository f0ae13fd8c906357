//! The file that a recording leaves while it runs: blocks that are whole by themselves, one behind the other.
//!
//! [`TracerBuilder::stream_to`](crate::TracerBuilder::stream_to) has one written, [`Trace::load`](crate::Trace::load)
//! makes a trace of it. What rows mean is the tracer's affair; here is how they stand in the file.
//!
//! # The format, version 1
//!
//! The file begins with the 16 bytes `tracesnap-stream` and the version, a `u32`. Blocks follow to its end. A block is the
//! length of its content, a `u32` of at most [`MAX_BLOCK`]; the CRC-32 of its content (that of gzip), a `u32`; and the
//! content, which is records. These numbers are little-endian; those in records are LEB128, signed ones zigzag.
//!
//! | record | tag | holds |
//! |---|---:|---|
//! | about | 1 | JSON: when it began, whether times were taken, what recording costs, the depth limit |
//! | thread | 2 | number of the ring, and JSON: key and name of its thread |
//! | callsite | 3 | number, and JSON: as in the [document](super#the-format-version-1), and what it is |
//! | in | 4 | number of the ring that the rows after it are of, up to the next one or the end of the block |
//! | row | 5 | see below |
//! | counts | 6 | JSON: [`TraceStats`](crate::tree::TraceStats) up to here, where the rows before it are whole |
//! | end | 7 | nothing: the recording was finished, and nothing follows |
//!
//! A row: its number in the ring; its kind (1 span, 2 later stay of one, 3 event, 4 fields recorded late, 5 follows from,
//! 6 a row once more); a byte of bits that say what follows; the number of the callsite, 0 where it has none; what it
//! speaks of (its caller, or the span it is about), as ring and number, ring 0 for nothing; then, as far as the bits say,
//! `1` the start and `2` the end, in nanoseconds since the recording began; `4` the span it follows from, or the row that
//! is completed here, as ring and number; `8` four numbers of memory; `16` fields: their number, and of each its number in
//! the callsite, its type with `128` for one that was cut, and the value. `32`: it was left by a panic. `64`: calls in it
//! were lost.
//!
//! A row may stand in the file more than once, as it was then: the last one counts, and fields that were said stay said.
//!
//! # A file without an end
//!
//! Each «counts» makes whole what stands before it: the recording as it was at one moment, on all threads alike. Whatever
//! had begun by then is there with its callers and its arguments, and what is over has all in it that it did. Rows after
//! the last «counts» would be of a later moment, of which others are missing; a reader leaves them out. So every beginning
//! of a file is a trace, and a longer one shows a later moment.

mod read;
mod record;
mod write;

pub(crate) use read::{Content, is_stream, load, read_bytes};
pub(crate) use record::{About, CallRef, FieldBuffer, Row, RowKind, Site};
pub(crate) use write::Writer;

/// The version that is written.
pub const STREAM_VERSION: u32 = 1;

/// Bytes that the content of a block has at the most.
pub const MAX_BLOCK: usize = 1 << 20;

pub(crate) const MAGIC: &[u8; 16] = b"tracesnap-stream";
