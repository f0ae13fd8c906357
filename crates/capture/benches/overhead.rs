//! What capturing costs: off, left out by sampling, captured in the background; and what the store bears.
//!
//! A plain program rather than criterion: what is claimed are ratios of CPU time, of this thread and of the writer's, and
//! each is measured beside what it is compared with, in turns, so that who else is compiling makes no difference.
//!
//! `cargo bench -p tracesnap-capture --bench overhead`, or only some parts: `… -- off sampled background sustained together
//! loading`.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use serde::{Deserialize, Serialize};
use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, Layout, capture, load, set_global};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Item {
    sku: String,
    quantity: u32,
    price: f64,
    tags: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    customer_id: u64,
    email_verified: bool,
    items: Vec<Item>,
    shipping: String,
    note: Option<String>,
}

fn order(items: usize) -> Order {
    let item = |at: usize| Item {
        sku: format!("SKU-{at:05}"),
        quantity: 3,
        price: 19.99 + at as f64,
        tags: vec!["fragile".into(), "gift".into()],
    };
    Order {
        customer_id: 7,
        email_verified: true,
        items: (0..items).map(item).collect(),
        shipping: "Via Roma 1, Rome".into(),
        note: None,
    }
}

#[inline(never)]
fn plain(order: &Order) -> u64 {
    black_box(order).customer_id
}

#[capture(background, retention = "all")]
#[inline(never)]
fn captured(order: &Order) -> u64 {
    black_box(order).customer_id
}

#[inline(never)]
fn small_plain(value: u64) -> u64 {
    black_box(value) + 1
}

static SWITCH: AtomicU32 = AtomicU32::new(1);

/// What an instrumented function does at least: look whether it is wanted.
#[inline(never)]
fn small_empty_if(value: u64) -> u64 {
    if SWITCH.load(Ordering::Relaxed) != 1 {
        black_box(0);
    }
    black_box(value) + 1
}

#[capture(retention = "all")]
#[inline(never)]
fn small_captured(value: u64) -> u64 {
    black_box(value) + 1
}

#[capture(retention = "all", sample = 0.000_01)]
#[inline(never)]
fn small_sampled(value: u64) -> u64 {
    black_box(value) + 1
}

/// The least of several runs, in nanoseconds a call: what is more is somebody else.
fn least(rounds: usize, calls: u32, mut run: impl FnMut()) -> f64 {
    let once = |run: &mut dyn FnMut()| {
        let start = ThreadTime::now();
        for _ in 0..calls {
            run();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    (0..rounds).map(|_| once(&mut run)).fold(f64::INFINITY, f64::min)
}

fn check(name: &str, value: f64, limit: f64) {
    let verdict = if value <= limit { "within" } else { "ABOVE" };
    println!("{name:<58} {value:>9.2}   ({verdict} {limit})");
}

/// A part of the bench, by its name.
type Part = (&'static str, fn(&std::path::Path));

fn main() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let (written, cpu) = write_for(std::path::Path::new(&dir), 1);
        println!("{written} {cpu}");
        return;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let parts: [Part; 6] = [
        ("off", off),
        ("sampled", sampled),
        ("background", background),
        ("sustained", sustained),
        ("together", together),
        ("loading", loading),
    ];
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part(dir.path());
        }
    }
}

fn off(_: &std::path::Path) {
    set_global(Captures::builder().config(CaptureConfig::new().enabled(false)).build().expect("a configuration"));
    let calls = 4_000_000;
    let (mut plain, mut empty, mut off) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    for _ in 0..7 {
        plain = plain.min(least(1, calls, || {
            black_box(small_plain(1));
        }));
        empty = empty.min(least(1, calls, || {
            black_box(small_empty_if(1));
        }));
        off = off.min(least(1, calls, || {
            black_box(small_captured(1));
        }));
    }
    println!("one call, ns of CPU: plain {plain:.2}, with an empty `if` {empty:.2}, captured but off {off:.2}");
    check("off / empty if (whole calls)", off / empty, 2.0);
}

