//! The thread that sends.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

use super::queue::{Queue, Recording};
use super::retry::Retry;
use super::transport::{Accepted, Transport};
use crate::Resource;
use crate::convert::spans_in;

pub(super) struct Worker {
    pub(super) queue: Arc<Queue>,
    pub(super) transport: Box<dyn Transport>,
    pub(super) retry: Retry,
    pub(super) resource: Resource,
}

impl Worker {
    /// Sends what is queued until the queue is closed.
    pub(super) fn run(mut self) {
        // The libraries below emit spans. Recorded, they would be sent, and make more.
        tracing::dispatcher::with_default(&tracing::Dispatch::none(), || {
            while let Some(recording) = self.queue.pop() {
                self.send_recording(&recording);
            }
        });
    }

    fn send_recording(&mut self, recording: &Recording) {
        for request in recording.batches(&self.resource) {
            let spans = spans_in(&request);
            let sent = self.send(&request);
            if self.queue.is_closed() {
                return;
            }
            self.queue.count(|delivery| {
                delivery.queued = delivery.queued.saturating_sub(spans);
                match sent {
                    Some(accepted) => {
                        let rejected = accepted.rejected.min(spans);
                        delivery.rejected += rejected;
                        delivery.delivered += spans - rejected;
                        delivery.last_error = accepted.message.or(delivery.last_error.take());
                    }
                    None => delivery.lost += spans,
                }
            });
        }
    }

    /// Tries until the request is taken, `None` if it is given up.
    fn send(&mut self, request: &ExportTraceServiceRequest) -> Option<Accepted> {
        let (began, mut failed) = (Instant::now(), 0);
        loop {
            let failure = match self.transport.send(request) {
                Ok(accepted) => return Some(accepted),
                Err(failure) => failure,
            };
            self.queue.count(|delivery| delivery.last_error = Some(failure.message));
            failed += 1;
            let pause = failure
                .may_pass
                .then(|| self.retry.pause(failed, began.elapsed(), failure.after, fastrand::f64()))??;
            if !self.queue.pause(pause) {
                return None;
            }
            self.queue.count(|delivery| delivery.retries += 1);
        }
    }
}

/// However it ends, what it leaves behind is lost, and must not seem to wait.
impl Drop for Worker {
    fn drop(&mut self) {
        self.queue.close();
    }
}
