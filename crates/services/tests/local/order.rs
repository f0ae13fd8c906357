//! The order that Firestore has among values of all kinds.

use std::cmp::Ordering;

use serde_json::Value;

/// Compares two values in the form of the wire.
pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    let (rank_a, rank_b) = (rank(a), rank(b));
    if rank_a != rank_b {
        return rank_a.cmp(&rank_b);
    }
    match rank_a {
        1 => a["booleanValue"].as_bool().cmp(&b["booleanValue"].as_bool()),
        2 => numbers(a, b),
        3 => text(a, "timestampValue").cmp(text(b, "timestampValue")),
        4 => text(a, "stringValue").cmp(text(b, "stringValue")),
        5 => bytes(a).cmp(&bytes(b)),
        6 => text(a, "referenceValue").split('/').cmp(text(b, "referenceValue").split('/')),
        7 => {
            let place = |value: &Value, name: &str| value["geoPointValue"][name].as_f64().unwrap_or(0.0);
            let by = |name: &str| place(a, name).total_cmp(&place(b, name));
            by("latitude").then_with(|| by("longitude"))
        }
        8 => {
            let (a, b) = (elements(a), elements(b));
            let pairs = a.iter().zip(&b).map(|(a, b)| compare(a, b));
            pairs.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        9 => {
            let entries = |value: &Value| {
                let mut entries: Vec<_> = value["mapValue"]["fields"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                entries
            };
            let (a, b) = (entries(a), entries(b));
            let pairs = a.iter().zip(&b).map(|(a, b)| a.0.cmp(&b.0).then_with(|| compare(&a.1, &b.1)));
            pairs.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        _ => Ordering::Equal,
    }
}

/// The kinds in their order; whole numbers and others are one.
pub(super) fn rank(value: &Value) -> u8 {
    let kind = value.as_object().and_then(|kinds| kinds.keys().next()).map_or("", String::as_str);
    match kind {
        "booleanValue" => 1,
        "integerValue" | "doubleValue" => 2,
        "timestampValue" => 3,
        "stringValue" => 4,
        "bytesValue" => 5,
        "referenceValue" => 6,
        "geoPointValue" => 7,
        "arrayValue" => 8,
        "mapValue" => 9,
        _ => 0,
    }
}

fn text<'v>(value: &'v Value, kind: &str) -> &'v str {
    value[kind].as_str().unwrap_or_default()
}

fn bytes(value: &Value) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text(value, "bytesValue")).unwrap_or_default()
}

pub(super) fn elements(value: &Value) -> Vec<Value> {
    value["arrayValue"]["values"].as_array().cloned().unwrap_or_default()
}

pub(super) fn double(value: &Value) -> f64 {
    match (&value["integerValue"], &value["doubleValue"]) {
        (Value::String(whole), _) => whole.parse::<i64>().map_or(f64::NAN, |whole| whole as f64),
        (_, Value::String(word)) if word == "Infinity" => f64::INFINITY,
        (_, Value::String(word)) if word == "-Infinity" => f64::NEG_INFINITY,
        (_, number) => number.as_f64().unwrap_or(f64::NAN),
    }
}

/// A number that is none comes before all others.
fn numbers(a: &Value, b: &Value) -> Ordering {
    if let (Some(a), Some(b)) = (a["integerValue"].as_str(), b["integerValue"].as_str())
        && let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>())
    {
        return a.cmp(&b);
    }
    let (a, b) = (double(a), double(b));
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}
