//! What a document says of a response, read once, as answering needs it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, HeaderValue};
use tracesnap_openapi::{MediaType, Response, Schema};

/// A response of an operation.
#[derive(Debug)]
pub(crate) struct Reply<'d> {
    pub(crate) response: Response<'d>,
    /// Its bodies, in the order of the document.
    pub(crate) content: Vec<Media<'d>>,
    /// The headers that the document says it has: the same in every answer.
    pub(crate) headers: OnceLock<HeaderMap>,
}

impl<'d> Reply<'d> {
    pub(crate) fn new(response: Response<'d>) -> Self {
        let content = response.content().iter().cloned().map(Media::new).collect();
        Self { response, content, headers: OnceLock::new() }
    }
}

/// A body that a response may have.
#[derive(Debug)]
pub(crate) struct Media<'d> {
    pub(crate) kind: MediaType<'d>,
    /// Its name without parameters, small letters.
    pub(crate) essence: String,
    pub(crate) is_json: bool,
    pub(crate) schema: Option<Schema<'d>>,
    pub(crate) is_file: bool,
    /// The header of a body that is written as JSON; `None` where it is written otherwise, or the name is a range.
    pub(crate) plain: Option<HeaderValue>,
    /// Bytes of the largest body so far, for whom room is made.
    largest: AtomicUsize,
}

/// Room that is made beforehand at most.
const MAX_ROOM: usize = 64 << 10;

impl<'d> Media<'d> {
    fn new(kind: MediaType<'d>) -> Self {
        let essence = kind.essence();
        let is_json = kind.is_json();
        let plain = is_json && !essence.contains('*') && !kind.name().contains('*');
        let schema = kind.schema();
        Self {
            plain: if plain { super::header_value(kind.name()) } else { None },
            is_json,
            is_file: schema.is_some_and(Schema::is_file),
            schema,
            essence,
            kind,
            largest: AtomicUsize::new(256),
        }
    }

    /// A buffer with room for a body as they were so far.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        Vec::with_capacity(self.largest.load(Ordering::Relaxed).min(MAX_ROOM))
    }

    /// Remembers how large a body was.
    pub(crate) fn grew(&self, length: usize) {
        // Read first: what is only read is shared by all threads at no cost.
        if length > self.largest.load(Ordering::Relaxed) {
            self.largest.store(length, Ordering::Relaxed);
        }
    }
}
