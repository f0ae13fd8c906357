//! How what a service answers now differs from what was recorded, by how bad that is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::Noise;
use super::leaves::{Kind, is_same, leaves};
use crate::matching::{Miss, shorten};
use crate::model::{Interaction, Session};

/// How bad a change is: see the table of [`compare`](crate::compare).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Nobody need do anything.
    Info,
    /// Something may have to be done.
    Warn,
    /// Programs break.
    Error,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// A value.
    Value,
    /// A field is new.
    Added,
    /// A field is gone.
    Removed,
    /// A request was made that was not recorded.
    NotRecorded,
    /// A type.
    Type,
    /// What succeeded fails, or the other way round.
    Status,
}

impl Change {
    /// How bad it is.
    #[must_use]
    pub fn tier(self) -> Tier {
        match self {
            Self::Value | Self::Added => Tier::Info,
            Self::Removed | Self::NotRecorded => Tier::Warn,
            Self::Type | Self::Status => Tier::Error,
        }
    }
}

/// One change, of all interactions of an operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Drifted {
    /// How bad it is.
    pub tier: Tier,
    /// What it is.
    pub change: Change,
    /// Whose.
    pub service: String,
    /// Of which operation.
    pub operation: String,
    /// Where in the response, with indices as `[*]`; `$` where it is of the whole.
    pub path: String,
    /// In how many interactions.
    pub count: u64,
    /// The first that was recorded so.
    pub recorded: String,
    /// And what it is now.
    pub found: String,
}

type Place = (std::cmp::Reverse<Tier>, String, String, String, Change);

/// All changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    changes: BTreeMap<Place, Drifted>,
    compared: u64,
    interactions: BTreeSet<u64>,
    noise: Noise,
}

impl Drift {
    /// How `found` differs from `recorded`. Noise is learned from both; what has no partner is told as not recorded, or not
    /// at all if it is only missing from `found`: not every run asks everything.
    #[must_use]
    pub fn between(recorded: &Session, found: &Session) -> Self {
        let noise = Noise::learn(&recorded.interactions).and(Noise::learn(&found.interactions));
        let mut drift = Self { noise, ..Self::default() };
        for (before, after) in super::pair(&recorded.interactions, &found.interactions) {
            match (before, after) {
                (Some(before), Some(after)) => {
                    drift.compare(&recorded.interactions[before], &found.interactions[after]);
                }
                (None, Some(after)) => {
                    let new = &found.interactions[after];
                    drift.add(Change::NotRecorded, new, "$", "nothing", &shorten(&new.request.to_string()));
                }
                _ => {}
            }
        }
        drift
    }

