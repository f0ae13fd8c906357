//! The server answers over HTTP, keeps within bounds, and is ended by nobody but its owner.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracesnap_mock::engine::Fixed;
use tracesnap_mock::serve::{Faults, Limits};
use tracesnap_mock::{Error, MockServer, MockServerBuilder};

use crate::shop::{CUSTOMER, spec};

pub(crate) fn shop() -> MockServerBuilder {
    MockServer::from_openapi(spec()).expect("the fixture can be read")
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Sends bytes as they are, and reads to the end; what the server has closed meanwhile is no failure.
pub(crate) async fn raw(server: &MockServer, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(server.address()).await.expect("it listens");
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), socket.read_to_end(&mut answer)).await.expect("an end");
    answer
}

pub(crate) fn parse(answer: &[u8]) -> Reply {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("headers");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Reply { status, head, body: answer[end + 4..].to_vec() }
}

pub(crate) async fn send(server: &MockServer, line: &str, headers: &[&str], body: &Value) -> Reply {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut text = format!("{line} HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n");
    if !body.is_empty() {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    headers.iter().for_each(|header| text.push_str(&format!("{header}\r\n")));
    parse(&raw(server, format!("{text}\r\n{body}").as_bytes()).await)
}

#[tokio::test]
async fn a_whole_story_is_told_over_http() {
    let server = shop().seed(7).start().await.unwrap();
    let order = json!({"customer_id": CUSTOMER, "total": 12.5, "note": "Zebra"});
    let created = send(&server, "POST /v1/orders", &[], &order).await;
    assert_eq!(created.status, 201, "{created:?}");
    let path = created.header("location").unwrap().to_owned();
    assert!(path.starts_with("/v1/orders/"), "{path}");
    let id = created.json()["id"].clone();

    let found = send(&server, "GET /orders?q=zebra", &[], &Value::Null).await.json();
    assert_eq!((&found["meta"]["total"], &found["orders"][0]["id"]), (&json!(1), &id));

    let mut seen = 0;
    let mut next = Some("/orders?per_page=10".to_owned());
    while let Some(url) = next {
        let page = send(&server, &format!("GET {url}"), &[], &Value::Null).await.json();
        seen += page["orders"].as_array().unwrap().len();
        next = page["meta"]["next"].as_str().map(|url| url.strip_prefix("http://shop.test").unwrap().to_owned());
    }
    assert_eq!(seen, 26);

    let put = json!({"customer_id": CUSTOMER, "total": 3, "note": "less"});
    assert_eq!(send(&server, &format!("PUT {path}"), &[], &put).await.json()["total"], 3);
    assert_eq!(send(&server, &format!("GET {path}"), &[], &Value::Null).await.json()["note"], "less");
    assert_eq!(send(&server, &format!("DELETE {path}"), &[], &Value::Null).await.status, 204);
    assert_eq!(send(&server, &format!("GET {path}"), &[], &Value::Null).await.status, 404);

    server.assert_called("createOrder");
    server.assert_called_times("deleteOrder", 1);
    server.assert_not_called("login");
    assert_eq!(server.calls("POST /orders")[0].json().unwrap(), order);

    assert_eq!(send(&server, "POST /__mock/reset", &[], &Value::Null).await.status, 200);
    assert_eq!(send(&server, "GET /orders", &[], &Value::Null).await.json()["meta"]["total"], 25);
    assert_eq!(server.received().len(), 1);
    let stats = server.stats();
    assert_eq!((stats.panics, stats.answers.invalid, stats.answers.server_errors), (0, 0, 0));
    server.stop().await;
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = shop().start().await.unwrap();
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let mut answer = vec![0; 65_536];
    for id in 1..20 {
        socket.write_all(format!("GET /orders/{id} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
        let read = socket.read(&mut answer).await.unwrap();
        assert_eq!(parse(&answer[..read]).json()["id"], id);
    }
    assert_eq!(server.stats().connections, 1);
}

#[tokio::test]
async fn the_servers_own_routes_tell_what_it_serves_and_did() {
    let server = shop().start().await.unwrap();
    send(&server, "GET /orders/7", &[], &Value::Null).await;
    let get = async |route: &str| send(&server, &format!("GET /__mock/{route}"), &[], &Value::Null).await;
    assert_eq!(get("health").await.json()["status"], "ok");
    assert_eq!(get("stats").await.json()["requests"], 1);
    assert_eq!(get("requests").await.json()[0]["operation"], "GET /orders/{id}");
    assert!(get("operations").await.json().as_array().unwrap().len() > 20);
    assert!(get("resources").await.json().to_string().contains("order (/orders): told apart by `id`"));
    assert_eq!(get("nothing").await.status, 404);
    assert_eq!(get("reset").await.status, 405);
}

#[tokio::test]
async fn others_reach_the_servers_own_routes_with_a_token_only() {
    let any = "0.0.0.0".parse().unwrap();
    let refused = shop().host(any).start().await.unwrap_err();
    assert!(matches!(refused, Error::OpenAdmin { .. }), "{refused}");
    assert!(refused.to_string().contains("admin token"), "{refused}");
    let server = shop().admin_token("s3cret").start().await.unwrap();
    let get = async |header: &[&str]| send(&server, "GET /__mock/stats", header, &Value::Null).await.status;
    assert_eq!(get(&[]).await, 401);
    assert_eq!(get(&["x-mock-admin-token: s3cre"]).await, 401);
    assert_eq!(get(&["x-mock-admin-token: s3cret"]).await, 200);
    assert_eq!(get(&["authorization: Bearer s3cret"]).await, 200);
}

#[tokio::test]
async fn hostile_requests_are_refused_and_end_nothing() {
    let mut limits = Limits::default();
    (limits.max_body, limits.max_head, limits.max_headers) = (10_000, 16_384, 50);
    (limits.head_time, limits.body_time) = (Duration::from_millis(300), Duration::from_millis(300));
    let server = shop().limits(limits).start().await.unwrap();
    let status = |answer: Vec<u8>| if answer.is_empty() { 0 } else { parse(&answer).status };
    let post = "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";

    // Too much, announced and not.
    assert_eq!(status(raw(&server, format!("{post}content-length: 99999999999\r\n\r\n").as_bytes()).await), 413);
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    let chunked = format!("{post}transfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    assert_eq!(status(raw(&server, chunked.as_bytes()).await), 413);
    // Too slow: headers, and a body.
    assert_eq!(status(raw(&server, format!("{post}content-length: 10\r\n\r\n{{").as_bytes()).await), 408);
    let slow = status(raw(&server, b"GET /orders HT").await);
    assert!(slow == 0 || slow == 408, "{slow}");
    // Headers without end, and too many.
    let flood = "GET /orders HTTP/1.1\r\n".to_owned() + &"x-header: some text\r\n".repeat(200) + "\r\n";
    assert_eq!(status(raw(&server, flood.as_bytes()).await), 431);
    let long = format!("GET /orders HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    assert!(matches!(status(raw(&server, long.as_bytes()).await), 0 | 431));
    // What is no request, no UTF-8, no sensible nesting.
    assert!(matches!(status(raw(&server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").await), 0 | 400));
    let deep = "[".repeat(9_000);
    let text = format!("{post}content-length: {}\r\n\r\n{deep}", deep.len());
    assert_eq!(status(raw(&server, text.as_bytes()).await), 400);
    let mut bad = format!("{post}content-length: 13\r\n\r\n").into_bytes();
    bad.extend_from_slice(b"{\"note\":\"\xff\xfe\"}");
    assert_eq!(status(raw(&server, &bad).await), 400);
    assert_eq!(
        status(raw(&server, b"GET /orders/%ff%00%2f HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await),
        422
    );
    // Nobody who just connects is in the way of others.
    let idle: Vec<_> = futures(&server, 50).await;
    assert_eq!(send(&server, "GET /orders/7", &[], &Value::Null).await.status, 200);
    drop(idle);
    assert_eq!(server.stats().panics, 0);
}

async fn futures(server: &MockServer, connections: usize) -> Vec<TcpStream> {
    let mut all = Vec::new();
    for _ in 0..connections {
        all.push(TcpStream::connect(server.address()).await.unwrap());
    }
    all
}

#[tokio::test]
async fn what_goes_wrong_on_purpose_goes_wrong_as_often_as_it_was_asked_to() {
    let faults = Faults::seeded(1).errors(1.0, 500);
    let server = shop().faults(faults).start().await.unwrap();
    let failed = send(&server, "GET /orders/7", &[], &Value::Null).await;
    assert_eq!((failed.status, failed.header("x-mock-fault")), (500, Some("injected")));
    assert_eq!(send(&server, "GET /__mock/health", &[], &Value::Null).await.status, 200);
}

#[tokio::test]
async fn a_server_that_is_dropped_or_stopped_listens_no_more() {
    let server = shop().start().await.unwrap();
    let address = server.address();
    server.mock().set_override("getOrder", Fixed::status(418)).unwrap();
    assert_eq!(send(&server, "GET /orders/1", &[], &Value::Null).await.status, 418);
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
    let server = shop().start().await.unwrap();
    let address = server.address();
    drop(server);
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it still listens");
}

#[tokio::test]
#[should_panic(expected = "`createOrder` was not called; called were: GET /orders/7 → 200")]
async fn an_assertion_that_fails_says_what_was_called() {
    let server = shop().start().await.unwrap();
    send(&server, "GET /orders/7", &[], &Value::Null).await;
    server.assert_called("createOrder");
}
