//! Documents from strangers: bounds hold, nothing outside is read, nothing panics.

use proptest::prelude::*;
use tracesnap_openapi::{Document, FaultKind, Limits, Reader};

use super::document;

#[test]
fn every_bound_is_named_when_it_is_hit() {
    let paths: String = (0..50).map(|number| format!("  /p{number}: {{ get: {{ responses: {{}} }} }}\n")).collect();
    let text = format!("openapi: 3.0.0\npaths:\n{paths}");
    let mut limits = Limits::default();
    limits.max_nodes = 100;
    let error = Reader::new().limits(limits).parse("big.yaml", text.clone()).unwrap_err().to_string();
    assert!(error.contains("more than 100 values") && error.contains("`Limits::max_nodes`"), "{error}");
    limits = Limits::default();
    limits.max_bytes = 100;
    let error = Reader::new().limits(limits).parse("big.yaml", text).unwrap_err().to_string();
    assert_eq!(error, "`big.yaml` has more than 100 bytes; the bound is `Limits::max_bytes`");
}

#[test]
fn faults_beyond_the_bound_are_counted() {
    let paths: String = (0..50).map(|number| format!("  /p{number}: {{ $ref: '#/none' }}\n")).collect();
    let mut limits = Limits::default();
    limits.max_faults = 10;
    let document = Reader::new().limits(limits).parse("x", format!("openapi: 3.0.0\npaths:\n{paths}")).unwrap();
    assert_eq!(document.faults().len(), 11);
    assert!(document.faults()[10].message.contains("40 more faults"), "{}", document.faults()[10]);
}

#[test]
fn circles_of_every_kind_end() {
    let document = document(
        "openapi: 3.0.0\npaths:\n  /a: { $ref: '#/paths/~1b' }\n  /b: { $ref: '#/paths/~1a' }\n  \
         /c: { get: { parameters: [{ $ref: '#/paths/~1c/get/parameters/0' }], responses: { 200: { $ref: '#/paths/~1c/get/responses/200' } } } }\n\
         components:\n  schemas:\n    A: { allOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }] }\n    \
         B: { allOf: [{ $ref: '#/components/schemas/A' }], properties: { x: { $ref: '#/components/schemas/A/allOf/0' } } }\n",
    );
    for operation in document.operations() {
        let _ = (operation.parameters(), operation.responses(), operation.security());
    }
    for (_, schema) in document.schemas() {
        let _ = (schema.parts(), schema.possible_properties(), schema.bundle(), schema.known_types());
    }
    assert!(document.faults().iter().filter(|fault| fault.kind == FaultKind::CyclicReference).count() >= 4);
}

#[test]
fn schemas_that_multiply_are_visited_once() {
    // Each level refers to the next one ten times: 10^60 ways down.
    let mut text = String::from("openapi: 3.0.0\npaths: {}\ncomponents:\n  schemas:\n");
    for level in 0..60 {
        let next = format!("{{ $ref: '#/components/schemas/L{}' }}", level + 1);
        text.push_str(&format!("    L{level}: {{ allOf: [{}] }}\n", vec![next; 10].join(", ")));
    }
    text.push_str("    L60: { properties: { end: {} } }\n");
    let document = document(&text);
    let (_, first) = document.schemas()[0];
    assert_eq!(first.all_properties()[0].0, "end");
    assert_eq!(first.bundle()["$defs"].as_object().unwrap().len(), 60);
}

#[test]
fn addresses_do_not_grow_by_their_variables() {
    let long = "x".repeat(100_000);
    let url = "{a}".repeat(10_000);
    let document = document(&format!(
        "openapi: 3.0.0\nservers: [{{ url: '{url}', variables: {{ a: {{ default: '{long}' }} }} }}]\npaths: {{}}\n"
    ));
    assert!(document.servers()[0].url.len() < 100_000);
}

#[test]
fn a_path_of_very_many_segments_is_asked_for_without_harm() {
    let paths: String = (0..200)
        .map(|number| format!("  '{}': {{ get: {{ responses: {{}} }} }}\n", "/{a}".repeat(number + 1)))
        .collect();
    let document = document(&format!("openapi: 3.0.0\npaths:\n{paths}"));
    assert!(document.route("GET", &"/x".repeat(100)).found().is_some());
    assert!(document.route("GET", &"/x".repeat(1_000_000)).found().is_none());
}

