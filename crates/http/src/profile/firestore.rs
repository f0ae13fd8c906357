//! Firestore over REST.

use http::Method;

use super::{Call, Named, Profile};

/// Firestore's REST protocol, also of its emulator on any host: `collection.get`, `document.create`, `collection.query` …
///
/// | request below `…/documents` | operation |
/// |---|---|
/// | `GET` of a collection | `collection.get` |
/// | `GET` of a document | `document.get` |
/// | `POST` to a collection | `document.create` |
/// | `PATCH`, `DELETE` of a document | `document.update`, `document.delete` |
/// | `:runQuery`, `:runAggregationQuery`, `:partitionQuery` | `collection.query`, `collection.aggregate`, `collection.partition` |
/// | `:batchGet`, `:batchWrite`, `:commit` | `documents.batch_get`, `documents.batch_write`, `documents.commit` |
/// | `:beginTransaction`, `:rollback` | `transaction.begin`, `transaction.rollback` |
/// | `:listCollectionIds` | `collections.list` |
/// | `:listen`, `:write` | `documents.listen`, `documents.write` |
#[derive(Clone, Copy, Debug)]
pub struct Firestore;

impl Profile for Firestore {
    fn name(&self, call: &Call<'_>) -> Option<Named> {
        let mut segments = call.segments();
        let version = segments.next()?;
        let is_ours = matches!(version, "v1" | "v1beta1" | "v1beta2")
            && segments.next()? == "projects"
            && segments.next().is_some()
            && segments.next()? == "databases"
            && segments.next().is_some();
        if !is_ours {
            return None;
        }
        let (first, action) = split(segments.next()?);
        if first != "documents" {
            // Indexes and the like of the administration.
            let is_theirs = call.host_name() == "firestore.googleapis.com";
            return is_theirs.then(|| Named::new("firestore", format!("admin.{}", action.unwrap_or(first))));
        }
        let mut below = 0;
        let mut action = action;
        for segment in segments {
            below += 1;
            action = split(segment).1;
        }
        let operation = match action {
            Some("runQuery") => "collection.query",
            Some("runAggregationQuery") => "collection.aggregate",
            Some("partitionQuery") => "collection.partition",
            Some("batchGet") => "documents.batch_get",
            Some("batchWrite") => "documents.batch_write",
            Some("commit") => "documents.commit",
            Some("beginTransaction") => "transaction.begin",
            Some("rollback") => "transaction.rollback",
            Some("listCollectionIds") => "collections.list",
            Some("listen") => "documents.listen",
            Some("write") => "documents.write",
            Some(other) => return Some(Named::new("firestore", format!("documents.{other}"))),
            None => match (call.method, below % 2 == 1) {
                (&Method::GET, true) => "collection.get",
                (&Method::GET, false) => "document.get",
                (&Method::POST, true) => "document.create",
                (&Method::PATCH, false) => "document.update",
                (&Method::DELETE, false) => "document.delete",
                _ => {
                    return Some(Named::new("firestore", format!("documents.{}", call.method.as_str().to_lowercase())));
                }
            },
        };
        Some(Named::new("firestore", operation))
    }
}

/// `documents:runQuery`.
fn split(segment: &str) -> (&str, Option<&str>) {
    match segment.split_once(':') {
        Some((name, action)) if action.bytes().all(|byte| byte.is_ascii_alphabetic()) && !action.is_empty() => {
            (name, Some(action))
        }
        _ => (segment, None),
    }
}
