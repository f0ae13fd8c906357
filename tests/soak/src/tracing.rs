//! Traces: the same program over and over, on two threads, whose snapshot must not change.

use std::fs;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, ensure};
use tracesnap::{Adopter, Trace, Tracer};
use tracing::{info, instrument};

use crate::{Done, KEPT, Until, files};

const ENDING: &str = ".trace.json";

#[instrument(skip(adopter), ret)]
fn order(items: u64, adopter: &Adopter) -> u64 {
    let total = (1..=items).map(price).sum();
    // Somebody else charges, in a thread of the same recording.
    let span = tracing::Span::current();
    thread::scope(|scope| {
        scope.spawn(|| {
            adopter.adopt();
            span.in_scope(|| charge(total));
        });
    });
    total
}

#[instrument(ret)]
fn price(item: u64) -> u64 {
    if item.is_multiple_of(7) {
        info!(item, "reduced");
    }
    item * 3
}

#[instrument(fields(token = "tok_5f3a9c1b7e2d4f60"))]
fn charge(total: u64) {}

fn record() -> Result<Trace> {
    let guard = Tracer::start()?;
    order(100, &guard.adopter());
    Ok(guard.finish())
}

pub(crate) fn run(dir: &Path, until: &Until) -> Result<Done> {
    let first = record()?.snapshot().to_string();
    ensure!(first.contains("charge") && !first.contains("tok_5f3a"), "a snapshot that was not expected:\n{first}");
    let rounds = until.rounds(|round| {
        let trace = record()?;
        let stats = trace.stats();
        ensure!((stats.recorded, stats.lost) == (102, 0), "spans were lost: {stats:?}");
        let snapshot = trace.snapshot().to_string();
        ensure!(snapshot == first, "the snapshot has changed:\n{snapshot}\nit was:\n{first}");
        if round % 20 == 0 {
            let path = dir.join(format!("{round:012}{ENDING}"));
            trace.save(&path)?;
            let loaded = Trace::load(&path)?;
            ensure!(loaded.snapshot().to_string() == first, "{} is not what was saved", path.display());
            if let Some(oldest) = files(dir, ENDING)?.iter().rev().nth(KEPT) {
                fs::remove_file(oldest)?;
            }
        }
        Ok(())
    })?;
    let left = files(dir, ENDING)?;
    for path in &left {
        Trace::load(path).with_context(|| path.display().to_string())?;
    }
    Ok(Done { job: "traces", rounds, files: left.len() as u64 })
}
