//! Why the recording is an in-place log and not a queue: what a span costs to write and to read back, in each.
//!
//! ```sh
//! cargo bench --bench ring
//! ```
//!
//! The queue is ringbuf's single-producer single-consumer ring, the best of its kind; what is in it cannot be touched
//! again, so a span is two rows, its beginning and its end, and the reader has to find them both. The log gives a span
//! one slot when it begins and writes the end into that; its words are relaxed atomics, which is what lets another
//! thread read while the owner writes, without `unsafe`.
//!
//! What happens when there is no more room differs too, and is checked here before anything is timed: a full queue takes
//! no ends of spans whose beginnings it holds.

use std::hint::black_box;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use ringbuf::HeapRb;
use ringbuf::traits::{Consumer, Producer, Split};

/// Spans written before they are read: 640 KiB in the queue, 480 KiB in the log.
const SPANS: u64 = 10_000;

/// A span that came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    id: u64,
    parent: u64,
    callsite: u64,
    start: u64,
    /// 0 while it is open.
    end: u64,
}

/// What both are: written span by span, read all at once.
trait Recording {
    fn with_room_for(spans: u64) -> Self;
    /// Begins a span; what comes back is needed to end it.
    fn begin(&mut self, span: Span) -> u64;
    fn end(&mut self, ticket: u64, at: u64);
    /// Takes everything out, in the order of the beginnings.
    fn drain(&mut self, into: &mut Vec<Span>);
}

/// A row of the queue.
#[derive(Clone, Copy)]
enum Row {
    Begin { id: u64, parent: u64, callsite: u32, start: u64 },
    End { id: u64, at: u64 },
}

struct Queue {
    producer: ringbuf::HeapProd<Row>,
    consumer: ringbuf::HeapCons<Row>,
}

impl Recording for Queue {
    fn with_room_for(spans: u64) -> Self {
        let (producer, consumer) = HeapRb::new(2 * spans as usize).split();
        Self { producer, consumer }
    }

    fn begin(&mut self, span: Span) -> u64 {
        let Span { id, parent, callsite, start, .. } = span;
        // A refused row is counted in a real recorder; here the reader sees what is missing.
        let _ = self.producer.try_push(Row::Begin { id, parent, callsite: callsite as u32, start });
        id
    }

    fn end(&mut self, ticket: u64, at: u64) {
        let _ = self.producer.try_push(Row::End { id: ticket, at });
    }

    fn drain(&mut self, into: &mut Vec<Span>) {
        // Spans nest, so the end that comes is nearly always that of the last one open.
        let mut open: Vec<usize> = Vec::new();
        for row in self.consumer.pop_iter() {
            match row {
                Row::Begin { id, parent, callsite, start } => {
                    open.push(into.len());
                    into.push(Span { id, parent, callsite: u64::from(callsite), start, end: 0 });
                }
                Row::End { id, at } => {
                    if let Some(found) = open.iter().rposition(|&begun| into[begun].id == id) {
                        into[open.remove(found)].end = at;
                    }
                }
            }
        }
    }
}

/// Slots of 48 bytes: head word, id, parent, callsite, start, end.
struct Log {
    slots: Box<[[AtomicU64; 6]]>,
    head: AtomicU64,
    read: u64,
}

impl Recording for Log {
    fn with_room_for(spans: u64) -> Self {
        let slots = (0..spans).map(|_| std::array::from_fn(|_| AtomicU64::new(0))).collect();
        Self { slots, head: AtomicU64::new(0), read: 0 }
    }

    fn begin(&mut self, span: Span) -> u64 {
        let head = self.head.load(Relaxed);
        if head - self.read >= self.slots.len() as u64 {
            return u64::MAX;
        }
        let slot = &self.slots[(head % self.slots.len() as u64) as usize];
        for (word, value) in slot.iter().zip([1, span.id, span.parent, span.callsite, span.start, 0]) {
            word.store(value, Relaxed);
        }
        self.head.store(head + 1, Release);
        head
    }

