//! Firestore over its REST protocol, version 1.
//!
//! What is recorded, played back or mocked of it, and how, is the business of `tracesnap-record` and `tracesnap-http`.
//!
//! ```no_run
//! # async fn f(provider: tracesnap_record::ServiceProvider) -> Result<(), tracesnap_services::Error> {
//! use tracesnap_services::{Services, firestore::Operator};
//!
//! let firestore = provider.firestore("my-project").connect()?;
//! let campaigns = firestore.collection("campaigns");
//! campaigns.document("c1").set(&serde_json::json!({"title": "The Lost Mine", "level": 3})).await?;
//! let hard = campaigns.filter("level", Operator::GreaterThan, 2).order_by("level").limit(10).get().await?;
//! # let _ = hard;
//! # Ok(())
//! # }
//! ```
//!
//! | call | operation that is recorded |
//! |---|---|
//! | [`CollectionRef::get`], [`list`](CollectionRef::list) | `collection.get` |
//! | [`CollectionRef::create`], [`add`](CollectionRef::add) | `document.create` |
//! | [`DocumentRef::get`] | `document.get` |
//! | [`DocumentRef::set`], [`update`](DocumentRef::update) | `document.update` |
//! | [`DocumentRef::delete`] | `document.delete` |
//! | [`Query::get`], [`Query::count`] | `collection.query`, `collection.aggregate` |
//! | [`FirestoreClient::get_all`] | `documents.batch_get` |
//! | [`FirestoreClient::commit`], [`batch_write`](FirestoreClient::batch_write) | `documents.commit`, `documents.batch_write` |
//! | [`FirestoreClient::begin`], [`Transaction::commit`], [`rollback`](Transaction::rollback) | `transaction.begin`, `documents.commit`, `transaction.rollback` |
//! | [`FirestoreClient::collections`], [`DocumentRef::collections`] | `collections.list` |

mod client;
mod collection;
mod document;
mod path;
mod query;
mod transaction;
mod value;
mod write;

pub use client::{FirestoreClient, Place};
pub use collection::{CollectionRef, ListDocuments, Page};
pub use document::{Document, DocumentRef};
pub use query::{Direction, Filter, Operator, Query};
pub use transaction::Transaction;
pub use value::{Bytes, Fields, GeoPoint, Reference, Timestamp, Value, ValueError, from_value, to_fields, to_value};
pub use write::{Committed, Write, WriteResult};
