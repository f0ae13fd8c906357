//! Requests that break the document are refused with all reasons, or answered all the same, by choice.

use serde_json::{Value, json};
use tracesnap_mock::Mock;
use tracesnap_mock::engine::{Fixed, Source, Validation};
use tracesnap_openapi::Document;

use crate::shop::{Ask, CUSTOMER, mock, request};

fn names(answer: &Value) -> Vec<String> {
    let errors = answer["errors"].as_array().expect("reasons");
    errors
        .iter()
        .map(|error| format!("{} {}", error["in"].as_str().unwrap(), error["name"].as_str().unwrap()))
        .collect()
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let mock = mock().build();
    let answer = mock.ask("GET /report?filter[year]=soon&ids=1|2|3|4", &["x-trace: ab"], &Value::Null);
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (422, Some("application/problem+json")));
    let problem = answer.json().unwrap();
    assert_eq!(names(&problem), ["query filter", "query ids", "header X-Trace"]);
    assert_eq!(problem["status"], 422);
    let fine = mock.ask("GET /report?filter[year]=2024&filter[open]=true&ids=1|2", &["x-trace: abc"], &Value::Null);
    assert_eq!(fine.status, 200);
}

#[test]
fn reasons_stand_in_the_documents_own_errors_where_it_has_some() {
    let mock = mock().build();
    let answer = mock.post("/orders", &json!({"total": -1}));
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (422, Some("application/json")));
    let error = answer.json().unwrap();
    assert_eq!(error["code"], 422);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("customer_id") && message.contains("/total"), "{message}");
}

#[test]
fn what_is_read_only_need_not_be_sent() {
    let created = mock().build().post("/customers", &json!({"name": "Ada", "email": "ada@shop.example"}));
    assert_eq!(created.status, 201, "{:?}", created.body);
}

#[test]
fn whether_a_broken_request_is_answered_is_a_choice() {
    let broken = |validation| {
        let mock = mock().validation(validation).build();
        mock.ask("GET /orders/0?", &[], &Value::Null)
    };
    assert_eq!(broken(Validation::Enforce).status, 422);
    let warned = broken(Validation::Warn);
    assert!(warned.header("x-mock-warning").unwrap().contains("`id`"), "{:?}", warned.headers);
    assert_eq!(broken(Validation::Off).header("x-mock-warning"), None);
}

#[test]
fn bodies_that_are_none_are_refused() {
    let mock = mock().build();
    let send = |kind: &str, body: &'static [u8]| {
        mock.answer(&http::Request::post("/orders").header("content-type", kind).body(body.into()).unwrap())
            .status
            .as_u16()
    };
    assert_eq!(send("application/json", b"{\"total\": "), 400);
    assert_eq!(send("application/json", b"{\"note\": \"\xff\xfe\"}"), 400);
    assert_eq!(send("text/plain", b"total"), 415);
    assert_eq!(send("application/json", b""), 422);
    assert_eq!(send("application/json", "[".repeat(100_000).leak().as_bytes()), 400);
}

#[test]
fn paths_and_methods_that_are_not_there_are_named() {
    let mock = mock().build();
    let missing = mock.get("/order/1");
    assert_eq!((missing.status.as_u16(), missing.source), (404, Source::Request));
    assert!(missing.json().unwrap()["near"].as_array().unwrap().contains(&json!("/orders/{id}")));
    let wrong = mock.ask("POST /orders/1", &[], &Value::Null);
    assert_eq!((wrong.status.as_u16(), wrong.header("allow")), (405, Some("DELETE, GET, HEAD, OPTIONS, PATCH, PUT")));
    assert_eq!(mock.ask("OPTIONS /orders/1", &[], &Value::Null).header("allow"), wrong.header("allow"));
}

#[test]
fn head_is_get_without_its_body() {
    let mock = mock().build();
    let (get, head) = (mock.get("/orders/7"), mock.ask("HEAD /orders/7", &[], &Value::Null));
    assert_eq!((head.status, head.body.len()), (get.status, 0));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
}

#[test]
fn a_page_of_another_origin_may_ask() {
    let mock = mock().build();
    let asked =
        ["origin: http://app.test", "access-control-request-method: PUT", "access-control-request-headers: x-key"];
    let preflight = mock.ask("OPTIONS /orders/7", &asked, &Value::Null);
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("http://app.test"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("x-key"));
    let get = mock.ask("GET /orders/7", &["origin: http://app.test"], &Value::Null);
    assert!(get.header("access-control-expose-headers").unwrap().contains("x-mock-source"));
}