    fn end(&mut self, ticket: u64, at: u64) {
        if ticket != u64::MAX {
            self.slots[(ticket % self.slots.len() as u64) as usize][5].store(at, Relaxed);
        }
    }

    fn drain(&mut self, into: &mut Vec<Span>) {
        let head = self.head.load(Acquire);
        for at in self.read..head {
            let [_, id, parent, callsite, start, end] = &self.slots[(at % self.slots.len() as u64) as usize];
            let word = |word: &AtomicU64| word.load(Relaxed);
            into.push(Span {
                id: word(id),
                parent: word(parent),
                callsite: word(callsite),
                start: word(start),
                end: word(end),
            });
        }
        self.read = head;
    }
}

/// One root with all others in it: the beginning of the first row waits for its end until the last.
fn write(recording: &mut impl Recording, spans: u64) {
    let span = |id| Span { id, parent: u64::from(id > 1), callsite: id % 7, start: id, end: 0 };
    let root = recording.begin(span(1));
    for id in 2..=spans {
        let ticket = recording.begin(black_box(span(id)));
        recording.end(ticket, black_box(id + 1));
    }
    recording.end(root, spans + 2);
}

/// Both give back what was written. With half the room, the log still knows when its spans ended; the queue lacks the
/// end of the root, the one span that contains all that was kept.
fn check() {
    let read = |recording: &mut dyn FnMut(&mut Vec<Span>)| {
        let mut spans = Vec::new();
        recording(&mut spans);
        spans
    };
    let (mut queue, mut log) = (Queue::with_room_for(SPANS), Log::with_room_for(SPANS));
    write(&mut queue, SPANS);
    write(&mut log, SPANS);
    let (from_queue, from_log) = (read(&mut |into| queue.drain(into)), read(&mut |into| log.drain(into)));
    assert_eq!(from_queue.len() as u64, SPANS);
    assert_eq!(from_queue, from_log);
    assert!(from_log.iter().all(|span| span.end > span.start));

    let (mut queue, mut log) = (Queue::with_room_for(SPANS / 2), Log::with_room_for(SPANS / 2));
    write(&mut queue, SPANS);
    write(&mut log, SPANS);
    let open = |spans: Vec<Span>| spans.iter().filter(|span| span.end == 0).count();
    assert_eq!(open(read(&mut |into| log.drain(into))), 0);
    assert!(open(read(&mut |into| queue.drain(into))) > 0);
}

/// Times both halves of writing and reading `SPANS` spans; criterion's iteration is one such round.
fn halves<R: Recording>(rounds: u64, mut take: impl FnMut(Duration, Duration) -> Duration) -> Duration {
    let mut recording = R::with_room_for(SPANS);
    let mut spans = Vec::with_capacity(SPANS as usize);
    // Once, so that the pages are there.
    write(&mut recording, SPANS);
    recording.drain(&mut spans);
    let mut total = Duration::ZERO;
    for _ in 0..rounds {
        spans.clear();
        let start = Instant::now();
        write(&mut recording, SPANS);
        let written = start.elapsed();
        let start = Instant::now();
        recording.drain(black_box(&mut spans));
        total += take(written, start.elapsed());
    }
    total
}

fn ring(criterion: &mut Criterion) {
    check();
    let mut group = criterion.benchmark_group("write");
    group.throughput(Throughput::Elements(SPANS));
    group.bench_function("queue, begin and end", |b| b.iter_custom(|rounds| halves::<Queue>(rounds, |write, _| write)));
    group.bench_function("log, in place", |b| b.iter_custom(|rounds| halves::<Log>(rounds, |write, _| write)));
    group.finish();
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Elements(SPANS));
    group.bench_function("queue, begin and end", |b| b.iter_custom(|rounds| halves::<Queue>(rounds, |_, read| read)));
    group.bench_function("log, in place", |b| b.iter_custom(|rounds| halves::<Log>(rounds, |_, read| read)));
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    ring(&mut criterion);
    criterion.final_summary();
}
