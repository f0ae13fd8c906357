//! A document that was read, and the views of its parts.
//!
//! Reading files is for [`crate::source`], finding what is wrong for [`crate::check`], finding an operation for a
//! request for [`crate::router`].

mod body;
mod load;
mod node;
mod operation;
mod parameter;
mod reference;
mod response;
mod schema;
mod security;
mod server;
mod version;

pub use body::{Example, MediaType, RequestBody};
pub use load::Reader;
pub use node::Node;
pub use operation::Operation;
pub use parameter::{Location, Parameter, Style};
pub use reference::Unresolved;
pub use response::{Header, Link, Response, Status};
pub use schema::{Schema, Types};
pub use security::{Requirement, SecurityKind, SecurityScheme};
pub use server::Server;
pub use version::Version;

pub(crate) use load::{File, Linked};
pub(crate) use operation::METHODS;

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::check;
use crate::error::Error;
use crate::fault::Fault;
use crate::limits::Limits;
use crate::router::{Route, Router};

/// An API document: what its files say, and what is wrong with them.
///
/// It never changes; share it in an [`Arc`](std::sync::Arc). Views borrow from it, are cheap, and read what they are
/// asked for only: a document with a thousand operations costs nothing for those nobody calls.
#[derive(Debug)]
pub struct Document {
    pub(crate) files: Vec<File>,
    /// The part of a reference before `#`, by the file it stands in.
    pub(crate) links: HashMap<(usize, String), Linked>,
    pub(crate) version: Version,
    pub(crate) limits: Limits,
    entries: Vec<Entry>,
    /// Schemas of Swagger 2.0 forms, which stand in no file; by operation.
    forms: HashMap<usize, Value>,
    faults: OnceLock<Vec<Fault>>,
    router: OnceLock<Router>,
}

/// Where an operation stands: below `paths`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// As in `GET`.
    pub(crate) method: String,
    /// The key of the method in the path item, as in `get`.
    pub(crate) key: String,
    /// Whether it stands among `additionalOperations`.
    pub(crate) additional: bool,
    pub(crate) path: String,
}

impl Document {
    /// Reads a document and the files it refers to, below its own folder only.
    ///
    /// # Errors
    /// The file cannot be read, is neither JSON nor YAML, hits one of the [`Limits`], or is data of another kind. All
    /// else is among the [`faults`](Self::faults).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Reader::new().open(path)
    }

    /// Reads a document from memory. `name` stands for it in faults. Other files are not followed.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn parse(name: &str, text: impl Into<Vec<u8>>) -> Result<Self, Error> {
        Reader::new().parse(name, text)
    }

    /// Which specification it follows.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The root of its first file.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node { document: self, file: 0, value: &self.files[0].source.value }
    }

    /// `info.title`.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.root().get("info")?.text("title")
    }

    /// `info.description`.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.root().get("info")?.text("description")
    }

    /// Its operations in the order of the document.
    pub fn operations(&self) -> impl ExactSizeIterator<Item = Operation<'_>> {
        (0..self.entries.len()).map(|index| Operation::new(self, index))
    }

    /// The operation of that place in [`operations`](Self::operations).
    #[must_use]
    pub fn operation(&self, index: usize) -> Option<Operation<'_>> {
        (index < self.entries.len()).then(|| Operation::new(self, index))
    }

    /// The operation of that `operationId`; the first one where several have it.
    #[must_use]
    pub fn operation_by_id(&self, id: &str) -> Option<Operation<'_>> {
        self.operations().find(|operation| operation.id() == Some(id))
    }

    /// Servers of the document as a whole; one of `/` where it names none.
    #[must_use]
    pub fn servers(&self) -> Vec<Server> {
        server::of_document(self)
    }

    /// The operation that answers a request, with and without a base path; the most specific template wins.
    ///
    /// `target` is a path with or without a query, as in `/v1/orders/7?full=1`. The table it asks is made on first use.
    #[must_use]
    pub fn route(&self, method: &str, target: &str) -> Route<'_> {
        self.router.get_or_init(|| Router::new(self)).route(self, method, target)
    }

    /// All that is wrong with it, by file and line. Found on first use.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        self.faults.get_or_init(|| check::faults(self))
    }

    /// The texts it was read from, its own file first, then those it refers to in the order they were named. Whoever has
    /// the same ones has the same document.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.files.iter().map(|file| file.source.text.as_str())
    }

    /// The security schemes it defines, by name.
    #[must_use]
    pub fn security_schemes(&self) -> Vec<SecurityScheme<'_>> {
        security::all(self)
    }

    /// The schema that it defines by that name.
    #[must_use]
    pub fn schema(&self, name: &str) -> Option<Schema<'_>> {
        let schemas = match self.version {
            Version::V2_0 => self.root().get("definitions"),
            _ => self.root().get("components").and_then(|components| components.get("schemas")),
        };
        schemas?.get(name).map(Schema::new)
    }

    /// The schemas it defines by name: `components.schemas`, or `definitions`.
    #[must_use]
    pub fn schemas(&self) -> Vec<(&str, Schema<'_>)> {
        let schemas = match self.version {
            Version::V2_0 => self.root().get("definitions"),
            _ => self.root().get("components").and_then(|components| components.get("schemas")),
        };
        schemas.into_iter().flat_map(Node::entries).map(|(name, node)| (name, Schema::new(node))).collect()
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn form(&self, operation: usize) -> Option<&Value> {
        self.forms.get(&operation)
    }
}
