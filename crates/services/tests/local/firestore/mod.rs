//! Firestore in memory: documents, queries, transactions, pages; the errors that the service has.

mod paths;
mod query;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};

use super::serve::{Asked, Failed, Local, Said, Server};
use super::{Discovery, gemini::allowed};
use paths::{find, parts, put};
use write::check;

/// A server of Firestore.
pub(crate) struct FirestoreServer {
    server: Server,
    store: Arc<Store>,
}

struct Store {
    discovery: Discovery,
    key: Option<String>,
    page_size: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    documents: BTreeMap<String, Stored>,
    transactions: HashMap<String, Transaction>,
    ticks: u64,
    ids: u64,
}

#[derive(Clone)]
struct Stored {
    fields: Map<String, Value>,
    created: String,
    updated: String,
}

#[derive(Default)]
struct Transaction {
    is_read_only: bool,
    /// What was read, and when that was changed last.
    read: BTreeMap<String, Option<String>>,
}

impl FirestoreServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(None, 300).await
    }

    /// With a key that is asked for, and so many documents a page.
    pub(crate) async fn start_with(key: Option<&str>, page_size: usize) -> Self {
        let store = Store {
            discovery: Discovery::firestore(),
            key: key.map(str::to_owned),
            page_size,
            state: Mutex::default(),
        };
        let store = Arc::new(store);
        Self { server: Server::start(Arc::clone(&store)).await, store }
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.store.state().documents.len()
    }
}

impl Deref for FirestoreServer {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

type Answer = Result<Value, Failed>;

fn not_found(name: &str) -> Failed {
    Failed::new(404, "NOT_FOUND", format!("Document \"{name}\" not found."))
}

fn invalid(message: impl Into<String>) -> Failed {
    Failed::new(400, "INVALID_ARGUMENT", message)
}

/// `projects/p/databases/d/documents`, and what stands below it.
fn split(name: &str) -> Option<(&str, &str)> {
    let at = name.find("/documents")? + "/documents".len();
    let below = name[at..].strip_prefix('/').unwrap_or_default();
    Some((&name[..at], below))
}

/// Whether a name is one of a document, not of a collection.
fn is_document(name: &str) -> bool {
    split(name).is_some_and(|(_, below)| !below.is_empty() && below.split('/').count() % 2 == 0)
}

impl Local for Store {
    fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    fn meant(&self, asked: &Asked) -> Vec<&'static str> {
        const NAMED: [&str; 8] = [
            "runQuery",
            "runAggregationQuery",
            "batchGet",
            "batchWrite",
            "commit",
            "beginTransaction",
            "rollback",
            "listCollectionIds",
        ];
        if let Some(method) = &asked.method {
            return NAMED.into_iter().filter(|known| known == method).collect();
        }
        match (&asked.verb, is_document(&asked.path)) {
            (&Method::GET, true) => vec!["get"],
            (&Method::PATCH, true) => vec!["patch"],
            (&Method::DELETE, true) => vec!["delete"],
            (&Method::GET, false) => vec!["listDocuments", "list"],
            (&Method::POST, false) => vec!["createDocument"],
            _ => vec![],
        }
    }

    fn allows(&self, headers: &HeaderMap, query: &[(String, String)]) -> Result<(), Failed> {
        allowed(self.key.as_deref(), headers, query)
    }

    fn answer(&self, method: &str, asked: &Asked) -> Result<Said, Failed> {
        let path = asked.path.strip_prefix("/v1/").unwrap_or_default();
        let mut state = self.state();
        let answer = match method {
            "get" => state.get(path, asked),
            "patch" => state.patch(path, asked),
            "delete" => state.delete(path, asked),
            "listDocuments" | "list" => state.list(path, asked, self.page_size),
            "createDocument" => state.create(path, asked),
            "runQuery" => state.run_query(path, &asked.body),
            "runAggregationQuery" => state.aggregate(path, &asked.body),
            "batchGet" => state.batch_get(&asked.body),
            "batchWrite" => state.batch_write(&asked.body),
            "commit" => state.commit(&asked.body),
            "beginTransaction" => state.begin(&asked.body),
            "rollback" => state.rollback(&asked.body),
            _ => state.collection_ids(path, &asked.body, self.page_size),
        };
        answer.map(Said::Document)
    }
}

