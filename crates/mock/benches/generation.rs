//! What it costs to make answers: `cargo bench -p tracesnap-mock --bench generation [-- DOCUMENT …]`.
//!
//! Side by side, for the same bodies: making one in each quality, copying it, writing it as JSON, and checking it by the
//! validator. Without documents, our own one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracesnap_mock::generate::{Generator, Given, Quality, Settings};
use tracesnap_mock::validate::Answers;
use tracesnap_openapi::{Document, MediaType};

/// Rounds over all bodies; the best one counts, since the machine is not ours alone.
const ROUNDS: usize = 15;

fn main() {
    let named: Vec<PathBuf> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).map(PathBuf::from).collect();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/generation/market.yaml");
    let paths = if named.is_empty() { vec![PathBuf::from(own)] } else { named };
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
        for quality in Quality::ALL {
            row(&name, &document, &media, quality);
        }
    }
}

fn row(name: &str, document: &Arc<Document>, media: &[MediaType<'_>], quality: Quality) {
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
