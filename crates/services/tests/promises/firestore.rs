//! Firestore's protocol is spoken as Firestore speaks it.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tracesnap_services::firestore::{
    Bytes, Direction, Document, Filter, GeoPoint, Operator, Reference, Timestamp, Value, Write,
};
use tracesnap_services::{Code, Error, FirestoreClient};

use crate::support::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Campaign {
    title: String,
    level: i64,
    luck: f64,
    players: Vec<String>,
    boss: Option<Boss>,
    place: GeoPoint,
    begun: Timestamp,
    seal: Bytes,
    before: Reference,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Boss {
    name: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Dragon { heads: u8 },
    Lich,
}

fn campaign(title: &str, level: i64) -> Campaign {
    Campaign {
        title: title.to_owned(),
        level,
        luck: 0.5,
        players: vec!["ada".into(), "bob".into()],
        boss: Some(Boss { name: "Voth".into(), kind: Kind::Dragon { heads: 3 } }),
        place: GeoPoint { latitude: 52.5, longitude: 13.4 },
        begun: "2026-01-02T03:04:05.678901Z".parse().expect("a time"),
        seal: Bytes(vec![0, 1, 255]),
        before: Reference("projects/p-1/databases/(default)/documents/campaigns/c0".into()),
    }
}

#[track_caller]
fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    let error = result.expect_err("it fails");
    error.status().unwrap_or_else(|| panic!("{error}")).code
}

fn ids(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(Document::id).collect()
}

#[tokio::test]
async fn documents_are_created_read_replaced_updated_and_deleted() {
    let (server, firestore) = firestore().await;
    let campaigns = firestore.collection("campaigns");
    let given = campaign("The Lost Mine", 3);
    let made = campaigns.create("c1", &given).await.expect("made");
    assert_eq!((made.id(), made.to::<Campaign>().expect("one")), ("c1", given.clone()));
    assert_eq!(made.create_time, made.update_time);
    let document = campaigns.document("c1");
    assert_eq!(document.get().await.expect("read").expect("there"), made);
    assert_eq!(campaigns.document("c2").get().await.expect("read"), None);

    // A path replaces what is at it and nothing else; one that is not in the value is deleted.
    let changed = document.update(&json!({"level": 4})).await.expect("updated");
    assert_eq!(changed.to::<Campaign>().expect("one"), Campaign { level: 4, ..given.clone() });
    assert!(changed.update_time > made.update_time && changed.create_time == made.create_time);
    let paths = ["boss.name", "players"];
    let changed = document.update_fields(paths, &json!({"boss": {"name": "Zul"}})).await.expect("updated");
    assert_eq!(changed.fields.get("players"), None);
    assert_eq!(
        changed.to::<serde_json::Value>().expect("one")["boss"],
        json!({"name": "Zul", "kind": {"Dragon": {"heads": 3}}})
    );

    let replaced = document.set(&json!({"title": "Another"})).await.expect("set");
    assert_eq!(replaced.fields.len(), 1);
    document.delete_unchanged(made.update_time.as_ref().expect("a time")).await.expect_err("it was changed");
    document.delete_unchanged(replaced.update_time.as_ref().expect("a time")).await.expect("deleted");
    document.delete().await.expect("there is none, which is fine");
    assert_eq!((document.get().await.expect("read"), server.len()), (None, 0));
    let named = campaigns.add(&json!({})).await.expect("made");
    assert!(!named.id().is_empty() && named.fields.is_empty());
}

