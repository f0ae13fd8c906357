//! Recordings of other tools come in with all that they say, redacted, and go out with what is lost told.

use serde_json::{Value, json};
use tracesnap_record::interchange::{Format, Imported, parse, to_curl, to_har, to_wiremock};
use tracesnap_record::model::Body;
use tracesnap_record::{Interaction, Session};
use tracesnap_redact::Policy;

fn read(name: &str, text: &str) -> Imported {
    parse(text, name, None, &Policy::for_captures()).expect("a recording")
}

fn body(of: &Value) -> Vec<u8> {
    serde_json::from_value::<Body>(of["body"].clone()).expect("a body").to_bytes().expect("bytes")
}

const HAR: &str = r#"{"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [
  {"startedDateTime": "2026-02-03T04:05:06.250Z", "time": 41.5,
   "request": {"method": "post", "url": "https://api.example.com/v1/orders?page=2", "httpVersion": "HTTP/2", "cookies": [],
     "headers": [{"name": "Content-Type", "value": "application/json"}, {"name": "Authorization", "value": "Bearer abc.def-0123456789"}],
     "queryString": [], "postData": {"mimeType": "application/json", "text": "{\"item\": 1, \"password\": \"hunter2\"}"}, "headersSize": -1, "bodySize": -1},
   "response": {"status": 201, "statusText": "Created", "httpVersion": "HTTP/2", "cookies": [],
     "headers": [{"name": "set-cookie", "value": "a=1"}, {"name": "x-two", "value": "1"}, {"name": "x-two", "value": "2"}],
     "content": {"size": 3, "mimeType": "image/png", "text": "/wAB", "encoding": "base64"}, "redirectURL": "", "headersSize": -1, "bodySize": 3},
   "cache": {}, "timings": {"send": 0, "wait": 41.5, "receive": 0}},
  {"startedDateTime": "2026-02-03T04:05:07Z", "time": 3,
   "request": {"method": "GET", "url": "https://api.example.com/v1/orders/9", "headers": []},
   "response": {"status": 404, "headers": [], "content": {"size": 120}}}]}}"#;

#[test]
fn a_har_file_is_read_and_redacted() {
    let found = read("checkout.har", HAR);
    assert_eq!((found.format, found.session.head.title()), (Format::Har, "checkout"));
    let [order, missing] = found.session.interactions.as_slice() else { panic!("two: {found:?}") };
    assert_eq!((order.service.as_str(), order.operation.as_str()), ("api.example.com", "POST /v1/orders"));
    assert_eq!((order.duration_ms, order.timestamp.to_string().as_str()), (41.5, "2026-02-03T04:05:06.250Z"));
    assert_eq!(body(&order.response), [0xff, 0, 1]);
    assert_eq!(order.response["headers"][1], json!(["x-two", "1"]));
    assert_eq!(order.response["headers"][2], json!(["x-two", "2"]));
    let text = serde_json::to_string(&found.session.interactions).expect("JSON");
    assert!(!text.contains("hunter2") && !text.contains("abc.def") && !text.contains("a=1"), "{text}");
    assert!(found.redacted >= 2, "{}", found.redacted);
    assert_eq!((missing.status.as_str(), missing.error.as_deref()), ("error", Some("HTTP 404")));
    assert_eq!(found.losses.to_string(), "a response body that the file does not have ×1");
}

#[test]
fn what_was_read_of_a_har_file_is_written_and_read_again() {
    let first = read("checkout.har", HAR).session;
    let (har, losses) = to_har(&first);
    assert!(losses.is_empty(), "{losses}");
    let again = read("checkout.har", &har.to_string()).session;
    assert_eq!(again.interactions, first.interactions);
}

