//! One view of all versions: what an operation takes and gives is asked in the same words.

use tracesnap_openapi::{Document, Location, SecurityKind, Status, Style, Version};

use super::{document, faults};

const SWAGGER: &str = r##"
swagger: "2.0"
info: { title: Old, version: "1" }
host: shop.example
basePath: /v1
schemes: [https, http]
consumes: [application/json]
produces: [application/json]
securityDefinitions: { key: { type: apiKey, in: header, name: X-Key }, plain: { type: basic } }
security: [{ key: [] }]
paths:
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, type: integer }]
    get:
      operationId: readOrder
      parameters: [{ name: tags, in: query, type: array, items: { type: string }, collectionFormat: pipes }]
      responses:
        200: { description: an order, schema: { $ref: '#/definitions/Order' }, headers: { X-Age: { type: integer } }, examples: { application/json: { id: 7 } } }
        404: { description: none }
    put:
      operationId: writeOrder
      parameters: [{ name: order, in: body, required: true, schema: { $ref: '#/definitions/Order' } }]
      responses: { 204: { description: done } }
  /orders/{id}/photo:
    post:
      consumes: [multipart/form-data]
      parameters:
      - { name: id, in: path, required: true, type: integer }
      - { name: photo, in: formData, type: file, required: true }
      - { name: note, in: formData, type: string }
      security: []
      responses: { default: { description: whatever } }
definitions:
  Order: { type: object, properties: { id: { type: integer } } }
"##;

const OPENAPI: &str = r##"
openapi: 3.0.3
info: { title: New, version: "1" }
servers: [{ url: 'https://{region}.shop.example/v1/', variables: { region: { default: eu } } }]
security: [{ key: [] }]
paths:
  /orders/{id}:
    parameters: [{ $ref: '#/components/parameters/Id' }]
    get:
      operationId: readOrder
      summary: Reads an order
      tags: [orders]
      x-owner: shop
      parameters: [{ name: tags, in: query, style: pipeDelimited, explode: false, schema: { type: array, items: { type: string } } }]
      responses:
        '200':
          description: an order
          headers: { X-Age: { schema: { type: integer } } }
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' }, examples: { seven: { value: { id: 7 } }, eight: { $ref: '#/components/examples/Eight' } } } }
          links: { photo: { operationId: addPhoto, parameters: { id: '$response.body#/id' } } }
        4XX: { description: none }
    put:
      operationId: writeOrder
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { 204: { description: done } }
  /orders/{id}/photo:
    post:
      operationId: addPhoto
      parameters: [{ $ref: '#/components/parameters/Id' }]
      requestBody: { content: { multipart/form-data: { schema: { type: object, required: [photo], properties: { photo: { type: string, format: binary }, note: { type: string } } } } } }
      security: []
      responses: { default: { description: whatever } }
components:
  parameters: { Id: { name: id, in: path, required: true, schema: { type: integer } } }
  examples: { Eight: { summary: eight, value: { id: 8 } } }
  securitySchemes: { key: { type: apiKey, in: header, name: X-Key } }
  schemas:
    Order: { type: object, properties: { id: { type: integer } } }
"##;

fn both() -> [Document; 2] {
    let both = [document(SWAGGER), document(OPENAPI)];
    assert_eq!(both.each_ref().map(Document::version), [Version::V2_0, Version::V3_0]);
    both
}

#[test]
fn nothing_is_wrong_with_either() {
    for document in both() {
        assert_eq!(faults(&document), Vec::<String>::new());
    }
}

#[test]
fn operations_stand_in_the_order_of_the_document() {
    for document in both() {
        let names: Vec<_> = document.operations().map(|one| format!("{} {}", one.method(), one.path())).collect();
        assert_eq!(names, ["GET /orders/{id}", "PUT /orders/{id}", "POST /orders/{id}/photo"]);
    }
}

#[test]
fn parameters_of_the_path_are_parameters_of_its_operations() {
    for document in both() {
        let read = document.operation_by_id("readOrder").expect("there is one");
        let parameters = read.parameters();
        let [id, tags] = parameters.as_slice() else { panic!("two parameters: {parameters:?}") };
        assert_eq!((id.name(), id.location(), id.is_required()), ("id", Location::Path, true));
        assert!(id.schema().expect("it has one").types().contains("integer"));
        assert_eq!((tags.style(), tags.explode()), (Style::PipeDelimited, false));
        assert!(tags.schema().unwrap().items().unwrap().types().contains("string"));
    }
}

#[test]
fn bodies_have_media_types_and_schemas() {
    for document in both() {
        let write = document.operation_by_id("writeOrder").unwrap();
        let body = write.body().expect("it takes one");
        assert!(body.is_required());
        let json = body.json().expect("it is JSON");
        assert_eq!(json.essence(), "application/json");
        assert_eq!(json.schema().unwrap().all_properties()[0].0, "id");
    }
}

