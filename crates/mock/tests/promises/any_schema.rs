//! Whatever schema somebody writes: what is called valid is, and nothing ends the process.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tracesnap_mock::Mock;
use tracesnap_mock::generate::{Generator, Given, Quality, Settings};
use tracesnap_mock::validate::Answers;
use tracesnap_openapi::Document;

use crate::generation::schema;

const NAMES: [&str; 10] = ["id", "name", "email", "created_at", "total", "items", "status", "url", "note", "parent"];

fn document(schemas: Vec<Value>) -> Arc<Document> {
    let named: serde_json::Map<String, Value> =
        schemas.into_iter().enumerate().map(|(at, schema)| (format!("S{at}"), schema)).collect();
    let text = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}, "components": {"schemas": named}});
    Arc::new(Document::parse("any.json", text.to_string()).expect("it is a document"))
}

/// Schemas that a value satisfies, each by itself.
fn satisfiable() -> impl Strategy<Value = Value> {
    let number = (-1_000i64..1_000, 0i64..50, 1i64..9, any::<bool>()).prop_map(|(low, more, step, whole)| {
        let kind = if whole { "integer" } else { "number" };
        json!({"type": kind, "minimum": low * step, "maximum": (low + more) * step, "multipleOf": step})
    });
    let open = (-500i64..500, 1i64..60)
        .prop_map(|(low, more)| json!({"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + more}));
    let text = (0usize..30, 0usize..30)
        .prop_map(|(low, more)| json!({"type": "string", "minLength": low, "maxLength": low + more}));
    let formats = [
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "uri-template",
        "uuid",
        "json-pointer",
        "relative-json-pointer",
        "regex",
        "byte",
        "binary",
        "password",
        "phone",
        "nobody-knows",
    ];
    let format =
        proptest::sample::select(formats.to_vec()).prop_map(|format| json!({"type": "string", "format": format}));
    let patterns =
        ["^[a-z]{3,9}$", r"^\d{4}-\d{2}$", "^(a|b)+c?$", "[A-Z]", r"^\S+@\S+$", "^(?!no)[a-z]{4}$", "^#[0-9a-f]{6}$"];
    let pattern =
        proptest::sample::select(patterns.to_vec()).prop_map(|pattern| json!({"type": "string", "pattern": pattern}));
    let listed = prop_oneof![
        Just(json!({"enum": ["open", "closed", 3, null]})),
        Just(json!({"const": {"a": [1, 2]}})),
        Just(json!({"type": ["integer", "null"], "maximum": 0})),
        Just(json!({"type": "boolean"})),
        Just(json!(true)),
    ];
    let leaf = prop_oneof![number, open, text, format, pattern, listed];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let member = (proptest::sample::select(&NAMES[..]), inner.clone());
        let members = proptest::collection::vec(member, 0..6);
        let object = (members, 0usize..6, any::<bool>()).prop_map(|(members, required, closed)| {
            let names: Vec<&str> = members.iter().map(|(name, _)| *name).take(required).collect();
            let properties: serde_json::Map<String, Value> =
                members.iter().rev().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
            json!({"type": "object", "properties": properties, "required": names, "additionalProperties": !closed})
        });
        let list = (inner.clone(), 0usize..4, 0usize..4).prop_map(
            |(items, low, more)| json!({"type": "array", "items": items, "minItems": low, "maxItems": low + more}),
        );
        let map = inner
            .clone()
            .prop_map(|schema| json!({"type": "object", "additionalProperties": schema, "minProperties": 1}));
        let any_of = proptest::collection::vec(inner.clone(), 1..4).prop_map(|ways| json!({"anyOf": ways}));
        let apart = (inner.clone(), inner).prop_map(|(one, other)| {
            let way = |kind: &str, value: Value| {
                json!({"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}, "value": value}})
            };
            json!({"oneOf": [way("one", one), way("other", other)]})
        });
        prop_oneof![3 => object, 2 => list, 1 => map, 1 => any_of, 1 => apart]
    })
}

/// Schemas that may contradict themselves, and refer to each other.
fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => satisfiable(),
        2 => (0usize..3).prop_map(|at| json!({"$ref": format!("#/components/schemas/S{at}")})),
        1 => Just(json!(false)),
        1 => Just(json!({"$ref": "#/components/schemas/Nobody"})),
        1 => Just(json!({"type": "nonsense", "pattern": "([", "minLength": -3, "required": "all", "enum": []})),
        1 => Just(json!({"type": "string", "minLength": 1_000_000_000})),
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        let several = proptest::collection::vec(inner.clone(), 1..4);
        let object = (proptest::sample::select(&NAMES[..]), inner.clone(), any::<bool>()).prop_map(
            |(name, schema, required)| {
                let required: Vec<&str> = required.then_some(name).into_iter().collect();
                json!({"type": "object", "properties": {name: schema}, "required": required})
            },
        );
        prop_oneof![
            several.clone().prop_map(|ways| json!({"oneOf": ways})),
            several.clone().prop_map(|ways| json!({"allOf": ways})),
            several.prop_map(|ways| json!({"anyOf": ways})),
            inner.clone().prop_map(|schema| json!({"not": schema})),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| json!({"if": a, "then": b, "else": c})),
            inner.prop_map(|items| json!({"type": "array", "items": items, "minItems": 1, "uniqueItems": true})),
            object,
        ]
    })
}

