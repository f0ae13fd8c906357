//! What was recorded is played back byte for byte: status, headers in their order and number, body, trailers, pace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracesnap_http::{Body, BoxError, Http, Informational, Timing};
use tracesnap_record::model::{Direction, Part};
use tracesnap_record::{Mode, ServiceProvider};
use tracesnap_redact::Policy;

use crate::support::*;

/// What a server answers.
#[derive(Clone, Debug)]
struct Said {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    chunks: Vec<Vec<u8>>,
    trailers: Vec<(String, String)>,
    /// Whether its length is known from the beginning.
    is_sized: bool,
}

impl Said {
    fn response(&self) -> Response<Body> {
        let mut response = Response::new(self.body());
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status");
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            response.headers_mut().append(name, HeaderValue::from_bytes(value).expect("a value"));
        }
        if !self.trailers.is_empty() {
            let names = self.trailers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            response.headers_mut().insert("trailer", names.parse().expect("a value"));
        }
        response
    }

    fn body(&self) -> Body {
        if self.is_sized {
            return Body::from(self.chunks.concat());
        }
        let data =
            self.chunks.iter().filter(|chunk| !chunk.is_empty()).cloned().map(|chunk| Frame::data(Bytes::from(chunk)));
        let trailers = (!self.trailers.is_empty()).then(|| {
            let trailers = self.trailers.iter().map(|(name, value)| {
                (name.parse::<HeaderName>().expect("a name"), value.parse::<HeaderValue>().expect("a value"))
            });
            Frame::trailers(trailers.collect())
        });
        let frames: Vec<Result<_, BoxError>> = data.chain(trailers).map(Ok).collect();
        Body::new(StreamBody::new(futures_util::stream::iter(frames)))
    }
}

fn provider(recordings: &Recordings, mode: Mode, policy: Policy) -> ServiceProvider {
    let builder = ServiceProvider::builder().dir(recordings.path()).session("checkout").mode(mode);
    builder.policy(policy).build().expect("a provider")
}

/// Asks for all of these, records, saves, loads, plays back, and wants to see the same.
async fn check(all: Vec<Said>, policy: Policy, over_http2: bool, kept_bytes: usize) {
    let all = Arc::new(all);
    let said = Arc::clone(&all);
    let address = serve_with(move |request: Request<Incoming>| {
        let at: usize = request.uri().path()[1..].parse().expect("a number");
        let answer = said[at].response();
        async move { answer }
    })
    .await;
    let recordings = Recordings::new();
    let http = |mode| Http::builder().kept_bytes(kept_bytes).build(provider(&recordings, mode, policy.clone()));
    let request = |at: usize| {
        let mut request = get(format!("http://{address}/{at}"));
        request.headers_mut().insert("te", HeaderValue::from_static("trailers"));
        request
    };
    let recording = http(Mode::Record);
    let client = recording.hyper(if over_http2 { client_of_http2() } else { client() });
    let mut seen = Vec::new();
    for at in 0..all.len() {
        let response = ask(client.clone(), request(at)).await.expect("answered");
        let version = response.version();
        seen.push((version, see(response).await));
    }
    let session = recordings.accept(recording);
    assert_eq!(session.interactions.len(), all.len());
    for ((_, seen), said) in seen.iter().zip(all.iter()) {
        let has_none = matches!(said.status, 204 | 304);
        assert!(
            has_none || seen.body.as_ref().is_ok_and(|body| *body == said.chunks.concat()),
            "the service itself: {:.600}",
            format!("{said:?}")
        );
    }
    let playback = http(Mode::Playback).playback();
    for (at, (version, seen)) in seen.iter().enumerate() {
        let response = ask(playback.clone(), request(at)).await.expect("played");
        assert_eq!(response.version(), *version);
        let played = see(response).await;
        assert!(played == *seen, "{at}: {:.600} instead of {:.600}", format!("{played:?}"), format!("{seen:?}"));
        // Equal maps may have another order.
        let order =
            |headers: &HeaderMap| headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>();
        assert_eq!(order(&played.headers), order(&seen.headers));
    }
}

fn plain(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Said {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    Said { status, headers, chunks: vec![body.to_vec()], trailers: Vec::new(), is_sized: true }
}

fn coded(coding: &str, text: &[u8]) -> Vec<u8> {
    use std::io::Write;
    match coding {
        "gzip" => {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            to.write_all(text).expect("memory");
            to.finish().expect("memory")
        }
        "br" => {
            let mut to = brotli::CompressorWriter::new(Vec::new(), 4096, 9, 22);
            to.write_all(text).expect("memory");
            to.into_inner()
        }
        _ => ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest),
    }
}

