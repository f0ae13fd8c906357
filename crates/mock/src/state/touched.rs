//! Moves the moment of the last change on, when something changes.
//!
//! There is no clock: each change is a second after what was there, so that the same requests get the same answers.

use serde_json::Value;
use tracesnap_openapi::Schema;

use super::names::key;
use crate::generate::moment::{read_date_time, write_date_time};

/// Names of the moment of the last change.
const CHANGED: [&str; 12] = [
    "updated",
    "updatedat",
    "updatedon",
    "updatedtime",
    "updatetime",
    "modified",
    "modifiedat",
    "modifiedon",
    "lastmodified",
    "lastupdated",
    "lastmodifiedat",
    "lastupdatedat",
];

/// Properties that say when an item was changed, as they are after the next change; those that the change itself sets are
/// left as it says.
pub(super) fn moved<'d>(
    properties: &[(&'d str, Schema<'d>)],
    item: &Value,
    set: &[(&'d str, Value)],
) -> Vec<(&'d str, Value)> {
    let says_when = |name: &str| CHANGED.contains(&key(name).as_str());
    let left = |name: &str| !set.iter().any(|(known, _)| *known == name);
    let named = properties.iter().map(|(name, _)| *name).filter(|name| says_when(name) && left(name));
    named.filter_map(|name| Some((name, later(item.get(name)?)?))).collect()
}

fn later(moment: &Value) -> Option<Value> {
    match moment {
        Value::String(text) => {
            let mut later = String::new();
            write_date_time(read_date_time(text)? + 1, &mut later);
            Some(later.into())
        }
        Value::Number(number) => Some(number.as_i64()?.checked_add(1)?.into()),
        _ => None,
    }
}
