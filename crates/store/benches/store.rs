//! What a store costs beside the plain thing that one would write instead, in one run.
//!
//! `cargo bench -p tracesnap-store --features segments`; a number as argument replaces 100,000.

use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use tracesnap_store::{Metadata, SegmentOptions, Store};

/// A capture of a small function: 270 bytes of JSON.
fn body(n: usize) -> Vec<u8> {
    let mut body = format!(
        r#"{{"function_name":"shop::process_order","args":{{"customer_id":{n},"items":[{{"sku":"A-{}","count":2}},{{"sku":"B-{}","count":1}}]}},"outcome":{{"returned":{{"id":{n},"total":{}.5}}}},"note":""#,
        n % 97,
        n % 89,
        n % 1000
    );
    body.push_str(&"x".repeat(268_usize.saturating_sub(body.len())));
    body.push_str("\"}");
    body.into_bytes()
}

fn metadata() -> Metadata {
    Metadata::of_kind("capture").with_tag("outcome", "returned")
}

/// The middle of many short runs of `times` each, and between what the half of them around it lies. Short, so that few
/// of them are those in which the system runs somebody else.
struct Measured {
    middle: Duration,
    least: Duration,
    most: Duration,
}

/// Measures several things in turn, so that whatever else the machine does falls on all of them.
fn in_turn(rounds: usize, times: usize, what: &mut [(&str, &mut dyn FnMut(usize))]) -> Vec<Measured> {
    let mut taken: Vec<Vec<Duration>> = what.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for (index, (_, run)) in what.iter_mut().enumerate() {
            let begun = Instant::now();
            (0..times).for_each(|time| run(round * times + time));
            taken[index].push(begun.elapsed() / times as u32);
        }
    }
    let measured = taken.into_iter().map(|mut taken| {
        taken.sort();
        let at = |part: usize| taken[taken.len() * part / 4];
        Measured { middle: at(2), least: at(1), most: at(3) }
    });
    let measured: Vec<_> = measured.collect();
    for ((name, _), found) in what.iter().zip(&measured) {
        let ratio = found.middle.as_secs_f64() / measured[0].middle.as_secs_f64();
        println!("  {name:<44} {:>10.1?}  ({:.1?} to {:.1?})  {ratio:.2} ×", found.middle, found.least, found.most);
    }
    measured
}

fn plain_put(dir: &Path, n: usize, body: &[u8]) {
    let mut file = tempfile::NamedTempFile::new_in(dir).expect("it begins");
    file.write_all(body).expect("it is written");
    file.persist(dir.join(format!("{n}.json"))).expect("it is placed");
}

fn main() {
    let count = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let dir = tempfile::tempdir().expect("a directory");
    let store = Store::open(dir.path().join("store")).expect("a directory");

    println!("one document is put");
    let plain = dir.path().join("plain");
    fs::create_dir(&plain).expect("a directory");
    in_turn(
        501,
        10,
        &mut [
            ("plain: temporary file, rename", &mut |n| plain_put(&plain, n, &body(n))),
            ("Store::put", &mut |n| drop(store.put("bench::put", body(n), metadata()).expect("it is put"))),
        ],
    );

    println!("{count} documents are put into one name");
    let begun = Instant::now();
    for n in 0..count {
        store.put("shop::process_order", body(n), metadata()).expect("it is put");
    }
    println!("  {:.1?} each", begun.elapsed() / count as u32);
    for n in 0..count / 10 {
        store.put("shop::tenth", body(n), metadata()).expect("it is put");
    }
    for n in 0..10 {
        store.put("shop::ten", body(n), metadata()).expect("it is put");
    }

    println!("the latest is loaded and its JSON parsed");
    let latest = store.latest("shop::process_order").expect("it is there");
    let path = latest.origin().to_owned();
    let as_plain = dir.path().join("latest.json");
    fs::write(&as_plain, latest.body()).expect("it is written");
    in_turn(
        501,
        20,
        &mut [
            ("plain: the same bytes opened, read, parsed", &mut |_| {
                let bytes = fs::read(&path).expect("it is there");
                let body_at =
                    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).expect("two lines").0 + 1;
                black_box(serde_json::from_slice::<serde_json::Value>(&bytes[body_at..]).expect("it is JSON"));
            }),
            ("plain: a file of the body alone", &mut |_| {
                let bytes = fs::read(&as_plain).expect("it is there");
                black_box(serde_json::from_slice::<serde_json::Value>(&bytes).expect("it is JSON"));
            }),
            (&format!("Store::latest of {count}"), &mut |_| {
                let document = store.latest("shop::process_order").expect("it is there");
                black_box(document.json::<serde_json::Value>().expect("it is JSON"));
            }),
            ("Store::latest of 10", &mut |_| {
                let document = store.latest("shop::ten").expect("it is there");
                black_box(document.json::<serde_json::Value>().expect("it is JSON"));
            }),
        ],
    );

    println!("documents are listed, each");
    for (what, ids) in [("ids", true), ("metadata", false)] {
        for (name, count) in [("shop::tenth", count / 10), ("shop::process_order", count)] {
            let mut best = Duration::MAX;
            for _ in 0..3 {
                let begun = Instant::now();
                let found = if ids {
                    store.ids(name).filter(Result::is_ok).count()
                } else {
                    store.list(name).filter(Result::is_ok).count()
                };
                assert_eq!(found, count);
                best = best.min(begun.elapsed());
            }
            println!("  {what:<9} of {count:>7}  {:>10.2?}  {:.2?} each", best, best / count as u32);
        }
    }

    println!("documents are appended to segments");
    let times = 10 * count;
    for threads in [1, 2] {
        let begun = Instant::now();
        let stats: Vec<_> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..threads)
                .map(|thread| {
                    let store = &store;
                    scope.spawn(move || {
                        let name = format!("bench::append{thread}of{threads}");
                        let mut writer = store.segment_writer(SegmentOptions::default());
                        for n in 0..times {
                            writer.append(&name, body(n), metadata()).expect("it is taken");
                        }
                        writer.finish().expect("it is sealed")
                    })
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().expect("it ends")).collect()
        });
        let taken = begun.elapsed();
        let documents: u64 = stats.iter().map(|stats| stats.documents).sum();
        println!(
            "  {threads} writers: {documents} documents in {taken:.2?}, {:.0} a second and writer; {} segments, {} of {} MB",
            documents as f64 / taken.as_secs_f64() / f64::from(threads),
            stats.iter().map(|stats| stats.sealed).sum::<u64>(),
            stats.iter().map(|stats| stats.sealed_bytes).sum::<u64>() / 1_000_000,
            stats.iter().map(|stats| stats.bytes).sum::<u64>() / 1_000_000,
        );
    }
    println!("the latest of {times} in segments is loaded and its JSON parsed");
    in_turn(
        501,
        5,
        &mut [
            ("plain: a file of the body alone", &mut |_| {
                let bytes = fs::read(&as_plain).expect("it is there");
                black_box(serde_json::from_slice::<serde_json::Value>(&bytes).expect("it is JSON"));
            }),
            ("Store::latest", &mut |_| {
                let document = store.latest("bench::append0of1").expect("it is there");
                black_box(document.json::<serde_json::Value>().expect("it is JSON"));
            }),
        ],
    );
}
