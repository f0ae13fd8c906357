//! What a session did, told to people.

use serde::Serialize;
use serde_json::Value;

use super::resource::Resources;
use super::session::{Collection, Sessions, lock};

/// What a session made, changed and deleted: all in which it differs from how everything began.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SessionOverview {
    /// Its name; empty for that of whoever names none.
    pub session: String,
    /// Collections that it changed, the one changed first comes first.
    pub collections: Vec<ChangedCollection>,
    /// Files that it uploaded, oldest first.
    pub uploads: Vec<UploadedFile>,
    /// Tokens that it was given and has not given back.
    pub tokens: usize,
}

/// A collection that a session changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangedCollection {
    /// What one of it is, as in `order`.
    pub resource: String,
    /// Its path, as the document has it.
    pub path: String,
    /// The ids of the items above it that it belongs to, parted by `/`; empty where there are none.
    pub parent: String,
    /// What was made or changed, newest first.
    pub items: Vec<ChangedItem>,
    /// Items that were made or changed, those included that are not listed.
    pub changed: usize,
    /// Ids of what was deleted, newest first.
    pub deleted: Vec<String>,
    /// Whether all it began with was deleted at once.
    pub is_cleared: bool,
}

/// An item that a session made or changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangedItem {
    /// Its id, as paths have it.
    pub id: String,
    /// Whether it was made, not changed.
    pub is_created: bool,
    /// What it is now.
    pub item: Value,
}

/// A file that a session uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UploadedFile {
    /// The path it is read back at.
    pub path: String,
    /// The media type that was said of it.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: usize,
}

impl Sessions {
    /// What a session did; of each collection the newest `most` items and deletions.
    pub(crate) fn overview(&self, name: &str, resources: &Resources<'_>, most: usize) -> SessionOverview {
        let mut overview = SessionOverview { session: name.to_owned(), ..SessionOverview::default() };
        let Some(session) = self.peek(name) else { return overview };
        let session = lock(&session);
        let told = |((resource, parent), collection): (&(usize, String), &Collection)| {
            let resource = resources.all.get(*resource)?;
            let items = collection.items.iter().rev().take(most).map(|(id, item)| ChangedItem {
                id: id.clone(),
                is_created: collection.is_created(id),
                item: item.clone(),
            });
            Some(ChangedCollection {
                resource: resource.one.clone(),
                path: resource.path.to_owned(),
                parent: parent.split(char::is_control).collect::<Vec<_>>().join("/"),
                items: items.collect(),
                changed: collection.items.len(),
                deleted: collection.deleted.iter().rev().take(most).cloned().collect(),
                is_cleared: collection.is_cleared,
            })
        };
        overview.collections = session.collections.iter().filter_map(told).collect();
        let files = session.uploads.iter().map(|(path, upload)| UploadedFile {
            path: path.clone(),
            content_type: upload.content_type.clone(),
            bytes: upload.bytes.len(),
        });
        overview.uploads = files.collect();
        overview.tokens = session.tokens.len();
        overview
    }
}
