//! A recording as a server, and a proxy that records: for programs in other languages.
//!
//! Both listen on this machine only, unless they are told otherwise, and bound what they take. HTTP/1.1 and HTTP/2 are
//! spoken, without TLS where a program asks them as if they were the service, and with it where it asks them as
//! its proxy (`intercept`). What a program asks belongs to nobody in particular, or to the task that the header
//! `x-tracesnap-task` names, which is not passed on.

mod answerer;
#[cfg(feature = "tls")]
mod authority;
mod connections;
mod known;
#[cfg(feature = "tls")]
mod tunnel;
mod upstream;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use self::answerer::{Answerer, From};
#[cfg(feature = "tls")]
pub use self::authority::Authority;
use self::connections::run;
use self::known::Known;
pub use self::upstream::Upstream;
use crate::{Error, Http};
#[cfg(feature = "tls")]
use crate::{Roots, Transport};

/// The header that names the task of a request.
pub const TASK_HEADER: &str = "x-tracesnap-task";

/// What a server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of a request's body: 1 GiB.
    pub body_bytes: u64,
    /// The longest time until the head of a response is there: 5 minutes.
    pub time: Duration,
    /// The longest time until the head of a request is there: 30 seconds.
    pub head_time: Duration,
    /// Connections at once; others wait: 1,024.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 30,
            time: Duration::from_secs(300),
            head_time: Duration::from_secs(30),
            connections: 1_024,
        }
    }
}

impl Limits {
    /// The most bytes of a request's body.
    #[must_use]
    pub fn with_body_bytes(mut self, most: u64) -> Self {
        self.body_bytes = most;
        self
    }

    /// The longest time until the head of a response is there.
    #[must_use]
    pub fn with_time(mut self, most: Duration) -> Self {
        self.time = most;
        self
    }
}

/// Listens on a port of this machine; 0 is whatever is free.
///
/// # Errors
///
/// [`Error::Server`].
pub async fn listen(port: u16) -> Result<TcpListener, Error> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let failed = |source: std::io::Error| Error::Server { what: address.to_string(), source: source.into() };
    TcpListener::bind(address).await.map_err(failed)
}

/// Answers from the recording until `stop` is there, then lets what is under way end, for up to 5 seconds.
///
/// A request that nothing answers is told so with 501, as `application/problem+json`, which has the nearest interaction.
///
/// # Errors
///
/// [`Error::Server`], where connections cannot be taken any more.
pub async fn serve(
    http: Http,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let known = Arc::new(Known::of(&http));
    run(Answerer { http, from: From::Recording(known) }.into(), listener, limits, stop).await
}

/// Hands requests on to an upstream, and records them, or answers them, as the mode of `http` says. Otherwise as [`serve`].
///
/// What is recorded has the addresses of the upstream, so that clients that ask that themselves can be played it. Hop-by-hop
/// headers are not handed on.
///
/// # Errors
///
/// As [`serve`].
pub async fn proxy(
    http: Http,
    upstream: Upstream,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let from = From::Upstream(upstream.base, upstream.transport);
    run(Answerer { http, from }.into(), listener, limits, stop).await
}

/// The proxy of programs that ask whom they like: `HTTPS_PROXY`, `HTTP_PROXY`, `curl --proxy`. It hands requests on to whom
/// they are for, and records them, or answers them, as the mode of `http` says. Otherwise as [`proxy`].
///
/// It comes between a program and `https://` addresses with certificates of an [`Authority`], which the program has to trust;
/// those it asks have to be trusted by `roots`. What is in a tunnel and is not TLS is refused.
///
/// # Errors
///
/// As [`serve`]; [`Error::Server`] if TLS cannot be set up.
#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
pub async fn intercept(
    http: Http,
    authority: Authority,
    roots: &Roots,
    listener: TcpListener,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Result<(), Error> {
    let transport = Transport::over_tls(roots)?;
    let answerer = Answerer { http, from: From::Anybody(transport.clone()) };
    let tunnels = tunnel::Tunnels::new(authority, transport);
    run(connections::Front { answerer, tunnels: Some(Arc::new(tunnels)) }, listener, limits, stop).await
}