    /// Compares one interaction with what was recorded.
    pub fn compare(&mut self, recorded: &Interaction, found: &Interaction) {
        self.compared += 1;
        if recorded.is_success() != found.is_success() {
            let said = |one: &Interaction| match &one.error {
                Some(error) => format!("{}: {}", one.status, shorten(error)),
                None => one.status.to_string(),
            };
            self.add(Change::Status, recorded, "$", &said(recorded), &said(found));
            return;
        }
        let (before, after) = (leaves(&recorded.response), leaves(&found.response));
        let by_path: BTreeMap<&str, _> = after.iter().map(|leaf| (leaf.path.as_str(), leaf)).collect();
        let general: BTreeMap<&str, Kind> =
            after.iter().map(|leaf| (leaf.general.as_str(), Kind::of(leaf.value))).collect();
        let was: BTreeSet<&str> = before.iter().map(|leaf| leaf.general.as_str()).collect();
        for leaf in &before {
            let kind = Kind::of(leaf.value);
            let shown = shorten(&leaf.value.to_string());
            match by_path.get(leaf.path.as_str()) {
                Some(now) if is_same(leaf.value, now.value) => {}
                Some(now) if kind == Kind::of(now.value) => {
                    if !self.noise.is_noise(&recorded.service, &recorded.operation, &leaf.general) {
                        self.add(Change::Value, recorded, &leaf.general, &shown, &shorten(&now.value.to_string()));
                    }
                }
                // Whether a field may be null is not known from one that is.
                Some(now) => {
                    let kinds = (kind, Kind::of(now.value));
                    let change = if kinds.0 == Kind::Null { Change::Value } else { Change::Type };
                    let (a, b) = (kinds.0.as_str(), kinds.1.as_str());
                    let now = shorten(&now.value.to_string());
                    self.add(change, recorded, &leaf.general, &format!("{a} {shown}"), &format!("{b} {now}"));
                }
                // A shorter list has the same fields.
                None if general.contains_key(leaf.general.as_str()) => {}
                // What was empty has something now: those are new.
                None if matches!(kind, Kind::List | Kind::Object) && has_below(&leaf.general, kind, &after) => {}
                None if after.iter().any(|now| is_below(&now.general, &leaf.general)) => {
                    self.add(Change::Type, recorded, &leaf.general, kind.as_str(), "object or list");
                }
                None => match after.iter().find(|now| is_below(&leaf.general, &now.general)) {
                    // What was a list with elements is an empty one: nothing is known of elements.
                    Some(now) if Kind::of(now.value) == Kind::List => {}
                    Some(now) if Kind::of(now.value) != Kind::Object => {
                        let place = now.general.clone();
                        self.add(Change::Type, recorded, &place, "object or list", Kind::of(now.value).as_str());
                    }
                    _ => self.add(Change::Removed, recorded, &leaf.general, &shown, "nothing"),
                },
            }
        }
        for now in after.iter().filter(|now| !was.contains(now.general.as_str())) {
            let is_told = before.iter().any(|before| {
                let kind = Kind::of(before.value);
                // Elements of a list that was empty are nothing new; fields of an object that was empty are.
                let was_empty_object = kind == Kind::Object;
                is_below(&before.general, &now.general)
                    || (is_below(&now.general, &before.general) && !was_empty_object)
            });
            if !is_told {
                let shown = shorten(&now.value.to_string());
                self.add(Change::Added, recorded, &now.general, "nothing", &shown);
            }
        }
    }

    pub(crate) fn note_miss(&mut self, miss: &Miss) {
        let asked = Interaction::new(u64::MAX, &*miss.service, &*miss.operation, serde_json::Value::Null);
        self.add(Change::NotRecorded, &asked, "$", "nothing", "a request");
    }

    fn add(&mut self, change: Change, of: &Interaction, path: &str, recorded: &str, found: &str) {
        /// More places tell nobody anything.
        const MOST: usize = 10_000;
        if change.tier() > Tier::Info {
            self.interactions.insert(of.id);
        }
        let tier = change.tier();
        let place = (std::cmp::Reverse(tier), of.service.clone(), of.operation.clone(), path.to_owned(), change);
        if self.changes.len() >= MOST && !self.changes.contains_key(&place) {
            return;
        }
        let (service, operation, path) = (place.1.clone(), place.2.clone(), place.3.clone());
        let drifted = self.changes.entry(place).or_insert_with(|| Drifted {
            tier,
            change,
            service,
            operation,
            path,
            count: 0,
            recorded: recorded.to_owned(),
            found: found.to_owned(),
        });
        drifted.count += 1;
    }

    /// All changes, worst first.
    pub fn changes(&self) -> impl Iterator<Item = &Drifted> {
        self.changes.values()
    }

    /// The worst tier of all.
    #[must_use]
    pub fn worst(&self) -> Option<Tier> {
        self.changes.values().map(|change| change.tier).max()
    }

    /// Whether programs break.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.worst() == Some(Tier::Error)
    }

    /// Interactions that changed by more than information.
    #[must_use]
    pub fn interactions(&self) -> usize {
        self.interactions.len()
    }

    /// Interactions that were compared.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.compared
    }
}

