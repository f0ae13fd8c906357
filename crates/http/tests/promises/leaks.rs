//! Nothing that was planted in an exchange is in what is written of it, whichever adapter it went through.

use std::sync::Arc;

use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use tracesnap_http::server::{self, Limits, Upstream};
use tracesnap_http::{Body, Http};
use tracesnap_leaks::{Case, assert_none, cases, everything, reveals};
use tracesnap_record::{Mode, Session};

use crate::support::*;

/// Of the corpus, one in so many goes through each adapter; another part of it each.
const STEP: usize = 61;

/// How a planted document or text is sent and answered.
fn body(case: &Case, at: usize) -> (&'static str, String) {
    match at % 3 {
        0 => ("application/json", case.document.clone()),
        1 => ("text/event-stream", format!("event: delta\ndata: {}\n\ndata: [DONE]\n\n", case.document)),
        _ => ("text/plain", case.text.clone()),
    }
}

async fn service(cases: Arc<Vec<Case>>) -> String {
    let address = serve_with(move |request: Request<Incoming>| {
        let at: usize = request.uri().path()[1..].parse().expect("a number");
        let (kind, body) = body(&cases[at], at);
        async move {
            let mut response = Response::new(Body::from(body));
            response.headers_mut().insert("content-type", HeaderValue::from_static(kind));
            response
        }
    })
    .await;
    format!("http://{address}")
}

fn request(base: &str, case: &Case, at: usize) -> Request<Body> {
    // A query, where it is written as one; a body anyway.
    let query = if case.writing == "percent" { format!("?note={}", case.text) } else { String::new() };
    let (kind, body) = body(case, at + 1);
    let mut request = post(format!("{base}/{at}{query}"), kind, body);
    if let Ok(value) = HeaderValue::from_str(&case.text)
        && at.is_multiple_of(2)
    {
        request.headers_mut().insert("x-note", value);
    }
    request
}

/// What was written of these, one after the other.
fn assert_clean(name: &str, cases: &[Case], session: &Session, folder: &[u8]) {
    assert_eq!(session.interactions.len(), cases.len(), "{name}");
    let folder = String::from_utf8_lossy(folder);
    let leaks = cases.iter().zip(&session.interactions).filter_map(|(case, told)| {
        let written = serde_json::to_string(told).expect("it is JSON");
        (folder.contains(&case.secret) || reveals(&written, &case.secret)).then_some((case, written))
    });
    assert_none(leaks.collect::<Vec<_>>(), cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_planted_is_in_nothing_that_is_written_of_any_adapter() {
    for (turn, name) in ["hyper", "layer", "server layer", "reqwest", "proxy"].into_iter().enumerate() {
        let cases: Vec<Case> = cases(4_731).into_iter().skip(turn).step_by(STEP).collect();
        let cases = Arc::new(cases);
        let base = service(Arc::clone(&cases)).await;
        let recordings = Recordings::new();
        let http: Http = recordings.http(Mode::Record);
        let mut errors = Vec::new();
        for (at, case) in cases.iter().enumerate() {
            let request = |base: &str| request(base, case, at);
            match name {
                "hyper" => drop(see(ask(http.hyper(client()), request(&base)).await.expect("answered")).await),
                "layer" => {
                    let service = tower::Layer::layer(&http.layer(), client());
                    drop(see(ask(service, request(&base)).await.expect("answered")).await);
                }
                "server layer" => {
                    let cases = Arc::clone(&cases);
                    let inner = tower::service_fn(move |_: Request<Body>| {
                        let (kind, body) = body(&cases[at], at);
                        let mut response = Response::new(Body::from(body));
                        response.headers_mut().insert("content-type", HeaderValue::from_static(kind));
                        std::future::ready(Ok::<_, std::convert::Infallible>(response))
                    });
                    let service = tower::Layer::layer(&http.server_layer("shop"), inner);
                    drop(see(ask(service, request("http://shop.example")).await.expect("answered")).await);
                }
                "reqwest" => {
                    let client =
                        reqwest_middleware::ClientBuilder::new(reqwest::Client::new()).with(http.middleware()).build();
                    let asked = reqwest::Request::try_from(request(&base).map(reqwest::Body::wrap)).expect("a request");
                    client.execute(asked).await.expect("answered").bytes().await.expect("a body");
                }
                _ => {
                    let listener = server::listen(0).await.expect("a port");
                    let address = listener.local_addr().expect("an address");
                    let upstream = Upstream::plain(&base).expect("an address");
                    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
                    let stopped = async { drop(stopped.await) };
                    let serving =
                        tokio::spawn(server::proxy(http.clone(), upstream, listener, Limits::default(), stopped));
                    let asked = request(&format!("http://{address}"));
                    drop(see(client().request(asked).await.expect("answered")).await);
                    drop(stop);
                    serving.await.expect("it ran").expect("served");
                }
            }
        }
        http.provider().flush();
        let folder = everything(recordings.path());
        let session = recordings.accept(http);
        assert_clean(name, &cases, &session, &folder);
        assert_clean(name, &cases, &session, &everything(recordings.path()));
        // What a miss tells of the recording and of what was asked.
        let playback = recordings.http(Mode::Playback).playback();
        for (at, case) in cases.iter().enumerate() {
            let mut asked = request(&base, case, at);
            *asked.method_mut() = http::Method::PUT;
            let error = ask(playback.clone(), asked).await.expect_err("a miss").to_string();
            if reveals(&error, &case.secret) {
                errors.push((case, error));
            }
        }
        assert_none(errors, cases.len());
    }
}
