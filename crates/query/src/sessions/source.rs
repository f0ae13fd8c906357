//! Where sessions are read: a folder, a file, an object store.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracesnap_record::file::{read_each, recordings_in};
use tracesnap_record::{Interaction, SessionHead};
use tracesnap_redact::Policy;

use super::columns::{FIELDS, Facts, Row};
use crate::Error;
use crate::column::Field;
use crate::recordings::{Part, Skip, Skipped, Source};
use crate::redaction::Redaction;
use crate::wanted::Wanted;

#[cfg(feature = "object-store")]
use super::objects;

/// Interactions of sessions as rows of the table `interactions`.
///
/// Files are taken A to Z, interactions in the order in which they stand there. Of a folder they are those named
/// `*.session.json`, `*.session.journal`, and `capture*.json` of other tools. One file of up to 256 MiB is in memory at a
/// time, and of a larger one an interaction.
#[derive(Clone, Debug)]
pub struct Sessions {
    place: Place,
    redaction: Redaction,
}

#[derive(Clone, Debug)]
enum Place {
    Folder(PathBuf),
    File(PathBuf),
    #[cfg(feature = "object-store")]
    Objects(tracesnap_store::ObjectFolder),
}

impl Sessions {
    /// The sessions of a folder, or that in a file.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if it is neither.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let found = std::fs::metadata(path).map_err(|error| Error::place(path.display(), error.into()))?;
        Ok(Self::of(if found.is_dir() { Place::Folder(path.to_owned()) } else { Place::File(path.to_owned()) }))
    }

    /// The session files below a prefix of an object store; not those in folders below. One of them is in memory at a
    /// time.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if no thread can be started.
    #[cfg(feature = "object-store")]
    #[cfg_attr(docsrs, doc(cfg(feature = "object-store")))]
    pub fn on(store: Arc<dyn object_store::ObjectStore>, prefix: &str) -> Result<Self, Error> {
        let folder = tracesnap_store::ObjectFolder::on(store, prefix);
        Ok(Self::of(Place::Objects(folder.map_err(|error| Error::place(prefix, error.into()))?)))
    }

    /// Session files below a URL: `s3://bucket/sessions`, `file:///…`. Keys come from the environment, as
    /// `AWS_ACCESS_KEY_ID`.
    ///
    /// # Errors
    ///
    /// [`Error::Place`] if this build does not reach it.
    #[cfg(feature = "object-store")]
    #[cfg_attr(docsrs, doc(cfg(feature = "object-store")))]
    pub fn at_url(url: &str) -> Result<Self, Error> {
        Ok(Self::of(Place::Objects(crate::far::open(url)?)))
    }

    fn of(place: Place) -> Self {
        Self { place, redaction: Redaction::default() }
    }

    /// By what sessions are redacted that were recorded under another policy, or none. Default: [`Policy::for_captures`].
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.redaction = Redaction::new(policy);
        self
    }

    fn facts(&self, head: SessionHead, file: &str) -> Arc<Facts> {
        let recorded = head.recorded.as_ref().map_or("", |recorded| recorded.policy.as_str());
        let policy = self.redaction.after(recorded);
        Arc::new(Facts::new(head, file.to_owned(), policy))
    }

    fn rows_of_file(
        &self,
        path: &Path,
        origin: &str,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, tracesnap_record::Error> {
        // What a session says of itself is given when its interactions have been, and mostly stands before them.
        let mut head = read_each(path, |_| ControlFlow::Break(()))?;
        if head.session_id.is_empty() {
            head = read_each(path, |_| ControlFlow::Continue(()))?;
        }
        let facts = self.facts(head, origin);
        let mut flow = ControlFlow::Continue(());
        read_each(path, |interaction: Interaction| {
            flow = each(Row::new(&facts, interaction));
            flow
        })?;
        Ok(flow)
    }
}

impl Source for Sessions {
    type Row = Row;
    const NAME: &'static str = "interactions";
    const FIELDS: &'static [Field<Row>] = FIELDS;

    fn parts(&self, _: &Wanted) -> Result<Vec<Part>, Error> {
        match &self.place {
            Place::File(path) => Ok(vec![Part(path.display().to_string())]),
            Place::Folder(dir) => sessions_in(dir),
            #[cfg(feature = "object-store")]
            Place::Objects(folder) => objects::sessions(folder),
        }
    }

    fn rows(
        &self,
        part: &Part,
        _: &Wanted,
        each: &mut dyn FnMut(Row) -> ControlFlow<()>,
        skip: &mut Skip<'_>,
    ) -> ControlFlow<()> {
        let read = match &self.place {
            Place::File(path) => self.rows_of_file(path, &part.0, each).map_err(|error| Skipped::of(&error)),
            Place::Folder(dir) => {
                self.rows_of_file(&dir.join(&part.0), &part.0, each).map_err(|error| Skipped::of(&error))
            }
            #[cfg(feature = "object-store")]
            Place::Objects(folder) => {
                let origin = objects::origin(folder, part);
                objects::read(folder, part, |path| self.rows_of_file(path, &origin, each))
            }
        };
        match read {
            Ok(flow) => flow,
            Err(skipped) => {
                skip(skipped);
                ControlFlow::Continue(())
            }
        }
    }
}

fn sessions_in(dir: &Path) -> Result<Vec<Part>, Error> {
    let files = recordings_in(dir).map_err(|error| Error::place(dir.display(), error.into()))?;
    // Names that are no text are nobody's.
    Ok(files.into_iter().filter_map(|path| Some(Part(path.file_name()?.to_str()?.to_owned()))).collect())
}