/// Exchanges as they are met, with the policy that holds where nobody says another.
fn met() -> Vec<Said> {
    let json = br#"{"id": 7,  "price": 1.50, "name": "Walnut desk \u00fc", "tags": []}"#;
    let long = "a line of text that repeats itself\n".repeat(300);
    let mut all = vec![
        plain(200, &[("content-type", "application/json"), ("etag", "\"a-1\"")], json),
        plain(200, &[("content-type", "application/json")], b"{\"not\": json"),
        plain(
            200,
            &[("content-type", "text/plain; charset=utf-8"), ("vary", "accept"), ("vary", "accept-encoding")],
            "grün".as_bytes(),
        ),
        plain(200, &[("x-many", "1"), ("x-other", "z"), ("x-many", "2"), ("x-many", "")], b""),
        plain(200, &[("content-type", "image/png")], &[0x89, b'P', b'N', b'G', 0, 255, 254, 1, 2, 3]),
        plain(201, &[("location", "/orders/7")], b"made"),
        plain(204, &[], b""),
        plain(206, &[("content-range", "bytes 0-3/10")], b"part"),
        plain(301, &[("location", "https://example.com/next?page=2")], b""),
        plain(302, &[("location", "../up")], b"moved"),
        plain(304, &[("etag", "\"a-1\"")], b""),
        plain(400, &[("content-type", "application/problem+json")], br#"{"title":"no"}"#),
        plain(404, &[], b"nothing here"),
        plain(418, &[], b"short and stout"),
        plain(429, &[("retry-after", "1")], b""),
        plain(500, &[], b"oh"),
        plain(503, &[("content-type", "text/html")], b"<p>later</p>"),
        plain(599, &[], b""),
    ];
    for coding in ["gzip", "br", "zstd"] {
        all.push(plain(
            200,
            &[("content-type", "text/plain"), ("content-encoding", coding)],
            &coded(coding, long.as_bytes()),
        ));
        let chunks = coded(coding, json).chunks(5).map(<[u8]>::to_vec).collect();
        let headers = vec![
            ("content-encoding".to_owned(), coding.into()),
            ("content-type".to_owned(), b"application/json".to_vec()),
        ];
        all.push(Said { status: 200, headers, chunks, trailers: Vec::new(), is_sized: false });
    }
    let mut latin = plain(200, &[], b"x");
    latin.headers.push(("x-latin".to_owned(), b"caf\xe9".to_vec()));
    latin.headers.push(("x-utf".to_owned(), "café".as_bytes().to_vec()));
    all.push(latin);
    let trailers = vec![("x-sum".to_owned(), "abc".to_owned()), ("x-count".to_owned(), "2".to_owned())];
    let chunks = vec![b"one".to_vec(), b"two".to_vec()];
    all.push(Said { status: 200, headers: Vec::new(), chunks: chunks.clone(), trailers, is_sized: false });
    all.push(Said {
        status: 200,
        headers: vec![("content-type".to_owned(), b"text/event-stream".to_vec())],
        chunks,
        trailers: Vec::new(),
        is_sized: false,
    });
    let big: Vec<u8> = (0..400_000_u32).flat_map(u32::to_le_bytes).collect();
    all.push(Said {
        status: 200,
        headers: Vec::new(),
        chunks: big.chunks(70_001).map(<[u8]>::to_vec).collect(),
        trailers: Vec::new(),
        is_sized: false,
    });
    all.push(plain(200, &[("content-type", "text/plain")], long.repeat(40).as_bytes()));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanges_over_http1_are_played_back_as_they_were() {
    check(met(), Policy::for_captures(), false, 64 << 10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanges_over_http2_are_played_back_as_they_were() {
    check(met(), Policy::for_captures(), true, 64 << 10).await;
}

fn any_said() -> impl Strategy<Value = Said> {
    let status =
        prop::sample::select(vec![200_u16, 201, 202, 203, 206, 300, 307, 400, 401, 403, 404, 409, 422, 500, 502, 504]);
    let value = prop_oneof![
        "[!-~]([ -~]{0,20}[!-~])?".prop_map(String::into_bytes),
        prop::collection::vec(0x80_u8..=0xff, 1..8),
    ];
    let headers = prop::collection::vec(("x-[a-d]", value), 0..6);
    let kind = prop::option::of(prop::sample::select(vec![
        "application/json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "text/event-stream",
        "application/octet-stream",
    ]));
    let chunk = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        "[a-z{}\":, =&\n\u{e4}]{0,60}".prop_map(String::into_bytes),
    ];
    let chunks = prop::collection::vec(chunk, 0..5);
    let trailers = prop::collection::vec(("x-t[a-c]", "[a-z]{1,8}"), 0..3);
    (status, headers, kind, chunks, trailers, any::<bool>()).prop_map(
        |(status, mut headers, kind, chunks, trailers, is_sized)| {
            headers.extend(kind.map(|kind| ("content-type".to_owned(), kind.as_bytes().to_vec())));
            let trailers = if is_sized { Vec::new() } else { trailers };
            Said { status, headers, chunks, trailers, is_sized }
        },
    )
}

#[test]
fn any_exchange_is_played_back_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..Default::default()
    });
    let strategy = (prop::collection::vec(any_said(), 1..8), any::<bool>(), prop::sample::select(vec![16, 1 << 20]));
    let checked = runner.run(&strategy, |(all, over_http2, kept_bytes)| {
        // Whatever looks like a secret by chance is to stay, so that bytes can be compared.
        runtime.block_on(check(all, Policy::none(), over_http2, kept_bytes));
        Ok(())
    });
    checked.expect("the same");
}