impl Store {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A time that no other has.
    fn now(&mut self) -> String {
        self.ticks += 1;
        let (seconds, micros) = (self.ticks / 1_000, self.ticks % 1_000 * 1_000 + 7);
        format!("2026-01-01T{:02}:{:02}:{:02}.{micros:06}Z", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }

    fn document(&self, name: &str, mask: Option<&[String]>) -> Option<Value> {
        let stored = self.documents.get(name)?;
        let fields = match mask {
            Some(mask) => {
                let mut kept = Map::new();
                for path in mask {
                    let path = parts(path);
                    if let Some(value) = find(&stored.fields, &path) {
                        put(&mut kept, &path, Some(value.clone()));
                    }
                }
                kept
            }
            None => stored.fields.clone(),
        };
        let mut document = json!({"name": name, "createTime": stored.created, "updateTime": stored.updated});
        // A document without fields has none of them.
        if !fields.is_empty() {
            document["fields"] = fields.into();
        }
        Some(document)
    }

    fn transaction(&mut self, id: &str) -> Result<&mut Transaction, Failed> {
        self.transactions
            .get_mut(id)
            .ok_or_else(|| invalid("The referenced transaction has expired or is no longer valid."))
    }

    fn note_read(&mut self, transaction: Option<&str>, name: &str) -> Result<(), Failed> {
        let Some(id) = transaction else { return Ok(()) };
        let updated = self.documents.get(name).map(|stored| stored.updated.clone());
        self.transaction(id)?.read.entry(name.to_owned()).or_insert(updated);
        Ok(())
    }

    fn get(&mut self, name: &str, asked: &Asked) -> Answer {
        self.note_read(asked.parameter("transaction"), name)?;
        let mask: Vec<_> = asked.parameters("mask.fieldPaths").into_iter().map(str::to_owned).collect();
        self.document(name, (!mask.is_empty()).then_some(&mask)).ok_or_else(|| not_found(name))
    }

    fn create(&mut self, collection: &str, asked: &Asked) -> Answer {
        let id = match asked.parameter("documentId") {
            Some(id) => id.to_owned(),
            None => {
                self.ids += 1;
                format!("{:020}", self.ids * 7_919)
            }
        };
        let name = format!("{collection}/{id}");
        if self.documents.contains_key(&name) {
            return Err(Failed::new(409, "ALREADY_EXISTS", format!("Document already exists: {name}")));
        }
        let fields = asked.body["fields"].as_object().cloned().unwrap_or_default();
        check(&fields)?;
        let time = self.now();
        self.documents.insert(name.clone(), Stored { fields, created: time.clone(), updated: time });
        Ok(self.document(&name, None).expect("just made"))
    }

    fn patch(&mut self, name: &str, asked: &Asked) -> Answer {
        let mut write =
            json!({"update": {"name": name, "fields": asked.body.get("fields").cloned().unwrap_or(json!({}))}});
        let mask = asked.parameters("updateMask.fieldPaths");
        if !mask.is_empty() {
            write["updateMask"] = json!({"fieldPaths": mask});
        }
        precondition(&mut write, asked);
        let time = self.now();
        self.write(&write, &time)?;
        Ok(self.document(name, None).expect("just written"))
    }

    fn delete(&mut self, name: &str, asked: &Asked) -> Answer {
        let mut write = json!({"delete": name});
        precondition(&mut write, asked);
        let time = self.now();
        self.write(&write, &time)?;
        Ok(json!({}))
    }

    fn list(&mut self, collection: &str, asked: &Asked, page_size: usize) -> Answer {
        let below = format!("{collection}/");
        let ids = self.documents.keys().filter_map(|name| name.strip_prefix(&below));
        let shows_missing = asked.parameter("showMissing") == Some("true");
        let ids: BTreeSet<_> = match shows_missing {
            true => ids.filter_map(|rest| rest.split('/').next()).map(str::to_owned).collect(),
            false => ids.filter(|rest| !rest.contains('/')).map(str::to_owned).collect(),
        };
        let mut names: Vec<_> = ids.into_iter().map(|id| format!("{below}{id}")).collect();
        if let Some(order) = asked.parameter("orderBy") {
            if shows_missing {
                return Err(invalid("show_missing and order_by may not be used together"));
            }
            let order: Vec<_> = order
                .split(',')
                .map(|one| {
                    one.trim().split_once(' ').map_or((one.trim(), false), |(path, way)| (path, way.trim() == "desc"))
                })
                .map(|(path, is_down)| (path.to_owned(), is_down))
                .collect();
            self.sort(&mut names, &order);
        }
        let from = match asked.parameter("pageToken") {
            Some(token) => {
                let bytes = STANDARD.decode(token).map_err(|_| invalid("page_token is not valid"))?;
                let text = String::from_utf8(bytes).unwrap_or_default();
                text.strip_prefix("from:")
                    .and_then(|at| at.parse().ok())
                    .ok_or_else(|| invalid("page_token is not valid"))?
            }
            None => 0,
        };
        let size = asked.parameter("pageSize").and_then(|size| size.parse().ok()).filter(|size| *size > 0);
        let size = size.unwrap_or(page_size).min(page_size);
        let mask: Vec<_> = asked.parameters("mask.fieldPaths").into_iter().map(str::to_owned).collect();
        let mask = (!mask.is_empty()).then_some(&mask[..]);
        let page = names.iter().skip(from).take(size);
        let documents: Vec<_> =
            page.map(|name| self.document(name, mask).unwrap_or_else(|| json!({"name": name}))).collect();
        let mut answer = json!({});
        if from + documents.len() < names.len() {
            answer["nextPageToken"] = STANDARD.encode(format!("from:{}", from + documents.len())).into();
        }
        if !documents.is_empty() {
            answer["documents"] = documents.into();
        }
        Ok(answer)
    }

    fn collection_ids(&mut self, parent: &str, body: &Value, page_size: usize) -> Answer {
        let below = format!("{parent}/");
        let ids: BTreeSet<_> =
            self.documents.keys().filter_map(|name| name.strip_prefix(&below)?.split('/').next()).collect();
        let from = body["pageToken"].as_str().and_then(|token| token.parse::<usize>().ok()).unwrap_or(0);
        let page: Vec<_> = ids.iter().skip(from).take(page_size).collect();
        let mut answer = json!({"collectionIds": page});
        if from + page.len() < ids.len() {
            answer["nextPageToken"] = (from + page.len()).to_string().into();
        }
        Ok(answer)
    }

    fn batch_get(&mut self, body: &Value) -> Answer {
        let time = self.now();
        let mut parts = Vec::new();
        // Any order is allowed.
        for name in body["documents"].as_array().into_iter().flatten().rev().filter_map(Value::as_str) {
            self.note_read(body["transaction"].as_str(), name)?;
            parts.push(match self.document(name, None) {
                Some(document) => json!({"found": document, "readTime": time}),
                None => json!({"missing": name, "readTime": time}),
            });
        }
        Ok(parts.into())
    }
}

fn precondition(write: &mut Value, asked: &Asked) {
    if let Some(exists) = asked.parameter("currentDocument.exists") {
        write["currentDocument"] = json!({"exists": exists == "true"});
    }
    if let Some(time) = asked.parameter("currentDocument.updateTime") {
        write["currentDocument"] = json!({"updateTime": time});
    }
}
