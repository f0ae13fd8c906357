//! A broken document: every fault with its line, and what can be served is served.

use tracesnap_openapi::{Document, FaultKind};

use super::{document, faults};

const BROKEN: &str = r##"openapi: 3.0.3
info: { title: Broken, version: "1" }
paths:
  /orders/{id}:
    get:
      operationId: read
      parameters:
      - { name: limit, in: query, schema: { type: int } }
      - { in: query }
      - { $ref: '#/components/parameters/None' }
      responses:
        200: { description: fine, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
        soon: { description: what }
    post: nonsense
    put:
      operationId: read
      parameters: { name: id }
  orders:
    get: { responses: { 200: { description: fine } } }
  /orders/{other}:
    get: { responses: { 200: { description: fine } } }
  /nothing:
components:
  schemas:
    Order:
      type: object
      required: true
      properties:
        id: { type: integer, maximum: 99999999999999999999999 }
        id: { type: string }
        name: { $ref: '#/components/schemas/Nobody' }
        ring: { $ref: '#/components/schemas/Ring' }
        text: text
        sample: { type: string, example: {{sample}} }
    Ring: { $ref: '#/components/schemas/Loop' }
    Loop: { $ref: '#/components/schemas/Ring' }
"##;

#[test]
fn every_fault_has_its_line_and_pointer() {
    let document = Document::parse("broken.yaml", BROKEN).expect("it can be read");
    let found: Vec<_> = document
        .faults()
        .iter()
        .map(|fault| format!("{} {} {}", fault.line.unwrap_or(0), fault.kind, fault.pointer))
        .collect();
    let expected = [
        "5 missing /paths/~1orders~1{id}/get",
        "8 wrong-type /paths/~1orders~1{id}/get/parameters/0/schema/type",
        "9 missing /paths/~1orders~1{id}/get/parameters/1",
        "10 undefined-reference /paths/~1orders~1{id}/get/parameters/2",
        "13 wrong-type /paths/~1orders~1{id}/get/responses/soon",
        "14 wrong-type /paths/~1orders~1{id}/post",
        "15 ambiguous /paths/~1orders~1{id}/put",
        "15 missing /paths/~1orders~1{id}/put",
        "15 missing /paths/~1orders~1{id}/put",
        "17 wrong-type /paths/~1orders~1{id}/put/parameters",
        "18 wrong-type /paths/orders",
        "21 ambiguous /paths/~1orders~1{other}/get",
        "21 missing /paths/~1orders~1{other}/get",
        "22 wrong-type /paths/~1nothing",
        "27 wrong-type /components/schemas/Order/required",
        "29 number /components/schemas/Order/properties/id/maximum",
        "30 duplicate-key /components/schemas/Order/properties/id",
        "31 undefined-reference /components/schemas/Order/properties/name",
        "33 wrong-type /components/schemas/Order/properties/text",
        "34 key /components/schemas/Order/properties/sample/example",
        "35 cyclic-reference /components/schemas/Ring",
        "36 cyclic-reference /components/schemas/Loop",
    ];
    for expected in expected {
        assert!(found.iter().any(|found| found == expected), "{expected} is not among {found:#?}");
    }
    let others: Vec<_> = found.iter().filter(|found| !expected.contains(&found.as_str())).collect();
    // What refers to a circle is told as well.
    assert_eq!(others, ["32 cyclic-reference /components/schemas/Order/properties/ring"]);
}

#[test]
fn a_fault_reads_like_a_message_of_a_compiler() {
    let document = Document::parse("broken.yaml", BROKEN).unwrap();
    let all = faults(&document);
    let duplicate = all.iter().find(|fault| fault.contains("twice; the last")).unwrap();
    assert_eq!(
        duplicate,
        "broken.yaml:30: #/components/schemas/Order/properties/id: the key `id` stands twice; the last one counts"
    );
}

#[test]
fn what_can_be_served_is_served() {
    let document = document(BROKEN);
    assert_eq!(document.operations().len(), 4);
    let read = document.route("GET", "/orders/7").found().expect("it is served").operation;
    assert_eq!(read.parameters().len(), 1, "the one that can be read");
    let schema = read.success().unwrap().json().unwrap().schema().unwrap();
    assert!(schema.property("id").unwrap().types().contains("string"));
    let ring = schema.property("ring").unwrap();
    assert_eq!(ring.follow().unwrap_err().kind, FaultKind::CyclicReference);
    assert_eq!(ring.all_properties(), []);
    assert!(document.route("GET", "/orders").found().is_some(), "a path without its slash");
}

#[test]
fn a_document_without_a_version_is_read_as_what_it_looks_like() {
    let old = document("paths: {}\ndefinitions: {}\n");
    assert_eq!(old.version().as_str(), "2.0");
    assert!(faults(&old)[0].contains("neither `openapi` nor `swagger`"));
    assert_eq!(document("openapi: 9.1\npaths: {}\n").version().as_str(), "3.2");
    assert_eq!(document("swagger: 2.0\npaths: {}\n").version().as_str(), "2.0", "a number instead of a text");
}

#[test]
fn data_of_another_kind_is_refused_with_what_it_is() {
    let error = |text: &str| Document::parse("x", text).unwrap_err().to_string();
    assert!(error("").contains("it is empty"));
    assert!(error("[1, 2]").contains("it is an array"));
    assert!(error("a: 1\nb: 2\n").contains("it has `a`, `b`; expected an object with `openapi: 3.x`"));
}

#[test]
fn a_name_of_a_model_without_a_path_is_found() {
    let document = super::document(
        "swagger: '2.0'\npaths: { /a: { get: { responses: { 200: { description: x, schema: { $ref: Order } } } } } }\n\
         definitions: { Order: { type: object, properties: { id: { type: integer } } } }\n",
    );
    let schema = document.operations().next().unwrap().success().unwrap().json().unwrap().schema().unwrap();
    assert_eq!(schema.all_properties()[0].0, "id");
}
