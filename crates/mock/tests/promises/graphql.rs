//! GraphQL is answered by a schema alone: as the specification says, and so that it is believed.

use std::collections::HashSet;
use std::path::PathBuf;

use http::{Request, StatusCode};
use serde_json::{Map, Value, json};
use tracesnap_mock::engine::Answer;
use tracesnap_mock::graphql::GraphQlSchema;
use tracesnap_mock::{Error, Mock, MockBuilder};

fn schema() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/graphql/shop.graphql"))
}

fn builder() -> MockBuilder {
    Mock::from_graphql(schema()).expect("the fixture can be read")
}

fn shop() -> Mock {
    builder().seed(7).build()
}

fn post(mock: &Mock, body: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    mock.answer(&request.body(body.to_string().into()).expect("a request"))
}

/// The data of an operation that nothing is wrong with.
fn ask(mock: &Mock, query: &str) -> Value {
    with(mock, query, json!({}))
}

fn with(mock: &Mock, query: &str, variables: Value) -> Value {
    let answer = post(mock, &json!({ "query": query, "variables": variables }), &[]);
    let body = answer.json().expect("JSON");
    assert_eq!(answer.status, 200, "{body}");
    assert!(body.get("errors").is_none(), "{query}: {body:#}");
    body["data"].clone()
}

fn errors(mock: &Mock, query: &str) -> Vec<Value> {
    let body = post(mock, &json!({ "query": query }), &[]).json().expect("JSON");
    body["errors"].as_array().cloned().unwrap_or_else(|| panic!("no errors: {body}"))
}

#[test]
fn the_id_asked_for_is_answered_and_the_same_question_has_the_same_answer() {
    let query =
        r#"{ customer(id: "c-42") { id name email createdAt updatedAt address { city country } tags avatarUrl } }"#;
    let customer = ask(&shop(), query)["customer"].clone();
    assert_eq!(customer["id"], "c-42");
    assert!(customer["email"].as_str().expect("a text").contains('@'), "{customer}");
    assert!(customer["createdAt"].as_str() <= customer["updatedAt"].as_str(), "{customer}");
    assert!(customer["avatarUrl"].as_str().expect("a text").starts_with("http"), "{customer}");
    assert_eq!(customer, ask(&shop(), query)["customer"], "after a restart");
    assert_ne!(customer, ask(&builder().seed(8).build(), query)["customer"], "another seed");
}

#[test]
fn aliases_fragments_variables_and_directives_are_obeyed() {
    let data = with(
        &shop(),
        "query Both($id: ID!, $full: Boolean!, $no: Boolean = true) {
            one: customer(id: $id) { ...Short email @include(if: $full) createdAt @skip(if: $no) }
            other: customer(id: \"9\") { ...Short __typename }
        }
        fragment Short on Customer { key: id name }",
        json!({ "id": 5, "full": false }),
    );
    let members = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&data["one"]), ["key", "name"]);
    assert_eq!(data["one"]["key"], "5");
    assert_eq!(members(&data["other"]), ["key", "name", "__typename"]);
}

