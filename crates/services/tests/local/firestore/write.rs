//! Writes: one by one, all or none, in transactions that others must not have crossed.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::order::{compare, double, elements, rank};
use super::paths::{find, parts, put};
use super::{Answer, Failed, State, Stored, Transaction, invalid, is_document};

impl State {
    pub(super) fn begin(&mut self, body: &Value) -> Answer {
        self.ids += 1;
        let id = STANDARD.encode(format!("transaction-{:08}", self.ids));
        let is_read_only = body["options"].get("readOnly").is_some();
        self.transactions.insert(id.clone(), Transaction { is_read_only, ..Transaction::default() });
        Ok(json!({"transaction": id}))
    }

    pub(super) fn rollback(&mut self, body: &Value) -> Answer {
        let id = body["transaction"].as_str().unwrap_or_default();
        self.transaction(id)?;
        self.transactions.remove(id);
        Ok(json!({}))
    }

    pub(super) fn commit(&mut self, body: &Value) -> Answer {
        let writes = body["writes"].as_array().cloned().unwrap_or_default();
        if let Some(id) = body["transaction"].as_str() {
            self.transaction(id)?;
            let transaction = self.transactions.remove(id).expect("it is there");
            if transaction.is_read_only && !writes.is_empty() {
                return Err(invalid("Cannot modify entities in a read-only transaction."));
            }
            let changed = |(name, read): (&String, &Option<String>)| {
                self.documents.get(name).map(|stored| &stored.updated) != read.as_ref()
            };
            if transaction.read.iter().any(changed) {
                return Err(Failed::new(
                    409,
                    "ABORTED",
                    "The transaction was aborted by a conflict with another transaction.",
                ));
            }
        }
        let time = self.now();
        // All or none.
        let before = self.documents.clone();
        let results: Result<Vec<_>, _> = writes.iter().map(|write| self.write(write, &time)).collect();
        match results {
            Ok(results) => Ok(json!({"writeResults": results, "commitTime": time})),
            Err(failed) => {
                self.documents = before;
                Err(failed)
            }
        }
    }

    pub(super) fn batch_write(&mut self, body: &Value) -> Answer {
        let writes = body["writes"].as_array().cloned().unwrap_or_default();
        let names: Vec<_> = writes.iter().map(written).collect();
        if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
            return Err(invalid("Cannot write to the same document twice in a batch."));
        }
        let (mut results, mut statuses) = (Vec::new(), Vec::new());
        for write in &writes {
            let time = self.now();
            match self.write(write, &time) {
                Ok(result) => {
                    results.push(result);
                    statuses.push(json!({}));
                }
                Err(failed) => {
                    results.push(json!({}));
                    let code = match failed.name {
                        "NOT_FOUND" => 5,
                        "ALREADY_EXISTS" => 6,
                        "FAILED_PRECONDITION" => 9,
                        _ => 3,
                    };
                    statuses.push(json!({"code": code, "message": failed.message}));
                }
            }
        }
        Ok(json!({"writeResults": results, "status": statuses}))
    }

    /// One write.
    pub(super) fn write(&mut self, write: &Value, time: &str) -> Answer {
        let name = written(write);
        if !is_document(&name) {
            return Err(invalid(format!("Document name \"{name}\" has no even number of parts.")));
        }
        let known = self.documents.get(&name).cloned();
        match (&write["currentDocument"]["exists"], &known) {
            (Value::Bool(true), None) => {
                return Err(Failed::new(404, "NOT_FOUND", format!("No document to update: {name}")));
            }
            (Value::Bool(false), Some(_)) => {
                return Err(Failed::new(409, "ALREADY_EXISTS", format!("Document already exists: {name}")));
            }
            _ => {}
        }
        if let Some(since) = write["currentDocument"]["updateTime"].as_str()
            && known.as_ref().is_none_or(|known| known.updated != since)
        {
            let message = "the stored version does not match the required base version";
            return Err(Failed::new(400, "FAILED_PRECONDITION", message));
        }
        if write.get("delete").is_some() {
            self.documents.remove(&name);
            return Ok(json!({}));
        }
        let given = write["update"]["fields"].as_object().cloned().unwrap_or_default();
        check(&given)?;
        let mut fields = match write.get("updateMask") {
            Some(mask) => {
                let mut fields = known.as_ref().map(|known| known.fields.clone()).unwrap_or_default();
                for path in mask["fieldPaths"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    let path = parts(path);
                    put(&mut fields, &path, find(&given, &path).cloned());
                }
                fields
            }
            None => given,
        };
        let mut results = Vec::new();
        for transform in write["updateTransforms"].as_array().into_iter().flatten() {
            let path = parts(transform["fieldPath"].as_str().unwrap_or_default());
            let now = find(&fields, &path).cloned();
            let (value, told) = transformed(transform, now, time)?;
            put(&mut fields, &path, Some(value));
            results.push(told);
        }
        let created = known.map_or_else(|| time.to_owned(), |known| known.created);
        self.documents.insert(name, Stored { fields, created, updated: time.to_owned() });
        let mut result = json!({"updateTime": time});
        if !results.is_empty() {
            result["transformResults"] = results.into();
        }
        Ok(result)
    }
}

