//! Runs a future on either runtime of tokio, on threads whose names tell whose they are.

use std::future::Future;

use tokio::runtime::Builder;

/// Which runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// Everything on the calling thread.
    CurrentThread,
    /// Tasks on four workers, the future itself on the calling thread.
    MultiThread,
}

/// Number of workers of [`Flavor::MultiThread`].
pub const WORKERS: usize = 4;

impl Flavor {
    /// Runs the future, then ends the runtime: when this returns, no task is left and no thread.
    ///
    /// Every thread that the runtime starts calls `on_thread_start` first. Its name is the calling thread's with a
    /// number behind it.
    pub fn block_on<F: Future>(self, on_thread_start: impl Fn() + Send + Sync + 'static, future: F) -> F::Output {
        let mut builder = match self {
            Self::CurrentThread => Builder::new_current_thread(),
            Self::MultiThread => Builder::new_multi_thread(),
        };
        let name = std::thread::current().name().unwrap_or("unnamed").to_owned();
        let number = std::sync::atomic::AtomicUsize::new(1);
        let thread_name = move || format!("{name}/{}", number.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let runtime = builder
            .worker_threads(WORKERS)
            .thread_name_fn(thread_name)
            .on_thread_start(on_thread_start)
            .enable_io()
            .build()
            .expect("tokio can start a runtime");
        runtime.block_on(future)
    }
}

/// Runs on a new thread of this name. The names of the threads of one run begin alike, and are no other run's.
pub fn on_thread<T: Send>(name: &str, run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, run);
        match thread.expect("the system can start a thread").join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
