//! What is created, changed and deleted is remembered, as a store would.

use std::collections::HashSet;

use serde_json::{Value, json};
use tracesnap_mock::Mock;
use tracesnap_mock::engine::Source;

use crate::shop::{Ask, CUSTOMER, mock};

fn order(total: f64, note: &str) -> Value {
    json!({"customer_id": CUSTOMER, "total": total, "note": note, "tags": ["gift"]})
}

#[test]
fn a_created_item_is_read_listed_changed_and_gone() {
    let mock = mock().build();
    let created = mock.post("/orders", &order(12.5, "ring twice"));
    assert_eq!((created.status.as_u16(), created.source), (201, Source::State));
    let item = created.json().unwrap();
    let id = item["id"].as_u64().expect("an id");
    assert_eq!(created.header("location"), Some(format!("/orders/{id}").as_str()));
    assert_eq!(
        (&item["total"], &item["note"], &item["customer_id"]),
        (&json!(12.5), &json!("ring twice"), &json!(CUSTOMER))
    );

    let path = format!("/orders/{id}");
    assert_eq!(mock.json(&path), item);
    let listed = mock.json("/orders?per_page=100");
    assert!(listed["orders"].as_array().unwrap().contains(&item));

    let patch = mock.ask(
        &format!("PATCH {path}"),
        &["content-type: application/merge-patch+json"],
        &json!({"status": "shipped", "note": null}),
    );
    let patched = patch.json().unwrap();
    assert_eq!((&patched["status"], &patched["total"], patched.get("note")), (&json!("shipped"), &json!(12.5), None));
    assert_eq!(mock.json(&path), patched);

    let put = mock.ask(&format!("PUT {path}"), &[], &json!({"customer_id": CUSTOMER, "total": 3}));
    let put = put.json().unwrap();
    assert_eq!((&put["total"], put.get("tags"), &put["id"]), (&json!(3), None, &json!(id)));
    assert_eq!(put["created_at"], item["created_at"]);

    assert_eq!(mock.ask(&format!("DELETE {path}"), &[], &Value::Null).status, 204);
    let gone = mock.get(&path);
    assert_eq!(gone.status, 404);
    assert!(gone.json().unwrap()["message"].as_str().unwrap().contains(&id.to_string()));
    assert_eq!(mock.ask(&format!("DELETE {path}"), &[], &Value::Null).status, 404);
    let listed = mock.json("/orders?per_page=100");
    assert!(listed["orders"].as_array().unwrap().iter().all(|order| order["id"] != id));
}

#[test]
fn the_id_that_is_asked_for_is_the_id_that_is_returned() {
    let mock = mock().build();
    for id in [1, 7, 4_711, 900_000] {
        assert_eq!(mock.json(&format!("/orders/{id}"))["id"], id);
    }
    assert_eq!(mock.json(&format!("/customers/{CUSTOMER}"))["id"], CUSTOMER);
    assert_eq!(mock.json(&format!("/v1/customers/{CUSTOMER}"))["id"], CUSTOMER);
}

#[test]
fn what_is_listed_is_what_is_read() {
    let mock = mock().build();
    let listed = mock.json("/orders?per_page=5&page=2");
    for item in listed["orders"].as_array().unwrap() {
        assert_eq!(mock.json(&format!("/orders/{}", item["id"])), *item);
    }
}