/// The document of a write.
fn written(write: &Value) -> String {
    write["delete"].as_str().or(write["update"]["name"].as_str()).unwrap_or_default().to_owned()
}

/// What Firestore keeps in no document.
pub(super) fn check(fields: &Map<String, Value>) -> Result<(), Failed> {
    fn value(of: &Value) -> Result<(), Failed> {
        if of.as_object().is_none_or(|kinds| kinds.len() != 1) {
            return Err(invalid("A value has one kind."));
        }
        if of.get("arrayValue").is_some() {
            for element in elements(of) {
                if element.get("arrayValue").is_some() {
                    return Err(invalid("Cannot convert an array value in an array value."));
                }
                value(&element)?;
            }
        }
        for (_, field) in of["mapValue"]["fields"].as_object().into_iter().flatten() {
            value(field)?;
        }
        Ok(())
    }
    fields.values().try_for_each(value)
}

/// What a transformation makes of a value, and what is told of it.
fn transformed(transform: &Value, now: Option<Value>, time: &str) -> Result<(Value, Value), Failed> {
    if transform["setToServerValue"] == "REQUEST_TIME" {
        let value = json!({"timestampValue": time});
        return Ok((value.clone(), value));
    }
    if let Some(by) = transform.get("increment") {
        let whole = |value: &Value| value["integerValue"].as_str().and_then(|text| text.parse::<i64>().ok());
        let zero = json!({"integerValue": "0"});
        let now = now.filter(|now| rank(now) == 2).unwrap_or(zero);
        let sum = match (whole(&now), whole(by)) {
            (Some(a), Some(b)) => json!({"integerValue": a.saturating_add(b).to_string()}),
            _ => json!({"doubleValue": double(&now) + double(by)}),
        };
        return Ok((sum.clone(), sum));
    }
    let mut list = now.as_ref().map(elements).unwrap_or_default();
    let of = |name: &str| transform[name]["values"].as_array().cloned().unwrap_or_default();
    if transform.get("appendMissingElements").is_some() {
        for value in of("appendMissingElements") {
            if !list.iter().any(|one| compare(one, &value).is_eq()) {
                list.push(value);
            }
        }
    } else if transform.get("removeAllFromArray").is_some() {
        let gone = of("removeAllFromArray");
        list.retain(|one| !gone.iter().any(|value| compare(one, value).is_eq()));
    } else {
        return Err(Failed::new(501, "UNIMPLEMENTED", "this transformation"));
    }
    Ok((json!({"arrayValue": {"values": list}}), json!({"nullValue": null})))
}
