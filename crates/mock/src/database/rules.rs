//! Rules: what is changed in answers that are made up.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use siphasher::sip::SipHasher13;
use sqlx::any::AnyRow;
use std::fmt;
use std::hash::Hasher;
use std::str::FromStr;

use super::Database;
use super::audit::Entry;
use super::connection::now;
use crate::Error;

/// The rules of an API.
#[derive(Clone, Debug)]
pub struct Rules {
    database: Database,
    api: String,
}

/// What is changed in answers that are made up, at one place of their body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rule {
    /// Its number in the database; 0 before it is stored.
    #[serde(default)]
    pub id: i64,
    /// The operation, as in `GET /orders/{id}`; empty for all.
    #[serde(default)]
    pub operation: String,
    /// The place, as a JSON pointer; `*` stands for every item of a list.
    pub pointer: String,
    /// What is done there.
    pub action: Action,
    /// The value, or the values of which one is chosen.
    #[serde(default)]
    pub value: Value,
    /// Rules with a higher one act later, and so have the last word. Default: 0.
    #[serde(default)]
    pub priority: i64,
    /// Whether it acts.
    #[serde(default = "yes")]
    pub is_enabled: bool,
}

fn yes() -> bool {
    true
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Puts a value there.
    Set,
    /// Puts one of several values there: the same one for the same request.
    OneOf,
    /// Takes away what is there.
    Remove,
}

impl Action {
    /// The name, as in `one_of`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::OneOf => "one_of",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = [Self::Set, Self::OneOf, Self::Remove].into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| format!("unknown action `{text}`, expected set, one_of or remove"))
    }
}

impl Rule {
    /// A rule for an operation, or for all where that is empty.
    #[must_use]
    pub fn new(operation: impl Into<String>, pointer: impl Into<String>, action: Action, value: Value) -> Self {
        let (operation, pointer) = (operation.into(), pointer.into());
        Self { id: 0, operation, pointer, action, value, priority: 0, is_enabled: true }
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |message: String| Err(Error::Form { what: "the rule", message });
        if !self.pointer.is_empty() && !self.pointer.starts_with('/') {
            return wrong(format!("`{}` is no JSON pointer, expected one as in `/items/*/name`", self.pointer));
        }
        if self.action == Action::OneOf && self.value.as_array().is_none_or(Vec::is_empty) {
            return wrong(format!("`one_of` has {}, expected a list of values", self.value));
        }
        Ok(())
    }

    /// Does it to a body; whether anything was changed. `key` decides what is chosen.
    #[must_use]
    pub fn apply(&self, body: &mut Value, key: &str) -> bool {
        let parts: Vec<String> =
            self.pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
        let mut did = 0;
        self.at(body, &parts, key, &mut did);
        did > 0
    }

    /// Its depth is that of the pointer, which was given by who is allowed to; `did` tells places from each other.
    fn at(&self, value: &mut Value, parts: &[String], key: &str, did: &mut u64) {
        match (parts, value) {
            ([], value) => {
                if let Some(new) = self.value_for(key, *did) {
                    *value = new;
                    *did += 1;
                }
            }
            ([star, rest @ ..], Value::Array(items)) if star == "*" => {
                items.iter_mut().for_each(|item| self.at(item, rest, key, did));
            }
            ([name], Value::Object(fields)) => match self.value_for(key, *did) {
                Some(new) => {
                    fields.insert(name.clone(), new);
                    *did += 1;
                }
                None => *did += u64::from(fields.remove(name).is_some()),
            },
            ([name, rest @ ..], Value::Object(fields)) => {
                if let Some(field) = fields.get_mut(name) {
                    self.at(field, rest, key, did);
                }
            }
            ([number, rest @ ..], Value::Array(items)) => {
                let Ok(number) = number.parse::<usize>() else { return };
                if rest.is_empty() && self.action == Action::Remove && number < items.len() {
                    items.remove(number);
                    *did += 1;
                } else if let Some(item) = items.get_mut(number) {
                    self.at(item, rest, key, did);
                }
            }
            _ => {}
        }
    }

    fn value_for(&self, key: &str, place: u64) -> Option<Value> {
        match self.action {
            Action::Set => Some(self.value.clone()),
            Action::OneOf => {
                let values = self.value.as_array()?;
                let mut hash = SipHasher13::new();
                hash.write(key.as_bytes());
                hash.write(self.pointer.as_bytes());
                hash.write_u64(place);
                let at = hash.finish() % (values.len().max(1) as u64);
                values.get(usize::try_from(at).unwrap_or_default()).cloned()
            }
            Action::Remove => None,
        }
    }
}

impl Database {
    /// The rules of an API.
    #[must_use]
    pub fn rules(&self, api: &str) -> Rules {
        Rules { database: self.clone(), api: api.to_owned() }
    }
}

const COLUMNS: &str = "id, operation, pointer, action, value, priority, is_enabled";

