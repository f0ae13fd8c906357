//! A pact is written from what was recorded, read in every version, and held against whoever answers.

use http::Response;
use serde_json::{Value, json};
use tracesnap_mock::pact::{Pact, PactWriter, Specification};
use tracesnap_record::Interaction;
use tracesnap_record::model::Body;

use crate::shop::mock;

fn recorded(id: u64, line: &str, sent: &Value, status: u16, came: &Value) -> Interaction {
    let (method, url) = line.split_once(' ').expect("a method and a path");
    let body = |value: &Value| match value {
        Value::Null => Body::None,
        value => Body::Json { value: value.clone(), text: None },
    };
    let headers = json!([["content-type", "application/json"], ["authorization", "Bearer [redacted]"]]);
    let url = format!("https://shop.example/v1{url}");
    let request = json!({ "method": method, "url": url, "headers": headers, "body": body(sent) });
    let mut one = Interaction::new(id, "shop", "any", request);
    let headers = if came.is_null() { json!([]) } else { json!([["content-type", "application/json"]]) };
    one.response = json!({ "status": status, "headers": headers, "body": body(came) });
    one
}

/// What a shop answered once, as a pact of it.
fn pact() -> Pact {
    let shop = mock().seed(11).build();
    let mut writer = PactWriter::new("till", "shop");
    let mut ask = |id, line: &str, body: Value| {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let request = http::Request::builder().method(method).uri(format!("/v1{path}"));
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header("content-type", "application/json").body(text.into()).expect("a request");
        let answer = shop.answer(&request);
        let came = answer.json().unwrap_or_default();
        writer.add(&recorded(id, line, &body, answer.status.as_u16(), &came));
    };
    ask(0, "GET /orders?per_page=5", Value::Null);
    ask(1, "GET /orders/7", Value::Null);
    ask(2, "DELETE /orders/7", Value::Null);
    ask(3, "GET /orders/7", Value::Null);
    ask(4, "GET /orders/7", Value::Null);
    writer.build()
}

#[test]
fn what_was_recorded_once_is_kept_by_other_answers_of_the_same_api() {
    let pact = pact();
    let names: Vec<_> = pact.interactions.iter().map(|one| one.description.as_str()).collect();
    assert_eq!(
        names,
        [
            "GET /v1/orders answers 200",
            "GET /v1/orders/7 answers 200",
            "DELETE /v1/orders/7 answers 204",
            "GET /v1/orders/7 answers 404"
        ],
        "what was asked twice stands there once"
    );
    for verified in pact.verify(&mock().seed(99).build()) {
        assert_eq!(verified.mismatches, [], "{}", verified.description);
    }
    let text = pact.to_json(Specification::V4).to_string();
    assert!(!text.to_lowercase().contains("authorization"), "{text}");
}

#[test]
fn all_that_is_wrong_with_an_answer_is_said_with_its_place() {
    let text = json!({
        "consumer": { "name": "till" }, "provider": { "name": "shop" }, "metadata": {},
        "interactions": [{ "description": "orders", "request": { "method": "get", "path": "/orders" }, "response": {
            "status": 200, "headers": { "Content-Type": "application/json", "X-Total": "2" },
            "body": { "items": [{ "id": 1, "at": "2026-01-01" }], "total": 1 },
            "matchingRules": { "body": {
                "$.items": { "matchers": [{ "match": "type", "min": 1 }] },
                "$.items[*].at": { "matchers": [{ "match": "date", "format": "yyyy-MM-dd" }] },
            } },
        } }],
    });
    let pact = Pact::parse("orders.json", text.to_string().as_bytes()).expect("a pact");
    let body =
        json!({ "items": [{ "id": 7, "at": "2020-02-03" }, { "id": "8", "at": "soon" }], "total": 2, "more": true });
    let answer = Response::builder().status(201).header("content-type", "application/json; charset=utf-8");
    let found = pact.interactions[0].check(&answer.body(body.to_string().into()).expect("an answer"));
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "status: is 201, expected 200",
            "header x-total: is not there, expected `2`",
            "body $.items[1].id: is `8`, expected a number",
            "body $.items[1].at: is `soon`, expected a date as `yyyy-MM-dd`",
            "body $.total: is 2, expected 1",
        ]
    );
}

#[test]
fn every_version_is_read_and_what_is_written_is_read_again() {
    let old = json!({
        "consumer": { "name": "till" }, "provider": { "name": "shop" },
        "interactions": [{
            "description": "an order", "providerState": "order 7 exists",
            "request": { "method": "GET", "path": "/orders/7", "query": "full=1&tag=a&tag=b", "headers": { "Accept": "application/json" } },
            "response": { "status": 200, "headers": { "Content-Type": "application/json" }, "body": { "id": 7, "name": "x" },
                "matchingRules": { "$.body.name": { "match": "type" }, "$.headers.Content-Type": { "match": "regex", "regex": ".*json" } } },
        }],
        "metadata": { "pactSpecification": { "version": "2.0.0" } },
    });
    let pact = Pact::parse("old.json", old.to_string().as_bytes()).expect("a pact");
    let expected = &pact.interactions[0];
    assert_eq!(expected.states[0].name, "order 7 exists");
    let request = expected.request().expect("a request");
    assert_eq!(request.uri(), "/orders/7?full=1&tag=a&tag=b");
    let answer = |name: Value| {
        let answer = Response::builder()
            .header("content-type", "text/json")
            .body(json!({ "id": 7, "name": name }).to_string().into());
        expected.check(&answer.expect("an answer")).len()
    };
    assert_eq!((answer(json!("y")), answer(json!(1))), (0, 1));
    for version in [Specification::V3, Specification::V4] {
        let text = pact.to_json(version).to_string();
        let again = Pact::parse("new.json", text.as_bytes()).expect("a pact");
        assert_eq!(again.to_json(version), pact.to_json(version));
        assert_eq!(again.interactions[0].request().expect("a request").uri(), request.uri());
    }
    let message = json!({ "consumer": { "name": "a" }, "provider": { "name": "b" }, "interactions": [{ "type": "Asynchronous/Messages", "description": "news" }] });
    let pact = Pact::parse("messages.json", message.to_string().as_bytes()).expect("a pact");
    assert_eq!(pact.skipped, ["`news` is `Asynchronous/Messages`, not an exchange over HTTP"]);
    assert!(pact.interactions.is_empty());
}

#[test]
fn what_is_no_pact_is_refused_and_what_is_strange_is_survived() {
    for (text, expected) in [
        ("{", "not JSON"),
        ("{}", "`consumer.name`"),
        (r#"{"consumer":{"name":"a"},"provider":{"name":"b"}}"#, "`interactions`"),
    ] {
        let refused = Pact::parse("x.json", text.as_bytes()).expect_err("no pact").to_string();
        assert!(refused.contains(expected), "{refused}");
    }
    let strange = json!({
        "consumer": { "name": "a" }, "provider": { "name": "b" },
        "interactions": [null, 7, {}, { "request": { "method": "", "path": "\n", "headers": { "": "x" } }, "response": { "status": 9_999_999,
            "matchingRules": { "body": { "$[": {}, "$.a[*]": { "matchers": [{}, { "match": "regex", "regex": "(" }, { "match": "later" }] } } }, "body": { "a": [1] } } }],
    });
    let pact = Pact::parse("strange.json", strange.to_string().as_bytes()).expect("a pact");
    let verified = pact.verify_with(|_| Response::new(json!({ "a": [2] }).to_string().into()));
    assert_eq!(verified.len(), 4);
    assert!(verified[3].mismatches[0].to_string().contains("no method"), "{verified:?}");
}
