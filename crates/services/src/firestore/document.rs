//! A document, and the place where one is or may be.

use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::path::{Pairs, quote};
use super::{CollectionRef, Fields, FirestoreClient, Reference, Timestamp, Value, ValueError, from_value, to_fields};
use crate::{Code, Error};

/// A document as it is, or was, in the database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Document {
    /// `projects/p/databases/(default)/documents/campaigns/c1`.
    #[serde(default)]
    pub name: String,
    /// What it has.
    #[serde(default)]
    pub fields: Fields,
    /// When it was made; `None` where it [is missing](Self::is_missing).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Timestamp>,
    /// When it was changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_time: Option<Timestamp>,
}

impl Document {
    /// The last part of its name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// What it has, as a type of the program.
    ///
    /// # Errors
    ///
    /// If it is of another shape.
    ///
    /// ```
    /// # use tracesnap_services::firestore::Document;
    /// let document: Document = serde_json::from_str(r#"{"fields": {"level": {"integerValue": "3"}}}"#)?;
    /// #[derive(serde::Deserialize)]
    /// struct Campaign { level: u32 }
    /// assert_eq!(document.to::<Campaign>()?.level, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, ValueError> {
        from_value(Value::Map(self.fields.clone()))
    }

    /// Whether there is none of this name, only documents below it: [`ListDocuments::show_missing`](super::ListDocuments).
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.create_time.is_none()
    }
}

/// Where a document is, or may be. Nothing is asked before one of its methods is awaited.
#[derive(Clone, Debug)]
pub struct DocumentRef {
    client: FirestoreClient,
    name: String,
}

impl DocumentRef {
    pub(super) fn new(client: FirestoreClient, name: String) -> Self {
        Self { client, name }
    }

    /// `projects/p/databases/(default)/documents/campaigns/c1`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last part of its name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// As a value of another document.
    #[must_use]
    pub fn to_reference(&self) -> Reference {
        Reference(self.name.clone())
    }

    /// A collection below it.
    #[must_use]
    pub fn collection(&self, id: impl AsRef<str>) -> CollectionRef {
        CollectionRef::new(self.client.clone(), format!("{}/{}", self.name, id.as_ref()))
    }

    /// The names of collections below it.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn collections(&self) -> Result<Vec<String>, Error> {
        self.client.collections_of(&self.name).await
    }

    /// The document; `None` if there is none.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn get(&self) -> Result<Option<Document>, Error> {
        self.get_in(None).await
    }

    pub(super) async fn get_in(&self, transaction: Option<&str>) -> Result<Option<Document>, Error> {
        let query = Pairs::default().with_some("transaction", transaction);
        let got = self.client.call("document.get", Method::GET, &self.name, &query, None::<&()>).await;
        match got {
            Ok(document) => Ok(Some(document)),
            Err(Error::Status(status)) if status.code == Code::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes all of it, whether there was one or not.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn set<T: Serialize + ?Sized>(&self, value: &T) -> Result<Document, Error> {
        self.patch(to_fields(value)?, Pairs::default()).await
    }

    /// Writes the fields of this value, and keeps the others. There must be one.
    ///
    /// # Errors
    ///
    /// See [`Error`]; [`Code::NotFound`].
    pub async fn update<T: Serialize + ?Sized>(&self, value: &T) -> Result<Document, Error> {
        let fields = to_fields(value)?;
        let paths: Vec<_> = fields.keys().map(|name| quote(name)).collect();
        self.update_paths(paths, fields).await
    }

    /// Writes what stands at these paths (`address.city`), and keeps the rest; a path that the value does not have is
    /// deleted. There must be a document.
    ///
    /// # Errors
    ///
    /// See [`Error`]; [`Code::NotFound`].
    pub async fn update_fields<T: Serialize + ?Sized>(
        &self,
        paths: impl IntoIterator<Item = impl Into<String>>,
        value: &T,
    ) -> Result<Document, Error> {
        self.update_paths(paths.into_iter().map(Into::into).collect(), to_fields(value)?).await
    }

    async fn update_paths(&self, paths: Vec<String>, fields: Fields) -> Result<Document, Error> {
        let query = Pairs::default().with_each("updateMask.fieldPaths", &paths).with("currentDocument.exists", "true");
        self.patch(fields, query).await
    }

    async fn patch(&self, fields: Fields, query: Pairs) -> Result<Document, Error> {
        let body = serde_json::json!({"fields": fields});
        self.client.call("document.update", Method::PATCH, &self.name, &query, Some(&body)).await
    }

    /// Deletes it, if there is one.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn delete(&self) -> Result<(), Error> {
        self.delete_if(Pairs::default()).await
    }

    /// Deletes it, if it was not changed since.
    ///
    /// # Errors
    ///
    /// See [`Error`]; [`Code::FailedPrecondition`].
    pub async fn delete_unchanged(&self, since: &Timestamp) -> Result<(), Error> {
        self.delete_if(Pairs::default().with("currentDocument.updateTime", since.as_str())).await
    }

    async fn delete_if(&self, query: Pairs) -> Result<(), Error> {
        let call = self.client.call("document.delete", Method::DELETE, &self.name, &query, None::<&()>);
        call.await.map(|_: serde_json::Value| ())
    }
}
