//! The definition of the patterns, spelled out operation by operation in `tests/fixtures/definition`, holds.

use std::path::Path;

use tracesnap_mock::patterns::{Pattern, Recognizer};
use tracesnap_openapi::Document;

#[test]
fn every_operation_of_the_definition_is_what_it_is_said_to_be() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/definition");
    let mut wrong = Vec::new();
    let mut operations = 0;
    for name in ["bakery.yaml", "calls.yaml", "members.yaml"] {
        let document = Document::open(folder.join(name)).expect("it can be read");
        for (operation, found) in document.operations().zip(Recognizer::default().document(&document)) {
            operations += 1;
            let mut expected: Vec<&str> = operation.node().texts("x-labels").filter(|label| *label != "none").collect();
            let mut patterns: Vec<&str> = found.patterns.iter().map(|found| found.pattern.as_str()).collect();
            expected.sort_unstable();
            patterns.sort_unstable();
            if expected != patterns {
                wrong.push(format!("{} {}: {patterns:?} instead of {expected:?}", found.method, found.path));
            }
        }
    }
    assert!(operations > 140, "{operations} operations");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_pattern_and_none_of_them_is_part_of_the_definition() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/definition");
    let mut seen = std::collections::BTreeMap::new();
    for name in ["bakery.yaml", "calls.yaml", "members.yaml"] {
        let document = Document::open(folder.join(name)).expect("it can be read");
        for label in document.operations().flat_map(|operation| operation.node().texts("x-labels").collect::<Vec<_>>())
        {
            assert!(label == "none" || Pattern::parse(label).is_some(), "{label}");
            *seen.entry(label.to_owned()).or_insert(0) += 1;
        }
    }
    assert!(seen.len() == 6 && seen.values().all(|count| *count >= 8), "{seen:?}");
}
