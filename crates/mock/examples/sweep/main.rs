//! Answers every operation of every document of a folder, and judges the answers:
//! `cargo run --release -p tracesnap-mock --example sweep -- FOLDER [--failures] [--broken-beliefs] [--slow]`.
//!
//! A valid request is made for each operation, its documented success answer is taken, and the body is made in each quality
//! and held against its schema by a validator that shares nothing with the generator. Printed are, by document and in all:
//! operations, answered, schema-valid; invariants of belief; how many optional properties are there; and what it takes.
//! `--failures` lists each body that breaks its schema, `--broken-beliefs` each place where an invariant does not hold, `--slow` what takes
//! longest.

mod documents;
mod operation;
mod report;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use report::Report;
use tracesnap_openapi::Document;

/// What one document may take before the rest of its operations is given up.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("give the folder with documents")?;
    let mut files = documents::find(Path::new(&folder))?;
    files.sort();
    let mut report = Report::default();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let start = Instant::now();
        let document = match Document::open(&file) {
            Ok(document) => Arc::new(document),
            Err(error) => {
                report.unreadable(&name, &error.to_string());
                continue;
            }
        };
        // A thread with the stack of a server's worker: what overflows here would end a server.
        let worker = std::thread::Builder::new().stack_size(2 << 20);
        let judged = worker.spawn(move || operation::judge_all(&document, start, PATIENCE))?;
        match judged.join() {
            Ok(judged) => report.document(&name, judged),
            Err(_) => report.unreadable(&name, "it panicked"),
        }
    }
    report.print(&std::env::args().collect::<Vec<_>>());
    Ok(())
}
