//! A document in many files is one document, and nothing outside of its folder is read unless somebody says so.

use std::path::PathBuf;

use tracesnap_openapi::{Document, FaultKind, Reader};

use super::faults;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn many() -> Document {
    Document::open(fixture("many/openapi.yaml")).expect("it can be read")
}

#[test]
fn path_items_schemas_and_anchors_of_other_files_are_followed() {
    let document = many();
    let cat = document.operation_by_id("readCat").expect("it stands in another file");
    assert_eq!(cat.path(), "/cats/{id}");
    assert_eq!(cat.parameters()[0].name(), "id");
    let schema = cat.success().unwrap().json().unwrap().schema().unwrap();
    assert_eq!(schema.all_properties()[0].0, "enemy");
    assert_eq!(schema.follow().unwrap().node().file_name(), "shared/animals.json");
    assert_eq!(schema.follow().unwrap().node().pointer(), "/$defs/Cat");
}

#[test]
fn what_leads_out_is_a_hole_with_a_reason() {
    let document = many();
    let kinds: Vec<_> = document.faults().iter().map(|fault| (fault.line, fault.kind)).collect();
    assert_eq!(
        kinds,
        [
            (Some(10), FaultKind::ForbiddenReference),
            (Some(11), FaultKind::ForbiddenReference),
            (Some(12), FaultKind::UndefinedReference)
        ],
        "{:#?}",
        faults(&document)
    );
    assert!(faults(&document)[0].ends_with(
        "`../outside/problem.yaml` was not followed: it is outside of the folder of the document; `Reader::root` widens it"
    ));
    let dogs = document.operation_by_id("listDogs").unwrap();
    assert_eq!(dogs.responses().len(), 4, "a response that leads nowhere still has a status");
}

#[test]
fn a_root_widens_what_may_be_read() {
    let document = Reader::new().root(fixture("")).open(fixture("many/openapi.yaml")).unwrap();
    let problem = document.operation_by_id("listDogs").unwrap().response(400).unwrap();
    assert_eq!(problem.description(), Some("a problem"));
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_does_not_lead_out() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link.yaml")).unwrap();
    let path = folder.path().join("api.yaml");
    std::fs::write(&path, "openapi: 3.0.0\npaths: { /a: { $ref: link.yaml } }\n").unwrap();
    let document = Document::open(&path).unwrap();
    assert_eq!(document.faults()[0].kind, FaultKind::ForbiddenReference);
}

#[test]
fn a_document_from_memory_follows_nothing() {
    let document = super::document("openapi: 3.0.0\npaths: { /a: { $ref: /etc/passwd } }\n");
    assert_eq!(document.faults()[0].kind, FaultKind::ForbiddenReference);
}

#[test]
fn a_file_that_is_not_there_is_an_error_that_names_it() {
    let error = Document::open(fixture("none.yaml")).unwrap_err();
    assert!(error.to_string().contains("none.yaml"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
    assert!(Document::open(fixture("many")).is_err(), "a folder is no document");
}