#[test]
fn what_is_wrong_with_an_operation_is_said_with_its_place() {
    let mock = shop();
    let unknown = &errors(&mock, "{\n  version\n  price\n}")[0];
    assert_eq!(unknown["locations"], json!([{ "line": 3, "column": 3 }]));
    assert_eq!(unknown["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(errors(&mock, "{ version")[0]["extensions"]["code"], "GRAPHQL_PARSE_FAILED");
    assert_eq!(
        errors(&mock, "query($id: ID!) { customer(id: $id) { id } }")[0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );
    assert!(
        errors(&mock, "{ customers(first: -1) { totalCount } }")[0]["message"].as_str().expect("a text").contains("-1")
    );
    // No field of a query that was refused is answered; one that failed on its way is `null`, with its path.
    let deleted = "mutation { deleteOrder(id: \"o1\") }";
    assert_eq!(ask(&mock, deleted), json!({ "deleteOrder": true }));
    let body = post(&mock, &json!({ "query": "{ version order(id: \"o1\") { id } }" }), &[]).json().expect("JSON");
    assert_eq!(body["data"], Value::Null, "`order` may not be null, so nothing is");
    assert_eq!(body["errors"][0]["path"], json!(["order"]));
    assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_FOUND");
}

#[test]
fn status_and_media_type_follow_graphql_over_http() {
    let mock = shop();
    let new = [("accept", "application/graphql-response+json")];
    let bad = json!({ "query": "{ nothing }" });
    assert_eq!(post(&mock, &bad, &[]).status, 200);
    let refused = post(&mock, &bad, &new);
    assert_eq!(refused.status, 400);
    assert_eq!(refused.header("content-type"), Some("application/graphql-response+json; charset=utf-8"));
    assert_eq!(post(&mock, &json!({}), &[]).status, 400);
    assert_eq!(post(&mock, &json!("no object"), &[]).status, 400);
    assert_eq!(
        post(&mock, &json!({ "query": "{ version }" }), &[("content-type", "text/plain")]).status,
        200,
        "the first one counts"
    );
    let text =
        Request::post("/graphql").header("content-type", "text/plain").body("{ version }".into()).expect("a request");
    assert_eq!(mock.answer(&text).status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let plain = Request::post("/graphql")
        .header("content-type", "application/graphql")
        .body("{ version }".into())
        .expect("a request");
    assert!(mock.answer(&plain).json().expect("JSON")["data"]["version"].is_string());

    let get = |target: &str| mock.answer(&Request::get(target).body(Default::default()).expect("a request"));
    let asked = get("/graphql?query=query(%24id:ID!)%7Bcustomer(id:%24id)%7Bid%7D%7D&variables=%7B%22id%22:%227%22%7D");
    assert_eq!(asked.json().expect("JSON"), json!({ "data": { "customer": { "id": "7" } } }));
    let changed = get("/graphql?query=mutation%7BdeleteOrder(id:1)%7D");
    assert_eq!((changed.status, changed.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("POST")));

    let several =
        post(&mock, &json!([{ "query": "{ version }" }, { "query": "{ nothing }" }]), &[]).json().expect("JSON");
    assert!(several[0]["data"]["version"].is_string() && several[1]["errors"].is_array(), "{several}");
    let persisted = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "00" } } });
    assert_eq!(post(&mock, &persisted, &[]).json().expect("JSON")["errors"][0]["message"], "PersistedQueryNotFound");
    assert_eq!(post(&mock, &json!({ "query": "{ version }" }), &[]).header("x-mock-source"), Some("generated"));
}

#[test]
fn connections_chain_to_an_end_forwards_and_backwards() {
    let mock = shop();
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let query = "query($after: String) { customers(first: 7, after: $after) {
            totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
        let page = with(&mock, query, json!({ "after": after }))["customers"].clone();
        let edges = page["edges"].as_array().expect("edges");
        assert_eq!(page["totalCount"], 25);
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !seen.is_empty());
        assert_eq!(page["pageInfo"]["startCursor"], edges[0]["cursor"]);
        assert_eq!(page["nodes"][0], edges[0]["node"]);
        seen.extend(edges.iter().map(|edge| edge["node"]["id"].as_str().expect("an id").to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!((seen.len(), seen.iter().collect::<HashSet<_>>().len()), (25, 25));
    let back = with(
        &mock,
        "query($before: String) { customers(last: 3, before: $before) { nodes { id } } }",
        json!({ "before": after }),
    );
    let ids: Vec<_> = back["customers"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|node| node["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids, seen[21..24]);
    let errors = errors(&mock, "{ customers(after: \"nonsense\") { totalCount } }");
    assert!(errors[0]["message"].as_str().expect("a text").contains("no cursor"), "{errors:?}");
}

#[test]
fn pages_limits_and_offsets_take_effect() {
    let mock = shop();
    let page = |number: u64| {
        ask(
            &mock,
            &format!("{{ products(page: {number}, perPage: 10) {{ total page perPage hasMore items {{ sku }} }} }}"),
        )["products"]
            .clone()
    };
    let (first, last) = (page(1), page(8));
    assert_eq!(
        (&first["total"], &first["page"], &first["perPage"], &first["hasMore"]),
        (&json!(75), &json!(1), &json!(10), &json!(true))
    );
    assert_eq!(last["items"].as_array().expect("items").len(), 5);
    assert_eq!(last["hasMore"], false);
    let all = ask(&mock, "{ orders { id } }")["orders"].as_array().expect("orders").clone();
    let some = ask(&mock, "{ orders(limit: 3, offset: 2) { id } }")["orders"].as_array().expect("orders").clone();
    assert_eq!(some, all[2..5]);
}

#[test]
fn filters_and_orders_take_effect() {
    let mock = shop();
    let shipped = ask(&mock, "{ orders(status: SHIPPED) { status } }");
    let shipped = shipped["orders"].as_array().expect("orders").clone();
    assert!(!shipped.is_empty() && shipped.iter().all(|order| order["status"] == "SHIPPED"));
    let names = |order: &str| {
        let query =
            format!("{{ customers(first: 100, orderBy: {{ field: {order} }}) {{ nodes {{ name createdAt }} }} }}");
        ask(&mock, &query)["customers"]["nodes"].as_array().expect("nodes").clone()
    };
    let by = |nodes: &[Value], field: &str| {
        nodes.iter().map(|node| node[field].as_str().expect("a text").to_lowercase()).collect::<Vec<_>>()
    };
    let up = by(&names("NAME"), "name");
    assert!(up.is_sorted(), "{up:?}");
    let down = by(&names("CREATED_AT, direction: DESC"), "createdAt");
    assert!(down.iter().rev().is_sorted(), "{down:?}");
    let part = up[3].split(' ').next().expect("a word").to_owned();
    let found = with(
        &mock,
        "query($part: String) { customers(filter: { nameContains: $part }) { totalCount nodes { name } } }",
        json!({ "part": part }),
    );
    let found = by(found["customers"]["nodes"].as_array().expect("nodes"), "name");
    assert!(!found.is_empty() && found.iter().all(|name| name.contains(&part)), "{found:?}");
}

#[test]
fn links_agree_in_both_directions() {
    let mock = shop();
    let query = "{ customers(first: 25) { nodes { id ordersCount orders { totalCount edges { node { id customerId customer { id } } } } } } }";
    let customers = ask(&mock, query)["customers"]["nodes"].as_array().expect("nodes").clone();
    let mut orders = HashSet::new();
    for customer in &customers {
        let edges = customer["orders"]["edges"].as_array().expect("edges");
        assert!(!edges.is_empty(), "{customer}");
        assert_eq!(customer["ordersCount"], customer["orders"]["totalCount"]);
        for edge in edges {
            assert_eq!(edge["node"]["customer"]["id"], customer["id"]);
            assert_eq!(edge["node"]["customerId"], customer["id"]);
            assert!(orders.insert(edge["node"]["id"].as_str().expect("an id").to_owned()), "an order of two customers");
        }
    }
    let all = ask(&mock, "{ orders { id customer { id } } }")["orders"].as_array().expect("orders").len();
    assert_eq!(all, orders.len(), "every order is somebody's");
    // So it is for somebody who was not there from the start.
    let made_up = ask(&mock, "{ customer(id: \"stranger\") { orders { edges { node { customer { id } } } } } }");
    let edges = made_up["customer"]["orders"]["edges"].as_array().expect("edges").clone();
    assert!(!edges.is_empty() && edges.iter().all(|edge| edge["node"]["customer"]["id"] == "stranger"), "{edges:?}");
    // A tree has roots, and whoever has a parent is its child.
    let tree = ask(&mock, "{ search(text: \"\") { ... on Category { id parent { id children { id } } } } }");
    let found = tree["search"].as_array().expect("results").iter().filter(|one| one["parent"].is_object()).count();
    assert!(found > 0, "{tree}");
    for one in tree["search"].as_array().expect("results").iter().filter(|one| one["parent"].is_object()) {
        assert!(one["parent"]["children"].as_array().expect("children").contains(&json!({ "id": one["id"] })), "{one}");
    }
}

#[test]
fn abstract_types_are_answered_by_what_they_may_be() {
    let mock = shop();
    let id = ask(&mock, "{ orders(limit: 1) { id } }")["orders"][0]["id"].clone();
    let query =
        "query($id: ID!) { node(id: $id) { __typename id ... on Order { status } } nodes(ids: [$id, \"x\"]) { id } }";
    let data = with(&mock, query, json!({ "id": id }));
    assert_eq!((&data["node"]["__typename"], &data["node"]["id"]), (&json!("Order"), &id));
    assert!(data["node"]["status"].is_string());
    assert_eq!(data["nodes"][1]["id"], "x");
    let kinds: HashSet<_> = ask(&mock, "{ search(text: \"\") { __typename } }")["search"]
        .as_array()
        .expect("results")
        .iter()
        .map(|one| one["__typename"].as_str().expect("a type").to_owned())
        .collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[test]
fn what_is_created_is_read_listed_changed_and_deleted() {
    let mock = shop();
    let made = with(
        &mock,
        "mutation($input: CreateCustomerInput!) { createCustomer(input: $input) {
            clientMutationId userErrors { message } customerEdge { node { id } }
            customer { id name email tags address { city country } ordersCount } } }",
        json!({ "input": { "clientMutationId": "m1", "name": "Ada", "email": "ada@shop.example", "tags": ["new"],
            "address": { "street": "1 Row", "city": "Bath", "country": "GB", "postalCode": "BA1" } } }),
    );
    let payload = &made["createCustomer"];
    let (id, customer) = (payload["customer"]["id"].clone(), &payload["customer"]);
    assert_eq!((&payload["clientMutationId"], &payload["userErrors"]), (&json!("m1"), &json!([])));
    assert_eq!(payload["customerEdge"]["node"]["id"], id);
    assert_eq!(
        (&customer["name"], &customer["tags"], &customer["ordersCount"]),
        (&json!("Ada"), &json!(["new"]), &json!(0))
    );
    assert_eq!(customer["address"], json!({ "city": "Bath", "country": "GB" }));

    let id = json!({ "id": id });
    let placed = with(
        &mock,
        "mutation($id: ID!) { placeOrder(customerId: $id, lines: [{ productSku: 3, quantity: 2 }], note: \"soon\") { id note customer { name } lines { quantity } } }",
        id.clone(),
    );
    assert_eq!(
        (&placed["placeOrder"]["note"], &placed["placeOrder"]["customer"]["name"]),
        (&json!("soon"), &json!("Ada"))
    );
    assert_eq!(placed["placeOrder"]["lines"], json!([{ "quantity": 2 }]));
    let renamed = with(
        &mock,
        "mutation($id: ID!) { updateCustomer(id: $id, input: { name: \"Ada L\" }) { name email } }",
        id.clone(),
    );
    assert_eq!(renamed["updateCustomer"], json!({ "name": "Ada L", "email": "ada@shop.example" }));

    let read = "query($id: ID!) { customer(id: $id) { name orders { edges { node { note } } } } customers(first: 100) { totalCount nodes { name } } customerByEmail(email: \"ada@shop.example\") { id } }";
    let data = with(&mock, read, id.clone());
    assert_eq!(data["customer"], json!({ "name": "Ada L", "orders": { "edges": [{ "node": { "note": "soon" } }] } }));
    assert_eq!(data["customers"]["totalCount"], 26);
    assert_eq!(data["customerByEmail"]["id"], id["id"]);
    let order = json!({ "id": placed["placeOrder"]["id"] });
    assert_eq!(
        with(&mock, "query($id: ID!) { order(id: $id) { customer { name } } }", order.clone())["order"]["customer"]["name"],
        "Ada L"
    );
    let cancelled = with(&mock, "mutation($id: ID!) { cancelOrder(id: $id) { status } }", order.clone());
    assert_eq!(cancelled["cancelOrder"]["status"], "CANCELLED");
    assert_eq!(with(&mock, "query($id: ID!) { order(id: $id) { status } }", order)["order"]["status"], "CANCELLED");

    let gone = with(&mock, "mutation($id: ID!) { deleteCustomer(id: $id) { deletedCustomerId success } }", id.clone());
    assert_eq!(gone["deleteCustomer"], json!({ "deletedCustomerId": id["id"], "success": true }));
    let data = with(&mock, read, id.clone());
    assert_eq!((&data["customer"], &data["customers"]["totalCount"]), (&Value::Null, &json!(25)));
    let body = post(
        &mock,
        &json!({ "query": "mutation($id: ID!) { updateCustomer(id: $id, input: {}) { id } }", "variables": id }),
        &[],
    );
    let body = body.json().expect("JSON");
    assert_eq!(
        (&body["data"], &body["errors"][0]["extensions"]["code"]),
        (&json!({ "updateCustomer": null }), &json!("NOT_FOUND"))
    );

    mock.reset();
    assert_eq!(ask(&mock, "{ customers { totalCount } }")["customers"]["totalCount"], 25);
}

/// A client whose types were made from the schema by somebody else.
#[cfg(feature = "server")]
mod typed {
    use graphql_client::{GraphQLQuery, Response};
    use serde_json::{Value, json};

    use crate::serving::send;

    type DateTime = String;

    #[derive(GraphQLQuery)]
    #[graphql(
        schema_path = "tests/fixtures/graphql/shop.graphql",
        query_path = "tests/fixtures/graphql/customers.graphql",
        response_derives = "Debug, PartialEq"
    )]
    struct Customers;

    #[tokio::test]
    async fn a_typed_client_reads_every_page_over_http() {
        let server = tracesnap_mock::MockServer::from_graphql(super::schema()).expect("a schema");
        let server = server.seed(7).start().await.expect("it listens");
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let asked = Customers::build_query(customers::Variables { first: 10, after });
            let reply = send(&server, "POST /graphql", &[], &json!(asked)).await;
            let reply: Response<customers::ResponseData> = serde_json::from_slice(&reply.body).expect("its types");
            assert!(reply.errors.is_none(), "{reply:?}");
            let page = reply.data.expect("data").customers;
            names.extend(page.edges.into_iter().map(|edge| edge.node.name));
            after = page.page_info.end_cursor;
            if !page.page_info.has_next_page {
                break;
            }
        }
        assert_eq!(names.len(), 25);
        server.assert_called_times("graphql", 3);
        let reset = send(&server, "POST /__mock/reset", &[], &Value::Null).await;
        assert_eq!(reset.status, 200);
    }
}

