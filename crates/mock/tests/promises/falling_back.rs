//! A mock answers where neither the service nor a recording does.

use serde_json::{Value, json};
use tracesnap_record::{Mode, ServiceProvider};

use crate::shop::mock;

#[test]
fn what_travels_as_http_is_answered_with_status_headers_and_body() {
    let dir = tempfile::tempdir().unwrap();
    let provider = ServiceProvider::builder().dir(dir.path()).session("shop").mode(Mode::Mock).fallback(mock().build());
    let shop = provider.build().unwrap().service("shop");
    let call = |request: &Value| {
        shop.call::<Value, std::io::Error, Value>("any", request, || unreachable!("the service is not asked"))
    };
    let request = json!({"method": "GET", "url": "https://shop.example/v1/orders/7", "headers": [["accept", "application/json"]]});
    let answer = call(&request).unwrap();
    assert_eq!(
        (&answer["status"], &answer["body"]["type"], &answer["body"]["value"]["id"]),
        (&json!(200), &json!("json"), &json!(7))
    );
    // Credentials were redacted before anybody was asked.
    let me = json!({"method": "GET", "url": "https://shop.example/v1/me", "headers": {"authorization": "[redacted]"}});
    assert_eq!(call(&me).unwrap()["status"], 200);
    assert!(call(&json!({"method": "GET", "url": "https://shop.example/nothing"})).is_err());
}

#[test]
fn an_operation_that_is_known_by_name_is_answered_with_its_body() {
    let dir = tempfile::tempdir().unwrap();
    let provider = ServiceProvider::builder().dir(dir.path()).session("shop").mode(Mode::Mock).fallback(mock().build());
    let shop = provider.build().unwrap().service("shop");
    let call = |operation: &str, request: Value| {
        shop.call::<Value, std::io::Error, Value>(operation, &request, || unreachable!("the service is not asked"))
    };
    let one = call("getOrder", json!({"id": 1})).unwrap();
    assert!(one["id"].is_u64() && one["status"].is_string(), "{one}");
    assert_eq!(call("getOrder", json!({"id": 1})).unwrap(), one);
    assert_ne!(call("getOrder", json!({"id": 2})).unwrap(), one);
    assert!(call("nothing", Value::Null).is_err());
}

#[test]
fn what_was_redacted_before_it_came_here_is_no_fault_of_the_request() {
    let dir = tempfile::tempdir().unwrap();
    let provider = ServiceProvider::builder().dir(dir.path()).session("shop").mode(Mode::Mock).fallback(mock().build());
    let shop = provider.build().unwrap().service("shop");
    let call = |body: Value| {
        let request =
            json!({"method": "POST", "url": "https://shop.example/v1/login", "body": {"type": "json", "value": body}});
        let answer: Value = shop
            .call::<Value, std::io::Error, Value>("any", &request, || unreachable!("the service is not asked"))
            .unwrap();
        answer["status"].clone()
    };
    assert_eq!(call(json!({"email": "ada@example.com", "password": "hunter2"})), 200);
    assert_eq!(call(json!({"email": "no address", "password": "hunter2"})), 422);
}
