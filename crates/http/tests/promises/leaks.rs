//! Nothing that was planted in an exchange is in what is written of it, whichever adapter it went through, and wherever in
//! an exchange it stood: in files, logs, errors, differences, reports.

use std::io::Write;
use std::sync::{Arc, Mutex};

use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use tonic_prost::ProstCodec;
use tracesnap_http::server::{self, Limits, Upstream};
use tracesnap_http::{Body, Http};
use tracesnap_leaks::{Case, assert_none, cases, everything, plant, reveals};
use tracesnap_record::analysis::{Analyzer, TimeRange};
use tracesnap_record::compare::compare_sessions;
use tracesnap_record::{Mode, Session};
use tracing_subscriber::layer::SubscriberExt;

use crate::grpc::{Order, descriptors, order};
use crate::support::*;

/// Of the corpus, one in so many goes through each adapter; another part of it each.
const STEP: usize = 31;

const ADAPTERS: [&str; 7] = ["hyper", "layer", "server layer", "reqwest", "proxy", "tonic", "tonic with descriptors"];

/// Where in an exchange a planted text stands. Requests and responses have it in another place each.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Json,
    Events,
    Text,
    Form,
    Html,
    Multipart,
    Gzip,
    Query,
    Header,
}

const PLACES: [At; 9] =
    [At::Json, At::Events, At::Text, At::Form, At::Html, At::Multipart, At::Gzip, At::Query, At::Header];

impl At {
    fn of(at: usize) -> Self {
        PLACES[at % PLACES.len()]
    }

    /// Media type and body.
    fn body(self, case: &Case) -> (&'static str, Vec<u8>) {
        let (document, text) = (&case.document, &case.text);
        match self {
            Self::Json => ("application/json", document.clone().into()),
            Self::Gzip => {
                let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                to.write_all(document.as_bytes()).expect("memory");
                ("application/json", to.finish().expect("memory"))
            }
            Self::Events => ("text/event-stream", format!("event: delta\ndata: {document}\n\ndata: [DONE]\n\n").into()),
            Self::Text => ("text/plain", text.clone().into()),
            Self::Form => {
                let value = plant::percent(text).replace("%20", "+");
                ("application/x-www-form-urlencoded", format!("kind=order&note={value}&n=2").into())
            }
            Self::Html => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let page =
                    format!("<!doctype html><title>Order</title>\n<p>Order 7</p>\n<p class=\"note\">{text}</p>\n");
                ("text/html; charset=utf-8", page.into())
            }
            Self::Multipart => {
                let part = format!("--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n{text}\r\n--b--\r\n");
                ("multipart/form-data; boundary=b", part.into())
            }
            Self::Query | Self::Header => ("text/plain", b"nothing".to_vec()),
        }
    }

    fn put_on(self, headers: &mut http::HeaderMap, case: &Case) {
        if self == Self::Gzip {
            headers.insert("content-encoding", HeaderValue::from_static("gzip"));
        }
        // Some texts have more than a line, and are in no header.
        if let (Self::Header, Ok(value)) = (self, HeaderValue::from_str(&case.text)) {
            headers.append("x-note", HeaderValue::from_static("nothing"));
            headers.append("x-note", value);
        }
    }
}

fn response(case: &Case, at: usize) -> Response<Body> {
    let place = At::of(at);
    let (kind, body) = place.body(case);
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert("content-type", HeaderValue::from_static(kind));
    place.put_on(response.headers_mut(), case);
    response
}

fn request(base: &str, case: &Case, at: usize) -> Request<Body> {
    let place = At::of(at / PLACES.len() + at + 1);
    let query = if place == At::Query { format!("?page=2&note={}", plant::percent(&case.text)) } else { String::new() };
    let (kind, body) = place.body(case);
    let mut request = post(format!("{base}/{at}{query}"), kind, body);
    place.put_on(request.headers_mut(), case);
    request
}

async fn service(cases: Arc<Vec<Case>>) -> String {
    let address = serve_with(move |request: Request<Incoming>| {
        let at: usize = request.uri().path()[1..].parse().expect("a number");
        let response = response(&cases[at], at);
        async move { response }
    })
    .await;
    format!("http://{address}")
}

/// A service of gRPC that says what it was told.
async fn echo() -> String {
    let address = serve_with(|request: Request<Incoming>| async move {
        let answer = |request: tonic::Request<Order>| async { Ok(tonic::Response::new(request.into_inner())) };
        let answer = tower::service_fn(answer);
        let mut grpc = tonic::server::Grpc::new(ProstCodec::<Order, Order>::default());
        grpc.unary(answer, request).await.map(Body::new)
    })
    .await;
    format!("http://{address}")
}

async fn call(http: &Http, url: &str, method: &str, case: &Case) -> Result<Order, tonic::Status> {
    let channel = tonic::transport::Endpoint::from_shared(url.to_owned()).expect("an address").connect_lazy();
    let mut client = tonic::client::Grpc::new(http.tonic(channel));
    client.ready().await.map_err(tonic::Status::from_error)?;
    let path = http::uri::PathAndQuery::try_from(format!("/shop.Orders/{method}")).expect("a path");
    let asked = tonic::Request::new(Order { api_key: String::new(), ..order(&case.text, 7) });
    let codec = ProstCodec::<Order, Order>::default();
    Ok(client.unary(asked, path, codec).await?.into_inner())
}

