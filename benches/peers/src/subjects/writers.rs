//! Recorders that write text as spans open and close: tracing-tree, tracing-chrome, tracing-flame and fmt.
//!
//! They write into sinks that count lines and forget them, so what is measured is the making of the text, not a disk.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tracing_chrome::{ChromeLayerBuilder, FlushGuard};
use tracing_flame::FlameLayer;
use tracing_subscriber::fmt::{format::FmtSpan, layer};
use tracing_tree::HierarchicalLayer;

use super::{Made, Subject, install, same};
use crate::common::workload::Workload;

/// A recorder that has written its lines by the time a span is closed.
struct Lines {
    sink: LineSink,
    wanted: fn(Made) -> u64,
    before: u64,
    seen: u64,
}

impl Lines {
    fn subject(sink: LineSink, wanted: fn(Made) -> u64) -> Box<dyn Subject> {
        Box::new(Self { sink, wanted, before: 0, seen: 0 })
    }
}

impl Subject for Lines {
    fn drain(&mut self) -> Result<()> {
        self.before = self.seen;
        self.seen = self.sink.0.load(Ordering::Relaxed);
        Ok(())
    }

    fn verify(&mut self, made: Made) -> Result<()> {
        same("lines", self.seen - self.before, (self.wanted)(made))
    }
}

/// Counts the writes that end a line; each of these recorders writes a line at once or its end by itself.
#[derive(Clone, Default)]
struct LineSink(Arc<AtomicU64>);

impl Write for LineSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.last() == Some(&b'\n') {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line for each new span and each event.
pub(super) fn tree(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let sink = LineSink::default();
    let writer = sink.clone();
    install(HierarchicalLayer::new(2).with_ansi(false).with_writer(move || writer.clone()), workload)?;
    Ok(Lines::subject(sink, |made| made.spans + made.events))
}

/// A line at each enter and each exit; events are not looked at.
pub(super) fn flame(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let sink = LineSink::default();
    install(FlameLayer::new(sink.clone()), workload)?;
    Ok(Lines::subject(sink, |made| 2 * made.spans))
}

/// A line for each new span, each closed one and each event.
pub(super) fn fmt(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let sink = LineSink::default();
    let writer = sink.clone();
    let layer = layer().with_span_events(FmtSpan::NEW | FmtSpan::CLOSE).with_ansi(false);
    install(layer.with_writer(move || writer.clone()), workload)?;
    Ok(Lines::subject(sink, |made| 2 * made.spans + made.events))
}

/// tracing-chrome makes its lines on a thread of its own.
struct Chrome {
    flush: FlushGuard,
    file: ChromeSink,
    before: u64,
    seen: u64,
}

/// An enter and an exit for each span, and each event.
pub(super) fn chrome(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let file = ChromeSink::default();
    let (layer, flush) = ChromeLayerBuilder::new().writer(file.clone()).include_args(true).build();
    install(layer, workload)?;
    Ok(Box::new(Chrome { flush, file, before: 0, seen: 0 }))
}

impl Subject for Chrome {
    fn drain(&mut self) -> Result<()> {
        let flushed = self.file.flushes.load(Ordering::Acquire);
        let asked = Instant::now();
        self.flush.flush();
        while self.file.flushes.load(Ordering::Acquire) == flushed {
            ensure!(asked.elapsed() < Duration::from_secs(60), "its writer thread does not flush");
            thread::sleep(Duration::from_micros(100));
        }
        self.before = self.seen;
        self.seen = self.file.records.load(Ordering::Relaxed);
        Ok(())
    }

    fn verify(&mut self, made: Made) -> Result<()> {
        same("records", self.seen - self.before, 2 * made.spans + made.events)
    }
}

/// Counts the records that come by in blocks. Each names its phase: `B` and `E` for a span, `i` for an event.
#[derive(Clone, Default)]
struct ChromeSink {
    records: Arc<AtomicU64>,
    flushes: Arc<AtomicU64>,
    /// A block may end in the middle of what is looked for.
    tail: Vec<u8>,
}

impl Write for ChromeSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const PHASE: &[u8] = br#""ph":""#;
        self.tail.extend_from_slice(bytes);
        let phases = self
            .tail
            .windows(PHASE.len() + 1)
            .filter(|window| window.starts_with(PHASE) && matches!(window[PHASE.len()], b'B' | b'E' | b'i'));
        self.records.fetch_add(phases.count() as u64, Ordering::Relaxed);
        self.tail.drain(..self.tail.len().saturating_sub(PHASE.len()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushes.fetch_add(1, Ordering::Release);
        Ok(())
    }
}