#[test]
fn very_many_parameters_and_templates_take_time_in_proportion() {
    let parameters: String = (0..20_000).map(|number| format!("{{ name: p{number}, in: query }}, ")).collect();
    let paths: String =
        (0..20_000).map(|number| format!("  /a{number}-{{x}}: {{ get: {{ responses: {{}} }} }}\n")).collect();
    let document = document(&format!(
        "openapi: 3.0.0\npaths:\n  /many: {{ get: {{ parameters: [{parameters}], responses: {{}} }} }}\n{paths}"
    ));
    assert_eq!(document.operations().next().unwrap().parameters().len(), 20_000);
    assert_eq!(document.route("GET", "/a19999-7").found().unwrap().params, [("x", "7".to_owned())]);
}

#[test]
fn references_of_strange_forms_are_faults_and_no_more() {
    for reference in [
        "",
        "#",
        "#/",
        "##",
        "#/a/b",
        "#%zz",
        "file:///etc/passwd",
        "..",
        ".",
        "/",
        "\\u0000",
        "//host/x",
        "a\\u0000b",
        "~",
        "#~2",
    ] {
        let document = document(&format!("openapi: 3.0.0\npaths: {{ /a: {{ $ref: \"{reference}\" }} }}\n"));
        let _ = (document.faults().len(), document.operations().len());
    }
}

/// Values that look like parts of a document, in the wrong places.
fn odd() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        prop::sample::select(vec![
            "string",
            "#/components/schemas/A",
            "#/paths",
            "query",
            "x",
            "/{id}",
            "multipart/form-data",
            "2XX"
        ])
        .prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let keys = prop::sample::select(vec![
            "$ref",
            "type",
            "properties",
            "items",
            "allOf",
            "oneOf",
            "required",
            "enum",
            "get",
            "post",
            "parameters",
            "responses",
            "200",
            "default",
            "content",
            "application/json",
            "schema",
            "name",
            "in",
            "requestBody",
            "headers",
            "security",
            "servers",
            "url",
            "variables",
            "examples",
            "example",
            "discriminator",
            "mapping",
            "links",
            "nullable",
            "/{id}",
            "/a",
            "A",
            "additionalProperties",
            "not",
            "format",
            "$anchor",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((keys, inner), 0..6).prop_map(|entries| {
                entries
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands where, every view can be asked for everything.
    #[test]
    fn a_document_of_nonsense_can_be_looked_at(
        paths in odd(), schemas in odd(), parameters in odd(), servers in odd(), old in any::<bool>(),
    ) {
        let root = if old {
            serde_json::json!({"swagger": "2.0", "paths": {"/a": paths, "/{id}": {"get": parameters}}, "definitions": schemas, "consumes": servers, "basePath": "x"})
        } else {
            serde_json::json!({"openapi": "3.1.0", "paths": {"/a": paths, "/b": {"post": parameters}}, "components": {"schemas": schemas}, "servers": servers})
        };
        let document = Document::parse("odd.json", root.to_string()).expect("it is an object with paths");
        let _ = document.faults().iter().map(ToString::to_string).collect::<Vec<_>>();
        for operation in document.operations() {
            for parameter in operation.parameters() {
                let _ = (parameter.schema().map(tracesnap_openapi::Schema::bundle), parameter.style(), parameter.explode(), parameter.examples());
            }
            let media = operation.body().map(|body| body.content().to_vec()).unwrap_or_default();
            let answers = operation.responses().into_iter().flat_map(|response| {
                let _ = (response.headers(), response.links().iter().map(tracesnap_openapi::Link::operation).count());
                response.content().to_vec()
            });
            for media in media.into_iter().chain(answers) {
                let Some(schema) = media.schema() else { continue };
                let _ = (schema.bundle(), schema.possible_properties(), schema.discriminator(), media.examples(), schema.is_file());
            }
            let _ = (operation.security(), operation.servers(), operation.success(), operation.tags().count());
            let _ = document.route(operation.method(), operation.path());
        }
        for (_, schema) in document.schemas() {
            let _ = (schema.bundle(), schema.known_types(), schema.required(), schema.items());
        }
    }

    /// No text makes reading panic.
    #[test]
    fn any_text_is_read_or_refused(text in "[\\PC\\n]{0,200}", indent in "( {0,3}(- |[a-c]: ?|\\{|\\[|\\]|\\}|&a |\\*a|<<: |!!str |\\||>|\"|'|#|\\?|\\n)){0,60}") {
        let _ = Document::parse("any", text);
        let _ = Document::parse("any", format!("openapi: 3.0.0\npaths:\n{indent}")).map(|document| document.faults().len());
    }
}
