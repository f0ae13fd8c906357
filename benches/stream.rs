//! How much a streamed recording follows: spans a second that threads may make without loss, and what one costs the
//! worker.
//!
//! ```sh
//! cargo bench --bench stream
//! ```
//!
//! Threads make spans in bursts, one a millisecond, so many a second; each has a number and a short text, every tenth an
//! event. What a rate was and what of it was lost depends on who else uses the machine; the worker's CPU time a row does
//! so less.

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};
use tracesnap::Tracer;
use tracing::{info, info_span};

const RUN: Duration = Duration::from_secs(2);

/// Makes so many spans a second, as far as it can. Gives their number, and the CPU time that took.
fn make(per_second: u64) -> (u64, Duration) {
    let (begun, cpu) = (Instant::now(), ThreadTime::now());
    let mut made = 0;
    while begun.elapsed() < RUN {
        let due = (begun.elapsed().as_secs_f64() * per_second as f64) as u64;
        for n in made..due {
            info_span!("request", n, customer = "ada").in_scope(|| {
                if n % 10 == 0 {
                    info!(n, "handled");
                }
            });
        }
        made = made.max(due);
        thread::sleep(Duration::from_millis(1));
    }
    (made, cpu.elapsed())
}

fn main() {
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    println!("| threads | asked, spans/s each | made, spans/s together | lost | bytes a span | worker, ns a row |");
    println!("|---:|---:|---:|---:|---:|---:|");
    for threads in [1, 2] {
        for (round, per_second) in [100_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000].into_iter().enumerate()
        {
            let cpu = ProcessTime::now();
            let path = dir.path().join(format!("{threads}-{round}"));
            let guard = Tracer::builder().stream_to(&path).expect("right");
            let made: Vec<_> = thread::scope(|scope| {
                let start = |_| {
                    let adopter = guard.adopter();
                    scope.spawn(move || {
                        adopter.adopt();
                        make(per_second)
                    })
                };
                let threads: Vec<_> = (0..threads).map(start).collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic in it")).collect()
            });
            let streamed = guard.finish().expect("it is written");
            let spans: u64 = made.iter().map(|(made, _)| made).sum();
            let own: Duration = made.iter().map(|(_, cpu)| *cpu).sum();
            let rows = streamed.stats.recorded + streamed.stats.events;
            let worker = cpu.elapsed().saturating_sub(own).as_nanos() / u128::from(rows.max(1));
            println!(
                "| {threads} | {per_second} | {} | {} | {} | {worker} |",
                spans as f64 / RUN.as_secs_f64(),
                streamed.stats.lost,
                streamed.bytes / spans.max(1),
            );
            std::fs::remove_file(path).expect("it was written");
        }
    }
}
