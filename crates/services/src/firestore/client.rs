//! The client, and what concerns a database as a whole.

use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use tracesnap_http::profile::{Call, Firestore, Named, Profile};

use super::path::{Pairs, encode};
use super::write::{Committed, WriteResult};
use super::{CollectionRef, Document, DocumentRef, Timestamp, Transaction, Write};
use crate::builder::sealed::Sealed;
use crate::builder::{Builder, Client};
use crate::connection::{Ask, Connection};
use crate::{Error, Status};

/// A client of Firestore, be it real, recorded, played back or mocked: see [`Services::firestore`](crate::Services). Clones
/// are the same client.
///
/// ```no_run
/// # async fn f(provider: tracesnap_record::ServiceProvider) -> Result<(), tracesnap_services::Error> {
/// use tracesnap_services::Services;
///
/// let firestore = provider.firestore("my-project").address("http://127.0.0.1:8080").connect()?;
/// let campaigns = firestore.collection("campaigns").get().await?;
/// println!("{} campaigns, one of them {:?}", campaigns.len(), campaigns.first().map(|one| one.id()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FirestoreClient {
    connection: Connection,
    /// `projects/p/databases/(default)`
    database: std::sync::Arc<str>,
}

/// Which database it is. Default: `(default)` of the project.
#[derive(Clone, Debug, Default)]
pub struct Place {
    project: String,
    database: Option<String>,
}

impl Place {
    pub(crate) fn of_project(project: String) -> Self {
        Self { project, database: None }
    }
}

impl Builder<FirestoreClient> {
    /// Which database of the project. Default: `(default)`.
    pub fn database(mut self, database: impl Into<String>) -> Self {
        self.settings.database = Some(database.into());
        self
    }
}

impl Client for FirestoreClient {}

impl Sealed for FirestoreClient {
    const SERVICE: &'static str = "firestore";
    const ADDRESS: &'static str = "https://firestore.googleapis.com";
    type Settings = Place;

    fn of(connection: Connection, place: Place) -> Result<Self, Error> {
        let database = place.database.unwrap_or_else(|| "(default)".to_owned());
        for part in [&place.project, &database] {
            if part.is_empty() || part.contains('/') {
                return Err(Error::Setting { found: part.clone(), expected: "the name of a project or a database" });
            }
        }
        Ok(Self { connection, database: format!("projects/{}/databases/{database}", place.project).into() })
    }

    fn name(call: &Call<'_>) -> Option<Named> {
        Firestore.name(call)
    }
}

/// A document of the answer to `batchGet`.
#[derive(Deserialize)]
struct Got {
    found: Option<Document>,
    missing: Option<String>,
}

impl FirestoreClient {
    /// A collection at the root: `campaigns`, or one further down: `campaigns/c1/players`.
    #[must_use]
    pub fn collection(&self, path: impl AsRef<str>) -> CollectionRef {
        CollectionRef::new(self.clone(), format!("{}/{}", self.root(), path.as_ref().trim_matches('/')))
    }

    /// A document: `campaigns/c1`.
    #[must_use]
    pub fn document(&self, path: impl AsRef<str>) -> DocumentRef {
        DocumentRef::new(self.clone(), format!("{}/{}", self.root(), path.as_ref().trim_matches('/')))
    }