fn sampled(dir: &std::path::Path) {
    let config = CaptureConfig::new().path(dir.join("sampled"));
    set_global(Captures::builder().config(config).build().expect("a configuration"));
    let calls = 4_000_000;
    let (mut empty, mut sampled) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..7 {
        empty = empty.min(least(1, calls, || {
            black_box(small_empty_if(1));
        }));
        sampled = sampled.min(least(1, calls, || {
            black_box(small_sampled(1));
        }));
    }
    println!("one call, ns of CPU: with an empty `if` {empty:.2}, left out by sampling {sampled:.2}");
    check("sampled out / empty if (whole calls)", sampled / empty, 5.0);
}

fn background(dir: &std::path::Path) {
    for items in [2, 20, 200] {
        let config = CaptureConfig::new()
            .path(dir.join(format!("background{items}")))
            .layout(Layout::Segments)
            .max_bytes(1 << 20);
        let captures = Captures::builder().config(config).build().expect("a configuration");
        set_global(captures.clone());
        let order = order(items);
        let bytes = serde_json::to_vec(&order).expect("it serialises").len();
        // As many as the queue takes.
        let calls = 16_000 / items as u32;
        let (mut of_plain, mut of_serde, mut of_captured) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
        let (mut of_both, mut documents) = (f64::INFINITY, 0);
        for _ in 0..25 {
            of_plain = of_plain.min(least(1, calls, || {
                black_box(plain(&order));
            }));
            of_serde = of_serde.min(least(1, calls, || {
                drop(black_box(serde_json::to_vec(black_box(&order)).expect("it serialises")));
            }));
            let all = ProcessTime::now();
            of_captured = of_captured.min(least(1, calls, || {
                black_box(captured(&order));
            }));
            captures.flush();
            of_both = of_both.min(all.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
            documents += u64::from(calls);
        }
        let stats = captures.stats();
        println!(
            "{bytes} B of JSON, ns of CPU: plain {of_plain:.0}, serde_json {of_serde:.0}, captured {of_captured:.0}, with the \
             writer's {of_both:.0}; {} of {documents} written, {} dropped",
            stats.captured, stats.dropped
        );
        check("  (captured - plain) / serde_json, on the caller", (of_captured - of_plain) / of_serde, 2.0);
        println!("  caller and writer together / serde_json {:>27.2}", (of_both - of_plain) / of_serde);
    }
}

/// As many captures as can be had, for a while, through a bounded queue.
fn sustained(dir: &std::path::Path) {
    let config = CaptureConfig::new().path(dir.join("sustained")).layout(Layout::Segments).queue(1 << 14);
    let captures = Captures::builder().config(config).build().expect("a configuration");
    set_global(captures.clone());
    let order = order(2);
    let (start, cpu) = (Instant::now(), ProcessTime::now());
    let mut calls = 0_u64;
    while start.elapsed() < Duration::from_secs(3) {
        // A caller that has something else to do now and then, so that the writer is what is measured.
        for _ in 0..256 {
            captured(&order);
        }
        calls += 256;
        while captures.stats().captured + captures.stats().dropped + 12_000 < calls {
            // Asleep: waiting is no part of what a capture costs.
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    captures.flush();
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    let stats = captures.stats();
    println!(
        "sustained: {calls} calls in {wall:.2} s of wall and {cpu:.2} s of CPU, {} written, {} dropped",
        stats.captured, stats.dropped
    );
    let a_core = stats.captured as f64 / cpu;
    println!("  {a_core:.0} captures a second of CPU, callers and writer together (wanted: 100000)");
    let writer = (stats.redact_ns + stats.store_ns) as f64 / stats.captured as f64;
    let caller = stats.serialize_ns as f64 / stats.calls as f64;
    println!(
        "  of a capture: caller {caller:.0} ns, value rules and scan {:.0} ns, store {:.0} ns, {writer:.0} ns of writer",
        stats.redact_ns as f64 / stats.captured as f64,
        stats.store_ns as f64 / stats.captured as f64
    );
}

/// Set for a process that another one measures: the folder it captures into.
const CHILD: &str = "CAPTURE_BENCH_FOLDER";

/// Captures of so many threads for a while: how many were written, and in how many seconds of CPU.
fn write_for(dir: &std::path::Path, threads: usize) -> (u64, f64) {
    let config = CaptureConfig::new().path(dir).layout(Layout::Segments).queue(1 << 14);
    let captures = Captures::builder().config(config).build().expect("a configuration");
    set_global(captures.clone());
    let (start, cpu) = (Instant::now(), ProcessTime::now());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let order = order(2);
                while start.elapsed() < Duration::from_secs(2) {
                    for _ in 0..256 {
                        captured(&order);
                    }
                    // Not more than the writer bears; what is dropped is no capture. Looking often costs more than capturing.
                    let waits = || {
                        let stats = captures.stats();
                        stats.calls > stats.captured + stats.dropped + 8_000
                    };
                    while waits() {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                }
            });
        }
    });
    captures.flush();
    let stats = captures.stats();
    assert_eq!(stats.captured + stats.dropped, stats.calls, "each is written or counted");
    (stats.captured, cpu.elapsed().as_secs_f64())
}

