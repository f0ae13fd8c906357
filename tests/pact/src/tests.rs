use std::collections::HashMap;
use std::panic::RefUnwindSafe;

use pact_models::bodies::OptionalBody;
use pact_models::content_types::JSON;
use pact_models::pact::{Pact as TheirPact, load_pact_from_json};
use pact_models::v4::http_parts::HttpResponse;
use serde_json::{Value, json};
use tracesnap_mock::pact::{Pact, PactWriter, Specification};
use tracesnap_record::Interaction;
use tracesnap_record::model::Body;

use crate::cases;

fn pact(rules: &Value, expected: &Value) -> Value {
    json!({
        "consumer": { "name": "till" }, "provider": { "name": "shop" },
        "interactions": [{
            "type": "Synchronous/HTTP", "description": "a case", "pending": false,
            "request": { "method": "GET", "path": "/" },
            "response": {
                "status": 200,
                "body": { "content": expected, "contentType": "application/json", "encoded": false },
                "matchingRules": { "body": rules },
            },
        }],
        "metadata": { "pactSpecification": { "version": "4.0" } },
    })
}

fn load(json: &Value) -> Box<dyn TheirPact + Send + Sync + RefUnwindSafe> {
    load_pact_from_json("case.json", json).unwrap_or_else(|error| panic!("{error}: {json:#}"))
}

/// What the foundation's crate finds wrong with an answer.
async fn theirs(json: &Value, actual: &Value) -> Vec<String> {
    let pact = load(json);
    let interaction = pact.interactions().remove(0);
    let expected = interaction.as_v4_http().expect("an exchange").response;
    let headers = HashMap::from([("Content-Type".to_owned(), vec!["application/json".to_owned()])]);
    let actual = HttpResponse {
        status: 200,
        headers: Some(headers),
        body: OptionalBody::Present(actual.to_string().into(), Some(JSON.clone()), None),
        ..HttpResponse::default()
    };
    let found = pact_matching::match_response(expected, actual, &pact, &interaction).await.expect("a judgement");
    found.iter().map(|mismatch| mismatch.description()).collect()
}

fn ours(json: &Value, actual: &Value) -> Vec<String> {
    let pact = Pact::parse("case.json", json.to_string().as_bytes()).expect("a pact");
    let answer = http::Response::builder().header("content-type", "application/json").body(actual.to_string().into());
    pact.interactions[0].check(&answer.expect("an answer")).iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn our_judgement_is_that_of_the_foundation() {
    let cases = cases::all();
    let mut differing = Vec::new();
    let mut fine = 0;
    for (rules, expected, actual) in &cases {
        let json = pact(rules, expected);
        let (theirs, ours) = (theirs(&json, actual).await, ours(&json, actual));
        fine += usize::from(theirs.is_empty());
        if theirs.is_empty() != ours.is_empty() {
            differing.push(format!(
                "rules {rules}\n  expected {expected}\n  came {actual}\n  theirs: {theirs:?}\n  ours: {ours:?}"
            ));
        }
    }
    println!("{} cases, {fine} of them fine", cases.len());
    assert!(fine > 40 && cases.len() - fine > 40, "a table that says both");
    assert!(differing.is_empty(), "{} of {}:\n{}", differing.len(), cases.len(), differing.join("\n"));
}

fn recorded(id: u64, method: &str, url: &str, sent: &Value, status: u16, came: &Value) -> Interaction {
    let body = |value: &Value| match value {
        Value::Null => Body::None,
        value => Body::Json { value: value.clone(), text: None },
    };
    let headers = json!([["content-type", "application/json"], ["location", "/orders/7"]]);
    let request =
        json!({ "method": method, "url": url, "headers": [["content-type", "application/json"]], "body": body(sent) });
    let mut one = Interaction::new(id, "shop", "any", request);
    one.response = json!({ "status": status, "headers": headers, "body": body(came) });
    one
}

#[tokio::test]
async fn what_we_write_loads_there_and_says_the_same() {
    let order = json!({ "id": 7, "placed_at": "2026-11-22T03:15:00Z", "lines": [{ "sku": "a", "price": 1.5 }], "email": "‹email:3f2a91c4›" });
    let mut writer = PactWriter::new("till", "shop").given("order 7 exists");
    writer.add(&recorded(0, "GET", "https://shop.example/orders/7?full=1&tag=a&tag=b", &Value::Null, 200, &order));
    writer.add(&recorded(1, "POST", "https://shop.example/orders", &json!({ "note": "soon" }), 201, &order));
    let pact = writer.build();
    for version in [Specification::V3, Specification::V4] {
        let json = pact.to_json(version);
        let loaded = load(&json);
        assert_eq!((loaded.consumer().name, loaded.provider().name), ("till".to_owned(), "shop".to_owned()));
        assert_eq!(loaded.interactions().len(), 2);
        let first = loaded.interactions().remove(0);
        assert_eq!(first.provider_states()[0].name, "order 7 exists");
        let first = first.as_v4_http().expect("an exchange");
        assert_eq!((first.request.method.as_str(), first.request.path.as_str()), ("GET", "/orders/7"));
        assert_eq!(first.request.query.expect("a query")["tag"], [Some("a".to_owned()), Some("b".to_owned())]);
        let mut other = order.clone();
        other["placed_at"] = json!("2020-01-01T00:00:00Z");
        other["lines"] = json!([{ "sku": "b", "price": 2.5 }, { "sku": "c", "price": 3.5 }]);
        other["email"] = json!("ada@shop.example");
        let wrong = [json!({ "placed_at": "yesterday" }), json!({ "lines": [] }), json!({ "id": "7" })];
        let changed = wrong.iter().map(|change| {
            let mut changed = other.clone();
            change.as_object().expect("an object").iter().for_each(|(name, value)| changed[name] = value.clone());
            changed
        });
        for actual in [order.clone(), other.clone()].into_iter().chain(changed) {
            let (theirs, ours) = (body_only(theirs(&json, &actual).await), body_only(ours(&json, &actual)));
            assert_eq!(theirs.is_empty(), ours.is_empty(), "{actual}: theirs {theirs:?}, ours {ours:?}");
        }
    }
}

/// The answers here have no headers but one.
fn body_only(found: Vec<String>) -> Vec<String> {
    found.into_iter().filter(|one| !one.to_lowercase().contains("header")).collect()
}
