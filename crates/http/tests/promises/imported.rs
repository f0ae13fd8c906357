//! Recordings of other tools are played over HTTP: by a layer, and by a server for programs in other languages.

use http::Request;
use serde_json::json;
use tracesnap_http::server::{self, Limits};
use tracesnap_http::{Body, Http};
use tracesnap_record::interchange::{Format, parse};
use tracesnap_record::{Mode, ServiceProvider, file};
use tracesnap_redact::Policy;

use crate::support::*;

/// A request, and what is answered.
struct Asked {
    method: &'static str,
    url: &'static str,
    kind: &'static str,
    body: &'static str,
    status: u16,
    answer: &'static [u8],
    header: (&'static str, &'static [&'static str]),
}

const GET: Asked =
    Asked { method: "GET", url: "", kind: "", body: "", status: 200, answer: b"", header: ("x-none", &[]) };
const POST: Asked = Asked { method: "POST", kind: "application/json", ..GET };

fn recordings() -> Vec<(&'static str, String, Format, Vec<Asked>)> {
    let har = json!({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [
        {"startedDateTime": "2026-02-03T04:05:06.250Z", "time": 41.5,
         "request": {"method": "post", "url": "https://api.example.com/v1/orders?page=2&n=1", "httpVersion": "HTTP/2", "cookies": [],
            "headers": [{"name": "Content-Type", "value": "application/json"}], "queryString": [],
            "postData": {"mimeType": "application/json", "text": "{\"item\": 1}"}, "headersSize": -1, "bodySize": -1},
         "response": {"status": 201, "statusText": "Created", "httpVersion": "HTTP/2", "cookies": [],
            "headers": [{"name": "x-two", "value": "1"}, {"name": "x-two", "value": "2"}],
            "content": {"size": 3, "mimeType": "image/png", "text": "/wAB", "encoding": "base64"}, "redirectURL": "", "headersSize": -1, "bodySize": 3},
         "cache": {}, "timings": {"send": 0, "wait": 41.5, "receive": 0}}]}});
    let vcr_py = "\
interactions:
- request: {method: GET, uri: 'http://pictures.example/image', body: null, headers: {Accept: ['*/*']}}
  response:
    status: {code: 200, message: OK}
    headers: {content-type: [image/png]}
    body:
      string: !!binary |
        /wABAgM=
- request: {method: POST, uri: 'http://pictures.example/post', body: 'a=1&b=2', headers: {Content-Type: [application/x-www-form-urlencoded]}}
  response: {status: {code: 500, message: No}, headers: {Content-Type: [application/json]}, body: {string: '{\"a\": 1.50}'}}
version: 1
";
    let vcr_ruby = "\
---
http_interactions:
- request: {method: get, uri: 'http://hello.example/foo', body: {encoding: US-ASCII, string: ''}, headers: {Accept: ['*/*']}}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Length: ['5'], X-Many: ['a', 'b']}
    body: {encoding: ASCII-8BIT, base64_string: 'SGVsbG8='}
    http_version: '1.1'
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
recorded_with: VCR 6.0.0
";
    let cassetter = "\
version: 1
interactions:
- request: {method: GET, uri: 'http://a.example/x?b=2&a=1', headers: {accept: ['*/*']}, body: {type: none}}
  response: {status: 200, headers: {content-type: [application/json]}, body: {type: json, content: {a: [1, 2]}}}
  recorded_at: '2026-02-03T04:05:06Z'
- request: {method: GET, uri: 'http://a.example/y', headers: {}, body: {type: none}}
  response: {status: 404, headers: {}, body: {type: binary, content: ff0001}}
";
    let wiremock = json!({"mappings": [
        {"request": {"method": "POST", "urlPath": "/pay", "queryParameters": {"a": {"equalTo": "1"}}, "bodyPatterns": [{"equalToJson": {"n": 1}}]},
         "response": {"status": 202, "jsonBody": {"ok": true}, "headers": {"Content-Type": "application/json"}}},
        {"request": {"method": "GET", "url": "/paid"}, "response": {"status": 200, "body": "yes"}}]});
    let exact = |value: &str| json!([{"matcher": "exact", "value": value}]);
    let hoverfly = json!({"meta": {"schemaVersion": "v5.3"}, "data": {"globalActions": {"delays": []}, "pairs": [{
        "request": {"method": exact("GET"), "scheme": exact("https"), "destination": exact("fly.example"), "path": exact("/x"),
            "query": {"q": exact("1")}},
        "response": {"status": 200, "body": "aGk=", "encodedBody": true, "headers": {"X": ["1", "2"]}}}]}});
    vec![
        (
            "checkout.har",
            har.to_string(),
            Format::Har,
            vec![Asked {
                url: "https://api.example.com/v1/orders?n=1&page=2",
                // Written in another way.
                body: "{ \"item\":1.0 }",
                status: 201,
                answer: &[0xff, 0, 1],
                header: ("x-two", &["1", "2"]),
                ..POST
            }],
        ),
        (
            "pictures.yaml",
            vcr_py.to_owned(),
            Format::VcrPy,
            vec![
                Asked {
                    url: "http://pictures.example/image",
                    answer: &[0xff, 0, 1, 2, 3],
                    header: ("content-type", &["image/png"]),
                    ..GET
                },
                Asked {
                    url: "http://pictures.example/post",
                    kind: "application/x-www-form-urlencoded",
                    body: "a=1&b=2",
                    status: 500,
                    answer: b"{\"a\": 1.50}",
                    ..POST
                },
            ],
        ),
        (
            "foo.yml",
            vcr_ruby.to_owned(),
            Format::VcrRuby,
            vec![Asked { url: "http://hello.example/foo", answer: b"Hello", header: ("x-many", &["a", "b"]), ..GET }],
        ),
        (
            "a.yaml",
            cassetter.to_owned(),
            Format::Cassetter,
            vec![
                Asked { url: "http://a.example/x?a=1&b=2", answer: b"{\"a\":[1,2]}", ..GET },
                Asked { url: "http://a.example/y", status: 404, answer: &[0xff, 0, 1], ..GET },
            ],
        ),
        (
            "stubs.json",
            wiremock.to_string(),
            Format::WireMock,
            vec![
                Asked {
                    url: "http://pay.example/pay?a=1",
                    body: "{\"n\": 1}",
                    status: 202,
                    answer: b"{\"ok\":true}",
                    ..POST
                },
                Asked { url: "http://pay.example/paid", answer: b"yes", ..GET },
            ],
        ),
        (
            "sim.json",
            hoverfly.to_string(),
            Format::Hoverfly,
            vec![Asked { url: "https://fly.example/x?q=1", answer: b"hi", header: ("x", &["1", "2"]), ..GET }],
        ),
    ]
}

