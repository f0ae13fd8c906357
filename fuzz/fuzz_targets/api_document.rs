//! Whatever the bytes are: an API document that can be looked at in every way, or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tracesnap_mock::patterns::Recognizer;
use tracesnap_openapi::{Document, Limits, Reader};

fuzz_target!(|bytes: &[u8]| {
    let mut limits = Limits::default();
    // So that a run does not spend its time on what the bounds are for.
    limits.max_nodes = 20_000;
    limits.max_text = 1 << 20;
    let Ok(document) = Reader::new().limits(limits).parse("fuzz", bytes) else { return };
    look(&document);
});

fn look(document: &Document) {
    let _ = document.faults().len();
    let _ = Recognizer::default().document(document);
    for operation in document.operations().take(50) {
        for parameter in operation.parameters() {
            let _ = (parameter.schema().map(tracesnap_openapi::Schema::bundle), parameter.examples().len());
        }
        for response in operation.responses() {
            for media in response.content() {
                let _ = (media.schema().map(tracesnap_openapi::Schema::bundle), media.examples().len());
            }
        }
        let _ = (operation.body(), operation.security(), operation.servers());
        let _ = document.route(operation.method(), operation.path());
    }
}
