//! How much of one value is written.
//!
//! Who keeps to it is [`Redacting`](crate::Redacting) and the filters.

/// Bounds of one value that is written: what lies beyond them is left out, says so, and is counted.
///
/// What is too large is never held as a whole: it is left out while it is serialised.
///
/// ```
/// use tracesnap_redact::Limits;
///
/// let limits = Limits::default().with_bytes(1024).with_depth(8);
/// assert_eq!(limits.bytes, 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of text, numbers and names of the whole value, punctuation left out. Default:
    /// [`DEFAULT_BYTES`](Self::DEFAULT_BYTES).
    pub bytes: usize,
    /// Bytes of one string or byte string. Default: [`DEFAULT_STRING`](Self::DEFAULT_STRING).
    pub string: usize,
    /// Elements of one list, entries of one map. Default: [`DEFAULT_LENGTH`](Self::DEFAULT_LENGTH).
    pub length: usize,
    /// Lists, maps, structs in each other. Default: [`DEFAULT_DEPTH`](Self::DEFAULT_DEPTH).
    pub depth: usize,
}

impl Limits {
    /// 1 MiB.
    pub const DEFAULT_BYTES: usize = 1 << 20;
    /// 64 KiB.
    pub const DEFAULT_STRING: usize = 1 << 16;
    /// 10,000.
    pub const DEFAULT_LENGTH: usize = 10_000;
    /// 64: less than what readers of JSON refuse.
    pub const DEFAULT_DEPTH: usize = 64;

    /// No bounds; a value that is too deep for the stack is the caller's.
    #[must_use]
    pub const fn none() -> Self {
        Self { bytes: usize::MAX, string: usize::MAX, length: usize::MAX, depth: usize::MAX }
    }

    /// With this bound on the whole value, in bytes.
    #[must_use]
    pub const fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// With this bound on one string, in bytes.
    #[must_use]
    pub const fn with_string(mut self, bytes: usize) -> Self {
        self.string = bytes;
        self
    }

    /// With this bound on the elements of one list or map.
    #[must_use]
    pub const fn with_length(mut self, length: usize) -> Self {
        self.length = length;
        self
    }

    /// With this bound on lists, maps and structs in each other.
    #[must_use]
    pub const fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: Self::DEFAULT_BYTES,
            string: Self::DEFAULT_STRING,
            length: Self::DEFAULT_LENGTH,
            depth: Self::DEFAULT_DEPTH,
        }
    }
}
