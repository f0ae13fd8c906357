//! One write of a batch or a transaction, and what came of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::path::quote;
use super::{DocumentRef, Fields, Timestamp, Value, ValueError, to_fields};

/// One write: for [`FirestoreClient::commit`](super::FirestoreClient::commit),
/// [`batch_write`](super::FirestoreClient::batch_write) and [`Transaction::write`](super::Transaction::write).
///
/// ```no_run
/// # async fn f(firestore: tracesnap_services::FirestoreClient) -> Result<(), tracesnap_services::Error> {
/// use tracesnap_services::firestore::Write;
///
/// let (ada, bob) = (firestore.document("accounts/ada"), firestore.document("accounts/bob"));
/// let taken = Write::update(&ada, &serde_json::json!({"last": "paid"}))?.increment("cents", -250);
/// firestore.commit([taken, Write::change(&bob).increment("cents", 250)]).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use = "a write does nothing until it is committed"]
pub struct Write {
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<Update>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_mask: Option<Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    update_transforms: Vec<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_document: Option<Json>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Update {
    name: String,
    fields: Fields,
}

impl Write {
    fn of(document: &DocumentRef, fields: Fields) -> Self {
        Self { update: Some(Update { name: document.name().to_owned(), fields }), ..Self::default() }
    }

    /// All of a document, whether there was one or not.
    ///
    /// # Errors
    ///
    /// As [`to_fields`].
    pub fn set<T: Serialize + ?Sized>(document: &DocumentRef, value: &T) -> Result<Self, ValueError> {
        Ok(Self::of(document, to_fields(value)?))
    }

    /// A document where there is none.
    ///
    /// # Errors
    ///
    /// As [`to_fields`].
    pub fn create<T: Serialize + ?Sized>(document: &DocumentRef, value: &T) -> Result<Self, ValueError> {
        Ok(Self::set(document, value)?.exists(false))
    }

    /// The fields of this value, and keeps the others. There must be a document.
    ///
    /// # Errors
    ///
    /// As [`to_fields`].
    pub fn update<T: Serialize + ?Sized>(document: &DocumentRef, value: &T) -> Result<Self, ValueError> {
        let fields = to_fields(value)?;
        let paths: Vec<_> = fields.keys().map(|name| quote(name)).collect();
        let write = Self { update_mask: Some(json!({"fieldPaths": paths})), ..Self::of(document, fields) };
        Ok(write.exists(true))
    }

    /// Nothing but what is added: [`increment`](Self::increment), [`server_time`](Self::server_time) …
    pub fn change(document: &DocumentRef) -> Self {
        Self { update_mask: Some(json!({"fieldPaths": []})), ..Self::of(document, Fields::new()) }
    }

    /// No document of this name.
    pub fn delete(document: &DocumentRef) -> Self {
        Self { delete: Some(document.name().to_owned()), ..Self::default() }
    }

    /// Only if there is one, or none.
    pub fn exists(mut self, exists: bool) -> Self {
        self.current_document = Some(json!({"exists": exists}));
        self
    }

    /// Only if it was not changed since.
    pub fn unchanged_since(mut self, time: &Timestamp) -> Self {
        self.current_document = Some(json!({"updateTime": time.as_str()}));
        self
    }

    fn transform(mut self, path: impl Into<String>, kind: &str, of: impl Into<Json>) -> Self {
        let (path, of): (String, Json) = (path.into(), of.into());
        self.update_transforms.push(json!({"fieldPath": path, kind: of}));
        self
    }

    fn values(values: impl IntoIterator<Item = impl Into<Value>>) -> Json {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        json!({"values": values})
    }

    /// Adds to a number, after the rest is written.
    pub fn increment(self, path: impl Into<String>, by: impl Into<Value>) -> Self {
        let by: Value = by.into();
        self.transform(path, "increment", json!(by))
    }

    /// The time of the write, as the service has it.
    pub fn server_time(self, path: impl Into<String>) -> Self {
        self.transform(path, "setToServerValue", "REQUEST_TIME")
    }

    /// Adds values to a list, each that is not in it.
    pub fn append_missing(self, path: impl Into<String>, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.transform(path, "appendMissingElements", Self::values(values))
    }

    /// Takes values from a list, wherever they are in it.
    pub fn remove_all(self, path: impl Into<String>, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        self.transform(path, "removeAllFromArray", Self::values(values))
    }
}

/// What came of a commit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Committed {
    /// One for each write, in their order.
    #[serde(default)]
    pub write_results: Vec<WriteResult>,
    /// When it was.
    #[serde(default)]
    pub commit_time: Option<Timestamp>,
}

/// What came of a write.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WriteResult {
    /// When the document was changed last; `None` after a deletion.
    #[serde(default)]
    pub update_time: Option<Timestamp>,
    /// What transformations made of their fields, in their order.
    #[serde(default)]
    pub transform_results: Vec<Value>,
}
