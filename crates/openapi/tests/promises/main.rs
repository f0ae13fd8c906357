//! What users of the crate can rely on, a file a promise.

mod broken;
mod files;
mod hostile;
mod routes;
mod schemas;
mod versions;

use tracesnap_openapi::Document;

/// The document that a text is.
fn document(text: &str) -> Document {
    Document::parse("api.yaml", text).expect("it can be read")
}

/// All faults as people read them.
fn faults(document: &Document) -> Vec<String> {
    document.faults().iter().map(ToString::to_string).collect()
}
