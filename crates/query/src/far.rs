//! What `object_store` reaches, for those who wait: it is async, and readers of recordings are not.

use std::future::Future;
use std::sync::{Arc, mpsc};

use object_store::ObjectStore;
use object_store::path::Path;
use tokio::runtime::Runtime;

use crate::Error;

/// The store of a URL, and the path in it.
pub(crate) fn open(url: &str) -> Result<(Arc<dyn ObjectStore>, Path), Error> {
    let parsed = url::Url::parse(url).map_err(|error| Error::place(url, error.into()))?;
    let options = std::env::vars().map(|(key, value)| (key.to_ascii_lowercase(), value));
    let (store, path) =
        object_store::parse_url_opts(&parsed, options).map_err(|error| Error::place(url, error.into()))?;
    Ok((store.into(), path))
}

/// The engine walks its plans by recursion, and a long condition is a deep one.
const STACK: usize = 16 << 20;

/// A thread that waits. Whoever asks is blocked meanwhile, within a runtime too.
#[derive(Debug)]
pub(crate) struct Waiting(Option<Runtime>);

impl Waiting {
    /// With so many threads.
    pub(crate) fn start(threads: usize) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("tracesnap-query")
            .thread_stack_size(STACK)
            .enable_all()
            .build()
            .map_err(|error| Error::place("a thread of this process", error.into()))?;
        Ok(Self(Some(runtime)))
    }

    #[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "the engine runs on it"))]
    pub(crate) fn handle(&self) -> &tokio::runtime::Handle {
        self.0.as_ref().expect("it is there until it is dropped").handle()
    }

    /// Waits for an answer; `None` if what was asked panicked.
    pub(crate) fn wait<T: Send + 'static>(&self, ask: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (answered, answer) = mpsc::sync_channel(1);
        self.handle().spawn(async move {
            // Nobody waits any more if this fails.
            let _ = answered.send(ask.await);
        });
        answer.recv().ok()
    }
}

/// Ends without waiting, since a runtime may be dropped within another one.
impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
