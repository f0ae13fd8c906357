//! A trace in every form a file could have: how large it is, how long it takes to write and to read.
//!
//! ```sh
//! cd benches/formats && cargo run --release               # a million calls
//! cd benches/formats && cargo run --release -- 100000     # so many
//! ```
//!
//! Two encodings (the JSON that tracesnap writes, and postcard, the smallest of the kept binary ones) by each packing.
//! All are from the tree to bytes in memory and back. JSON comes back as a tree, postcard as rows: what building a tree
//! of them takes would come on top.

mod rows;

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use tracesnap::{Trace, TraceForm, Tracer};
use tracing::{info, info_span, instrument};

/// Each figure is the best of so many.
const ROUNDS: usize = 3;

#[derive(Clone, Copy)]
enum Packing {
    None,
    Gzip(u32),
    Zstd(i32),
    Lz4,
}

const PACKINGS: [(&str, Packing); 8] = [
    ("", Packing::None),
    (" + gzip 1", Packing::Gzip(1)),
    (" + gzip 2", Packing::Gzip(2)),
    (" + gzip 3", Packing::Gzip(3)),
    (" + gzip 6", Packing::Gzip(6)),
    (" + zstd 1", Packing::Zstd(1)),
    (" + zstd 3", Packing::Zstd(3)),
    (" + lz4", Packing::Lz4),
];

fn main() -> io::Result<()> {
    let calls = std::env::args().nth(1).map_or(1_000_000, |calls| calls.parse().expect("a number of calls"));
    let trace = record(calls);
    assert!(trace.stats().is_complete(), "the rings are too small for it: {:?}", trace.stats());
    println!("{} calls, {} events\n", trace.tree().len(), trace.stats().events);
    println!("| form | bytes a call | write, ms | read, ms |\n|---|---:|---:|---:|");
    for (name, packing) in PACKINGS {
        let write = |to: &mut dyn Write| trace.write(to, TraceForm::Json);
        let read = |from: &mut dyn Read| Trace::read(from).map(|trace| trace.tree().len()).map_err(io::Error::other);
        measure(&format!("JSON{name}"), calls, packing, write, read)?;
    }
    for (name, packing) in PACKINGS {
        let write = |to: &mut dyn Write| rows::write(&trace, to);
        measure(&format!("postcard{name}"), calls, packing, write, rows::read)?;
    }
    Ok(())
}

fn measure(
    name: &str,
    calls: u64,
    packing: Packing,
    write: impl Fn(&mut dyn Write) -> io::Result<()>,
    read: impl Fn(&mut dyn Read) -> io::Result<usize>,
) -> io::Result<()> {
    let (mut bytes, mut written, mut was_read) = (Vec::new(), Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        bytes.clear();
        let begun = Instant::now();
        pack(packing, &mut bytes, &write)?;
        written = written.min(begun.elapsed());
        let begun = Instant::now();
        let found = unpack(packing, &bytes, &read)?;
        was_read = was_read.min(begun.elapsed());
        assert_eq!(found as u64, calls, "{name} lost some");
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("| {name} | {:.1} | {:.0} | {:.0} |", bytes.len() as f64 / calls as f64, ms(written), ms(was_read));
    Ok(())
}

fn pack(packing: Packing, to: &mut Vec<u8>, write: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match packing {
        Packing::None => write(to),
        Packing::Gzip(level) => {
            let mut to = buffered(flate2::write::GzEncoder::new(to, flate2::Compression::new(level)));
            write(&mut to)?;
            to.into_inner()?.finish().map(drop)
        }
        Packing::Zstd(level) => {
            let mut to = buffered(zstd::Encoder::new(to, level)?);
            write(&mut to)?;
            to.into_inner()?.finish().map(drop)
        }
        Packing::Lz4 => {
            let mut to = buffered(lz4_flex::frame::FrameEncoder::new(to));
            write(&mut to)?;
            to.into_inner()?.finish().map(drop).map_err(io::Error::other)
        }
    }
}

fn buffered<W: Write>(to: W) -> io::BufWriter<W> {
    io::BufWriter::with_capacity(64 << 10, to)
}

fn unpack(packing: Packing, bytes: &[u8], read: impl Fn(&mut dyn Read) -> io::Result<usize>) -> io::Result<usize> {
    match packing {
        Packing::None => read(&mut { bytes }),
        Packing::Gzip(_) => read(&mut flate2::read::GzDecoder::new(bytes)),
        Packing::Zstd(_) => read(&mut zstd::Decoder::new(bytes)?),
        Packing::Lz4 => read(&mut lz4_flex::frame::FrameDecoder::new(bytes)),
    }
}

/// A program of requests: ten calls and an event each, arguments on seven of the calls, results on three.
fn record(calls: u64) -> Trace {
    let guard = Tracer::builder().capacity(4 << 20).text_capacity(1 << 30).start().expect("the plan is right");
    (0..calls / 10).for_each(request);
    guard.finish()
}

fn request(n: u64) {
    info_span!("request", n, path = "/orders").in_scope(|| {
        for step in 0..3 {
            info_span!("step", step).in_scope(|| {
                price(n + step, "tea-and-cups");
                info_span!("leaf").in_scope(|| ());
            });
        }
        info!(items = n, "order priced");
    });
}

#[instrument(ret)]
fn price(item: u64, sku: &str) -> u64 {
    std::hint::black_box(item * 3 + sku.len() as u64)
}
