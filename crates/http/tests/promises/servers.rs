//! Recordings are served, and a proxy records, for programs that know nothing of either.

use std::time::Duration;

use http::{Request, Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tracesnap_http::server::{self, Limits, Upstream};
use tracesnap_http::{Body, Http};
use tracesnap_record::{Mode, OnMiss};

use crate::support::*;

async fn upstream() -> String {
    let address = serve_with(|request: Request<hyper::body::Incoming>| async move {
        let seen = see(Response::new(request.into_body())).await;
        let body = json!({"got": String::from_utf8_lossy(&seen.body.expect("a body"))});
        let mut response = Response::new(Body::from(body.to_string()));
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
        response.headers_mut().append("x-many", http::HeaderValue::from_static("1"));
        response.headers_mut().append("x-many", http::HeaderValue::from_static("2"));
        response
    })
    .await;
    format!("http://{address}/base")
}

/// A proxy before an upstream; what it answers is asked below the address.
async fn proxy(http: Http, upstream: &str, limits: Limits) -> (String, oneshot::Sender<()>) {
    let listener = server::listen(0).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    assert!(address.ip().is_loopback());
    let upstream = Upstream::plain(upstream).expect("an address");
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        server::proxy(http, upstream, listener, limits, stopped).await.expect("served");
    });
    (format!("http://{address}"), stop)
}

async fn talk(base: &str) -> Vec<Seen> {
    let mut all = Vec::new();
    for n in 0..3 {
        let request = post(format!("{base}/orders?n={n}"), "text/plain", format!("order {n}"));
        all.push(see(client().request(request).await.expect("answered")).await);
    }
    all
}

fn without_date(mut all: Vec<Seen>) -> Vec<Seen> {
    for seen in &mut all {
        seen.headers.remove("date");
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_records_plays_back_and_serves_what_was_recorded() {
    let upstream = upstream().await;
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let (base, stop) = proxy(recording.clone(), &upstream, Limits::default()).await;
    let said = without_date(talk(&base).await);
    assert_eq!(said[1].body.as_deref(), Ok(&br#"{"got":"order 1"}"#[..]));
    assert_eq!(said[1].headers.get_all("x-many").iter().count(), 2);
    drop(stop);
    let session = recordings.accept(recording);
    // By the address of the upstream: whoever asks that is played the same.
    assert_eq!(session.interactions[0].request["url"], format!("{upstream}/orders?n=0"));
    let request = post(format!("{upstream}/orders?n=2"), "text/plain", "order 2");
    let direct = see(ask(recordings.http(Mode::Playback).playback(), request).await.expect("played")).await;
    assert_eq!(direct.body, said[2].body);

    let (base, _stop) = proxy(recordings.http(Mode::Playback), "http://127.0.0.1:1/base", Limits::default()).await;
    // The upstream has another port; it is the same service, since ports of this machine mean nothing.
    assert_eq!(without_date(talk(&base).await), said);

    let listener = server::listen(0).await.expect("a port");
    let base = format!("http://{}/base", listener.local_addr().expect("an address"));
    let playback = recordings.http(Mode::Playback);
    tokio::spawn(server::serve(playback, listener, Limits::default(), std::future::pending()));
    assert_eq!(without_date(talk(&base).await), said);
    let miss = see(client().get(format!("{base}/other").parse().expect("a URL")).await.expect("answered")).await;
    assert_eq!(miss.status, StatusCode::NOT_IMPLEMENTED);
    let problem: serde_json::Value = serde_json::from_slice(&miss.body.expect("told")).expect("JSON");
    assert_eq!(problem["type"], "urn:tracesnap:miss");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("nearest is interaction 0")), "{problem}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hybrid_proxy_asks_only_what_it_does_not_know() {
    let upstream = upstream().await;
    let recordings = Recordings::new();
    let hybrid = recordings.http(Mode::Hybrid(OnMiss::Record));
    let (base, stop) = proxy(hybrid.clone(), &upstream, Limits::default()).await;
    let said = without_date(talk(&base).await);
    drop(stop);
    assert_eq!(recordings.accept(hybrid).interactions.len(), 3);
    let hybrid = recordings.http(Mode::Hybrid(OnMiss::Record));
    let (base, _stop) = proxy(hybrid.clone(), "http://127.0.0.1:1/base", Limits::default()).await;
    assert_eq!(without_date(talk(&base).await), said, "the upstream is gone, and not missed");
    let unknown = client().get(format!("{base}/unknown").parse().expect("a URL")).await.expect("answered");
    assert_eq!(unknown.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_or_too_slow_is_refused_and_hops_are_not_passed_on() {
    let slow = serve_with(|request: Request<hyper::body::Incoming>| async move {
        if request.uri().path() == "/slow" {
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        let headers = request.headers().keys().map(http::HeaderName::as_str).collect::<Vec<_>>().join(" ");
        let host = request.headers()["host"].to_str().expect("text").to_owned();
        see(Response::new(request.into_body())).await;
        Response::new(Body::from(format!("{headers} host={host}")))
    })
    .await;
    let recordings = Recordings::new();
    let limits = Limits::default().with_body_bytes(1_000).with_time(Duration::from_millis(500));
    let (base, _stop) = proxy(recordings.http(Mode::Record), &format!("http://{slow}"), limits).await;
    let status = async |request| client().request(request).await.expect("answered").status();
    assert_eq!(status(post(format!("{base}/"), "text/plain", vec![b'x'; 1_001])).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(status(get(format!("{base}/slow"))).await, StatusCode::GATEWAY_TIMEOUT);
    let mut request = get(format!("{base}/"));
    for (name, value) in [
        ("connection", "x-mine"),
        ("x-mine", "1"),
        ("proxy-authorization", "x"),
        ("x-kept", "1"),
        (server::TASK_HEADER, "worker 1"),
    ] {
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    let seen = see(client().request(request).await.expect("answered")).await;
    let text = String::from_utf8_lossy(&seen.body.expect("a body")).into_owned();
    assert_eq!(text, format!("x-kept host host={slow}").as_str(), "{text}");
    // What is no HTTP is none of our business, and breaks nothing.
    let mut stream = tokio::net::TcpStream::connect(base.trim_start_matches("http://")).await.expect("connected");
    stream.write_all(b"\x00\x01garbage\r\n\r\n").await.expect("sent");
    let mut told = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut told)).await.expect("it is closed");
    assert_eq!(status(get(format!("{base}/"))).await, StatusCode::OK);
}

#[test]
fn an_upstream_that_is_none_is_an_error() {
    for wrong in ["", "api.example.com", "ftp://x", "http://ada:hunter2@x", "http://x/?a=1", "http://x/#a", "https://x"]
    {
        let error = Upstream::plain(wrong).expect_err("none").to_string();
        assert!(error.contains("is not an") && !error.contains("hunter2"), "{error}");
    }
}