/// Each way into a circle would double what there is to be looked at, hundreds of schemas deep.
#[test]
fn schemas_that_are_themselves_in_several_ways_are_looked_at_once() {
    let way = |to: &str| json!({"$ref": format!("#/components/schemas/{to}")});
    let both = json!({"anyOf": [way("S1"), way("S0")]});
    let first = json!({"type": "object", "properties": {"id": {"type": "integer"}}, "allOf": [both, way("S1"), both]});
    let second = json!({"allOf": [{"anyOf": [way("S0"), way("S1")]}, {"anyOf": [way("S1"), way("S0")]}]});
    let document = document(vec![first, second]);
    let answers = Answers::new(Arc::clone(&document));
    for quality in Quality::ALL {
        let generator = Generator::new(Arc::clone(&document), Settings::default().with_quality(quality));
        for key in 0..50 {
            let made = generator.generate(schema(&document, "S0"), &Given::key(key));
            assert!(!made.valid || answers.check(schema(&document, "S0"), &made.value).is_ok(), "{made:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_schema_that_can_be_satisfied_is(one in satisfiable(), key in any::<u64>(), quality in 0usize..4) {
        let document = document(vec![one]);
        let generator = Generator::new(Arc::clone(&document), Settings::default().with_quality(Quality::ALL[quality]));
        let schema = schema(&document, "S0");
        let made = generator.generate(schema, &Given::key(key));
        prop_assert!(made.valid, "{made:?}");
        let checked = Answers::new(Arc::clone(&document)).check(schema, &made.value);
        prop_assert!(checked.is_ok(), "{} breaks {checked:?}", made.value);
        let again = Generator::new(Arc::clone(&document), Settings::default().with_quality(Quality::ALL[quality]));
        prop_assert_eq!(again.value(schema, &Given::key(key)).to_string(), made.value.to_string());
    }

    #[test]
    fn what_is_called_valid_is_whatever_the_schema_says(
        schemas in proptest::collection::vec(any_schema(), 3), key in any::<u64>(), quality in 0usize..4,
    ) {
        let document = document(schemas);
        let generator = Generator::new(Arc::clone(&document), Settings::default().with_quality(Quality::ALL[quality]));
        let answers = Answers::new(Arc::clone(&document));
        for (name, schema) in document.schemas() {
            let made = generator.generate(schema, &Given::key(key));
            prop_assert!(made.valid || !made.reasons.is_empty());
            if made.valid {
                let checked = answers.check(schema, &made.value);
                prop_assert!(checked.is_ok(), "{name}: {} breaks {checked:?}", made.value);
            }
        }
    }

    /// An answer that is checked is made as a value, one that is not is written at once.
    #[test]
    fn an_answer_is_the_same_whether_it_is_checked_or_not(
        schemas in proptest::collection::vec(any_schema(), 2), key in any::<u32>(), quality in 0usize..4,
    ) {
        let mut document: Value = serde_json::from_str(document(schemas).texts().next().unwrap()).unwrap();
        for name in ["S0", "S1"] {
            let content = json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
            let list = json!({"application/json": {"schema": {
                "type": "array", "items": {"$ref": format!("#/components/schemas/{name}")},
            }}});
            for (path, content) in [(format!("/{name}/{{id}}"), content), (format!("/lists/{name}/{{id}}"), list)] {
                document["paths"][&path] = json!({"get": {"responses": {"200": {"description": "", "content": content}}}});
            }
        }
        let document = Arc::new(Document::parse("any.json", document.to_string()).unwrap());
        let mock = |every| {
            let builder = Mock::from_document(Arc::clone(&document)).quality(Quality::ALL[quality]);
            builder.check_every(every).stateful(false).build()
        };
        let (checked, unchecked) = (mock(1), mock(0));
        for path in ["/S0/", "/S1/", "/lists/S0/", "/lists/S1/"] {
            let request = http::Request::get(format!("{path}{key}")).body(Default::default()).unwrap();
            let (one, other) = (checked.answer(&request), unchecked.answer(&request));
            // What is found to be wrong is made again.
            if one.violations.is_empty() && one.explain == other.explain {
                prop_assert_eq!(one.body, other.body);
            }
        }
    }
}
