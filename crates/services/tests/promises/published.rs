//! The judge of the local services is one: what Google does not publish is refused.

use http::Method;
use serde_json::json;

use crate::local::{Discovery, FirestoreServer, GeminiServer};
use crate::support::*;

const DOCUMENTS: &str = "/v1/projects/p/databases/(default)/documents";

#[test]
fn the_documents_have_what_the_clients_use() {
    let (firestore, gemini) = (Discovery::firestore(), Discovery::gemini());
    // With `--nocapture` it tells how much there is.
    println!("firestore {:?}, gemini {:?} (methods, schemas)", firestore.size(), gemini.size());
    assert!(firestore.size() >= (15, 50) && gemini.size() >= (7, 70));
}

#[track_caller]
fn refused(discovery: &Discovery, meant: &str, verb: Method, path: &str, query: &str, body: &str, told: &str) {
    let broken = discovery.request(&[meant], &verb, path, query, body.as_bytes()).expect_err("refused").join("; ");
    assert!(broken.contains(told), "{broken}");
}

#[test]
fn a_request_that_is_not_published_is_refused() {
    let discovery = Discovery::firestore();
    let document = format!("{DOCUMENTS}/campaigns/c1");
    let (document, query) = (document.as_str(), format!("{DOCUMENTS}:runQuery"));
    let body = r#"{"fields": {"level": {"integerValue": "3"}, "gone": {"nullValue": null}}}"#;
    discovery
        .request(&["patch"], &Method::PATCH, document, "updateMask.fieldPaths=level", body.as_bytes())
        .expect("fine");
    discovery.request(&["runQuery"], &Method::POST, &query, "", br#"{"structuredQuery": {}}"#).expect("fine");
    let table = [
        (
            "patch",
            Method::PATCH,
            document,
            "",
            r#"{"fields": {"level": {"integerValue": 3}}}"#,
            "is not of type \"string\"",
        ),
        (
            "patch",
            Method::PATCH,
            document,
            "",
            r#"{"fields": {"level": {"intValue": "3"}}}"#,
            "Additional properties are not allowed ('intValue'",
        ),
        ("patch", Method::PATCH, document, "", r#"{"field": {}}"#, "('field' was unexpected)"),
        (
            "patch",
            Method::PATCH,
            document,
            "",
            r#"{"fields": {"t": {"timestampValue": "today"}}}"#,
            "\"today\" does not match",
        ),
        ("patch", Method::PATCH, document, "updateMask=level", "{}", "has no parameter `updateMask`"),
        ("patch", Method::PATCH, document, "currentDocument.exists=yes", "{}", "is not of type \"boolean\""),
        ("patch", Method::PATCH, document, "", "", "wants a body"),
        ("patch", Method::PATCH, document, "", "{", "wants JSON"),
        ("patch", Method::PUT, document, "", "{}", "is none of [\"patch\"]"),
        ("get", Method::GET, document, "", "{}", "takes no body"),
        ("get", Method::GET, "/v1/projects/p/documents/campaigns/c1", "", "", "is none of"),
        ("get", Method::GET, "/v2/projects/p/databases/d/documents/a/b", "", "", "is none of"),
        ("runQuery", Method::POST, &query, "", r#"{"structuredQuery": {"limit": "3"}}"#, "is not of type \"integer\""),
        (
            "runQuery",
            Method::POST,
            &query,
            "",
            r#"{"structuredQuery": {"where": {"fieldFilter": {"op": "LIKE"}}}}"#,
            "is not one of",
        ),
        ("explode", Method::POST, &query, "", "{}", "is none of"),
    ];
    for (meant, verb, path, query, body, told) in table {
        refused(&discovery, meant, verb, path, query, body, told);
    }
    let gemini = Discovery::gemini();
    let path = "/v1beta/models/gemini-2.5-flash:generateContent";
    refused(&gemini, "generateContent", Method::POST, path, "", r#"{"content": []}"#, "('content' was unexpected)");
    refused(&gemini, "generateContent", Method::POST, path, "alt=sse", "{}", "is not one of");
    refused(&gemini, "generateContent", Method::POST, "/v1beta/gemini:generateContent", "", "{}", "is none of");
    let stream = path.replace("generateContent", "streamGenerateContent");
    gemini.request(&["streamGenerateContent"], &Method::POST, &stream, "alt=sse&key=k", b"{}").expect("fine");
}

#[test]
fn an_answer_that_is_not_published_is_refused() {
    let discovery = Discovery::firestore();
    discovery.answer("runQuery", &json!([{"readTime": "2026-01-01T00:00:00.000007Z"}])).expect("fine");
    for (method, answer) in [
        ("runQuery", json!({"documents": []})),
        ("get", json!({"name": "n", "fields": {"a": {}}, "revision": 1})),
        ("get", json!({"createTime": "2026-01-01"})),
        ("commit", json!({"writeResults": {}})),
        ("nothing", json!({})),
    ] {
        discovery.answer(method, &answer).expect_err(method);
    }
    let gemini = Discovery::gemini();
    gemini.event("streamGenerateContent", &json!({"candidates": [{"index": 0}]})).expect("fine");
    gemini.event("streamGenerateContent", &json!({"candidates": [{"finishReason": "DONE"}]})).expect_err("no reason");
    Discovery::error(404, &json!({"error": {"code": 404, "message": "", "status": "NOT_FOUND"}})).expect("fine");
    Discovery::error(404, &json!({"error": {"code": 404, "message": "", "status": "GONE"}})).expect_err("no code");
    Discovery::error(404, &json!({"error": {"code": 400, "message": "", "status": "NOT_FOUND"}}))
        .expect_err("another status");
}

#[tokio::test]
async fn a_server_tells_what_was_broken_when_it_ends() {
    let server = FirestoreServer::start().await;
    let ask = reqwest::Client::new().get(format!("{}{DOCUMENTS}/campaigns/c1?colour=red", server.url()));
    assert_eq!(ask.send().await.expect("answered").status(), 500);
    assert_eq!(server.take_broken(), ["`get` has no parameter `colour`"]);
    // And without this it would have failed the test.
    reqwest::Client::new().get(format!("{}/nowhere", server.url())).send().await.expect("answered");
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(server)));
    let told = *dropped.expect_err("it fails").downcast::<String>().expect("a message");
    assert!(told.contains("not what Google publishes") && told.contains("/nowhere"), "{told}");
}

#[tokio::test]
async fn everything_is_judged() {
    let (server, firestore) = firestore().await;
    firestore.document("a/b").set(&json!({})).await.expect("set");
    firestore.collection("a").document("c").update(&json!({"x": 1})).await.expect_err("there is none");
    let judged = server.judged();
    assert_eq!((judged.requests, judged.answers, judged.errors), (2, 1, 1));
    let server = GeminiServer::start().await;
    let gemini = at(tracesnap_services::Services::gemini(&real()), &server.url()).connect().expect("a client");
    let parts = gemini.model("gemini-2.5-flash").stream_generate_content("!broken a b").await.expect("it begins");
    parts.collect().await.expect_err("it breaks");
    let judged = server.judged();
    assert_eq!((judged.requests, judged.answers, judged.errors, server.calls()), (1, 1, 1, 1));
}
