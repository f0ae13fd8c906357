//! Where the bytes of a store lie: what one's own store has to do.
//!
//! What the bytes are, who may read them and how long they stay is the business of [`Store`](crate::Store).

use std::fmt::Debug;
use std::ops::Range;
use std::time::SystemTime;

use crate::Error;

/// A part of a store; names of different parts have nothing to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Space {
    /// Numbered documents.
    Documents,
    /// Numbered documents that wait for a review.
    Pending,
    /// One document a name, which a review accepted.
    Accepted,
    /// Bytes under the hash of their content.
    Blobs,
}

impl Space {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Documents, Self::Pending, Self::Accepted, Self::Blobs];

    /// Its name where it needs one: `documents`, `pending`, `accepted`, `blobs`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Blobs => "blobs",
        }
    }
}

/// A name in a [`Space`]: where numbered items stand in line, or one object lies.
///
/// The name is any text; a backend whose own names are less free finds a file name in [`file_name`](Self::file_name).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot<'a> {
    /// The part of the store.
    pub space: Space,
    /// Any text.
    pub name: &'a str,
}

impl<'a> Slot<'a> {
    /// A name in a space.
    #[must_use]
    pub fn new(space: Space, name: &'a str) -> Self {
        Self { space, name }
    }

    /// A file name that no other name of the space has: lower-case letters, digits and `_-.+%~`, up to 120 bytes.
    #[must_use]
    pub fn file_name(self) -> String {
        crate::name::encode(self.name).0
    }
}

/// What a numbered item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Item {
    /// One document.
    Document,
    /// Many documents.
    Segment,
}

impl Item {
    /// How the names of its files end: `document`, `segment`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Segment => "segment",
        }
    }
}

/// An item in its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Numbered {
    /// From 1; a newer one has a greater number.
    pub number: u64,
    /// What it is.
    pub item: Item,
}

/// In which direction, from where, a line is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// From the newest below this number, or from the newest.
    NewestFirst(Option<u64>),
    /// From the oldest above this number, or from the oldest.
    OldestFirst(Option<u64>),
}

/// How large an item is, and when it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its bytes.
    pub bytes: u64,
    /// When it was last written.
    pub modified: SystemTime,
}

/// Which bytes of an item or object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Every one.
    All,
    /// At most so many from the beginning.
    Start(u64),
    /// At most so many from the end.
    End(u64),
    /// These; fewer where it ends before.
    Range(Range<u64>),
}

impl Part {
    /// The bytes of this part, of something that has `length`.
    #[must_use]
    pub fn of(&self, length: u64) -> Range<u64> {
        match self {
            Self::All => 0..length,
            Self::Start(most) => 0..length.min(*most),
            Self::End(most) => length.saturating_sub(*most)..length,
            Self::Range(range) => range.start.min(length)..range.end.clamp(range.start.min(length), length),
        }
    }
}

/// Where the bytes of a store lie: files of a directory, an object store, a database.
///
/// Two shapes are asked for. A **line** holds numbered items in the order they were appended; an **object** is one value
/// under a name. Several processes use a backend at once, and any of them may be killed at any time:
///
/// - What is appended, created or replaced is there whole or not at all.
/// - Numbers rise, and none is given twice.
/// - What [`latest`](Self::latest) names was there when it was asked.
///
/// Errors come from [`Error::backend`].
pub trait Backend: Debug + Send + Sync {
    /// Puts an item at the end of a line and gives its number.
    ///
    /// # Errors
    ///
    /// If it could not be written; nothing was then.
    fn append(&self, line: Slot<'_>, item: Item, bytes: &[u8]) -> Result<u64, Error>;

    /// The item with the greatest number.
    ///
    /// # Errors
    ///
    /// If the line cannot be read; one without items is none.
    fn latest(&self, line: Slot<'_>) -> Result<Option<Numbered>, Error>;

    /// Some of the items of a line in the order of `walk`: about `about` of them, none only if there are no more.
    ///
    /// # Errors
    ///
    /// If the line cannot be read.
    fn page(&self, line: Slot<'_>, walk: Walk, about: usize) -> Result<Vec<Numbered>, Error>;

    /// Bytes of an item, `None` if there is no such item.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn read(&self, line: Slot<'_>, item: Numbered, part: Part) -> Result<Option<Vec<u8>>, Error>;

    /// Size and time of an item, `None` if there is no such item.
    ///
    /// # Errors
    ///
    /// If it cannot be asked.
    fn stat(&self, line: Slot<'_>, item: Numbered) -> Result<Option<Stat>, Error>;

    /// Removes an item; whether there was one.
    ///
    /// # Errors
    ///
    /// If it is there and stays.
    fn remove(&self, line: Slot<'_>, item: Numbered) -> Result<bool, Error>;

    /// Puts other bytes in the place of an item, in one step: a reader finds those before or these. Whether there was
    /// such an item; where there is none, none is made.
    ///
    /// # Errors
    ///
    /// If it could not be written; what was there is still there then.
    fn overwrite(&self, line: Slot<'_>, item: Numbered, bytes: &[u8]) -> Result<bool, Error>;

    /// All of an object, `None` if there is none.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn load(&self, object: Slot<'_>) -> Result<Option<Vec<u8>>, Error>;

    /// Puts `new` in the place of `expected`, if that is what is there; `None` stands for nothing. Whether it did.
    ///
    /// # Errors
    ///
    /// If it could not be written; what was there is still there then.
    fn replace(&self, object: Slot<'_>, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool, Error>;

    /// Size and time of an object, `None` if there is none.
    ///
    /// # Errors
    ///
    /// If it cannot be asked.
    fn stat_object(&self, object: Slot<'_>) -> Result<Option<Stat>, Error>;

    /// All names of a space that have items or are objects, in order.
    ///
    /// # Errors
    ///
    /// If they cannot be listed.
    fn names(&self, space: Space) -> Result<Vec<String>, Error>;

    /// The file or whatever else an item is, for messages.
    fn item_origin(&self, line: Slot<'_>, item: Numbered) -> String {
        format!("{}/{}/{}.{}", line.space.as_str(), line.name, item.number, item.item.as_str())
    }

    /// The file or whatever else an object is, for messages.
    fn object_origin(&self, object: Slot<'_>) -> String {
        format!("{}/{}", object.space.as_str(), object.name)
    }
}
