//! Whatever the bytes are, as a document, a file of the store, a segment, a list of another program: captures, or an error
//! that says why.
//!
//! The first byte says what the rest is taken for.

#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracesnap_capture::{Capture, CaptureLoader, Criteria, Document, MessagePack, Migration, Serializer, capture, load};
use tracesnap_store::SegmentReader;

#[capture(retention = "all")]
fn orders(customer_id: u64, items: Vec<String>, note: Option<&str>, price: f64) -> Result<u64, String> {
    items.first().map(|item| customer_id + item.len() as u64).ok_or_else(|| format!("{note:?} {price}"))
}

/// A folder in memory, where the system has one.
static DIR: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder")
});

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let line = DIR.path().join("documents/orders/000000");
    let _ = fs::remove_dir_all(DIR.path().join("documents"));
    fs::create_dir_all(&line).expect("it is made");
    match kind % 5 {
        0 => documents([Document::from_json(bytes, "fuzz")]),
        1 => {
            let file = line.join("list.json");
            fs::write(&file, bytes).expect("it is written");
            if let Ok(found) = tracesnap_capture::read_documents(&file) {
                documents(found.into_iter().map(Ok));
            }
        }
        2 => {
            if let Ok(json) = MessagePack.load(bytes) {
                documents([Document::from_json(&json, "fuzz")]);
            }
        }
        3 => folder(&line.join("00000001.document"), bytes),
        _ => {
            let file = line.join("00000001.segment");
            folder(&file, bytes);
            let _ = SegmentReader::read(&file).map(|segment| (segment.frames().len(), segment.torn()));
        }
    }
});

/// Everything that can be asked of a folder in which this file lies.
fn folder(file: &Path, bytes: &[u8]) {
    fs::write(file, bytes).expect("it is written");
    let loader = CaptureLoader::open(DIR.path()).expect("a folder");
    let _ = (loader.functions(), loader.count("orders"), loader.latest("orders"), loader.by_index("orders", 1));
    let _ = loader.list("orders", |entry| entry.map(drop));
    if let Ok(found) = loader.all("orders") {
        documents(found.map(|found| found.map(|Capture { document, .. }| document)));
    }
    let _ = loader.distinct("orders");
    let migration = Migration::new().rename("customer_id", "customer").add("currency", "EUR").remove("note");
    let _ = loader.rewrite("orders", false, |document| migration.apply(document));
    let _ = loader.latest("orders");
}

/// Everything that can be asked of a document.
fn documents(found: impl IntoIterator<Item = Result<Document, tracesnap_capture::Error>>) {
    let criteria: Criteria = "outcome=error,customer_id=7".parse().expect("criteria");
    for document in found {
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                let _ = error.to_string();
                continue;
            }
        };
        let _ = (document.missing(), document.is_replayable(), document.time(), document.fingerprint(), document.names());
        let _ = criteria.holds(&document);
        let _ = load!(orders, document = document.clone()).map(|case| case.args.price).map_err(|error| error.to_string());
        let json = document.to_json();
        let again = Document::from_json(json.as_bytes(), "again").expect("what was written is read");
        assert_eq!(again.to_json(), json, "it is read as it was written");
    }
}
