//! Queries: what is found, in which order, between which cursors.

use serde_json::{Map, Value, json};

use super::super::order::{compare, double, elements, rank};
use super::paths::{find, parts};
use super::{Answer, Failed, State, invalid};

impl State {
    pub(super) fn run_query(&mut self, parent: &str, body: &Value) -> Answer {
        let time = self.now();
        let transaction = body["transaction"].as_str();
        if let Some(id) = transaction {
            self.transaction(id)?;
        }
        let query = &body["structuredQuery"];
        let names = self.find(parent, query)?;
        let select = query["select"]["fields"].as_array().map(|fields| {
            fields.iter().filter_map(|field| field["fieldPath"].as_str()).map(str::to_owned).collect::<Vec<_>>()
        });
        let mut parts = Vec::new();
        for name in &names {
            self.note_read(transaction, name)?;
            parts.push(json!({"document": self.document(name, select.as_deref()), "readTime": time}));
        }
        if parts.is_empty() {
            parts.push(json!({"readTime": time}));
        }
        Ok(parts.into())
    }

    pub(super) fn aggregate(&mut self, parent: &str, body: &Value) -> Answer {
        let time = self.now();
        let asked = &body["structuredAggregationQuery"];
        let count = self.find(parent, &asked["structuredQuery"])?.len();
        let mut fields = Map::new();
        for aggregation in asked["aggregations"].as_array().into_iter().flatten() {
            if aggregation.get("count").is_none() {
                return Err(Failed::new(501, "UNIMPLEMENTED", "only counts"));
            }
            let alias = aggregation["alias"].as_str().unwrap_or("field_1");
            fields.insert(alias.to_owned(), json!({"integerValue": count.to_string()}));
        }
        Ok(json!([{"result": {"aggregateFields": fields}, "readTime": time}]))
    }

    /// The names that a query finds, in its order.
    fn find(&self, parent: &str, query: &Value) -> Result<Vec<String>, Failed> {
        let from = &query["from"][0];
        let id = from["collectionId"].as_str().unwrap_or_default();
        let goes_down = from["allDescendants"].as_bool() == Some(true);
        let below = format!("{parent}/");
        let is_in = |name: &&String| {
            let Some(rest) = name.strip_prefix(&below) else { return false };
            let parts: Vec<_> = rest.split('/').collect();
            parts.len() % 2 == 0 && parts[parts.len() - 2] == id && (goes_down || parts.len() == 2)
        };
        let mut names = Vec::new();
        for name in self.documents.keys().filter(is_in) {
            if query.get("where").is_none_or(|filter| self.holds(name, filter)) {
                names.push(name.clone());
            }
        }
        let mut order: Vec<(String, bool)> = query["orderBy"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| {
                let path = one["field"]["fieldPath"].as_str().unwrap_or_default();
                (path.to_owned(), one["direction"] == "DESCENDING")
            })
            .collect();
        // What is compared is the order, where none is said.
        if order.is_empty() {
            let mut compared = Vec::new();
            inequalities(&query["where"], &mut compared);
            order.extend(compared.into_iter().map(|path| (path, false)));
        }
        if order.iter().all(|(path, _)| path != "__name__") {
            let is_down = order.last().is_some_and(|(_, is_down)| *is_down);
            order.push(("__name__".to_owned(), is_down));
        }
        names.retain(|name| order.iter().all(|(path, _)| self.value(name, path).is_some()));
        self.sort(&mut names, &order);
        for (cursor, is_start) in [("startAt", true), ("endAt", false)] {
            let Some(values) = query[cursor]["values"].as_array() else { continue };
            if values.len() > order.len() {
                return Err(invalid("Too many cursor values specified."));
            }
            let before = query[cursor]["before"].as_bool() == Some(true);
            names.retain(|name| {
                let by = |((path, is_down), value): (&(String, bool), &Value)| {
                    let order = compare(&self.value(name, path).expect("it was kept"), value);
                    if *is_down { order.reverse() } else { order }
                };
                let found = order.iter().zip(values).map(by).find(|order| order.is_ne());
                match (found, is_start) {
                    (None, true) => before,
                    (None, false) => !before,
                    (Some(order), true) => order.is_gt(),
                    (Some(order), false) => order.is_lt(),
                }
            });
        }
        let offset = query["offset"].as_u64().unwrap_or(0) as usize;
        let limit = query["limit"].as_u64().map_or(usize::MAX, |limit| limit as usize);
        Ok(names.into_iter().skip(offset).take(limit).collect())
    }

