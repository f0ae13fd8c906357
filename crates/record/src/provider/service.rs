//! A service that is asked in whatever mode holds.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::budget::tokens_of;
use super::builder::{ServiceState, Shared};
use super::{Answer, Asked, CallError, Dialogue, Failure};
use crate::matching::{Player, RequestKey};
use crate::mode::{Mode, OnMiss};
use crate::model::{Interaction, Stream};
use crate::recorder::{BlobFolder, By, Draft, InteractionGuard, SessionHandle, Tell, Ticket, lock, task};
use crate::redaction::clean_value;
use crate::{Error, Status};

/// A service that is asked in whatever mode holds: see [`ServiceProvider::service`](super::ServiceProvider::service).
/// Clones are the same service.
#[derive(Clone)]
pub struct Service {
    shared: Arc<Shared>,
    state: Arc<ServiceState>,
}

/// What to do with a call. Adapters of protocols use it; others have [`Service::call`].
#[derive(Debug)]
pub enum Step {
    /// Ask the service, and tell what it said.
    Ask(Asking),
    /// This is the answer.
    Answer(Reply),
}

/// An answer that did not come from the service.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// From the recording.
    Played(Arc<Interaction>),
    /// Made up.
    Mocked(Answer),
}

/// A call that the service itself is to answer.
#[must_use = "tell what the service answered: `asking.answered(&response)`"]
#[derive(Debug)]
pub struct Asking {
    service: Service,
    operation: Arc<str>,
    recording: Option<Recording>,
    expected: Option<Arc<Interaction>>,
    /// What is expected is found when the request is known.
    expects_later: bool,
    request_bytes: u64,
    begun: std::time::Instant,
}

/// What an interaction is recorded through.
#[derive(Debug)]
enum Recording {
    Guard(InteractionGuard),
    Ticket(Ticket),
}

impl Service {
    pub(super) fn new(shared: Arc<Shared>, state: Arc<ServiceState>) -> Self {
        Self { shared, state }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// The mode it is asked in.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.shared.mode
    }

