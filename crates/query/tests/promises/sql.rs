//! What a query answers is what a loop over the documents counts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use tracesnap_capture::Document;
use tracesnap_query::{Captures, Engine, Recordings, Sessions, write_parquet};
use tracesnap_record::{Interaction, Status};

use crate::support::{Rows, document, interaction, put, rows_of, save};

/// All rows of an answer.
pub(crate) fn answer(engine: &Engine, sql: &str) -> Rows {
    let answer = engine.query(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    answer.flat_map(|batch| rows_of(&batch.unwrap_or_else(|error| panic!("{sql}: {error}")))).collect()
}

/// What is known of a call when it is made up.
#[derive(Clone, Debug)]
struct Call {
    function: usize,
    outcome: Option<usize>,
    duration: u32,
    minute: u32,
    depth: u8,
    thread: usize,
    amount: i32,
}

const FUNCTIONS: [&str; 3] = ["shop::pay", "shop::notify", "shop::orders::process_order"];
const OUTCOMES: [&str; 4] = ["returned", "error", "panicked", "cancelled"];
const THREADS: [&str; 2] = ["main", "worker"];

fn call() -> impl Strategy<Value = Call> {
    let outcome = prop::option::of(0..OUTCOMES.len());
    (0..FUNCTIONS.len(), outcome, any::<u32>(), 0_u32..600, 0_u8..4, 0..THREADS.len(), -1_000..1_000_i32).prop_map(
        |(function, outcome, duration, minute, depth, thread, amount)| Call {
            function,
            outcome,
            duration,
            minute,
            depth,
            thread,
            amount,
        },
    )
}

fn document_of(call: &Call) -> Document {
    let mut json = json!({
        "version": 1, "function_name": FUNCTIONS[call.function].rsplit("::").next(),
        "timestamp": format!("2026-03-01T{:02}:{:02}:00.5Z", call.minute / 60, call.minute % 60),
        "kwargs": {"amount": call.amount, "lines": [{"sku": format!("A-{}", call.amount)}]},
        "metadata": {"function": FUNCTIONS[call.function], "call_depth": call.depth, "thread_id": THREADS[call.thread]},
    });
    if let Some(outcome) = call.outcome {
        json["outcome"] = json!({"kind": OUTCOMES[outcome], "value": call.amount, "duration_ns": call.duration});
    }
    document(&json)
}

/// The same recordings twice: as they were recorded, and as a Parquet file.
fn engines(recorded: &std::path::Path, captures: bool) -> [Engine; 2] {
    let file = recorded.join("all.parquet");
    let mut bytes = Vec::new();
    let (mut own, mut parquet) = (Engine::new().expect("a thread"), Engine::new().expect("a thread"));
    let path = file.to_str().expect("text").to_owned();
    let export = |recordings: &dyn Fn(&mut Vec<u8>), bytes: &mut Vec<u8>| {
        recordings(bytes);
        std::fs::write(&path, &*bytes).expect("it is written");
    };
    if captures {
        let table = Captures::open(recorded).expect("a folder");
        export(&|bytes| drop(write_parquet(&table, bytes).expect("it is written")), &mut bytes);
        own.captures(table).expect("a table");
        parquet.captures_at(&path).expect("a table");
    } else {
        let table = Sessions::open(recorded).expect("a folder");
        export(&|bytes| drop(write_parquet(&table, bytes).expect("it is written")), &mut bytes);
        own.sessions(table).expect("a table");
        parquet.sessions_at(&path).expect("a table");
    }
    [own, parquet]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn queries_over_captures_answer_what_a_loop_counts(calls in prop::collection::vec(call(), 0..40), from in 0_u32..600) {
        let dir = tempfile::tempdir().expect("a folder");
        put(dir.path(), calls.iter().map(document_of));
        for engine in engines(dir.path(), true) {
            // By function: how many, how long, how much.
            let mut expected: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
            for call in &calls {
                let of = expected.entry(FUNCTIONS[call.function]).or_default();
                of.0 += 1;
                of.1 += call.outcome.map_or(0, |_| i64::from(call.duration));
                of.2 += i64::from(call.amount);
            }
            let rows = answer(&engine, "SELECT function, count(*) AS calls, coalesce(sum(duration_ns), 0) AS ns, \
                                        sum(json_get_int(args, 'amount')) AS amount FROM captures GROUP BY function ORDER BY function");
            let expected: Vec<Value> = expected.into_iter()
                .map(|(function, (calls, ns, amount))| json!({"function": function, "calls": calls, "ns": ns, "amount": amount}))
                .collect();
            prop_assert_eq!(json!(rows), json!(expected));

            // Conditions that are understood, and one that is not.
            let time = format!("2026-03-01T{:02}:{:02}:00.5Z", from / 60, from % 60);
            type Holds = Box<dyn Fn(&Call) -> bool>;
            let conditions: [(String, Holds); 9] = [
                ("function = 'shop::pay'".into(), Box::new(|call| call.function == 0)),
                ("function IN ('shop::pay', 'shop::notify')".into(), Box::new(|call| call.function < 2)),
                ("function LIKE '%order'".into(), Box::new(|call| call.function == 2)),
                (format!("timestamp >= '{time}'"), Box::new(move |call| call.minute >= from)),
                (format!("timestamp < '{time}' AND outcome = 'error'"), Box::new(move |call| call.minute < from && call.outcome == Some(1))),
                (format!("'{time}' = timestamp OR thread = 'main'"), Box::new(move |call| call.minute == from || call.thread == 0)),
                (format!("timestamp BETWEEN '2026-03-01T01:00:00Z' AND '{time}'"), Box::new(move |call| call.minute >= 60 && call.minute <= from)),
                ("outcome <> 'returned' AND depth > 1".into(), Box::new(|call| call.outcome.is_some_and(|kind| kind != 0) && call.depth > 1)),
                ("outcome IS NULL AND json_get_str(args, 'lines', 0, 'sku') = 'A-7'".into(), Box::new(|call| call.outcome.is_none() && call.amount == 7)),
            ];
            for (condition, holds) in &conditions {
                let sql = format!("SELECT count(*) AS n, sum(json_get_int(args, 'amount')) AS amount FROM captures WHERE {condition}");
                let meant: Vec<_> = calls.iter().filter(|call| holds(call)).collect();
                let amount = meant.iter().map(|call| i64::from(call.amount)).reduce(|sum, amount| sum + amount);
                prop_assert_eq!(json!(answer(&engine, &sql)), json!([{"n": meant.len(), "amount": amount}]), "{}", condition);
            }
        }
    }

    #[test]
    fn queries_over_sessions_answer_what_a_loop_counts(
        files in prop::collection::vec(prop::collection::vec((0_usize..3, 0_usize..3, 0_u32..5_000, 0_u32..600), 0..20), 0..5),
    ) {
        let dir = tempfile::tempdir().expect("a folder");
        let mut all = Vec::new();
        for (number, made) in files.iter().enumerate() {
            let interactions: Vec<Interaction> = made.iter().enumerate().map(|(id, (service, status, ms, minute))| {
                let at = format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
                let mut one = interaction(id as u64, ["firestore", "gemini", "s3"][*service], "get", &at);
                one.status = [Status::Success, Status::Error, Status::Cancelled][*status].clone();
                one.duration_ms = f64::from(*ms);
                one
            }).collect();
            all.extend(interactions.iter().cloned());
            save(dir.path(), &format!("s{number}"), interactions);
        }
        let mut expected: BTreeMap<(&str, &str), (i64, f64, f64, i64)> = BTreeMap::new();
        for one in &all {
            let of = expected.entry((&one.service, one.status.as_str())).or_default();
            of.0 += 1;
            of.1 += one.duration_ms;
            of.2 = of.2.max(one.duration_ms);
            of.3 += one.request.to_string().len() as i64;
        }
        let expected: Vec<Value> = expected.into_iter().map(|((service, status), (n, total, longest, bytes))| {
            json!({"service": service, "status": status, "n": n, "total": total, "longest": longest, "bytes": bytes})
        }).collect();
        for engine in engines(dir.path(), false) {
            let rows = answer(&engine, "SELECT service, status, count(*) AS n, sum(duration_ms) AS total, \
                                        max(duration_ms) AS longest, sum(request_bytes) AS bytes \
                                        FROM interactions GROUP BY service, status ORDER BY service, status");
            prop_assert_eq!(json!(rows), json!(expected));
            let slow = all.iter().filter(|one| one.service == "gemini" && one.duration_ms > 2_500.0).count();
            let rows = answer(&engine, "SELECT count(*) AS n FROM interactions WHERE service = 'gemini' AND duration_ms > 2500");
            prop_assert_eq!(json!(rows), json!([{"n": slow}]));
        }
    }
}

#[test]
fn captures_and_sessions_are_joined() {
    let dir = tempfile::tempdir().expect("a folder");
    put(
        dir.path(),
        [
            document(&json!({"id": "c1", "function_name": "pay"})),
            document(&json!({"id": "c2", "function_name": "pay"})),
        ],
    );
    let mut asked = interaction(0, "bank", "charge", "2026-03-01T10:00:00Z");
    asked.call = Some("c2".into());
    save(dir.path(), "s", vec![asked]);
    let mut engine = Engine::new().expect("a thread");
    engine.captures(Captures::open(dir.path()).expect("a folder")).expect("a table");
    engine.sessions(Sessions::open(dir.path()).expect("a folder")).expect("a table");
    let rows =
        answer(&engine, "SELECT name, operation FROM captures JOIN interactions ON captures.id = interactions.call");
    assert_eq!(json!(rows), json!([{"name": "pay", "operation": "charge"}]));
}

#[test]
fn what_is_json_is_looked_into() {
    let dir = tempfile::tempdir().expect("a folder");
    put(
        dir.path(),
        [document(&json!({"function_name": "pay", "kwargs": {"items": [{"sku": "A-1", "count": 3}], "vip": true}}))],
    );
    let mut engine = Engine::new().expect("a thread");
    engine.captures(Captures::open(dir.path()).expect("a folder")).expect("a table");
    let rows = answer(
        &engine,
        "SELECT args->'items'->0->>'sku' AS sku, json_get_int(args, 'items', 0, 'count') AS n, json_length(args, 'items') AS items, \
         json_contains(args, 'vip') AS vip FROM captures",
    );
    assert_eq!(json!(rows), json!([{"sku": "A-1", "n": 3, "items": 1, "vip": true}]));
}

#[test]
fn numbers_in_json_are_what_they_are_however_they_are_asked_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let kwargs = json!({"n": -42, "f": -4.25, "e": 1e3, "text": "-7", "large": i64::MIN, "huge": u64::MAX, "no": true, "none": null});
    put(dir.path(), [document(&json!({"function_name": "pay", "kwargs": kwargs}))]);
    let mut engine = Engine::new().expect("a thread");
    engine.captures(Captures::open(dir.path()).expect("a folder")).expect("a table");
    for (asked, expected) in [
        ("json_get_int(args, 'n')", json!(-42)),
        ("CAST(args->'n' AS BIGINT)", json!(-42)),
        ("CAST(args->>'n' AS BIGINT)", json!(-42)),
        ("json_get_float(args, 'f')", json!(-4.25)),
        ("json_get_float(args, 'n')", json!(-42.0)),
        ("json_get_float(args, 'e')", json!(1000.0)),
        ("json_get_int(args, 'text')", json!(-7)),
        ("json_get_int(args, 'large')", json!(i64::MIN)),
        ("json_get_int(args, 'huge')", Value::Null),
        ("json_get_int(args, 'f')", Value::Null),
        ("json_get_int(args, 'no')", Value::Null),
        ("json_get_int(args, 'none')", Value::Null),
        ("json_get_int(args, 'missing', 0)", Value::Null),
        ("json_get_int(args->'missing', 'n')", Value::Null),
    ] {
        assert_eq!(
            json!(answer(&engine, &format!("SELECT {asked} AS n FROM captures"))),
            json!([{"n": expected}]),
            "{asked}"
        );
    }
}

#[test]
fn an_engine_is_asked_within_a_runtime_too() {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), [document(&json!({"function_name": "pay"}))]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    let rows = runtime.block_on(async {
        let mut engine = Engine::new().expect("a thread");
        engine.captures(Captures::open(dir.path()).expect("a folder")).expect("a table");
        answer(&engine, "SELECT name FROM captures")
    });
    assert_eq!(json!(rows), json!([{"name": "pay"}]));
}

#[test]
fn a_row_is_the_same_in_an_answer_as_in_a_batch() {
    let dir = tempfile::tempdir().expect("a folder");
    put(
        dir.path(),
        [document(&json!({"function_name": "pay", "timestamp": "2026-03-01T10:00:00Z", "kwargs": {"n": 1}}))],
    );
    let captures = Captures::open(dir.path()).expect("a folder");
    let (rows, _) = crate::support::read(&captures);
    let schema = captures.schema();
    let mut engine = Engine::new().expect("a thread");
    engine.captures(captures).expect("a table");
    assert_eq!(engine.query("SELECT * FROM captures").expect("a query").schema().fields(), schema.fields());
    assert_eq!(answer(&engine, "SELECT * FROM captures"), rows);
}
