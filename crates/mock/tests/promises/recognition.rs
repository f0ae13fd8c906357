//! Confidence is a probability with reasons; words and rules are data of the user.

use proptest::prelude::*;
use tracesnap_mock::patterns::{Library, Model, Pattern, Recognition, Recognizer, Strategy as Answering};
use tracesnap_openapi::Document;

const SHOP: &str = r#"
openapi: 3.0.3
info: { title: Shop, version: "1" }
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{ name: suchwort, in: query, schema: { type: string } }]
      responses: { 200: { description: fine, content: { application/json: { schema: { type: array, items: { type: object, properties: { id: { type: integer } } } } } } } }
  /orders/{id}/frobnicate:
    post: { operationId: frobnicateOrder, responses: { 200: { description: fine } } }
  /badge/{id}/swipe:
    post: { operationId: swipeBadge, responses: { 200: { description: fine } } }
"#;

fn recognised(library: Library) -> Vec<Recognition> {
    let document = Document::parse("shop.yaml", SHOP).expect("it can be read");
    Recognizer::new(library, Model::default()).document(&document)
}

#[test]
fn every_pattern_that_counts_has_a_confidence_and_reasons() {
    let found = recognised(Library::default());
    let list = &found[0];
    assert_eq!(list.patterns.len(), 1, "{list:?}");
    let crud = &list.patterns[0];
    assert!(crud.pattern == Pattern::Crud && crud.confidence > 0.9 && crud.confidence < 1.0);
    assert!(crud.reasons.contains(&"GET answers a list of items".to_owned()), "{:?}", crud.reasons);
}

#[test]
fn an_operation_that_is_nothing_of_all_has_an_empty_list_and_falls_back() {
    let frobnicate = &recognised(Library::default())[1];
    assert!(frobnicate.patterns.is_empty() && frobnicate.strategy == Answering::Fallback, "{frobnicate:?}");
    assert!(frobnicate.confidences.iter().all(|confidence| *confidence < 0.5));
}

#[test]
fn words_of_a_library_are_found() {
    let without = recognised(Library::default());
    let with = recognised(Library::built_in().extended("[search]\nparams = ['suchwort']").unwrap());
    assert!(!without[0].is(Pattern::Search) && with[0].is(Pattern::Search));
    let reasons = &with[0].patterns.iter().find(|found| found.pattern == Pattern::Search).unwrap().reasons;
    assert!(reasons.contains(&"`suchwort` takes what is searched for".to_owned()), "{reasons:?}");
}

#[test]
fn a_rule_of_a_library_decides_and_is_the_reason() {
    let rule = "[[rule]]\npattern = 'auth'\nmethod = 'post'\npath = '/badge/*/swipe'\nwords = ['swipe']\nconfidence = 0.95\n\
                reason = 'badges sign in here'";
    let swipe = &recognised(Library::built_in().extended(rule).unwrap())[2];
    assert_eq!(swipe.patterns.len(), 1, "{swipe:?}");
    assert_eq!((swipe.patterns[0].confidence, swipe.strategy), (0.95, Answering::Template));
    assert_eq!(swipe.patterns[0].reasons, ["badges sign in here"]);
    let never = "[[rule]]\npattern = 'crud'\nconfidence = 0.0";
    assert!(recognised(Library::built_in().extended(never).unwrap()).iter().all(|found| !found.is(Pattern::Crud)));
}

#[test]
fn the_strategy_follows_from_the_highest_confidence() {
    let strategies = [0.95, 0.9, 0.7, 0.69, 0.0].map(Answering::of);
    use Answering::{Fallback, Intelligent, Template};
    assert_eq!(strategies, [Template, Intelligent, Intelligent, Fallback, Fallback]);
}

#[test]
fn the_form_for_programs_has_these_keys_and_no_others() {
    let found = serde_json::to_value(recognised(Library::default())).unwrap();
    let keys = |value: &serde_json::Value| {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys(&found[0]), ["method", "operation_id", "path", "patterns", "strategy"]);
    assert_eq!(keys(&found[0]["patterns"][0]), ["confidence", "pattern", "reasons"]);
    assert_eq!(found[0]["patterns"][0]["pattern"], "crud");
    assert_eq!(found[1]["patterns"], serde_json::json!([]));
}

#[test]
fn the_same_document_is_always_recognised_alike() {
    let first = recognised(Library::default());
    assert!((0..5).all(|_| recognised(Library::default()) == first));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever operations are called, each has a confidence between 0 and 1 in everything.
    #[test]
    fn any_names_can_be_recognised(
        path in "(/[\\PC]{0,12}){0,4}", id in "\\PC{0,20}", summary in "\\PC{0,40}", parameter in "\\PC{0,10}",
    ) {
        let document = serde_json::json!({"openapi": "3.1.0", "paths": {path: {"post": {
            "operationId": id, "summary": summary, "parameters": [{"name": parameter, "in": "query", "schema": true}],
            "responses": {"200": {"content": {"application/json": {"schema": {"properties": {parameter: {}}}}}}},
        }}}});
        let document = Document::parse("any.json", document.to_string()).unwrap();
        for found in Recognizer::default().document(&document) {
            prop_assert!(found.confidences.iter().all(|confidence| (0.0..=1.0).contains(confidence)));
        }
    }
}
