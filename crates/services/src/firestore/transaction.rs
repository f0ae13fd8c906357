//! A transaction: reads and writes that happen as one, or not at all.

use super::{Committed, Document, DocumentRef, FirestoreClient, Query, Write};
use crate::Error;

/// A transaction: see [`FirestoreClient::begin`]. One that is dropped is left to the service, which ends it after a while.
///
/// ```no_run
/// # async fn f(firestore: tracesnap_services::FirestoreClient) -> Result<(), Box<dyn std::error::Error>> {
/// use tracesnap_services::firestore::Write;
///
/// let account = firestore.document("accounts/ada");
/// let mut transaction = firestore.begin().await?;
/// let found = transaction.get(&account).await?.ok_or("no account")?;
/// transaction.write(Write::change(&account).increment("cents", 1).unchanged_since(&found.update_time.ok_or("no time")?));
/// transaction.commit().await?; // `Code::Aborted` if somebody else was faster: begin again.
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it ends with `commit` or `rollback`"]
pub struct Transaction {
    client: FirestoreClient,
    id: String,
    writes: Vec<Write>,
}

impl Transaction {
    pub(super) fn new(client: FirestoreClient, id: String) -> Self {
        Self { client, id, writes: Vec::new() }
    }

    /// Its name, in Base64.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A document; `None` if there is none.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn get(&self, document: &DocumentRef) -> Result<Option<Document>, Error> {
        document.get_in(Some(&self.id)).await
    }

    /// Documents of which something holds.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn query(&self, query: &Query) -> Result<Vec<Document>, Error> {
        query.get_in(Some(&self.id)).await
    }

    /// Something to be written when it is committed.
    pub fn write(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Writes everything, if nothing that was read has changed.
    ///
    /// # Errors
    ///
    /// See [`Error`]; [`Code::Aborted`](crate::Code) if something has.
    pub async fn commit(self) -> Result<Committed, Error> {
        self.client.commit_in(Some(&self.id), self.writes).await
    }

    /// Gives it up.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn rollback(self) -> Result<(), Error> {
        let body = serde_json::json!({"transaction": self.id});
        let ended = self.client.act("transaction.rollback", "rollback", &body).await;
        ended.map(|_: serde_json::Value| ())
    }
}
