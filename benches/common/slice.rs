//! Runs so many iterations of a program and says what they took.
//!
//! CPU time of the thread, since the cores of a build machine are shared and wall time would tell mostly who else was
//! compiling; wall time only where two threads are to be seen waiting for each other ([`Shape`]).

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use super::workload::{Program, Shape};

/// Runs before the work on every thread that takes part, for recorders that must be told of their threads.
pub(crate) type Join = Arc<dyn Fn() + Send + Sync>;

/// The loop everything is about, with a name of its own for profilers and callgrind's `--toggle-collect`.
#[inline(never)]
pub(crate) fn measured_loop(iteration: fn(), iterations: u64) {
    for _ in 0..iterations {
        iteration();
    }
}

/// The second and third thread of the workloads that need some. They live as long as the process: starting a thread
/// costs more than a slice, and a new thread brings cold thread-locals with it.
pub(crate) struct Crew(Vec<Worker>);

struct Worker {
    jobs: Sender<Box<dyn FnOnce() -> Duration + Send>>,
    done: Receiver<Duration>,
}

impl Crew {
    /// Two workers; `pin` is called on each with its number, to give it a core of its own.
    pub(crate) fn new(pin: fn(usize)) -> Self {
        Self((0..2).map(|number| Worker::start(number, pin)).collect())
    }

    /// Runs `program` so many times, in the way of `shape`, and returns its time.
    pub(crate) fn run(&self, shape: Shape, program: Program, iterations: u64, join: Option<&Join>) -> Duration {
        match shape {
            Shape::Alone => {
                let start = ThreadTime::now();
                measured_loop(program.iteration, iterations);
                start.elapsed()
            }
            Shape::Together => {
                let start_line = Arc::new(Barrier::new(self.0.len()));
                for worker in &self.0 {
                    let (start_line, join) = (Arc::clone(&start_line), join.cloned());
                    worker.send(move || {
                        if let Some(join) = join {
                            join();
                        }
                        start_line.wait();
                        let start = Instant::now();
                        measured_loop(program.iteration, iterations);
                        start.elapsed()
                    });
                }
                self.0.iter().map(Worker::wait).max().unwrap_or_default()
            }
            Shape::HandedOver => {
                let start = ThreadTime::now();
                measured_loop(program.iteration, iterations);
                let here = start.elapsed();
                let elsewhere = program.elsewhere.expect("a program that hands over has a second part");
                self.0[0].send(move || {
                    let start = ThreadTime::now();
                    elsewhere();
                    start.elapsed()
                });
                here + self.0[0].wait()
            }
        }
    }
}

impl Worker {
    fn start(number: usize, pin: fn(usize)) -> Self {
        let (jobs, todo) = channel::<Box<dyn FnOnce() -> Duration + Send>>();
        let (finished, done) = channel();
        thread::spawn(move || {
            pin(number);
            for job in todo {
                if finished.send(job()).is_err() {
                    break;
                }
            }
        });
        Self { jobs, done }
    }

    fn send(&self, job: impl FnOnce() -> Duration + Send + 'static) {
        self.jobs.send(Box::new(job)).expect("workers outlive the crew's jobs");
    }

    fn wait(&self) -> Duration {
        self.done.recv().expect("workers answer every job")
    }
}

/// Nanoseconds a span, of `spans` spans in `time`.
pub(crate) fn per_span(time: Duration, spans: u64) -> f64 {
    time.as_nanos() as f64 / spans.max(1) as f64
}

/// The middle one, or the mean of the two in the middle; not a number of an empty list.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Linear between neighbours; not a number of an empty list.
pub(crate) fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = at * last as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}