/// The times at which the parts of a body come, from the request on.
async fn pace(body: Body, begun: Instant) -> Vec<(Duration, Bytes)> {
    let mut body = body;
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.expect("a frame").into_data() {
            all.push((begun.elapsed(), data));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_replayed_chunk_by_chunk_at_its_pace_or_at_another() {
    const STEP: Duration = Duration::from_millis(60);
    let address = serve_with(|_| async {
        let events = futures_util::stream::unfold(0, |n| async move {
            if n == 4 {
                return None;
            }
            tokio::time::sleep(STEP).await;
            Some((Ok::<_, BoxError>(Frame::data(Bytes::from(format!("data: {n}\n\n")))), n + 1))
        });
        let mut response = Response::new(Body::new(StreamBody::new(events)));
        response.headers_mut().insert("content-type", HeaderValue::from_static("text/event-stream"));
        response
    })
    .await;
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let url = format!("http://{address}/events");
    let begun = Instant::now();
    let response = ask(recording.hyper(client()), get(&url)).await.expect("answered");
    let live = pace(response.into_body(), begun).await;
    assert_eq!(live.len(), 4);
    let session = recordings.accept(recording);
    let stream = session.interactions[0].stream.as_ref().expect("parts");
    let recorded: Vec<Duration> = stream.lengths(Direction::Response).map(|(at, _)| at).collect();
    assert!(recorded.len() == 4 && recorded[3] >= 4 * STEP - STEP / 10, "{recorded:?}");
    let play = async |timing| {
        let http = recordings.http_with(Mode::Playback, Http::builder().timing(timing));
        let begun = Instant::now();
        let response = ask(http.playback(), get(&url)).await.expect("played");
        let played = pace(response.into_body(), begun).await;
        let bytes = |all: &[(Duration, Bytes)]| all.iter().map(|(_, bytes)| bytes.clone()).collect::<Vec<_>>();
        assert_eq!(bytes(&played), bytes(&live), "{timing}");
        played.into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    // Machines are slow at times, and never fast: no part comes before it is due.
    for timing in [Timing::Recorded, Timing::Scaled(2.0), Timing::Scaled(0.25)] {
        let played = play(timing).await;
        let is_due = |(at, recorded): (&Duration, &Duration)| *at + Duration::from_millis(2) >= timing.of(*recorded);
        assert!(played.iter().zip(&recorded).all(is_due), "{timing}: {played:?} {recorded:?}");
    }
    let mut without = Vec::new();
    for _ in 0..3 {
        without.extend(play(Timing::None).await.last().copied());
    }
    assert!(without.iter().min() < recorded.last(), "nothing waits: {without:?}");
}

#[tokio::test]
async fn informational_responses_are_noted_where_a_request_asks_for_them() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.read(&mut [0; 4096]).await;
        let hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n";
        stream.write_all(hints).await.expect("sent");
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.expect("sent");
        tokio::time::sleep(Duration::from_secs(5)).await;
    });
    let recordings = Recordings::new();
    let recording = recordings.http(Mode::Record);
    let mut request = get(format!("http://{address}/"));
    request.extensions_mut().insert(Informational);
    let seen = see(ask(recording.hyper(client()), request).await.expect("answered")).await;
    assert_eq!(seen.body.as_deref(), Ok(&b"ok"[..]));
    let session = recordings.accept(recording);
    let stream = session.interactions[0].stream.as_ref().expect("there was more than a response");
    let hint = stream.moments().iter().find(|moment| moment.direction == Direction::Response).expect("parts");
    let expected = Part::Headers { status: Some(103), headers: vec![("link".into(), "</a.css>; rel=preload".into())] };
    assert_eq!(hint.part, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "100 MB take a while where nothing is optimised"]
async fn a_body_of_100_mb_is_played_back_as_it_was() {
    let big: Vec<u8> = (0..25_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let chunks = big.chunks(1 << 20).map(<[u8]>::to_vec).collect();
    let said = Said { status: 200, headers: Vec::new(), chunks, trailers: Vec::new(), is_sized: false };
    check(vec![said], Policy::none(), false, 1 << 20).await;
}
