//! The routes of the server itself: what a program, or the page, learns and does there.

use serde_json::{Value, json};
use tracesnap_mock::serve::{Faults, MockServerBuilder};
use tracesnap_mock::{Mock, MockServer};

use crate::serving::{Reply, send, shop};
use crate::shop::CUSTOMER;

async fn get(server: &MockServer, route: &str) -> Value {
    let reply = send(server, &format!("GET /__mock/{route}"), &[], &Value::Null).await;
    assert_eq!(reply.status, 200, "{route}: {reply:?}");
    reply.json()
}

async fn post(server: &MockServer, route: &str, body: &Value) -> Reply {
    send(server, &format!("POST /__mock/{route}"), &[], body).await
}

/// An answer that the document has for `GET /orders/{id}`, with another note.
fn order(mock: &Mock, note: &str) -> Value {
    let index = mock.operation("getOrder").unwrap();
    let mut body = mock.sample(index, None, 0).unwrap().json().unwrap();
    body["note"] = note.into();
    json!({"status": 200, "headers": [["content-type", "application/json"]], "body": body.to_string()})
}

#[tokio::test]
async fn an_operation_is_told_with_its_patterns_schema_and_a_request_that_succeeds() {
    let server = shop().seed(7).start().await.unwrap();
    let all = get(&server, "operations").await;
    let listed = all.as_array().unwrap().iter().find(|one| one["operation_id"] == "listOrders").unwrap();
    assert_eq!((&listed["method"], &listed["path"]), (&json!("GET"), &json!("/orders")));
    let patterns: Vec<_> = listed["patterns"].as_array().unwrap().iter().map(|one| &one["pattern"]).collect();
    assert!(patterns.contains(&&json!("crud")) && patterns.contains(&&json!("pagination")), "{patterns:?}");

    let told = get(&server, "operations/createOrder").await;
    assert!(told["patterns"][0]["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()));
    assert!(told["store"].as_str().unwrap().starts_with("creates `order`"), "{}", told["store"]);
    let schema = &told["body"]["content"][0]["schema"];
    let of = |name: &str| schema["properties"].as_array().unwrap().iter().find(|one| one["property"] == name).cloned();
    assert!(of("total").is_some_and(|total| total["schema"]["types"] == json!(["number"])), "{schema}");
    // By its place, its id, or method and path.
    let index = &told["index"];
    for name in [index.to_string(), "POST%20/orders".to_owned().replace('/', "%2F")] {
        assert_eq!(get(&server, &format!("operations/{name}")).await["operation_id"], "createOrder");
    }

    let mut request = told["request"].clone();
    request.as_object_mut().unwrap().remove("bytes");
    let tried = post(&server, "try", &request).await.json();
    assert_eq!(tried["status"], 201, "{tried}");
    assert_eq!(server.calls("createOrder").len(), 1, "it went through a socket as all do");

    assert_eq!(send(&server, "GET /__mock/operations/creatOrder", &[], &Value::Null).await.status, 404);
}

#[tokio::test]
async fn samples_have_the_quality_that_is_asked_for_and_count_as_no_answer() {
    let server = shop().start().await.unwrap();
    let sample = async |query: &str| get(&server, &format!("operations/getOrder/sample?{query}")).await;
    let size = async |quality: &str| sample(&format!("quality={quality}&number=1")).await["bytes"].as_u64().unwrap();
    assert!(size("basic").await < size("realistic").await);
    assert_ne!(sample("number=1").await["body"], sample("number=2").await["body"]);
    assert_eq!(sample("status=404").await["status"], 404);
    assert_eq!(server.stats().answers.requests, 0);
    let missing = send(&server, "GET /__mock/operations/getOrder/sample?status=418", &[], &Value::Null).await;
    assert_eq!(missing.status, 404);
    let unknown = send(&server, "GET /__mock/operations/getOrder/sample?quality=rich", &[], &Value::Null).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.json()["error"].as_str().unwrap().contains("basic, realistic, production, exact"));
}

#[tokio::test]
async fn an_answer_is_checked_kept_compared_and_taken_back() {
    told_of_versions(shop()).await;
}

#[cfg(feature = "database")]
#[tokio::test]
async fn a_database_keeps_the_answers_that_somebody_wrote() {
    use tracesnap_mock::database::Database;
    use tracesnap_mock::responder::Responder;

    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("mock.sqlite").display());
    let database = Database::open(&url).await.unwrap();
    let document = tracesnap_openapi::Document::open(crate::shop::spec()).unwrap();
    let responder = Responder::builder(document).database(database.clone()).build().await.unwrap();
    told_of_versions(MockServer::from_responder(responder.clone())).await;

    let kept = database.responses(responder.api()).versions("GET /orders/{id}", "").await.unwrap();
    assert_eq!(kept.len(), 3);
    let server = MockServer::from_responder(responder).start().await.unwrap();
    assert!(get(&server, "health").await["versions_in"].as_str().unwrap().starts_with("sqlite:"));
    let told = get(&server, "analytics").await;
    let audit: Vec<_> = told["stored"]["audit"].as_array().unwrap().iter().map(|one| one["action"].clone()).collect();
    assert_eq!(audit[..2], ["retire a response", "roll back"]);
    assert!(told["stored"]["summaries"][0]["hits"].as_u64().unwrap() > 0, "{told}");
}

