//! What it costs to recognise documents: `cargo bench -p tracesnap-mock --bench recognition -- FOLDER`.
//!
//! For every document of the folder: time to read it, and to recognise all its operations, side by side. Without a
//! folder, our own documents that spell out the definition.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tracesnap_mock::patterns::Recognizer;
use tracesnap_openapi::Document;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder =
        folder.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/definition"), PathBuf::from);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let recognizer = Recognizer::default();
    println!("file                             ops      read  recognised  an operation");
    for path in paths.iter().filter(|path| path.is_file()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let document = match Document::open(path) {
            Ok(document) => document,
            Err(error) => {
                println!("{name:<30} {error}");
                continue;
            }
        };
        let operations = document.operations().len();
        let read = best(|| drop(Document::open(path)));
        let recognised = best(|| drop(recognizer.document(&document)));
        let each = recognised.as_secs_f64() * 1e6 / f64::from(u32::try_from(operations.max(1)).unwrap_or(u32::MAX));
        println!("{name:<30} {operations:>5} {:>9} {:>11} {each:>10.0} µs", ms(read), ms(recognised));
    }
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// The best of a few runs: the machine is not ours alone.
fn best(mut run: impl FnMut()) -> Duration {
    let one = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    std::iter::repeat_with(one).take(3).min().unwrap_or_default()
}
