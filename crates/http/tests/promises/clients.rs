//! Clients of all kinds are recorded and played back, without knowing.

use axum::Json;
use axum::routing::{get as on_get, post as on_post};
use serde_json::{Value, json};
use tracesnap_http::Transport;
use tracesnap_record::Mode;

use crate::support::*;

fn shop() -> axum::Router {
    axum::Router::new()
        .route(
            "/orders/{id}",
            on_get(|axum::extract::Path(id): axum::extract::Path<u64>| async move { Json(json!({"id": id})) }),
        )
        .route("/orders", on_post(|Json(order): Json<Value>| async move { (http::StatusCode::CREATED, Json(order)) }))
}

#[tokio::test]
async fn a_client_of_reqwest_is_played_what_it_was_answered() {
    let recordings = Recordings::new();
    let address = serve(shop()).await;
    let talk = async |http: &tracesnap_http::Http| {
        let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(http.middleware()).build();
        let made = client
            .post(format!("http://{address}/orders"))
            .header("content-type", "application/json")
            .body(r#"{"item": "desk"}"#);
        let made = made.send().await.expect("answered");
        assert_eq!(made.status(), 201);
        let made = made.text().await.expect("text");
        let read = client.get(format!("http://{address}/orders/7?x=1")).send().await.expect("answered");
        assert_eq!(read.url().as_str(), format!("http://{address}/orders/7?x=1"));
        (made, read.text().await.expect("text"))
    };
    let recording = recordings.http(Mode::Record);
    let said = talk(&recording).await;
    let session = recordings.accept(recording);
    let names: Vec<_> = session.interactions.iter().map(tracesnap_record::Interaction::title).collect();
    assert_eq!(names, ["127.0.0.1 POST /orders", "127.0.0.1 GET /orders/{id}"]);
    let playback = recordings.http(Mode::Playback);
    assert_eq!(talk(&playback).await, said);
    assert_eq!(playback.provider().summary().services[0].played, 2);
}

#[tokio::test]
async fn a_client_of_hyper_is_played_what_it_was_answered() {
    let recordings = Recordings::new();
    let address = serve(shop()).await;
    let recording = recordings.http(Mode::Record);
    let response = ask(recording.hyper(client()), get(format!("http://{address}/orders/7"))).await.expect("answered");
    let said = see(response).await;
    assert_eq!(said.body.as_deref(), Ok(&br#"{"id":7}"#[..]));
    recordings.accept(recording);
    let playback = recordings.http(Mode::Playback).playback();
    let played = ask(playback, get(format!("http://{address}/orders/7"))).await.expect("played");
    assert_eq!(see(played).await, said);
}

#[tokio::test]
async fn a_transport_without_tls_says_what_is_missing() {
    let sent = Transport::plain().send(get("https://shop.example/orders?token=hunter2")).await;
    let error = sent.expect_err("it cannot").to_string();
    assert!(
        error.starts_with("`https://shop.example` is not an `http://` address, which a transport without TLS"),
        "{error}"
    );
    assert!(error.contains("the feature `https`") && !error.contains("hunter2"), "{error}");
}
