//! Comes between a program and an `https://` address: what it connects to through the proxy is this side.
//!
//! Certificates are an [`Authority`]'s.

use std::sync::Arc;

use http::uri::Authority as HostAndPort;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio_rustls::LazyConfigAcceptor;

use super::Authority;
use super::answerer::{Answerer, From};
use super::connections::{Front, Hold, speak};
use crate::layer::problem;
use crate::{BaseUrl, Body, BoxError, Error, Http, Transport};

/// Answers `CONNECT`.
pub(super) struct Tunnels {
    authority: Authority,
    transport: Transport,
}

impl Tunnels {
    pub(super) fn new(authority: Authority, transport: Transport) -> Self {
        Self { authority, transport }
    }

    /// Says that it is connected, and is the other end itself.
    pub(super) fn open(self: &Arc<Self>, http: &Http, request: Request<Incoming>, hold: Hold) -> Response<Body> {
        let Some(to) = request.uri().authority().filter(|to| !to.as_str().contains('@')).cloned() else {
            let found = request.uri().to_string().chars().take(100).collect();
            return problem(&Error::Setting { found, expected: "a host and a port to connect to" });
        };
        let (tunnels, http) = (Arc::clone(self), http.clone());
        tokio::spawn(async move {
            let host = to.host().to_owned();
            if let Err(error) = tunnels.within(http, to, request, hold).await {
                // Most often the program does not trust the authority.
                tracing::warn!(target: "tracesnap_http", host, error, "a program broke off what was in a tunnel");
            }
        });
        Response::new(Body::empty())
    }

    async fn within(
        &self,
        http: Http,
        to: HostAndPort,
        request: Request<Incoming>,
        hold: Hold,
    ) -> Result<(), BoxError> {
        let accepting = async {
            let stream = TokioIo::new(hyper::upgrade::on(request).await?);
            let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
            // Addresses have no name in the greeting.
            let name = begun.client_hello().server_name().map_or_else(|| bare(to.host()).to_owned(), str::to_owned);
            let config = self.authority.config(&name)?;
            Ok::<_, BoxError>(begun.into_stream(config).await?)
        };
        let stream = tokio::time::timeout(hold.limits.head_time, accepting).await??;
        let from = From::Upstream(BaseUrl::https(without_default_port(to)?), self.transport.clone());
        speak(stream, Front::from(Answerer { http, from }), hold).await
    }
}

/// `https://example.com:443` is `https://example.com`.
fn without_default_port(to: HostAndPort) -> Result<HostAndPort, http::uri::InvalidUri> {
    if to.port_u16() == Some(443) { to.host().parse() } else { Ok(to) }
}

/// `[::1]` as certificates have it.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}
