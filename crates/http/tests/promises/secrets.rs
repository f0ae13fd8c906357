//! No secret reaches a file, an error or a log, wherever in an exchange it stands.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use tracesnap_http::{Body, BoxError, Http};
use tracesnap_leaks::everything;
use tracesnap_record::Mode;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::*;

/// What is planted: each has this in it, and none of it may be found again.
const MARK: &str = "hunter2";

fn gzip(text: &str) -> Vec<u8> {
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    to.write_all(text.as_bytes()).expect("memory");
    to.finish().expect("memory")
}

fn stream(chunks: Vec<Bytes>) -> Body {
    let chunks: Vec<Result<_, BoxError>> = chunks.into_iter().map(|chunk| Ok(Frame::data(chunk))).collect();
    Body::new(StreamBody::new(futures_util::stream::iter(chunks)))
}

/// Secrets wherever a response can have some.
fn answer(path: &str) -> Response<Body> {
    let (kind, body, coding) = match path {
        "/sse" => {
            // Split in the middle of the value.
            let parts = [
                "data: {\"delta\":\"a\"}\n\ndata: {\"api_key\":\"hun",
                "ter2-e\",\"n\":1}\n\n",
                "data: password=hun",
                "ter2-f\n\n",
            ];
            ("text/event-stream", stream(parts.map(Bytes::from).to_vec()), None)
        }
        "/gzip" => ("application/json", Body::from(gzip(r#"{"password": "hunter2-g", "n": 1}"#)), Some("gzip")),
        "/br" => {
            let mut to = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
            to.write_all(b"Authorization: Bearer hunter2-h-0123456789abcdef").expect("memory");
            ("text/plain", Body::from(to.into_inner()), Some("br"))
        }
        "/zstd" => {
            let text = ruzstd::encoding::compress_to_vec(
                &br#"{"token":"hunter2-i"}"#[..],
                ruzstd::encoding::CompressionLevel::Fastest,
            );
            ("application/json", Body::from(text), Some("zstd"))
        }
        // A coding that nobody knows here.
        "/own" => ("text/plain", Body::from("password=hunter2-j"), Some("x-own")),
        "/broken" => ("application/json", Body::from(r#"{"password": "hunter2-k", "n": }"#), Some("gzip")),
        "/binary" => {
            let mut bytes = vec![0, 159, 146, 150];
            bytes.extend_from_slice(b"postgres://ada:hunter2-l@db/shop");
            bytes.extend_from_slice(&[0, 1, 255]);
            ("application/octet-stream", Body::from(bytes), None)
        }
        "/large" => {
            let line = "harmless line of text\n".repeat(60);
            let parts =
                [line.as_str(), "db_password=hun", "ter2-m\n", &line, "postgres://ada:hunter2-n@db/shop\n", &line];
            ("text/plain", stream(parts.iter().map(|part| Bytes::copy_from_slice(part.as_bytes())).collect()), None)
        }
        "/large-binary" => {
            let noise: Vec<u8> = (0..2_000_u32).map(|n| (n % 7) as u8 | 0x80).collect();
            let parts = [&noise[..], b"\x00postgres://ada:hun", b"ter2-o@db/shop\x00", &noise];
            ("application/octet-stream", stream(parts.iter().map(|part| Bytes::copy_from_slice(part)).collect()), None)
        }
        "/large-gzip" => {
            let mut random = 7_u64;
            let text: String = (0..6_000)
                .map(|_| {
                    random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                    char::from(b'a' + (random >> 40) as u8 % 26)
                })
                .collect();
            ("text/plain", Body::from(gzip(&format!("{text} password=hunter2-p {text}"))), Some("gzip"))
        }
        "/multipart" => (
            "multipart/form-data; boundary=b",
            Body::from(
                "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\npostgres://ada:hunter2-q@db/shop\r\n--b--\r\n",
            ),
            None,
        ),
        _ => (
            "application/json",
            Body::from(r#"{"nested": {"client_secret": "hunter2-d"}, "text": "{\"password\":\"hunter2-r\"}"}"#),
            None,
        ),
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(kind));
    if let Some(coding) = coding {
        headers.insert("content-encoding", HeaderValue::from_static(coding));
    }
    headers.append("set-cookie", HeaderValue::from_static("sid=hunter2-s; Path=/"));
    headers.append("set-cookie", HeaderValue::from_static("other=hunter2-t; Secure"));
    headers.insert("x-api-key", HeaderValue::from_static("hunter2-u"));
    headers
        .insert("location", HeaderValue::from_static("https://ada:hunter2-v@shop.example/next?access_token=hunter2-w"));
    response
}

fn requests(base: &str) -> Vec<Request<Body>> {
    let mut all: Vec<Request<Body>> =
        ["sse", "gzip", "br", "zstd", "own", "broken", "binary", "large", "large-binary", "large-gzip", "multipart"]
            .map(|path| get(format!("{base}/{path}")))
            .into();
    let mut asked = get(format!("{base}/orders?api_key=hunter2-1&page=2"));
    asked.headers_mut().insert("authorization", HeaderValue::from_static("Bearer hunter2-2-0123456789"));
    asked.headers_mut().insert("cookie", HeaderValue::from_static("sid=hunter2-3; theme=dark"));
    all.push(asked);
    all.push(post(
        format!("{base}/login"),
        "application/x-www-form-urlencoded",
        "user=ada&password=hunter2-4&note=a%20b",
    ));
    all.push(post(format!("{base}/login"), "application/json", r#"{"user":"ada","password":"hunter2-5"}"#));
    all.push(post(
        format!("{base}/stream"),
        "application/json",
        stream(vec![r#"{"pass"#.into(), r#"word":"hun"#.into(), r#"ter2-6"}"#.into()]),
    ));
    let mut coded = post(format!("{base}/coded"), "application/json", gzip(r#"{"secret_key":"hunter2-7"}"#));
    coded.headers_mut().insert("content-encoding", HeaderValue::from_static("gzip"));
    all.push(coded);
    all.push(get(format!("{base}/repos/ghp_{MARK}{MARK}{MARK}{MARK}{MARK}1/sendMessage")));
    all
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

/// No part of a mark, however it is written.
#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // Base64 of the mark at any of its three places.
    for found in [MARK, "ter2-", "aHVudGVyM", "h1bnRlcj", "odW50ZXIy"] {
        if let Some(at) = text.find(found) {
            let around: String = text.chars().skip(text[..at].chars().count().saturating_sub(120)).take(300).collect();
            panic!("{what} has `{found}`: {around}");
        }
    }
}

#[test]
fn nothing_that_is_secret_is_found_again_in_files_errors_or_logs() {
    // A log is that of a process, so this has one.
    if std::env::var_os("HTTP_TEST_SECRETS").is_none() {
        let name = "secrets::nothing_that_is_secret_is_found_again_in_files_errors_or_logs";
        let mut child = std::process::Command::new(std::env::current_exe().expect("this test has a file"));
        let output =
            child.args(["--exact", name, "--nocapture"]).env("HTTP_TEST_SECRETS", "1").output().expect("it runs");
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
    runtime.block_on(look_for_secrets(log));
}

async fn look_for_secrets(log: Log) {
    let address = serve_with(|request: Request<Incoming>| async move { answer(request.uri().path()) }).await;
    let base = format!("http://{address}");
    let recordings = Recordings::new();
    let small = || Http::builder().kept_bytes(1_500);
    let http = recordings.http_with(Mode::Record, small());
    let count = requests(&base).len();
    for request in requests(&base) {
        let response = ask(http.hyper(client()), request).await.expect("answered");
        // The program itself is told everything.
        assert!(response.headers()["x-api-key"].to_str().is_ok_and(|key| key.contains(MARK)));
        response.into_body().collect().await.expect("a body");
    }
    let service_error = get("http://ada:hunter2-8@127.0.0.1:1/?token=hunter2-9");
    ask(http.hyper(client()), service_error).await.expect_err("nobody listens");
    http.provider().flush();
    let journal = everything(recordings.path());
    assert!(journal.len() > 5_000, "there is something to be looked at");
    assert_clean("the journal", &journal);
    let session = recordings.accept(http);
    assert_clean("the folder", &everything(recordings.path()));
    assert_eq!(session.interactions.len(), count + 1);
    assert!(
        session.head.recorded.as_ref().is_some_and(|recorded| recorded.redacted >= 40),
        "{:?}",
        session.head.recorded
    );

    // What could not be looked through is withheld, and says so; all else is played back.
    let withheld: Vec<_> = session
        .interactions
        .iter()
        .filter(|one| one.response.get("withheld").is_some())
        .map(|one| one.operation.clone())
        .collect();
    assert_eq!(withheld, ["GET /own", "GET /broken", "GET /large-gzip"]);
    let playback = recordings.http_with(Mode::Playback, small()).playback();
    for request in requests(&base) {
        let path = request.uri().path().to_owned();
        let is_withheld = ["/own", "/broken", "/large-gzip"].contains(&path.as_str());
        match ask(playback.clone(), request).await {
            Ok(response) => {
                let seen = see(response).await;
                assert_clean("a response", &seen.body.unwrap_or_else(|error| panic!("{path}: {error}")));
                assert!(!is_withheld);
            }
            Err(error) => {
                assert!(is_withheld && error.to_string().contains("its body was not kept"), "{path}: {error}");
            }
        }
    }
    // An error of ours tells what was asked, without what is secret.
    let miss =
        post(format!("{base}/login?token=hunter2-a"), "application/json", r#"{"user":"bob","password":"hunter2-b"}"#);
    let error = ask(playback, miss).await.expect_err("a miss").to_string();
    assert!(error.contains("nearest is interaction"), "{error}");
    assert_clean("an error", error.as_bytes());
    let log = log.0.lock().expect("whole").clone();
    assert!(String::from_utf8_lossy(&log).contains("interaction"), "there is a log");
    assert_clean("the log", &log);

    through_other_adapters(&base).await;
}

/// The same through a middleware of reqwest, on the side of the server, and through a proxy.
async fn through_other_adapters(base: &str) {
    let recordings = ["reqwest", "server", "proxy"].map(|name| (name, Recordings::new()));
    for (name, recordings) in &recordings {
        let http = recordings.http_with(Mode::Record, Http::builder().kept_bytes(1_500));
        let count = requests(base).len() as u64;
        match *name {
            "reqwest" => {
                let inner =
                    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
                let client = reqwest_middleware::ClientBuilder::new(inner).with(http.middleware()).build();
                for request in requests(base) {
                    let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap)).expect("a request");
                    client.execute(request).await.expect("answered").bytes().await.expect("a body");
                }
            }
            "server" => {
                let service = tower::service_fn(|request: Request<axum::body::Body>| async move {
                    Ok::<_, std::convert::Infallible>(answer(request.uri().path()).map(axum::body::Body::new))
                });
                let routes = axum::Router::new().fallback_service(service).layer(http.server_layer("shop"));
                let base = format!("http://{}", serve(routes).await);
                for request in requests(&base) {
                    see(client().request(request).await.expect("answered")).await.body.expect("a body");
                }
            }
            _ => {
                let listener = tracesnap_http::server::listen(0).await.expect("a port");
                let address = listener.local_addr().expect("an address");
                let upstream = tracesnap_http::server::Upstream::plain(base).expect("an address");
                let (http, limits) = (http.clone(), tracesnap_http::server::Limits::default());
                tokio::spawn(tracesnap_http::server::proxy(http, upstream, listener, limits, std::future::pending()));
                for request in requests(&format!("http://{address}")) {
                    see(client().request(request).await.expect("answered")).await.body.expect("a body");
                }
            }
        }
        http.provider().flush();
        assert_clean(name, &everything(recordings.path()));
        let finished = http.provider().save().expect("saved").expect("recorded");
        assert_eq!((finished.stats.recorded, finished.stats.lost), (count, 0), "{name}");
        assert_clean(name, &everything(recordings.path()));
    }
}