#[test]
fn pages_chain_to_an_end_and_add_up() {
    let mock = mock().start_items(23).build();
    let mut seen = Vec::new();
    let mut next = Some("/orders?per_page=10".to_owned());
    let mut pages = 0;
    while let Some(url) = next {
        let page = mock.json(&url);
        assert_eq!((&page["meta"]["total"], &page["meta"]["total_pages"]), (&json!(23), &json!(3)));
        seen.extend(page["orders"].as_array().unwrap().iter().map(|order| order["id"].clone()));
        pages += 1;
        assert_eq!(page["meta"]["page"], pages);
        let link = mock.ask(&format!("GET {url}"), &["host: shop.test"], &Value::Null);
        next = link.json().unwrap()["meta"]["next"]
            .as_str()
            .map(|url| url.trim_start_matches("http://shop.test").to_owned());
        assert_eq!(next.is_some(), link.header("link").unwrap_or_default().contains("rel=\"next\""));
        assert_eq!(link.header("x-total-count"), Some("23"));
    }
    assert_eq!((pages, seen.len()), (3, 23));
    assert_eq!(seen.iter().map(Value::to_string).collect::<HashSet<_>>().len(), 23);
    assert_eq!(mock.json("/orders?page=99")["orders"], json!([]));
}

#[test]
fn cursors_chain_to_an_end() {
    let mock = mock().start_items(7).build();
    let mut ids = HashSet::new();
    let mut url = "/customers?limit=3".to_owned();
    loop {
        let page = mock.json(&url);
        ids.extend(page["data"].as_array().unwrap().iter().map(|customer| customer["id"].to_string()));
        assert_eq!(page["has_more"], page["next_cursor"].is_string());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        url = format!("/customers?limit=3&cursor={cursor}");
    }
    assert_eq!(ids.len(), 7);
}

#[test]
fn filters_words_and_order_take_effect() {
    let mock = mock().build();
    mock.post("/orders", &order(99_999.0, "Zebra crossing"));
    mock.post("/orders", &order(88_888.0, "plain"));
    let open = mock.json("/orders?status=open&per_page=100");
    let open = open["orders"].as_array().unwrap();
    assert!(open.iter().all(|order| order["status"] == "open"));
    let all = mock.json("/orders?per_page=100")["meta"]["total"].as_u64().unwrap();
    let by_status: usize = ["open", "paid", "shipped"]
        .iter()
        .map(|status| mock.json(&format!("/orders?per_page=100&status={status}"))["orders"].as_array().unwrap().len())
        .sum();
    assert_eq!(by_status as u64, all);

    let found = mock.json("/orders?q=zebra");
    assert_eq!(found["meta"]["total"], 1);
    assert_eq!(found["orders"][0]["note"], "Zebra crossing");

    let dear = mock.json("/orders?min_total=88888&sort=-total");
    let totals: Vec<_> =
        dear["orders"].as_array().unwrap().iter().map(|order| order["total"].as_f64().unwrap()).collect();
    assert!(totals.len() >= 2 && totals.is_sorted_by(|a, b| a >= b), "{totals:?}");
    assert!(mock.json("/orders?tags=gift,none&q=plain")["meta"]["total"] == 1);
}

#[test]
fn sessions_see_nothing_of_each_other_and_can_be_reset() {
    let mock = mock().build();
    let ask = |line: &str, session: &str| mock.ask(line, &[&format!("x-mock-session: {session}")], &Value::Null);
    assert_eq!(ask("DELETE /orders/1", "a").status, 204);
    assert_eq!(ask("GET /orders/1", "a").status, 404);
    assert_eq!(ask("GET /orders/1", "b").status, 200);
    assert_eq!(mock.get("/orders/1").status, 200);
    mock.reset_session("a");
    assert_eq!(ask("GET /orders/1", "a").status, 200);
    mock.post("/orders", &order(1.0, "x"));
    mock.reset();
    assert_eq!(mock.json("/orders")["meta"]["total"], 25);
}

#[test]
fn the_same_requests_get_the_same_answers_after_a_restart() {
    let story = |seed| {
        let mock = mock().seed(seed).build();
        let mut told = Vec::new();
        let created = mock.post("/customers", &json!({"name": "Ada", "email": "ada@shop.example"}));
        told.push(created.body);
        told.push(mock.post("/orders", &order(3.0, "first")).body);
        for target in ["/orders", "/customers", "/orders/26", "/report", "/settings", "/me"] {
            told.push(
                mock.ask(&format!("GET {target}"), &["authorization: Bearer x", "x-trace: abc"], &Value::Null).body,
            );
        }
        told.push(mock.post("/login", &json!({"email": "a@b.example", "password": "p"})).body);
        told
    };
    assert_eq!(story(1), story(1));
    assert_ne!(story(1), story(2));
}