#[test]
fn the_media_type_is_one_that_is_accepted() {
    let mock = mock().build();
    let accept = |accept: &str| mock.ask("GET /report", &["x-trace: abc", &format!("accept: {accept}")], &Value::Null);
    assert_eq!(accept("text/*").header("content-type"), Some("text/csv"));
    assert_eq!(accept("application/xml, application/json;q=0.5").header("content-type"), Some("application/xml"));
    assert!(accept("application/xml").body.starts_with(b"<?xml"));
    assert_eq!(accept("*/*").header("content-type"), Some("application/json"));
    assert_eq!(accept("image/png").status, 406);
}

#[test]
fn a_caller_may_prefer_a_status_or_an_example() {
    let mock = mock().build();
    let prefer = |prefer: &str| mock.ask("GET /report", &["x-trace: abc", &format!("prefer: {prefer}")], &Value::Null);
    let large = prefer("example=large");
    assert_eq!((large.json().unwrap(), large.source), (json!({"sum": 1000}), Source::Example));
    let conflict = prefer("code=409");
    assert_eq!((conflict.status.as_u16(), conflict.header("content-type")), (409, Some("application/problem+json")));
    assert_eq!(prefer("dynamic=true").source, Source::Generated);
}

#[test]
fn credentials_are_looked_at_for_their_form_unless_the_mock_is_strict() {
    let me = |mock: &Mock, headers: &[&str]| mock.ask("GET /me", headers, &Value::Null);
    let lenient = mock().build();
    let missing = me(&lenient, &[]);
    assert_eq!((missing.status.as_u16(), missing.header("www-authenticate")), (401, Some("Bearer realm=\"mock\"")));
    assert_eq!(me(&lenient, &["authorization: Basic eDp5"]).status, 401);
    assert_eq!(me(&lenient, &["authorization: Bearer anything"]).status, 200);

    let strict = mock().strict(true).credential("given").build();
    assert_eq!(me(&strict, &["authorization: Bearer anything"]).status, 401);
    assert_eq!(me(&strict, &["authorization: Bearer given"]).status, 200);
    let login = strict.post("/login", &json!({"email": "ada@shop.example", "password": "x"})).json().unwrap();
    let token = login["access_token"].as_str().unwrap();
    assert!(token.starts_with("mock-"), "{token}");
    assert_eq!(me(&strict, &[&format!("authorization: Bearer {token}")]).status, 200);
}

#[test]
fn a_fixed_answer_stands_over_everything_else() {
    let mock = mock().build();
    mock.set_override("getOrder", Fixed::json(&json!({"id": "fixed"})).with_header("x-own", "yes")).unwrap();
    mock.set_override("GET /orders/{id}", Fixed::status(503).times(1)).unwrap();
    assert_eq!(mock.get("/orders/1").status, 503);
    let fixed = mock.get("/orders/0");
    assert_eq!(
        (fixed.json().unwrap(), fixed.source, fixed.header("x-own")),
        (json!({"id": "fixed"}), Source::Override, Some("yes"))
    );
    mock.reset();
    assert_eq!(mock.json("/orders/1")["id"], 1);
    let unknown = mock.set_override("getOrders", Fixed::status(500)).unwrap_err().to_string();
    assert!(unknown.contains("getOrder"), "{unknown}");
}

#[test]
fn an_answer_says_where_it_comes_from_and_why() {
    let mock = mock().build();
    let answer = mock.ask(&format!("GET /customers/{CUSTOMER}"), &["x-mock-explain: 1"], &Value::Null);
    assert_eq!(answer.header("x-mock-source"), Some("state"));
    assert!(answer.header("x-mock-explain").unwrap().contains(CUSTOMER));
    let stats = mock.stats();
    assert_eq!((stats.requests, stats.from_state, stats.checked, stats.invalid), (1, 1, 1, 0));
}