#[tokio::test]
async fn errors_are_those_of_google_rpc() {
    let (_server, firestore) = firestore().await;
    let campaigns = firestore.collection("campaigns");
    campaigns.create("c1", &json!({"level": 1})).await.expect("made");
    let again = campaigns.create("c1", &json!({})).await.expect_err("it is there");
    let status = again.status().expect("a status");
    assert_eq!((status.code, status.http), (Code::AlreadyExists, 409));
    assert_eq!(
        again.to_string(),
        "ALREADY_EXISTS (409): Document already exists: projects/p-1/databases/(default)/documents/campaigns/c1"
    );
    assert_eq!(code(campaigns.document("c9").update(&json!({"a": 1})).await), Code::NotFound);
    let old = "2020-01-01T00:00:00Z".parse().expect("a time");
    assert_eq!(code(campaigns.document("c1").delete_unchanged(&old).await), Code::FailedPrecondition);
    assert_eq!(code(campaigns.list().page_token("?").get().await), Code::InvalidArgument);
    assert_eq!(code(campaigns.document("c1").set(&json!({"a": [[1]]})).await), Code::InvalidArgument);
    let nested = firestore.begin().await.expect("begun");
    let (id, query) = (nested.id().to_owned(), campaigns.query());
    nested.rollback().await.expect("ended");
    // A failure of a method that answers in parts stands in a list.
    let gone = firestore.begin().await.expect("begun");
    assert_ne!(gone.id(), id);
    let written = firestore.commit([Write::create(&campaigns.document("c1"), &json!({})).expect("a write")]).await;
    assert_eq!(code(written), Code::AlreadyExists);
    let too_many = query.start_at(["a", "b", "c"]).get().await;
    assert_eq!(code(too_many), Code::InvalidArgument);
    // What is no document never leaves.
    let error = campaigns.document("c1").set(&[1, 2]).await.expect_err("no document");
    assert!(matches!(&error, Error::Value(_)) && error.to_string().contains("a struct or a map"), "{error}");
}

#[tokio::test]
async fn a_collection_is_read_page_by_page_and_as_a_whole() {
    let server = crate::local::FirestoreServer::start_with(None, 3).await;
    let firestore =
        at(tracesnap_services::Services::firestore(&real(), "p-1"), &server.url()).connect().expect("a client");
    let campaigns = firestore.collection("campaigns");
    for at in 0..8 {
        campaigns.create(format!("c{at}"), &json!({"level": at % 3, "title": "t"})).await.expect("made");
    }
    assert_eq!(ids(&campaigns.get().await.expect("all")), ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]);
    let list = || campaigns.list().page_size(2).order_by("level desc, __name__").mask(["level"]);
    let first = list().get().await.expect("a page");
    assert_eq!(ids(&first.documents), ["c2", "c5"]);
    assert_eq!(first.documents[0].fields.keys().collect::<Vec<_>>(), ["level"]);
    let next = list().page_token(first.next_page_token.expect("more")).get().await.expect("a page");
    assert_eq!(ids(&next.documents), ["c1", "c4"]);
    // A name with something below it is none of a document.
    firestore.document("ghosts/g1/traces/t1").set(&json!({})).await.expect("set");
    assert_eq!(firestore.collection("ghosts").get().await.expect("all"), []);
    let ghosts = firestore.collection("ghosts").list().show_missing().get().await.expect("a page");
    assert!(ids(&ghosts.documents) == ["g1"] && ghosts.documents[0].is_missing() && ghosts.next_page_token.is_none());
    assert_eq!(firestore.collections().await.expect("names"), ["campaigns", "ghosts"]);
    assert_eq!(firestore.document("ghosts/g1").collections().await.expect("names"), ["traces"]);
}

#[tokio::test]
async fn names_of_all_letters_are_names() {
    let (_server, firestore) = firestore().await;
    for id in ["a b", "ü:runQuery", "50%", "?#&", "a+b", "q`d"] {
        let document = firestore.collection("campaigns").document(id);
        document.set(&json!({"odd name": 1, "a.b": 2})).await.expect("set");
        document.update(&json!({"odd name": 3})).await.expect("updated");
        let read = document.get().await.expect("read").expect("there");
        assert_eq!(
            (read.id(), &read.fields["odd name"], &read.fields["a.b"]),
            (id, &Value::Integer(3), &Value::Integer(2))
        );
    }
    assert_eq!(firestore.collection("campaigns").get().await.expect("all").len(), 6);
}

