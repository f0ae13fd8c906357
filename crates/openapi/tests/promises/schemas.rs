//! Schemas of every dialect are looked at alike, and can be had as plain JSON Schema.

use serde_json::json;
use tracesnap_openapi::{Document, Schema};

use super::document;

fn with_schemas(version: &str, schemas: &str) -> Document {
    let head = if version.starts_with('2') { format!("swagger: '{version}'") } else { format!("openapi: {version}") };
    let (open, indent) =
        if version.starts_with('2') { ("definitions:\n", "  ") } else { ("components:\n  schemas:\n", "    ") };
    let body: String = schemas.lines().map(|line| format!("{indent}{line}\n")).collect();
    document(&format!("{head}\npaths: {{}}\n{open}{body}"))
}

fn schema<'d>(document: &'d Document, name: &str) -> Schema<'d> {
    document.schemas().into_iter().find(|(known, _)| *known == name).expect("it is defined").1
}

fn names(properties: &[(&str, Schema<'_>)]) -> Vec<String> {
    properties.iter().map(|(name, _)| (*name).to_owned()).collect()
}

const PETS: &str = "\
Named: { type: object, required: [name], properties: { name: { type: string } } }
Pet:
  allOf: [{ $ref: '#/components/schemas/Named' }]
  required: [id]
  properties: { id: { type: integer }, owner: { $ref: '#/components/schemas/Owner' } }
Owner: { type: object, properties: { pets: { type: array, items: { $ref: '#/components/schemas/Pet' } } } }
Any:
  oneOf: [{ $ref: '#/components/schemas/Pet' }, { $ref: '#/components/schemas/Owner' }]
  discriminator: { propertyName: kind, mapping: { pet: '#/components/schemas/Pet', owner: Owner } }
";

#[test]
fn properties_are_gathered_through_references_and_all_of() {
    let document = with_schemas("3.0.3", PETS);
    let pet = schema(&document, "Pet");
    assert_eq!(names(&pet.all_properties()), ["name", "id", "owner"]);
    assert_eq!(pet.required(), ["name", "id"]);
    assert!(pet.known_types().contains("object"));
    assert_eq!(names(&schema(&document, "Any").possible_properties()), ["name", "id", "owner", "pets"]);
}

#[test]
fn circles_are_edges_and_nothing_runs_in_them() {
    let document = with_schemas("3.0.3", PETS);
    let mut at = schema(&document, "Pet");
    let first = at.identity();
    for _ in 0..100 {
        at = at.property("owner").unwrap().property("pets").unwrap().items().unwrap().follow().unwrap();
    }
    assert_eq!(at.identity(), first);
}

#[test]
fn a_discriminator_names_its_schemas() {
    let document = with_schemas("3.0.3", PETS);
    let (name, mapping) = schema(&document, "Any").discriminator().unwrap();
    assert_eq!(name, "kind");
    assert_eq!(mapping.iter().map(|(value, _)| *value).collect::<Vec<_>>(), ["pet", "owner"]);
    assert_eq!(mapping[1].1, schema(&document, "Owner"));
}

#[test]
fn a_bundle_holds_all_it_refers_to_each_once() {
    let document = with_schemas("3.0.3", PETS);
    let bundle = schema(&document, "Pet").bundle();
    assert_eq!(bundle["allOf"][0]["$ref"], "#/$defs/s0");
    assert_eq!(bundle["$defs"].as_object().unwrap().len(), 3, "{bundle:#}");
    let text = bundle.to_string();
    assert!(!text.contains("components"), "{text}");
    for (at, _) in text.match_indices("\"#/$defs/") {
        let name: String = text[at + 9..].chars().take_while(|letter| *letter != '"').collect();
        assert!(bundle["$defs"].get(&name).is_some(), "{name}");
    }
}

#[test]
fn dialects_are_translated() {
    let document = with_schemas(
        "3.0.3",
        "\
A:
  type: object
  properties:
    a: { type: string, nullable: true, enum: [x, y] }
    b: { type: integer, minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false }
    c: { allOf: [{ $ref: '#/components/schemas/B' }], nullable: true }
    d: { $ref: '#/components/schemas/B', nullable: true }
B: { type: string, example: x, xml: { name: b } }
",
    );
    let bundle = schema(&document, "A").bundle();
    let of = |name: &str| bundle["properties"][name].clone();
    assert_eq!(of("a"), json!({"enum": ["x", "y", null], "type": ["string", "null"]}));
    assert_eq!(of("b"), json!({"maximum": 9, "exclusiveMinimum": 0, "type": "integer"}));
    assert_eq!(of("c"), json!({"anyOf": [{"allOf": [{"$ref": "#/$defs/s0"}]}, {"type": "null"}]}));
    assert_eq!(of("d"), json!({"anyOf": [{"$ref": "#/$defs/s0"}, {"type": "null"}]}));
    assert_eq!(bundle["$defs"]["s0"], json!({"type": "string"}));
}

#[test]
fn what_no_validator_would_accept_is_left_out_of_a_bundle() {
    let document = with_schemas(
        "2.0",
        "\
A:
  type: any
  required: true
  minLength: short
  enum: {}
  properties: { f: { type: file }, g: { type: [string, thing], maxItems: 3.0 }, n: { $ref: '#/definitions/None' } }
",
    );
    assert_eq!(
        schema(&document, "A").bundle(),
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "properties": {"f": {"type": "string"}, "g": {"maxItems": 3, "type": "string"}, "n": {}},
        })
    );
}

#[test]
fn schemas_of_3_1_keep_what_stands_beside_a_reference() {
    let document = with_schemas(
        "3.1.0",
        "\
A: { $ref: '#/components/schemas/B', minLength: 3, type: [string, 'null'] }
B: { type: string }
",
    );
    let a = schema(&document, "A");
    assert!(a.is_nullable());
    assert_eq!(a.bundle()["minLength"], 3);
    assert_eq!(a.bundle()["type"], json!(["null", "string"]));
}

#[test]
fn a_schema_may_be_true_or_false() {
    let document = with_schemas("3.1.0", "A: true\nB: false\nC: { type: object, additionalProperties: false }\n");
    assert!(schema(&document, "A").bundle().get("not").is_none());
    assert_eq!(schema(&document, "B").bundle()["not"], json!({}));
    assert_eq!(schema(&document, "C").bundle()["additionalProperties"], json!(false));
}

#[test]
fn schemas_below_any_keyword_are_looked_at_as_schemas() {
    let document = with_schemas(
        "3.1.0",
        "A: { if: { required: [a] }, else: false, then: 3, patternProperties: { '^x-': { type: integer } } }\n",
    );
    let a = schema(&document, "A");
    assert_eq!(a.inner("if").expect("a schema").required(), ["a"]);
    assert_eq!(a.inner("else").expect("a schema").bundle()["not"], json!({}));
    assert!(a.inner("then").is_none(), "a number is no schema");
    assert!(a.members("patternProperties").all(|(name, schema)| name == "^x-" && schema.types().contains("integer")));
    assert_eq!(a.members("patternProperties").count(), 1);
}