#[test]
fn a_session_sees_its_own_changes_only() {
    let mock = shop();
    let create =
        json!({ "query": "mutation { createProduct(product: { name: \"Rye\", price: 4.5 }) { sku status } }" });
    let made = post(&mock, &create, &[("x-mock-session", "mine")]).json().expect("JSON");
    assert_eq!(made["data"]["createProduct"]["status"], "DRAFT", "{made}");
    let total = |session: &str| {
        post(&mock, &json!({ "query": "{ products { total } }" }), &[("x-mock-session", session)]).json().expect("JSON")
            ["data"]["products"]["total"]
            .clone()
    };
    assert_eq!((total("mine"), total("other")), (json!(76), json!(75)));
    let publish = json!({ "query": format!("mutation {{ publishProduct(sku: {}) {{ status name }} }}", made["data"]["createProduct"]["sku"]) });
    let published = post(&mock, &publish, &[("x-mock-session", "mine")]).json().expect("JSON");
    assert_eq!(published["data"]["publishProduct"], json!({ "status": "PUBLISHED", "name": "Rye" }));
}

#[test]
fn a_strict_mock_knows_only_what_is_there() {
    let mock = builder().strict(true).build();
    assert_eq!(ask(&mock, "{ customer(id: \"stranger\") { id } }"), json!({ "customer": null }));
    let known = ask(&mock, "{ customers(first: 1) { nodes { id } } }")["customers"]["nodes"][0].clone();
    assert_eq!(with(&mock, "query($id: ID!) { customer(id: $id) { id } }", known.clone())["customer"], known);
}

