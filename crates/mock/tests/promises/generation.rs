//! What is made keeps to its schema, and what cannot be made is said.

use std::sync::Arc;

use serde_json::{Value, json};
use tracesnap_mock::generate::{Generator, Given, Quality, Settings, Source};
use tracesnap_mock::validate::Answers;
use tracesnap_openapi::{Document, Schema};

pub(crate) fn market() -> Arc<Document> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/generation/market.yaml");
    Arc::new(Document::open(path).expect("our own document"))
}

pub(crate) fn schema<'d>(document: &'d Document, name: &str) -> Schema<'d> {
    document.schemas().into_iter().find(|(known, _)| *known == name).expect(name).1
}

pub(crate) fn generator(document: &Arc<Document>, quality: Quality) -> Generator {
    Generator::new(Arc::clone(document), Settings::default().with_quality(quality))
}

#[test]
fn whatever_a_schema_asks_for_is_made_and_passes_the_validator() {
    let document = market();
    let answers = Answers::new(Arc::clone(&document));
    for quality in Quality::ALL {
        let generator = generator(&document, quality);
        for (name, schema) in document.schemas() {
            if ["Endless", "Impossible", "TooFew", "Nothing", "NoWay", "Undated"].contains(&name) {
                continue;
            }
            for key in 0..40 {
                let made = generator.generate(schema, &Given::key(key));
                assert!(made.valid, "{name}, {quality}, {key}: {made:?}");
                if let Err(violations) = answers.check(schema, &made.value) {
                    panic!("{name}, {quality}, {key}: {} breaks {violations:?}", made.value);
                }
            }
        }
    }
}

#[test]
fn what_nothing_satisfies_is_reported_and_never_passed_off_as_valid() {
    let document = market();
    let generator = generator(&document, Quality::Realistic);
    for name in ["Endless", "Impossible", "TooFew", "Nothing", "NoWay", "Undated"] {
        let made = generator.generate(schema(&document, name), &Given::key(1));
        assert!(!made.valid, "{name}: {made:?}");
        assert!(!made.reasons.is_empty(), "{name}");
    }
    let made = generator.generate(schema(&document, "Impossible"), &Given::key(1));
    assert_eq!(made.reasons, ["a: no number lies within its bounds"]);
    // Something of the right shape is there all the same.
    assert!(made.value.get("a").is_some(), "{made:?}");
    let made = generator.generate(schema(&document, "NoWay"), &Given::key(1));
    assert!(!made.valid && made.value.is_object(), "{made:?}");
    let made = generator.generate(schema(&document, "Undated"), &Given::key(1));
    assert!(!made.valid && made.value.as_str().is_some_and(|text| text.ends_with('Z')), "{made:?}");
}

#[test]
fn the_same_question_has_the_same_answer_and_another_one_another() {
    let document = market();
    let order = schema(&document, "Order");
    let text = |seed, key| {
        let generator = Generator::new(Arc::clone(&document), Settings::default().with_seed(seed));
        generator.value(order, &Given::key(key)).to_string()
    };
    assert_eq!(text(0, 1), text(0, 1));
    assert_ne!(text(0, 1), text(0, 2));
    assert_ne!(text(0, 1), text(1, 1));
    // What was made before does not matter.
    let generator = generator(&document, Quality::Realistic);
    let _ = generator.value(schema(&document, "Person"), &Given::key(9));
    let _ = generator.value(order, &Given::key(8));
    assert_eq!(generator.value(order, &Given::key(1)).to_string(), text(0, 1));
}

#[test]
fn answers_are_the_same_on_every_machine() {
    let document = market();
    let person = generator(&document, Quality::Realistic).value(schema(&document, "Person"), &Given::key(1));
    let told =
        ["id", "full_name", "email", "birth_date"].map(|name| person[name].as_str().unwrap_or_default().to_owned());
    assert_eq!(
        told,
        ["cdc48ed4-f9bd-4eeb-92f2-05133bc1d9e7", "Robin Ferrari", "robin.ferrari@example.com", "1965-02-24"]
    );
}

