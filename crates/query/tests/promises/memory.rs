//! Memory does not grow with the recordings.
//!
//! What is allocated is the process's, so each part runs in one of its own.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tracesnap_query::{Captures, Recordings, write_parquet};
use tracesnap_store::{Metadata, SegmentOptions, Store};

use crate::PEAK;

const CAPTURES: u64 = 100_000;

/// What a batch and a row group may take, with what a writer and an engine need beside them. **Unit:** MiB.
const MOST: f64 = 64.0;

/// 100,000 captures of two functions: 1 KiB each, and each other than the one before.
fn make(dir: &Path) {
    let store = Store::open(dir).expect("a folder");
    let policy = tracesnap_redact::Policy::for_captures().id();
    let mut writer = store.segment_writer(SegmentOptions::default());
    for n in 0..CAPTURES {
        let function = if n % 10 == 0 { "shop::pay" } else { "shop::notify" };
        let filler: String =
            (0..40).map(|at| format!("{:016x},", n.wrapping_mul(0x9e37_79b9_7f4a_7c15 + at))).collect();
        let document = json!({
            "version": 1, "function_name": function, "timestamp": "2026-03-01T10:00:00Z", "kwargs": {"n": n, "filler": filler},
            "outcome": {"kind": "returned", "value": n, "duration_ns": n}, "metadata": {"function": function, "policy": policy},
        });
        writer.append(function, document.to_string(), Metadata::of_kind("capture")).expect("it is taken");
    }
    writer.finish().expect("it is written");
}

/// Does a part in a process of its own; what it printed.
fn run(dir: &Path, does: &str) -> String {
    let mut child = Command::new(std::env::current_exe().expect("this test has a file"));
    child.args(["--exact", "memory::in_a_process_of_its_own", "--nocapture"]);
    child.env("QUERY_TEST_DIR", dir).env("QUERY_TEST_DOES", does);
    let output = child.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn a_hundred_thousand_captures_are_read_exported_and_queried_in_the_memory_of_a_few_batches() {
    let dir = tempfile::tempdir().expect("a folder");
    make(dir.path());
    let parts: &[&str] = if cfg!(feature = "sql") { &["read", "export", "query"] } else { &["read", "export"] };
    for does in parts {
        let printed = run(dir.path(), does);
        let line = printed.lines().find_map(|line| line.split_once("peak of ")).expect("it says").1.to_owned();
        println!("{line}");
        let (peak, rows) = line.split_once(" MiB for ").expect("both");
        let peak: f64 = peak.parse().expect("a number");
        assert!(rows.starts_with("100000 "), "{line}");
        assert!(peak < MOST, "{line}");
    }
}

/// The part of the test above.
#[test]
fn in_a_process_of_its_own() {
    let (Some(dir), Ok(does)) = (std::env::var_os("QUERY_TEST_DIR"), std::env::var("QUERY_TEST_DOES")) else { return };
    let dir = Path::new(&dir);
    PEAK.reset_peak_usage();
    let captures = Captures::open(dir).expect("a folder");
    let rows = match does.as_str() {
        "read" => captures.read(|_| Ok(())).expect("it is read").rows,
        "export" => {
            let mut file = BufWriter::new(tempfile::tempfile().expect("a file"));
            let rows = write_parquet(&captures, &mut file).expect("it is written").rows;
            file.flush().expect("it is written");
            rows
        }
        #[cfg(feature = "sql")]
        "query" => {
            let mut engine = tracesnap_query::Engine::new().expect("a thread");
            engine.captures(captures).expect("a table");
            // All columns of all rows, and a sum over a value within one of them.
            let answer = engine.query("SELECT * FROM captures").expect("a query");
            let rows: usize = answer.map(|batch| batch.expect("a batch").num_rows()).sum();
            let sums = engine.query("SELECT sum(json_get_int(args, 'n')) AS n FROM captures").expect("a query");
            let sum: Vec<_> = sums.flat_map(|batch| crate::support::rows_of(&batch.expect("a batch"))).collect();
            assert_eq!(sum[0]["n"], CAPTURES * (CAPTURES - 1) / 2);
            rows as u64
        }
        other => panic!("nothing is called {other}"),
    };
    println!("peak of {:.1} MiB for {rows} rows: {does}", PEAK.peak_usage_as_mb());
}
