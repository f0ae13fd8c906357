//! A server that runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use super::admin::Admin;
use super::connection::{self, Ends};
use super::faults::Schedule;
use super::journal::{Journal, Received};
use super::rate::Buckets;
use super::{Limits, MockServerBuilder};
use crate::engine::{Mock, Stats};
#[cfg(feature = "cache")]
use crate::responder::Responder;

/// A mock that listens. It ends when it is dropped.
#[derive(Debug)]
#[must_use = "the server ends as soon as it is dropped; bind it: `let server = ...`"]
pub struct MockServer {
    address: SocketAddr,
    state: Arc<State>,
    stop: watch::Sender<bool>,
    listening: Option<JoinHandle<()>>,
}

/// What connections share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) mock: Mock,
    #[cfg(feature = "cache")]
    pub(crate) responder: Option<Responder>,
    pub(crate) limits: Limits,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) buckets: Option<Buckets>,
    pub(crate) admin_token: Option<String>,
    pub(crate) admin: Admin,
    pub(crate) journal: Journal,
    pub(crate) panics: AtomicU64,
    pub(crate) connections: AtomicU64,
}

/// Who answers.
pub(crate) struct Answering {
    pub(crate) mock: Mock,
    #[cfg(feature = "cache")]
    responder: Option<Responder>,
}

impl Answering {
    pub(crate) fn new(mock: Mock) -> Self {
        Self {
            mock,
            #[cfg(feature = "cache")]
            responder: None,
        }
    }

    #[cfg(feature = "cache")]
    pub(crate) fn by_responder(responder: Responder) -> Self {
        Self { mock: responder.mock().clone(), responder: Some(responder) }
    }
}

/// What a server has done since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServerStats {
    /// What was answered.
    #[serde(flatten)]
    pub answers: Stats,
    /// Connections that were accepted.
    pub connections: u64,
    /// Requests whose answer panicked, and was 500 instead: faults of this library.
    pub panics: u64,
}

/// Time that answers under way are given when the server ends.
const GRACE: Duration = Duration::from_secs(1);
/// Time before another connection is accepted when there are no more file descriptors, say.
const PAUSE: Duration = Duration::from_millis(20);

impl MockServer {
    pub(crate) fn run(
        listener: TcpListener,
        address: SocketAddr,
        by: Answering,
        schedule: Option<Schedule>,
        builder: MockServerBuilder,
    ) -> Self {
        let state = Arc::new(State {
            mock: by.mock,
            #[cfg(feature = "cache")]
            responder: by.responder,
            journal: Journal::new(builder.limits.max_received),
            limits: builder.limits,
            buckets: builder.rate_limit.map(Buckets::new),
            schedule,
            admin_token: builder.admin_token,
            admin: Admin::default(),
            panics: AtomicU64::new(0),
            connections: AtomicU64::new(0),
        });
        let (stop, stopped) = watch::channel(false);
        let listening = tokio::spawn(listen(listener, Arc::clone(&state), stopped));
        Self { address, state, stop, listening: Some(listening) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that paths of the document are appended to, as in `http://127.0.0.1:40123`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What answers.
    #[must_use]
    pub fn mock(&self) -> &Mock {
        &self.state.mock
    }

    /// The requests it received, oldest first; at most [`Limits::max_received`]. Those of `/__mock/` are not among them.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.state.journal.all()
    }

    /// The requests for one operation, named by its id or as `GET /orders/{id}`.
    ///
    /// # Panics
    /// If the document has no such operation.
    #[must_use]
    #[track_caller]
    pub fn calls(&self, operation: &str) -> Vec<Received> {
        let index = match self.mock().operation(operation) {
            Ok(index) => index,
            Err(error) => panic!("{error}"),
        };
        self.received().into_iter().filter(|received| received.index == Some(index)).collect()
    }

    /// Checks that an operation was called.
    ///
    /// # Panics
    /// If it was not, with what was called instead; or if the document has no such operation.
    #[track_caller]
    pub fn assert_called(&self, operation: &str) {
        assert!(!self.calls(operation).is_empty(), "`{operation}` was not called; {}", self.called());
    }

    /// Checks how often an operation was called.
    ///
    /// # Panics
    /// If it was called more or less often; or if the document has no such operation.
    #[track_caller]
    pub fn assert_called_times(&self, operation: &str, times: usize) {
        let calls = self.calls(operation).len();
        assert!(calls == times, "`{operation}` was called {calls} times, expected {times}; {}", self.called());
    }

    /// Checks that an operation was not called.
    ///
    /// # Panics
    /// If it was; or if the document has no such operation.
    #[track_caller]
    pub fn assert_not_called(&self, operation: &str) {
        let calls = self.calls(operation).len();
        assert!(calls == 0, "`{operation}` was called {calls} times, expected none");
    }

    fn called(&self) -> String {
        let received = self.received();
        if received.is_empty() {
            return "nothing was called".to_owned();
        }
        let name = |received: &Received| format!("{} {} → {}", received.method, received.target, received.status);
        let first: Vec<_> = received.iter().take(10).map(name).collect();
        let more = received.len().saturating_sub(first.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("called were: {}{more}", first.join(", "))
    }

    /// What it has done so far.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        self.state.stats()
    }

    /// Forgets what was created, which answers were fixed, and what was received.
    pub fn reset(&self) {
        self.state.reset();
        self.state.journal.clear();
    }

    /// Ends it: no new connections, and answers under way are given a second.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(listening) = self.listening.take() {
            // It ends by itself; what it panicked with was told already.
            let _ = listening.await;
        }
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

impl State {
    /// Forgets what was created, and which answers were fixed.
    pub(crate) fn reset(&self) {
        self.admin.reset();
        self.mock.reset();
        #[cfg(feature = "cache")]
        if let Some(responder) = &self.responder {
            responder.reset();
        }
    }

    /// The mock that answers now.
    pub(crate) fn answering(&self) -> Mock {
        #[cfg(feature = "cache")]
        if let Some(responder) = &self.responder {
            return responder.mock().clone();
        }
        self.mock.clone()
    }

    pub(crate) fn stats(&self) -> ServerStats {
        ServerStats {
            answers: self.answering().stats(),
            connections: self.connections.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
        }
    }
}

async fn listen(listener: TcpListener, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(state.limits.max_connections));
    loop {
        let accepted = tokio::select! {
            _ = stopped.changed() => break,
            // Whoever does not fit waits in the queue of the system.
            accepted = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (listener.accept().await, slot)
            } => accepted,
        };
        match accepted {
            (Ok((socket, client)), Ok(slot)) => {
                state.connections.fetch_add(1, Ordering::Relaxed);
                // Answers are small: waiting for more of them would only cost time.
                let _ = socket.set_nodelay(true);
                let ends = Ends { server: socket.local_addr().unwrap_or(client), client };
                let (state, stopped) = (Arc::clone(&state), stopped.clone());
                tokio::spawn(async move {
                    connection::serve(socket, ends, state, stopped).await;
                    drop(slot);
                });
            }
            (Ok(_), Err(_)) => break,
            // Too many open files, or a caller who is gone already: neither ends the server.
            (Err(_), _) => tokio::time::sleep(PAUSE).await,
        }
    }
    drop(listener);
    let all = u32::try_from(state.limits.max_connections).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(GRACE, slots.acquire_many(all)).await;
}