/// Whether a path is below another one.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// Whether what was an empty list or object has elements or fields now.
fn has_below(path: &str, kind: Kind, now: &[super::leaves::Leaf<'_>]) -> bool {
    now.iter().any(|leaf| {
        let rest = leaf.general.strip_prefix(path).unwrap_or_default();
        if kind == Kind::List { rest.starts_with("[*]") } else { rest.starts_with('.') || rest.starts_with("['") }
    })
}

impl Serialize for Drift {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.changes())
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, change) in self.changes().enumerate() {
            let Drifted { tier, service, operation, path, count, recorded, found, .. } = change;
            let tier = match tier {
                Tier::Error => "error",
                Tier::Warn => "warn ",
                Tier::Info => "info ",
            };
            let line = if at == 0 { "" } else { "\n" };
            write!(f, "{line}{tier} {service} {operation} {path} ×{count}: {recorded} recorded, {found} now")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn drift(recorded: Value, found: Value) -> String {
        let with = |response| Interaction { response, ..Interaction::new(0, "s", "o", json!(1)) };
        let mut drift = Drift::default();
        drift.compare(&with(recorded), &with(found));
        drift.to_string()
    }

    #[test]
    fn each_change_has_its_tier() {
        assert_eq!(drift(json!({"a": 1}), json!({"a": 2})), "info  s o $.a ×1: 1 recorded, 2 now");
        assert_eq!(drift(json!({"a": 1}), json!({"a": 1, "b": 2})), "info  s o $.b ×1: nothing recorded, 2 now");
        assert_eq!(drift(json!({"a": 1, "b": 2}), json!({"a": 1})), "warn  s o $.b ×1: 2 recorded, nothing now");
        assert_eq!(drift(json!({"a": 1}), json!({"a": "1"})), "error s o $.a ×1: number 1 recorded, string \"1\" now");
        assert_eq!(
            drift(json!({"a": 1}), json!({"a": {"b": 1}})),
            "error s o $.a ×1: number recorded, object or list now"
        );
        assert_eq!(
            drift(json!({"a": {"b": 1}}), json!({"a": 1})),
            "error s o $.a ×1: object or list recorded, number now"
        );
    }

    #[test]
    fn lists_of_other_lengths_are_the_same_type() {
        assert_eq!(drift(json!([{"a": 1}, {"a": 1}]), json!([{"a": 1}])), "");
        assert_eq!(drift(json!({"a": [{"b": 1}]}), json!({"a": []})), "");
        assert_eq!(drift(json!({"a": []}), json!({"a": [{"b": 1}]})), "");
        assert_eq!(drift(json!({"a": 1}), json!({"a": 1.0})), "");
        assert_eq!(drift(json!({"a": {}}), json!({"a": {"b": 1}})), "info  s o $.a.b ×1: nothing recorded, 1 now");
        assert_eq!(
            drift(json!({"a": []}), json!({"a": {"b": 1}})),
            "error s o $.a ×1: list recorded, object or list now"
        );
        assert_eq!(drift(json!({"a": 1}), json!({"a": 1, "ab": 2})), "info  s o $.ab ×1: nothing recorded, 2 now");
    }

    #[test]
    fn success_and_failure_are_not_the_same() {
        let recorded = Interaction::new(0, "s", "o", json!(1));
        let mut found = recorded.clone();
        found.status = crate::Status::Error;
        found.error = Some("gone".into());
        let mut drift = Drift::default();
        drift.compare(&recorded, &found);
        assert_eq!(drift.to_string(), "error s o $ ×1: success recorded, error: gone now");
        assert!(drift.is_error());
    }

    #[test]
    fn what_differs_between_repeats_is_noise_and_no_drift() {
        let with = |id, response| Interaction { response, ..Interaction::new(id, "s", "o", json!(1)) };
        let session = |at: [i32; 2], name: &str| {
            let answer = |at: i32| json!({"at": at, "name": name});
            Session::new("x", vec![with(0, answer(at[0])), with(1, answer(at[1]))])
        };
        let drift = Drift::between(&session([1, 2], "a"), &session([3, 4], "b"));
        assert_eq!(drift.to_string(), "info  s o $.name ×2: \"a\" recorded, \"b\" now");
    }
}