/// Several who capture the same function into the same folder.
fn together(dir: &std::path::Path) {
    let tell = |who: &str, written: u64, cpu: f64| {
        println!("{who}: {:.0} captures a second of CPU, {written} written (wanted: 100000)", written as f64 / cpu);
    };
    for threads in [1, 2, 4] {
        let (written, cpu) = write_for(&dir.join(format!("threads{threads}")), threads);
        tell(&format!("{threads} threads of one process"), written, cpu);
    }
    for processes in [1, 2, 4] {
        let folder = dir.join(format!("processes{processes}"));
        let child = || {
            let mut child = std::process::Command::new(std::env::current_exe().expect("this bench has a file"));
            child.env(CHILD, &folder).stdout(std::process::Stdio::piped()).spawn().expect("it starts")
        };
        let children: Vec<_> = (0..processes).map(|_| child()).collect();
        let (mut written, mut cpu) = (0, 0.0);
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            let told = String::from_utf8(output.stdout).expect("text");
            let (count, seconds) = told.trim().split_once(' ').expect("two numbers");
            written += count.parse::<u64>().expect("a number");
            cpu += seconds.parse::<f64>().expect("a number");
        }
        let found = CaptureLoader::open(&folder).expect("a folder").count("captured").expect("a number");
        assert_eq!(found as u64, written, "nobody's captures are lost to another one");
        tell(&format!("{processes} processes into one folder"), written, cpu);
    }
}

#[capture(retention = "all")]
fn many(order: &Order, number: u64) -> u64 {
    order.customer_id + number
}

fn loading(dir: &std::path::Path) {
    for (layout, documents) in [(Layout::Files, 100_000_u64), (Layout::Segments, 100_000)] {
        let path = dir.join(format!("many{layout:?}"));
        let config = CaptureConfig::new().path(&path).layout(layout).background(true).queue(1 << 14);
        let captures = Captures::builder().config(config).build().expect("a configuration");
        set_global(captures.clone());
        let order = order(2);
        let mut tenth = Duration::ZERO;
        for number in 0..documents {
            many(&order, number);
            if number % 8_000 == 0 {
                captures.flush();
            }
            if number == documents / 10 {
                captures.flush();
                tenth = list(&path, documents / 10 + 1);
            }
        }
        captures.flush();
        assert_eq!(captures.stats().captured, documents);
        let all = list(&path, documents);
        println!(
            "{layout:?}: listing {} takes {tenth:.2?}, {documents} {all:.2?}: {:.2} times as long for ten times as many",
            documents / 10,
            all.as_secs_f64() / tenth.as_secs_f64()
        );
        let latest = least(20, 20, || drop(black_box(load!(many).expect("a capture"))));
        let document = CaptureLoader::open(&path).expect("a folder").latest("many").expect("a capture").document;
        let file = dir.join("one.json");
        std::fs::write(&file, document.to_json()).expect("a file");
        let read = least(20, 20, || {
            let bytes = std::fs::read(&file).expect("a file");
            drop(black_box(serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON")));
        });
        println!("  the latest of {documents}: {:.1} µs, open, read and parse {:.1} µs", latest / 1e3, read / 1e3);
        check("  latest / (open, read, parse)", latest / read, 3.0);
    }
}

fn list(path: &std::path::Path, expected: u64) -> Duration {
    let loader = CaptureLoader::open(path).expect("a folder");
    let start = Instant::now();
    let mut count = 0;
    loader.list("many", |entry| entry.map(|_| count += 1)).expect("a list");
    assert_eq!(count, expected);
    start.elapsed()
}
