//! What it costs to read documents: `cargo bench -p tracesnap-openapi --bench reading -- FOLDER`.
//!
//! For every document of the folder: time to read it, to compile all its operations, to find its faults; the peak of
//! memory while it was read, and what it keeps. Without a folder it reads one that it makes itself. The same text is
//! read by `serde_json` alone beside it, where it is JSON: what the lines, bounds and views cost is the distance.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use tracesnap_openapi::Document;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let mut files: Vec<(String, Vec<u8>)> = match folder {
        Some(folder) => {
            let mut paths: Vec<PathBuf> =
                std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
            paths.sort();
            let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            paths.iter().filter(|path| path.is_file()).map(|path| (name(path), std::fs::read(path).unwrap())).collect()
        }
        None => vec![("made.json".to_owned(), made(1_200_000).into_bytes())],
    };
    files.sort_by_key(|(_, bytes)| bytes.len());
    println!(
        "file                              kB     read   compile    faults  (serde_json)   peak MB  kept MB   ops  faults"
    );
    let mut failed = 0;
    for (name, bytes) in &files {
        let kb = bytes.len() / 1_000;
        let before = ALLOCATED.current_usage();
        ALLOCATED.reset_peak_usage();
        let document = match Document::parse(name, bytes.clone()) {
            Ok(document) => document,
            Err(error) => {
                failed += 1;
                println!("{name:<30} {kb:>5}  {error}");
                continue;
            }
        };
        let peak = ALLOCATED.peak_usage().saturating_sub(before);
        let kept = ALLOCATED.current_usage().saturating_sub(before);
        drop(document);
        let read = best(|| drop(Document::parse(name, bytes.clone())));
        let plain = serde_json::from_slice::<serde_json::Value>(bytes)
            .map(|_| best(|| drop(serde_json::from_slice::<serde_json::Value>(bytes))));
        let document = Document::parse(name, bytes.clone()).expect("it was read before");
        let compile = best(|| {
            for operation in document.operations() {
                let bodies = operation.body().into_iter().flat_map(|body| body.content().to_vec());
                let answers = operation.responses().into_iter().flat_map(|response| response.content().to_vec());
                for schema in bodies.chain(answers).filter_map(|media| media.schema()) {
                    std::hint::black_box(schema.all_properties());
                }
                std::hint::black_box((operation.parameters(), operation.security(), operation.servers()));
            }
        });
        let (faults, count) = {
            let start = Instant::now();
            let count = document.faults().len();
            (start.elapsed(), count)
        };
        #[expect(clippy::cast_precision_loss, reason = "megabytes for people")]
        let mb = |bytes: usize| bytes as f64 / 1e6;
        println!(
            "{name:<30} {kb:>5} {:>8} {:>9} {:>9} {:>13} {:>9.1} {:>8.1} {:>5} {count:>7}",
            ms(read),
            ms(compile),
            ms(faults),
            plain.map_or_else(|_| "-".to_owned(), ms),
            mb(peak),
            mb(kept),
            document.operations().len(),
        );
    }
    println!("{} of {} documents were read", files.len() - failed, files.len());
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
    std::iter::repeat_with(one).take(5).min().unwrap_or_default()
}

/// A document of about that many bytes.
fn made(bytes: usize) -> String {
    let mut paths = serde_json::Map::new();
    let mut size = 0;
    while size < bytes {
        let number = paths.len();
        let item = serde_json::json!({"get": {
            "operationId": format!("read{number}"),
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
            "responses": {"200": {"description": "what was asked for", "content": {"application/json": {"schema": {
                "type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}}}}}}});
        size += item.to_string().len();
        paths.insert(format!("/things{number}/{{id}}"), item);
    }
    serde_json::json!({"openapi": "3.0.3", "info": {"title": "made", "version": "1"}, "paths": paths}).to_string()
}