    /// The names of collections at the root.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn collections(&self) -> Result<Vec<String>, Error> {
        self.collections_of(&self.root()).await
    }

    /// Documents by their names, in that order; `None` where there is none.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn get_all(&self, documents: &[DocumentRef]) -> Result<Vec<Option<Document>>, Error> {
        let names: Vec<_> = documents.iter().map(DocumentRef::name).collect();
        let got: Vec<Got> = self.act("documents.batch_get", "batchGet", &json!({"documents": names})).await?;
        // They come in any order, each once.
        let known = |name: &str| {
            let found = got.iter().find_map(|one| one.found.as_ref().filter(|document| document.name == name));
            let is_missing = || got.iter().any(|one| one.missing.as_deref() == Some(name));
            match found {
                Some(document) => Ok(Some(document.clone())),
                None if is_missing() => Ok(None),
                None => Err(Error::answer("documents.batch_get", format!("it does not speak of `{name}`"))),
            }
        };
        names.into_iter().map(known).collect()
    }

    /// All of these, or none.
    ///
    /// # Errors
    ///
    /// See [`Error`]; that of the first write that fails.
    pub async fn commit(&self, writes: impl IntoIterator<Item = Write>) -> Result<Committed, Error> {
        self.commit_in(None, writes.into_iter().collect()).await
    }

    pub(super) async fn commit_in(&self, transaction: Option<&str>, writes: Vec<Write>) -> Result<Committed, Error> {
        #[derive(Serialize)]
        struct Commit<'a> {
            writes: &'a [Write],
            #[serde(skip_serializing_if = "Option::is_none")]
            transaction: Option<&'a str>,
        }
        self.act("documents.commit", "commit", &Commit { writes: &writes, transaction }).await
    }

    /// Each of these on its own: one that fails keeps none of the others. No document may be written twice.
    ///
    /// # Errors
    ///
    /// See [`Error`]; where a write fails, its place in the result says so.
    pub async fn batch_write(
        &self,
        writes: impl IntoIterator<Item = Write>,
    ) -> Result<Vec<Result<WriteResult, Status>>, Error> {
        #[derive(Serialize)]
        struct Batch {
            writes: Vec<Write>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Written {
            #[serde(default)]
            write_results: Vec<WriteResult>,
            #[serde(default)]
            status: Vec<Json>,
        }
        let batch = Batch { writes: writes.into_iter().collect() };
        let written: Written = self.act("documents.batch_write", "batchWrite", &batch).await?;
        if (written.write_results.len(), written.status.len()) != (batch.writes.len(), batch.writes.len()) {
            let (found, expected) = (written.status.len(), batch.writes.len());
            return Err(Error::answer(
                "documents.batch_write",
                format!("it has {found} results for {expected} writes"),
            ));
        }
        let results = written.write_results.into_iter().zip(&written.status);
        Ok(results.map(|(result, status)| Status::of_part(status).map_or(Ok(result), Err)).collect())
    }

    /// Begins a transaction: what it reads must not have changed when it is committed.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn begin(&self) -> Result<Transaction, Error> {
        self.begin_with(&json!({"options": {"readWrite": {}}})).await
    }

    /// Begins a transaction that only reads, and sees everything as it was at one time.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn begin_read_only(&self, at: Option<Timestamp>) -> Result<Transaction, Error> {
        let read_only = at.map_or_else(Map::new, |at| Map::from_iter([("readTime".to_owned(), at.as_str().into())]));
        self.begin_with(&json!({"options": {"readOnly": read_only}})).await
    }

    async fn begin_with(&self, options: &Json) -> Result<Transaction, Error> {
        #[derive(Deserialize)]
        struct Begun {
            transaction: String,
        }
        let begun: Begun = self.act("transaction.begin", "beginTransaction", options).await?;
        Ok(Transaction::new(self.clone(), begun.transaction))
    }

    /// `projects/p/databases/(default)/documents`
    pub(super) fn root(&self) -> String {
        format!("{}/documents", self.database)
    }

    /// A method of the database.
    pub(super) async fn act<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        method: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, Error> {
        self.act_on(operation, &self.root(), method, body).await
    }

    /// A method of a document or of all.
    pub(super) async fn act_on<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        parent: &str,
        method: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, Error> {
        let path = format!("v1/{}:{method}", encode(parent));
        self.connection.call(Ask { operation, method: Method::POST, path: &path, query: "" }, Some(body)).await
    }

    /// A call of a document or a collection by its name.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        method: Method,
        name: &str,
        query: &Pairs,
        body: Option<&(impl Serialize + ?Sized)>,
    ) -> Result<T, Error> {
        let path = format!("v1/{}", encode(name));
        self.connection.call(Ask { operation, method, path: &path, query: query.as_str() }, body).await
    }

    pub(super) async fn collections_of(&self, parent: &str) -> Result<Vec<String>, Error> {
        #[derive(Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Listed {
            #[serde(default)]
            collection_ids: Vec<String>,
            #[serde(default)]
            next_page_token: String,
        }
        let mut all = Vec::new();
        let mut token = String::new();
        loop {
            let asked = if token.is_empty() { json!({}) } else { json!({"pageToken": token}) };
            let listed: Listed = self.act_on("collections.list", parent, "listCollectionIds", &asked).await?;
            all.extend(listed.collection_ids);
            if listed.next_page_token.is_empty() {
                return Ok(all);
            }
            token = listed.next_page_token;
        }
    }
}
