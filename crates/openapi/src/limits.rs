//! How much a document may ask for before it is refused.
//!
//! Every bound that reading, following references or merging schemas keeps to is named here, and nowhere else.

/// Bounds on what is read. Exceeding one is an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one file. Default: [`Limits::MAX_BYTES`].
    pub max_bytes: usize,
    /// Values of one file, those an alias repeats included. Default: [`Limits::MAX_NODES`].
    pub max_nodes: usize,
    /// Bytes of text in the values of one file, those an alias repeats included. Default: [`Limits::MAX_TEXT`].
    pub max_text: usize,
    /// Files of one document. Default: [`Limits::MAX_FILES`].
    pub max_files: usize,
    /// Faults that are kept; the rest is counted. Default: [`Limits::MAX_FAULTS`].
    pub max_faults: usize,
}

impl Limits {
    /// 64 MiB: fifty times the largest documents that are published in one file.
    pub const MAX_BYTES: usize = 64 << 20;
    /// Two million values: some 200 MB of memory.
    pub const MAX_NODES: usize = 2_000_000;
    /// 128 MiB of text.
    pub const MAX_TEXT: usize = 128 << 20;
    /// 512 files.
    pub const MAX_FILES: usize = 512;
    /// 1,000 faults.
    pub const MAX_FAULTS: usize = 1_000;
    /// Objects and arrays within each other; not to be changed, since dropping a value recurses.
    pub const MAX_DEPTH: usize = 120;
    /// References that lead to references before something else must stand there.
    pub const MAX_HOPS: usize = 32;
    /// Schemas that are visited to find the properties of one, through `allOf`, `oneOf`, `anyOf` and references.
    pub const MAX_MERGED: usize = 512;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: Self::MAX_BYTES,
            max_nodes: Self::MAX_NODES,
            max_text: Self::MAX_TEXT,
            max_files: Self::MAX_FILES,
            max_faults: Self::MAX_FAULTS,
        }
    }
}