#[test]
fn whoever_signs_in_is_who_they_say_and_gets_a_token_that_is_marked() {
    let session = ask(
        &shop(),
        "mutation { login(email: \"ada@shop.example\", password: \"x\") { token expiresAt customer { email } } }",
    )["login"]
        .clone();
    assert!(session["token"].as_str().expect("a token").starts_with("mock-"), "{session}");
    assert_eq!(session["customer"]["email"], "ada@shop.example");
}

#[test]
fn the_schema_is_told_when_it_is_asked_for() {
    let mock = shop();
    let told = ask(
        &mock,
        "{ __schema { queryType { name } mutationType { name } types { name kind fields { name type { kind name ofType { name kind } } } possibleTypes { name } enumValues { name } } directives { name } } __type(name: \"OrderStatus\") { enumValues { name } } }",
    );
    assert_eq!(told["__schema"]["queryType"]["name"], "Query");
    let values: Vec<_> =
        told["__type"]["enumValues"].as_array().expect("values").iter().map(|value| &value["name"]).collect();
    assert_eq!(values, ["PLACED", "PAID", "SHIPPED", "CANCELLED"]);
    let types = told["__schema"]["types"].as_array().expect("types");
    let node = types.iter().find(|ty| ty["name"] == "Node").expect("the interface");
    assert_eq!(node["possibleTypes"], json!([{ "name": "Customer" }, { "name": "Order" }]));
}

