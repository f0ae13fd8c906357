//! Answers that keep to what is expected, and answers that do not: rules of bodies, what is expected, what came.

use serde_json::{Value, json};

/// What one rule, or none, makes of two bodies.
pub(crate) fn all() -> Vec<(Value, Value, Value)> {
    let matchers = |path: &str, rules: Value| json!({ path: { "matchers": rules } });
    let one = |path: &str, rule: Value| json!({ path: { "matchers": [rule] } });
    let ty = || json!({ "match": "type" });
    let mut cases = vec![
        // No rules: equality, with more members than are expected.
        (json!({}), json!({ "a": 1 }), json!({ "a": 1 })),
        (json!({}), json!({ "a": 1 }), json!({ "a": 1, "b": 2 })),
        (json!({}), json!({ "a": 1 }), json!({ "a": 2 })),
        (json!({}), json!({ "a": 1 }), json!({})),
        (json!({}), json!({ "a": 1 }), json!({ "a": "1" })),
        (json!({}), json!({ "a": null }), json!({ "a": null })),
        (json!({}), json!({ "a": null }), json!({})),
        (json!({}), json!({ "a": { "b": [1, 2] } }), json!({ "a": { "b": [1, 2] } })),
        (json!({}), json!({ "a": { "b": [1, 2] } }), json!({ "a": { "b": [1, 2, 3] } })),
        (json!({}), json!({ "a": { "b": [1, 2] } }), json!({ "a": { "b": [1] } })),
        (json!({}), json!([]), json!([])),
        (json!({}), json!([]), json!([1])),
        (json!({}), json!({}), json!({ "a": 1 })),
        (json!({}), json!({ "a": {} }), json!({ "a": [] })),
        (json!({}), json!({ "a": [] }), json!({ "a": {} })),
        (json!({}), json!("x"), json!("x")),
        (json!({}), json!(true), json!(false)),
        // Types, and what lies below them.
        (one("$", ty()), json!({ "a": 1, "b": "x" }), json!({ "a": 2, "b": "y" })),
        (one("$", ty()), json!({ "a": 1, "b": "x" }), json!({ "a": 2.5, "b": "y" })),
        (one("$", ty()), json!({ "a": 1, "b": "x" }), json!({ "a": "2", "b": "y" })),
        (one("$", ty()), json!({ "a": 1, "b": "x" }), json!({ "a": 2 })),
        (one("$", ty()), json!({ "a": { "b": true } }), json!({ "a": { "b": false, "c": 1 } })),
        (one("$", ty()), json!({ "a": { "b": true } }), json!({ "a": [] })),
        (one("$.a", ty()), json!({ "a": 1, "b": 1 }), json!({ "a": 2, "b": 2 })),
        (one("$.a", ty()), json!({ "a": null }), json!({ "a": 1 })),
        (one("$.a", ty()), json!({ "a": null }), json!({ "a": null })),
        // Lists by type: each like the one at its place, or like the first.
        (one("$.a", ty()), json!({ "a": [1] }), json!({ "a": [2, 3, 4] })),
        (one("$.a", ty()), json!({ "a": [1] }), json!({ "a": [2, "3"] })),
        (one("$.a", json!({ "match": "type", "min": 2 })), json!({ "a": [1] }), json!({ "a": [2] })),
        (one("$.a", json!({ "match": "type", "min": 2 })), json!({ "a": [1] }), json!({ "a": [2, 3] })),
        (one("$.a", json!({ "match": "type", "max": 2 })), json!({ "a": [1] }), json!({ "a": [2, 3, 4] })),
        (
            one("$.a", json!({ "match": "type", "min": 1, "max": 3 })),
            json!({ "a": [{ "id": 1 }] }),
            json!({ "a": [{ "id": 7 }, { "id": 8 }] }),
        ),
        (
            one("$.a", json!({ "match": "type", "min": 1 })),
            json!({ "a": [{ "id": 1 }] }),
            json!({ "a": [{ "id": 7 }, { "no": 8 }] }),
        ),
        (one("$.a", json!({ "match": "type", "min": 1 })), json!({ "a": [{ "id": 1 }] }), json!({ "a": [] })),
        (one("$.a", json!({ "match": "type", "min": 2 })), json!({ "a": [[1, 2]] }), json!({ "a": [[1], [2]] })),
        // Patterns and parts.
        (one("$.a", json!({ "match": "regex", "regex": "^[a-z]+$" })), json!({ "a": "x" }), json!({ "a": "yes" })),
        (one("$.a", json!({ "match": "regex", "regex": "^[a-z]+$" })), json!({ "a": "x" }), json!({ "a": "No" })),
        (one("$.a", json!({ "match": "regex", "regex": "\\d+" })), json!({ "a": "1" }), json!({ "a": 100 })),
        (one("$.a", json!({ "match": "regex", "regex": "\\d+" })), json!({ "a": 1 }), json!({ "a": "x9x" })),
        (one("$.a", json!({ "match": "include", "value": "b" })), json!({ "a": "b" }), json!({ "a": "abc" })),
        (one("$.a", json!({ "match": "include", "value": "b" })), json!({ "a": "b" }), json!({ "a": "xyz" })),
        (
            one("$.a[*].id", json!({ "match": "regex", "regex": "^o" })),
            json!({ "a": [{ "id": "o1" }] }),
            json!({ "a": [{ "id": "o2" }] }),
        ),
        (
            one("$.a[*].id", json!({ "match": "regex", "regex": "^o" })),
            json!({ "a": [{ "id": "o1" }] }),
            json!({ "a": [{ "id": "x2" }] }),
        ),
        (one("$['a b']", ty()), json!({ "a b": 1 }), json!({ "a b": 2 })),
        // Both must hold.
        (matchers("$.a", json!([ty(), { "match": "regex", "regex": "^y" }])), json!({ "a": "x" }), json!({ "a": "y" })),
        (matchers("$.a", json!([ty(), { "match": "regex", "regex": "^y" }])), json!({ "a": "x" }), json!({ "a": "z" })),
        // The one that is named beats the one above.
        (
            json!({ "$": { "matchers": [ty()] }, "$.a": { "matchers": [{ "match": "equality" }] } }),
            json!({ "a": 1, "b": 1 }),
            json!({ "a": 1, "b": 2 }),
        ),
        (
            json!({ "$": { "matchers": [ty()] }, "$.a": { "matchers": [{ "match": "equality" }] } }),
            json!({ "a": 1, "b": 1 }),
            json!({ "a": 2, "b": 2 }),
        ),
        (
            json!({ "$": { "matchers": [ty()] }, "$.a[*].id": { "matchers": [{ "match": "regex", "regex": "^o" }] } }),
            json!({ "a": [{ "id": "o1", "n": 1 }] }),
            json!({ "a": [{ "id": "o7", "n": 3 }, { "id": "o8", "n": 4 }] }),
        ),
        (
            json!({ "$": { "matchers": [ty()] }, "$.a[*].id": { "matchers": [{ "match": "regex", "regex": "^o" }] } }),
            json!({ "a": [{ "id": "o1", "n": 1 }] }),
            json!({ "a": [{ "id": "o7", "n": 3 }, { "id": "x8", "n": 4 }] }),
        ),
        // Keys that are whatever they are.
        (one("$.a", json!({ "match": "values" })), json!({ "a": { "x": 1 } }), json!({ "a": { "y": 1, "z": 1 } })),
        (
            json!({ "$.a": { "matchers": [{ "match": "values" }] }, "$.a.*": { "matchers": [ty()] } }),
            json!({ "a": { "x": 1 } }),
            json!({ "a": { "y": 2, "z": 3 } }),
        ),
        (
            json!({ "$.a": { "matchers": [{ "match": "values" }] }, "$.a.*": { "matchers": [ty()] } }),
            json!({ "a": { "x": 1 } }),
            json!({ "a": { "y": "2" } }),
        ),
    ];
    // A value by itself, against values of every kind.
    let values = [
        json!(1),
        json!(1.5),
        json!(0),
        json!("1"),
        json!("x"),
        json!(""),
        json!(true),
        json!("true"),
        json!(null),
        json!("2026-11-22"),
        json!("03:15:00"),
        json!("2026-11-22T03:15:00+01:00"),
        json!("1.2.3"),
    ];
    let rules = [
        json!({ "match": "integer" }),
        json!({ "match": "decimal" }),
        json!({ "match": "number" }),
        json!({ "match": "boolean" }),
        json!({ "match": "null" }),
        json!({ "match": "date", "format": "yyyy-MM-dd" }),
        json!({ "match": "time", "format": "HH:mm:ss" }),
        json!({ "match": "timestamp", "format": "yyyy-MM-dd'T'HH:mm:ssXXX" }),
        json!({ "match": "notEmpty" }),
        json!({ "match": "semver" }),
        json!({ "match": "equality" }),
        json!({ "match": "type" }),
    ];
    for rule in &rules {
        for value in &values {
            let example = match rule["match"].as_str() {
                Some("integer" | "number" | "type") => json!(7),
                Some("decimal") => json!(7.5),
                Some("boolean") => json!(false),
                Some("null") => json!(null),
                Some("date") => json!("2020-01-01"),
                Some("time") => json!("10:00:00"),
                Some("timestamp") => json!("2020-01-01T10:00:00Z"),
                Some("semver") => json!("0.1.0"),
                _ => json!("x"),
            };
            cases.push((one("$.a", rule.clone()), json!({ "a": example }), json!({ "a": value })));
        }
    }
    cases
}