    /// Asks; `real` asks the service itself.
    ///
    /// # Errors
    ///
    /// That of `real`, or ours.
    pub fn call<T, E, R>(
        &self,
        operation: &str,
        request: &R,
        real: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, CallError<E>>
    where
        T: Serialize + DeserializeOwned,
        E: fmt::Display,
        R: Serialize + ?Sized,
    {
        self.resolve(operation, self.begin(operation, request), real, Asking::finish)
    }

    /// Asks; `real` asks the service itself. Its future is made only where it is awaited.
    ///
    /// # Errors
    ///
    /// That of `real`, or ours.
    pub async fn call_async<T, E, R, F>(
        &self,
        operation: &str,
        request: &R,
        real: impl FnOnce() -> F,
    ) -> Result<T, CallError<E>>
    where
        T: Serialize + DeserializeOwned,
        E: fmt::Display,
        R: Serialize + ?Sized,
        F: Future<Output = Result<T, E>>,
    {
        self.resolve_async(operation, self.begin(operation, request), real, Asking::finish).await
    }

    /// As [`call`](Self::call), of a call that was begun.
    pub(crate) fn resolve<T: DeserializeOwned, E>(
        &self,
        operation: &str,
        step: Result<Step, Error>,
        real: impl FnOnce() -> Result<T, E>,
        finish: impl FnOnce(Asking, Result<T, E>) -> Result<T, CallError<E>>,
    ) -> Result<T, CallError<E>> {
        match step? {
            Step::Ask(asking) => finish(asking, real()),
            Step::Answer(reply) => self.read(operation, &reply),
        }
    }

    /// As [`call_async`](Self::call_async), of a call that was begun.
    pub(crate) async fn resolve_async<T: DeserializeOwned, E, F: Future<Output = Result<T, E>>>(
        &self,
        operation: &str,
        step: Result<Step, Error>,
        real: impl FnOnce() -> F,
        finish: impl FnOnce(Asking, Result<T, E>) -> Result<T, CallError<E>>,
    ) -> Result<T, CallError<E>> {
        match step? {
            Step::Ask(asking) => finish(asking, real().await),
            Step::Answer(reply) => self.read(operation, &reply),
        }
    }

    /// What to do with a call.
    ///
    /// # Errors
    ///
    /// [`Error::Miss`], [`Error::Budget`], [`Error::NoMock`].
    pub fn begin<R: Serialize + ?Sized>(&self, operation: &str, request: &R) -> Result<Step, Error> {
        let step = self.decide(operation, request);
        self.count(&step);
        step
    }

    /// Whether [`begin_exchange`](Self::begin_exchange) has to know the request, since it may be answered by a recording or
    /// a mock. Otherwise a request may be told when it is over.
    #[must_use]
    pub fn needs_request(&self) -> bool {
        self.shared.mode.plays() || self.shared.mode == Mode::Mock
    }

    /// Whether a request that [must be known](Self::needs_request) has to have its headers: a rule may compare them, and
    /// whoever makes up an answer look at them.
    #[must_use]
    pub fn needs_headers(&self) -> bool {
        let compared = self.shared.player.as_ref().is_some_and(|player| player.looks_at_headers(self.name()));
        compared || matches!(self.shared.mode, Mode::Mock | Mode::Hybrid(OnMiss::Mock))
    }

    /// What to do with an exchange of a protocol. Its request is redacted as it was when it was recorded, and may be `None`
    /// where it is [not needed](Self::needs_request), and in mode `verify`, where it is compared when it is told then. What
    /// comes of [`Step::Ask`] is told with [`Asking::seal`].
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub fn begin_exchange(&self, operation: impl Into<Arc<str>>, redacted: Option<&Value>) -> Result<Step, Error> {
        let shared = &self.shared;
        let operation: &Arc<str> = &operation.into();
        let request = redacted.unwrap_or(&Value::Null);
        let ask = |is_recorded: bool, expected| {
            self.state.account.take_if_bounded(self.name())?;
            let handle = shared.handle.as_ref().filter(|_| is_recorded);
            let ticket = |handle: &SessionHandle| handle.ticket(Arc::clone(&self.state.name), Arc::clone(operation));
            let recording = handle.map(|handle| Recording::Ticket(ticket(handle)));
            Ok(Step::Ask(self.asking(Arc::clone(operation), recording, expected, 0)))
        };
        let decide = || match shared.mode {
            Mode::Real => ask(false, None),
            Mode::Record | Mode::Spy => ask(true, None),
            Mode::Mock => self.mock(operation, request),
            Mode::Playback | Mode::Strict => self.play(operation, request),
            Mode::Verify if redacted.is_none() => match ask(false, None)? {
                Step::Ask(asking) => Ok(Step::Ask(Asking { expects_later: true, ..asking })),
                step => Ok(step),
            },
            Mode::Verify => ask(false, self.expect(operation, request)?),
            Mode::Hybrid(on_miss) => match (self.play(operation, request), on_miss) {
                (Err(Error::Miss(_)), OnMiss::Record) => ask(true, None),
                (Err(Error::Miss(_)), OnMiss::Forward) => ask(false, None),
                (Err(Error::Miss(_)), OnMiss::Mock) => self.mock(operation, request),
                (played, _) => played,
            },
        };
        let step = decide();
        self.count(&step);
        step
    }

    /// What the request of an exchange is found by in the recording, for [`recall`](Self::recall). `None` where it is not
    /// found, and in modes that do more with a request than answer it.
    #[must_use]
    pub fn request_key(&self, operation: &str, redacted: &Value) -> Option<RequestKey> {
        let plays = matches!(self.shared.mode, Mode::Playback | Mode::Strict | Mode::Hybrid(_));
        let player = self.shared.player.as_ref().filter(|_| plays)?;
        player.request_key(self.name(), operation, redacted)
    }

    /// As [`begin_exchange`](Self::begin_exchange) with a request that has this key, where the recording answers it.
    #[must_use]
    pub fn recall(&self, key: RequestKey) -> Option<Arc<Interaction>> {
        let played = self.shared.player.as_ref()?.recall(key)?;
        self.state.counts.played.fetch_add(1, Relaxed);
        Some(played)
    }

    /// What may answer a request of which the end is not known, and is not waited for: whoever asks may wait for a response
    /// before. Of `redacted`, which is redacted as it was when it was recorded, the body is not looked at. `None` in modes
    /// that do more with a request than answer it.
    #[must_use]
    pub fn dialogue(&self, operation: impl Into<Arc<str>>, redacted: &Value) -> Option<Dialogue> {
        let plays = matches!(self.shared.mode, Mode::Playback | Mode::Strict | Mode::Hybrid(_));
        let player = self.player().filter(|_| plays)?;
        let (operation, live) = (operation.into(), task::current());
        let candidates = player.candidates(self.name(), &operation, redacted, &live);
        Some(Dialogue::new(self.clone(), operation, live, candidates))
    }

    pub(super) fn player(&self) -> Option<&Player> {
        self.shared.player.as_ref()
    }

    pub(super) fn count_played(&self) {
        self.state.counts.played.fetch_add(1, Relaxed);
    }

    fn count(&self, step: &Result<Step, Error>) {
        let counts = &self.state.counts;
        let count = match step {
            Ok(Step::Ask(_)) => &counts.real,
            Ok(Step::Answer(Reply::Played(_))) => &counts.played,
            Ok(Step::Answer(Reply::Mocked(_))) => &counts.mocked,
            Err(_) => &counts.refused,
        };
        count.fetch_add(1, Relaxed);
    }

    /// What the recording says, in verify mode.
    fn expect(&self, operation: &str, redacted: &Value) -> Result<Option<Arc<Interaction>>, Error> {
        match self.play(operation, redacted) {
            Ok(Step::Answer(Reply::Played(interaction))) => Ok(Some(interaction)),
            Err(Error::Miss(miss)) => {
                lock(&self.shared.drift).note_miss(&miss);
                Ok(None)
            }
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn decide<R: Serialize + ?Sized>(&self, operation: &str, request: &R) -> Result<Step, Error> {
        let shared = &self.shared;
        match shared.mode {
            Mode::Real => self.ask(operation, request, false, None),
            Mode::Record | Mode::Spy => self.ask(operation, request, true, None),
            Mode::Mock => self.mock(operation, &clean_value(&shared.policy, request).0),
            Mode::Playback | Mode::Strict => self.play(operation, &clean_value(&shared.policy, request).0),
            Mode::Verify => {
                let expected = self.expect(operation, &clean_value(&shared.policy, request).0)?;
                self.ask(operation, request, false, expected)
            }
            Mode::Hybrid(on_miss) => {
                let (cleaned, _) = clean_value(&shared.policy, request);
                match (self.play(operation, &cleaned), on_miss) {
                    (Err(Error::Miss(_)), OnMiss::Record) => self.ask(operation, request, true, None),
                    (Err(Error::Miss(_)), OnMiss::Forward) => self.ask(operation, request, false, None),
                    (Err(Error::Miss(_)), OnMiss::Mock) => self.mock(operation, &cleaned),
                    (played, _) => played,
                }
            }
        }
    }

    fn play(&self, operation: &str, cleaned: &Value) -> Result<Step, Error> {
        let none = || Error::NoMock { service: self.name().to_owned(), operation: operation.to_owned() };
        let player = self.shared.player.as_ref().ok_or_else(none)?;
        Ok(Step::Answer(Reply::Played(player.answer_cleaned(self.name(), operation, cleaned)?)))
    }

    fn mock(&self, operation: &str, cleaned: &Value) -> Result<Step, Error> {
        let asked = Asked { service: self.name(), operation, request: cleaned };
        let answer = self.shared.fallback.as_ref().and_then(|fallback| fallback.answer(&asked));
        let none = || Error::NoMock { service: self.name().to_owned(), operation: operation.to_owned() };
        Ok(Step::Answer(Reply::Mocked(answer.ok_or_else(none)?)))
    }

    fn ask<R: Serialize + ?Sized>(
        &self,
        operation: &str,
        request: &R,
        is_recorded: bool,
        expected: Option<Arc<Interaction>>,
    ) -> Result<Step, Error> {
        let account = &self.state.account;
        let mut request_bytes = 0;
        if account.is_bounded() {
            account.take(self.name())?;
            request_bytes = size_of_json(request);
        }
        let handle = self.shared.handle.as_ref().filter(|_| is_recorded);
        let recording = handle.map(|handle| Recording::Guard(handle.interaction(self.name(), operation, request)));
        Ok(Step::Ask(self.asking(operation.into(), recording, expected, request_bytes)))
    }

    fn asking(
        &self,
        operation: Arc<str>,
        recording: Option<Recording>,
        expected: Option<Arc<Interaction>>,
        request_bytes: u64,
    ) -> Asking {
        let begun = match &recording {
            Some(Recording::Ticket(ticket)) => ticket.begun(),
            _ => std::time::Instant::now(),
        };
        Asking { service: self.clone(), operation, recording, expected, expects_later: false, request_bytes, begun }
    }

    fn read<T: DeserializeOwned, E>(&self, operation: &str, reply: &Reply) -> Result<T, CallError<E>> {
        let (response, interaction) = match reply {
            Reply::Played(interaction) if interaction.is_success() => (&interaction.response, Some(interaction.id)),
            Reply::Played(interaction) => return Err(Failure::of(interaction).into()),
            Reply::Mocked(Answer { response, error: None }) => (response, None),
            Reply::Mocked(Answer { response, error: Some(message) }) => {
                let failure =
                    Failure::Recorded { message: message.clone(), error_type: None, response: response.clone() };
                return Err(failure.into());
            }
        };
        T::deserialize(response).map_err(|source| {
            let title = format!("{} {operation}", self.name());
            let interaction = interaction.map_or_else(|| title.clone(), |id| format!("{id} {title}"));
            Error::Response { interaction, source }.into()
        })
    }
}

impl Asking {
    /// The service answered.
    pub fn answered<T: Serialize + ?Sized>(self, response: &T) {
        self.end(Some(response), None::<&str>, None);
    }

    /// The service answered, in these parts.
    pub fn answered_in_parts<T: Serialize + ?Sized>(self, response: &T, stream: Stream) {
        self.end(Some(response), None::<&str>, Some(stream));
    }

    /// The service failed.
    pub fn failed<E: fmt::Display + ?Sized>(self, error: &E) {
        self.end(None::<&()>, Some(error), None);
    }

    /// The service answered that it failed.
    pub fn answered_failure<T: Serialize + ?Sized>(self, response: &T, error: &(impl fmt::Display + ?Sized)) {
        self.end(Some(response), Some(error), None);
    }

    /// When it began.
    #[must_use]
    pub fn begun(&self) -> std::time::Instant {
        self.begun
    }

    /// Whether anybody wants to know what comes of it. Otherwise it need not be looked at.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.recording.is_some() || self.wants_answer_at_once()
    }

    /// Whether the answer must be known before the next call: a budget counts it, or it is compared.
    fn wants_answer_at_once(&self) -> bool {
        self.expected.is_some()
            || self.expects_later
            || self.service.state.account.is_bounded()
            || self.service.shared.player.is_some()
    }

    /// Where large bodies go, where this is recorded.
    #[must_use]
    pub fn blobs(&self) -> Option<&BlobFolder> {
        let recorded = self.recording.is_some();
        self.service.shared.handle.as_ref().filter(|_| recorded).map(SessionHandle::blobs)
    }

    /// An exchange is over; see [`Ticket::seal`]. Where somebody waits for the answer, `make` is called here.
    pub fn seal(self, bytes: usize, make: impl FnOnce() -> Draft + Send + 'static) {
        let took = self.begun.elapsed();
        self.seal_by(took, bytes, By::Call(Box::new(make)));
    }

    /// As [`seal`](Self::seal), and nothing is allocated for it; it took so long.
    pub fn seal_shared(self, took: Duration, bytes: usize, teller: Arc<dyn Tell>) {
        self.seal_by(took, bytes, By::Shared(teller));
    }

    fn seal_by(self, took: Duration, bytes: usize, by: By) {
        if !self.wants_answer_at_once() {
            if let Some(Recording::Ticket(ticket)) = self.recording {
                ticket.seal_by(took, bytes, by);
            }
            return;
        }
        let draft = by.tell();
        let (shared, account) = (&self.service.shared, &self.service.state.account);
        if account.is_bounded() {
            account.note(size_of_json(&draft.request) + size_of_json(&draft.response), tokens_of(&draft.response));
        }
        if let Some(player) = &shared.player {
            player.observe(self.service.name(), &self.operation, &draft.response);
        }
        let later = || self.service.expect(&self.operation, &draft.request).ok().flatten();
        let expected = if self.expects_later { later() } else { self.expected };
        if let Some(expected) = &expected {
            let mut found = Interaction::new(expected.id, self.service.name(), &*self.operation, Value::Null);
            found.response = draft.response.clone();
            found.status = draft.status.clone();
            found.duration_ms = crate::model::interaction_millis(took);
            lock(&shared.drift).compare(expected, &found);
        }
        if let Some(Recording::Ticket(ticket)) = self.recording {
            ticket.seal_now(draft);
        }
    }

    pub(crate) fn finish<T: Serialize, E: fmt::Display>(self, result: Result<T, E>) -> Result<T, CallError<E>> {
        match &result {
            Ok(response) => self.answered(response),
            Err(error) => self.failed(error),
        }
        result.map_err(CallError::Service)
    }

    /// As [`finish`](Self::finish); an error is kept whole, beside its message.
    pub(crate) fn finish_typed<T: Serialize, E: fmt::Display + Serialize>(
        self,
        result: Result<T, E>,
    ) -> Result<T, CallError<E>> {
        match &result {
            Ok(response) => self.answered(response),
            Err(error) => self.answered_failure(error, error),
        }
        result.map_err(CallError::Service)
    }

    fn end<T: Serialize + ?Sized, E: fmt::Display + ?Sized>(
        self,
        response: Option<&T>,
        error: Option<&E>,
        stream: Option<Stream>,
    ) {
        let Self { service, operation, recording, expected, expects_later: _, request_bytes, begun } = self;
        let took = begun.elapsed();
        let (shared, account) = (&service.shared, &service.state.account);
        let observes = shared.player.is_some();
        let value = match response {
            Some(response) if account.is_bounded() || observes => Some(clean_value(&shared.policy, response).0),
            _ => None,
        };
        if account.is_bounded() {
            let response = value.as_ref();
            account.note(request_bytes + response.map_or(0, size_of_json), response.map_or(0, tokens_of));
        }
        if let (Some(player), Some(response)) = (&shared.player, &value) {
            player.observe(service.name(), &operation, response);
        }
        if let Some(expected) = expected {
            let mut found = Interaction::new(expected.id, service.name(), &*operation, Value::Null);
            found.response = value.unwrap_or(Value::Null);
            found.status = if error.is_some() { Status::Error } else { Status::Success };
            found.duration_ms = crate::model::interaction_millis(took);
            lock(&shared.drift).compare(&expected, &found);
        }
        if let Some(Recording::Guard(mut guard)) = recording {
            if let Some(stream) = stream {
                guard = guard.stream(stream);
            }
            match (response, error) {
                (Some(response), None) => guard.response(response),
                (Some(response), Some(error)) => guard.failed_response(response, error),
                (None, Some(error)) => guard.error(error),
                (None, None) => drop(guard),
            }
        }
    }
}

pub(crate) fn size_of_json<T: Serialize + ?Sized>(value: &T) -> u64 {
    /// Counts what is written.
    struct Count(u64);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("name", &self.name()).field("mode", &self.mode()).finish_non_exhaustive()
    }
}