#[test]
fn faults_of_a_schema_are_told_and_the_rest_is_served() {
    let sdl = "type Query { me: User @auth  ghosts: [Ghost!] }\n type User @key(fields: \"id\") { id: ID! joined: AWSDateTime! friends: [User!]! }\n union Ghost = User | Missing\nextend type Query { size: Size }";
    let schema = GraphQlSchema::parse("rough.graphql", sdl).expect("it can be served");
    let faults = schema.faults().join("\n");
    for expected in ["rough.graphql:1:23", "@auth", "AWSDateTime", "Missing"] {
        assert!(faults.contains(expected), "`{expected}` in:\n{faults}");
    }
    let mock = Mock::from_graphql_schema(schema).expect("a mock").build();
    let data = ask(&mock, "{ me { id joined friends { id } } ghosts { ... on User { id } } size }");
    assert!(data["me"]["joined"].as_str().expect("a moment").contains('T'), "{data}");
    let nothing = GraphQlSchema::parse("empty.graphql", "type User { id: ID! }").expect_err("nothing to ask for");
    assert!(matches!(nothing, Error::GraphQl { .. }) && nothing.to_string().contains("type Query"), "{nothing}");
}

#[test]
fn hostile_operations_are_answered_within_bounds() {
    let mock = Mock::from_graphql_schema(
        GraphQlSchema::parse(
            "tree.graphql",
            "type Query { root: Tree! bush: Bush! } type Bush { id: ID! many: [Bush!]! } type Tree { id: ID! name: String! one: Tree! many: [Tree!]! }",
        )
        .expect("a schema"),
    )
    .expect("a mock")
    .build();
    let status = |query: &str| {
        let answer = post(&mock, &json!({ "query": query }), &[]);
        let body = answer.json().expect("JSON");
        (answer.status.as_u16(), body.get("errors").is_some())
    };
    let deep = |levels: usize| format!("{{ root {} {{ id }} {} }}", "{ one ".repeat(levels), "}".repeat(levels));
    assert_eq!(status(&deep(30)), (200, false));
    assert!(status(&deep(100)).1, "deeper than objects may lie");
    assert!(status(&deep(5_000)).1);
    // A chain of fragments is as deep as it says.
    let chain: String =
        (0..3_000).map(|at| format!("fragment F{at} on Tree {{ one {{ ...F{} }} }} ", at + 1)).collect();
    assert!(status(&format!("{{ root {{ ...F0 }} }} {chain} fragment F3000 on Tree {{ id }}")).1);
    // Ten fragments that double each other are a thousand fields, forty are a million million.
    let doubling: String = (0..28)
        .map(|at| format!("fragment F{at} on Tree {{ a: one {{ ...F{} }} b: one {{ ...F{} }} }} ", at + 1, at + 1))
        .collect();
    assert!(status(&format!("{{ root {{ ...F0 }} }} {doubling} fragment F28 on Tree {{ id }}")).1);
    let wide = format!("{{ bush {} {{ id }} {} }}", "{ many ".repeat(20), "}".repeat(20));
    assert!(status(&wide).1, "more fields than an answer may have");
    let aliases: String = (0..30_000).map(|at| format!("a{at}: root {{ id }} ")).collect();
    assert!(status(&format!("{{ {aliases} }}")).1);
    assert!(status("query Q { ...F } fragment F on Query { ...F }").1, "a circle");
    assert!(status("\u{0}\u{7f}{ { { @@@ \"\"\"").1);
    assert_eq!(status("{ root { id } }"), (200, false), "and goes on");
}