#[test]
fn cassettes_of_vcr_py_are_read_with_their_bytes() {
    let yaml = "\
interactions:
- request:
    body: null
    headers:
      Accept: ['*/*', text/html]
    method: GET
    uri: http://httpbin.org/image
  response:
    body:
      string: !!binary |
        /wAB
        AgM=
    headers:
      content-type: [image/png]
    status: {code: 200, message: OK}
- request: {method: POST, uri: 'http://httpbin.org/post', body: 'api_key=k-0815&a=1', headers: {}}
  response: {status: {code: 500, message: No}, body: {string: '{\"a\": 1.50}'}, headers: {Content-Type: [application/json]}}
version: 1
";
    let found = read("login.yaml", yaml);
    assert_eq!(found.format, Format::VcrPy);
    let [image, post] = found.session.interactions.as_slice() else { panic!("two: {found:?}") };
    assert_eq!(body(&image.response), [0xff, 0, 1, 2, 3]);
    assert_eq!(image.request["headers"], json!([["Accept", "*/*"], ["Accept", "text/html"]]));
    assert_eq!(body(&post.response), b"{\"a\": 1.50}");
    assert!(!post.request.to_string().contains("k-0815"), "{}", post.request);
}

#[test]
fn cassettes_of_ruby_vcr_are_read_with_their_times() {
    let yaml = "\
---
http_interactions:
- request:
    method: get
    uri: http://localhost:7777/foo
    body: {encoding: US-ASCII, string: ''}
    headers: {Accept: ['*/*']}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Length: ['5']}
    body: {encoding: ASCII-8BIT, base64_string: 'SGVsbG8='}
    http_version: '1.1'
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
recorded_with: VCR 6.0.0
";
    let found = read("foo.yml", yaml);
    assert_eq!(found.format, Format::VcrRuby);
    let one = &found.session.interactions[0];
    assert_eq!((one.title().as_str(), body(&one.response)), ("localhost:7777 GET /foo", b"Hello".to_vec()));
    assert_eq!(one.timestamp.to_string(), "2011-11-01T04:58:44Z");
}

#[test]
fn cassettes_of_cassetter_are_read_in_each_of_its_forms() {
    let yaml = "\
version: 1
interactions:
- request: {method: GET, uri: 'http://a.test/x', headers: {accept: ['*/*']}, body: {type: none}}
  response: {status: 200, headers: {}, body: {type: json, content: {a: [1, 2]}}}
  recorded_at: '2026-02-03T04:05:06Z'
- request: {method: GET, uri: 'http://a.test/y', headers: {}, body: {type: none}}
  response: {status: 200, headers: {}, body: {type: binary, content: ff0001}}
grpc_interactions:
- {request: {}, response: {}}
";
    let toml = "\
version = 1
[[interactions]]
[interactions.request]
method = 'GET'
uri = 'http://a.test/x'
[interactions.response]
status = 200
[interactions.response.body]
type = 'text'
content = 'hello'
";
    let found = read("a.yaml", yaml);
    assert_eq!((found.format, found.losses.to_string().as_str()), (Format::Cassetter, "one of `grpc_interactions` ×1"));
    assert_eq!(body(&found.session.interactions[0].response), b"{\"a\":[1,2]}");
    assert_eq!(body(&found.session.interactions[1].response), [0xff, 0, 1]);
    assert_eq!(body(&read("a.toml", toml).session.interactions[0].response), b"hello");
}

#[test]
fn mappings_of_wiremock_are_read_and_patterns_are_told() {
    let text = json!({"mappings": [
        {"request": {"method": "POST", "urlPath": "/pay", "queryParameters": {"a": {"equalTo": "1"}, "b": {"matches": ".*"}},
            "bodyPatterns": [{"equalToJson": {"n": 1}}]},
         "response": {"status": 200, "jsonBody": {"ok": true}, "headers": {"Content-Type": "application/json"}, "fixedDelayMilliseconds": 20}},
        {"request": {"method": "GET", "urlPattern": "/x/.*"}, "response": {"status": 503, "fault": "EMPTY_RESPONSE"}},
    ]});
    let found = read("stubs.json", &text.to_string());
    assert_eq!(found.format, Format::WireMock);
    let [pay, other] = found.session.interactions.as_slice() else { panic!("two: {found:?}") };
    assert_eq!((pay.request["url"].as_str(), body(&pay.request)), (Some("/pay?a=1"), b"{\"n\":1}".to_vec()));
    assert_eq!((pay.duration_ms, other.status.as_str()), (20.0, "error"));
    let losses = "`fault` of a response ×1\na pattern of a URL, kept as its text ×1\na pattern of a query parameter ×1";
    assert_eq!(found.losses.to_string(), losses);
}

