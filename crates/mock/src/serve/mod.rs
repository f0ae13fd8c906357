//! Serves a mock over HTTP.
//!
//! ```
//! use tracesnap_mock::MockServer;
//! use tracesnap_mock::engine::Fixed;
//!
//! # let dir = tempfile::tempdir()?;
//! # let spec = dir.path().join("shop.yaml");
//! # std::fs::write(&spec, "openapi: 3.0.3\npaths: { /orders: { get: { operationId: listOrders, responses: { 200: { description: fine } } } } }")?;
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let server = MockServer::from_openapi(&spec)?.seed(7).start().await?;
//!
//! // The code under test is told this address.
//! assert!(server.base_url().starts_with("http://127.0.0.1:"));
//!
//! // One operation fails once.
//! server.mock().set_override("listOrders", Fixed::status(503).times(1))?;
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! # let mut socket = tokio::net::TcpStream::connect(server.address()).await?;
//! # socket.write_all(b"GET /orders HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
//! # let mut answer = String::new();
//! # socket.read_to_string(&mut answer).await?;
//! # assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
//! server.assert_called("listOrders");
//! assert_eq!(server.received()[0].status, 503);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is answered is for [`crate::engine`]. Here are sockets, and what keeps hostile callers from ending the process:
//! every size, count and time has a bound ([`Limits`]), and a panic is an answer with status 500 that is counted.
//!
//! # The page, and the server's own routes
//!
//! A browser that opens `/__mock/` gets a page: operations with what they were recognised as, samples by quality, calls to
//! try, answers to edit, versions to compare and roll back, the state of sessions, analytics, a log. It asks the routes
//! below, which are for programs as well; bodies are JSON, and what is refused says why in `error`.
//!
//! | route | says, or does |
//! |---|---|
//! | `GET health` | title, number of operations, faults, quality |
//! | `GET stats` | counters since the start, the quality score, settings, the cache by tier |
//! | `GET analytics?days=7` | the same, P50, P95, P99, statuses and sources of each operation over the requests that are remembered, and what a database has counted |
//! | `GET requests?since=0&limit=100` | the requests that are remembered, from a number on: answer, source, reasons, time |
//! | `DELETE requests` | forgets them |
//! | `GET operations` | all, with patterns and strategy |
//! | `GET operations/OPERATION` | one, with reasons, parameters, schemas, and a request that succeeds; named by its place, its id, or as `GET%20%2Forders` |
//! | `GET operations/OPERATION/sample?status=200&quality=basic&number=0` | an answer as that quality would have it |
//! | `POST operations/OPERATION/check` | all that is wrong with an answer: `{"status": 200, "headers": [["content-type", "application/json"]], "body": "{}"}` |
//! | `POST operations/OPERATION/versions` | lets that answer, from now on, every request of the operation; `"note"`, `"author"`, `"accept_faults"` may be said, too |
//! | `GET operations/OPERATION/versions` | its versions, newest first |
//! | `GET operations/OPERATION/diff?from=1&to=2` | what differs between two |
//! | `POST operations/OPERATION/rollback?to=1` | makes a version of what an older one says |
//! | `DELETE operations/OPERATION/versions` | lets the mock answer by itself again; versions are kept |
//! | `GET resources`, `GET sessions`, `GET sessions?session=NAME` | stores of the document; sessions that did something; what one did |
//! | `POST reset?session=NAME` | forgets what a session did; without a name all of it, with the requests and the answers that somebody wrote |
//! | `POST try` | sends a request through a socket, and says what came back: `{"method": "GET", "target": "/orders/7", "headers": [], "body": ""}` |
//!
//! Versions are kept by the database that a [`Responder`](MockServer::from_responder) has, else as long as the server
//! runs ([`crate::versions::History`]).
//!
//! An address that other machines reach demands a token for all of them, in `x-mock-admin-token`. Where none is demanded,
//! pages of other origins and hosts with names that somebody could have registered are refused, since the browser at this
//! machine could be made to ask in their stead.
//!
//! # Spans
//!
//! Each request is a `tracing` span `http.server.request` of the target [`SPAN_TARGET`], with the names of OpenTelemetry's
//! semantic conventions: `http.request.method`, `http.route`, `http.response.status_code`, `url.path`, `server.address`, …

mod admin;
mod builder;
mod connection;
mod faults;
mod journal;
mod limits;
mod page;
mod rate;
mod server;
mod socket;
mod spans;

pub use builder::MockServerBuilder;
pub use faults::{Disturbance, Faults, Latency, MAX_LATENCY, Mutation};
pub use journal::Received;
pub use limits::Limits;
pub use rate::RateLimit;
pub use server::{MockServer, ServerStats};
pub use spans::SPAN_TARGET;