/// The type at the core of lists and what may not be null.
fn core(ty: &Value) -> &Value {
    let mut of = ty;
    while !of["ofType"].is_null() {
        of = &of["ofType"];
    }
    of
}

/// A value for an argument that must be given; `None` for those that hold more than one.
fn literal(types: &Map<String, Value>, ty: &Value) -> Option<String> {
    let of = core(ty);
    let name = of["name"].as_str().expect("a name");
    let one = match (of["kind"].as_str(), name) {
        (Some("ENUM"), _) => types[name]["enumValues"][0]["name"].as_str().expect("a value").to_owned(),
        (Some("SCALAR"), "Int") => "3".to_owned(),
        (Some("SCALAR"), "Float") => "1.5".to_owned(),
        (Some("SCALAR"), "Boolean") => "true".to_owned(),
        (Some("SCALAR"), _) => "\"x7\"".to_owned(),
        _ => return None,
    };
    Some(one)
}

/// A field with what it must be given; `None` where that cannot be written down.
fn call(types: &Map<String, Value>, field: &Value) -> Option<String> {
    let needed = field["args"].as_array().expect("arguments").iter();
    let needed = needed.filter(|arg| arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null());
    let given = needed.map(|arg| Some(format!("{}: {}", arg["name"].as_str()?, literal(types, &arg["type"])?)));
    let given = given.collect::<Option<Vec<_>>>()?.join(", ");
    let name = field["name"].as_str().expect("a name");
    Some(if given.is_empty() { name.to_owned() } else { format!("{name}({given})") })
}

