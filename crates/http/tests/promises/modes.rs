//! What happens to a call is what the table of modes says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use http::{Request, Response, StatusCode};
use serde_json::json;
use tracesnap_http::{Body, Error, Http};
use tracesnap_record::provider::{Answer, Asked};
use tracesnap_record::{Budget, Error as RecordError, Mode, OnMiss, ServiceProvider};

use crate::support::*;

/// A service that counts how often it is asked.
async fn counting() -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let address = serve_with(move |request: Request<_>| {
        let n = counted.fetch_add(1, Relaxed);
        let path = request.uri().path().to_owned();
        async move {
            let mut response = Response::new(Body::from(json!({"path": path, "n": n}).to_string()));
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
            response
        }
    })
    .await;
    (format!("http://{address}"), count)
}

async fn text(http: &Http, url: &str) -> Result<String, String> {
    let response = ask(http.hyper(client()), get(url)).await.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&see(response).await.body?).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mode_asks_answers_and_writes_as_the_table_says() {
    let (url, count) = counting().await;
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let known = format!("{url}/known?b=2&a=1");
    let said = text(&recording, &known).await.expect("answered");
    recordings.accept(recording);
    // The order of a query means nothing.
    let known = format!("{url}/known?a=1&b=2");
    let new = format!("{url}/new");
    let pending = || tracesnap_record::Sets::open(recordings.path()).expect("sets").pending().expect("listed").len();
    let table = [
        // mode, asks for what is known, asks for what is new, answers what is new, waits for a review
        (Mode::Real, true, true, true, 0),
        (Mode::Record, true, true, true, 1),
        (Mode::Spy, true, true, true, 0),
        (Mode::Playback, false, false, false, 0),
        (Mode::Strict, false, false, false, 0),
        (Mode::Hybrid(OnMiss::Record), false, true, true, 1),
        (Mode::Hybrid(OnMiss::Forward), false, true, true, 0),
        (Mode::Hybrid(OnMiss::Fail), false, false, false, 0),
        (Mode::Hybrid(OnMiss::Mock), false, false, true, 0),
        (Mode::Mock, false, false, true, 0),
        (Mode::Verify, true, true, true, 0),
    ];
    for (mode, asks_known, asks_new, answers_new, waiting) in table {
        let builder = ServiceProvider::builder().dir(recordings.path()).session("checkout").mode(mode);
        let mock = |asked: &Asked<'_>| {
            assert_eq!(asked.request["method"], "GET");
            Some(Answer::response(json!({"mocked": asked.operation})))
        };
        let http = Http::new(builder.fallback(mock).build().expect("a provider"));
        let before = (count.load(Relaxed), pending());
        let answered = text(&http, &known).await.expect("answered");
        let asked_known = count.load(Relaxed) - before.0;
        let found = text(&http, &new).await;
        let asked_new = count.load(Relaxed) - before.0 - asked_known;
        http.provider().save().expect("saved");
        assert_eq!((asked_known == 1, asked_new == 1), (asks_known, asks_new), "{mode}");
        assert_eq!(found.is_ok(), answers_new, "{mode}: {found:?}");
        assert_eq!(pending() - before.1, waiting, "{mode}");
        if !asks_known && mode != Mode::Mock {
            assert_eq!(answered, said, "{mode}");
        }
        if matches!(mode, Mode::Mock | Mode::Hybrid(OnMiss::Mock)) {
            assert_eq!(found.expect("mocked"), r#"{"mocked":"GET /new"}"#);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_miss_names_the_nearest_and_what_differs() {
    let (url, _) = counting().await;
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let order = |n: u32| post(format!("{url}/orders"), "application/json", json!({"item": "desk", "n": n}).to_string());
    see(ask(recording.hyper(client()), order(1)).await.expect("answered")).await;
    recordings.accept(recording);
    let playback = recordings.http(Mode::Playback);
    let error = ask(playback.playback(), order(2)).await.expect_err("a miss");
    let Some(Error::Refused(RecordError::Miss(miss))) = error.downcast_ref::<Error>() else { panic!("{error}") };
    let near = miss.nearest.as_ref().expect("near");
    assert_eq!((near.id, near.differences[0].path.as_str()), (0, "$.body.value.n"));
    assert!(
        error.to_string().contains("it would answer by the rule `method, path, query, body, ignore($.body.value.n)`"),
        "{error}"
    );
    // How a document is written does not count.
    let spaced = post(format!("{url}/orders"), "application/json", "{ \"n\": 1,\n \"item\": \"desk\" }");
    ask(playback.playback(), spaced).await.expect("the same document");
    // Another path is compared as well.
    let error = ask(playback.playback(), get(format!("{url}/order"))).await.expect_err("a miss").to_string();
    assert!(error.contains("nearest is interaction 0") && error.contains("$.path"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_wants_everything_once_and_verify_tells_what_changed() {
    let (url, _) = counting().await;
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    for path in ["a", "b"] {
        text(&recording, &format!("{url}/{path}")).await.expect("answered");
    }
    recordings.accept(recording);
    let strict = recordings.http(Mode::Strict);
    assert!(text(&strict, &format!("{url}/b")).await.expect_err("not yet").contains("has `0"));
    text(&strict, &format!("{url}/a")).await.expect("in its order");
    let error = strict.provider().clone().cleanup().expect_err("one is left").to_string();
    assert!(error.contains("1 of the recording"), "{error}");
    let verify = recordings.http(Mode::Verify);
    text(&verify, &format!("{url}/a")).await.expect("answered");
    verify.provider().flush();
    // Only `n` differs, and that is a value.
    let drift = verify.provider().drift();
    assert_eq!((drift.compared(), drift.interactions(), drift.is_error()), (1, 0, false));
    assert!(drift.to_string().contains("$.body.value.n"), "{drift}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_stops_before_the_service_is_asked() {
    let (url, count) = counting().await;
    let recordings = Recordings::new();
    for mode in [Mode::Record, Mode::Real] {
        let before = count.load(Relaxed);
        let builder = ServiceProvider::builder().dir(recordings.path()).session("checkout").mode(mode);
        let http = Http::new(builder.budget("127.0.0.1", Budget::default().calls(1)).build().expect("a provider"));
        text(&http, &url).await.expect("one");
        let refused = text(&http, &url).await.expect_err("no more");
        assert!(refused.starts_with("the budget of `127.0.0.1` is used up"), "{mode}: {refused}");
        assert_eq!(count.load(Relaxed) - before, 1, "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_recorded_and_can_be_replaced() {
    let routes = || axum::Router::new().route("/stock/{id}", axum::routing::get(|| async { "42" }));
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let address = serve(routes().layer(recording.server_layer("warehouse"))).await;
    let seen =
        see(client().get(format!("http://{address}/stock/7").parse().expect("a URL")).await.expect("answered")).await;
    assert_eq!(seen.body.as_deref(), Ok(&b"42"[..]));
    let session = recordings.accept(recording);
    assert_eq!(session.interactions[0].title(), "warehouse GET /stock/{id}");
    // The layer of a router without a route is never called.
    let nothing = axum::Router::new().fallback(|| async { StatusCode::IM_A_TEAPOT });
    let address = serve(nothing.layer(recordings.http(Mode::Playback).server_layer("warehouse"))).await;
    let ask = async |path: &str| {
        see(client().get(format!("http://{address}{path}").parse().expect("a URL")).await.expect("answered")).await
    };
    assert_eq!(ask("/stock/7").await.body.as_deref(), Ok(&b"42"[..]));
    let miss = ask("/stock/8").await;
    assert_eq!(
        (miss.status, &miss.headers["content-type"]),
        (StatusCode::NOT_IMPLEMENTED, &"application/problem+json".parse().expect("a value"))
    );
    let problem: serde_json::Value = serde_json::from_slice(&miss.body.expect("told")).expect("JSON");
    assert_eq!((problem["status"].as_u64(), problem["nearest"]["id"].as_u64()), (Some(501), Some(0)));
}