fn request(asked: &Asked, url: &str) -> Request<Body> {
    let request = Request::builder().method(asked.method).uri(url);
    let request = if asked.kind.is_empty() { request } else { request.header("content-type", asked.kind) };
    request.body(Body::from(asked.body)).expect("a request")
}

#[track_caller]
fn assert_answered(what: &str, asked: &Asked, seen: &Seen) {
    let told = format!("{what}: {} {}: {seen:?}", asked.method, asked.url);
    assert_eq!(seen.status, asked.status, "{told}");
    assert_eq!(seen.body.as_deref(), Ok(asked.answer), "{told}");
    let (name, values) = asked.header;
    assert_eq!(seen.headers.get_all(name).iter().collect::<Vec<_>>(), values, "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_of_any_tool_answers_through_a_layer_and_as_a_server() {
    for (name, text, format, all) in recordings() {
        let dir = tempfile::tempdir().expect("a folder");
        let imported = parse(&text, name, None, &Policy::for_captures()).expect("a recording");
        assert_eq!(imported.format, format);
        let path = dir.path().join("imported.session.json");
        file::save(&imported.session, &path).expect("written");
        let http = || {
            let provider =
                ServiceProvider::builder().recording(&path).dir(dir.path()).session("x").mode(Mode::Playback);
            Http::new(provider.build().expect("a provider"))
        };
        let playback = http().playback();
        for asked in &all {
            // Stubs of a server know no host.
            let url = if format == Format::WireMock {
                asked.url.replace("http://pay.example", "")
            } else {
                asked.url.to_owned()
            };
            let answered = ask(playback.clone(), request(asked, &url)).await;
            assert_answered(name, asked, &see(answered.unwrap_or_else(|error| panic!("{name}: {error}"))).await);
        }
        let listener = server::listen(0).await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopped = async { drop(stopped.await) };
        let serving = tokio::spawn(server::serve(http(), listener, Limits::default(), stopped));
        for asked in &all {
            let (_, path) = asked.url.split_once(".example").expect("all are examples");
            let path = path.strip_prefix(".com").unwrap_or(path);
            let answered = client().request(request(asked, &format!("{base}{path}"))).await.expect("answered");
            assert_answered(name, asked, &see(answered).await);
        }
        drop(stop);
        serving.await.expect("it ran").expect("served");
    }
}