#[test]
fn what_refers_to_a_customer_names_one_that_is_listed() {
    let mock = mock().build();
    let customers = mock.json("/customers?limit=100");
    let ids: HashSet<&str> =
        customers["data"].as_array().unwrap().iter().filter_map(|one| one["id"].as_str()).collect();
    let orders = mock.json("/orders?per_page=100");
    for order in orders["orders"].as_array().unwrap() {
        assert!(ids.contains(order["customer_id"].as_str().unwrap()), "{order}");
    }
}

#[test]
fn what_belongs_to_something_is_apart_from_what_belongs_to_another_and_goes_with_it() {
    let mock = mock().build();
    let other = "00000000-0000-4000-8000-000000000001";
    let created = mock.post(&format!("/customers/{CUSTOMER}/addresses"), &json!({"id": 0, "street": "Long Row 1"}));
    let address = created.json().unwrap();
    assert_eq!((&address["street"], &address["customer_id"]), (&json!("Long Row 1"), &json!(CUSTOMER)));
    let listed = |customer: &str| mock.json(&format!("/customers/{customer}/addresses"));
    assert!(listed(CUSTOMER).as_array().unwrap().contains(&address));
    assert!(!listed(other).as_array().unwrap().iter().any(|one| one["street"] == "Long Row 1"));
    mock.ask(&format!("DELETE /customers/{CUSTOMER}"), &[], &Value::Null);
    assert_eq!(mock.get(&format!("/customers/{CUSTOMER}/addresses")).status, 404);
    assert_eq!(mock.get(&format!("/customers/{CUSTOMER}/addresses/{}", address["id"])).status, 404);
}

#[test]
fn a_strict_mock_knows_only_what_was_created_or_is_there_from_the_start() {
    let mock = mock().strict(true).build();
    assert_eq!(mock.get("/orders/1").status, 200);
    assert_eq!(mock.get("/orders/4711").status, 404);
    let created = mock.post("/orders", &order(1.0, "x")).json().unwrap();
    assert_eq!(mock.get(&format!("/orders/{}", created["id"])).status, 200);
    assert_eq!(mock.get(&format!("/customers/{CUSTOMER}/addresses")).status, 404);
}

#[test]
fn settings_are_one_thing_that_is_set_and_read() {
    let mock = mock().build();
    let set = mock.ask("PUT /settings", &[], &json!({"theme": "dark", "items_per_page": 7}));
    assert_eq!(set.json().unwrap(), json!({"theme": "dark", "items_per_page": 7}));
    assert_eq!(mock.json("/settings"), json!({"theme": "dark", "items_per_page": 7}));
}

#[test]
fn what_is_uploaded_is_read_back() {
    let mock = mock().build();
    let body = "--x\r\ncontent-disposition: form-data; name=\"folder\"\r\n\r\nletters\r\n--x\r\ncontent-disposition: form-data; \
                name=\"file\"; filename=\"hello.txt\"\r\ncontent-type: text/plain\r\n\r\nhello\r\nworld\r\n--x--\r\n";
    let request = http::Request::post("/files").header("content-type", "multipart/form-data; boundary=x");
    let created = mock.answer(&request.body(body.into()).unwrap());
    assert_eq!(created.status, 201, "{:?}", created.body);
    let file = created.json().unwrap();
    assert_eq!(
        (&file["filename"], &file["size"], &file["folder"]),
        (&json!("hello.txt"), &json!(12), &json!("letters"))
    );
    let path = created.header("location").unwrap().to_owned();
    assert_eq!(mock.json(&path), file);
    let content = mock.get(&format!("{path}/content"));
    assert_eq!((&content.body[..], content.header("content-type")), (&b"hello\r\nworld"[..], Some("text/plain")));

    let png = bytes::Bytes::from_static(b"\x89PNG\r\n\x1a\n\0\xff");
    let set =
        mock.answer(&http::Request::put("/avatars/ada").header("content-type", "image/png").body(png.clone()).unwrap());
    assert_eq!(set.status, 204);
    assert_eq!(mock.get("/avatars/ada").body, png);
    assert_ne!(mock.get("/avatars/bob").body, png);
}