    pub(super) fn sort(&self, names: &mut Vec<String>, order: &[(String, bool)]) {
        names.retain(|name| order.iter().all(|(path, _)| self.value(name, path).is_some()));
        names.sort_by(|a, b| {
            let by = |(path, is_down): &(String, bool)| {
                let order = compare(&self.value(a, path).expect("kept"), &self.value(b, path).expect("kept"));
                if *is_down { order.reverse() } else { order }
            };
            order.iter().map(by).find(|order| order.is_ne()).unwrap_or_else(|| a.cmp(b))
        });
    }

    pub(super) fn value(&self, name: &str, path: &str) -> Option<Value> {
        if path == "__name__" {
            return Some(json!({"referenceValue": name}));
        }
        find(&self.documents.get(name)?.fields, &parts(path)).cloned()
    }

    fn holds(&self, name: &str, filter: &Value) -> bool {
        if let Some(composite) = filter.get("compositeFilter") {
            let mut filters = composite["filters"].as_array().into_iter().flatten();
            return match composite["op"].as_str() {
                Some("OR") => filters.any(|filter| self.holds(name, filter)),
                _ => filters.all(|filter| self.holds(name, filter)),
            };
        }
        let (kind, one) = match filter.get("unaryFilter") {
            Some(unary) => ("unary", unary),
            None => ("field", &filter["fieldFilter"]),
        };
        let Some(found) = self.value(name, one["field"]["fieldPath"].as_str().unwrap_or_default()) else {
            return false;
        };
        let op = one["op"].as_str().unwrap_or_default();
        let is_null = found.get("nullValue").is_some();
        let is_nan = found.get("doubleValue").is_some() && double(&found).is_nan();
        if kind == "unary" {
            return match op {
                "IS_NULL" => is_null,
                "IS_NOT_NULL" => !is_null,
                "IS_NAN" => is_nan,
                _ => !is_nan && !is_null,
            };
        }
        let given = &one["value"];
        let order = compare(&found, given);
        let same_kind = rank(&found) == rank(given);
        let is_any_of = |values: &[Value]| values.iter().any(|value| compare(&found, value).is_eq());
        let has_any_of = |values: &[Value]| {
            let held = elements(&found);
            values.iter().any(|value| held.iter().any(|one| compare(one, value).is_eq()))
        };
        match op {
            "EQUAL" => order.is_eq(),
            "NOT_EQUAL" => !is_null && order.is_ne(),
            "LESS_THAN" => same_kind && order.is_lt(),
            "LESS_THAN_OR_EQUAL" => same_kind && order.is_le(),
            "GREATER_THAN" => same_kind && order.is_gt(),
            "GREATER_THAN_OR_EQUAL" => same_kind && order.is_ge(),
            "IN" => is_any_of(&elements(given)),
            "NOT_IN" => !is_null && !is_any_of(&elements(given)),
            "ARRAY_CONTAINS" => has_any_of(std::slice::from_ref(given)),
            "ARRAY_CONTAINS_ANY" => has_any_of(&elements(given)),
            _ => false,
        }
    }
}

/// Fields that are compared by more than equality, in their order.
fn inequalities(filter: &Value, to: &mut Vec<String>) {
    for one in filter["compositeFilter"]["filters"].as_array().into_iter().flatten() {
        inequalities(one, to);
    }
    let one = &filter["fieldFilter"];
    let is_unequal = one["op"].as_str().is_some_and(|op| op.contains("THAN") || op.starts_with("NOT"));
    let path = one["field"]["fieldPath"].as_str().unwrap_or_default();
    if is_unequal && !to.iter().any(|known| known == path) {
        to.push(path.to_owned());
    }
}
