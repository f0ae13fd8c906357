//! Save, load: the same.

use std::sync::Arc;

use proptest::prelude::*;

use super::forest::forest;
use super::{FORMS, about, bytes, everything, json, stats_of, whole};
use crate::snapshot::{Detail, TracedSnapshot};
use crate::tree::{CallTree, CriticalPath, Events, Level, Metrics, Value};

/// A tree whose calls cannot be told from those of another by what is said of them.
fn sayings(tree: &Arc<CallTree>) -> Vec<String> {
    let snapshot = || TracedSnapshot::new(Arc::clone(tree), &stats_of(tree)).detail(Detail::Verbose);
    let events = Events::of(tree).map(|event| format!("{:?} {:?}", event.kind(), event.call().map(|c| c.name())));
    vec![
        snapshot().to_string(),
        snapshot().flat().with_measures().to_string(),
        Metrics::of(tree).to_string(),
        CriticalPath::of(tree).to_string(),
        events.collect(),
    ]
}

proptest! {
    #[test]
    fn what_is_loaded_is_what_was_saved(forest in forest()) {
        let tree = Arc::new(forest.tree());
        for form in FORMS {
            let loaded = whole(&bytes(&tree, form)[..]);
            prop_assert_eq!(everything(&loaded.tree), everything(&tree));
            prop_assert_eq!(sayings(&Arc::new(loaded.tree)), sayings(&tree));
            prop_assert_eq!(loaded.stats, stats_of(&tree));
            prop_assert_eq!(loaded.about, about());
        }
    }

    #[test]
    fn saved_again_it_is_the_same_file(forest in forest()) {
        let first = json(&forest.tree());
        prop_assert_eq!(json(&whole(first.as_bytes()).tree), first);
    }
}

#[test]
fn the_document_is_one_of_json_that_says_what_it_is() {
    let tree = crate::tree::testing::tree("a(b:7 c) d");
    let document: serde_json::Value = serde_json::from_str(&json(&tree)).expect("it is JSON");
    assert_eq!((document["format"].as_str(), document["version"].as_u64()), (Some("tracesnap-trace"), Some(1)));
    assert_eq!(document["started"], "2026-11-21T13:10:32.123456789Z");
    assert_eq!(document["stats"]["recorded"], 4);
    assert_eq!(document["calls"][1]["args"]["id"]["u64"], 7);
    let callsite = document["calls"][1]["call"].as_u64().expect("a number") as usize;
    assert_eq!(document["callsites"][callsite]["name"], "b");
    let first = json(&tree).lines().position(|line| line.starts_with("\"calls\"")).expect("a line of its own") + 1;
    assert_eq!(json(&tree).lines().skip(first).filter(|line| line.starts_with("{\"call\":")).count(), 4);
}

#[test]
fn a_document_may_be_written_otherwise_by_other_tools() {
    let tree = crate::tree::testing::tree("a(b:7 c) d");
    let document: serde_json::Value = serde_json::from_str(&json(&tree)).expect("it is JSON");
    let mut other =
        String::from("\n {\"format\": \"tracesnap-trace\", \"version\": 1, \"of another\": [{\"tool\": null}]");
    for key in ["callsites", "threads", "stats", "calls"] {
        other.push_str(&format!(", \"{key}\": {:#}", document[key]));
    }
    other.push_str(", \"own_cost\": {\"more\": 1}}");
    let loaded = whole(other.as_bytes());
    assert_eq!(everything(&loaded.tree)[3..], everything(&tree)[3..]);
}

#[test]
fn an_empty_trace_is_one() {
    let tree = crate::tree::testing::tree("");
    for form in FORMS {
        assert!(whole(&bytes(&tree, form)[..]).tree.is_empty());
    }
}

#[test]
fn a_hundred_thousand_calls_deep_is_not_too_deep() {
    let tree = crate::tree::testing::tree(&format!("{}{}", "a(".repeat(100_000), ")".repeat(100_000)));
    for form in FORMS {
        let loaded = whole(&bytes(&tree, form)[..]);
        assert_eq!(loaded.tree.walk().map(|(depth, _)| depth).max(), Some(99_999));
    }
}

#[test]
fn values_keep_their_type() {
    let values = r#"{"a": {"i64": 7}, "b": {"u64": 7}, "c": {"f64": 7.0}, "d": {"str": "7"}, "e": {"text": "7"},
        "f": {"i128": "7"}, "g": {"u128": "7"}, "h": {"nonfinite": "-inf"}, "i": "redacted", "j": {"bool": true}}"#;
    let document = format!(
        r#"{{"format": "tracesnap-trace", "version": 1, "stats": {{"recorded": 1}}, "threads": [{{}}],
        "callsites": [{{"name": "f", "level": "WARN", "fields": ["a","b","c","d","e","f","g","h","i","j"]}}],
        "calls": [{{"call": 0, "args": {values}}}]}}"#
    );
    let tree = whole(document.as_bytes()).tree;
    let call = tree.roots().next().expect("one call");
    let found: Vec<_> = call.args().map(|arg| arg.value()).collect();
    assert_eq!(
        found,
        [
            Value::I64(7),
            Value::U64(7),
            Value::F64(7.0),
            Value::Str("7"),
            Value::Text("7"),
            Value::I128(7),
            Value::U128(7),
            Value::F64(f64::NEG_INFINITY),
            Value::Redacted,
            Value::Bool(true)
        ]
    );
    assert_eq!((call.callsite().level, call.module(), call.polls()), (Level::Warn, "", 1));
}
