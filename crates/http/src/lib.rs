//! Conversations over HTTP, recorded and played back: layers of tower, a middleware of reqwest, clients of hyper and of
//! gRPC, a proxy for programs in other languages.
//!
//! Sessions, modes, matching and reviews are [`tracesnap_record`]'s; what must not be written, [`tracesnap_redact`] knows.
//! Here is what an exchange of HTTP is: named, noted while it passes, sent again.
//!
//! ```
//! use http::{Request, Response};
//! use tower_layer::Layer;
//! use tower_service::Service;
//! use tracesnap_http::{Body, Http};
//! use tracesnap_record::{Mode, ServiceProvider, Sets};
//!
//! # #[derive(Clone)]
//! # struct Shop;
//! # impl Service<Request<Body>> for Shop {
//! #     type Response = Response<Body>;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Response<Body>, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
//! #         std::task::Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, _: Request<Body>) -> Self::Future {
//! #         std::future::ready(Ok(Response::new(Body::from("42 in stock"))))
//! #     }
//! # }
//! # let dir = tempfile::tempdir()?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # let shop = Shop;
//! # runtime.block_on(async {
//! let provider = |mode| ServiceProvider::builder().dir(dir.path()).session("stock").mode(mode).build();
//! let ask = || Request::get("https://shop.example/stock/7").body(Body::empty());
//!
//! // `shop` is any service that sends requests: a client of hyper, say.
//! let recording = provider(Mode::Record)?;
//! let mut client = Http::new(recording.clone()).layer().layer(shop);
//! let response = client.call(ask()?).await.map_err(|error| error.to_string())?;
//! # assert_eq!(http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes(), "42 in stock");
//!
//! // Reviewed: `tracesnap sessions review`, or here.
//! let finished = recording.cleanup()?.recorded.expect("this mode records");
//! Sets::open(dir.path())?.accept(&finished.pending.expect("it waits").parse()?)?;
//!
//! // From now on nobody is asked.
//! let mut client = Http::new(provider(Mode::Playback)?).playback();
//! let response = client.call(ask()?).await.map_err(|error| error.to_string())?;
//! assert_eq!(response.status(), 200);
//! # assert_eq!(http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes(), "42 in stock");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What can be relied on
//!
//! - Bodies are handed on frame by frame as they come. What is noted of them is bounded: a body of more than
//!   [`DEFAULT_KEPT_BYTES`] goes to a file beside the session, as it comes.
//! - Requests are held back only where they must be compared before anybody is asked: in the mode `hybrid`, up to
//!   [`DEFAULT_COMPARED_BYTES`].
//! - A call in which both sides speak by turns is played back by turns: each part of the response comes when as much was
//!   asked as when it was recorded, and what is asked is compared as it comes.
//! - URL, headers, forms and their parts, JSON, events, messages of gRPC, and what is coded as `gzip`, `deflate`, `br` or
//!   `zstd`, are redacted before they are written. What cannot be looked through is withheld, and the recording says so.
//! - What is recorded is written by a thread of the session's, within some milliseconds; a program that is killed loses what
//!   ended in these.
//! - A recording that fails never fails the call. One exception is named: a body too large for memory goes to a disk at the
//!   disk's pace.
//!
//! # What it does not do
//!
//! - A request whose end waits for its response, as in a dialogue over one call of gRPC, is not mocked, since a mock is
//!   given all of a request. In the mode `hybrid` it is answered by the recording or by the service, whoever knows its
//!   beginning, and not by both.
//! - What follows an upgrade (`101`), such as WebSocket, passes and is not recorded; the proxy does not hand it on.
//! - Texts that a body splits into several values, such as words of a model event by event, are not put together to be
//!   searched for secrets.
//! - What is in a tunnel through the proxy (`CONNECT`) and is not TLS is refused.
//!
//! # Features
//!
//! | name | what it brings | default |
//! |---|---|---|
//! | `gzip`, `brotli`, `zstd` | bodies in these codings are read; without, they are withheld | yes |
//! | `hyper` | clients of hyper-util, and their informational responses; a [`Transport`] without TLS | |
//! | `https` | a [`Transport`] over TLS, with the roots of webpki or one's own; `https://` upstreams of a proxy | |
//! | `reqwest` | a middleware for `reqwest-middleware` | |
//! | `tonic` | channels of tonic; messages by their descriptors | |
//! | `openapi` | names after an API document | |
//! | `server` | a recording as a server; a proxy that records | |
//! | `tls` | `https`, and the proxy of programs that ask whom they like, by certificates of its own | |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod base_url;
mod body;
mod error;
mod exchange;
mod http;
#[cfg(feature = "hyper")]
mod hyper;
mod layer;
mod play;
pub mod profile;
#[cfg(feature = "tonic")]
mod protobuf;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod server;
#[cfg(feature = "tonic")]
mod tonic;
mod transport;

pub use self::base_url::BaseUrl;
pub use self::body::Body;
pub use self::error::{BoxError, Error};
pub use self::http::{DEFAULT_COMPARED_BYTES, DEFAULT_KEPT_BYTES, Http, HttpBuilder};
#[cfg(feature = "hyper")]
#[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
pub use self::hyper::{HyperClient, Informational};
pub use self::layer::{Playback, Record, RecordLayer, RecordServer, ServerLayer};
pub use self::play::{DEFAULT_TIMING, Timing};
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use self::reqwest::RecordMiddleware;
#[cfg(feature = "tonic")]
#[cfg_attr(docsrs, doc(cfg(feature = "tonic")))]
pub use self::tonic::TonicService;
#[cfg(feature = "https")]
#[cfg_attr(docsrs, doc(cfg(feature = "https")))]
pub use self::transport::Roots;
pub use self::transport::Transport;
