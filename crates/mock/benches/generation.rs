//! What it costs to make answers: `cargo bench -p tracesnap-mock --bench generation [-- DOCUMENT …]`.
//!
//! Side by side, for the same bodies: making one in each quality, copying it, writing it as JSON, and checking it by the
//! validator. Without documents, our own one; a folder stands for all documents in it.
//!
//! Then percentiles over all bodies of up to 10 kB, of all documents and several keys each. A body counts with the
//! quickest of five times it was made, so they tell how bodies differ and not what else the machine did.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracesnap_mock::generate::{Generator, Given, Quality, Settings};
use tracesnap_mock::validate::Answers;
use tracesnap_openapi::{Document, MediaType};

/// Rounds over all bodies; the best one counts, since the machine is not ours alone.
const ROUNDS: usize = 15;
/// Bodies of each operation that percentiles are taken of.
const KEYS: u64 = 10;
/// Bytes of a body as JSON up to which it counts there.
const MOST_BYTES: usize = 10_000;
/// What the 99th percentile is meant to be, in microseconds.
const TARGETS: [(Quality, f64); 4] =
    [(Quality::Basic, 50.0), (Quality::Realistic, 200.0), (Quality::Production, 500.0), (Quality::Exact, 50.0)];

fn main() {
    let named: Vec<PathBuf> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).map(PathBuf::from).collect();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/generation/market.yaml");
    let mut paths: Vec<PathBuf> = if named.is_empty() { vec![PathBuf::from(own)] } else { Vec::new() };
    for path in named {
        match std::fs::read_dir(&path) {
            Ok(entries) => paths.extend(entries.filter_map(|entry| Some(entry.ok()?.path()))),
            Err(_) => paths.push(path),
        }
    }
    paths.sort();
    let mut all: Vec<(Quality, Vec<Duration>)> = Quality::ALL.map(|quality| (quality, Vec::new())).into();
    println!("document          quality      bodies  bytes/body     made    first   copied  written  checked");
    for path in paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let document = match Document::open(&path) {
            Ok(document) => Arc::new(document),
            Err(error) => {
                println!("{name:<17} {error}");
                continue;
            }
        };
        let media: Vec<MediaType<'_>> = document
            .operations()
            .filter_map(|operation| operation.success()?.json())
            .filter(|media| media.schema().is_some())
            .collect();
        for (quality, times) in &mut all {
            row(&name, &document, &media, *quality, times);
        }
    }
    println!("\nbodies up to {MOST_BYTES} bytes     bodies       P50       P95       P99      most   target P99");
    for (quality, times) in &mut all {
        times.sort_unstable();
        let at = |percent: usize| {
            let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
            times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
        };
        let target = TARGETS.iter().find(|(of, _)| of == quality).map_or(0.0, |(_, target)| *target);
        let met = if at(99) <= target { "met" } else { "missed" };
        println!(
            "{:<25} {:>10} {:>6.1} µs {:>6.1} µs {:>6.1} µs {:>6.1} µs {target:>6} µs {met}",
            quality.as_str(),
            times.len(),
            at(50),
            at(95),
            at(99),
            at(100),
        );
    }
}

fn row(name: &str, document: &Arc<Document>, media: &[MediaType<'_>], quality: Quality, times: &mut Vec<Duration>) {
    let settings = Settings::default().with_quality(quality).with_examples(false);
    let generator = Generator::new(Arc::clone(document), settings);
    let answers = Answers::new(Arc::clone(document));
    let body =
        |media: &MediaType<'_>, key| generator.body(media, &Given::key(key)).map(|made| made.value).unwrap_or_default();
    // The first time of each plans its schema.
    let start = Instant::now();
    let bodies: Vec<_> = media.iter().map(|media| body(media, 1)).collect();
    let first = start.elapsed();
    // A replica needs something to replicate.
    let recorded: Vec<Given> = bodies.iter().map(|body| Given::key(0).recorded(body.clone())).collect();
    let bytes: usize = bodies.iter().map(|body| body.to_string().len()).sum();
    let mut key = 0;
    let made = best(|| {
        key += 1;
        for (media, recorded) in media.iter().zip(&recorded) {
            match quality {
                Quality::Exact => drop(generator.body(media, recorded)),
                _ => drop(body(media, key)),
            }
        }
    });
    for (media, recorded) in media.iter().zip(&recorded) {
        for key in 1..=if quality == Quality::Exact { 1 } else { KEYS } {
            let made = || match quality {
                Quality::Exact => generator.body(media, recorded).map(|made| made.value).unwrap_or_default(),
                _ => body(media, key),
            };
            if made().to_string().len() > MOST_BYTES {
                continue;
            }
            let one = || {
                let start = Instant::now();
                let made = std::hint::black_box(made());
                let took = start.elapsed();
                drop(made);
                took
            };
            times.extend(std::iter::repeat_with(one).take(5).min());
        }
    }
    let copied = best(|| bodies.iter().for_each(|body| drop(body.clone())));
    let written = best(|| bodies.iter().for_each(|body| drop(serde_json::to_vec(body))));
    let check = || {
        let pairs = media.iter().zip(&bodies).filter_map(|(media, body)| Some((media.schema()?, body)));
        pairs.for_each(|(schema, body)| drop(answers.check(schema, body)));
    };
    check();
    let checked = best(check);
    let count = media.len().max(1);
    let each = |time: Duration| {
        format!("{:.1} µs", time.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
    };
    println!(
        "{name:<17} {:<11} {:>7} {:>11} {:>8} {:>8} {:>8} {:>8} {:>8}",
        quality.as_str(),
        media.len(),
        bytes / count,
        each(made),
        each(first),
        each(copied),
        each(written),
        each(checked),
    );
}

fn best(mut run: impl FnMut()) -> Duration {
    let one = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    std::iter::repeat_with(one).take(ROUNDS).min().unwrap_or_default()
}
