//! Who asks too often is told when to come back; who is hostile ends nothing.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::Value;
use tracesnap_mock::serve::RateLimit;
use tracesnap_mock::{Error, MockServer};
use tracesnap_openapi::Document;

use crate::serving::{parse, raw, send, shop};

#[tokio::test]
async fn a_bucket_that_is_empty_is_429_with_the_time_to_wait() {
    let server = shop().rate_limit(RateLimit::new(3, Duration::from_secs(3_600))).start().await.unwrap();
    for left in ["2", "1", "0"] {
        let reply = send(&server, "GET /orders/7", &[], &Value::Null).await;
        assert_eq!((reply.status, reply.header("ratelimit-remaining")), (200, Some(left)));
        assert_eq!(reply.header("ratelimit-limit"), Some("3"));
        assert!(reply.header("ratelimit-reset").is_some());
    }
    let refused = send(&server, "GET /orders/7", &[], &Value::Null).await;
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!((refused.status, refused.json()["status"].as_u64()), (429, Some(429)));
    assert!((1..=1_200).contains(&wait), "{wait}");
    // Who runs the server is not counted.
    assert_eq!(send(&server, "GET /__mock/health", &[], &Value::Null).await.status, 200);
    server.assert_called_times("getOrder", 3);
}

#[tokio::test]
async fn a_bucket_is_filled_again() {
    let limit = RateLimit::new(20, Duration::from_secs(1)).with_burst(1);
    let server = shop().rate_limit(limit).start().await.unwrap();
    let mut refused = 0;
    for _ in 0..2_000 {
        match send(&server, "GET /orders/7", &[], &Value::Null).await.status {
            429 => refused += 1,
            _ if refused > 0 => return,
            _ => {}
        }
    }
    // A machine that asks less than twenty times a second never empties it.
    assert_eq!(refused, 0, "nobody was let in again");
}

#[tokio::test]
async fn what_the_document_says_of_429_is_what_is_said() {
    let text = r#"{"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {"description": ""}, "429": {
        "description": "", "content": {"application/json": {"schema": {"type": "object", "required": ["slow_down"],
        "properties": {"slow_down": {"type": "boolean"}}}}}}}}}}}"#;
    let document = Document::parse("a.json", text).unwrap();
    let server = MockServer::from_document(document).rate_limit(RateLimit::new(1, Duration::from_secs(3_600)));
    let server = server.start().await.unwrap();
    assert_eq!(send(&server, "GET /a", &[], &Value::Null).await.status, 200);
    let refused = send(&server, "GET /a", &[], &Value::Null).await;
    assert!(refused.status == 429 && refused.json()["slow_down"].is_boolean(), "{refused:?}");
    assert!(refused.header("retry-after").is_some());
}

#[tokio::test]
async fn others_reach_the_admin_routes_with_the_token_only() {
    let everywhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    assert!(matches!(shop().host(everywhere).start().await, Err(Error::OpenAdmin { .. })));
    assert!(matches!(shop().host(everywhere).admin_token("").start().await, Err(Error::OpenAdmin { .. })));
    let server = shop().admin_token("s3cret").start().await.unwrap();
    let routes = ["", "health", "stats", "requests", "operations", "resources", "nothing"];
    let line = |route: &str| format!("GET /__mock/{route}");
    for route in routes {
        assert_eq!(send(&server, &line(route), &[], &Value::Null).await.status, 401, "{route}");
        let wrong = send(&server, &line(route), &["x-mock-admin-token: s3creT"], &Value::Null).await;
        assert_eq!(wrong.status, 401, "{route}");
        let right = send(&server, &line(route), &["x-mock-admin-token: s3cret"], &Value::Null).await;
        assert_ne!(right.status, 401, "{route}");
    }
    assert_eq!(send(&server, "POST /__mock/reset", &[], &Value::Null).await.status, 401);
    assert_eq!(send(&server, "POST /__mock/reset", &["authorization: Bearer s3cret"], &Value::Null).await.status, 200);
}

/// Whatever is sent, the next caller is answered.
#[tokio::test]
async fn requests_from_a_hostile_world_end_nothing() {
    let server = shop().start().await.unwrap();
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let posted = |body: &str, kind: &str| {
        format!(
            "POST /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let hostile = [
        posted(&deep, "application/json"),
        posted(&format!("{{\"total\": 1{}}}", "0".repeat(10_000)), "application/json"),
        posted("{\"total\": 1e999}", "application/json"),
        posted("\u{0}\u{1}", "application/json; charset=\"\u{ff}"),
        posted(&"a=1&".repeat(50_000), "application/x-www-form-urlencoded"),
        posted("--x\r\n\r\n", "multipart/form-data; boundary="),
        get(&format!("/orders?q={}", "%25".repeat(8_000))),
        get(&format!("/orders?{}", "tags=a&".repeat(6_000))),
        get(&format!("/orders?page=-{}", "9".repeat(400))),
        get("/orders?per_page=18446744073709551616"),
        get(&format!("/{}", "../".repeat(5_000))),
        get("/orders/%00%ff%2e%2e%2f"),
        get("/orders/7?filter[year][a][b][c]=1"),
        get("//////"),
        get("*"),
        "GET http://elsewhere.example/orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned(),
        "\u{0}\u{0}\u{0}\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        format!(
            "GET /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-mock-session: {}\r\n\r\n",
            "s".repeat(30_000)
        ),
        format!(
            "GET /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\nprefer: {}\r\n\r\n",
            "code=999,".repeat(4_000)
        ),
        format!("GET /orders HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(5_000)),
        "POST /orders HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\n".to_owned(),
        "POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde".to_owned(),
    ];
    for bytes in &hostile {
        let answer = raw(&server, bytes.as_bytes()).await;
        if !answer.is_empty() {
            let status = parse(&answer).status;
            assert!(status < 500, "{status} for {bytes:.80}");
        }
    }
    assert_eq!(send(&server, "GET /orders/7", &[], &Value::Null).await.status, 200);
    let stats = server.stats();
    assert_eq!((stats.panics, stats.answers.server_errors, stats.answers.invalid), (0, 0, 0));
}