#[test]
fn a_request_can_be_checked_without_being_answered() {
    let mock = mock().build();
    let reasons = mock.check(&request("GET /me", &[], &Value::Null)).unwrap();
    assert_eq!(reasons.len(), 1);
    assert_eq!(mock.check(&request("GET /orders/7", &[], &Value::Null)), Some(Vec::new()));
    assert_eq!(mock.check(&request("GET /nowhere", &[], &Value::Null)), None);
    assert_eq!(mock.stats().requests, 0);
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    fn target() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            Just("orders".to_owned()),
            Just("customers".to_owned()),
            Just("report".to_owned()),
            Just("files".to_owned()),
            Just("v1".to_owned()),
            "[0-9]{1,20}",
            "[a-zA-Z0-9%._~-]{0,12}",
        ];
        let path = proptest::collection::vec(segment, 0..5);
        let query = proptest::collection::vec(
            ("(page|per_page|sort|q|status|filter\\[year\\]|ids|limit|cursor|[a-z\\[\\]]{0,6})", "[ -~]{0,12}"),
            0..4,
        );
        (path, query).prop_map(|(path, query)| {
            let mut serializer = form_urlencoded::Serializer::new(String::new());
            query.iter().for_each(|(name, value)| {
                serializer.append_pair(name, value);
            });
            format!("/{}?{}", path.join("/"), serializer.finish())
        })
    }

    fn body() -> impl Strategy<Value = Vec<u8>> {
        let json = "[\\[\\]{}\":,0-9a-z \\\\]{0,40}".prop_map(String::into_bytes);
        let fields = proptest::collection::hash_map(
            "(id|total|note|tags|status|name|email|customer_id|theme|[a-z]{1,4})",
            json_value(),
            0..6,
        )
        .prop_map(|fields| serde_json::to_vec(&fields).unwrap());
        prop_oneof![json, fields, proptest::collection::vec(any::<u8>(), 0..64)]
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map("[a-z]{1,4}", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_request_makes_the_mock_panic_fail_or_say_what_breaks_its_schema(
            calls in proptest::collection::vec((
                prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("PATCH"), Just("DELETE"), Just("HEAD"), Just("OPTIONS"), Just("BREW")],
                target(),
                prop_oneof![Just("application/json"), Just("application/merge-patch+json"), Just("multipart/form-data; boundary=x"), Just("application/x-www-form-urlencoded"), Just("text/plain"), Just(";")],
                body(),
            ), 1..6),
            validation in prop_oneof![Just(Validation::Off), Just(Validation::Warn), Just(Validation::Enforce)],
            strict in any::<bool>(),
        ) {
            let mock = mock().validation(validation).strict(strict).start_items(3).build();
            for (method, target, kind, body) in calls {
                let request = http::Request::builder().method(method).uri(&target).header("content-type", kind);
                let Ok(request) = request.body(body.into()) else { continue };
                let answer = mock.answer(&request);
                prop_assert!(!answer.status.is_server_error(), "{method} {target}: {}", answer.status);
                prop_assert!(answer.violations.is_empty(), "{method} {target}: {:?}", answer.violations);
                prop_assert!(answer.headers.contains_key("x-mock-source"));
            }
        }
    }
}

/// Documents hold patterns of other dialects, and members that one part requires and another forbids.
#[test]
fn a_body_that_nobody_could_send_right_is_no_fault_of_who_sends_it() {
    let document = r##"
openapi: 3.0.3
info: { title: Impossible, version: "1" }
paths:
  /users:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name, age]
              properties:
                name: { type: string, pattern: '/^[a-z]+$/' }
                age: { type: integer }
      responses: { 201: { description: made } }
  /pets:
    post:
      requestBody:
        content:
          application/json:
            schema: { type: object, required: [name], properties: { name: { type: string, pattern: '^[a-z]+$' } } }
      responses: { 201: { description: made } }
"##;
    let mock = Mock::from_document(Document::parse("impossible.yaml", document).unwrap()).build();
    let post = |path: &str, body: &str| {
        let request = http::Request::post(path).header("content-type", "application/json");
        mock.answer(&request.body(body.to_owned().into()).unwrap()).status.as_u16()
    };
    assert_eq!(post("/users", r#"{"name": "ada", "age": 36}"#), 201);
    assert_eq!(post("/users", "{"), 400);
    assert_eq!(post("/users", ""), 422);
    assert_eq!(post("/pets", r#"{"name": "Rex"}"#), 422);
    assert_eq!(post("/pets", r#"{"name": "rex"}"#), 201);
}

/// Who answered with it would have to write it as a fraction.
#[test]
fn a_whole_number_that_is_wider_than_its_format_or_than_can_be_kept_is_refused() {
    let document = r##"
openapi: 3.0.3
info: { title: Wide, version: "1" }
paths:
  /short/{id}: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: integer, format: int32 } }], responses: { 200: { description: one } } } }
  /long/{id}: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: integer, format: int64 } }], responses: { 200: { description: one } } } }
  /any/{id}: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: integer } }], responses: { 200: { description: one } } } }
  /size/{id}: { get: { parameters: [{ name: id, in: path, required: true, schema: { type: number } }], responses: { 200: { description: one } } } }
"##;
    let mock = Mock::from_document(Document::parse("wide.yaml", document).unwrap()).build();
    let get = |path: &str| mock.answer(&http::Request::get(path).body(Default::default()).unwrap()).status.as_u16();
    assert_eq!((get("/short/2147483647"), get("/short/-2147483648"), get("/short/2147483648")), (200, 200, 422));
    assert_eq!((get("/long/9223372036854775807"), get("/long/9223372036854775808")), (200, 422));
    assert_eq!((get("/any/18446744073709551615"), get("/any/18446744073709551616")), (200, 422));
    assert_eq!(get("/size/18446744073709551616"), 200);
}
