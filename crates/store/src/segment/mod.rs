//! Many documents in one file, for rates at which a file each would be too slow.
//!
//! Where the files lie and which numbers they have is the business of the store; what is in a document is that of its
//! writer.

mod format;
mod read;
mod recover;
mod rewrite;
mod write;

pub use format::MAX_FRAME_BYTES;
pub use read::SegmentReader;
pub(crate) use read::{Frame, Frames, documents_in, frames, name_in, read_document};
pub(crate) use recover::recover;
pub(crate) use rewrite::rewrite;
pub use write::{SegmentOptions, SegmentStats, SegmentWriter};