async fn told_of_versions(builder: MockServerBuilder) {
    let server = builder.start().await.unwrap();
    let route = |more: &str| format!("operations/getOrder/{more}");
    let note = async || send(&server, "GET /orders/7", &[], &Value::Null).await.json()["note"].clone();
    let by_itself = note().await;

    // All that is wrong is said, and what is wrong is not kept unless that is wanted.
    let broken = json!({"status": 200, "headers": [["content-type", "text/plain"]], "body": "{\"id\": \"x\"}"});
    let faults = post(&server, &route("check"), &broken).await.json()["faults"].clone();
    let places: Vec<_> = faults.as_array().unwrap().iter().map(|fault| fault["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["header content-type"]);
    let broken = json!({"status": 200, "headers": [["content-type", "application/json"]], "body": "{\"id\": \"x\"}"});
    let refused = post(&server, &route("versions"), &broken).await;
    assert_eq!(refused.status, 422);
    let places = refused.json()["faults"].to_string();
    assert!(places.contains("\"/id\"") && places.contains("\"body\""), "{places}");
    let fatal = json!({"status": 200, "headers": [["transfer-encoding", "chunked"]], "accept_faults": true});
    assert_eq!(post(&server, &route("versions"), &fatal).await.status, 422);
    assert_eq!(note().await, by_itself);

    let mut first = order(server.mock(), "first");
    first["author"] = "ada".into();
    assert_eq!(post(&server, &route("check"), &first).await.json(), json!({"faults": []}));
    let kept = post(&server, &route("versions"), &first).await;
    assert_eq!((kept.status, kept.json()["version"].as_i64()), (201, Some(1)));
    assert_eq!(note().await, "first");
    let answer = send(&server, "GET /orders/8", &["x-mock-explain: 1"], &Value::Null).await;
    assert_eq!(answer.header("x-mock-source"), Some("override"));
    assert_eq!(post(&server, &route("versions"), &order(server.mock(), "second")).await.json()["version"], 2);
    assert_eq!(note().await, "second");

    let diff = get(&server, &route("diff?from=1&to=2")).await;
    assert_eq!(
        diff,
        json!({"differences": [{"place": "/note", "kind": "changed", "before": "first", "after": "second"}]})
    );
    let back = post(&server, &route("rollback?to=1&author=ada"), &Value::Null).await;
    assert_eq!((back.status, back.json()["version"].as_i64()), (200, Some(3)), "{back:?}");
    assert_eq!(note().await, "first");
    let versions = get(&server, &route("versions")).await;
    let active: Vec<_> = versions.as_array().unwrap().iter().map(|one| one["is_active"] == true).collect();
    assert_eq!(active, [true, false, false]);
    let missing = post(&server, &route("rollback?to=9"), &Value::Null).await;
    assert_eq!(missing.status, 404);
    assert!(missing.json()["error"].as_str().unwrap().contains("there are 1 to 3"), "{missing:?}");

    let retired = send(&server, "DELETE /__mock/operations/getOrder/versions", &[], &Value::Null).await;
    assert_eq!(retired.json(), json!({"retired": true}));
    assert_eq!(note().await, by_itself);
    assert_eq!(get(&server, &route("versions")).await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_reset_lets_answers_that_somebody_wrote_go_and_keeps_their_versions() {
    let server = shop().start().await.unwrap();
    let note = async || send(&server, "GET /orders/7", &[], &Value::Null).await.json()["note"].clone();
    let by_itself = note().await;
    let body = order(server.mock(), "mine");
    assert_eq!(post(&server, "operations/getOrder/versions", &body).await.status, 201);
    assert_eq!(note().await, "mine");
    // That of one session forgets what the session did.
    assert_eq!(post(&server, "reset?session=", &Value::Null).await.status, 200);
    assert_eq!(note().await, "mine");
    assert_eq!(post(&server, "reset", &Value::Null).await.status, 200);
    assert_eq!(note().await, by_itself);
    let versions = get(&server, "operations/getOrder/versions").await;
    assert_eq!(versions[0]["is_active"], false);
}

#[tokio::test]
async fn a_tried_call_tells_source_reasons_and_what_no_browser_shows() {
    let server = shop().start().await.unwrap();
    let attempt = async |method: &str, target: &str, headers: Value| {
        post(&server, "try", &json!({"method": method, "target": target, "headers": headers})).await
    };
    let told = attempt("GET", "/orders/7", json!([["x-mock-explain", "1"], ["cookie", "a=b"]])).await.json();
    assert_eq!(told["status"], 200);
    let header = |name: &str| {
        let headers = told["headers"].as_array().unwrap();
        headers.iter().find(|one| one[0] == name).map(|one| one[1].as_str().unwrap().to_owned())
    };
    assert_eq!(header("x-mock-source").as_deref(), Some("state"));
    assert!(header("x-mock-explain").is_some_and(|why| !why.is_empty()));
    assert!(told["took_ns"].as_u64().unwrap() > 0);
    assert_eq!(told["bytes"].as_u64().unwrap() as usize, told["body"].as_str().unwrap().len());
    let received = &get(&server, "requests").await[0];
    assert_eq!((&received["number"], &received["target"]), (&json!(1), &json!("/orders/7")));
    assert!(!received["explain"].as_array().unwrap().is_empty());
    assert!(received["took_ns"].as_u64().unwrap() > 0 && received["at_ms"].as_u64().unwrap() > 0);

    for (method, target, headers) in [
        ("GET", "/__mock/requests", json!([])),
        ("GET", "/__mock", json!([])),
        ("GET", "http://example.com/", json!([])),
        ("GET", "orders", json!([])),
        ("CONNECT", "/orders", json!([])),
        ("G ET", "/orders", json!([])),
        ("GET", "/orders", json!([["a\r\nb", "c"]])),
        ("GET", "/orders", json!([["a", "c\r\nd: e"]])),
        ("GET", "/orders", json!([["Content-Length", "7"]])),
    ] {
        let refused = attempt(method, target, headers).await;
        assert_eq!(refused.status, 400, "{method} {target}: {refused:?}");
    }
}

#[tokio::test]
async fn a_tried_call_meets_the_faults_that_everybody_meets() {
    let server = shop().faults(Faults::seeded(1).resets(1.0)).start().await.unwrap();
    let told = post(&server, "try", &json!({"method": "GET", "target": "/orders/7"})).await.json();
    assert!(told["failed"].as_str().is_some_and(|why| !why.is_empty()), "{told}");
}

#[tokio::test]
async fn requests_are_told_from_a_number_on() {
    let server = shop().start().await.unwrap();
    for id in 1..=5 {
        send(&server, &format!("GET /orders/{id}"), &[], &Value::Null).await;
    }
    let targets = async |query: &str| {
        let told = get(&server, &format!("requests{query}")).await;
        told.as_array().unwrap().iter().map(|one| one["target"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(targets("?since=3").await, ["/orders/4", "/orders/5"]);
    assert_eq!(targets("?since=0&limit=1").await, ["/orders/5"]);
    assert_eq!(targets("").await.len(), 5);
    // A number of a server that ran before: all that there are came later.
    assert_eq!(targets("?since=900").await.len(), 5);
    assert_eq!(send(&server, "DELETE /__mock/requests", &[], &Value::Null).await.status, 200);
    assert_eq!(targets("").await.len(), 0);
    // Numbers go on, so whoever follows the log misses nothing.
    send(&server, "GET /orders/6", &[], &Value::Null).await;
    assert_eq!(targets("?since=5").await, ["/orders/6"]);
    assert_eq!(send(&server, "GET /__mock/requests?since=x", &[], &Value::Null).await.status, 400);
}

#[tokio::test]
async fn what_a_session_did_is_told_and_forgotten() {
    let server = shop().start().await.unwrap();
    assert_eq!(get(&server, "sessions").await, json!([]));
    let body = json!({"customer_id": CUSTOMER, "total": 12.5});
    let made = send(&server, "POST /orders", &["x-mock-session: mine"], &body).await.json();
    send(&server, "DELETE /orders/3", &["x-mock-session: mine"], &Value::Null).await;
    assert_eq!(get(&server, "sessions").await, json!(["mine"]));
    let told = get(&server, "sessions?session=mine").await;
    let orders = &told["collections"][0];
    assert_eq!((&orders["resource"], &orders["changed"]), (&json!("order"), &json!(1)));
    assert_eq!((&orders["items"][0]["is_created"], &orders["items"][0]["item"]), (&json!(true), &made));
    assert_eq!(orders["deleted"], json!(["3"]));
    assert_eq!(get(&server, "sessions?session=").await["collections"], json!([]));
    assert_eq!(get(&server, "sessions?session=yours").await["collections"], json!([]));
    assert_eq!(get(&server, "sessions").await, json!(["mine"]), "asking makes no session");
    assert_eq!(post(&server, "reset?session=mine", &Value::Null).await.status, 200);
    assert_eq!(get(&server, "sessions").await, json!([]));
}

#[tokio::test]
async fn analytics_tell_times_statuses_and_sources_of_each_operation() {
    let server = shop().start().await.unwrap();
    for _ in 0..3 {
        send(&server, "GET /orders/7", &[], &Value::Null).await;
    }
    send(&server, "GET /orders/first", &[], &Value::Null).await;
    let told = get(&server, "analytics").await;
    let one = &told["recent"]["operations"][0];
    assert_eq!((&one["operation"], &one["hits"]), (&json!("GET /orders/{id}"), &json!(4)));
    assert_eq!(one["statuses"], json!({"200": 3, "422": 1}));
    assert_eq!(one["sources"], json!({"state": 3, "request": 1}));
    let time = |name: &str| one[name].as_u64().unwrap();
    assert!(0 < time("p50_ns") && time("p50_ns") <= time("p95_ns") && time("p95_ns") <= time("p99_ns"));
    let score = &told["since_start"]["score"];
    assert!(score["value"].as_f64().unwrap() >= 0.9 && score["passes_gate"] == true, "{score}");
}

#[tokio::test]
async fn pages_of_others_may_not_ask_and_the_own_page_may() {
    let server = shop().start().await.unwrap();
    let own = server.address().to_string();
    let status = async |line: &str, host: &str, header: &str| {
        let text = format!("{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{header}\r\n\r\n");
        crate::serving::parse(&crate::serving::raw(&server, text.as_bytes()).await).status
    };
    assert_eq!(status("POST /__mock/reset", &own, &format!("origin: http://{own}")).await, 200);
    assert_eq!(status("POST /__mock/reset", &own, "origin: http://evil.com").await, 403);
    assert_eq!(status("POST /__mock/reset", &own, "origin: null").await, 403);
    assert_eq!(status("GET /__mock/requests", &own, "sec-fetch-site: cross-site").await, 403);
    // A name that somebody on the internet lets lead here.
    assert_eq!(status("GET /__mock/requests", "rebound.evil.com", "origin: http://rebound.evil.com").await, 403);
    assert_eq!(status("GET /__mock/requests", "localhost:80", "accept: */*").await, 200);
    // The mock itself is for everybody.
    assert_eq!(status("GET /orders/7", "shop.evil.com", "origin: http://evil.com").await, 200);
}

#[tokio::test]
async fn browsers_get_the_page_under_a_policy_and_programs_the_health() {
    let server = shop().admin_token("s3cret").start().await.unwrap();
    let page = send(&server, "GET /__mock/", &["accept: text/html,*/*"], &Value::Null).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = String::from_utf8(page.body).unwrap();
    assert!(!html.contains("style=") && !html.contains("<style") && !html.contains("onload"), "nothing inline");
    assert!(html.contains("<script src=\"/__mock/page.js\" defer></script>"));
    for (file, kind) in [("page.js", "text/javascript"), ("page.css", "text/css"), ("icon.svg", "image/svg+xml")] {
        let reply = send(&server, &format!("GET /__mock/{file}"), &[], &Value::Null).await;
        assert!(reply.status == 200 && reply.header("content-type").unwrap().starts_with(kind), "{file}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(send(&server, "GET /__mock/", &["accept: */*"], &Value::Null).await.status, 401);
    let told = send(&server, "GET /__mock/", &["x-mock-admin-token: s3cret"], &Value::Null).await;
    assert_eq!(told.json()["status"], "ok");
}
