//! What is no query is refused, with what there is to ask for.

use serde_json::json;
use tracesnap_query::{Captures, Engine, Error, Sessions};

use crate::sql::answer;
use crate::support::{document, foreign, put, save};

fn engine() -> (tempfile::TempDir, Engine) {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), (0..3).map(|n| document(&foreign("pay", &json!({"n": n})))));
    save(dir.path(), "s", Vec::new());
    let mut engine = Engine::builder().threads(2).build().expect("a thread");
    engine.captures(Captures::open(dir.path()).expect("a folder")).expect("a table");
    engine.sessions(Sessions::open(dir.path()).expect("a folder")).expect("a table");
    (dir, engine)
}

#[test]
fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let (_dir, engine) = engine();
    for sql in [
        "SELECT fonction FROM captures",
        "SELECT 1 FROM captures WHERE fonction = 'x'",
        "SELECT count(*) FROM captures GROUP BY fonction",
    ] {
        let error = engine.query(sql).expect_err(sql);
        let Error::NoColumn { column, near, columns } = &error else { panic!("{sql}: {error:?}") };
        assert_eq!((column.as_str(), near.as_deref()), ("fonction", Some("function")), "{sql}");
        assert!(columns.iter().any(|column| column == "duration_ns"), "{sql}: {columns:?}");
        let text = error.to_string();
        assert!(text.starts_with("there is no column `fonction`; there are `function`, `name`, "), "{text}");
        assert!(text.ends_with("; did you mean `function`?"), "{text}");
    }
}

#[test]
fn a_table_that_is_not_there_is_named_with_those_that_are() {
    let (_dir, engine) = engine();
    let error = engine.query("SELECT * FROM sessions").expect_err("there is none");
    assert_eq!(error.to_string(), "there is no table `sessions`; there are `captures`, `interactions`");
}

#[test]
fn what_is_no_sql_is_refused_with_the_place() {
    let (_dir, engine) = engine();
    for (sql, part) in [
        ("SELEC function FROM captures", "Expected: an SQL statement"),
        ("SELECT function FROM", "EOF"),
        ("SELECT lenght(function) FROM captures", "length"),
        ("SELECT 1; SELECT 2", "single"),
        ("", "No SQL"),
    ] {
        let error = engine.query(sql).expect_err(sql);
        assert!(matches!(error, Error::Sql { .. }), "{sql}: {error:?}");
        assert!(error.to_string().contains(part), "{sql}: {error}");
    }
}

#[test]
fn what_would_change_something_is_refused() {
    let (dir, engine) = engine();
    let out = dir.path().join("out.csv");
    let copy = format!("COPY (SELECT 1) TO '{}'", out.display());
    for sql in [
        "DROP TABLE captures",
        "CREATE TABLE x AS SELECT 1",
        "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
        "INSERT INTO captures SELECT * FROM captures",
        "DELETE FROM captures",
        "SET datafusion.execution.batch_size = 1",
        &copy,
    ] {
        let error = engine.query(sql).expect_err(sql);
        assert!(matches!(error, Error::NotSelect { .. } | Error::Sql { .. }), "{sql}: {error:?}");
    }
    assert!(!out.exists());
    let error = engine.query("SELECT * FROM '/etc/passwd'").expect_err("no file is read that was not given");
    assert!(matches!(error, Error::NoTable { .. }), "{error:?}");
    assert_eq!(json!(answer(&engine, "SELECT count(*) AS n FROM captures")), json!([{"n": 3}]));
}

#[test]
fn a_query_that_needs_too_much_memory_ends_and_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("all.ndjson");
    let lines: String = (0..20_000).map(|n| format!("{}\n", foreign("pay", &json!({"n": n})))).collect();
    std::fs::write(&file, lines).expect("it is written");
    let mut engine = Engine::builder().memory(1 << 18).threads(1).build().expect("a thread");
    engine.captures(Captures::open(&file).expect("a file")).expect("a table");
    let mut answer = engine.query("SELECT array_agg(args) AS all_of_them FROM captures").expect("a query");
    let error = answer.find_map(Result::err).expect("it takes more than that");
    assert!(matches!(error, Error::Memory { .. }), "{error:?}");
}
