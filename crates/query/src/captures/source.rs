//! Where captures are read: a folder, a file of documents, a backend of the store.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracesnap_capture::{Criteria, Document, MessagePack, Serializer, read_documents};
use tracesnap_redact::Policy;
use tracesnap_store::{Backend, Key, Metadata, Store, StoreBuilder};

use super::columns::{FIELDS, FUNCTION, Row, TIMESTAMP};
use crate::Error;
use crate::column::{Field, micros};
use crate::recordings::{Part, Skip, Skipped, Source};
use crate::redaction::Redaction;
use crate::wanted::Wanted;

/// Captures as rows of the table `captures`.
///
/// Those of a store are given function by function, A to Z, and of each the latest first. Encrypted ones are read with
/// the key of the environment, `TRACESNAP_STORE_KEY`.
#[derive(Clone, Debug)]
pub struct Captures {
    place: Place,
    redaction: Redaction,
    /// Whole names; `None` for all.
    functions: Option<BTreeSet<String>>,
    criteria: Criteria,
}

#[derive(Clone, Debug)]
enum Place {
    Store(Store),
    /// Documents, one a line, or whatever else [`read_documents`] reads.
    File(PathBuf),
}

impl Captures {
    /// The captures of a folder, or those in a file: one document, a list of them, or one a line, as `captures export`
    /// writes and other programs do.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if there is nothing that can be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |source| Error::place(path.display(), source);
        let found = std::fs::metadata(path).map_err(|error| failed(error.into()))?;
        if found.is_file() {
            return Ok(Self::of(Place::File(path.to_owned())));
        }
        let store = builder()?.open(path).map_err(|error| failed(error.into()))?;
        Ok(Self::of(Place::Store(store)))
    }

    /// Captures whose bytes lie elsewhere.
    ///
    /// # Errors
    ///
    /// If the key of the environment is none.
    pub fn on(backend: Arc<dyn Backend>) -> Result<Self, Error> {
        Ok(Self::of(Place::Store(builder()?.on(backend))))
    }

    /// Captures below a URL: `s3://bucket/captures`, `file:///…`. Keys come from the environment, as `AWS_ACCESS_KEY_ID`.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if this build does not reach it.
    #[cfg(feature = "object-store")]
    #[cfg_attr(docsrs, doc(cfg(feature = "object-store")))]
    pub fn at_url(url: &str) -> Result<Self, Error> {
        let backend = crate::far::open(url)?.backend("").map_err(|error| Error::place(url, error.into()))?;
        Self::on(Arc::new(backend))
    }

    fn of(place: Place) -> Self {
        Self { place, redaction: Redaction::default(), functions: None, criteria: Criteria::new() }
    }

    /// Only captures of the functions with these whole names. Default: of all.
    #[must_use]
    pub fn functions(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.functions = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Only captures for which this holds. Default: all.
    #[must_use]
    pub fn matching(mut self, criteria: Criteria) -> Self {
        self.criteria = criteria;
        self
    }

    /// By what captures are redacted that were recorded under another policy, or none. Default:
    /// [`Policy::for_captures`].
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.redaction = Redaction::new(policy);
        self
    }

    /// The row of a document, if it is meant.
    fn row(&self, document: Document, function: Option<&str>, key: Option<String>, bytes: u64) -> Option<Row> {
        let policy = self.redaction.after(&document.metadata.policy);
        let function = function.unwrap_or_else(|| document.function()).to_owned();
        let is_meant = self.is_named(&function) && (self.criteria.is_empty() || self.criteria.holds(&document));
        is_meant.then_some(Row { function, key, bytes, document, policy })
    }

    fn is_named(&self, function: &str) -> bool {
        self.functions.as_ref().is_none_or(|names| names.contains(function))
    }

    fn rows_of_store(
        &self,
        store: &Store,
        function: &str,
        wanted: &Wanted,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
        skip: &mut Skip<'_>,
    ) -> ControlFlow<()> {
        // A document's time is that of its call, where the call has one: what is out of range need not be read.
        let may_be = |metadata: &Metadata| wanted.may_be_time(TIMESTAMP, micros(metadata.time()));
        for found in store.find(function, may_be) {
            let read = found.map_err(tracesnap_capture::Error::from).and_then(|found| {
                let (key, bytes) = (found.id().to_string(), found.metadata().bytes());
                Ok(self.row(document_of(&found)?, Some(function), Some(key), bytes))
            });
            match read {
                Ok(row) => row.map_or(ControlFlow::Continue(()), &mut *each)?,
                Err(error) => skip(Skipped::of(&error)),
            }
        }
        ControlFlow::Continue(())
    }

    fn rows_of_file(
        &self,
        path: &Path,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
        skip: &mut Skip<'_>,
    ) -> ControlFlow<()> {
        let unread = |skip: &mut Skip<'_>, error: &dyn std::fmt::Display| {
            skip(Skipped { why: format!("cannot read `{}`: {error}", path.display()) });
        };
        let mut lines = match File::open(path) {
            Ok(file) => BufReader::with_capacity(1 << 16, file),
            Err(error) => {
                unread(skip, &error);
                return ControlFlow::Continue(());
            }
        };
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            match lines.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    unread(skip, &error);
                    break;
                }
            }
            let json = line.trim_ascii();
            if json.is_empty() {
                continue;
            }
            match Document::from_json(json, &format!("{}:{number}", path.display())) {
                Ok(document) => {
                    let row = self.row(document, None, None, json.len() as u64);
                    row.map_or(ControlFlow::Continue(()), &mut *each)?;
                }
                // The first line says whether there is a document on each.
                Err(_) if number == 1 => return self.rows_of_whole(path, each, skip),
                Err(error) => skip(Skipped::of(&error)),
            }
        }
        ControlFlow::Continue(())
    }

    /// A file that is one document, or a list of them.
    fn rows_of_whole(
        &self,
        path: &Path,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
        skip: &mut Skip<'_>,
    ) -> ControlFlow<()> {
        match read_documents(path) {
            Ok(documents) => documents.into_iter().try_for_each(|document| {
                let bytes = document.to_json().len() as u64;
                self.row(document, None, None, bytes).map_or(ControlFlow::Continue(()), &mut *each)
            }),
            Err(error) => {
                skip(Skipped::of(&error));
                ControlFlow::Continue(())
            }
        }
    }
}