#[test]
fn a_form_with_a_file_is_an_object_with_bytes_in_it() {
    for document in both() {
        let photo = document.operations().last().unwrap();
        let body = photo.body().expect("it takes a form");
        assert_eq!(body.content()[0].essence(), "multipart/form-data");
        let form = body.content()[0].schema().unwrap();
        assert!(form.property("photo").unwrap().is_file() && !form.property("note").unwrap().is_file());
        assert_eq!(form.required(), ["photo"]);
    }
}

#[test]
fn responses_are_found_by_status_range_and_default() {
    let [swagger, openapi] = both();
    let read = openapi.operation_by_id("readOrder").unwrap();
    assert_eq!(read.response(200).unwrap().status(), Status::Code(200));
    assert_eq!(read.response(404).unwrap().status(), Status::Range(4));
    assert!(read.response(500).is_none());
    assert_eq!(read.success().unwrap().status(), Status::Code(200));
    let photo = swagger.operations().last().unwrap();
    assert_eq!(photo.success().unwrap().status(), Status::Default);
}

#[test]
fn answers_have_headers_and_examples() {
    for document in both() {
        let answer = document.operation_by_id("readOrder").unwrap().success().unwrap();
        let headers = answer.headers();
        assert_eq!(headers[0].name(), "X-Age");
        assert!(headers[0].schema().unwrap().types().contains("integer"));
        let examples = answer.json().unwrap().examples();
        assert_eq!(examples[0].value.unwrap().value()["id"], 7);
    }
    let [_, openapi] = both();
    let examples = openapi.operation_by_id("readOrder").unwrap().success().unwrap().json().unwrap().examples();
    assert_eq!((examples[1].name, examples[1].summary), (Some("eight"), Some("eight")));
}

#[test]
fn links_lead_to_operations() {
    let [_, openapi] = both();
    let answer = openapi.operation_by_id("readOrder").unwrap().success().unwrap();
    let links = answer.links();
    assert_eq!(links[0].operation().unwrap().id(), Some("addPhoto"));
    assert_eq!(links[0].parameters().next().unwrap().0, "id");
}

#[test]
fn whoever_may_call_is_told_and_an_empty_list_is_anybody() {
    for document in both() {
        let needed = document.operation_by_id("readOrder").unwrap().security();
        let (name, scheme, scopes) = &needed[0].schemes[0];
        assert_eq!((*name, scopes.len()), ("key", 0));
        assert_eq!(scheme.unwrap().kind(), SecurityKind::ApiKey { location: "header", name: "X-Key" });
        assert!(document.operations().last().unwrap().security().is_empty());
    }
}

#[test]
fn servers_have_addresses_and_base_paths() {
    let [swagger, openapi] = both();
    let of = |document: &Document| document.servers().iter().map(|server| server.url.clone()).collect::<Vec<_>>();
    assert_eq!(of(&swagger), ["https://shop.example/v1", "http://shop.example/v1"]);
    assert_eq!(of(&openapi), ["https://eu.shop.example/v1/"]);
    assert_eq!(openapi.servers()[0].base_path(), "/v1");
    assert_eq!(document("openapi: 3.1.0\npaths: {}").servers()[0].base_path(), "");
}

#[test]
fn vendor_extensions_are_kept() {
    let [_, openapi] = both();
    let node = openapi.operation_by_id("readOrder").unwrap().node();
    assert_eq!(node.extensions().map(|(name, value)| (name, value.as_str())).next(), Some(("x-owner", Some("shop"))));
}

#[test]
fn what_3_2_adds_is_there() {
    let document = document(
        "openapi: 3.2.0\npaths:\n  /things:\n    query: { operationId: ask, responses: { 200: { description: fine } } }\n    \
         additionalOperations:\n      PURGE: { operationId: purge, responses: { 204: { description: gone } } }\n",
    );
    assert_eq!(document.version(), Version::V3_2);
    let names: Vec<_> = document.operations().map(|one| (one.method(), one.id())).collect();
    assert_eq!(names, [("QUERY", Some("ask")), ("PURGE", Some("purge"))]);
}

#[test]
fn json_and_yaml_are_the_same_document() {
    let yaml = document(OPENAPI);
    let json = serde_json::to_string_pretty(yaml.root().value()).unwrap();
    let line = json.lines().position(|line| line.starts_with("  \"paths\"")).map(|line| line + 1);
    let json = Document::parse("api.json", json).unwrap();
    assert_eq!(json.root().value(), yaml.root().value());
    assert_eq!(json.operations().len(), 3);
    let found = json.root().get("paths").unwrap().line();
    assert_eq!(found.and_then(|line| usize::try_from(line).ok()), line);
}
