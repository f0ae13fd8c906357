//! What tables cost beside a plain loop over the same recordings: rows a second of CPU, of reading, exporting, querying.
//!
//! A plain program rather than criterion: what is claimed are ratios of CPU time of all threads, each measured beside the
//! loop, in turns, so that who else is compiling makes no difference. Counts are checked equal before anything is timed.
//!
//! `cargo bench -p tracesnap-query --bench rows`, with `--features sql` for the queries.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use cpu_time::ProcessTime;
use serde_json::json;
use tracesnap_capture::Document;
use tracesnap_query::{Captures, Recordings, write_parquet};
use tracesnap_store::{Metadata, SegmentOptions, Store};

const CAPTURES: u64 = 50_000;
const ROUNDS: usize = 5;

/// Documents of about 1 KiB of ten functions, as `#[capture]` writes them into segments.
fn make(dir: &Path) {
    let store = Store::open(dir).expect("a folder");
    let policy = tracesnap_redact::Policy::for_captures().id();
    let mut writer = store.segment_writer(SegmentOptions::default());
    for n in 0..CAPTURES {
        let function = format!("shop::step_{}", n % 10);
        let items: Vec<_> = (0..6)
            .map(|at| json!({"sku": format!("SKU-{:05}", (n * 7 + at) % 99_991), "price": n as f64 / 7.0, "count": at}))
            .collect();
        let document = json!({
            "version": 1, "id": format!("0193a5c0-0000-7000-8000-{n:012x}"), "function_name": "step",
            "timestamp": format!("2026-03-{:02}T{:02}:{:02}:00.123456789Z", 1 + n / 1_440 % 28, n / 60 % 24, n % 60),
            "args": [], "kwargs": {"customer_id": n % 1_000, "items": items, "token": "[redacted]"},
            "outcome": {"kind": if n % 9 == 0 { "error" } else { "returned" }, "tier": "value", "value": {"id": n}, "duration_ns": n * 13},
            "metadata": {"call_depth": 0, "thread_id": "main", "tiers": {"customer_id": "value", "items": "value"},
                "redacted": {"token": ["name/token"]}, "function": function, "signature": "9f3a", "policy": policy,
                "parameters": [{"name": "customer_id", "type": "u64"}, {"name": "items", "type": "Vec<Item>"}, {"name": "token", "type": "&str"}]},
        });
        writer.append(&function, document.to_string(), Metadata::of_kind("capture")).expect("it is taken");
    }
    writer.finish().expect("it is written");
}

/// Errors of a customer, by reading every document: what one writes without a table.
fn plain(dir: &Path) -> u64 {
    let store = Store::open(dir).expect("a folder");
    let mut found = 0;
    for name in store.names().expect("names") {
        for document in store.all(&name) {
            let document = document.expect("it is whole");
            let document = Document::from_json(document.body(), document.origin()).expect("a document");
            let is_error = document.outcome.as_ref().is_some_and(|outcome| outcome.kind.as_str() == "error");
            found +=
                u64::from(is_error && document.argument("customer_id").and_then(serde_json::Value::as_u64) == Some(7));
        }
    }
    found
}

/// What is measured, by its name.
type Work<'w> = (&'static str, Box<dyn FnMut() + 'w>);

/// The least CPU time of a few rounds of each, taken in turns.
fn least(works: &mut [Work<'_>]) -> Vec<Duration> {
    let mut least = vec![Duration::MAX; works.len()];
    for _ in 0..ROUNDS {
        for ((_, work), least) in works.iter_mut().zip(&mut least) {
            let start = ProcessTime::now();
            work();
            *least = (*least).min(start.elapsed());
        }
    }
    least
}

fn main() {
    let dir = tempfile::tempdir().expect("a folder");
    make(dir.path());
    let captures = Captures::open(dir.path()).expect("a folder");
    let expected = plain(dir.path());
    let file = dir.path().join("all.parquet");
    let written = write_parquet(&captures, std::fs::File::create(&file).expect("a file")).expect("it is written");
    assert_eq!((written.rows, written.skipped), (CAPTURES, 0));
    let bytes = std::fs::metadata(&file).expect("it is there").len();
    println!(
        "{CAPTURES} captures; as Parquet {:.1} MiB, {:.0} bytes a row",
        bytes as f64 / 1_048_576.0,
        bytes as f64 / CAPTURES as f64
    );

    #[cfg(feature = "sql")]
    let (own, parquet) = {
        let mut own = tracesnap_query::Engine::new().expect("a thread");
        own.captures(captures.clone()).expect("a table");
        let mut parquet = tracesnap_query::Engine::new().expect("a thread");
        parquet.captures_at(file.to_str().expect("text")).expect("a table");
        (own, parquet)
    };
    let mut works: Vec<Work<'_>> = vec![
        ("a loop over the documents", Box::new(|| assert_eq!(black_box(plain(dir.path())), expected))),
        (
            "read, all columns",
            Box::new(|| {
                let read = captures.read(|batch| {
                    black_box(batch);
                    Ok(())
                });
                assert_eq!(read.expect("it is read").rows, CAPTURES);
            }),
        ),
        (
            "write_parquet",
            Box::new(|| assert_eq!(write_parquet(&captures, std::io::sink()).expect("it is written").rows, CAPTURES)),
        ),
    ];
    #[cfg(feature = "sql")]
    {
        const SAME: &str =
            "SELECT function FROM captures WHERE outcome = 'error' AND json_get_int(args, 'customer_id') = 7";
        const BY_FUNCTION: &str = "SELECT function, count(*), avg(duration_ns) FROM captures GROUP BY function";
        const ONE: &str = "SELECT count(*) FROM captures WHERE function = 'shop::step_3'";
        let rows = |engine: &tracesnap_query::Engine, sql: &str| -> u64 {
            engine.query(sql).expect("a query").map(|batch| batch.expect("a batch").num_rows() as u64).sum()
        };
        for (what, engine, sql, count) in [
            ("the same, asked of recordings", &own, SAME, expected),
            ("by function, asked of recordings", &own, BY_FUNCTION, 10),
            ("of one function, asked of recordings", &own, ONE, 1),
            ("the same, asked of Parquet", &parquet, SAME, expected),
            ("by function, asked of Parquet", &parquet, BY_FUNCTION, 10),
            ("of one function, asked of Parquet", &parquet, ONE, 1),
        ] {
            assert_eq!(rows(engine, sql), count, "{what}");
            works.push((what, Box::new(move || assert_eq!(rows(engine, sql), count))));
        }
    }
    let times = least(&mut works);
    for ((what, _), time) in works.iter().zip(&times) {
        let rate = CAPTURES as f64 / time.as_secs_f64();
        println!(
            "{what:38} {rate:>12.0} rows a second of CPU, {:>6.2} × the loop",
            time.as_secs_f64() / times[0].as_secs_f64()
        );
    }
}