impl Source for Captures {
    type Row = Row;
    const NAME: &'static str = "captures";
    const FIELDS: &'static [Field<Row>] = FIELDS;

    fn parts(&self, wanted: &Wanted) -> Result<Vec<Part>, Error> {
        let names = match &self.place {
            Place::Store(store) => store.names().map_err(|error| Error::place("the captures", error.into()))?,
            Place::File(path) => return Ok(vec![Part(path.display().to_string())]),
        };
        let is_meant = |name: &String| self.is_named(name) && wanted.may_be_text(FUNCTION, name);
        Ok(names.into_iter().filter(is_meant).map(Part).collect())
    }

    fn rows(
        &self,
        part: &Part,
        wanted: &Wanted,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
        skip: &mut Skip<'_>,
    ) -> ControlFlow<()> {
        match &self.place {
            Place::Store(store) => self.rows_of_store(store, &part.0, wanted, each, skip),
            Place::File(path) => self.rows_of_file(path, each, skip),
        }
    }
}

/// A store with the key of the environment, if there is one.
fn builder() -> Result<StoreBuilder, Error> {
    let builder = Store::builder();
    match std::env::var_os(Key::VARIABLE) {
        None => Ok(builder),
        Some(_) => {
            let key = Key::from_env(Key::VARIABLE).map_err(|error| Error::place(Key::VARIABLE, error.into()))?;
            Ok(builder.key(key))
        }
    }
}

/// A stored document, in either form that is read without a program's own serializer.
fn document_of(found: &tracesnap_store::Document) -> Result<Document, tracesnap_capture::Error> {
    let wrong = |why: String| tracesnap_capture::Error::Document { origin: found.origin().into(), why };
    match found.metadata().content_type() {
        "application/json" => Document::from_json(found.body(), found.origin()),
        form if form == MessagePack.content_type() => {
            let json = MessagePack
                .load(found.body())
                .map_err(|error| wrong(format!("its MessagePack cannot be read: {error}")))?;
            Document::from_json(&json, found.origin())
        }
        form => Err(wrong(format!("it is stored as `{form}`; read it with the serializer that wrote it"))),
    }
}
