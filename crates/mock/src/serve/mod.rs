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
//! Routes under `/__mock/` are the server's own: `health`, `stats`, `requests`, `operations`, `resources`, and `reset`
//! (POST). An address that other machines reach demands a token for them.
//!
//! Each request is a `tracing` span `http.server.request` of the target [`SPAN_TARGET`], with the names of OpenTelemetry's
//! semantic conventions: `http.request.method`, `http.route`, `http.response.status_code`, `url.path`, `server.address`, …

mod admin;
mod builder;
mod connection;
mod faults;
mod journal;
mod limits;
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
