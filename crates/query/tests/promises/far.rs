//! Recordings in an object store are answered as those in a folder.

use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::json;
use tracesnap_query::{Captures, Engine, Error, Sessions, write_parquet};
use tracesnap_store::{Metadata, ObjectStoreBackend, Store};

use crate::sql::answer;
use crate::support::{document, files, foreign, interaction, put, read, save};

const COUNT: &str = "SELECT function, count(*) AS n FROM captures GROUP BY function ORDER BY function";

#[test]
fn captures_in_an_object_store_are_queried_where_they_lie() {
    let objects: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let backend = Arc::new(ObjectStoreBackend::new(objects, "team/captures").expect("a thread"));
    let store = Store::builder().on(Arc::clone(&backend) as Arc<dyn tracesnap_store::Backend>);
    for n in 0..30 {
        let function = if n % 3 == 0 { "pay" } else { "notify" };
        let body = foreign(function, &json!({"n": n})).to_string();
        store.put(function, body, Metadata::of_kind("capture")).expect("it is put");
    }
    let mut engine = Engine::new().expect("a thread");
    engine.captures(Captures::on(backend).expect("no key")).expect("a table");
    assert_eq!(json!(answer(&engine, COUNT)), json!([{"function": "notify", "n": 20}, {"function": "pay", "n": 10}]));
}

#[test]
fn sessions_in_an_object_store_are_queried_where_they_lie() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in ["a", "b"] {
        save(dir.path(), name, (0..5).map(|id| interaction(id, name, "get", "2026-03-01T10:00:00Z")).collect());
    }
    let objects = Arc::new(InMemory::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        for file in files(dir.path(), ".json") {
            let name = file.file_name().and_then(|name| name.to_str()).expect("text").to_owned();
            let key = Path::from(format!("team/sessions/{name}"));
            objects.put(&key, std::fs::read(&file).expect("it is there").into()).await.expect("it is put");
        }
        objects.put(&Path::from("team/sessions/c.session.json"), "{".into()).await.expect("it is put");
    });
    let sessions = Sessions::on(objects, "team/sessions").expect("a thread");
    let (rows, summary) = read(&sessions);
    assert_eq!((rows.len(), summary.skipped), (10, 1));
    assert!(summary.named[0].why.contains("team/sessions/c.session.json"), "{}", summary.named[0]);
    assert!(!summary.named[0].why.contains("/tmp"), "{}", summary.named[0]);
    let mut engine = Engine::new().expect("a thread");
    engine.sessions(sessions).expect("a table");
    let rows =
        answer(&engine, "SELECT service, max(duration_ms) AS ms FROM interactions GROUP BY service ORDER BY service");
    assert_eq!(json!(rows), json!([{"service": "a", "ms": 5.5}, {"service": "b", "ms": 5.5}]));
}

#[test]
fn parquet_files_in_an_object_store_are_one_table() {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), (0..7).map(|n| document(&foreign("pay", &json!({"n": n})))));
    let captures = Captures::open(dir.path()).expect("a folder");
    let mut file = Vec::new();
    write_parquet(&captures, &mut file).expect("it is written");
    let objects = Arc::new(InMemory::new());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        for name in ["one", "two"] {
            let key = Path::from(format!("exports/{name}.parquet"));
            objects.put(&key, file.clone().into()).await.expect("it is put");
        }
    });
    let mut engine = Engine::new().expect("a thread");
    engine.parquet_on("captures", objects, "exports").expect("a table");
    assert_eq!(json!(answer(&engine, COUNT)), json!([{"function": "pay", "n": 14}]));
}

#[test]
fn a_url_is_as_good_as_a_folder_and_parquet_files_are_found_in_both() {
    let dir = tempfile::tempdir().expect("a folder");
    let (recorded, exported) = (dir.path().join("re corded"), dir.path().join("exported [1]"));
    std::fs::create_dir(&exported).expect("a folder");
    let local = LocalFileSystem::new_with_prefix({
        std::fs::create_dir(&recorded).expect("a folder");
        &recorded
    });
    let backend = ObjectStoreBackend::new(Arc::new(local.expect("a folder")), "").expect("a thread");
    let store = Store::builder().on(Arc::new(backend));
    for n in 0..4 {
        store
            .put("pay", foreign("pay", &json!({"n": n})).to_string(), Metadata::of_kind("capture"))
            .expect("it is put");
    }
    let recorded_url = url::Url::from_directory_path(&recorded).expect("a path").to_string();
    let captures = Captures::at_url(&recorded_url).expect("a URL");
    let mut file = std::fs::File::create(exported.join("all of it.parquet")).expect("a file");
    write_parquet(&captures, &mut file).expect("it is written");
    let exported_url = url::Url::from_directory_path(&exported).expect("a path").to_string();
    let whole = exported.join("all of it.parquet");
    let whole_url = url::Url::from_file_path(&whole).expect("a path").to_string();
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    for place in [recorded_url, exported_url, whole_url, text(&recorded), text(&exported), text(&whole)] {
        let mut engine = Engine::new().expect("a thread");
        engine.captures_at(&place).unwrap_or_else(|error| panic!("{place}: {error:?}"));
        assert_eq!(json!(answer(&engine, COUNT)), json!([{"function": "pay", "n": 4}]), "{place}");
    }
}

#[test]
fn a_place_that_is_none_is_named() {
    let mut engine = Engine::new().expect("a thread");
    for place in ["no/such/folder", "no/such.parquet", "file:///no/such.parquet", "gopher://x/y"] {
        let error = engine.captures_at(place).expect_err(place);
        assert!(matches!(&error, Error::Place { place: named, .. } if named == place), "{place}: {error:?}");
    }
}
