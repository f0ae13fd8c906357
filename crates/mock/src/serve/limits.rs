//! How much callers may ask of the server.

use std::time::Duration;

/// Bounds on what a server takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a body; more are answered with 413. Default: [`Limits::MAX_BODY`].
    pub max_body: usize,
    /// Bytes of all headers; more are answered with 431. Default: [`Limits::MAX_HEAD`].
    pub max_head: usize,
    /// Headers of a request; more are answered with 431. Default: [`Limits::MAX_HEADERS`].
    pub max_headers: usize,
    /// Time for the headers of a request, the time a connection is idle included, and for a caller to take a piece of an
    /// answer; at most a quarter more passes. Default: [`Limits::HEAD_TIME`].
    pub head_time: Duration,
    /// Time for the body of a request; a slower one is answered with 408. Default: [`Limits::BODY_TIME`].
    pub body_time: Duration,
    /// Connections at once; further ones wait. Default: [`Limits::MAX_CONNECTIONS`].
    pub max_connections: usize,
    /// Requests that are remembered; the oldest is forgotten first. Default: [`Limits::MAX_RECEIVED`].
    pub max_received: usize,
}

impl Limits {
    /// 16 MiB.
    pub const MAX_BODY: usize = 16 << 20;
    /// 64 KiB.
    pub const MAX_HEAD: usize = 64 << 10;
    /// 128 headers.
    pub const MAX_HEADERS: usize = 128;
    /// 30 seconds.
    pub const HEAD_TIME: Duration = Duration::from_secs(30);
    /// 30 seconds.
    pub const BODY_TIME: Duration = Duration::from_secs(30);
    /// 1,024 connections.
    pub const MAX_CONNECTIONS: usize = 1_024;
    /// 1,000 requests.
    pub const MAX_RECEIVED: usize = 1_000;
    /// Bytes of a body that are remembered; not to be changed.
    pub const MAX_KEPT_BODY: usize = 16 << 10;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: Self::MAX_BODY,
            max_head: Self::MAX_HEAD,
            max_headers: Self::MAX_HEADERS,
            head_time: Self::HEAD_TIME,
            body_time: Self::BODY_TIME,
            max_connections: Self::MAX_CONNECTIONS,
            max_received: Self::MAX_RECEIVED,
        }
    }
}