/// Selects all that a type has, so deep; of types that may be several, the first.
fn everything(types: &Map<String, Value>, name: &str, depth: usize) -> String {
    let ty = &types[name];
    let mut parts = vec!["__typename".to_owned()];
    if ty["kind"] == "UNION" {
        let first = ty["possibleTypes"][0]["name"].as_str().expect("a type");
        parts.push(format!("... on {first} {{ {} }}", everything(types, first, depth)));
    }
    for field in ty["fields"].as_array().into_iter().flatten() {
        let Some(call) = call(types, field) else { continue };
        let of = core(&field["type"]);
        match of["kind"].as_str() {
            Some("OBJECT" | "INTERFACE" | "UNION") if depth == 0 => {}
            Some("OBJECT" | "INTERFACE" | "UNION") => {
                let inner = everything(types, of["name"].as_str().expect("a name"), depth - 1);
                parts.push(format!("{call} {{ {inner} }}"));
            }
            _ => parts.push(call),
        }
    }
    parts.join(" ")
}

const TYPES: &str = "{ __schema { queryType { name } types { name kind possibleTypes { name } enumValues(includeDeprecated: true) { name }
    fields(includeDeprecated: true) { name args { name defaultValue type { ...T } } type { ...T } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";

/// Asks for everything, a field of the query at a time, and says what went wrong.
fn sweep(mock: &Mock, depth: usize) -> (usize, Vec<String>) {
    let told = ask(mock, TYPES);
    let types = told["__schema"]["types"].as_array().expect("types").iter();
    let types: Map<String, Value> =
        types.map(|ty| (ty["name"].as_str().expect("a name").to_owned(), ty.clone())).collect();
    let query = told["__schema"]["queryType"]["name"].as_str().expect("a name");
    let (mut asked, mut wrong) = (0, Vec::new());
    for field in types[query]["fields"].as_array().expect("fields") {
        let Some(call) = call(&types, field) else { continue };
        let of = core(&field["type"]);
        let selection = match of["kind"].as_str() {
            Some("OBJECT" | "INTERFACE" | "UNION") => {
                format!("{{ {} }}", everything(&types, of["name"].as_str().expect("a name"), depth))
            }
            _ => String::new(),
        };
        asked += 1;
        let body = post(mock, &json!({ "query": format!("{{ {call} {selection} }}") }), &[]).json().expect("JSON");
        if let Some(errors) = body.get("errors") {
            let first = errors[0].to_string();
            wrong.push(format!("{call}: {}", &first[..first.len().min(300)]));
        }
    }
    (asked, wrong)
}

#[test]
fn every_field_of_the_fixture_keeps_to_its_type() {
    for seed in 0..4 {
        let (asked, wrong) = sweep(&builder().seed(seed).build(), 3);
        assert!(asked >= 12 && wrong.is_empty(), "{wrong:#?}");
    }
}

#[test]
#[ignore = "takes a schema of somebody else: TRACESNAP_GRAPHQL_SCHEMA=PATH"]
fn every_field_of_a_public_schema_keeps_to_its_type() {
    let path = std::env::var("TRACESNAP_GRAPHQL_SCHEMA").expect("the path of a schema in TRACESNAP_GRAPHQL_SCHEMA");
    let begun = std::time::Instant::now();
    let schema = GraphQlSchema::open(path).expect("a schema");
    println!("{} faults", schema.faults().len());
    schema.faults().iter().take(10).for_each(|fault| println!("  {fault}"));
    let mock = Mock::from_graphql_schema(schema).expect("a mock").build();
    println!("read in {:?}", begun.elapsed());
    let (asked, wrong) = sweep(&mock, 2);
    println!("{asked} fields asked in {:?}", begun.elapsed());
    assert!(wrong.is_empty(), "{} of {asked}: {wrong:#?}", wrong.len());
}