impl Rules {
    /// Stores a rule; its number.
    ///
    /// # Errors
    /// [`Error::Form`] for a pointer that is none, or a choice of nothing; [`Error::Database`].
    pub async fn add(&self, rule: &Rule, actor: &str) -> Result<i64, Error> {
        rule.check()?;
        let failed = |error| self.database.failed("save a rule", error);
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        let sql = "INSERT INTO mock_generation_rules \
                   (pattern_id, api, operation, pointer, action, value, priority, is_enabled, created_at) VALUES \
                   ((SELECT id FROM mock_patterns WHERE api = $1 AND operation = $2 \
                     ORDER BY confidence DESC, id LIMIT 1), $1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
        let row = sqlx::query(sql)
            .bind(self.api.clone())
            .bind(rule.operation.clone())
            .bind(rule.pointer.clone())
            .bind(rule.action.as_str().to_owned())
            .bind(rule.value.to_string())
            .bind(rule.priority)
            .bind(i64::from(rule.is_enabled))
            .bind(now())
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        let id: i64 = self.database.read(&row, "id")?;
        let (subject, after) = (self.subject(id), rule.sentence());
        let entry = Entry { actor, action: "add a rule", subject: &subject, before: "", after: &after };
        entry.write(&mut transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(id)
    }

    /// All rules in the order in which they act.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn all(&self) -> Result<Vec<Rule>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM mock_generation_rules WHERE api = $1 ORDER BY priority, id");
        let rows = sqlx::query(&sql).bind(self.api.clone()).fetch_all(self.database.pool()).await;
        let rows = rows.map_err(|error| self.database.failed("read rules", error))?;
        rows.iter().map(|row| self.read(row)).collect()
    }

    /// Lets a rule act, or not.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is no such rule; [`Error::Database`].
    pub async fn enable(&self, id: i64, enabled: bool, actor: &str) -> Result<(), Error> {
        let action = if enabled { "enable a rule" } else { "disable a rule" };
        let sql = "UPDATE mock_generation_rules SET is_enabled = $3 WHERE api = $1 AND id = $2";
        self.change(sql, id, Some(i64::from(enabled)), action, actor).await
    }

    /// Forgets a rule.
    ///
    /// # Errors
    /// [`Error::Missing`] if there is no such rule; [`Error::Database`].
    pub async fn remove(&self, id: i64, actor: &str) -> Result<(), Error> {
        self.change("DELETE FROM mock_generation_rules WHERE api = $1 AND id = $2", id, None, "remove a rule", actor)
            .await
    }

    async fn change(&self, sql: &str, id: i64, value: Option<i64>, action: &str, actor: &str) -> Result<(), Error> {
        let before = self.all().await?.into_iter().find(|rule| rule.id == id);
        let Some(before) = before else {
            return Err(Error::Missing { what: format!("rule {id}"), hint: "`rules list` has all".to_owned() });
        };
        let failed = |error| self.database.failed("change a rule", error);
        let mut transaction = self.database.pool().begin().await.map_err(failed)?;
        let query = sqlx::query(sql).bind(self.api.clone()).bind(id);
        let query = value.into_iter().fold(query, sqlx::query::Query::bind);
        query.execute(&mut *transaction).await.map_err(failed)?;
        let (subject, before) = (self.subject(id), before.sentence());
        let entry = Entry { actor, action, subject: &subject, before: &before, after: "" };
        entry.write(&mut transaction).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    fn subject(&self, id: i64) -> String {
        format!("{} rule {id}", self.api)
    }

    fn read(&self, row: &AnyRow) -> Result<Rule, Error> {
        let database = &self.database;
        let action: String = database.read(row, "action")?;
        Ok(Rule {
            id: database.read(row, "id")?,
            operation: database.read(row, "operation")?,
            pointer: database.read(row, "pointer")?,
            action: action.parse().map_err(|error: String| database.failed("understand a rule", error))?,
            value: database.read_json(row, "value")?,
            priority: database.read(row, "priority")?,
            is_enabled: database.read::<i64>(row, "is_enabled")? == 1,
        })
    }
}

impl Rule {
    fn sentence(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(action: Action, pointer: &str, value: Value) -> Value {
        let mut body = json!({"items": [{"name": "a", "n": 1}, {"name": "b", "n": 2}], "total": 2});
        let _ = Rule::new("", pointer, action, value).apply(&mut body, "GET /orders");
        body
    }

    #[test]
    fn a_rule_acts_at_its_place_and_nowhere_else() {
        let set = applied(Action::Set, "/items/*/name", json!("x"));
        assert_eq!(set, json!({"items": [{"name": "x", "n": 1}, {"name": "x", "n": 2}], "total": 2}));
        assert_eq!(applied(Action::Remove, "/items/0", json!(null))["items"], json!([{"name": "b", "n": 2}]));
        assert_eq!(applied(Action::Remove, "/total", json!(null)).get("total"), None);
        assert_eq!(applied(Action::Set, "/new", json!([1]))["new"], json!([1]));
        let nowhere = ["/items/7/name", "/total/x", "/a/b", "/items/x"];
        assert!(
            nowhere
                .iter()
                .all(|place| applied(Action::Set, place, json!(1)) == applied(Action::Remove, "/none", json!(1)))
        );
    }

    #[test]
    fn what_is_chosen_is_the_same_for_the_same_request_and_one_of_what_there_is() {
        let values = json!(["red", "green", "blue"]);
        let one = applied(Action::OneOf, "/items/*/name", values.clone());
        assert_eq!(one, applied(Action::OneOf, "/items/*/name", values.clone()));
        assert!(values.as_array().expect("a list").contains(&one["items"][1]["name"]));
    }

    #[test]
    fn a_rule_that_makes_no_sense_says_why() {
        let error = Rule::new("", "name", Action::Set, json!(1)).check().expect_err("no pointer").to_string();
        assert_eq!(error, "the rule cannot be stored: `name` is no JSON pointer, expected one as in `/items/*/name`");
        assert!(Rule::new("", "/a", Action::OneOf, json!([])).check().is_err());
    }
}