#[test]
fn reading_any_number_of_ids_remembers_none_of_them() {
    let mock = mock().build();
    for id in 1..2_000 {
        mock.get(&format!("/orders/{id}"));
    }
    assert_eq!(mock.json("/orders")["meta"]["total"], 25);
}

/// A shop for pets whose lists look for something.
fn pets() -> Mock {
    let text = r##"{"openapi": "3.0.3", "paths": {
        "/pet": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}},
            "responses": {"201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}}},
        "/pet/findByStatus": {"get": {"parameters": [{"name": "status", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}],
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}}}}}},
        "/pet/findByTags": {"get": {"parameters": [{"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}],
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}}}}}},
        "/pet/{petId}": {"parameters": [{"name": "petId", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "get": {"responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}},
            "patch": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}}},
            "delete": {"responses": {"204": {"description": ""}}}}},
        "components": {"schemas": {"Pet": {"type": "object", "required": ["id", "name", "status", "updated_at"], "properties": {
            "id": {"type": "integer", "readOnly": true}, "name": {"type": "string"},
            "status": {"type": "string", "enum": ["available", "pending", "sold"]},
            "tags": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}},
            "created_at": {"type": "string", "format": "date-time", "readOnly": true},
            "updated_at": {"type": "string", "format": "date-time", "readOnly": true}}}}}}"##;
    Mock::from_document(tracesnap_openapi::Document::parse("pets.json", text).unwrap()).build()
}

#[test]
fn lists_that_look_for_something_are_of_the_same_store() {
    let pets = pets();
    let ids = |target: &str| -> Vec<Value> {
        pets.json(target).as_array().expect("a list").iter().map(|pet| pet["id"].clone()).collect()
    };
    let rex = pets
        .post("/pet", &json!({"name": "Rex", "status": "sold", "tags": [{"id": 1, "name": "loud"}]}))
        .json()
        .unwrap();
    let id = &rex["id"];
    assert!(ids("/pet/findByStatus?status=sold").contains(id));
    assert!(!ids("/pet/findByStatus?status=pending").contains(id));
    assert_eq!(ids("/pet/findByTags?tags=loud"), std::slice::from_ref(id));
    let all = pets.json("/pet/findByStatus?status=sold");
    assert!(all.as_array().unwrap().iter().all(|pet| pet["status"] == "sold"), "{all}");
    // What is listed can be read, and is the same.
    let first = &all[0];
    assert_eq!(&pets.json(&format!("/pet/{}", first["id"])), first);
    assert_eq!(pets.ask(&format!("DELETE /pet/{id}"), &[], &Value::Null).status, 204);
    assert!(!ids("/pet/findByStatus?status=sold").contains(id));
}

#[test]
fn the_moment_of_the_last_change_moves_when_something_changes() {
    let pets = pets();
    let before = pets.json("/pet/3");
    let mut last = before["updated_at"].as_str().unwrap().to_owned();
    for name in ["Rex", "Max", "Rex"] {
        let changed = pets.ask("PATCH /pet/3", &[], &json!({"name": name})).json().unwrap();
        let now = changed["updated_at"].as_str().unwrap().to_owned();
        assert!(now > last, "{now} after {last}");
        assert_eq!((&changed["created_at"], &pets.json("/pet/3")), (&before["created_at"], &changed));
        last = now;
    }
    // Reading changes nothing.
    assert_eq!(pets.json("/pet/3")["updated_at"], last.as_str());
}