async fn levels(firestore: &FirestoreClient) {
    let campaigns = firestore.collection("campaigns");
    let table = [
        ("a", json!({"level": 1, "tags": ["old", "easy"], "done": null})),
        ("b", json!({"level": 2, "tags": ["new"], "boss": {"name": "Zul"}})),
        ("c", json!({"level": 3.5, "tags": ["new", "hard"], "done": true})),
        ("d", json!({"level": "high"})),
        ("e", json!({"tags": []})),
    ];
    for (id, value) in table {
        campaigns.create(id, &value).await.expect("made");
    }
    firestore.document("worlds/w1/campaigns/x").set(&json!({"level": 9})).await.expect("set");
    firestore
        .document("campaigns/n")
        .set(&[("level", f64::NAN)].into_iter().collect::<std::collections::BTreeMap<_, _>>())
        .await
        .expect("set");
}

#[tokio::test]
async fn queries_filter_order_bound_and_count() {
    let (_server, firestore) = firestore().await;
    levels(&firestore).await;
    let campaigns = firestore.collection("campaigns");
    let all = || campaigns.query();
    let table = [
        ("everything", all(), vec!["a", "b", "c", "d", "e", "n"]),
        ("more than", campaigns.filter("level", Operator::GreaterThan, 1), vec!["b", "c"]),
        (
            "at least, with less than",
            campaigns.filter("level", Operator::GreaterThanOrEqual, 1).and("level", Operator::LessThan, 3),
            vec!["a", "b"],
        ),
        ("a path", campaigns.filter("boss.name", Operator::Equal, "Zul"), vec!["b"]),
        ("has", campaigns.filter("tags", Operator::ArrayContains, "new"), vec!["b", "c"]),
        ("has one of", campaigns.filter("tags", Operator::ArrayContainsAny, ["hard", "old"]), vec!["a", "c"]),
        ("one of", campaigns.filter("level", Operator::In, vec![Value::from(1), "high".into()]), vec!["a", "d"]),
        ("null", all().filter(Filter::is_null("done")), vec!["a"]),
        ("not null", all().filter(Filter::is_not_null("done")), vec!["c"]),
        ("not a number", all().filter(Filter::is_nan("level")), vec!["n"]),
        (
            "either",
            all().filter(Filter::any([
                Filter::field("level", Operator::Equal, 2),
                Filter::field("done", Operator::Equal, true),
            ])),
            vec!["b", "c"],
        ),
        // What has no such field is in no such order; kinds have an order of their own.
        ("in order", all().order_by("level"), vec!["n", "a", "b", "c", "d"]),
        ("downwards", all().order_by_direction("level", Direction::Descending), vec!["d", "c", "b", "a", "n"]),
        ("some", all().order_by("level").offset(1).limit(2), vec!["a", "b"]),
        ("from", all().order_by("level").start_at([2]), vec!["b", "c", "d"]),
        ("after", all().order_by("level").start_after([2]), vec!["c", "d"]),
        ("to", all().order_by("level").end_at([2]), vec!["n", "a", "b"]),
        ("before", all().order_by("level").end_before([2]), vec!["n", "a"]),
        ("nothing", campaigns.filter("level", Operator::Equal, 77), vec![]),
        ("below", firestore.document("worlds/w1").collection("campaigns").query(), vec!["x"]),
        (
            "everywhere",
            all().all_descendants().filter(Filter::field("level", Operator::GreaterThan, 2)),
            vec!["c", "x"],
        ),
    ];
    for (what, query, expected) in table {
        assert_eq!(ids(&query.get().await.expect(what)), expected, "{what}");
        assert_eq!(query.count().await.expect(what), expected.len() as u64, "{what}");
    }
    let selected = campaigns.filter("level", Operator::Equal, 2).select(["boss.name"]).get().await.expect("found");
    assert_eq!(selected[0].to::<serde_json::Value>().expect("one"), json!({"boss": {"name": "Zul"}}));
}

