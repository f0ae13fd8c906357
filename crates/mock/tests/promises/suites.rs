//! Generated tests compile, hold, and are as fresh as the generator.

use std::path::{Path, PathBuf};

use tracesnap_mock::Mock;
use tracesnap_mock::suite::{Suite, SuiteFile};
use tracesnap_openapi::Document;

use crate::shop::mock;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/promises/generated")
}

fn suite() -> Vec<SuiteFile> {
    let suite = Suite::of(&mock().seed(7).build(), 7).spec("tests/fixtures/serving/shop.yaml").snapshots(true);
    suite.files()
}

fn path_of(file: &SuiteFile) -> PathBuf {
    if file.name.is_empty() { folder().join("api.rs") } else { folder().join("fixtures").join(&file.name) }
}

/// The tests of `generated/api.rs` run with these; `TRACESNAP_UPDATE=1` writes them anew.
#[test]
fn the_generated_tests_that_run_here_are_what_the_generator_writes() {
    let update = std::env::var_os("TRACESNAP_UPDATE").is_some();
    for file in suite() {
        let path = path_of(&file);
        if update {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            std::fs::write(&path, &file.text).expect("it is written");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == file.text, "`{}` is not what is written now; `TRACESNAP_UPDATE=1` renews it", path.display());
    }
}

#[test]
fn every_operation_has_a_fixture_and_its_tests() {
    let files = suite();
    let operations = mock().build().document().operations().count();
    assert_eq!(files.len(), operations + 1);
    let rust = &files[0].text;
    assert_eq!(rust.matches("async fn answers_as_documented").count(), operations);
    assert_eq!(rust.matches("async fn answers_in_time").count(), operations);
    // What has parameters with types, or takes a body, can be asked wrongly.
    assert!(rust.matches("async fn refuses_").count() >= 10, "{rust}");
    assert!(rust.matches("fn knows_its_errors").count() >= 4, "{rust}");
}

#[test]
fn a_document_cannot_write_code_into_the_tests() {
    let text = r#"{"openapi": "3.1.0", "info": {"title": "x\n*/ fn main() {} \u2028//", "version": "1"}, "paths": {
        "/a\"b\n}}fn x(){": {"get": {"operationId": "a();\n} fn evil() {", "responses": {"200": {"description": ""}}}}}}"#;
    let document = Document::parse("hostile.json", text).expect("a document");
    let files = Suite::of(&Mock::from_document(document).build(), 0).spec("a\"b").files();
    let rust = &files[0].text;
    let code: String = rust.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    assert!(!code.contains("evil()") && !code.contains("main()"), "{rust}");
    assert!(rust.contains(r#""/a\"b""#), "{rust}");
}