/// What was written of these, one after the other.
fn assert_clean(name: &str, cases: &[Case], session: &Session, folder: &[u8]) {
    assert_eq!(session.interactions.len(), cases.len(), "{name}");
    let folder = String::from_utf8_lossy(folder);
    let leaks = cases.iter().zip(&session.interactions).enumerate().filter_map(|(at, (case, told))| {
        let written = serde_json::to_string(told).expect("it is JSON");
        let (asked, answered) = (At::of(at / PLACES.len() + at + 1), At::of(at));
        let is_told = folder.contains(&case.secret) || reveals(&written, &case.secret);
        is_told.then(|| (case, format!("{name}, {asked:?}, {answered:?}: {written}")))
    });
    assert_none(leaks.collect::<Vec<_>>(), cases.len());
}

/// What was told of all of these, in one text.
fn assert_untold(name: &str, cases: &[Case], told: &str) {
    let leaks = cases.iter().filter(|case| told.contains(&case.secret));
    assert_none(leaks.map(|case| (case, format!("{name}: {told:.2000}"))).collect::<Vec<_>>(), cases.len());
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("whole").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_was_planted_is_in_nothing_that_is_written_of_any_adapter() {
    // A log is that of a process, so this has one.
    if std::env::var_os("HTTP_TEST_LEAKS").is_none() {
        let name = "leaks::what_was_planted_is_in_nothing_that_is_written_of_any_adapter";
        let mut child = std::process::Command::new(std::env::current_exe().expect("this test has a file"));
        let output =
            child.args(["--exact", name, "--nocapture"]).env("HTTP_TEST_LEAKS", "1").output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        return;
    }
    let log = Log::default();
    let written = log.clone();
    let layer = tracing_subscriber::fmt::layer().with_writer(move || written.clone()).with_ansi(false);
    // What the client and the server log themselves is theirs.
    let ours = tracing_subscriber::filter::filter_fn(|metadata| metadata.target().starts_with("tracesnap"));
    let subscriber = tracing_subscriber::registry().with(tracing_subscriber::Layer::with_filter(layer, ours));
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut before: Option<Session> = None;
        for (turn, name) in ADAPTERS.into_iter().enumerate() {
            let cases: Vec<Case> = cases(4_731).into_iter().skip(turn).step_by(STEP).collect();
            let session = record(name, &cases).await;
            // Reports are of sessions, which are clean; they must not find another way.
            let mut analyzer = Analyzer::new(TimeRange::default());
            analyzer.add_session(&session);
            let mut reports = vec![analyzer.finish().report()];
            reports.extend(before.iter().map(|before| compare_sessions(before, &session).report(true)));
            for report in reports {
                assert_untold(name, &cases, &report.to_text());
                assert_untold(name, &cases, &report.to_markdown());
                assert_untold(name, &cases, &report.to_html());
            }
            let log = String::from_utf8_lossy(&log.0.lock().expect("whole")).into_owned();
            assert!(log.contains("interaction"), "there is a log");
            assert_untold(name, &cases, &log);
            before = Some(session);
        }
    });
}

async fn record(name: &str, cases: &[Case]) -> Session {
    let is_grpc = name.starts_with("tonic");
    let shared = Arc::new(cases.to_vec());
    let base = if is_grpc { echo().await } else { service(Arc::clone(&shared)).await };
    let recordings = Recordings::new();
    let builder = || match name {
        "tonic with descriptors" => Http::builder().descriptors(descriptors()),
        _ => Http::builder(),
    };
    let http: Http = recordings.http_with(Mode::Record, builder());
    for (at, case) in cases.iter().enumerate() {
        let request = |base: &str| request(base, case, at);
        match name {
            "hyper" => drop(see(ask(http.hyper(client()), request(&base)).await.expect("answered")).await),
            "layer" => {
                let service = tower::Layer::layer(&http.layer(), client());
                drop(see(ask(service, request(&base)).await.expect("answered")).await);
            }
            "server layer" => {
                let cases = Arc::clone(&shared);
                let inner = tower::service_fn(move |_: Request<Body>| {
                    std::future::ready(Ok::<_, std::convert::Infallible>(response(&cases[at], at)))
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
            "proxy" => {
                let listener = server::listen(0).await.expect("a port");
                let address = listener.local_addr().expect("an address");
                let upstream = Upstream::plain(&base).expect("an address");
                let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
                let stopped = async { drop(stopped.await) };
                let serving = tokio::spawn(server::proxy(http.clone(), upstream, listener, Limits::default(), stopped));
                let asked = request(&format!("http://{address}"));
                drop(see(client().request(asked).await.expect("answered")).await);
                drop(stop);
                serving.await.expect("it ran").expect("served");
            }
            _ => {
                let said = call(&http, &base, "Unary", case).await.expect("answered");
                assert_eq!(said.item, case.text, "the program itself is told everything");
            }
        }
    }
    http.provider().flush();
    let folder = everything(recordings.path());
    let session = recordings.accept(http);
    assert_clean(name, cases, &session, &folder);
    assert_clean(name, cases, &session, &everything(recordings.path()));
    // What a miss tells of the recording and of what was asked.
    let playback = recordings.http_with(Mode::Playback, builder());
    let mut errors = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let error = if is_grpc {
            call(&playback, "http://127.0.0.1:1", "Fail", case).await.expect_err("a miss").to_string()
        } else {
            let mut asked = request(&base, case, at);
            *asked.method_mut() = http::Method::PUT;
            ask(playback.playback(), asked).await.expect_err("a miss").to_string()
        };
        if reveals(&error, &case.secret) {
            errors.push((case, error));
        }
    }
    assert_none(errors, cases.len());
    session
}
