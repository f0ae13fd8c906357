//! Waits for what is async, for those who are not.
//!
//! What is asked, and of whom, is the business of those who ask: [`crate::ObjectFolder`], the engine of a query.

use std::future::Future;
use std::sync::mpsc;

use tokio::runtime::{Builder, Runtime};

use crate::Error;

/// Threads of a runtime of our own, on which is done what whoever asks waits for. He is blocked meanwhile, within another
/// runtime too, where `block_on` would panic.
#[derive(Debug)]
pub struct Waiting(Option<Runtime>);

impl Waiting {
    /// One thread of this name.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(name: &str) -> Result<Self, Error> {
        Self::on(Builder::new_multi_thread().worker_threads(1).thread_name(name))
    }

    /// Threads as this builder says: how many, and how large their stacks are.
    ///
    /// # Errors
    ///
    /// If they cannot be started.
    pub fn on(builder: &mut Builder) -> Result<Self, Error> {
        let runtime = builder.enable_all().build();
        Ok(Self(Some(runtime.map_err(|error| Error::backend("start a thread that waits", error))?)))
    }

    /// Waits for an answer; `None` if what was asked panicked.
    pub fn wait<T: Send + 'static>(&self, ask: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (answered, answer) = mpsc::sync_channel(1);
        self.0.as_ref()?.spawn(async move {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_waited_for_within_a_runtime_too_and_a_panic_is_none() {
        let waiting = Waiting::start("test").expect("started");
        assert_eq!(waiting.wait(async { 7 }), Some(7));
        let other = Builder::new_current_thread().build().expect("a runtime");
        assert_eq!(other.block_on(async { waiting.wait(async { 8 }) }), Some(8));
        assert_eq!(waiting.wait::<u8>(async { panic!("on purpose") }), None);
        other.block_on(async { drop(waiting) });
    }
}
