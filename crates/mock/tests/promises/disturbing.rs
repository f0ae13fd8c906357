//! What goes wrong on purpose goes wrong as it was asked for, the same way in every run.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracesnap_mock::serve::{Faults, Latency, Mutation};
use tracesnap_mock::{Error, MockServer};

use crate::serving::{parse, raw, send, shop};

const GET: &[u8] = b"GET /orders/7 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

async fn with(faults: Faults) -> MockServer {
    shop().seed(7).faults(faults).start().await.unwrap()
}

#[tokio::test]
async fn a_connection_that_is_to_be_reset_is_reset() {
    let server = with(Faults::seeded(1).resets(1.0)).await;
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    socket.write_all(GET).await.unwrap();
    let mut answer = Vec::new();
    let error = socket.read_to_end(&mut answer).await.expect_err("no orderly end");
    assert_eq!((error.kind(), answer.len()), (std::io::ErrorKind::ConnectionReset, 0));
    // It was received all the same, as by a service that dies in the middle.
    server.assert_called_times("getOrder", 1);
}

#[tokio::test]
async fn a_cut_body_ends_in_its_middle_though_it_said_its_length() {
    let whole = parse(&raw(&with(Faults::seeded(1)).await, GET).await);
    let server = with(Faults::seeded(1).truncations(1.0)).await;
    let cut = parse(&raw(&server, GET).await);
    let length: usize = cut.header("content-length").unwrap().parse().unwrap();
    assert_eq!((cut.status, length, cut.header("x-mock-fault")), (200, whole.body.len(), Some("truncated")));
    assert_eq!(cut.body, whole.body[..whole.body.len() / 2]);
    assert_eq!(server.stats().panics, 0);
}

#[tokio::test]
async fn one_operation_may_fail_alone() {
    let server = with(Faults::seeded(1).operation("getOrder", |one| one.errors(1.0, 502))).await;
    assert_eq!(send(&server, "GET /orders/7", &[], &Value::Null).await.status, 502);
    assert_eq!(send(&server, "GET /orders", &[], &Value::Null).await.status, 200);
    let unknown = shop().faults(Faults::seeded(1).operation("order", |one| one.resets(1.0))).start().await;
    assert!(matches!(unknown, Err(Error::UnknownOperation { .. })));
}

#[tokio::test]
async fn answers_are_late_by_at_least_what_was_drawn() {
    let server =
        with(Faults::seeded(1).latency(Latency::uniform(Duration::from_millis(80), Duration::from_millis(120)))).await;
    let begun = Instant::now();
    assert_eq!(send(&server, "GET /orders/7", &[], &Value::Null).await.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn the_same_answers_fail_in_every_run() {
    let run = async || {
        let server = with(Faults::seeded(5).errors(0.4, 500).truncations(0.3).mutations(1.0, Mutation::Edge)).await;
        let mut seen = Vec::new();
        for id in 0..30 {
            let reply = send(&server, &format!("GET /orders/{id}"), &[], &Value::Null).await;
            seen.push((reply.status, reply.header("x-mock-mutation").map(str::to_owned), reply.body));
        }
        seen
    };
    let (first, second) = (run().await, run().await);
    assert_eq!(first, second);
    let kinds = [500, 200].map(|status| first.iter().filter(|(found, ..)| *found == status).count());
    assert!(kinds[0] > 3 && kinds[1] > 5, "{kinds:?}");
}

#[tokio::test]
async fn values_at_the_edge_keep_to_their_schema_and_are_many() {
    let server = with(Faults::seeded(2).mutations(1.0, Mutation::Edge)).await;
    let mut changes = std::collections::BTreeSet::new();
    for (operation, target) in
        [("getOrder", "/orders/"), ("listOrders", "/orders?page="), ("listCustomers", "/customers?limit=")]
    {
        let index = server.mock().operation(operation).unwrap();
        for number in 1..40 {
            let reply = send(&server, &format!("GET {target}{number}"), &[], &Value::Null).await;
            assert_eq!(reply.status, 200);
            let wrong = server.mock().check_answer(index, Some(200), &reply.body);
            assert_eq!(wrong, Some(Vec::new()), "{:?}", reply.header("x-mock-mutation"));
            for change in reply.header("x-mock-mutation").unwrap_or_default().trim_start_matches("edge: ").split("; ") {
                changes.extend(change.split_once(' ').map(|(_, what)| what.to_owned()));
            }
        }
    }
    // Most kinds of edges have a place in the shop.
    assert!(changes.len() >= 14, "{changes:?}");
    for expected in ["left out", "empty", "another choice", "of several scripts", "zero", "an odd one of its format"] {
        assert!(changes.contains(expected), "{expected} of {changes:?}");
    }
}

#[tokio::test]
async fn a_value_that_is_to_break_the_schema_does_and_the_answer_says_so() {
    let server = with(Faults::seeded(2).mutations(1.0, Mutation::Invalid)).await;
    let index = server.mock().operation("getOrder").unwrap();
    for id in 1..20 {
        let reply = send(&server, &format!("GET /orders/{id}"), &[], &Value::Null).await;
        let wrong = server.mock().check_answer(index, Some(200), &reply.body).unwrap();
        let told = reply.header("x-mock-mutation").unwrap();
        assert!(!wrong.is_empty() && told.starts_with("invalid: "), "{told} {wrong:?}");
    }
}

#[cfg(feature = "record")]
#[tokio::test]
async fn answers_are_as_late_as_they_were_recorded() {
    use tracesnap_record::Interaction;

    let recorded = |id: u64, target: &str, ms: f64| {
        let request = serde_json::json!({"method": "GET", "url": format!("https://shop.example{target}")});
        let mut one = Interaction::new(id, "shop", "any", request);
        one.duration_ms = ms;
        one
    };
    let seen: Vec<Interaction> = (0..20).map(|id| recorded(id, &format!("/v1/orders/{id}"), 90.0)).collect();
    let document = std::sync::Arc::clone(crate::shop::mock().build().document());
    let server = with(Faults::seeded(1).learn(&document, &seen)).await;
    let begun = Instant::now();
    send(&server, "GET /orders/7", &[], &Value::Null).await;
    assert!(begun.elapsed() >= Duration::from_millis(90));
}
