//! A document is inferred from recordings, and what was recorded keeps to it.

use std::sync::Arc;

use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};
use tracesnap_mock::Mock;
use tracesnap_mock::infer::{Inference, Inferred};
use tracesnap_openapi::Document;
use tracesnap_record::Interaction;
use tracesnap_record::model::Body;

use crate::shop::{CUSTOMER, mock, request};

/// What one request and its answer look like in a session.
fn interaction(id: u64, request: &Request<bytes::Bytes>, status: u16, headers: Value, body: &[u8]) -> Interaction {
    let kind = |headers: &http::HeaderMap| {
        headers.get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let of: Vec<Value> =
        request.headers().iter().map(|(name, value)| json!([name.as_str(), value.to_str().unwrap()])).collect();
    let mut one = Interaction::new(
        id,
        "shop",
        "any",
        json!({
            "method": request.method().as_str(),
            "url": format!("https://shop.example{}", request.uri()),
            "headers": of,
            "body": Body::of(request.body(), kind(request.headers()).as_deref()),
        }),
    );
    let media = headers.as_array().into_iter().flatten().find(|pair| pair[0] == "content-type");
    let media = media.and_then(|pair| pair[1].as_str()).map(str::to_owned);
    one.response = json!({"status": status, "headers": headers, "body": Body::of(body, media.as_deref())});
    one
}

fn simple(id: u64, line: &str, status: u16, body: &Value) -> Interaction {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    interaction(id, &request(line, &[], &Value::Null), status, json!([["content-type", "application/json"]]), &bytes)
}

fn infer(all: &[Interaction]) -> Inferred {
    let mut inference = Inference::new();
    all.iter().for_each(|one| inference.add(one));
    inference.infer()
}

fn open(inferred: &Inferred) -> Arc<Document> {
    let text = inferred.to_yaml().expect("YAML");
    let document = Document::parse("inferred.yaml", text.as_str()).expect("a document");
    assert_eq!(document.faults().iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new(), "{text}");
    Arc::new(document)
}

/// A day in the shop, with every answer as the shop gave it.
fn a_day_in_the_shop() -> Vec<(Request<bytes::Bytes>, Interaction)> {
    let shop = mock().seed(11).build();
    let mut asked = Vec::new();
    let mut ask = |line: &str, headers: &[&str], body: &Value| {
        let request = request(line, headers, body);
        let answer = shop.answer(&request);
        let headers: Vec<Value> = answer
            .headers
            .iter()
            .filter(|(name, _)| !name.as_str().starts_with("x-mock"))
            .map(|(name, value)| json!([name.as_str(), value.to_str().unwrap()]))
            .collect();
        let one = interaction(asked.len() as u64, &request, answer.status.as_u16(), json!(headers), &answer.body);
        asked.push((request, one));
        answer
    };
    ask("GET /orders", &[], &Value::Null);
    ask("GET /orders?page=2&per_page=5", &[], &Value::Null);
    ask("GET /orders?status=open&sort=-total", &[], &Value::Null);
    for total in [12.5, 3.0, 99.99] {
        let created = ask("POST /orders", &[], &json!({"customer_id": CUSTOMER, "total": total, "note": "quick"}));
        let location = created.header("location").expect("it was made").to_owned();
        ask(&format!("GET {location}"), &[], &Value::Null);
        ask(&format!("PUT {location}"), &[], &json!({"customer_id": CUSTOMER, "total": total + 1.0}));
        ask(&format!("DELETE {location}"), &[], &Value::Null);
        ask(&format!("GET {location}"), &[], &Value::Null);
    }
    for id in 1..8 {
        ask(&format!("GET /orders/{id}"), &[], &Value::Null);
    }
    ask("GET /customers?limit=3", &[], &Value::Null);
    ask(&format!("GET /customers/{CUSTOMER}"), &[], &Value::Null);
    ask(&format!("GET /customers/{CUSTOMER}/addresses"), &[], &Value::Null);
    ask("GET /settings", &[], &Value::Null);
    ask("GET /me", &["authorization: Bearer abc.def.ghi"], &Value::Null);
    asked
}

#[test]
fn what_was_recorded_is_answered_by_a_mock_of_what_was_inferred() {
    let day = a_day_in_the_shop();
    let inferred = infer(&day.iter().map(|(_, one)| one.clone()).collect::<Vec<_>>());
    let document = open(&inferred);
    assert_eq!(inferred.exchanges, day.len());
    let mock = Mock::from_document(Arc::clone(&document)).seed(3).build();
    let mut succeeded = 0;
    for (request, one) in &day {
        let answer = mock.answer(request);
        let line = format!("{} {}", request.method(), request.uri());
        assert_eq!(answer.violations, Vec::<String>::new(), "{line}");
        let operation = answer.index.unwrap_or_else(|| panic!("no operation for {line}"));
        // And the recorded answer keeps to its schema.
        let status = one.response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
        if let Ok(Body::Json { value, .. }) = serde_json::from_value::<Body>(one.response["body"].clone()) {
            let wrong = mock.check_answer(operation, Some(status), value.to_string().as_bytes());
            assert_eq!(wrong, Some(Vec::new()), "{line} {status}");
        }
        if (200..300).contains(&status) && !request.method().as_str().starts_with("DELETE") {
            assert!(answer.status.is_success(), "{line}: {} {:?}", answer.status, answer.explain);
            succeeded += 1;
        }
    }
    assert!(succeeded > 15, "{succeeded}");
}

#[test]
fn paths_parameters_and_statuses_are_those_of_the_service() {
    let day = a_day_in_the_shop();
    let inferred = infer(&day.iter().map(|(_, one)| one.clone()).collect::<Vec<_>>());
    let operations: Vec<String> =
        inferred.operations.iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    for one in
        ["GET /customers/{customer_id}", "GET /orders", "POST /orders", "GET /orders/{order_id}", "GET /settings"]
    {
        assert!(operations.iter().any(|found| found == one), "{one} of {operations:?}");
    }
    let paths = &inferred.document["paths"];
    let list = &paths["/orders"]["get"];
    let names: Vec<&str> =
        list["parameters"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["page", "per_page", "status", "sort"]);
    assert_eq!(list["parameters"][0]["schema"], json!({"type": "integer"}));
    assert_eq!(list["parameters"][0]["required"], false);
    let item = &paths["/orders/{order_id}"];
    assert_eq!(item["parameters"][0]["schema"], json!({"type": "integer"}));
    assert!(item["parameters"][0]["x-confidence"].as_f64().unwrap() > 0.98, "{item}");
    assert_eq!(list["operationId"], "listOrders");
    assert_eq!(paths["/me"]["get"]["security"], json!([{"bearer": []}]));
    assert_eq!(
        inferred.document["components"]["securitySchemes"]["bearer"],
        json!({"type": "http", "scheme": "bearer"})
    );
}

#[test]
fn names_below_a_plural_are_parameters_when_the_answers_repeat_them() {
    let named = |id, name: &str| simple(id, &format!("GET /users/{name}"), 200, &json!({"login": name, "stars": id}));
    let inferred = infer(&[named(0, "ada"), named(1, "grace"), named(2, "alan")]);
    assert_eq!(inferred.operations[0].path, "/users/{user_name}");
    assert_eq!(inferred.operations[0].confidence, 0.95);
    // Places of one thing are none.
    let place = |id, name: &str| simple(id, &format!("GET /settings/{name}"), 200, &json!({"value": name.len()}));
    let inferred = infer(&[place(0, "theme"), place(1, "sounds")]);
    assert_eq!(inferred.operations.len(), 2, "{:?}", inferred.operations);
    // Nor are collections, however alike they are.
    let list = |id, name: &str| simple(id, &format!("GET /things/{name}"), 200, &json!({"data": [{"id": id}]}));
    let inferred = infer(&[list(0, "orders"), list(1, "users"), list(2, "files"), list(3, "carts"), list(4, "jobs")]);
    assert_eq!(inferred.operations.len(), 5);
}

#[test]
fn what_says_nothing_of_the_service_is_told() {
    let call = Interaction::new(0, "firestore", "collection.get", json!({"collection": "orders"}));
    let mut other = simple(1, "GET /x", 200, &json!({}));
    other.request["url"] = json!("https://elsewhere.example/x");
    let inferred = infer(&[call, other, simple(2, "GET /a", 200, &json!(1)), simple(3, "GET /b", 204, &Value::Null)]);
    let why: Vec<(u64, &str)> = inferred.skipped.iter().map(|one| (one.id, one.reason.as_str())).collect();
    assert_eq!(why, [(0, "no exchange of HTTP"), (1, "of another service: `https://elsewhere.example`")]);
    assert_eq!(inferred.document["servers"], json!([{"url": "https://shop.example"}]));
    open(&inferred);
}

#[test]
fn examples_hold_no_secrets() {
    let body = json!({"id": 1, "email": "ada@example.com", "api_key": "sk_live_abcdefghijklmnop"});
    let inferred = infer(&[simple(0, "GET /users/1", 200, &body)]);
    let text = inferred.to_yaml().unwrap();
    assert!(!text.contains("sk_live_abc") && !text.contains("ada@example.com"), "{text}");
}

#[test]
fn nothing_recorded_is_a_document_without_operations() {
    let inferred = infer(&[]);
    assert_eq!(open(&inferred).operations().count(), 0);
}

/// Bodies as services send them: a few names, any values.
fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        prop::sample::select(vec![
            "open",
            "paid",
            "",
            "2024-02-29",
            "2024-02-29T10:00:00Z",
            "10:00:00Z",
            "a@b.example",
            "https://a.example/b",
            "7f9c24e5-2b4a-4f6e-9d0c-2a0f6f5f7a11",
            "10.0.0.1",
            "::1",
            "‹email:3f2a91c4›",
            "[redacted]",
            "007",
        ])
        .prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::hash_map("(id|name|status|tags|ord-[0-9]{4})", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_recorded_body_keeps_to_its_inferred_schema(bodies in prop::collection::vec(body(), 1..14)) {
        let all: Vec<Interaction> =
            bodies.iter().enumerate().map(|(at, body)| simple(at as u64, &format!("GET /things/{at}"), 200, body)).collect();
        let inferred = infer(&all);
        let document = open(&inferred);
        let mock = Mock::from_document(document).build();
        for body in bodies.iter().filter(|body| !body.is_null()) {
            let wrong = mock.check_answer(0, Some(200), body.to_string().as_bytes());
            prop_assert_eq!(wrong, Some(Vec::new()), "{} of {}", body, &inferred.document);
        }
    }
}
