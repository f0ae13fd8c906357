//! An interaction that is under way.

use std::any::type_name;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use serde_json::value::RawValue;

use super::SessionHandle;
use crate::model::interaction_millis;
use crate::model::{Status, Stream, Timestamp};
use crate::redaction::{clean, clean_stream, clean_text};

/// Takes what comes of a request. Dropped without, the interaction was cancelled.
///
/// Nothing of what it does fails, panics or takes the response from the program.
#[must_use = "an interaction whose guard drops was cancelled; give it the response: `interaction.response(&found)`"]
pub struct InteractionGuard {
    session: SessionHandle,
    /// `None` when it was sealed.
    open: Option<Box<Open>>,
}

struct Open {
    id: u64,
    begun: Instant,
    timestamp: Timestamp,
    service: String,
    operation: String,
    request: Vec<u8>,
    task: Arc<str>,
    call: Option<String>,
    response: Option<Vec<u8>>,
    stream: Option<Stream>,
    status: Status,
    error: Option<(String, Option<&'static str>)>,
}

impl InteractionGuard {
    pub(super) fn begin<T: Serialize + ?Sized>(
        session: SessionHandle,
        service: String,
        operation: String,
        request: &T,
    ) -> Self {
        let id = session.number();
        let call = announce(&session, id, &service, &operation);
        let task = session.task();
        let (request, report) = clean(session.policy(), request);
        session.count(&report);
        let open = Open {
            id,
            timestamp: Timestamp::now(),
            service,
            operation,
            request,
            task,
            call,
            response: None,
            stream: None,
            status: Status::Cancelled,
            error: None,
            // Last, so that what we did is not counted.
            begun: Instant::now(),
        };
        Self { session, open: Some(Box::new(open)) }
    }

    /// Its number in the session.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.open.as_ref().map_or(u64::MAX, |open| open.id)
    }

    /// It ended with this response.
    pub fn response<T: Serialize + ?Sized>(mut self, response: &T) {
        self.end(|session, open| {
            open.status = Status::Success;
            open.response = Some(cleaned(session, response));
        });
    }

    /// It ended with this error.
    pub fn error<E: fmt::Display + ?Sized>(mut self, error: &E) {
        self.end(|session, open| open.fail(session, error, Some(type_name::<E>())));
    }

    /// It ended with a response that says that it failed, such as HTTP's 500 or a status of gRPC.
    pub fn failed_response<T: Serialize + ?Sized>(mut self, response: &T, error: &(impl fmt::Display + ?Sized)) {
        self.end(|session, open| {
            open.response = Some(cleaned(session, response));
            open.fail(session, error, None);
        });
    }

    /// It ended as the result says.
    pub fn finish<T: Serialize, E: fmt::Display>(self, result: &Result<T, E>) {
        match result {
            Ok(response) => self.response(response),
            Err(error) => self.error(error),
        }
    }

    /// Keeps the parts of the exchange, too. Default: none.
    pub fn stream(mut self, mut stream: Stream) -> Self {
        clean_stream(self.session.policy(), &mut stream);
        if let Some(open) = &mut self.open {
            open.stream = Some(stream);
        }
        self
    }

    /// Seals it. `fill` runs foreign code, such as a `Serialize`, and may panic.
    fn end(&mut self, fill: impl FnOnce(&SessionHandle, &mut Open)) {
        let Some(mut open) = self.open.take() else { return };
        let duration = open.begun.elapsed();
        let session = &self.session;
        let sealed = catch_unwind(AssertUnwindSafe(|| {
            fill(session, &mut open);
            let json = open.json(interaction_millis(duration));
            match json {
                Ok(json) => session.seal(open.id, &json),
                Err(error) => session.lose(error.into()),
            }
        }));
        if let Err(payload) = sealed {
            // A payload may panic once more when it is dropped; leaking it is the one way to be sure.
            std::mem::forget(payload);
            session.lose(std::io::Error::other("a response panicked while it was serialised"));
        }
    }
}

/// Tells the tracer, and gives the call that is open.
pub(super) fn announce(session: &SessionHandle, id: u64, service: &str, operation: &str) -> Option<String> {
    tracing::debug!(
        target: "tracesnap_record",
        document = format_args!("{}#{id}", session.session_id()),
        service, operation, "interaction"
    );
    tracing::Span::current().metadata().map(|call| format!("{}::{}", call.target(), call.name()))
}

/// The line of a journal and of a session file.
#[derive(Serialize)]
pub(super) struct Line<'a, V: Serialize> {
    pub(super) id: u64,
    pub(super) timestamp: Timestamp,
    pub(super) service: &'a str,
    pub(super) operation: &'a str,
    pub(super) request: V,
    pub(super) response: V,
    pub(super) status: &'a Status,
    pub(super) duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_type: Option<&'a str>,
    pub(super) task: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stream: Option<&'a Stream>,
}

fn cleaned<T: Serialize + ?Sized>(session: &SessionHandle, value: &T) -> Vec<u8> {
    let (json, report) = clean(session.policy(), value);
    session.count(&report);
    json
}

impl Open {
    fn fail<E: fmt::Display + ?Sized>(&mut self, session: &SessionHandle, error: &E, of_type: Option<&'static str>) {
        self.status = Status::Error;
        self.error = Some((clean_text(session.policy(), &error.to_string()), of_type));
    }

    fn json(&self, duration_ms: f64) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Line {
            id: self.id,
            timestamp: self.timestamp,
            service: &self.service,
            operation: &self.operation,
            request: Some(serde_json::from_slice::<&RawValue>(&self.request)?),
            response: self.response.as_deref().map(serde_json::from_slice).transpose()?,
            status: &self.status,
            duration_ms,
            error: self.error.as_ref().map(|(text, _)| text.as_str()),
            error_type: self.error.as_ref().and_then(|(_, of_type)| *of_type),
            task: &self.task,
            call: self.call.as_deref(),
            stream: self.stream.as_ref(),
        })
    }
}

impl Drop for InteractionGuard {
    fn drop(&mut self) {
        self.end(|_, _| {});
    }
}

impl fmt::Debug for InteractionGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InteractionGuard").field("id", &self.id()).finish_non_exhaustive()
    }
}
