//! A collection: its documents one by one, page by page, or by what is asked of them.

use http::Method;
use serde::{Deserialize, Serialize};

use super::path::Pairs;
use super::{Document, DocumentRef, Filter, FirestoreClient, Operator, Query, Value, to_fields};
use crate::Error;

/// A collection. Nothing is asked before one of its methods is awaited.
#[derive(Clone, Debug)]
pub struct CollectionRef {
    client: FirestoreClient,
    /// `projects/p/databases/(default)/documents/campaigns`
    name: String,
}

impl CollectionRef {
    pub(super) fn new(client: FirestoreClient, name: String) -> Self {
        Self { client, name }
    }

    /// The last part of its name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// A document of it.
    #[must_use]
    pub fn document(&self, id: impl AsRef<str>) -> DocumentRef {
        DocumentRef::new(self.client.clone(), format!("{}/{}", self.name, id.as_ref()))
    }

    /// All of its documents, by their names, page after page; [`list`](Self::list) and [`query`](Self::query) ask for less.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn get(&self) -> Result<Vec<Document>, Error> {
        let mut list = self.list();
        let mut all = Vec::new();
        loop {
            let page = list.clone().get().await?;
            all.extend(page.documents);
            match page.next_page_token {
                Some(token) => list = list.page_token(token),
                None => return Ok(all),
            }
        }
    }

    /// Its documents page by page.
    pub fn list(&self) -> ListDocuments {
        ListDocuments {
            client: self.client.clone(),
            name: self.name.clone(),
            page_size: None,
            page_token: None,
            order_by: None,
            mask: Vec::new(),
            show_missing: false,
        }
    }

    /// Makes a document of this name, where there is none.
    ///
    /// # Errors
    ///
    /// See [`Error`]; [`Code::AlreadyExists`](crate::Code).
    pub async fn create<T: Serialize + ?Sized>(&self, id: impl AsRef<str>, value: &T) -> Result<Document, Error> {
        self.make(Pairs::default().with("documentId", id), value).await
    }

    /// Makes a document, whose name the service chooses.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn add<T: Serialize + ?Sized>(&self, value: &T) -> Result<Document, Error> {
        self.make(Pairs::default(), value).await
    }

    async fn make<T: Serialize + ?Sized>(&self, query: Pairs, value: &T) -> Result<Document, Error> {
        let body = serde_json::json!({"fields": to_fields(value)?});
        self.client.call("document.create", Method::POST, &self.name, &query, Some(&body)).await
    }

    /// What is to be asked of its documents.
    pub fn query(&self) -> Query {
        let (parent, id) = self.name.rsplit_once('/').unwrap_or_default();
        Query::new(self.client.clone(), parent.to_owned(), id.to_owned())
    }

    /// Documents of which this holds: `query().filter(…)`.
    pub fn filter(&self, path: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Query {
        self.query().filter(Filter::field(path, operator, value))
    }
}

/// A page of a collection, to be asked for: see [`CollectionRef::list`].
#[derive(Clone, Debug)]
#[must_use = "nothing is asked before `get` is awaited"]
pub struct ListDocuments {
    client: FirestoreClient,
    name: String,
    page_size: Option<u32>,
    page_token: Option<String>,
    order_by: Option<String>,
    mask: Vec<String>,
    show_missing: bool,
}

/// A page of documents.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Page {
    /// In their order.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// Where the next page begins, `None` after the last one.
    #[serde(default)]
    pub next_page_token: Option<String>,
}

impl ListDocuments {
    /// At most so many. Default: as many as the service likes.
    pub fn page_size(mut self, most: u32) -> Self {
        self.page_size = Some(most);
        self
    }

    /// The page that begins here: [`Page::next_page_token`]. Default: the first.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.page_token = Some(token.into());
        self
    }

    /// In this order: `level desc, __name__`. Default: by their names.
    pub fn order_by(mut self, order: impl Into<String>) -> Self {
        self.order_by = Some(order.into());
        self
    }

    /// Only these fields of each. Default: all.
    pub fn mask(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.mask = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Also such as are only names with something below them. Default: no.
    pub fn show_missing(mut self) -> Self {
        self.show_missing = true;
        self
    }

    /// The page.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn get(self) -> Result<Page, Error> {
        let query = Pairs::default()
            .with_some("pageSize", self.page_size.map(|most| most.to_string()))
            .with_some("pageToken", self.page_token)
            .with_some("orderBy", self.order_by)
            .with_each("mask.fieldPaths", self.mask)
            .with_some("showMissing", self.show_missing.then_some("true"));
        let page: Page = self.client.call("collection.get", Method::GET, &self.name, &query, None::<&()>).await?;
        Ok(Page { next_page_token: page.next_page_token.filter(|token| !token.is_empty()), ..page })
    }
}
