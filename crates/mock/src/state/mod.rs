//! Remembers what was created, changed and deleted, where a document describes a store.
//!
//! No document says «this is a store», so it is inferred: a path and the path of one item below it, a schema that has an
//! identity, methods that list, read, create, change and remove. Where any of that is in doubt the operation is none of
//! a store, and is answered by its schema alone.
//!
//! A collection begins with items that depend on the seed only, and a session keeps what differs from them: what was
//! made or changed, and what was deleted. Reading costs no memory, whatever ids are asked for; a session is forgotten by
//! forgetting the difference. Related resources agree: what refers to a customer names one that the list of customers
//! has.
//!
//! # Bounds
//!
//! [`MAX_SESSIONS`] sessions, the one used longest ago goes first; [`MAX_ITEMS`] items that a session made or changed in
//! one collection, the oldest goes first; [`MAX_COLLECTIONS`] collections and [`MAX_UPLOADED`] bytes of files in a
//! session.

mod act;
mod catalog;
mod envelope;
mod names;
mod overview;
mod paging;
mod resource;
mod select;
mod session;
mod tell;
mod token;
mod touched;

pub use overview::{ChangedCollection, ChangedItem, SessionOverview, UploadedFile};
pub use session::{MAX_COLLECTIONS, MAX_ITEMS, MAX_SESSIONS, MAX_UPLOADED};

pub(crate) use act::{Asking, Done, Outcome, Target, about_file};
pub(crate) use catalog::Catalog;
#[cfg(feature = "graphql")]
pub(crate) use names::{id_field, key as name_key};
#[cfg(feature = "graphql")]
pub(crate) use paging::{Paging, Use};
pub(crate) use resource::Resources;
#[cfg(feature = "graphql")]
pub(crate) use select::Selection;
#[cfg(feature = "graphql")]
pub(crate) use session::Session;
pub(crate) use session::{Sessions, lock};
pub(crate) use tell::tell;
pub(crate) use token::mark;