#[test]
fn simulations_of_hoverfly_are_read() {
    let exact = |value: &str| json!([{"matcher": "exact", "value": value}]);
    let text = json!({"meta": {"schemaVersion": "v5.3"}, "data": {"globalActions": {"delays": []}, "pairs": [{
        "request": {"method": exact("GET"), "scheme": exact("https"), "destination": exact("a.test"), "path": exact("/x"),
            "query": {"q": exact("1")}, "body": [{"matcher": "glob", "value": "*"}]},
        "response": {"status": 200, "body": "aGk=", "encodedBody": true, "headers": {"X": ["1", "2"]}},
    }]}});
    let found = read("sim.json", &text.to_string());
    let one = &found.session.interactions[0];
    assert_eq!((found.format, one.request["url"].as_str()), (Format::Hoverfly, Some("https://a.test/x?q=1")));
    assert_eq!((body(&one.response), &one.response["headers"]), (b"hi".to_vec(), &json!([["X", "1"], ["X", "2"]])));
    assert_eq!(found.losses.to_string(), "a matcher `glob` of `body`, kept as its text ×1");
}

#[test]
fn repeats_become_a_scenario_of_wiremock_and_come_back() {
    let mut session = read("checkout.har", HAR).session;
    let again = session.interactions[1].clone();
    session.interactions.push(again);
    session.interactions.push(Interaction::new(3, "database", "find", json!({"id": 1})));
    let (stubs, losses) = to_wiremock(&session);
    assert_eq!(losses.to_string(), "an interaction that is no exchange of HTTP ×1");
    let states: Vec<_> = stubs["mappings"].as_array().unwrap()[1..]
        .iter()
        .map(|stub| (stub["requiredScenarioState"].as_str(), stub["newScenarioState"].as_str()))
        .collect();
    assert_eq!(states, [(Some("Started"), Some("answered 1")), (Some("answered 1"), None)]);
    let back = read("stubs.json", &stubs.to_string());
    assert_eq!(back.session.interactions.len(), 3);
    assert_eq!(body(&back.session.interactions[0].response), [0xff, 0, 1]);
}

#[test]
fn a_command_of_curl_is_one_command_whatever_the_recording_holds() {
    let request = json!({"method": "POST", "url": "http://a.test/'; rm -rf ~ #", "headers": [["x", "$(id)`id`"]],
        "body": {"type": "text", "text": "it's\n$HOME"}});
    let mut interaction = Interaction::new(0, "a.test", "POST /\nrm -rf ~", request);
    interaction.response = json!({"status": 200, "headers": [], "body": {"type": "none"}});
    let (script, _) = to_curl(&Session::new("x", vec![interaction]));
    insta::assert_snapshot!(script.trim_end(), @r#"
    # 0 a.test POST / rm -rf ~ → 200
    curl -X 'POST' 'http://a.test/'\''; rm -rf ~ #' \
      -H 'x: $(id)`id`' \
      --data-raw 'it'\''s
    $HOME'
    "#);
}

#[test]
fn what_is_no_recording_is_refused_with_the_reason_and_yaml_is_data() {
    let refused =
        |name: &str, text: &str| parse(text, name, None, &Policy::for_captures()).expect_err(text).to_string();
    assert!(refused("x.json", "{}").contains("it is of no format that is read"));
    assert!(
        refused("x.json", r#"{"log": {"entries": [{"request": {}}]}}"#)
            .contains("`log.entries[0]` has no `request.method`")
    );
    assert!(refused("x.yaml", "version: 3\ninteractions: []\n").contains("its version is 3, and 1 is read"));
    // A cassette that runs code where it is loaded as objects.
    let hostile = "interactions:\n- request: !!python/object/apply:os.system ['touch /tmp/owned']\n  response: {}\n";
    assert!(refused("x.yaml", hostile).contains("`x.yaml` is no"), "{}", refused("x.yaml", hostile));
    // References that grow without end.
    let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]) {
        laughs.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 10].join(", ")));
    }
    assert!(refused("x.yaml", &laughs).contains("`x.yaml` is no"));
}