#[tokio::test]
async fn a_commit_is_all_or_nothing_and_a_batch_is_each_on_its_own() {
    let (server, firestore) = firestore().await;
    let [a, b, c] = ["a", "b", "c"].map(|id| firestore.collection("accounts").document(id));
    let made = firestore
        .commit([
            Write::create(&a, &json!({"cents": 100, "tags": ["x"]})).expect("a write"),
            Write::set(&b, &json!({"cents": 0})).expect("a write"),
        ])
        .await
        .expect("committed");
    assert!(made.write_results.len() == 2 && made.commit_time.is_some());
    let failed =
        firestore.commit([Write::change(&b).increment("cents", 50), Write::create(&a, &json!({})).expect("a write")]);
    assert_eq!(code(failed.await), Code::AlreadyExists);
    assert_eq!(b.get().await.expect("read").expect("there").fields["cents"], Value::Integer(0));

    let changed =
        Write::update(&a, &json!({"last": "paid"})).expect("a write").increment("cents", -30).server_time("at");
    let changed = changed.append_missing("tags", ["x", "y"]).remove_all("tags", ["x"]);
    let results = firestore.commit([changed, Write::change(&b).increment("cents", 30.5)]).await.expect("committed");
    assert_eq!(results.write_results[0].transform_results[0], Value::Integer(70));
    assert_eq!(results.write_results[1].transform_results, [Value::Double(30.5)]);
    let a_now = a.get().await.expect("read").expect("there");
    assert_eq!((&a_now.fields["tags"], &a_now.fields["last"]), (&Value::from(["y"]), &"paid".into()));
    assert!(matches!(a_now.fields["at"], Value::Timestamp(_)));

    let written = firestore
        .batch_write([
            Write::create(&a, &json!({})).expect("a write"),
            Write::create(&c, &json!({"cents": 1})).expect("a write"),
            Write::delete(&b),
        ])
        .await
        .expect("written");
    let codes: Vec<_> = written.iter().map(|one| one.as_ref().map(|_| ()).map_err(|status| status.code)).collect();
    assert_eq!(codes, [Err(Code::AlreadyExists), Ok(()), Ok(())]);
    assert_eq!(server.len(), 2);
    let read = firestore.get_all(&[a, b, c]).await.expect("read");
    let read: Vec<_> = read.iter().map(|one| one.as_ref().map(Document::id)).collect();
    assert_eq!(read, [Some("a"), None, Some("c")]);
}

#[tokio::test]
async fn a_transaction_is_refused_when_what_it_read_has_changed() {
    let (_server, firestore) = firestore().await;
    let account = firestore.document("accounts/ada");
    account.set(&json!({"cents": 100})).await.expect("set");

    let mut first = firestore.begin().await.expect("begun");
    let second = firestore.begin().await.expect("begun");
    for transaction in [&first, &second] {
        let read = transaction.get(&account).await.expect("read").expect("there");
        assert_eq!(read.fields["cents"], Value::Integer(100));
    }
    first.write(Write::change(&account).increment("cents", -10));
    first.commit().await.expect("nobody was faster");
    let mut second = second;
    second.write(Write::change(&account).increment("cents", -10));
    let refused = second.commit().await.expect_err("somebody was");
    let status = refused.status().expect("a status");
    assert!(status.code == Code::Aborted && status.code.is_retryable(), "{refused}");

    // What is not committed is not written; what has ended cannot go on.
    let mut given_up = firestore.begin().await.expect("begun");
    let found = given_up.query(&firestore.collection("accounts").filter("cents", Operator::LessThan, 100)).await;
    assert_eq!(found.expect("found").len(), 1);
    given_up.write(Write::delete(&account));
    given_up.rollback().await.expect("ended");
    let mut reader = firestore.begin_read_only(None).await.expect("begun");
    assert_eq!(reader.get(&account).await.expect("read").expect("there").fields["cents"], Value::Integer(90));
    reader.write(Write::delete(&account));
    assert_eq!(code(reader.commit().await), Code::InvalidArgument);
}
