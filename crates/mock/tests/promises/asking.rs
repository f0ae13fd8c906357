//! One client for all modes: the service, its recording, or a mock of it answers, and the client says who.

use serde_json::{Value, json};
use tracesnap_mock::client::{ANSWERED_BY, AnsweredBy, SmartClient, SmartClientBuilder};
use tracesnap_mock::infer::Inference;
use tracesnap_mock::{Error, Mock, MockServer};
use tracesnap_openapi::Document;
use tracesnap_record::{Mode, OnMiss, Sets, file};

use crate::shop::{CUSTOMER, mock, spec};

/// The service: a shop of another seed, so that its answers are known from those of the mock.
async fn shop() -> MockServer {
    MockServer::from_openapi(spec()).unwrap().seed(99).start().await.unwrap()
}

fn client(base: &str, dir: &std::path::Path, mode: Mode) -> SmartClientBuilder {
    SmartClient::builder(base).dir(dir).session("shop").mode(mode).mock(mock().seed(1).build())
}

async fn order(client: &SmartClient) -> (AnsweredBy, Value) {
    let answer = client.get("/orders/7").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header(ANSWERED_BY), Some(answer.answered_by().as_str()));
    assert_eq!(answer.headers().keys().filter(|name| name.as_str().contains("mocked-for")).count(), 0);
    (answer.answered_by(), answer.json().unwrap())
}

#[tokio::test]
async fn the_same_test_is_answered_live_then_recorded_then_mocked() {
    let dir = tempfile::tempdir().unwrap();
    let server = shop().await;
    let recording = client(&server.base_url(), dir.path(), Mode::Record).build().unwrap();
    let (by, live) = order(&recording).await;
    assert_eq!(by, AnsweredBy::Live);
    let created = recording.post("/orders").json(&json!({"customer_id": CUSTOMER, "total": 3.5})).send().await.unwrap();
    assert_eq!(created.status(), 201);
    let finished = recording.finish().unwrap().recorded.unwrap();
    Sets::open(dir.path()).unwrap().accept(&finished.pending.unwrap().parse().unwrap()).unwrap();
    server.assert_called_times("getOrder", 1);
    server.stop().await;

    // Nobody listens any more, at whatever port.
    let gone = "http://127.0.0.1:9";
    let playing = client(gone, dir.path(), Mode::Playback).build().unwrap();
    assert_eq!(order(&playing).await, (AnsweredBy::Recording, live.clone()));
    let missed = playing.get("/customers").send().await.unwrap_err();
    assert!(matches!(&missed, Error::Ask { url, .. } if url.ends_with("/customers")), "{missed:?}");

    let hybrid = client(gone, dir.path(), Mode::Hybrid(OnMiss::Mock)).build().unwrap();
    assert_eq!(order(&hybrid).await, (AnsweredBy::Recording, live.clone()));
    let listed = hybrid.get("/customers").query("limit", 2).send().await.unwrap();
    assert_eq!((listed.answered_by(), listed.json().unwrap()["data"].as_array().unwrap().len()), (AnsweredBy::Mock, 2));

    let mocked = client(gone, dir.path(), Mode::Mock).build().unwrap();
    let (by, made) = order(&mocked).await;
    assert_eq!((by, &made["id"]), (AnsweredBy::Mock, &json!(7)));
    assert_ne!(made, live);
}

#[tokio::test]
async fn the_mock_stands_in_for_a_service_that_cannot_be_reached_if_that_is_wanted() {
    let dir = tempfile::tempdir().unwrap();
    let gone = "http://127.0.0.1:9";
    for mode in [Mode::Real, Mode::Hybrid(OnMiss::Forward)] {
        let strict = client(gone, dir.path(), mode).build().unwrap();
        let error = strict.get("/orders/7").send().await.unwrap_err();
        assert!(matches!(error, Error::Ask { .. }), "{error:?}");
        let lenient = client(gone, dir.path(), mode).mock_when_unreachable(true).build().unwrap();
        assert_eq!(order(&lenient).await.0, AnsweredBy::Mock);
    }
}

#[tokio::test]
async fn what_a_client_records_becomes_a_document_whose_mock_answers_it() {
    let dir = tempfile::tempdir().unwrap();
    let server = shop().await;
    let recording = client(&server.base_url(), dir.path(), Mode::Record).build().unwrap();
    let targets: Vec<String> = (1..6)
        .map(|id| format!("/orders/{id}"))
        .chain(["/orders?page=2", "/customers", "/settings"].map(str::to_owned))
        .collect();
    for target in &targets {
        recording.get(target).send().await.unwrap();
    }
    let path = recording.finish().unwrap().recorded.unwrap().path;
    let mut inference = Inference::new();
    inference.add_session(&file::load(path).unwrap());
    let text = inference.infer().to_yaml().unwrap();
    let document = Document::parse("inferred.yaml", text.as_str()).unwrap();
    assert!(document.faults().is_empty(), "{text}");
    let again = MockServer::from_mock(Mock::from_document(document).build()).start().await.unwrap();
    let asking = client(&again.base_url(), dir.path(), Mode::Real).build().unwrap();
    for target in &targets {
        let answer = asking.get(target).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.header("x-mock-invalid")), (200, None), "{target}");
    }
    assert_eq!(again.stats().answers.invalid, 0);
}

#[tokio::test]
async fn what_cannot_be_asked_is_told_before_anybody_is() {
    assert!(matches!(SmartClient::builder("shop").mode(Mode::Real).build(), Err(Error::BaseUrl { .. })));
    let dir = tempfile::tempdir().unwrap();
    let missing = client("http://127.0.0.1:9", dir.path(), Mode::Playback).build();
    assert!(matches!(missing, Err(Error::Record(_))), "{missing:?}");
    let mocked = client("http://127.0.0.1:9", dir.path(), Mode::Mock).build().unwrap();
    assert!(matches!(mocked.get("/x").header("a b", "c").send().await, Err(Error::Header { .. })));
    assert!(mocked.get("/nothing/here").send().await.is_err());
}