#[test]
fn recursion_ends_at_optional_places() {
    let document = market();
    for quality in Quality::ALL {
        let tree = generator(&document, quality).value(schema(&document, "Tree"), &Given::key(3));
        assert!(depth(&tree) < 20, "{tree}");
    }
    let deep = generator(&document, Quality::Realistic).value(schema(&document, "Deep"), &Given::key(3));
    assert!(depth(&deep) < 10, "{deep}");
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn a_hostile_chain_of_required_objects_ends_in_a_reason_and_not_in_an_overflow() {
    let mut schemas = serde_json::Map::new();
    for at in 0..5_000 {
        let next = format!("#/components/schemas/S{}", at + 1);
        schemas.insert(
            format!("S{at}"),
            json!({"type": "object", "required": ["n"], "properties": {"n": {"$ref": next}}}),
        );
    }
    schemas.insert("S5000".to_owned(), json!({"type": "integer"}));
    // Each level doubles: 2^40 values, were they all made.
    for at in 0..40 {
        let next = json!({"$ref": format!("#/components/schemas/T{}", at + 1)});
        let both = json!({"type": "object", "required": ["a", "b"], "properties": {"a": next, "b": next}});
        schemas.insert(format!("T{at}"), both);
    }
    schemas.insert("T40".to_owned(), json!({"type": "string"}));
    let text = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": schemas}});
    let document = Arc::new(Document::parse("hostile.json", text.to_string()).expect("it is one"));
    let generator = generator(&document, Quality::Realistic);
    let long = generator.generate(schema(&document, "S0"), &Given::key(0));
    assert!(!long.valid && long.reasons[0].contains("too large"), "{:?}", long.reasons);
    let short = generator.generate(schema(&document, "S4990"), &Given::key(0));
    assert!(short.valid, "{:?}", short.reasons);
    let wide = generator.generate(schema(&document, "T0"), &Given::key(0));
    assert!(!wide.valid, "2^40 values");
}

#[test]
fn a_thing_has_one_id_in_all_its_places_though_it_is_made_again() {
    let document = market();
    let generator = generator(&document, Quality::Realistic);
    for key in 0..40 {
        let made = generator.value(schema(&document, "Retold"), &Given::key(key));
        let sided = generator.value(schema(&document, "Sided"), &Given::key(key));
        for one in made.as_array().expect("a list").iter().chain([&sided, &sided["details"]]) {
            let (id, url) = (one["id"].as_str().expect("an id"), one["self"].as_str().expect("an address"));
            assert!(url.ends_with(id), "{one}");
        }
    }
}

#[test]
fn the_property_that_tells_the_ways_apart_says_which_one_it_is() {
    let document = market();
    let generator = generator(&document, Quality::Realistic);
    let mut kinds = std::collections::BTreeSet::new();
    for key in 0..30 {
        let pet = generator.value(schema(&document, "Pet"), &Given::key(key));
        let kind = pet["kind"].as_str().expect("a kind").to_owned();
        // What only the other one has is there for nobody but validators, which do not know the property.
        assert_eq!(kind == "cat", pet["lives"].is_number(), "{pet}");
        assert_eq!(kind == "dog", pet["breed"].is_string(), "{pet}");
        kinds.insert(kind);
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["cat", "dog"]);
}

#[test]
fn examples_that_keep_to_their_schema_are_honoured_and_others_are_told() {
    let document = market();
    let operation = document.operation_by_id("greet").expect("it is there");
    let media = operation.response(200).and_then(|response| response.json()).expect("a body");
    let body = generator(&document, Quality::Realistic).body(&media, &Given::key(1)).expect("a body");
    assert_eq!(body.source, Source::Example);
    assert_eq!(body.value, json!({"id": 1, "text": "hello"}));
    assert_eq!(body.reasons, ["the example `broken` breaks its own schema"]);
    // What is asked for by id has that id.
    let body = generator(&document, Quality::Realistic).body(&media, &Given::key(1).identified("7")).expect("a body");
    assert_eq!(body.value, json!({"id": 7, "text": "hello"}));
    let plain = Generator::new(Arc::clone(&document), Settings::default().with_examples(false));
    assert_eq!(plain.body(&media, &Given::key(1)).expect("a body").source, Source::Generated);
}

#[test]
fn an_example_without_a_schema_is_an_answer_with_the_id_that_was_asked_for() {
    let document = market();
    let operation = document.operation_by_id("readNote").expect("it is there");
    let media = operation.response(200).and_then(|response| response.json()).expect("a body");
    for given in [Given::key(1).identified("8"), Given::key(1).about("note").with("noteId", "8")] {
        let body = generator(&document, Quality::Realistic).body(&media, &given).expect("a body");
        assert_eq!((body.source, &body.value["id"]), (Source::Example, &json!(8)));
    }
}

#[test]
fn what_was_recorded_is_answered_exactly_and_told_where_it_breaks_the_schema() {
    let document = market();
    let operation = document.operation_by_id("greet").expect("it is there");
    let media = operation.response(200).and_then(|response| response.json()).expect("a body");
    let recorded = json!({"id": 4, "text": "as it was", "extra": true});
    let exact = generator(&document, Quality::Exact);
    let body = exact.body(&media, &Given::key(1).recorded(recorded.clone())).expect("a body");
    assert_eq!((body.value, body.source, body.valid), (recorded, Source::Recorded, true));
    let body = exact.body(&media, &Given::key(1).recorded(json!({"id": "x"}))).expect("a body");
    assert!(!body.valid);
    assert_eq!(body.reasons, ["what was recorded breaks the schema"]);
}

#[test]
fn basic_is_what_is_required_and_realistic_is_nearly_everything() {
    let document = market();
    let person = schema(&document, "Person");
    let members = |quality| {
        generator(&document, quality).value(person, &Given::key(5)).as_object().map_or(0, serde_json::Map::len)
    };
    assert_eq!(members(Quality::Basic), 2);
    assert_eq!(members(Quality::Realistic), 13);
    // Where nothing is required, something is said all the same.
    let address = generator(&document, Quality::Basic).value(schema(&document, "Address"), &Given::key(5));
    assert_ne!(address, json!({}));
}

#[test]
fn what_is_write_only_is_in_requests_only() {
    let document = market();
    let generator = generator(&document, Quality::Realistic);
    let order = schema(&document, "Order");
    assert!(generator.value(order, &Given::key(1)).get("secret").is_none());
    assert!(generator.value(order, &Given::key(1).for_request()).get("secret").is_some());
}

#[test]
fn an_unknown_quality_is_told_with_those_that_exist() {
    assert_eq!("Production".parse(), Ok(Quality::Production));
    let error = Quality::parse("best").expect_err("there is none");
    assert_eq!(error.to_string(), "unknown quality `best`; expected one of basic, realistic, production, exact");
}

#[test]
fn the_validator_says_what_is_wrong_and_where() {
    let document = market();
    let answers = Answers::new(Arc::clone(&document));
    let violations =
        answers.check(schema(&document, "Greeting"), &json!({"id": "one"})).expect_err("two things are wrong");
    let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("/id: ")), "{told:?}");
    assert!(!told.concat().contains("one"), "values are not repeated: {told:?}");
}

#[test]
fn a_generator_is_shared_by_threads() {
    let document = market();
    let shared = Arc::new(generator(&document, Quality::Realistic));
    let alone = shared.value(schema(&document, "Orders"), &Given::key(5));
    let fresh = Arc::new(generator(&document, Quality::Realistic));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (fresh, document) = (Arc::clone(&fresh), Arc::clone(&document));
            std::thread::spawn(move || fresh.value(schema(&document, "Orders"), &Given::key(5)))
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("no thread panics"), alone);
    }
}
