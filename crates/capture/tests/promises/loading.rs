//! Captures are found: the latest, by index, by what is in them, all, one of each kind; or it is said why not.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tracesnap_capture::{
    CaptureConfig, CaptureLoader, Criteria, Document, Error, Layout, Migration, OutcomeKind, capture, captures,
    has_capture, load, load_named_json, read_documents, replay,
};

use crate::support::{folder, folder_with};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    sku: String,
    count: u32,
}

#[capture]
fn orders(customer_id: u64, items: Vec<Item>) -> Result<u32, String> {
    let count: u32 = items.iter().map(|item| item.count).sum();
    if count == 0 { Err("nothing ordered".into()) } else { Ok(count + customer_id as u32) }
}

fn item(sku: &str, count: u32) -> Item {
    Item { sku: sku.into(), count }
}

fn some_orders() {
    let _ = orders(7, vec![item("A", 1)]);
    let _ = orders(8, vec![]);
    let _ = orders(7, vec![item("A", 2), item("B", 3)]);
    let _ = orders(9, vec![item("C", 4)]);
}

#[test]
fn of_many_captures_no_more_are_read_than_are_asked_for() {
    let folder = folder_with(CaptureConfig::new().audit(true));
    some_orders();
    folder.captures.flush();
    let loader = CaptureLoader::current().expect("a folder");
    let mut all = loader.all("orders").expect("captures");
    assert!(all.next().is_some_and(|latest| latest.is_ok()));
    drop((all, loader));
    let log = std::fs::read_to_string(folder.dir.path().join("audit.ndjson")).expect("a log");
    let loads: Vec<_> = log.lines().filter(|line| line.contains(r#""action":"load""#)).collect();
    assert!(loads.len() == 1 && !loads[0].contains(r#""documents":4"#), "{log}");
}

#[test]
fn captures_are_loaded_by_index_by_criteria_all_and_distinct() {
    let _folder = folder();
    some_orders();
    assert_eq!(load!(orders).expect("a capture").args.customer_id, 9);
    assert_eq!(load!(orders, index = 3).expect("a capture").args.items, [item("A", 1)]);
    let of_seven = Criteria::new().argument("customer_id", 7);
    assert_eq!(load!(orders, matching = of_seven.clone()).expect("a capture").args.items.len(), 2);
    assert_eq!(load!(orders, matching = of_seven.clone(), index = 1).expect("a capture").args.items.len(), 1);
    assert_eq!(load!(orders, matching = of_seven, all).expect("captures").len(), 2);
    let failed = Criteria::new().outcome(OutcomeKind::Error);
    assert_eq!(load!(orders, matching = failed).expect("a capture").args.customer_id, 8);
    let of_sku: Criteria = "items[*].sku=B".parse().expect("criteria");
    assert_eq!(load!(orders, matching = of_sku).expect("a capture").args.items[1].count, 3);
    let all: Vec<_> = load!(orders, all).expect("captures").iter().map(|case| case.args.customer_id).collect();
    assert_eq!(all, [9, 7, 8, 7]);
    // One that returned for a list of items, one that failed for an empty one.
    let distinct: Vec<_> =
        load!(orders, distinct).expect("captures").iter().map(|case| case.args.customer_id).collect();
    assert_eq!(distinct, [9, 8]);
    assert_eq!(load!(orders, json).expect("a capture")["customer_id"], json!(9));
    assert_eq!(load_named_json("orders").expect("a capture")["customer_id"], json!(9));
    assert!(has_capture("orders") && has_capture("promises::loading::orders") && !has_capture("order"));
}

#[test]
fn a_name_that_has_no_captures_is_told_with_those_that_are_near() {
    let folder = folder();
    let error = load!(orders).expect_err("there is none").to_string();
    let path = folder.dir.path().display().to_string();
    assert_eq!(
        error,
        format!("no capture of `promises::loading::orders` in `{path}`; call it once while capturing is enabled")
    );
    some_orders();
    let error = folder.loader().latest("ordrs").expect_err("there is none").to_string();
    assert_eq!(error, format!("no capture of `ordrs` in `{path}`; there are captures of `promises::loading::orders`"));
    let error = load!(orders, index = 9).expect_err("there are four").to_string();
    assert!(error.contains("has index 9, counted from the latest; there are 4 captures in"), "{error}");
    let error = load!(orders, matching = Criteria::new().argument("customer_id", 70)).expect_err("none").to_string();
    assert!(error.contains("has `customer_id=70`; there are 4 captures"), "{error}");
}

#[test]
fn a_fallback_stands_where_there_is_no_capture() {
    let _folder = folder();
    let case = load!(orders, or = orders { customer_id: 1, items: vec![] }).expect("the fallback");
    assert_eq!((case.args.customer_id, case.outcome().is_none()), (1, true));
    some_orders();
    assert_eq!(load!(orders, or = orders { customer_id: 1, items: vec![] }).expect("a capture").args.customer_id, 9);
}

#[test]
fn a_name_that_fits_two_functions_is_told_with_both() {
    mod other {
        #[tracesnap_capture::capture]
        pub(super) fn orders(id: u8) -> u8 {
            id
        }
    }
    let folder = folder();
    some_orders();
    other::orders(1);
    let error = folder.loader().latest("orders").expect_err("there are two").to_string();
    assert!(error.starts_with("`orders` fits several functions; write one of `promises::loading::"), "{error}");
    assert_eq!(load!(other::orders).expect("a capture").args.id, 1);
}

/// A document of an older `orders`.
fn older(kwargs: serde_json::Value, parameters: &[(&str, &str)]) -> Document {
    let parameters: Vec<_> = parameters.iter().map(|(name, ty)| json!({"name": name, "type": ty})).collect();
    let document = json!({
        "version": 1, "id": "0193", "function_name": "orders", "timestamp": "2026-01-02T03:04:05Z", "args": [],
        "kwargs": kwargs,
        "outcome": {"kind": "returned", "tier": "value", "value": 8, "duration_ns": 1},
        "metadata": {"function": "promises::loading::orders", "signature": "old", "parameters": parameters},
    });
    Document::from_json(document.to_string().as_bytes(), "older").expect("a document")
}

#[test]
fn a_capture_of_an_older_signature_is_explained_and_can_be_migrated() {
    let _folder = folder();
    let kwargs = json!({"customer": 7, "items": [{"sku": "A", "count": 1}], "verbose": true});
    let document = older(kwargs, &[("customer", "u32"), ("items", "Vec<Item>"), ("verbose", "bool")]);
    let error = load!(orders, document = document.clone()).expect_err("it is older").to_string();
    assert_eq!(
        error,
        "capture 0193 of `promises::loading::orders` is older than its signature: added `customer_id: u64`, removed \
         `customer: u32`, removed `verbose: bool`; capture it again, supply `with(…)`, or migrate it: `tracesnap captures \
         migrate`"
    );
    let case = load!(orders, document = document.clone(), with(customer_id = 3)).expect("it is supplied");
    assert_eq!(case.args.customer_id, 3);
    assert!(case.mismatch.expect("it is told").to_string().contains("removed `verbose: bool`"));
    let migration = Migration::new().rename("customer", "customer_id").retype("customer_id", "u64").remove("verbose");
    let case = load!(orders, document = document, migrate = migration).expect("it fits");
    assert_eq!((case.args.customer_id, case.mismatch), (7, None));
}

#[test]
fn a_value_that_does_not_fit_is_told_with_its_place() {
    let _folder = folder();
    let kwargs = json!({"customer_id": 7, "items": [{"sku": "A", "count": 1}, {"sku": "B", "count": -1}]});
    let document = older(kwargs, &[("customer_id", "u64"), ("items", "Vec<Item>")]);
    let error = load!(orders, document = document).expect_err("it does not fit").to_string();
    assert_eq!(
        error,
        "argument `items` in capture 0193 of `promises::loading::orders` is no `Vec<Item>`: invalid value: integer `-1`, \
         expected u32 at `[1].count`; found `[{\"sku\":\"A\",\"count\":1},{\"sku\":\"B\",\"count\":-1}]`"
    );
    let kwargs = json!({"customer_id": "seven", "items": []});
    let document = older(kwargs, &[("customer_id", "String"), ("items", "Vec<Item>")]);
    let error = load!(orders, document = document).expect_err("it does not fit").to_string();
    assert!(
        error.contains("older than its signature: `customer_id` was `String`, is `u64`; `customer_id`: invalid type"),
        "{error}"
    );
}

#[capture]
fn with_default(id: u64, currency: Option<String>) -> String {
    format!("{id}{}", currency.unwrap_or_default())
}

#[test]
fn an_optional_argument_that_was_added_is_none() {
    let _folder = folder();
    let mut document = older(json!({"id": 7}), &[("id", "u64")]);
    document.metadata.function = "promises::loading::with_default".into();
    let case = load!(with_default, document = document).expect("it fits");
    assert_eq!((case.args.id, case.args.currency), (7, None));
    assert_eq!(case.mismatch.expect("it is told").to_string(), "added `currency: Option<String>`");
}

#[test]
fn captures_that_python_wrote_as_json_are_loaded() {
    let _folder = folder();
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("user_authentication.json");
    std::fs::write(
        &path,
        r#"{
            "function_name": "user_authentication",
            "timestamp": "2023-09-15T10:30:00Z",
            "args": ["john_doe"],
            "kwargs": {"remember_me": true},
            "metadata": {"call_depth": 0, "thread_id": "MainThread", "python_version": "3.11.4"}
        }"#,
    )
    .expect("a file");
    #[capture]
    fn user_authentication(username: &str, remember_me: bool) -> bool {
        !username.is_empty() && remember_me
    }
    let document = read_documents(&path).expect("documents").remove(0);
    assert_eq!((document.version, document.metadata.thread_id.as_str()), (0, "MainThread"));
    assert_eq!(document.metadata.other["python_version"], "3.11.4");
    assert!(document.time().is_some());
    let case = load!(user_authentication, document = document.clone()).expect("a capture");
    assert_eq!((case.args.username.as_str(), case.args.remember_me), ("john_doe", true));
    assert!(replay!(user_authentication, document = document.clone(), unchecked).expect("it runs").into_value());
    let loader = CaptureLoader::current().expect("a folder");
    loader.put(&document).expect("it is kept");
    assert_eq!(loader.latest("user_authentication").expect("a capture").document.args, [json!("john_doe")]);
    std::fs::write(&path, format!("{0}\n{0}\n", document.to_json())).expect("a file");
    assert_eq!(read_documents(&path).expect("documents").len(), 2);
    std::fs::write(&path, "{\"function_name\": 3}").expect("a file");
    assert!(read_documents(&path).expect_err("no document").to_string().contains("expected a string"));
}

#[test]
fn a_document_of_a_newer_format_is_refused_with_the_way_out() {
    let error = Document::from_json(br#"{"version": 9, "function_name": "f"}"#, "here").expect_err("it is newer");
    assert_eq!(
        error.to_string(),
        "`here` is a capture of format 9, but this build reads up to 1; upgrade, or capture it again"
    );
    assert!(matches!(Document::from_json(b"[]", "here"), Err(Error::Document { .. })));
}

#[test]
fn a_damaged_document_is_told_by_name_and_others_are_loaded() {
    let folder = folder_with(CaptureConfig::new());
    some_orders();
    let mut files = Vec::new();
    walk(folder.dir.path(), &mut files);
    files.sort();
    let newest = files
        .iter()
        .rfind(|path| path.extension().is_some_and(|extension| extension == "document"))
        .expect("a document");
    let mut bytes = std::fs::read(newest).expect("a file");
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    std::fs::write(newest, bytes).expect("a file");
    let found: Vec<_> = folder.loader().all("orders").expect("captures").collect();
    assert_eq!((found.len(), found.iter().filter(|one| one.is_err()).count()), (4, 1));
    let error = load!(orders).expect_err("the latest is damaged");
    let cause = std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
    assert!(cause.contains("damaged"), "{error}: {cause}");
    assert!(load!(orders, index = 1).is_ok());
}

fn walk(dir: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

#[test]
fn documents_of_a_function_are_rewritten_in_their_order() {
    let folder = folder();
    some_orders();
    let loader = folder.loader();
    let migration = Migration::new().rename("customer_id", "customer");
    let changed = loader.rewrite("orders", true, |document| migration.apply(document)).expect("it works");
    assert_eq!((changed, load!(orders).is_ok()), (4, true));
    assert_eq!(loader.rewrite("orders", false, |document| migration.apply(document)).expect("it works"), 4);
    let customers: Vec<_> = loader
        .all("orders")
        .expect("captures")
        .map(|one| one.expect("whole").document.kwargs["customer"].clone())
        .collect();
    assert_eq!(customers, [9, 7, 8, 7]);
    assert!(captures!(orders).latest().is_ok());
}

#[test]
fn what_is_rewritten_leaves_nothing_of_the_old_in_segments() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = CaptureConfig::new().path(dir.path()).layout(Layout::Segments);
    let captures = tracesnap_capture::Captures::builder().config(config).build().expect("a configuration");
    {
        let _captures = captures.enter();
        some_orders();
    }
    let loader = CaptureLoader::open(dir.path()).expect("a folder");
    let migration = Migration::new().rename("customer_id", "customer");
    let busy = loader.rewrite("orders", false, |document| migration.apply(document)).expect_err("it is being written");
    assert!(std::error::Error::source(&busy).is_some_and(|why| why.to_string().contains("is being written")), "{busy}");
    drop(captures);
    assert_eq!(loader.rewrite("orders", false, |document| migration.apply(document)).expect("it works"), 4);
    let all: Vec<_> = loader.all("orders").expect("captures").map(|one| one.expect("whole").document.kwargs).collect();
    let customers: Vec<_> = all.iter().map(|arguments| arguments["customer"].clone()).collect();
    assert_eq!(customers, [9, 7, 8, 7]);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), text in ".*") {
        let _ = Document::from_json(&bytes, "here");
        let _ = Document::from_json(text.as_bytes(), "here");
        let _ = text.parse::<Criteria>();
    }

    #[test]
    fn no_document_makes_the_loader_panic(
        kwargs in "[a-z\"{}:,0-9\\[\\]]{0,40}", tiers in "[a-z\"{}:,]{0,30}", parameters in "[a-z\"{}:,\\[\\]]{0,40}",
    ) {
        let text = format!(
            r#"{{"function_name":"orders","kwargs":{{{kwargs}}},"metadata":{{"tiers":{{{tiers}}},"parameters":[{parameters}]}}}}"#
        );
        if let Ok(document) = Document::from_json(text.as_bytes(), "here") {
            let _ = load!(orders, document = document.clone());
            let _ = (document.names(), document.missing(), document.is_replayable(), document.time(), document.to_json());
        }
    }
}
